// Tags, lists of parts and the configurations of buckets: whatever a client sends is refused, or is
// kept in a form that reads back as the same.

#include "common/http/head_builder.h"
#include "common/xml/document.h"
#include "server/s3/configuration_shapes.h"
#include "server/s3/cors.h"
#include "server/s3/part_list.h"
#include "server/s3/tags.h"

#include <cstdlib>

namespace {

using namespace tarn;

void tags_read_back(const s3::TagSet& tags) {
    const auto again = s3::read_tagging_document(s3::tagging_document(tags), s3::TagOwner::Object);
    if (!again || *again != tags) std::abort();
}

// What fits a shape fits it again, unchanged.
void fits_again(xml::ElementView root, const s3::Shape& shape) {
    const auto fitted = s3::fit_to_shape(root, shape);
    if (!fitted) return;
    const std::string text = xml::write_tree(*fitted, "");
    const auto parsed = xml::Document::parse(text, {.max_bytes = 2 * text.size()});
    if (!parsed) std::abort();
    const auto again = s3::fit_to_shape(parsed->root(), shape);
    if (!again || *again != *fitted) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);

    if (const auto tags = s3::parse_tagging_header(text)) tags_read_back(*tags);
    if (const auto tags = s3::read_tagging_document(text, s3::TagOwner::Object)) {
        tags_read_back(*tags);
    }
    if (const auto rules = s3::parse_cors(text)) {
        (void)s3::match_cors(*rules, {.origin = text, .method = "GET", .requested_headers = text});
    }
    (void)s3::read_part_list(text);
    const auto parsed = xml::Document::parse(text, {});
    if (!parsed) return 0;
    for (const s3::Shape* const shape : {&s3::kLifecycleShape, &s3::kInventoryShape,
                                         &s3::kNotificationShape, &s3::kWebsiteShape}) {
        fits_again(parsed->root(), *shape);
    }
    return 0;
}
