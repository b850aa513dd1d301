// GetObjectTagging.
//
// Tags cannot be put yet (PutObjectTagging and x-amz-tagging are refused), so every object has
// none; aws-cli asks before it copies a large object.

#include "common/xml/writer.h"
#include "server/s3/object_store.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"

namespace tarn::s3 {

net::Task<Outcome> get_object_tagging(Services& services, Request& request) {
    auto object = co_await load_requested_object(services, request);
    if (!object) co_return fail(std::move(object).error());
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("Tagging", {{"xmlns", kS3Xmlns}}).open("TagSet").close().close();
    co_return respond_xml(request, std::move(out));
}

}  // namespace tarn::s3
