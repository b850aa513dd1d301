// PutObjectTagging, GetObjectTagging, DeleteObjectTagging.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html

#include "server/s3/object_lookup.h"
#include "server/s3/operations.h"
#include "server/s3/requested_tags.h"

namespace tarn::s3 {
namespace {

net::Task<Outcome> replace_tags(Services& services, Request& request, TagSet tags, int status) {
    auto changed = co_await update_object(services, request,
                                          [&tags](ObjectRecord& record) -> Result<void, Error> {
                                              record.attributes.tags = tags;
                                              return {};
                                          });
    if (!changed) co_return fail(std::move(changed).error());
    co_return respond_empty(
        request, status,
        {{"x-amz-version-id", shown_version_id(*request.bucket, request.key(), *changed)}});
}

}  // namespace

net::Task<Outcome> put_object_tagging(Services& services, Request& request) {
    TARN_CO_TRY(TagSet tags, co_await read_tags_of_body(request));
    co_return co_await replace_tags(services, request, std::move(tags), 200);
}

net::Task<Outcome> get_object_tagging(Services& services, Request& request) {
    auto object = co_await load_requested_object(services, request);
    if (!object && object.error().code == ErrorCode::NoSuchKey) {
        // The only operation that names the bucket as well (recorded).
        co_return fail(no_such_key(request.bucket->name + "/" + request.key()));
    }
    if (!object) co_return fail(std::move(object).error());
    co_return respond_xml(
        request, tagging_document(object->record.attributes.tags),
        {{"x-amz-version-id", shown_version_id(*request.bucket, request.key(), *object)}});
}

net::Task<Outcome> delete_object_tagging(Services& services, Request& request) {
    co_return co_await replace_tags(services, request, {}, 204);
}

}  // namespace tarn::s3
