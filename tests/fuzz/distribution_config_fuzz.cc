// Any bytes as a configuration document: what is accepted is normalised once and for all, and makes
// a record that is resolved or refused.

#include "common/cdn/config_document.h"
#include "common/cdn/config_epoch.h"
#include "common/cdn/resolve.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace tarn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    for (const cdn::Shape* shape :
         {&cdn::kDistributionConfigShape, &cdn::kDistributionConfigWithTagsShape,
          &cdn::kCachePolicyConfigShape, &cdn::kOriginRequestPolicyConfigShape,
          &cdn::kResponseHeadersPolicyConfigShape, &cdn::kOriginAccessControlConfigShape,
          &cdn::kPublicKeyConfigShape, &cdn::kKeyGroupConfigShape, &cdn::kInvalidationBatchShape,
          &cdn::kTagsShape, &cdn::kTagKeysShape}) {
        const auto document = cdn::read_document(body, *shape);
        if (!document) continue;
        const std::string text = xml::write_tree(*document, cdn::kApiNamespace);
        const auto again = cdn::read_document(text, *shape);
        // Defaults and quantities can make a document longer than the limit, nothing else differs.
        if (text.size() > cdn::kMaxDocumentBytes) continue;
        if (!again || !(*again == *document)) std::abort();
        if (shape != &cdn::kDistributionConfigShape) continue;
        const auto distribution = cdn::resolve({.distribution_id = "E1", .config_xml = text});
        if (!distribution) continue;
        if (distribution->behaviors.empty()) std::abort();
        (void)cdn::match_behavior(*distribution, "/a/b.jpg");
        (void)cdn::config_epoch_of(*distribution);
    }
    return 0;
}
