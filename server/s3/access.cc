#include "server/s3/access.h"

#include "common/aws/arn.h"
#include "server/s3/condition_context.h"

namespace tarn::s3 {
namespace {

Result<void, Error> ask(const Request& request, const Bucket& bucket, std::string_view action,
                        const std::string& resource) {
    // Without a policy nobody looks at the conditions.
    const aws::ConditionContext context =
        bucket.policy ? condition_context(request, bucket, action) : aws::ConditionContext{};
    const auth::AccessDecision decision =
        auth::decide_access({.identity = request.auth.identity,
                             .owner_account_id = bucket.record.owner_account_id,
                             .policy = bucket.policy.get(),
                             .action = action,
                             .resource = resource,
                             .context = context});
    if (decision.allowed) return {};
    return fail(s3_error(ErrorCode::AccessDenied));
}

}  // namespace

Result<void, Error> check_object_access(const Request& request, const Bucket& bucket,
                                        std::string_view action, std::string_view key) {
    return ask(request, bucket, action, aws::s3_arn(bucket.name, key));
}

Result<void, Error> check_object_access(const Request& request, std::string_view action,
                                        std::string_view key) {
    return check_object_access(request, *request.bucket, action, key);
}

Result<void, Error> check_bucket_access(const Request& request, std::string_view action) {
    return ask(request, *request.bucket, action, aws::s3_arn(request.bucket->name));
}

Result<void, Error> check_operation_access(const Request& request) {
    const OperationRow& row = *request.operation;
    // DeleteObjects asks for each key, PostObject once it has read key and credentials.
    if (row.name == "DeleteObjects" || row.name == "PostObject") return {};
    return row.resource == Resource::Object
               ? check_object_access(request, row.action, request.key())
               : check_bucket_access(request, row.action);
}

Error hide_missing_key(const Request& request, Error error) {
    if (error.code != ErrorCode::NoSuchKey || !request.bucket) return error;
    if (check_bucket_access(request, "s3:ListBucket")) return error;
    return s3_error(ErrorCode::AccessDenied);
}

Result<void, Error> check_expected_owner(const Request& request, std::string_view header,
                                         const Bucket& bucket) {
    const auto expected = request.header_or_parameter(header);
    if (!expected) return {};
    if (!aws::is_account_id(*expected)) {
        return fail(s3_error(ErrorCode::InvalidBucketOwnerAWSAccountID));
    }
    if (*expected == bucket.record.owner_account_id) return {};
    return fail(s3_error(ErrorCode::AccessDenied));
}

}  // namespace tarn::s3
