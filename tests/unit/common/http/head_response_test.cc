// The gate on responses.

#include "common/http/head.h"

#include <string>

#include <gtest/gtest.h>

namespace tarn::http {
namespace {

using Kind = BodyFraming::Kind;

std::string ok_with(std::string_view lines) {
    return "HTTP/1.1 200 OK\r\n" + std::string(lines) + "\r\n";
}

TEST(ResponseHeadTest, ReadsStatusLineAndFields) {
    ResponseHead head;
    ASSERT_TRUE(parse_response_head(
        "HTTP/1.0 404 Not Found here\r\nETag: \"a\"\r\nContent-Length: 3\r\n\r\n", {}, Method::Get,
        head));
    EXPECT_EQ(head.status, 404);
    EXPECT_EQ(head.reason, "Not Found here");
    EXPECT_EQ(head.minor_version, 0);
    EXPECT_EQ(head.fields.get("etag"), "\"a\"");
    EXPECT_EQ(head.framing.kind, Kind::Length);
    EXPECT_EQ(head.framing.length, 3u);
    EXPECT_FALSE(head.keep_alive);

    ASSERT_TRUE(parse_response_head("HTTP/1.1 999 \r\n\r\n", {}, Method::Get, head));
    EXPECT_EQ(head.status, 999);
    EXPECT_EQ(head.reason, "");
    EXPECT_EQ(head.minor_version, 1);
    EXPECT_EQ(head.fields.size(), 0u);
    EXPECT_EQ(head.framing.kind, Kind::UntilClose);
    EXPECT_EQ(head.framing.length, 0u);
}

struct FramingCase {
    const char* name;
    std::string bytes;
    Kind kind;
    bool keep_alive = true;
    Method method = Method::Get;
    std::uint64_t length = 0;
};
class ResponseFramingTest : public testing::TestWithParam<FramingCase> {};
TEST_P(ResponseFramingTest, IsRead) {
    ResponseHead head;
    ASSERT_TRUE(parse_response_head(GetParam().bytes, {}, GetParam().method, head));
    EXPECT_EQ(head.framing.kind, GetParam().kind);
    EXPECT_EQ(head.framing.length, GetParam().length);
    EXPECT_EQ(head.keep_alive, GetParam().keep_alive);
}
const FramingCase kFramingCases[] = {
    {"Length", ok_with("Content-Length: 5\r\n"), Kind::Length, true, Method::Get, 5},
    {"LengthZero", ok_with("Content-Length: 0\r\n"), Kind::Length},
    {"LengthAndClose", ok_with("Content-Length: 5\r\nConnection: close\r\n"), Kind::Length, false,
     Method::Get, 5},
    {"Chunked", ok_with("Transfer-Encoding: Chunked\r\n"), Kind::Chunked},
    {"Neither", ok_with(""), Kind::UntilClose, false},
    {"NeitherButKeepAlive", ok_with("Connection: keep-alive\r\n"), Kind::UntilClose, false},
    {"Http10KeepAlive", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n",
     Kind::Length, true, Method::Get, 1},
    {"HeadWithLength", ok_with("Content-Length: 5\r\n"), Kind::None, true, Method::Head},
    {"HeadChunked", ok_with("Transfer-Encoding: chunked\r\n"), Kind::None, true, Method::Head},
    {"HeadNeither", ok_with(""), Kind::None, true, Method::Head},
    {"NotModified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", Kind::None},
    {"NoContent", "HTTP/1.1 204 No Content\r\n\r\n", Kind::None},
    {"NoContentLengthZero", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", Kind::None},
    {"Continue", "HTTP/1.1 100 Continue\r\n\r\n", Kind::None},
    {"EarlyHints", "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n", Kind::None},
    // Where no body may be, an announced one poisons the connection.
    {"NoContentWithBody", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", Kind::None,
     false},
    {"NoContentChunked", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
     Kind::None, false},
    {"ContinueWithBody", "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n", Kind::None, false},
    // 205 and 1000 - 800 are statuses like any other here.
    {"ResetContent", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", Kind::Length},
    {"NotFound", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n", Kind::Length, true,
     Method::Put, 2},
};
INSTANTIATE_TEST_SUITE_P(Accepted, ResponseFramingTest, testing::ValuesIn(kFramingCases),
                         [](const auto& info) { return std::string(info.param.name); });

struct RefusedCase {
    const char* name;
    std::string bytes;
    HeadError error = HeadError::Malformed;
};
class RefusedResponseTest : public testing::TestWithParam<RefusedCase> {};
TEST_P(RefusedResponseTest, IsRefusedWhateverWasAsked) {
    for (const Method method : {Method::Get, Method::Head}) {
        ResponseHead head;
        const auto result = parse_response_head(GetParam().bytes, {}, method, head);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error(), GetParam().error);
    }
}
constexpr auto kUnsupported = HeadError::UnsupportedTransferCoding;
const RefusedCase kRefusedCases[] = {
    {"LengthAndChunked", ok_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")},
    {"ChunkedAndLength", ok_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")},
    {"TwoLengths", ok_with("Content-Length: 5\r\nContent-Length: 5\r\n")},
    {"LengthList", ok_with("Content-Length: 5, 5\r\n")},
    {"LengthNoNumber", ok_with("Content-Length: +5\r\n")},
    {"LookAlike", ok_with("Content_Length: 5\r\n")},
    {"Identity", ok_with("Transfer-Encoding: identity\r\n"), kUnsupported},
    {"GzipChunked", ok_with("Transfer-Encoding: gzip, chunked\r\n"), kUnsupported},
    {"ChunkedInHttp10", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"TwoTransferEncodings",
     ok_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
    {"Folded", ok_with("X: a\r\n b\r\n")},
    {"BareCr", ok_with("X: a\rb\r\n")},
    {"BareCrInReason", "HTTP/1.1 200 O\rK\r\n\r\n"},
    {"BareLf", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"},
    {"Nul", ok_with(std::string("X: a\0b\r\n", 8))},
    {"BlankBeforeColon", ok_with("Content-Length : 5\r\n")},
    {"StatusBelow100", "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n"},
    {"StatusZero", "HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n"},
    {"StatusTwoDigits", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"},
    {"StatusFourDigits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"},
    {"StatusNoNumber", "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n"},
    {"NoBlankBehindStatus", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"},
    {"Http2", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"Icy", "ICY 200 OK\r\n\r\n"},
    {"Request", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"TextBehindTheHead", ok_with("Content-Length: 1\r\n") + "x"},
    {"Nothing", ""},
};
INSTANTIATE_TEST_SUITE_P(Refused, RefusedResponseTest, testing::ValuesIn(kRefusedCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ResponseLimitsTest, AreExact) {
    const std::string bytes = ok_with("Content-Length: 5\r\nA: b\r\n");
    const HeadLimits exact{.head_bytes = bytes.size(), .field_count = 2};
    ResponseHead head;
    EXPECT_TRUE(parse_response_head(bytes, exact, Method::Get, head));
    HeadLimits limits = exact;
    limits.head_bytes = bytes.size() - 1;
    EXPECT_EQ(parse_response_head(bytes, limits, Method::Get, head).error(),
              HeadError::HeadTooLarge);
    limits = exact;
    limits.field_count = 1;
    EXPECT_EQ(parse_response_head(bytes, limits, Method::Get, head).error(),
              HeadError::TooManyFields);
}

}  // namespace
}  // namespace tarn::http
