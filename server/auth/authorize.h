// Authorization, in one place: may this identity do this action on this resource?
//
// An explicit Deny of the bucket's policy beats everything; else the bucket's owner may do all, and
// others only what the policy allows.  (Identity policies, ACLs and public access block join here.)

#pragma once

#include "common/aws/policy.h"
#include "common/aws/policy_conditions.h"
#include "server/auth/identity.h"

#include <string>
#include <string_view>

namespace tarn::auth {

struct AccessQuestion {
    const Identity& identity;
    std::string_view owner_account_id;    // of the bucket
    const aws::Policy* policy = nullptr;  // the bucket's; null: none
    std::string_view action;              // "s3:GetObject"
    std::string_view resource;            // an ARN
    const aws::ConditionContext& context;
};

enum class AccessReason : std::uint8_t { DeniedByPolicy, AllowedByPolicy, Owner, NothingAllows };
struct AccessDecision {
    bool allowed = false;
    AccessReason reason = AccessReason::NothingAllows;
    std::string statement_id;  // Sid of the deciding statement, if it has one
};

// Pure.
AccessDecision decide_access(const AccessQuestion& question);

}  // namespace tarn::auth
