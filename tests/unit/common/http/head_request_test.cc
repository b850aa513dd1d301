// How the gate reads a request.

#include "common/http/head.h"

#include <string>

#include <gtest/gtest.h>

namespace tarn::http {
namespace {

using Kind = BodyFraming::Kind;

// A request with more lines than the necessary ones, each with its own line end.
std::string get_with(std::string_view lines) {
    return "GET / HTTP/1.1\r\nHost: h\r\n" + std::string(lines) + "\r\n";
}
std::string put_with(std::string_view lines) {
    return "PUT /k HTTP/1.1\r\nHost: h\r\n" + std::string(lines) + "\r\n";
}

Result<void, HeadError> parse(std::string_view bytes, const HeadLimits& limits = {}) {
    RequestHead head;
    return parse_request_head(bytes, limits, head);
}

TEST(RequestHeadTest, ReadsStartLineAndFields) {
    const std::string bytes =
        "GET /b/k%20x?versionId=1 HTTP/1.1\r\nHost: s3.test:9000\r\nX-Empty:\r\n"
        "x-amz-meta-a:  \t spaced value \t\r\nX-A: 1\r\nx-a: 2\r\n\r\n";
    RequestHead head;
    ASSERT_TRUE(parse_request_head(bytes, {}, head));
    EXPECT_EQ(head.method, Method::Get);
    EXPECT_EQ(head.method_text, "GET");
    EXPECT_EQ(head.target, "/b/k%20x?versionId=1");
    EXPECT_EQ(head.minor_version, 1);
    EXPECT_EQ(head.host, "s3.test:9000");
    EXPECT_EQ(head.framing.kind, Kind::None);
    EXPECT_TRUE(head.keep_alive);
    EXPECT_FALSE(head.expects_continue);

    ASSERT_EQ(head.fields.size(), 5u);
    EXPECT_EQ(head.fields.begin()[2].name, "x-amz-meta-a");
    EXPECT_EQ(head.fields.begin()[2].value, "spaced value");
    EXPECT_EQ(head.fields.get("X-AMZ-META-A"), "spaced value");
    EXPECT_EQ(head.fields.find("x-empty"), "");
    EXPECT_EQ(head.fields.find("x-missing"), std::nullopt);
    EXPECT_EQ(head.fields.get("x-missing"), "");
    EXPECT_EQ(head.fields.get("X-a"), "1") << "the first of two";
    EXPECT_EQ(head.fields.count("X-a"), 2u);
    EXPECT_EQ(head.fields.count("x-b"), 0u);
    EXPECT_TRUE(head.fields.has("host"));
    EXPECT_FALSE(head.fields.has("hos"));
}

TEST(RequestHeadTest, ViewsPointIntoTheBytes) {
    const std::string bytes =
        "OPTIONS http://h/k HTTP/1.1\r\nHost: h\r\nA: " + std::string(5000, 'x') + "\r\n\r\n";
    RequestHead head;
    ASSERT_TRUE(parse_request_head(bytes, {}, head));
    const auto points_inside = [&](std::string_view view) {
        return view.data() >= bytes.data() &&
               view.data() + view.size() <= bytes.data() + bytes.size();
    };
    EXPECT_TRUE(points_inside(head.method_text));
    EXPECT_TRUE(points_inside(head.target));
    EXPECT_TRUE(points_inside(head.host));
    for (const Field& field : head.fields) {
        EXPECT_TRUE(points_inside(field.name));
        EXPECT_TRUE(points_inside(field.value));
    }
}

TEST(RequestHeadTest, ForgetsThePreviousMessage) {
    RequestHead head;
    ASSERT_TRUE(parse_request_head(
        "POST / HTTP/1.0\r\nHost: h\r\nContent-Length: 7\r\nConnection: close\r\n\r\n", {}, head));
    ASSERT_TRUE(
        parse_request_head("GET /2 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n", {}, head));
    EXPECT_EQ(head.fields.size(), 2u);
    EXPECT_EQ(head.framing.kind, Kind::None);
    EXPECT_EQ(head.framing.length, 0u);
    EXPECT_TRUE(head.keep_alive);
    ASSERT_TRUE(parse_request_head("GET /3 HTTP/1.0\r\n\r\n", {}, head));
    EXPECT_EQ(head.host, "");
    EXPECT_FALSE(head.expects_continue);
    EXPECT_EQ(head.fields.size(), 0u);
}

TEST(RequestHeadTest, NamesTheMethods) {
    const std::pair<std::string, Method> names[] = {
        {"GET", Method::Get},
        {"HEAD", Method::Head},
        {"PUT", Method::Put},
        {"POST", Method::Post},
        {"DELETE", Method::Delete},
        {"OPTIONS", Method::Options},
        {"PATCH", Method::Patch},
        {"PROPFIND", Method::Other},
        {"get", Method::Other},  // methods are case-sensitive
        {"M!#$%&'*+-.^_`|~9", Method::Other},
    };
    for (const auto& [text, method] : names) {
        RequestHead head;
        const std::string bytes = text + " / HTTP/1.1\r\nHost: h\r\n\r\n";
        ASSERT_TRUE(parse_request_head(bytes, {}, head)) << text;
        EXPECT_EQ(head.method, method) << text;
        EXPECT_EQ(head.method_text, text);
        if (method != Method::Other) EXPECT_EQ(method_name(method), text);
    }
    EXPECT_EQ(method_name(Method::Other), "OTHER");
}

struct FramingCase {
    const char* name;
    std::string bytes;
    Kind kind;
    std::uint64_t length = 0;
};
class RequestFramingTest : public testing::TestWithParam<FramingCase> {};
TEST_P(RequestFramingTest, IsRead) {
    RequestHead head;
    ASSERT_TRUE(parse_request_head(GetParam().bytes, {}, head));
    EXPECT_EQ(head.framing.kind, GetParam().kind);
    EXPECT_EQ(head.framing.length, GetParam().length);
}
const FramingCase kFramingCases[] = {
    {"NoBody", get_with(""), Kind::None},
    {"Length", put_with("Content-Length: 42\r\n"), Kind::Length, 42},
    {"LengthZero", put_with("Content-Length: 0\r\n"), Kind::Length, 0},
    {"LengthInAnyCase", put_with("CONTENT-lengTH:7\r\n"), Kind::Length, 7},
    {"LengthOfGet", get_with("Content-Length: 3\r\n"), Kind::Length, 3},
    {"LengthWithBlanksAround", put_with("Content-Length: \t 5 \t\r\n"), Kind::Length, 5},
    {"LargestLength", put_with("Content-Length: 18446744073709551615\r\n"), Kind::Length,
     UINT64_MAX},
    {"FiveTebibytes", put_with("Content-Length: 5497558138880\r\n"), Kind::Length, 5497558138880},
    {"LengthInHttp10", "PUT / HTTP/1.0\r\nContent-Length: 2\r\n\r\n", Kind::Length, 2},
    {"Chunked", put_with("Transfer-Encoding: chunked\r\n"), Kind::Chunked},
    {"ChunkedInAnyCase", put_with("transfer-ENCODING:\tChUnKeD\r\n"), Kind::Chunked},
    // Fields that have the length of the two and share no more with them.
    {"OtherNamesOfTheSameLength", put_with("x-amz-meta-abcdef: 1\r\nx-amz-meta-abc: 1\r\n"),
     Kind::None},
    {"TeIsNoTransferEncoding", put_with("TE: chunked\r\n"), Kind::None},
};
INSTANTIATE_TEST_SUITE_P(Accepted, RequestFramingTest, testing::ValuesIn(kFramingCases),
                         [](const auto& info) { return std::string(info.param.name); });

struct FlagCase {
    std::string bytes;
    bool expected;
};
TEST(RequestHeadTest, KeepAliveFollowsVersionAndConnection) {
    const std::string http10 = "GET / HTTP/1.0\r\n";
    const FlagCase cases[] = {
        {get_with(""), true},
        {get_with("Connection: close\r\n"), false},
        {get_with("Connection: CLOSE\r\n"), false},
        {get_with("Connection: keep-alive\r\n"), true},
        {get_with("Connection: x-a , close,x-b\r\n"), false},
        {get_with("Connection: x-a\r\nConnection: close\r\n"), false},
        {get_with("Connection: keep-alive, close\r\n"), false},
        {get_with("Connection: closed\r\n"), true},
        {get_with("Connection: x-close\r\n"), true},
        {get_with("Connection:\r\n"), true},
        {get_with("Proxy-Connection: close\r\n"), true},
        {http10 + "\r\n", false},
        {http10 + "Connection: Keep-Alive\r\n\r\n", true},
        {http10 + "Connection: TE, keep-alive\r\n\r\n", true},
        {http10 + "Connection: keep-alive, TE\r\n\r\n", true},
        {http10 + "Connection: keep-alive, close\r\n\r\n", false},
        {http10 + "Connection: x-a\r\n\r\n", false},
    };
    for (const FlagCase& test : cases) {
        RequestHead head;
        ASSERT_TRUE(parse_request_head(test.bytes, {}, head)) << test.bytes;
        EXPECT_EQ(head.keep_alive, test.expected) << test.bytes;
    }
}

TEST(RequestHeadTest, ExpectIsReadInAnyCaseAndOtherExpectationsAreIgnored) {
    const FlagCase cases[] = {
        {put_with("Expect: 100-continue\r\n"), true},
        {put_with("expect: 100-Continue\r\n"), true},
        {put_with("Expect: 200-ok\r\n"), false},
        {put_with("Expect: x 100-continue\r\n"), false},
        {put_with("Expect:\r\n"), false},
        {put_with("Expected: 100-continue\r\n"), false},
        {put_with(""), false},
        {"PUT / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", false},
    };
    for (const FlagCase& test : cases) {
        RequestHead head;
        ASSERT_TRUE(parse_request_head(test.bytes, {}, head)) << test.bytes;
        EXPECT_EQ(head.expects_continue, test.expected) << test.bytes;
    }
}

TEST(RequestHeadTest, AcceptsTargets) {
    struct TargetCase {
        std::string line;
        std::string_view target;
        std::string_view host;
    };
    const TargetCase cases[] = {
        {"GET /", "/", "h"},
        {"GET //a//b/../c", "//a//b/../c", "h"},
        {"GET /?", "/?", "h"},
        {"GET /a?b=c&d", "/a?b=c&d", "h"},
        // curl sends these as they are.
        {"GET /|\"{[<>]}\\^`~", "/|\"{[<>]}\\^`~", "h"},
        {"GET /%23%00", "/%23%00", "h"},
        {"OPTIONS *", "*", "h"},
        {"OPTIONS /k", "/k", "h"},
        {"GET http://h/k?q", "/k?q", "h"},
        {"GET HTTP://H/k", "/k", "H"},
        {"GET https://h/", "/", "h"},
        {"GET http://h", "/", "h"},
        {"OPTIONS http://h", "*", "h"},
        {"OPTIONS http://h/", "/", "h"},
    };
    for (const TargetCase& test : cases) {
        const std::string bytes = test.line + " HTTP/1.1\r\nHost: h\r\n\r\n";
        RequestHead head;
        ASSERT_TRUE(parse_request_head(bytes, {}, head)) << test.line;
        EXPECT_EQ(head.target, test.target) << test.line;
        EXPECT_EQ(head.host, test.host) << test.line;
    }
}

TEST(RequestHeadTest, AbsoluteFormNamesTheHostWhereHttp10HasNone) {
    RequestHead head;
    ASSERT_TRUE(parse_request_head("GET http://a.test:80/k HTTP/1.0\r\n\r\n", {}, head));
    EXPECT_EQ(head.target, "/k");
    EXPECT_EQ(head.host, "a.test:80");
}

TEST(RequestHeadTest, AcceptsHosts) {
    for (const std::string_view host :
         {"h", "a.b-c.test", "my_bucket.s3.test", "127.0.0.1:9000", "h:1", "h:65535", "[::1]",
          "[::1]:9000", "[::ffff:127.0.0.1]", "UPPER.test", "trailing.", "~a"}) {
        EXPECT_TRUE(parse("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n")) << host;
    }
}

TEST(RequestHeadTest, AcceptsBytesAbove7fInValues) {
    EXPECT_TRUE(parse(get_with("x-amz-meta-a: \xc3\xa9\xff\r\n")));
}

}  // namespace
}  // namespace tarn::http
