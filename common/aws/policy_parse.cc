// JSON text -> Policy.

#include "common/aws/arn.h"
#include "common/aws/json_gate.h"
#include "common/aws/policy.h"
#include "common/base/text.h"

#include <algorithm>
#include <span>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace tarn::aws {
namespace {

namespace json = boost::json;

constexpr std::string_view kInvalidJson = "This policy contains invalid Json";
constexpr std::string_view kInvalidPrincipal = "Invalid principal in policy";
constexpr std::string_view kCurrentVersion = "2012-10-17";
constexpr std::string_view kFirstVersion = "2008-10-17";

constexpr std::string_view kPolicyFields[] = {"Version", "Id", "Statement"};
constexpr std::string_view kStatementFields[] = {"Sid",          "Effect",      "Principal",
                                                 "NotPrincipal", "Action",      "NotAction",
                                                 "Resource",     "NotResource", "Condition"};

PolicyError error(std::string_view message, std::string_view detail = {}) {
    return {.message = std::string(message), .detail = std::string(detail)};
}

std::string_view text_of(const json::string& text) {
    return {text.data(), text.size()};
}

Result<void, PolicyError> check_fields(const json::object& object,
                                       std::span<const std::string_view> known) {
    for (const auto& member : object) {
        const std::string_view name(member.key().data(), member.key().size());
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            return fail(error("Unknown field " + std::string(name)));
        }
    }
    return {};
}

// A text, or nothing if the member is absent.  Another type is an error.
Result<std::optional<std::string>, PolicyError> optional_text(const json::object& object,
                                                              std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (!value) return std::nullopt;
    if (!value->is_string()) return fail(error(kInvalidJson));
    return std::string(text_of(value->get_string()));
}

// "a" or ["a", "b"].
Result<std::vector<std::string>, PolicyError> one_or_more(const json::value& value,
                                                          std::string_view message) {
    std::vector<std::string> texts;
    if (const auto* text = value.if_string()) {
        texts.emplace_back(text_of(*text));
    } else if (const auto* array = value.if_array()) {
        for (const json::value& element : *array) {
            if (!element.is_string()) return fail(error(message));
            texts.emplace_back(text_of(element.get_string()));
        }
    }
    const bool has_empty = std::any_of(texts.begin(), texts.end(),
                                       [](const std::string& text) { return text.empty(); });
    if (texts.empty() || has_empty) return fail(error(message));
    return texts;
}

// Where an AWS principal belongs.  Names of an unknown shape are kept among the ARNs: they match
// nobody, and PutBucketPolicy refuses them.
void add_aws_principal(PrincipalSet& set, const std::string& name) {
    if (name == "*") {
        set.anyone = true;
        return;
    }
    if (is_account_id(name)) {
        set.accounts.push_back(name);
        return;
    }
    const auto arn = parse_arn(name);
    if (arn && arn->service == "iam" && arn->resource == "root" && is_account_id(arn->account)) {
        set.accounts.push_back(arn->account);
        return;
    }
    set.arns.push_back(name);
}

Result<PrincipalSet, PolicyError> parse_principal(const json::value& value) {
    PrincipalSet set;
    if (const auto* text = value.if_string()) {
        if (text_of(*text) != "*") return fail(error(kInvalidPrincipal, text_of(*text)));
        set.anyone = true;
        return set;
    }
    const auto* object = value.if_object();
    if (!object || object->empty()) return fail(error(kInvalidPrincipal));
    for (const auto& member : *object) {
        const std::string_view type(member.key().data(), member.key().size());
        TARN_TRY(const auto names, one_or_more(member.value(), kInvalidPrincipal));
        if (type == "AWS") {
            for (const std::string& name : names)
                add_aws_principal(set, name);
        } else if (type == "Service") {
            set.services.insert(set.services.end(), names.begin(), names.end());
        } else if (type == "CanonicalUser") {
            set.canonical_users.insert(set.canonical_users.end(), names.begin(), names.end());
        } else if (type == "Federated") {
            set.federated.insert(set.federated.end(), names.begin(), names.end());
        } else {
            return fail(error(kInvalidPrincipal, type));
        }
    }
    return set;
}

