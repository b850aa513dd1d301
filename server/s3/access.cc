#include "server/s3/access.h"

#include "common/aws/arn.h"
#include "server/s3/condition_context.h"
#include "server/s3/object_store.h"
#include "server/s3/requested_tags.h"

#include <algorithm>
#include <array>

namespace tarn::s3 {
namespace {

struct Subject {
    std::string_view action;
    std::string resource;
    const ObjectRecord* object = nullptr;
    std::optional<std::string_view> version_id;
};

// ACLs have a say where the bucket enables them: the object's on what its rule names, else the
// bucket's.
void add_acl(auth::AccessQuestion& question, const Request& request, const Bucket& bucket,
             const ObjectRecord* object) {
    // ACLs have no word for tags: those that come with a write come with the permission to write.
    const bool tags_of_write = question.action == "s3:PutObjectTagging" && request.operation &&
                               request.operation->action == "s3:PutObject";
    question.acl_action = tags_of_write ? "s3:PutObject" : question.action;
    const auth::AclRule* const rule = auth::find_acl_rule(question.acl_action);
    if (!rule) return;
    if (!rule->of_object) {
        question.acl = &bucket.access.acl;
    } else if (object) {
        question.object_owner_account_id = object->owner_account_id;
        if (object->attributes.acl) question.acl = &*object->attributes.acl;
    }
    if (bucket.access.public_access.ignore_public_acls) {
        question.public_grants = auth::PublicGrants::Ignored;
    }
}

Result<void, Error> ask(const Request& request, const Bucket& bucket, const Subject& subject) {
    // Without a policy nobody looks at the conditions.
    const aws::ConditionContext context =
        bucket.policy
            ? condition_context(request, bucket, subject.action, subject.object, subject.version_id)
            : aws::ConditionContext{};
    auth::AccessQuestion question{
        .identity = request.auth.identity,
        .owner_account_id = bucket.record.owner_account_id,
        .policy = bucket.policy.get(),
        .action = subject.action,
        .resource = subject.resource,
        .context = context,
        .restrict_public_buckets = bucket.access.public_access.restrict_public_buckets};
    if (bucket.access.acls_enabled()) add_acl(question, request, bucket, subject.object);
    const auth::AccessDecision decision = auth::decide_access(question);
    if (decision.reason == auth::AccessReason::GrantedByAcl && request.log_notes) {
        request.log_notes->acl_required = true;
    }
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

Result<void, Error> check_operation_access(const Request& request, const ObjectRecord* object) {
    const OperationRow& row = *request.operation;
    // DeleteObjects asks for each key, PostObject once it has read key and credentials.
    if (row.name == "DeleteObjects" || row.name == "PostObject") return {};
    if (row.resource != Resource::Object) return check_bucket_access(request, row.action);
    return check_object_access(request, *request.bucket, action_of(request), request.key(), object,
                               request.parameter("versionId"));
}

}  // namespace

std::string_view owner_of(const Bucket& bucket, const ObjectRecord& object) {
    return bucket.access.acls_enabled() ? object.owner_account_id : bucket.record.owner_account_id;
}

Result<void, Error> check_object_access(const Request& request, std::string_view action,
                                        std::string_view key,
                                        std::optional<std::string_view> version_id) {
    return check_object_access(request, *request.bucket, action, key, nullptr, version_id);
}

Result<void, Error> check_object_access(const Request& request, const Bucket& bucket,
                                        std::string_view action, std::string_view key,
                                        const ObjectRecord* object,
                                        std::optional<std::string_view> version_id) {
    return ask(request, bucket,
               {.action = action,
                .resource = aws::s3_arn(bucket.name, key),
                .object = object,
                .version_id = version_id});
}

Result<void, Error> check_bucket_access(const Request& request, std::string_view action) {
    return ask(request, *request.bucket,
               {.action = action, .resource = aws::s3_arn(request.bucket->name)});
}

bool object_has_a_say(const Request& request) {
    const OperationRow& row = *request.operation;
    if (!request.bucket || row.resource != Resource::Object) return false;
    if (policy_asks_for_tags(*request.bucket) && sees_existing_tags(row)) return true;
    if (!request.bucket->access.acls_enabled()) return false;
    const auth::AclRule* const rule = auth::find_acl_rule(row.action);
    return rule && rule->of_object;
}

Result<void, Error> check_access(const Request& request, const ObjectRecord* object) {
    if (!request.bucket) return {};
    if (auto ok = check_operation_access(request, object); !ok) return ok;
    if (auto ok = check_request_payer(request, *request.bucket); !ok) return ok;
    return check_expected_owner(request, "x-amz-expected-bucket-owner", *request.bucket);
}

net::Task<Result<void, Error>> check_access_by_object(Services& services, const Request& request) {
    auto object = co_await load_requested_object(services, request);
    if (object) co_return check_access(request, &object->record);
    // What is not there is for hide_missing_key() to tell; anything else only for those who may.
    if (object.error().code == ErrorCode::NoSuchKey) co_return fail(std::move(object).error());
    if (auto allowed = check_access(request); !allowed) co_return allowed;
    co_return fail(std::move(object).error());
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
