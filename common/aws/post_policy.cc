#include "common/aws/post_policy.h"

#include "common/aws/json_gate.h"
#include "common/base/encoding.h"
#include "common/base/time_text.h"

#include <array>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace tarn::aws {
namespace {

namespace json = boost::json;

constexpr std::string_view kBucket = "bucket";
constexpr std::string_view kContentType = "content-type";
constexpr std::string_view kIgnoredPrefix = "x-ignore-";
constexpr std::string_view kChecksumPrefix = "x-amz-checksum-";
// Fields that need no condition.
constexpr std::array<std::string_view, 5> kUncovered = {"policy", "x-amz-signature", "signature",
                                                        "AWSAccessKeyId", "file"};

PostPolicyError invalid(std::string_view why) {
    return {.kind = PostPolicyError::Kind::InvalidDocument,
            .message = "Invalid Policy: " + std::string(why)};
}
PostPolicyError invalid_json() {
    return invalid("Invalid JSON.");
}
PostPolicyError denied(std::string_view why) {
    return {.kind = PostPolicyError::Kind::Denied,
            .message = "Invalid according to Policy: " + std::string(why)};
}

std::string text_of(const json::string& text) {
    return {text.data(), text.size()};
}

// A condition as S3 shows it, whichever way it was written.
std::string shown(std::string_view operation, const json::value& first, const json::value& second) {
    return "[\"" + std::string(operation) + "\", " + json::serialize(first) + ", " +
           json::serialize(second) + "]";
}

PostCondition field_condition(PostCondition::Kind kind, std::string_view name,
                              std::string_view value, std::string text) {
    PostCondition condition{.kind = kind, .value = std::string(value), .text = std::move(text)};
    if (name.starts_with('$')) {
        condition.field = to_lower(name.substr(1));
    } else {
        condition.kind = PostCondition::Kind::Never;
    }
    return condition;
}

// {"acl": "private"}
Result<PostCondition, PostPolicyError> parse_simple(const json::object& object) {
    if (object.size() != 1) {
        return fail(
            invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property "
                    "specified."));
    }
    const auto& member = *object.begin();
    if (member.value().is_null()) return fail(invalid_json());
    if (!member.value().is_string()) {
        return fail(invalid("Invalid Simple-Condition: value must be a string."));
    }
    const std::string name = "$" + std::string(member.key().data(), member.key().size());
    return field_condition(PostCondition::Kind::Equals, name, text_of(member.value().get_string()),
                           shown("eq", json::value(name), member.value()));
}

// A bound of content-length-range, 5 or "5"; nothing for a text that is no number.
Result<std::optional<std::uint64_t>, PostPolicyError> parse_bound(const json::value& value) {
    if (const auto* text = value.if_string()) return parse_uint(text_of(*text));
    if (value.is_int64() && value.get_int64() >= 0) {
        return static_cast<std::uint64_t>(value.get_int64());
    }
    if (value.is_uint64()) return value.get_uint64();
    return fail(invalid_json());
}

Result<PostCondition, PostPolicyError> parse_range(const json::array& array, std::string text) {
    TARN_TRY(const auto min, parse_bound(array[1]));
    TARN_TRY(const auto max, parse_bound(array[2]));
    PostCondition condition{.text = std::move(text)};
    if (!min || !max) return condition;
    condition.kind = PostCondition::Kind::LengthRange;
    condition.range = {.min = *min, .max = *max};
    return condition;
}

// ["eq", "$acl", "private"]
Result<PostCondition, PostPolicyError> parse_list(const json::array& array) {
    if (array.empty() || !array[0].is_string()) {
        return fail(invalid("Invalid Condition: missing operation identifier."));
    }
    const std::string operation = text_of(array[0].get_string());
    const bool is_range = iequals(operation, "content-length-range");
    const bool is_prefix = iequals(operation, "starts-with");
    if (!is_range && !is_prefix && !iequals(operation, "eq")) {
        return fail(invalid("Invalid Condition: unknown operation '" + operation + "'."));
    }
    if (array.size() != 3) {
        return fail(invalid("Invalid " + operation + ": wrong number of arguments."));
    }
    std::string text = shown(operation, array[1], array[2]);
    if (is_range) return parse_range(array, std::move(text));
    if (!array[1].is_string() || !array[2].is_string()) return fail(invalid_json());
    return field_condition(
        is_prefix ? PostCondition::Kind::StartsWith : PostCondition::Kind::Equals,
        text_of(array[1].get_string()), text_of(array[2].get_string()), std::move(text));
}

