// Authorization, in one place: may this identity do this action on this resource?
//
// An explicit Deny of the bucket's policy beats everything.  Else whoever owns what is asked about
// may do all with it: the bucket's owner, but for an object that another account owns that account
// alone.  Others may do what the bucket's policy allows, which speaks for its owner only and so not
// of another's objects, or what an ACL grants.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html

#pragma once

#include "common/aws/policy.h"
#include "common/aws/policy_conditions.h"
#include "server/auth/acl.h"
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
    // Of the object that is asked about; empty: the bucket's owner.
    std::string_view object_owner_account_id;
    // What is asked about has this one; null: no ACL has a say.
    const Acl* acl = nullptr;
    std::string_view acl_action;  // what the ACL is asked for; empty: action
    PublicGrants public_grants = PublicGrants::Count;
    // The bucket's public access block keeps strangers from what a public policy allows.
    bool restrict_public_buckets = false;
};

enum class AccessReason : std::uint8_t {
    DeniedByPolicy,
    AllowedByPolicy,
    Owner,
    GrantedByAcl,
    NothingAllows
};
struct AccessDecision {
    bool allowed = false;
    AccessReason reason = AccessReason::NothingAllows;
    std::string statement_id;  // Sid of the deciding statement, if it has one
};

// Pure.
AccessDecision decide_access(const AccessQuestion& question);

}  // namespace tarn::auth
