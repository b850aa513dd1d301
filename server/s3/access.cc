#include "server/s3/access.h"

#include "common/aws/arn.h"
#include "server/s3/condition_context.h"

#include <algorithm>
#include <array>

namespace tarn::s3 {
namespace {

Result<void, Error> ask(const Request& request, const Bucket& bucket, std::string_view action,
                        const std::string& resource, const TagSet* existing_tags = nullptr) {
    // Without a policy nobody looks at the conditions.
    const aws::ConditionContext context =
        bucket.policy ? condition_context(request, bucket, action, existing_tags)
                      : aws::ConditionContext{};
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

// What reading or changing a version by its id asks for.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
struct VersionAction {
    std::string_view action;
    std::string_view of_version;
};
constexpr std::array<VersionAction, 9> kVersionActions = {{
    {"s3:GetObject", "s3:GetObjectVersion"},
    {"s3:DeleteObject", "s3:DeleteObjectVersion"},
    {"s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"},
    {"s3:GetObjectAcl", "s3:GetObjectVersionAcl"},
    {"s3:PutObjectAcl", "s3:PutObjectVersionAcl"},
    {"s3:GetObjectTagging", "s3:GetObjectVersionTagging"},
    {"s3:PutObjectTagging", "s3:PutObjectVersionTagging"},
    {"s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"},
    {"s3:GetObjectTorrent", "s3:GetObjectVersionTorrent"},
}};

std::string_view action_of(const Request& request) {
    const std::string_view action = request.operation->action;
    if (!request.parameter("versionId")) return action;
    const auto found = std::ranges::find(kVersionActions, action, &VersionAction::action);
    return found == kVersionActions.end() ? action : found->of_version;
}

}  // namespace

Result<void, Error> check_object_access(const Request& request, const Bucket& bucket,
                                        std::string_view action, std::string_view key,
                                        const TagSet* existing_tags) {
    return ask(request, bucket, action, aws::s3_arn(bucket.name, key), existing_tags);
}

Result<void, Error> check_object_access(const Request& request, std::string_view action,
                                        std::string_view key) {
    const auto& tags = request.existing_tags;
    return check_object_access(request, *request.bucket, action, key, tags ? &*tags : nullptr);
}

Result<void, Error> check_bucket_access(const Request& request, std::string_view action) {
    return ask(request, *request.bucket, action, aws::s3_arn(request.bucket->name));
}

Result<void, Error> check_operation_access(const Request& request) {
    const OperationRow& row = *request.operation;
    // DeleteObjects asks for each key.
    if (row.name == "DeleteObjects") return {};
    return row.resource == Resource::Object
               ? check_object_access(request, action_of(request), request.key())
               : check_bucket_access(request, row.action);
}

Error hide_missing_key(const Request& request, Error error) {
    if (!request.bucket) return error;
    const bool is_version = error.code == ErrorCode::NoSuchVersion;
    if (error.code != ErrorCode::NoSuchKey && !is_version) return error;
    if (check_bucket_access(request, is_version ? "s3:ListBucketVersions" : "s3:ListBucket")) {
        return error;
    }
    return s3_error(ErrorCode::AccessDenied);
}

Result<void, Error> check_request_payer(const Request& request, const Bucket& bucket) {
    if (!bucket.requester_pays) return {};
    const auth::Identity& identity = request.auth.identity;
    if (identity.account && identity.account->id == bucket.record.owner_account_id) return {};
    const auto payer = request.header_or_parameter("x-amz-request-payer");
    if (!identity.anonymous() && payer && *payer == "requester") return {};
    return fail(s3_error(ErrorCode::AccessDenied));
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
