#include "server/s3/requested_tags.h"

#include "server/s3/access.h"
#include "server/s3/payload.h"

namespace tarn::s3 {
namespace {

constexpr std::string_view kTaggingDirectiveHeader = "x-amz-tagging-directive";
constexpr std::string_view kExistingTagKeys = "s3:ExistingObjectTag/";
constexpr std::string_view kRequestTagKeys = "s3:RequestObjectTag";  // …/KEY and …Keys

bool brings_tags_in_body(const Request& request) {
    return request.operation->name == "PutObjectTagging";
}

}  // namespace

Result<TagSet, Error> read_requested_tags(const Request& request) {
    if (request.head.fields.has("x-amz-copy-source") &&
        request.header(kTaggingDirectiveHeader) != "REPLACE") {
        return TagSet{};
    }
    const auto value = request.header_or_parameter(kTaggingHeader);
    if (!value) return TagSet{};
    return parse_tagging_header(*value);
}

net::Task<Result<TagSet, Error>> read_tags_of_body(Request& request) {
    if (request.body_tags) co_return *request.body_tags;
    TARN_CO_TRY(const std::string text, co_await read_document(request, kMaxXmlBodyBytes));
    if (text.empty()) co_return fail(s3_error(ErrorCode::MissingRequestBodyError));
    co_return read_tagging_document(text, TagOwner::Object);
}

TagSet tags_for_conditions(const Request& request) {
    if (request.copied_tags) return *request.copied_tags;
    // Tags that are refused are none: the operation reports what is wrong with them.
    if (brings_tags_in_body(request)) {
        return request.body_tags && *request.body_tags ? **request.body_tags : TagSet{};
    }
    return read_requested_tags(request).value_or(TagSet{});
}

bool policy_asks_for_tags(const Bucket& bucket) {
    return bucket.policy && aws::asks_for_key(*bucket.policy, kExistingTagKeys);
}

bool sees_existing_tags(const OperationRow& operation) {
    return operation.resource == Resource::Object && operation.action != "s3:PutObject" &&
           operation.action != "s3:DeleteObject";
}

net::Task<> read_tags_for_policy(Request& request) {
    if (!request.bucket || !request.bucket->policy || !brings_tags_in_body(request)) co_return;
    if (aws::asks_for_key(*request.bucket->policy, kRequestTagKeys)) {
        request.body_tags = co_await read_tags_of_body(request);
    }
}

Result<void, Error> check_tagging_access(const Request& request, const TagSet& tags) {
    if (tags.empty()) return {};
    return check_object_access(request, "s3:PutObjectTagging", request.key());
}

Result<void, Error> check_copied_tags(Request& request, const TagSet& tags) {
    if (tags.empty()) return {};
    request.copied_tags = tags;
    if (auto may_put = check_object_access(request, "s3:PutObject", request.key()); !may_put) {
        return may_put;
    }
    return check_tagging_access(request, tags);
}

}  // namespace tarn::s3
