#include "common/http/head_builder.h"

#include <gtest/gtest.h>

namespace tarn::http {
namespace {

TEST(HeadBuilderTest, WritesAResponseHeadWithoutItsEmptyLine) {
    HeadBuilder builder;
    builder.begin_response(200);
    builder.add("Content-Type", "text/plain");
    builder.add("Content-Length", std::uint64_t{0});
    builder.add("X-Largest", UINT64_MAX);
    builder.add("X-Empty", "");
    builder.add_raw("A: 1\r\nB: 2\r\n");
    EXPECT_EQ(builder.text(),
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n"
              "X-Largest: 18446744073709551615\r\nX-Empty: \r\nA: 1\r\nB: 2\r\n");
    EXPECT_EQ(builder.status(), 200);
}

TEST(HeadBuilderTest, BeginStartsAnew) {
    HeadBuilder builder;
    builder.begin_response(404);
    builder.add("A", "b");
    builder.begin_request("GET", "/k?q");
    EXPECT_EQ(builder.text(), "GET /k?q HTTP/1.1\r\n");
    EXPECT_EQ(builder.status(), 0);
    builder.begin_response(204);
    EXPECT_EQ(builder.text(), "HTTP/1.1 204 No Content\r\n");
}

TEST(HeadBuilderTest, WritesEveryStatus) {
    HeadBuilder builder;
    for (int status = 100; status <= 999; ++status) {
        builder.begin_response(status);
        EXPECT_EQ(builder.text(), "HTTP/1.1 " + std::to_string(status) + " " +
                                      std::string(reason_phrase(status)) + "\r\n");
        EXPECT_EQ(builder.status(), status);
    }
}

TEST(ReasonPhraseTest, KnowsTheRegisteredOnes) {
    EXPECT_EQ(reason_phrase(100), "Continue");
    EXPECT_EQ(reason_phrase(206), "Partial Content");
    EXPECT_EQ(reason_phrase(412), "Precondition Failed");
    EXPECT_EQ(reason_phrase(503), "Service Unavailable");
    EXPECT_EQ(reason_phrase(511), "Network Authentication Required");
    EXPECT_EQ(reason_phrase(299), "");
    for (const int status : {0, 99, 600, 1000, -1})
        EXPECT_EQ(reason_phrase(status), "");
}

// At every position, since values are looked through eight bytes at a time.
TEST(HeadBuilderTest, NoValueCanEndItsLine) {
    for (const char bad : {'\r', '\n', '\0'}) {
        for (std::size_t size = 1; size <= 20; ++size) {
            for (std::size_t at = 0; at < size; ++at) {
                std::string value(size, 'v');
                value[at] = bad;
                std::string expected(size, 'v');
                expected[at] = ' ';
                HeadBuilder builder;
                builder.begin_response(200);
                builder.add("N", value);
                EXPECT_EQ(builder.text(), "HTTP/1.1 200 OK\r\nN: " + expected + "\r\n");
            }
        }
    }
    HeadBuilder builder;
    builder.begin_request("GE\nT", "/a\r\nX: y");
    EXPECT_EQ(builder.text(), "GE T /a  X: y HTTP/1.1\r\n");
}

TEST(HeadBuilderTest, ALineWhoseNameIsNoTokenIsLeftOut) {
    for (const char* name : {"", "A B", "A:", "A\r\nB", "A\tB", "A(B)", "\x80", "\x7f", "A\""}) {
        HeadBuilder builder;
        builder.begin_response(200);
        const std::string before = builder.text();
        builder.add(name, "1");
        EXPECT_EQ(builder.text(), before) << name;
    }
    HeadBuilder builder;
    builder.begin_response(200);
    builder.add("!#$%&'*+-.^_`|~09AZaz", "1");
    EXPECT_EQ(builder.text(), "HTTP/1.1 200 OK\r\n!#$%&'*+-.^_`|~09AZaz: 1\r\n");
}

TEST(HeadBuilderTest, OtherBytesStayAsTheyAre) {
    HeadBuilder builder;
    builder.begin_response(200);
    builder.add("A", "tab\tand \xc3\xa9\xff\x80 and \x7f and \x01");
    EXPECT_EQ(builder.text(),
              "HTTP/1.1 200 OK\r\nA: tab\tand \xc3\xa9\xff\x80 and \x7f and \x01\r\n");
}

}  // namespace
}  // namespace tarn::http