Result<std::vector<PostCondition>, PostPolicyError> parse_conditions(const json::value& value) {
    const auto* list = value.if_array();
    if (!list) return fail(invalid("Invalid 'conditions' value: must be a List."));
    std::vector<PostCondition> conditions;
    for (const json::value& element : *list) {
        if (!element.is_object() && !element.is_array()) {
            return fail(invalid("Invalid condition test: must be a List or Object."));
        }
        TARN_TRY(auto condition, element.is_object() ? parse_simple(element.get_object())
                                                     : parse_list(element.get_array()));
        conditions.push_back(std::move(condition));
    }
    return conditions;
}

// "2015-12-30T12:00:00Z", with or without milliseconds; an offset is refused (recorded).
Result<WallTime, PostPolicyError> parse_expiration(const json::value& value) {
    const auto* text = value.if_string();
    if (!text) return fail(invalid_json());
    const std::string expiration = text_of(*text);
    const auto time = expiration.ends_with('Z') ? parse_iso8601(expiration) : std::nullopt;
    if (!time) return fail(invalid("Invalid 'expiration' value: '" + expiration + "'"));
    return *time;
}

Result<PostPolicy, PostPolicyError> parse_document(const json::object& document) {
    const json::value* expiration = document.if_contains("expiration");
    const json::value* conditions = document.if_contains("conditions");
    for (const auto& member : document) {
        if (&member.value() == expiration || &member.value() == conditions) continue;
        const std::string_view name(member.key().data(), member.key().size());
        return fail(invalid("Unexpected: '" + to_lower(name) + "'"));
    }
    if (!expiration) return fail(invalid("Policy missing expiration."));
    if (!conditions) return fail(invalid("Policy missing conditions."));
    PostPolicy policy;
    TARN_TRY(policy.expires_at, parse_expiration(*expiration));
    TARN_TRY(policy.conditions, parse_conditions(*conditions));
    return policy;
}

// A Content-Type may be a list, every member of which must begin so.
bool has_prefix(std::string_view field, std::string_view value, std::string_view prefix) {
    if (field != kContentType) return value.starts_with(prefix);
    return std::ranges::all_of(split(value, ','), [prefix](std::string_view member) {
        return trim(member).starts_with(prefix);
    });
}

// A condition on a field that is not there is not met, whatever its value.
bool is_met(const PostCondition& condition, FormFields fields, std::string_view bucket) {
    if (condition.kind == PostCondition::Kind::LengthRange) return true;
    if (condition.kind == PostCondition::Kind::Never) return false;
    const auto value = condition.field == kBucket ? bucket : find_field(fields, condition.field);
    if (!value) return false;
    return condition.kind == PostCondition::Kind::Equals
               ? *value == condition.value
               : has_prefix(condition.field, *value, condition.value);
}

bool is_covered(const PostPolicy& policy, std::string_view name) {
    if (istarts_with(name, kIgnoredPrefix)) return true;
    const auto is_name = [name](std::string_view other) { return iequals(name, other); };
    return std::ranges::any_of(kUncovered, is_name) ||
           std::ranges::any_of(policy.conditions, is_name, &PostCondition::field);
}

}  // namespace

Result<PostPolicy, PostPolicyError> parse_post_policy(std::string_view base64) {
    if (base64.empty()) return fail(invalid("Expecting '{' but found End-of-Input"));
    const auto text = from_base64(base64);
    if (!text) return fail(invalid("invalid Base64 encoding."));
    const std::size_t start = std::min(text->find_first_not_of(" \t\r\n"), text->size());
    const std::string_view document = std::string_view(*text).substr(start);
    if (!check_json(document)) return fail(invalid_json());
    json::error_code error;
    const json::value value = json::parse({document.data(), document.size()}, error);
    if (error || !value.is_object()) return fail(invalid_json());
    return parse_document(value.get_object());
}

Result<LengthRange, PostPolicyError> check_post_policy(const PostPolicy& policy, FormFields fields,
                                                       std::string_view bucket, WallTime now,
                                                       UncoveredChecksums checksums) {
    if (now > policy.expires_at) return fail(denied("Policy expired."));
    LengthRange range;
    for (const PostCondition& condition : policy.conditions) {
        if (!is_met(condition, fields, bucket)) {
            return fail(denied("Policy Condition failed: " + condition.text));
        }
        range.min = std::max(range.min, condition.range.min);
        range.max = std::min(range.max, condition.range.max);
    }
    std::string extra;
    for (const FormField& field : fields) {
        if (is_covered(policy, field.name)) continue;
        const bool is_checksum = istarts_with(field.name, kChecksumPrefix);
        if (is_checksum && checksums == UncoveredChecksums::Taken) continue;
        extra.append(extra.empty() ? "" : ", ").append(field.name);
    }
    if (!extra.empty()) return fail(denied("Extra input fields: " + extra));
    return range;
}

}  // namespace tarn::aws
