#include "server/auth/authorize.h"

#include "common/aws/arn.h"

#include <algorithm>
#include <array>

namespace tarn::auth {
namespace {

// The owning account can always reach these, or a mistaken Deny would lock everybody out.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
constexpr std::array<std::string_view, 3> kAlwaysForOwner = {
    "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"};

bool is_bucket_owner(const AccessQuestion& question) {
    return question.identity.account_id() == question.owner_account_id;
}

bool is_owner(const AccessQuestion& question) {
    if (question.object_owner_account_id.empty()) return is_bucket_owner(question);
    return question.identity.account_id() == question.object_owner_account_id;
}

// RestrictPublicBuckets: a bucket with a public policy is for its owner and for AWS's services.
bool is_kept_out(const AccessQuestion& question) {
    return question.restrict_public_buckets && !is_bucket_owner(question) &&
           question.identity.kind != PrincipalKind::Service && question.policy &&
           aws::is_public_policy(*question.policy);
}

bool policy_speaks_of(const AccessQuestion& question) {
    return question.object_owner_account_id.empty() ||
           question.object_owner_account_id == question.owner_account_id;
}

bool is_granted_by_acl(const AccessQuestion& question) {
    if (!question.acl) return false;
    const AclRule* const rule =
        find_acl_rule(question.acl_action.empty() ? question.action : question.acl_action);
    return rule &&
           is_granted(*question.acl, question.identity, rule->permission, question.public_grants);
}

aws::PolicyDecision evaluate_policy(const AccessQuestion& question) {
    if (!question.policy) return {};
    aws::PolicyPrincipal principal{.service = question.identity.service};
    std::string arn;
    if (question.identity.kind == PrincipalKind::Account) {
        arn = aws::account_root_arn(question.identity.account->id);
        principal.account_id = question.identity.account->id;
        principal.arn = arn;
        principal.canonical_id = question.identity.account->canonical_id;
    }
    return aws::evaluate(*question.policy, {.principal = principal,
                                            .action = question.action,
                                            .resource = question.resource,
                                            .context = question.context});
}

}  // namespace

AccessDecision decide_access(const AccessQuestion& question) {
    if (is_bucket_owner(question) &&
        std::ranges::find(kAlwaysForOwner, question.action) != kAlwaysForOwner.end()) {
        return {.allowed = true, .reason = AccessReason::Owner};
    }
    const aws::PolicyDecision policy = evaluate_policy(question);
    const auto by_policy = [&](bool allowed, AccessReason reason) {
        return AccessDecision{
            .allowed = allowed, .reason = reason, .statement_id = std::string(policy.sid)};
    };
    if (policy.verdict == aws::Verdict::Deny) {
        return by_policy(false, AccessReason::DeniedByPolicy);
    }
    if (is_owner(question)) return {.allowed = true, .reason = AccessReason::Owner};
    if (is_kept_out(question)) return {};
    if (policy.verdict == aws::Verdict::Allow && policy_speaks_of(question)) {
        return by_policy(true, AccessReason::AllowedByPolicy);
    }
    if (is_granted_by_acl(question)) {
        return {.allowed = true, .reason = AccessReason::GrantedByAcl};
    }
    return {};
}

}  // namespace tarn::auth
