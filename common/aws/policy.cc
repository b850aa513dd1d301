// Evaluation.  Parsing is in policy_parse.cc, the demands of PutBucketPolicy in policy_validate.cc.

#include "common/aws/policy.h"

#include "common/base/text.h"

#include <algorithm>

namespace tarn::aws {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view value) {
    return !value.empty() && std::find(list.begin(), list.end(), value) != list.end();
}

bool names_principal(const PrincipalSet& set, const PolicyPrincipal& principal) {
    if (set.anyone) return true;
    if (!principal.service.empty()) {
        return contains(set.services, principal.service) || contains(set.services, "*");
    }
    return contains(set.accounts, principal.account_id) || contains(set.arns, principal.arn) ||
           contains(set.arns, principal.role_arn) ||
           contains(set.canonical_users, principal.canonical_id);
}

bool matches_principal(const Statement& statement, const PolicyPrincipal& principal) {
    if (!statement.principals) return true;  // an identity policy speaks of whom it is attached to
    return names_principal(*statement.principals, principal) != statement.not_principal;
}

bool matches_action(const Statement& statement, const PolicyRequest& request) {
    const bool named =
        std::any_of(statement.actions.begin(), statement.actions.end(), [&](const Pattern& action) {
            return action.matches_ignoring_case(request.action, request.context);
        });
    return named != statement.not_action;
}

bool matches_resource(const Statement& statement, const PolicyRequest& request) {
    const bool named = std::any_of(
        statement.resources.begin(), statement.resources.end(), [&](const Pattern& resource) {
            return resource.matches_arn(request.resource, request.context);
        });
    return named != statement.not_resource;
}

bool asks_in(const std::vector<Pattern>& patterns, std::string_view prefix) {
    // A rough look: a variable of that name, or a text that happens to hold it.
    const std::string wanted = to_lower(prefix);
    return std::any_of(patterns.begin(), patterns.end(), [&](const Pattern& pattern) {
        return pattern.has_variables() &&
               to_lower(pattern.text()).find(wanted) != std::string::npos;
    });
}

}  // namespace

bool asks_for_key(const Policy& policy, std::string_view prefix) {
    return std::any_of(
        policy.statements.begin(), policy.statements.end(), [&](const Statement& statement) {
            return asks_in(statement.resources, prefix) ||
                   std::any_of(statement.conditions.begin(), statement.conditions.end(),
                               [&](const Condition& condition) {
                                   return istarts_with(condition.key, prefix) ||
                                          asks_in(condition.values, prefix);
                               });
        });
}

bool statement_matches(const Statement& statement, const PolicyRequest& request) {
    return matches_action(statement, request) && matches_principal(statement, request.principal) &&
           matches_resource(statement, request) &&
           std::all_of(statement.conditions.begin(), statement.conditions.end(),
                       [&](const Condition& condition) {
                           return condition_holds(condition, request.context);
                       });
}

PolicyDecision evaluate(const Policy& policy, const PolicyRequest& request) {
    PolicyDecision decision;
    for (std::size_t i = 0; i < policy.statements.size(); ++i) {
        const Statement& statement = policy.statements[i];
        const bool is_deny = statement.effect == Effect::Deny;
        if (!is_deny && decision.verdict == Verdict::Allow) continue;
        if (!statement_matches(statement, request)) continue;
        decision = {.verdict = is_deny ? Verdict::Deny : Verdict::Allow,
                    .statement = i,
                    .sid = statement.sid};
        if (is_deny) break;
    }
    return decision;
}

}  // namespace tarn::aws