// Condition values may be texts, numbers and booleans.
Result<std::vector<Pattern>, PolicyError> parse_operands(const json::value& value,
                                                         Comparison comparison,
                                                         Pattern::Variables variables) {
    const json::array single{value};
    const json::array& values = value.is_array() ? value.get_array() : single;
    std::vector<Pattern> operands;
    for (const json::value& element : values) {
        if (element.is_object() || element.is_array() || element.is_null()) {
            return fail(error(kInvalidJson));
        }
        const std::string text = element.is_string() ? std::string(text_of(element.get_string()))
                                                     : json::serialize(element);
        operands.emplace_back(text, variables);
        if (!operands.back().has_variables() && !is_valid_operand(comparison, text)) {
            return fail(error("Policy has an invalid condition value", text));
        }
    }
    return operands;
}

Result<std::vector<Condition>, PolicyError> parse_conditions(const json::value& value,
                                                             Pattern::Variables variables) {
    const auto* operators = value.if_object();
    if (!operators) return fail(error(kInvalidJson));
    std::vector<Condition> conditions;
    for (const auto& member : *operators) {
        const std::string name(member.key().data(), member.key().size());
        const auto op = parse_condition_operator(name);
        if (!op) return fail(error("Invalid Condition type : " + name));
        const auto* keys = member.value().if_object();
        if (!keys) return fail(error(kInvalidJson));
        for (const auto& key : *keys) {
            TARN_TRY(auto operands, parse_operands(key.value(), op->comparison, variables));
            conditions.push_back({.op = *op,
                                  .key = std::string(key.key().data(), key.key().size()),
                                  .values = std::move(operands)});
        }
    }
    return conditions;
}

struct PatternList {
    std::vector<Pattern> patterns;
    bool is_negated = false;
};

// The pair Action / NotAction or Resource / NotResource: exactly one of them.
Result<PatternList, PolicyError> parse_patterns(const json::object& statement,
                                                std::string_view name, std::string_view invalid,
                                                Pattern::Variables variables) {
    const json::value* value = statement.if_contains(name);
    const json::value* negated = statement.if_contains("Not" + std::string(name));
    if (!value && !negated) return fail(error("Missing required field " + std::string(name)));
    if (value && negated) return fail(error("Invalid policy syntax."));
    TARN_TRY(const auto texts, one_or_more(value ? *value : *negated, invalid));
    PatternList list{.is_negated = negated != nullptr};
    for (const std::string& text : texts)
        list.patterns.emplace_back(text, variables);
    return list;
}

Result<void, PolicyError> read_principal(const json::object& object, PolicyKind kind,
                                         Statement& statement) {
    const json::value* value = object.if_contains("Principal");
    const json::value* negated = object.if_contains("NotPrincipal");
    if (kind == PolicyKind::Identity) {
        if (value || negated) return fail(error("Policy document should not specify a principal."));
        return {};
    }
    if (!value && !negated) return fail(error("Missing required field Principal"));
    if (value && negated) return fail(error("Invalid policy syntax."));
    TARN_TRY(statement.principals, parse_principal(value ? *value : *negated));
    statement.not_principal = negated != nullptr;
    return {};
}

Result<Effect, PolicyError> parse_effect(const json::object& object) {
    TARN_TRY(const auto effect, optional_text(object, "Effect"));
    if (!effect) return fail(error("Missing required field Effect"));
    if (*effect == "Allow") return Effect::Allow;
    if (*effect == "Deny") return Effect::Deny;
    return fail(error("Invalid effect: " + *effect));
}

