// The limits of a head, and its end.

#include "common/http/head.h"

#include <string>

#include <gtest/gtest.h>

namespace tarn::http {
namespace {

Result<void, HeadError> parse(std::string_view bytes, const HeadLimits& limits = {}) {
    RequestHead head;
    return parse_request_head(bytes, limits, head);
}

HeadError error_of(std::string_view bytes, const HeadLimits& limits) {
    const auto result = parse(bytes, limits);
    EXPECT_FALSE(result);
    return result ? HeadError::Malformed : result.error();
}

TEST(HeadLimitsTest, AreExact) {
    const std::string bytes = "GET /345678 HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n";
    const HeadLimits exact{.target_bytes = 7, .head_bytes = bytes.size(), .field_count = 2};
    EXPECT_TRUE(parse(bytes, exact));

    HeadLimits limits = exact;
    limits.target_bytes = 6;
    EXPECT_EQ(error_of(bytes, limits), HeadError::TargetTooLong);
    limits = exact;
    limits.head_bytes = bytes.size() - 1;
    EXPECT_EQ(error_of(bytes, limits), HeadError::HeadTooLarge);
    limits = exact;
    limits.field_count = 1;
    EXPECT_EQ(error_of(bytes, limits), HeadError::TooManyFields);
}

// What the network layer hands over when its buffer is full and no end was found.
TEST(HeadLimitsTest, AFullBufferIsToldApartByItsTarget) {
    const HeadLimits limits{.target_bytes = 100, .head_bytes = 200};
    const std::string long_target = "GET /" + std::string(195, 'a');
    const std::string long_field = "GET / HTTP/1.1\r\nA: " + std::string(181, 'a');
    const std::string long_method(200, 'A');
    ASSERT_EQ(long_target.size(), 200u);
    ASSERT_EQ(long_field.size(), 200u);
    EXPECT_EQ(error_of(long_target, limits), HeadError::TargetTooLong);
    EXPECT_EQ(error_of(long_field, limits), HeadError::HeadTooLarge);
    EXPECT_EQ(error_of(long_method, limits), HeadError::HeadTooLarge);
    EXPECT_EQ(error_of(long_field + "b", limits), HeadError::HeadTooLarge);
}

// Beast's own limit is 8 KiB; and a body limit of its own would refuse 5 TiB.
TEST(HeadLimitsTest, LargeHeadsWithinTheLimitsPass) {
    std::string bytes = "PUT /" + std::string(16 * 1024 - 1, 'k') + " HTTP/1.1\r\nHost: h\r\n";
    bytes += "Content-Length: 5497558138880\r\nX: " + std::string(15 * 1024, 'v') + "\r\n\r\n";
    EXPECT_TRUE(parse(bytes));
}

TEST(HeadErrorTest, HasAStatus) {
    EXPECT_EQ(status_of(HeadError::Malformed), 400);
    EXPECT_EQ(status_of(HeadError::UnsupportedVersion), 505);
    EXPECT_EQ(status_of(HeadError::TargetTooLong), 414);
    EXPECT_EQ(status_of(HeadError::HeadTooLarge), 431);
    EXPECT_EQ(status_of(HeadError::TooManyFields), 431);
    EXPECT_EQ(status_of(HeadError::UnsupportedTransferCoding), 501);
}

TEST(FindHeadEndTest, FindsTheFirstEmptyLine) {
    EXPECT_EQ(find_head_end("GET / HTTP/1.1\r\n\r\n"), 18u);
    EXPECT_EQ(find_head_end("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"), 18u);
    EXPECT_EQ(find_head_end("a\r\nb\r\n\r\n"), 8u);
    EXPECT_EQ(find_head_end(""), std::nullopt);
    EXPECT_EQ(find_head_end("\r\n"), std::nullopt);
    EXPECT_EQ(find_head_end("a\r\nb\r\n"), std::nullopt);
    EXPECT_EQ(find_head_end("a\r\n\r"), std::nullopt);
    EXPECT_EQ(find_head_end("a\r\n\rb\n"), std::nullopt);
    // Line ends that the gate refuses end a head all the same.
    EXPECT_EQ(find_head_end("a\n\nb"), 3u);
    EXPECT_EQ(find_head_end("a\r\n\nb"), 4u);
    EXPECT_EQ(find_head_end("a\n\r\nb"), 4u);
}

TEST(FindHeadEndTest, ResumesWhereAnEarlierCallStopped) {
    for (const std::string_view bytes : {"ab\r\nc\r\n\r\nxyz", "ab\n\nxyz", "ab\n\r\nxyz"}) {
        const auto expected = find_head_end(bytes);
        ASSERT_TRUE(expected);
        for (std::size_t seen = 0; seen < *expected; ++seen) {
            ASSERT_EQ(find_head_end(bytes.substr(0, seen)), std::nullopt);
            EXPECT_EQ(find_head_end(bytes, seen), expected) << seen;
        }
    }
}

}  // namespace
}  // namespace tarn::http
