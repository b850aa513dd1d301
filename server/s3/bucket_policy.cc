// PutBucketPolicy, GetBucketPolicy, DeleteBucketPolicy, GetBucketPolicyStatus.

#include "server/s3/bucket_update.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"
#include "server/s3/payload.h"

namespace tarn::s3 {
namespace {

Error no_such_policy(const Bucket& bucket) {
    return s3_error(ErrorCode::NoSuchBucketPolicy, {}, {{"BucketName", bucket.name}});
}

Error malformed_policy(const aws::PolicyError& cause) {
    Error error = s3_error(ErrorCode::MalformedPolicy, cause.message);
    if (!cause.detail.empty()) error.details.emplace_back("Detail", cause.detail);
    return error;
}

// Errors: AccessDenied where is_public and the bucket blocks public policies.
net::Task<Outcome> replace_policy(Services& services, Request& request, std::string policy,
                                  bool is_public) {
    auto updated = co_await update_bucket(
        services, *request.bucket, [&](Bucket& bucket) -> Result<void, Error> {
            if (is_public && bucket.access.public_access.block_public_policy) {
                return fail(s3_error(ErrorCode::AccessDenied));
            }
            bucket.record.policy = policy;
            return {};
        });
    if (!updated) co_return updated;
    co_return respond_empty(request, 204);
}

}  // namespace

net::Task<Outcome> put_bucket_policy(Services& services, Request& request) {
    TARN_CO_TRY(std::string text, co_await read_document(request, kMaxXmlBodyBytes));
    if (text.empty()) co_return fail(s3_error(ErrorCode::MissingRequestBodyError));
    const auto policy = aws::parse_policy(text, aws::PolicyKind::Bucket);
    if (!policy) co_return fail(malformed_policy(policy.error()));
    const auto valid = aws::validate_bucket_policy(*policy, request.bucket->name);
    if (!valid) co_return fail(malformed_policy(valid.error()));
    co_return co_await replace_policy(services, request, std::move(text),
                                      aws::is_public_policy(*policy));
}

net::Task<Outcome> get_bucket_policy(Services&, Request& request) {
    if (request.bucket->record.policy.empty()) {
        co_return fail(no_such_policy(*request.bucket));
    }
    begin_response(request, 200).add("Content-Type", "application/json");
    request.exchange.respond(request.bucket->record.policy, request.bucket);
    co_return Outcome{};
}

net::Task<Outcome> delete_bucket_policy(Services& services, Request& request) {
    if (request.bucket->record.policy.empty()) co_return respond_empty(request, 204);
    co_return co_await replace_policy(services, request, {}, false);
}

net::Task<Outcome> get_bucket_policy_status(Services& services, Request& request) {
    const Bucket& bucket = *request.bucket;
    const bool by_acl = services.compat.policy_status_counts_acls;
    if (!bucket.policy && !by_acl) co_return fail(no_such_policy(bucket));
    const bool is_public =
        (bucket.policy && aws::is_public_policy(*bucket.policy)) ||
        (by_acl && bucket.access.acls_enabled() && auth::is_public(bucket.access.acl));
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("PolicyStatus", {{"xmlns", kS3Xmlns}});
    writer.element("IsPublic", is_public).close();
    co_return respond_xml(request, std::move(out));
}

}  // namespace tarn::s3
