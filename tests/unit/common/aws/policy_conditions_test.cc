#include "common/aws/policy_conditions.h"

#include "common/aws/policy_tables.h"

#include <gtest/gtest.h>

namespace tarn::aws {
namespace {

using Texts = std::vector<std::string>;

struct HoldsCase {
    std::string op;
    Texts stated;     // by the policy
    Texts requested;  // none: the request lacks the key
    bool holds;
};

bool holds(const std::string& op, const Texts& stated, const Texts& requested) {
    ConditionContext context;
    context.set("aws:username", "alice");
    for (const std::string& value : requested)
        context.add("s3:Key", value);
    const auto parsed = parse_condition_operator(op);
    EXPECT_TRUE(parsed) << op;
    Condition condition{.op = *parsed, .key = "s3:key"};
    for (const std::string& value : stated)
        condition.values.emplace_back(value);
    return condition_holds(condition, context);
}

const HoldsCase kCases[] = {
    {"StringEquals", {"a"}, {"a"}, true},
    {"StringEquals", {"a"}, {"A"}, false},
    {"StringEquals", {"a", "b"}, {"b"}, true},
    {"StringEquals", {"a*"}, {"ab"}, false},
    {"StringEquals", {"a"}, {}, false},
    {"StringEqualsIfExists", {"a"}, {}, true},
    {"StringEqualsIfExists", {"a"}, {"b"}, false},
    {"StringEquals", {"x-${aws:username}"}, {"x-alice"}, true},
    {"StringEquals", {"${aws:none}"}, {""}, false},
    {"StringEquals", {"${aws:none, 'dflt'}"}, {"dflt"}, true},
    {"StringEquals", {"${*}${?}${$}"}, {"*?$"}, true},
    {"StringNotEquals", {"a", "b"}, {"b"}, false},
    {"StringNotEquals", {"a", "b"}, {"c"}, true},
    {"StringNotEquals", {"a"}, {}, true},
    {"StringNotEqualsIfExists", {"a"}, {}, true},
    {"StringEqualsIgnoreCase", {"aB"}, {"Ab"}, true},
    {"StringNotEqualsIgnoreCase", {"aB"}, {"Ab"}, false},
    {"StringLike", {"a*c?"}, {"abbcd"}, true},
    {"StringLike", {"a*c?"}, {"abbc"}, false},
    {"StringLike", {"*"}, {""}, true},
    {"StringLike", {"?"}, {"\xc3\xa9"}, true},
    {"StringLike", {"??"}, {"\xc3\xa9"}, false},
    {"StringLike", {"${*}x"}, {"yx"}, false},
    {"StringLike", {"${*}x"}, {"*x"}, true},
    {"StringNotLike", {"a*"}, {"abc"}, false},
    {"StringNotLike", {"a*", "b*"}, {"c"}, true},
    {"NumericEquals", {"10"}, {"10.0"}, true},
    {"NumericNotEquals", {"10"}, {"10.0"}, false},
    {"NumericLessThan", {"10"}, {"9"}, true},
    {"NumericLessThan", {"10"}, {"10"}, false},
    {"NumericLessThanEquals", {"10"}, {"10"}, true},
    {"NumericGreaterThan", {"10"}, {"10"}, false},
    {"NumericGreaterThan", {"9"}, {"10"}, true},
    {"NumericGreaterThanEquals", {"10"}, {"10"}, true},
    {"NumericLessThan", {"10"}, {"x"}, false},
    {"NumericLessThan", {"10"}, {""}, false},
    {"DateEquals", {"2026-01-31T00:00:00Z"}, {"2026-01-31"}, true},
    {"DateNotEquals", {"2026-01-31T00:00:00Z"}, {"2026-01-31"}, false},
    {"DateLessThan", {"2026-01-31T00:00:01Z"}, {"2026-01-31T00:00:00Z"}, true},
    {"DateLessThan", {"2026-01-31T00:00:00Z"}, {"2026-01-31T00:00:00Z"}, false},
    {"DateGreaterThan", {"2026-01-31T00:00:00Z"}, {"1900000000"}, true},
    {"DateLessThanEquals", {"0"}, {"1970-01-01T00:00:00Z"}, true},
    {"DateGreaterThanEquals", {"0"}, {"1970-01-01T00:00:00Z"}, true},
    {"Bool", {"true"}, {"TRUE"}, true},
    {"Bool", {"true"}, {"false"}, false},
    {"Bool", {"false"}, {}, false},
    {"BoolIfExists", {"true"}, {}, true},
    {"BinaryEquals", {"QmluYXJ5"}, {"QmluYXJ5"}, true},
    {"IpAddress", {"192.0.2.0/24"}, {"192.0.2.255"}, true},
    {"IpAddress", {"192.0.2.0/24"}, {"192.0.3.0"}, false},
    {"IpAddress", {"192.0.2.128/25"}, {"192.0.2.127"}, false},
    {"IpAddress", {"0.0.0.0/0"}, {"203.0.113.9"}, true},
    {"IpAddress", {"0.0.0.0/0"}, {"::1"}, false},
    {"IpAddress", {"2001:db8::/33"}, {"2001:db8:7fff::1"}, true},
    {"IpAddress", {"2001:db8::/33"}, {"2001:db8:8000::1"}, false},
    {"IpAddress", {"127.0.0.1"}, {"::ffff:127.0.0.1"}, true},
    {"IpAddress", {"127.0.0.1"}, {"not an address"}, false},
    {"NotIpAddress", {"192.0.2.0/24"}, {"192.0.2.1"}, false},
    {"NotIpAddress", {"192.0.2.0/24", "198.51.100.1"}, {"203.0.113.1"}, true},
    {"NotIpAddress", {"192.0.2.0/24"}, {}, true},
    {"ArnEquals", {"arn:aws:s3:::b"}, {"arn:aws:s3:::b"}, true},
    {"ArnLike",
     {"arn:aws:cloudfront::*:distribution/*"},
     {"arn:aws:cloudfront::111111111111:distribution/E1"},
     true},
    {"ArnLike", {"arn:aws:*:b"}, {"arn:aws:s3:::b"}, false},
    {"ArnLike", {"*"}, {"arn:aws:s3:::b"}, true},
    {"ArnNotLike", {"arn:aws:s3:::*"}, {"arn:aws:s3:::b"}, false},
    {"ArnNotEquals", {"arn:aws:s3:::a"}, {"arn:aws:s3:::b"}, true},
    {"Null", {"true"}, {}, true},
    {"Null", {"true"}, {"x"}, false},
    {"Null", {"false"}, {"x"}, true},
    {"Null", {"false"}, {}, false},
    // Several values of one key.
    {"ForAllValues:StringEquals", {"a", "b"}, {"a", "b", "a"}, true},
    {"ForAllValues:StringEquals", {"a", "b"}, {"a", "c"}, false},
    {"ForAllValues:StringEquals", {"a"}, {}, true},
    {"ForAllValues:StringNotEquals", {"a", "b"}, {"c", "d"}, true},
    {"ForAllValues:StringNotEquals", {"a", "b"}, {"c", "a"}, false},
    {"ForAnyValue:StringEquals", {"a", "b"}, {"c", "a"}, true},
    {"ForAnyValue:StringEquals", {"a", "b"}, {"c", "d"}, false},
    {"ForAnyValue:StringEquals", {"a"}, {}, false},
    {"ForAnyValue:StringNotEquals", {"a"}, {"a", "b"}, true},
    {"ForAnyValue:StringNotEquals", {"a"}, {"a"}, false},
    {"ForAnyValue:StringNotEquals", {"a"}, {}, false},
    {"ForAnyValue:StringLikeIfExists", {"a*"}, {}, true},
    {"StringEquals", {"a"}, {"b", "a"}, true},
    {"StringNotEquals", {"a"}, {"b", "a"}, false},
};

TEST(ConditionTest, HoldsOrNotAsIamSays) {
    for (const HoldsCase& c : kCases) {
        EXPECT_EQ(holds(c.op, c.stated, c.requested), c.holds)
            << c.op << " " << testing::PrintToString(c.stated) << " of "
            << testing::PrintToString(c.requested);
    }
}

TEST(ConditionTest, EveryOperatorIsKnownInAnyCaseWithPrefixAndSuffix) {
    for (const OperatorRow& row : operator_table()) {
        const std::string name(row.name);
        ASSERT_TRUE(parse_condition_operator(name));
        EXPECT_EQ(parse_condition_operator(name)->negated, row.negated);
        if (row.comparison == Comparison::Null) continue;
        std::string upper = "FORANYVALUE:" + name + "IFEXISTS";
        for (char& c : upper) {
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
        }
        const auto op = parse_condition_operator(upper);
        ASSERT_TRUE(op) << upper;
        EXPECT_EQ(op->comparison, row.comparison);
        EXPECT_TRUE(op->if_exists);
        EXPECT_EQ(op->quantifier, Quantifier::ForAnyValue);
    }
    for (const char* name : {"", "IfExists", "ForAllValues:", "StringEqual", "BoolNot",
                             "ForAllValues:Null", "NullIfExists"}) {
        EXPECT_FALSE(parse_condition_operator(name)) << name;
    }
}

TEST(PatternTest, IsNotExponential) {
    std::string pattern;
    for (int i = 0; i < 200; ++i)
        pattern += "a*";
    pattern += "b";
    EXPECT_FALSE(Pattern(pattern).matches(std::string(20'000, 'a'), ConditionContext{}));
}

TEST(PatternTest, KeepsWhatIsNoVariable) {
    const ConditionContext context;
    EXPECT_TRUE(Pattern("${open").matches("${open", context));
    EXPECT_TRUE(Pattern("$x{}").matches("$x{}", context));
    EXPECT_TRUE(Pattern("").matches("", context));
    EXPECT_FALSE(Pattern("").matches("a", context));
    EXPECT_FALSE(Pattern("a").matches("", context));
    EXPECT_TRUE(Pattern("a*").matches_ignoring_case("ABC", context));
}

TEST(PatternTest, ArnPartsAreMatchedEachByItself) {
    const ConditionContext context;
    const std::string_view arn = "arn:aws:s3:::bucket/key:with:colons";
    EXPECT_TRUE(Pattern("arn:aws:s3:::bucket/*").matches_arn(arn, context));
    EXPECT_TRUE(Pattern("arn:*:*:*:*:bucket/key*colons").matches_arn(arn, context));
    EXPECT_FALSE(Pattern("arn:aws:*").matches_arn(arn, context));
    EXPECT_FALSE(Pattern("arn:*bucket/key:with:colons").matches_arn(arn, context));
    EXPECT_FALSE(Pattern("arn:aws:sqs:::*").matches_arn(arn, context));
    EXPECT_TRUE(Pattern("*").matches_arn(arn, context));
    EXPECT_FALSE(Pattern("arn:aws:s3:::*").matches_arn("bucket", context));
}

TEST(ConditionContextTest, KeysCompareWithoutCaseAndSetReplaces) {
    ConditionContext context;
    context.add("aws:TagKeys", "a");
    context.add("AWS:tagkeys", "b");
    ASSERT_NE(context.find("aws:tagKeys"), nullptr);
    EXPECT_EQ(*context.find("aws:tagKeys"), (Texts{"a", "b"}));
    context.set("aws:TAGKEYS", "c");
    EXPECT_EQ(*context.find("aws:tagKeys"), Texts{"c"});
    EXPECT_EQ(context.find("aws:Tag"), nullptr);
}

TEST(IpNetworkTest, ReadsAddressesAndPrefixes) {
    for (const char* text : {"", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.4/33", "1.2.3.4/",
                             "1.2.3.4/-1", "::/129", "g::", "1.2.3.4/8/8", " 1.2.3.4"}) {
        EXPECT_FALSE(parse_ip_network(text)) << text;
    }
    EXPECT_EQ(parse_ip_network("10.0.0.0/8")->prefix_bits, 104);
    EXPECT_FALSE(parse_ip_network("10.0.0.0/16")->contains(*parse_ip_network("10.0.0.0/8")));
}

}  // namespace
}  // namespace tarn::aws
