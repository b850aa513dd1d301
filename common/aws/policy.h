// The policy language of IAM as far as S3 evaluates it: bucket policies, identity policies, session
// policies.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
//
//   parse_policy()            JSON text -> Policy, with AWS's MalformedPolicy texts
//   validate_bucket_policy()  what PutBucketPolicy demands besides
//   evaluate()                Policy, request -> Deny, Allow or nothing, and which statement said
//   so
//
// A Policy is immutable after parsing and may be shared between threads.

#pragma once

#include "common/aws/policy_conditions.h"
#include "common/aws/policy_pattern.h"
#include "common/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::aws {

inline constexpr std::size_t kMaxBucketPolicyBytes = 20 * 1024;
inline constexpr int kMaxPolicyDepth = 32;

// The message of a 400 MalformedPolicy, and its Detail element (empty if there is none).
struct PolicyError {
    std::string message;
    std::string detail;
};

enum class PolicyKind : std::uint8_t {
    Bucket,    // has Principal, NotPrincipal
    Identity,  // has neither
};

enum class Effect : std::uint8_t { Allow, Deny };

// Who a statement speaks of.
struct PrincipalSet {
    bool anyone = false;                       // "*" or {"AWS": "*"}
    std::vector<std::string> accounts;         // account ids, also of arn:aws:iam::<id>:root
    std::vector<std::string> arns;             // of users, roles, sessions
    std::vector<std::string> services;         // "cloudfront.amazonaws.com"
    std::vector<std::string> canonical_users;  // canonical ids
    std::vector<std::string> federated;        // never match: we federate nobody
};

struct Statement {
    std::string sid;  // may be empty
    Effect effect = Effect::Deny;
    std::optional<PrincipalSet> principals;  // nothing in identity policies
    bool not_principal = false;
    std::vector<Pattern> actions;
    bool not_action = false;
    std::vector<Pattern> resources;
    bool not_resource = false;
    std::vector<Condition> conditions;  // all must hold
};

struct Policy {
    std::string version = "2008-10-17";
    std::string id;
    std::vector<Statement> statements;
};

// Parses through the strict gate: size, first byte, depth, well-formed UTF-8 and no key twice in
// one object.
Result<Policy, PolicyError> parse_policy(std::string_view json, PolicyKind kind);

// What PutBucketPolicy demands: every resource within the bucket, known s3: actions that apply to
// one of the resources, principals of a valid shape, conditions of valid operands.
Result<void, PolicyError> validate_bucket_policy(const Policy& policy, std::string_view bucket);

// Who asks.  Views must outlive the call of evaluate().
struct PolicyPrincipal {
    std::string_view account_id;    // empty: anonymous, or a service
    std::string_view arn;           // "arn:aws:iam::<account>:user/alice"; empty if anonymous
    std::string_view role_arn;      // of a role session: the role; else empty
    std::string_view canonical_id;  // of the account; empty if anonymous
    std::string_view service;       // "cloudfront.amazonaws.com", else empty
};

struct PolicyRequest {
    PolicyPrincipal principal;
    std::string_view action;    // "s3:GetObject"
    std::string_view resource;  // an ARN
    const ConditionContext& context;
};

enum class Verdict : std::uint8_t { NoMatch, Allow, Deny };

struct PolicyDecision {
    Verdict verdict = Verdict::NoMatch;
    std::optional<std::size_t> statement;  // the first that decided: its index
    std::string_view sid;                  // its Sid, of the Policy
};

// An explicit Deny beats every Allow.
PolicyDecision evaluate(const Policy& policy, const PolicyRequest& request);

bool statement_matches(const Statement& statement, const PolicyRequest& request);

// Whether the policy looks at a condition key that begins so, as the key of a condition or as a
// variable.  Key names compare without case.
bool asks_for_key(const Policy& policy, std::string_view prefix);

// Whether S3 calls the policy public (GetBucketPolicyStatus, BlockPublicPolicy): an Allow for
// anyone that no condition confines to fixed values of the keys that AWS lists.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
bool is_public_policy(const Policy& policy);

}  // namespace tarn::aws
