// The fixed words of the policy language: condition operators and S3 actions.

#pragma once

#include "common/aws/policy_conditions.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace tarn::aws {

struct OperatorRow {
    std::string_view name;
    Comparison comparison;
    bool negated;
};
// Without the ForAllValues:/ForAnyValue: prefixes and the IfExists suffix.
std::span<const OperatorRow> operator_table();

// What kind of resource an action works on.
enum class ActionScope : std::uint8_t { Service, Bucket, Object };

struct ActionRow {
    std::string_view name;  // "s3:GetObject"
    ActionScope scope;
};
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
std::span<const ActionRow> s3_action_table();

// The condition keys that make a policy not public when their values are fixed.
std::span<const std::string_view> confining_keys();

}  // namespace tarn::aws