Result<Statement, PolicyError> parse_statement(const json::value& value, PolicyKind kind,
                                               Pattern::Variables variables) {
    const auto* object = value.if_object();
    if (!object) return fail(error(kInvalidJson));
    if (auto checked = check_fields(*object, kStatementFields); !checked) {
        return fail(std::move(checked).error());
    }
    Statement statement;
    TARN_TRY(auto sid, optional_text(*object, "Sid"));
    statement.sid = std::move(sid).value_or("");
    TARN_TRY(statement.effect, parse_effect(*object));
    if (auto read = read_principal(*object, kind, statement); !read) {
        return fail(std::move(read).error());
    }
    TARN_TRY(auto actions, parse_patterns(*object, "Action", "Policy has invalid action",
                                          Pattern::Variables::No));
    statement.actions = std::move(actions.patterns);
    statement.not_action = actions.is_negated;
    TARN_TRY(auto resources,
             parse_patterns(*object, "Resource", "Policy has invalid resource", variables));
    statement.resources = std::move(resources.patterns);
    statement.not_resource = resources.is_negated;
    if (const json::value* conditions = object->if_contains("Condition")) {
        TARN_TRY(statement.conditions, parse_conditions(*conditions, variables));
    }
    return statement;
}

Result<void, PolicyError> gate(std::string_view text) {
    const auto checked =
        check_json(text, {.bytes = kMaxBucketPolicyBytes, .depth = kMaxPolicyDepth});
    if (checked) return {};
    switch (checked.error()) {
        case JsonFault::TooLarge:
            return fail(error("Policy exceeds the maximum allowed document size."));
        case JsonFault::NotAnObject:
            return fail(error("Policies must be valid JSON and the first byte must be '{'"));
        default:
            return fail(error(kInvalidJson));
    }
}

bool has_repeated_sid(const std::vector<Statement>& statements) {
    std::vector<std::string_view> sids;
    for (const Statement& statement : statements) {
        if (!statement.sid.empty()) sids.push_back(statement.sid);
    }
    std::sort(sids.begin(), sids.end());
    return std::adjacent_find(sids.begin(), sids.end()) != sids.end();
}

Result<Policy, PolicyError> parse_document(const json::object& object, PolicyKind kind) {
    if (auto checked = check_fields(object, kPolicyFields); !checked) {
        return fail(std::move(checked).error());
    }
    Policy policy;
    TARN_TRY(auto version, optional_text(object, "Version"));
    policy.version = std::move(version).value_or(std::string(kFirstVersion));
    if (policy.version != kCurrentVersion && policy.version != kFirstVersion) {
        return fail(error("The policy must contain a valid version string"));
    }
    TARN_TRY(auto id, optional_text(object, "Id"));
    policy.id = std::move(id).value_or("");

    const json::value* value = object.if_contains("Statement");
    if (!value) return fail(error("Missing required field Statement"));
    const json::array single{*value};
    const json::array& statements = value->is_array() ? value->get_array() : single;
    if (statements.empty()) return fail(error("Could not parse the policy: Statement is empty!"));
    // Variables came with the version of 2012; before, "${" is plain text.
    const auto variables =
        policy.version == kCurrentVersion ? Pattern::Variables::Yes : Pattern::Variables::No;
    for (const json::value& element : statements) {
        TARN_TRY(auto statement, parse_statement(element, kind, variables));
        policy.statements.push_back(std::move(statement));
    }
    if (has_repeated_sid(policy.statements)) {
        return fail(error("Statement IDs (SID) in a single policy must be unique."));
    }
    return policy;
}

}  // namespace

Result<Policy, PolicyError> parse_policy(std::string_view text, PolicyKind kind) {
    if (auto passed = gate(text); !passed) return fail(std::move(passed).error());
    json::parse_options options;
    options.max_depth = kMaxPolicyDepth;
    json::error_code error_code;
    const json::value document = json::parse(text, error_code, {}, options);
    if (error_code || !document.is_object()) return fail(error(kInvalidJson));
    return parse_document(document.get_object(), kind);
}

}  // namespace tarn::aws
