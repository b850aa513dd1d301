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

bool is_owner(const AccessQuestion& question) {
    return question.identity.kind == PrincipalKind::Account &&
           question.identity.account->id == question.owner_account_id;
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
    const bool owner = is_owner(question);
    if (owner && std::ranges::find(kAlwaysForOwner, question.action) != kAlwaysForOwner.end()) {
        return {.allowed = true, .reason = AccessReason::Owner};
    }
    const aws::PolicyDecision policy = evaluate_policy(question);
    switch (policy.verdict) {
        case aws::Verdict::Deny:
            return {.reason = AccessReason::DeniedByPolicy,
                    .statement_id = std::string(policy.sid)};
        case aws::Verdict::Allow:
            return {.allowed = true,
                    .reason = AccessReason::AllowedByPolicy,
                    .statement_id = std::string(policy.sid)};
        case aws::Verdict::NoMatch:
            break;
    }
    if (owner) return {.allowed = true, .reason = AccessReason::Owner};
    return {};
}

}  // namespace tarn::auth
