// The bodies of requests, as a handler reads them.

#include "common/net/server.h"
#include "tests/support/net/raw_client.h"
#include "tests/support/net/test_server.h"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace tarn::net {
namespace {

using test::put;
using test::RawClient;
using test::respond_text;
using test::TestServer;

class BodyTest : public testing::Test {
  protected:
    BodyTest() {
        server_.handler().later = [](Exchange& exchange) -> Task<> {
            std::string body = co_await test::read_whole_body(exchange);
            respond_text(exchange, std::move(body));
        };
    }

    TestServer server_;
};

TEST_F(BodyTest, ReadsABodyOfKnownLength) {
    RawClient client(server_.port());
    for (std::size_t size : {0UL, 1UL, 4096UL, 16 * 1024UL, 1024 * 1024UL}) {
        const std::string body(size, 'b');
        const auto response = client.ask(put(body));
        ASSERT_TRUE(response);
        EXPECT_EQ(response->body, body);
    }
}

TEST_F(BodyTest, ReadsAChunkedBodyWhateverThePieces) {
    const std::string head = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string body = "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: t\r\n\r\n";
    for (std::size_t piece = 1; piece <= body.size(); ++piece) {
        RawClient client(server_.port());
        ASSERT_TRUE(client.send(head));
        for (std::size_t at = 0; at < body.size(); at += piece)
            ASSERT_TRUE(client.send(body.substr(at, piece)));
        EXPECT_EQ(client.read_response()->body, "hello world");
    }
}

TEST_F(BodyTest, ReadsALargeChunkedBody) {
    std::string request = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string body;
    for (int i = 0; i < 500; ++i) {
        const std::string chunk(1 + static_cast<std::size_t>(i) * 13,
                                static_cast<char>('a' + i % 26));
        char size[16];
        std::snprintf(size, sizeof(size), "%zx\r\n", chunk.size());
        request.append(size).append(chunk).append("\r\n");
        body += chunk;
    }
    RawClient client(server_.port());
    // The next request comes in the same packet as the last chunk.
    ASSERT_TRUE(client.send(request + "0\r\n\r\n" + put("next")));
    EXPECT_EQ(client.read_response()->body, body);
    EXPECT_EQ(client.read_response()->body, "next");
}

TEST_F(BodyTest, ReadsPipelinedBodies) {
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(put("one") + put("two") + put(std::string(20'000, '3')) + put("4")));
    EXPECT_EQ(client.read_response()->body, "one");
    EXPECT_EQ(client.read_response()->body, "two");
    EXPECT_EQ(client.read_response()->body, std::string(20'000, '3'));
    EXPECT_EQ(client.read_response()->body, "4");
}

TEST_F(BodyTest, Sends100ContinueWhenTheBodyIsWanted) {
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-Continue\r\n\r\n"));
    EXPECT_EQ(client.read_head(), "HTTP/1.1 100 Continue\r\n\r\n");
    ASSERT_TRUE(client.send("body"));
    EXPECT_EQ(client.read_response()->body, "body");
    EXPECT_EQ(client.ask(put("next"))->body, "next");
}

// The news of both is one, and the read that brings the body stops at its end.
TEST_F(BodyTest, AnswersARequestThatCameWithTheEndOfABody) {
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
    EXPECT_EQ(client.read_head(), "HTTP/1.1 100 Continue\r\n\r\n");
    ASSERT_TRUE(client.send("body" + put("next")));
    EXPECT_EQ(client.read_response()->body, "body");
    EXPECT_EQ(client.read_response()->body, "next");
}

TEST_F(BodyTest, SendsNo100ContinueToAClientThatDoesNotWait) {
    RawClient client(server_.port());
    EXPECT_EQ(client.ask(put("body", "Expect: 100-continue\r\n"))->body, "body");
}

TEST_F(BodyTest, ReportsBadChunksAndCloses) {
    RawClient client(server_.port());
    const auto response = client.ask(
        "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nGET / HTTP/1.1\r\n");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "<0>");
    EXPECT_EQ(response->field("Connection"), "close");
    EXPECT_TRUE(client.ends());
}

TEST_F(BodyTest, ReportsABodyThatBreaksOff) {
    RawClient client(server_.port());
    ASSERT_TRUE(client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"));
    client.end_output();
    EXPECT_EQ(client.read_response()->body, "<1>");
    EXPECT_TRUE(client.ends());
}

// A refused upload, as a server answers it that looks at the head only.
class RefusedBodyTest : public testing::Test {
  protected:
    explicit RefusedBodyTest(const ServerLimits& limits = test::test_limits()) : server_(limits) {
        server_.handler().later = [](Exchange& exchange) -> Task<> {
            exchange.head().begin_response(403);
            exchange.respond("no");
            co_return;
        };
    }
    static std::string head(std::size_t length) {
        return "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) +
               "\r\n\r\n";
    }
    // Whether all connections are gone before the test loses patience.
    bool all_gone() {
        for (int i = 0; i < 2000 && server_.server().connection_count() > 0; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        return server_.server().connection_count() == 0;
    }

    TestServer server_;
};

// Beyond 1 MiB the connection was reset, and the client found EPIPE in place of the answer.
TEST_F(RefusedBodyTest, AClientThatWritesItAllFirstGetsTheAnswer) {
    for (const std::size_t mebibytes : {2UL, 64UL}) {
        const std::string body(mebibytes << 20, 'b');
        RawClient client(server_.port());
        ASSERT_TRUE(client.send(head(body.size())));
        ASSERT_TRUE(client.send(body)) << mebibytes;
        const auto response = client.read_response();
        ASSERT_TRUE(response) << mebibytes;
        EXPECT_EQ(response->status, 403);
        EXPECT_EQ(response->field("Connection"), "close");
        EXPECT_TRUE(client.ends());
    }
    EXPECT_TRUE(all_gone());
}

class LingerLimitTest : public RefusedBodyTest {
  protected:
    LingerLimitTest() : RefusedBodyTest(limits()) {}
    static ServerLimits limits() {
        ServerLimits limits = test::test_limits();
        limits.linger_bytes = 4UL << 20;
        limits.linger_silence = std::chrono::milliseconds(40);
        return limits;
    }
};

TEST_F(LingerLimitTest, ABodyWithoutEndIsNotReadForEver) {
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(head(1UL << 30)));
    EXPECT_FALSE(client.send(std::string(64UL << 20, 'b')));
    EXPECT_TRUE(all_gone());
}

TEST_F(LingerLimitTest, ASilentClientIsLetGo) {
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(head(1UL << 30)));
    EXPECT_EQ(client.read_response()->status, 403);
    EXPECT_TRUE(all_gone());
}

class LingerTimeTest : public RefusedBodyTest {
  protected:
    LingerTimeTest() : RefusedBodyTest(limits()) {}
    static ServerLimits limits() {
        ServerLimits limits = test::test_limits();
        limits.linger_time = std::chrono::milliseconds(100);
        return limits;
    }
};

TEST_F(LingerTimeTest, ATrickleEndsWithTheTime) {
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(head(1UL << 30)));
    int sent = 0;
    while (sent < 2000 && client.send("b")) {
        ++sent;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_LT(sent, 2000);
    EXPECT_TRUE(all_gone());
}

TEST(ServerTest, ClosesWhereAnExpectationIsNotMet) {
    TestServer server;
    server.handler().later = [](Exchange& exchange) -> Task<> {
        exchange.head().begin_response(403);
        exchange.respond("no");
        co_return;
    };
    RawClient client(server.port());
    const auto response = client.ask(
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 403);
    EXPECT_EQ(response->field("Connection"), "close");
    EXPECT_TRUE(client.ends());
}

}  // namespace
}  // namespace tarn::net
