#include "common/aws/policy_conditions.h"

#include "common/aws/policy_tables.h"
#include "common/base/text.h"
#include "common/base/time_text.h"

#include <algorithm>
#include <charconv>

namespace tarn::aws {
namespace {

constexpr std::string_view kForAllValues = "ForAllValues:";
constexpr std::string_view kForAnyValue = "ForAnyValue:";
constexpr std::string_view kIfExists = "IfExists";

std::optional<double> parse_number(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// A W3C date ("2026-01-31", "2026-01-31T12:00:00Z") or seconds since 1970.
std::optional<double> parse_date(std::string_view text) {
    constexpr std::size_t kDateOnly = 10;
    const std::string full = text.size() == kDateOnly && text[4] == '-'
                                 ? std::string(text) + "T00:00:00Z"
                                 : std::string(text);
    if (const auto time = parse_iso8601(full)) {
        return static_cast<double>(time->time_since_epoch().count()) / 1000;
    }
    return parse_number(text);
}

std::optional<bool> parse_bool(std::string_view text) {
    if (iequals(text, "true")) return true;
    if (iequals(text, "false")) return false;
    return std::nullopt;
}

bool in_order(Comparison comparison, double requested, double stated) {
    switch (comparison) {
        case Comparison::NumericEqual:
        case Comparison::DateEqual:
            return requested == stated;
        case Comparison::NumericLess:
        case Comparison::DateLess:
            return requested < stated;
        case Comparison::NumericLessOrEqual:
        case Comparison::DateLessOrEqual:
            return requested <= stated;
        case Comparison::NumericGreater:
        case Comparison::DateGreater:
            return requested > stated;
        case Comparison::NumericGreaterOrEqual:
        case Comparison::DateGreaterOrEqual:
            return requested >= stated;
        default:
            return false;
    }
}

bool is_date(Comparison comparison) {
    return comparison >= Comparison::DateEqual && comparison <= Comparison::DateGreaterOrEqual;
}
bool is_numeric(Comparison comparison) {
    return comparison >= Comparison::NumericEqual && comparison < Comparison::DateEqual;
}

bool in_order_as_text(Comparison comparison, std::string_view requested, std::string_view stated) {
    const auto parse = is_date(comparison) ? parse_date : parse_number;
    const auto left = parse(requested);
    const auto right = parse(stated);
    return left && right && in_order(comparison, *left, *right);
}

// One value of the request against one value of the policy, the operator's negation aside.
bool matches(Comparison comparison, std::string_view requested, const Pattern& stated,
             const ConditionContext& context) {
    if (comparison == Comparison::StringLike) return stated.matches(requested, context);
    if (comparison == Comparison::Arn) return stated.matches_arn(requested, context);

    const auto text = stated.expand(context);
    if (!text) return false;
    switch (comparison) {
        case Comparison::StringEqual:
        case Comparison::Binary:
            return requested == *text;
        case Comparison::StringEqualIgnoreCase:
            return iequals(requested, *text);
        case Comparison::Bool: {
            const auto flag = parse_bool(requested);
            return flag && flag == parse_bool(*text);
        }
        case Comparison::IpAddress: {
            const auto network = parse_ip_network(*text);
            const auto address = parse_ip_network(requested);
            return network && address && network->contains(*address);
        }
        default:
            return in_order_as_text(comparison, requested, *text);
    }
}

bool matches_any(const Condition& condition, std::string_view requested,
                 const ConditionContext& context) {
    return std::any_of(condition.values.begin(), condition.values.end(), [&](const auto& stated) {
        return matches(condition.op.comparison, requested, stated, context);
    });
}

bool null_holds(const Condition& condition, bool is_absent, const ConditionContext& context) {
    return std::any_of(condition.values.begin(), condition.values.end(), [&](const auto& stated) {
        const auto text = stated.expand(context);
        return text && parse_bool(*text) == is_absent;
    });
}

}  // namespace

void ConditionContext::set(std::string_view key, std::string_view value) {
    for (auto& [name, values] : entries_) {
        if (!iequals(name, key)) continue;
        values.assign(1, std::string(value));
        return;
    }
    entries_.emplace_back(key, std::vector<std::string>{std::string(value)});
}

void ConditionContext::add(std::string_view key, std::string_view value) {
    for (auto& [name, values] : entries_) {
        if (!iequals(name, key)) continue;
        values.emplace_back(value);
        return;
    }
    set(key, value);
}

const std::vector<std::string>* ConditionContext::find(std::string_view key) const {
    for (const auto& [name, values] : entries_) {
        if (iequals(name, key)) return &values;
    }
    return nullptr;
}

std::optional<ConditionOperator> parse_condition_operator(std::string_view name) {
    ConditionOperator op;
    if (istarts_with(name, kForAllValues)) {
        op.quantifier = Quantifier::ForAllValues;
        name.remove_prefix(kForAllValues.size());
    } else if (istarts_with(name, kForAnyValue)) {
        op.quantifier = Quantifier::ForAnyValue;
        name.remove_prefix(kForAnyValue.size());
    }
    if (name.size() > kIfExists.size() &&
        iequals(name.substr(name.size() - kIfExists.size()), kIfExists)) {
        op.if_exists = true;
        name.remove_suffix(kIfExists.size());
    }
    for (const OperatorRow& row : operator_table()) {
        if (!iequals(row.name, name)) continue;
        if (row.comparison == Comparison::Null && op != ConditionOperator{}) return std::nullopt;
        op.comparison = row.comparison;
        op.negated = row.negated;
        return op;
    }
    return std::nullopt;
}

bool is_valid_operand(Comparison comparison, std::string_view value) {
    if (is_numeric(comparison)) return parse_number(value).has_value();
    if (is_date(comparison)) return parse_date(value).has_value();
    switch (comparison) {
        case Comparison::Bool:
        case Comparison::Null:
            return parse_bool(value).has_value();
        case Comparison::IpAddress:
            return parse_ip_network(value).has_value();
        default:
            return true;
    }
}

// A key that the request lacks: a positive operator does not hold, a negated one does, and with
// IfExists both do.  ForAllValues holds for no values, ForAnyValue does not.
bool condition_holds(const Condition& condition, const ConditionContext& context) {
    const ConditionOperator& op = condition.op;
    const std::vector<std::string>* values = context.find(condition.key);
    const bool is_absent = !values || values->empty();
    if (op.comparison == Comparison::Null) return null_holds(condition, is_absent, context);
    if (is_absent) {
        if (op.if_exists || op.quantifier == Quantifier::ForAllValues) return true;
        return op.quantifier == Quantifier::None && op.negated;
    }
    const auto is_match = [&](const std::string& requested) {
        return matches_any(condition, requested, context);
    };
    const auto is_accepted = [&](const std::string& requested) {
        return is_match(requested) != op.negated;
    };
    switch (op.quantifier) {
        case Quantifier::ForAllValues:
            return std::all_of(values->begin(), values->end(), is_accepted);
        case Quantifier::ForAnyValue:
            return std::any_of(values->begin(), values->end(), is_accepted);
        case Quantifier::None:
            return std::any_of(values->begin(), values->end(), is_match) != op.negated;
    }
    return false;
}

}  // namespace tarn::aws
