// The Condition block of a policy: operators, and the request's values that they look at.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

#pragma once

#include "common/aws/policy_pattern.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::aws {

// The values of a request that conditions and policy variables see: "aws:SourceIp", "s3:prefix",
// "aws:username".  Key names compare without case.  Derived by the server only: no header of a
// request may set an aws: key by its name.
class ConditionContext {
  public:
    void set(std::string_view key, std::string_view value);  // replaces
    void add(std::string_view key, std::string_view value);  // one more value
    void clear() { entries_.clear(); }
    // nullptr if the request has no such key.
    const std::vector<std::string>* find(std::string_view key) const;

  private:
    std::vector<std::pair<std::string, std::vector<std::string>>> entries_;
};

// How two values are compared.
enum class Comparison : std::uint8_t {
    StringEqual,
    StringEqualIgnoreCase,
    StringLike,
    NumericEqual,
    NumericLess,
    NumericLessOrEqual,
    NumericGreater,
    NumericGreaterOrEqual,
    DateEqual,
    DateLess,
    DateLessOrEqual,
    DateGreater,
    DateGreaterOrEqual,
    Bool,
    Binary,
    IpAddress,
    Arn,
    Null,
};

enum class Quantifier : std::uint8_t { None, ForAllValues, ForAnyValue };

// "ForAllValues:StringNotLikeIfExists", taken apart.
struct ConditionOperator {
    Comparison comparison = Comparison::StringEqual;
    bool negated = false;
    bool if_exists = false;
    Quantifier quantifier = Quantifier::None;

    friend bool operator==(const ConditionOperator&, const ConditionOperator&) = default;
};
// Names compare without case, as in IAM.  Nothing for an unknown operator.
std::optional<ConditionOperator> parse_condition_operator(std::string_view name);

// One operator, one key, the values that it may have.
struct Condition {
    ConditionOperator op;
    std::string key;
    std::vector<Pattern> values;
};

// Whether the value's text can be an operand of that comparison ("NumericEquals": "abc" cannot).
bool is_valid_operand(Comparison comparison, std::string_view value);

bool condition_holds(const Condition& condition, const ConditionContext& context);

// "192.0.2.0/24", "2001:db8::/32" or a single address.  IPv4-mapped IPv6 addresses count as IPv4.
struct IpNetwork {
    std::array<std::uint8_t, 16> address{};  // IPv4 as ::ffff:a.b.c.d
    int prefix_bits = 128;                   // of the 128

    bool contains(const IpNetwork& single) const;
};
std::optional<IpNetwork> parse_ip_network(std::string_view text);

}  // namespace tarn::aws
