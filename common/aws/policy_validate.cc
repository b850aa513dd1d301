// What PutBucketPolicy demands beyond the grammar, and what S3 calls a public policy.

#include "common/aws/arn.h"
#include "common/aws/policy.h"
#include "common/aws/policy_tables.h"
#include "common/base/text.h"

#include <algorithm>

namespace tarn::aws {
namespace {

constexpr std::string_view kActionPrefix = "s3:";
constexpr std::size_t kCanonicalIdChars = 64;

PolicyError error(std::string_view message, std::string_view detail) {
    return {.message = std::string(message), .detail = std::string(detail)};
}

// "arn:aws:iam::<account>:user/...", "...:role/...", an assumed role's session, or the user behind
// an origin access identity.
bool is_principal_arn(std::string_view text) {
    const auto arn = parse_arn(text);
    if (!arn || !arn->region.empty()) return false;
    const auto is_under = [&arn](std::string_view prefix) {
        return arn->resource.size() > prefix.size() && arn->resource.starts_with(prefix);
    };
    if (text.find_first_of("*?") != std::string_view::npos) return false;
    if (arn->service == "iam" && arn->account == "cloudfront") return is_under("user/");
    if (!is_account_id(arn->account)) return false;
    if (arn->service == "iam") return is_under("user/") || is_under("role/");
    return arn->service == "sts" && (is_under("assumed-role/") || is_under("federated-user/"));
}

bool is_service_name(std::string_view name) {
    return name == "*" || name.find('.') != std::string_view::npos;
}

bool is_canonical_id(std::string_view id) {
    return id.size() == kCanonicalIdChars && std::all_of(id.begin(), id.end(), [](char c) {
               return is_digit(c) || (c >= 'a' && c <= 'f');
           });
}

Result<void, PolicyError> check_names(const std::vector<std::string>& names, std::string_view type,
                                      bool (*is_valid)(std::string_view)) {
    for (const std::string& name : names) {
        if (is_valid(name)) continue;
        return fail(error("Invalid principal in policy",
                          "\"" + std::string(type) + "\" : \"" + name + "\""));
    }
    return {};
}

Result<void, PolicyError> check_principals(const PrincipalSet& set) {
    if (auto checked = check_names(set.arns, "AWS", is_principal_arn); !checked) return checked;
    if (auto checked = check_names(set.services, "Service", is_service_name); !checked) {
        return checked;
    }
    return check_names(set.canonical_users, "CanonicalUser", is_canonical_id);
}

// Which kinds of S3 resource something speaks of.
struct Scopes {
    bool bucket = false;
    bool object = false;
};

// The scopes of the actions that the pattern covers; none if it covers no action that we know.
Scopes scopes_of_action(const Pattern& action) {
    Scopes scopes;
    for (const ActionRow& row : s3_action_table()) {
        if (!action.matches_ignoring_case(row.name, ConditionContext{})) continue;
        scopes.bucket |= row.scope == ActionScope::Bucket;
        scopes.object |= row.scope == ActionScope::Object;
    }
    return scopes;
}

// The bucket of a resource is stated, or covered by a wildcard ("arn:aws:s3:::*").
Result<Scopes, PolicyError> scopes_of_resource(const Pattern& resource, std::string_view bucket) {
    const std::string& text = resource.text();
    if (text == "*") return Scopes{.bucket = true, .object = true};
    const auto arn = parse_arn(text);
    if (!arn || arn->service != "s3" || !arn->region.empty() || !arn->account.empty()) {
        return fail(error("Policy has invalid resource", text));
    }
    const std::size_t slash = arn->resource.find('/');
    const std::string_view bucket_part = std::string_view(arn->resource).substr(0, slash);
    if (!Pattern(bucket_part).matches(bucket, ConditionContext{})) {
        return fail(error("Policy has invalid resource", text));
    }
    // A '*' in the bucket's part reaches over a slash into the key.
    const bool has_wildcard = bucket_part.find('*') != std::string_view::npos;
    return Scopes{.bucket = slash == std::string::npos,
                  .object = slash != std::string::npos || has_wildcard};
}

Result<void, PolicyError> check_statement(const Statement& statement, std::string_view bucket) {
    if (statement.principals) {
        if (auto checked = check_principals(*statement.principals); !checked) return checked;
    }
    Scopes resources;
    for (const Pattern& resource : statement.resources) {
        TARN_TRY(const Scopes scopes, scopes_of_resource(resource, bucket));
        resources.bucket |= scopes.bucket;
        resources.object |= scopes.object;
    }
    for (const Pattern& action : statement.actions) {
        const bool is_any = action.text() == "*";
        const Scopes scopes = scopes_of_action(action);
        const bool is_s3 = is_any || istarts_with(action.text(), kActionPrefix);
        if (!is_s3 || (!scopes.bucket && !scopes.object)) {
            return fail(error("Policy has invalid action", action.text()));
        }
        const bool applies =
            (scopes.bucket && resources.bucket) || (scopes.object && resources.object);
        const bool is_negated = statement.not_action || statement.not_resource;
        if (!applies && !is_negated) {
            return fail(
                error("Action does not apply to any resource(s) in statement", action.text()));
        }
    }
    return {};
}

// Ranges wider than these confine nobody, says S3, unless they are private (RFC 1918).
constexpr int kMinIpv4Bits = 96 + 8;
constexpr int kMinIpv6Bits = 32;

bool is_narrow(std::string_view range) {
    const auto network = parse_ip_network(range);
    const auto mapped = parse_ip_network("0.0.0.0/0");
    if (!network || !mapped) return false;
    return network->prefix_bits >= (mapped->contains(*network) ? kMinIpv4Bits : kMinIpv6Bits);
}

bool is_fixed(const Condition& condition) {
    return !condition.values.empty() &&
           std::all_of(condition.values.begin(), condition.values.end(), [&](const auto& value) {
               if (condition.op.comparison == Comparison::IpAddress) return is_narrow(value.text());
               return !value.has_variables() &&
                      value.text().find_first_of("*?") == std::string::npos;
           });
}

bool confines(const Condition& condition) {
    const bool is_equality = condition.op.comparison == Comparison::StringEqual ||
                             condition.op.comparison == Comparison::StringEqualIgnoreCase ||
                             condition.op.comparison == Comparison::StringLike ||
                             condition.op.comparison == Comparison::Arn ||
                             condition.op.comparison == Comparison::IpAddress;
    if (!is_equality || condition.op.negated || condition.op.if_exists) return false;
    if (condition.op.quantifier == Quantifier::ForAllValues) return false;
    const auto keys = confining_keys();
    const bool is_key = std::any_of(keys.begin(), keys.end(), [&](std::string_view key) {
        return iequals(key, condition.key);
    });
    return is_key && is_fixed(condition);
}

bool speaks_of_anyone(const Statement& statement) {
    return statement.not_principal || (statement.principals && statement.principals->anyone);
}

}  // namespace

Result<void, PolicyError> validate_bucket_policy(const Policy& policy, std::string_view bucket) {
    for (const Statement& statement : policy.statements) {
        if (auto checked = check_statement(statement, bucket); !checked) return checked;
    }
    return {};
}

bool is_public_policy(const Policy& policy) {
    return std::any_of(
        policy.statements.begin(), policy.statements.end(), [](const Statement& statement) {
            return statement.effect == Effect::Allow && speaks_of_anyone(statement) &&
                   std::none_of(statement.conditions.begin(), statement.conditions.end(), confines);
        });
}

}  // namespace tarn::aws
