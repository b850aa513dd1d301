#include "common/aws/post_policy.h"

#include "common/base/encoding.h"
#include "common/base/time_text.h"

#include <gtest/gtest.h>

namespace tarn::aws {
namespace {

using Form = std::vector<FormField>;

constexpr std::string_view kExpiration = "2015-12-30T12:00:00Z";
const WallTime kNow = *parse_iso8601(kExpiration);

std::string document(std::string_view conditions) {
    return "{\"expiration\": \"" + std::string(kExpiration) + "\", \"conditions\": [" +
           std::string(conditions) + "]}";
}

// What is wrong with a document; "accepted".
std::string invalid(std::string_view json) {
    const auto policy = parse_post_policy(to_base64(json));
    if (policy) return "accepted";
    EXPECT_EQ(policy.error().kind, PostPolicyError::Kind::InvalidDocument);
    return policy.error().message;
}

// Why a form for the bucket "b" is refused; "accepted".
std::string denied(std::string_view conditions, const Form& form, WallTime now = kNow) {
    const auto policy = parse_post_policy(to_base64(document(conditions)));
    if (!policy) return policy.error().message;
    const auto checked = check_post_policy(*policy, form, "b", now);
    if (checked) return "accepted";
    EXPECT_EQ(checked.error().kind, PostPolicyError::Kind::Denied);
    return checked.error().message;
}

std::string failed(std::string_view condition) {
    return "Invalid according to Policy: Policy Condition failed: " + std::string(condition);
}

struct Row {
    std::string_view text;
    std::string_view message;
};

TEST(PostPolicyTest, AMalformedDocumentIsRefused) {
    const std::string_view json = "Invalid Policy: Invalid JSON.";
    const Row rows[] = {
        {"not json", json},
        {"[]", json},
        {"{", json},
        {R"({"expiration": "2015-12-30T12:00:00Z", "conditions": [],})", json},
        {R"({"expiration": "a", "expiration": "b", "conditions": []})", json},
        {R"({"expiration": 5, "conditions": []})", json},
        {R"({"conditions": []})", "Invalid Policy: Policy missing expiration."},
        {R"({"expiration": "2015-12-30T12:00:00Z"})", "Invalid Policy: Policy missing conditions."},
        {R"({"EXPIRATION": "2015-12-30T12:00:00Z", "conditions": []})",
         "Invalid Policy: Unexpected: 'expiration'"},
        {R"({"Statement": []})", "Invalid Policy: Unexpected: 'statement'"},
        {R"({"expiration": "2015-12-30 12:00:00Z", "conditions": []})",
         "Invalid Policy: Invalid 'expiration' value: '2015-12-30 12:00:00Z'"},
        {R"({"expiration": "2015-12-30T12:00:00+00:00", "conditions": []})",
         "Invalid Policy: Invalid 'expiration' value: '2015-12-30T12:00:00+00:00'"},
        {R"({"expiration": "2015-12-30T12:00:00Z", "conditions": {}})",
         "Invalid Policy: Invalid 'conditions' value: must be a List."},
    };
    for (const Row& row : rows)
        EXPECT_EQ(invalid(row.text), row.message) << row.text;
    EXPECT_EQ(parse_post_policy("").error().message,
              "Invalid Policy: Expecting '{' but found End-of-Input");
    EXPECT_EQ(parse_post_policy("e30").error().message, "Invalid Policy: invalid Base64 encoding.");
}

TEST(PostPolicyTest, ADocumentMayBeginWithWhiteSpaceAndHaveMilliseconds) {
    EXPECT_EQ(invalid(" \r\n{\"expiration\": \"2015-12-30T12:00:00.000Z\", \"conditions\": []}\n"),
              "accepted");
}

TEST(PostPolicyTest, AMalformedConditionIsRefused) {
    const std::string_view json = "Invalid Policy: Invalid JSON.";
    const std::string_view one_property =
        "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one "
        "property specified.";
    const Row rows[] = {
        {"5", "Invalid Policy: Invalid condition test: must be a List or Object."},
        {"{}", one_property},
        {R"({"bucket": "b", "acl": "private"})", one_property},
        {R"({"Content-Length": 5})",
         "Invalid Policy: Invalid Simple-Condition: value must be a string."},
        {R"({"success_action_redirect": null})", json},
        {"[]", "Invalid Policy: Invalid Condition: missing operation identifier."},
        {R"([5, "$key", "a"])", "Invalid Policy: Invalid Condition: missing operation identifier."},
        {R"(["ends-with", "$key", "a"])",
         "Invalid Policy: Invalid Condition: unknown operation 'ends-with'."},
        {R"(["eq", "$key"])", "Invalid Policy: Invalid eq: wrong number of arguments."},
        {R"(["content-length-range", 0])",
         "Invalid Policy: Invalid content-length-range: wrong number of arguments."},
        {R"(["content-length-range", -1, 0])", json},
        {R"(["content-length-range", 0, 512.0])", json},
        {R"(["starts-with", "$key", 5])", json},
    };
    for (const Row& row : rows)
        EXPECT_EQ(invalid(document(row.text)), row.message) << row.text;
}

TEST(PostPolicyTest, APolicyExpires) {
    EXPECT_EQ(denied("", {}), "accepted");
    EXPECT_EQ(denied("", {}, kNow + std::chrono::milliseconds(1)),
              "Invalid according to Policy: Policy expired.");
}

struct Case {
    std::string_view condition;
    Form form;
    bool is_met;
};

TEST(PostPolicyTest, WhatMeetsACondition) {
    const Case cases[] = {
        {R"({"key": "a"})", {{"key", "a"}}, true},
        {R"({"key": "a"})", {{"key", "A"}}, false},
        {R"({"key": "a"})", {{"key", "ab"}}, false},
        {R"({"kEy": "a"})", {{"KEY", "a"}}, true},
        {R"(["EQ", "$KeY", "a"])", {{"key", "a"}}, true},
        {R"(["StArTs-WiTh", "$key", "a/"])", {{"key", "a/b"}}, true},
        {R"(["starts-with", "$key", "a/"])", {{"key", "A/b"}}, false},
        {R"(["starts-with", "$key", ""])", {{"key", ""}}, true},
        {R"(["starts-with", "$key", ""])", {}, false},
        {R"(["eq", "$acl", ""])", {}, false},
        // The bucket is where the form was sent, whatever it says itself.
        {R"({"bucket": "b"})", {}, true},
        {R"({"bucket": "c"})", {{"bucket", "c"}}, false},
        {R"(["starts-with", "$Content-Type", "image/"])",
         {{"Content-Type", "image/jpg,image/png, image/gif"}},
         true},
        {R"(["starts-with", "$Content-Type", "image/"])",
         {{"Content-Type", "image/jpg,text/plain"}},
         false},
        {R"(["starts-with", "$x-amz-meta-a", "a"])", {{"x-amz-meta-a", "a,b"}}, true},
        {R"(["content-length-range", 0, 10])", {}, true},
    };
    for (const Case& row : cases) {
        const std::string answer = denied(row.condition, row.form);
        if (row.is_met) {
            EXPECT_EQ(answer, "accepted") << row.condition;
        } else {
            EXPECT_TRUE(answer.starts_with(failed(""))) << row.condition << " " << answer;
        }
    }
}

TEST(PostPolicyTest, AFailedConditionIsShownAsAList) {
    const Form form = {{"key", "a"}};
    EXPECT_EQ(denied(R"({"Key": "b \"q\""})", form), failed(R"(["eq", "$Key", "b \"q\""])"));
    EXPECT_EQ(denied(R"(["starts-with", "$key", "x/"])", form),
              failed(R"(["starts-with", "$key", "x/"])"));
    EXPECT_EQ(denied(R"(["eq", "key", "a"])", form), failed(R"(["eq", "key", "a"])"));
    EXPECT_EQ(denied(R"(["content-length-range", "test", "10"])", {}),
              failed(R"(["content-length-range", "test", "10"])"));
    EXPECT_EQ(denied(R"(["content-length-range", "-1", "10"])", {}),
              failed(R"(["content-length-range", "-1", "10"])"));
}

TEST(PostPolicyTest, EveryFieldNeedsACondition) {
    const Form exempt = {{"policy", "p"},         {"x-amz-signature", "s"}, {"Signature", "s"},
                         {"awsaccesskeyid", "k"}, {"X-Ignore-Me", "x"},     {"file", ""}};
    EXPECT_EQ(denied("", exempt), "accepted");
    EXPECT_EQ(denied("", {{"Key", "a"}, {"x-amz-meta-b", "c"}}),
              "Invalid according to Policy: Extra input fields: Key, x-amz-meta-b");
    EXPECT_EQ(denied(R"({"key": "a"})", {{"key", "a"}, {"x-amz-date", "d"}}),
              "Invalid according to Policy: Extra input fields: x-amz-date");
}

TEST(PostPolicyTest, ChecksumsNeedNoConditionWhereTheyAreTaken) {
    const auto check = [](std::string_view conditions, const Form& form) {
        const auto policy = parse_post_policy(to_base64(document(conditions)));
        return check_post_policy(*policy, form, "b", kNow, UncoveredChecksums::Taken).has_value();
    };
    const Form form = {{"X-Amz-Checksum-SHA256", "c"}};
    EXPECT_EQ(denied("", form),
              "Invalid according to Policy: Extra input fields: X-Amz-Checksum-SHA256");
    EXPECT_TRUE(check("", form));
    EXPECT_FALSE(check(R"({"x-amz-checksum-sha256": "other"})", form));
    EXPECT_FALSE(check("", {{"x-amz-meta-a", "b"}}));
}

TEST(PostPolicyTest, TheRangesOfSizesAreMet) {
    const auto range = [](std::string_view conditions) {
        const auto policy = parse_post_policy(to_base64(document(conditions)));
        return *check_post_policy(*policy, {}, "b", kNow);
    };
    EXPECT_EQ(range("").min, 0u);
    EXPECT_EQ(range("").max, std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(range(R"(["content-length-range", 5, "10"])").min, 5u);
    EXPECT_EQ(range(R"(["content-length-range", 5, "10"])").max, 10u);
    const LengthRange both =
        range(R"(["content-length-range", 5, 10], ["Content-Length-Range", 6, 20])");
    EXPECT_EQ(both.min, 6u);
    EXPECT_EQ(both.max, 10u);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
TEST(PostPolicyTest, TheExampleOfAwsDocumentation) {
    const std::string_view conditions = R"(
        {"bucket": "b"},
        ["starts-with", "$key", "user/user1/"],
        {"acl": "public-read"},
        {"success_action_redirect": "http://b.s3.amazonaws.com/successful_upload.html"},
        ["starts-with", "$Content-Type", "image/"],
        {"x-amz-meta-uuid": "14365123651274"},
        {"x-amz-server-side-encryption": "AES256"},
        ["starts-with", "$x-amz-meta-tag", ""],
        {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
        {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
        {"x-amz-date": "20151229T000000Z" })";
    const Form form = {
        {"key", "user/user1/photo.jpg"},
        {"acl", "public-read"},
        {"success_action_redirect", "http://b.s3.amazonaws.com/successful_upload.html"},
        {"Content-Type", "image/jpeg"},
        {"x-amz-meta-uuid", "14365123651274"},
        {"x-amz-server-side-encryption", "AES256"},
        {"X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
        {"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
        {"X-Amz-Date", "20151229T000000Z"},
        {"x-amz-meta-tag", ""},
        {"Policy", "p"},
        {"X-Amz-Signature", "s"}};
    EXPECT_EQ(denied(conditions, form), "accepted");
}

}  // namespace
}  // namespace tarn::aws
