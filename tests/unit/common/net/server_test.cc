// The server's connections, as seen by a client that looks at every byte.

#include "common/net/server.h"

#include "tests/support/net/raw_client.h"
#include "tests/support/net/test_server.h"

#include <future>
#include <latch>
#include <thread>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace tarn::net {
namespace {

using test::put;
using test::RawClient;
using test::respond_text;
using test::TestServer;
using namespace std::chrono_literals;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::string get(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

// The answers must not depend on which of the two ways the handler takes.
enum class Way { Now, Later };

class AnswerTest : public testing::TestWithParam<Way> {
  protected:
    // Answers with the target of the request.
    AnswerTest() {
        if (GetParam() == Way::Now) {
            server_.handler().now = [](Exchange& exchange) {
                respond_text(exchange, std::string(exchange.request().target));
                return true;
            };
        } else {
            server_.handler().later = [](Exchange& exchange) -> Task<> {
                respond_text(exchange, std::string(exchange.request().target));
                co_return;
            };
        }
    }

    TestServer server_;
};

INSTANTIATE_TEST_SUITE_P(Way, AnswerTest, testing::Values(Way::Now, Way::Later),
                         [](const auto& way) { return way.param == Way::Now ? "Now" : "Later"; });

TEST_P(AnswerTest, KeepsTheConnectionForFurtherRequests) {
    RawClient client(server_.port());
    for (const char* target : {"/a", "/b", "/c"}) {
        const auto response = client.ask(get(target));
        ASSERT_TRUE(response);
        EXPECT_EQ(response->status, 200);
        EXPECT_EQ(response->body, target);
        EXPECT_FALSE(response->has("Connection"));
    }
    EXPECT_EQ(server_.server().connection_count(), 1U);
}

TEST_P(AnswerTest, AnswersPipelinedRequestsInOrder) {
    std::string requests;
    for (int i = 0; i < 50; ++i)
        requests += get("/" + std::to_string(i));
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(requests));
    for (int i = 0; i < 50; ++i) {
        const auto response = client.read_response();
        ASSERT_TRUE(response);
        EXPECT_EQ(response->body, "/" + std::to_string(i));
    }
    EXPECT_TRUE(client.is_silent());
}

// More than the input buffer and the batch hold.
TEST_P(AnswerTest, AnswersManyPipelinedRequestsWhileTheClientDoesNotRead) {
    constexpr int kCount = 5000;
    const std::string padding(200, 'p');
    std::string requests;
    for (int i = 0; i < kCount; ++i)
        requests += get("/" + padding + std::to_string(i));
    RawClient client(server_.port(), 4096);
    std::thread sender([&] { client.send(requests); });
    for (int i = 0; i < kCount; ++i) {
        const auto response = client.read_response();
        ASSERT_TRUE(response);
        ASSERT_EQ(response->body, "/" + padding + std::to_string(i));
    }
    sender.join();
}

TEST_P(AnswerTest, TakesAHeadInPieces) {
    RawClient client(server_.port());
    const std::string request = get("/pieces");
    for (char c : request)
        ASSERT_TRUE(client.send(std::string_view(&c, 1)));
    EXPECT_EQ(client.read_response()->body, "/pieces");
}

TEST_P(AnswerTest, TakesAHeadLargerThanItsUsualBuffer) {
    RawClient client(server_.port());
    std::string request = "GET /large HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 30; ++i)
        request += "X-Padding-" + std::to_string(i) + ": " + std::string(1000, 'x') + "\r\n";
    const auto response = client.ask(request + "\r\n");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "/large");
    EXPECT_EQ(client.ask(get("/small"))->body, "/small");
}

TEST_P(AnswerTest, ClosesAfterTheAnswerWhereTheClientWantsThat) {
    RawClient client(server_.port());
    const auto response = client.ask("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->field("Connection"), "close");
    EXPECT_TRUE(client.ends());
}

TEST_P(AnswerTest, TreatsHttp10AsNotPersistentUnlessAsked) {
    RawClient once(server_.port());
    EXPECT_EQ(once.ask("GET /x HTTP/1.0\r\n\r\n")->field("Connection"), "close");
    EXPECT_TRUE(once.ends());

    RawClient kept(server_.port());
    const std::string request = "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    EXPECT_EQ(kept.ask(request)->field("Connection"), "keep-alive");
    EXPECT_TRUE(kept.ask(request));
}

TEST_P(AnswerTest, AnswersAClientThatHasClosedItsSide) {
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(get("/last")));
    client.end_output();
    EXPECT_EQ(client.read_response()->body, "/last");
    EXPECT_TRUE(client.ends());
}

TEST_P(AnswerTest, SendsNoBodyInAnswerToHeadButItsLength) {
    RawClient client(server_.port());
    const auto response = client.ask("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n", true);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->field("Content-Length"), "4");
    EXPECT_EQ(client.ask(get("/next"))->body, "/next");
}

TEST_P(AnswerTest, DropsASmallBodyThatNobodyReads) {
    RawClient client(server_.port());
    for (int i = 0; i < 3; ++i) {
        const auto response = client.ask(put(std::string(64 * 1024, 'b')));
        ASSERT_TRUE(response);
        EXPECT_FALSE(response->has("Connection"));
    }
    ASSERT_TRUE(
        client.ask("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "5\r\nhello\r\n0\r\n\r\n"));
    EXPECT_EQ(client.ask(get("/next"))->body, "/next");
}

TEST_P(AnswerTest, ClosesRatherThanReadALargeBodyForNobody) {
    RawClient client(server_.port());
    const auto response = client.ask(put(std::string(64 * 1024 + 1, 'b')));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->field("Connection"), "close");
    EXPECT_TRUE(client.ends());
}

TEST_P(AnswerTest, RefusesAHeadThatItCannotFrameAndReadsNothingBehindIt) {
    RawClient client(server_.port());
    const auto response = client.ask(
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 400);
    EXPECT_EQ(response->body, "refused");
    EXPECT_EQ(response->field("Connection"), "close");
    EXPECT_TRUE(client.ends());
}

TEST_P(AnswerTest, AnswersWhatPrecedesARefusedHead) {
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(get("/good") + "GET /bad HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"));
    EXPECT_EQ(client.read_response()->body, "/good");
    EXPECT_EQ(client.read_response()->status, 400);
    EXPECT_TRUE(client.ends());
}

TEST_P(AnswerTest, RefusesAHeadThatDoesNotEnd) {
    RawClient client(server_.port());
    const auto response =
        client.ask("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(40 * 1024, 'x'));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 431);
    EXPECT_TRUE(client.ends());
}

// ---- answers ----

TEST(ServerTest, SendsNeitherBodyNorLengthWith204And304) {
    TestServer server;
    server.handler().now = [](Exchange& exchange) {
        exchange.head().begin_response(exchange.request().target == "/204" ? 204 : 304);
        exchange.respond("must not be sent");
        return true;
    };
    RawClient client(server.port());
    for (const char* target : {"/204", "/304", "/204"}) {
        const auto response = client.ask(get(target));
        ASSERT_TRUE(response);
        EXPECT_FALSE(response->has("Content-Length"));
        EXPECT_TRUE(client.is_silent());
    }
}

TEST(ServerTest, StatesALengthWithoutTheBody) {
    TestServer server;
    server.handler().now = [](Exchange& exchange) {
        exchange.head().begin_response(200);
        exchange.respond_without_body(5'000'000'000);
        return true;
    };
    RawClient client(server.port());
    const auto response = client.ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", true);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->field("Content-Length"), "5000000000");
}

TEST(ServerTest, Answers500WhereTheHandlerDoesNot) {
    TestServer server;
    server.handler().later = [](Exchange&) -> Task<> { co_return; };
    RawClient client(server.port());
    EXPECT_EQ(client.ask(kGet)->status, 500);
    EXPECT_TRUE(client.ends());
}

TEST(ServerTest, Answers500WhereTheHandlerThrows) {
    TestServer server;
    server.handler().now = [](Exchange& exchange) -> bool {
        if (exchange.request().target == "/now") throw std::runtime_error("planted");
        return false;
    };
    server.handler().later = [](Exchange&) -> Task<> {
        throw std::runtime_error("planted");
        co_return;
    };
    for (const char* target : {"/now", "/later"}) {
        RawClient client(server.port());
        EXPECT_EQ(client.ask(get(target))->status, 500);
        EXPECT_TRUE(client.ends());
    }
}

TEST(ServerTest, KeepsABodyAliveUntilASlowReaderHasIt) {
    TestServer server;
    std::weak_ptr<const std::string> watched;
    std::latch answered(1);
    server.handler().now = [&](Exchange& exchange) {
        auto body = std::make_shared<const std::string>(16 * 1024 * 1024, 'b');
        watched = body;
        exchange.head().begin_response(200);
        const std::string_view view = *body;
        exchange.respond(view, std::move(body));
        answered.count_down();
        return true;
    };
    RawClient client(server.port(), 4096);
    ASSERT_TRUE(client.send(kGet));
    answered.wait();
    EXPECT_FALSE(watched.expired());
    const auto response = client.read_response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, std::string(16 * 1024 * 1024, 'b'));
    while (!watched.expired())
        std::this_thread::yield();
}

TEST(ServerTest, CopiesABodyWithoutOwnerThatDoesNotFitTheSocket) {
    TestServer server;
    server.handler().later = [](Exchange& exchange) -> Task<> {
        std::string body(8 * 1024 * 1024, 'c');
        exchange.head().begin_response(200);
        exchange.respond(body);
        body.assign(body.size(), 'X');
        co_return;
    };
    RawClient client(server.port(), 4096);
    const auto response = client.ask(kGet);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, std::string(8 * 1024 * 1024, 'c'));
    EXPECT_TRUE(client.ask(kGet));
}

TEST(ServerTest, NamesBothEndsOfTheConnection) {
    TestServer server;
    server.handler().now = [](Exchange& exchange) {
        const Peer& peer = exchange.peer();
        respond_text(exchange, peer.address + " " + std::to_string(peer.port) + " " +
                                   peer.local_address + " " + std::to_string(peer.local_port) +
                                   (peer.tls ? " tls" : ""));
        return true;
    };
    RawClient client(server.port());
    EXPECT_EQ(client.ask(kGet)->body, "127.0.0.1 " + std::to_string(client.local_port()) +
                                          " 127.0.0.1 " + std::to_string(server.port()));
}

TEST(ServerTest, SpreadsConnectionsOverTheLoops) {
    TestServer server;
    server.handler().now = [](Exchange& exchange) {
        respond_text(exchange, std::to_string(exchange.loop_index()));
        return true;
    };
    RawClient first(server.port());
    const std::string first_loop = first.ask(kGet)->body;
    RawClient second(server.port());
    EXPECT_NE(second.ask(kGet)->body, first_loop);
    EXPECT_EQ(first.ask(kGet)->body, first_loop);
}

// ---- limits ----

TEST(ServerLimitTest, ClosesAConnectionWithAHalfSentHead) {
    ServerLimits limits = test::test_limits();
    limits.head_timeout = 50ms;
    TestServer server(limits);
    RawClient client(server.port());
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHo"));
    EXPECT_TRUE(client.ends());
    EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
}

// Each byte comes in time, the head does not.
TEST(ServerLimitTest, DoesNotLetATrickleExtendTheTimeForAHead) {
    ServerLimits limits = test::test_limits();
    limits.head_timeout = 100ms;
    TestServer server(limits);
    RawClient client(server.port());
    ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nX: "));
    // Fewer bytes than a head may have, however fast they go.
    constexpr int kBytes = 1000;
    for (int sent = 0; sent < kBytes && client.send("x") && client.is_silent(); ++sent)
        std::this_thread::sleep_for(100us);
    EXPECT_TRUE(client.ends());
}

TEST(ServerLimitTest, ClosesIdleConnections) {
    ServerLimits limits = test::test_limits();
    limits.idle_timeout = 50ms;
    TestServer server(limits);
    server.handler().now = [](Exchange& exchange) {
        respond_text(exchange, "x");
        return true;
    };
    RawClient silent(server.port());
    RawClient used(server.port());
    EXPECT_TRUE(used.ask(kGet));
    EXPECT_TRUE(silent.ends());
    EXPECT_TRUE(used.ends());
}

TEST(ServerLimitTest, ReportsABodyThatStopsComing) {
    ServerLimits limits = test::test_limits();
    limits.body_grace = 50ms;
    TestServer server(limits);
    server.handler().later = [](Exchange& exchange) -> Task<> {
        std::string body = co_await test::read_whole_body(exchange);
        respond_text(exchange, std::move(body));
    };
    RawClient client(server.port());
    const auto response = client.ask("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "<2>");
    EXPECT_TRUE(client.ends());
}

TEST(ServerLimitTest, CutsOffAClientThatStopsReading) {
    ServerLimits limits = test::test_limits();
    limits.write_timeout = 50ms;
    TestServer server(limits);
    std::promise<std::uint64_t> gave_up;
    server.handler().later = [&](Exchange& exchange) -> Task<> {
        const std::string piece(64 * 1024, 'p');
        exchange.head().begin_response(200);
        co_await exchange.start(std::nullopt);
        while (co_await exchange.write(piece)) {
        }
        gave_up.set_value(exchange.bytes_sent());
    };
    RawClient client(server.port(), 4096);
    ASSERT_TRUE(client.send(kGet));
    // What the socket buffers hold is not much: nothing piles up on our side.
    EXPECT_LT(gave_up.get_future().get(), 64U * 1024 * 1024);
}

TEST(ServerLimitTest, Answers503AboveTheConnectionLimit) {
    ServerLimits limits = test::test_limits();
    limits.connection_count = 2;
    TestServer server(limits);
    server.handler().now = [](Exchange& exchange) {
        respond_text(exchange, "x");
        return true;
    };
    RawClient first(server.port());
    RawClient second(server.port());
    EXPECT_TRUE(first.ask(kGet));
    EXPECT_TRUE(second.ask(kGet));
    {
        RawClient third(server.port());
        const auto response = third.ask(kGet);
        ASSERT_TRUE(response);
        EXPECT_EQ(response->status, 503);
        EXPECT_EQ(response->field("Connection"), "close");
        EXPECT_TRUE(third.ends());
    }
    while (server.server().connection_count() > 2)
        std::this_thread::yield();
    EXPECT_EQ(first.ask(kGet)->status, 200);
}

TEST(ServerLimitTest, WaitsForDescriptorsInsteadOfSpinning) {
    TestServer server;
    server.handler().now = [](Exchange& exchange) {
        respond_text(exchange, "x");
        return true;
    };
    RawClient client(server.port());
    ASSERT_TRUE(client.ask(kGet));
    RawClient late;

    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit none_left = before;
    none_left.rlim_cur = 3;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
    late.connect(server.port());
    ASSERT_TRUE(late.send(kGet));
    EXPECT_TRUE(client.ask(kGet));
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(late.read_response()->status, 200);
}

// ---- listening and draining ----

TEST(ServerListenTest, NamesTheHolderOfATakenPort) {
    TestServer server;
    Loops loops(1);
    test::LambdaHandler handler;
    Server second(loops, handler, ServerLimits{}, nullptr);
    const auto port = second.listen("127.0.0.1", server.port());
    ASSERT_FALSE(port);
    EXPECT_TRUE(port.error().address_in_use);
    EXPECT_TRUE(port.error().message.contains("127.0.0.1:" + std::to_string(server.port())));
    EXPECT_TRUE(port.error().message.contains("process " + std::to_string(::getpid()) + " ("))
        << port.error().message;
}

TEST(ServerListenTest, RefusesWhatIsNoAddress) {
    Loops loops(1);
    test::LambdaHandler handler;
    Server server(loops, handler, ServerLimits{}, nullptr);
    const auto port = server.listen("no address", 0);
    ASSERT_FALSE(port);
    EXPECT_FALSE(port.error().address_in_use);
}

TEST(ServerDrainTest, ClosesIdleConnectionsAtOnce) {
    TestServer server;
    server.handler().now = [](Exchange& exchange) {
        respond_text(exchange, "x");
        return true;
    };
    RawClient used(server.port());
    RawClient silent(server.port());
    EXPECT_TRUE(used.ask(kGet));
    server.server().drain(1h);
    EXPECT_TRUE(used.ends());
    EXPECT_TRUE(silent.ends());
    EXPECT_EQ(server.server().connection_count(), 0U);
    EXPECT_THROW(RawClient(server.port()), std::runtime_error);
}

TEST(ServerDrainTest, LetsABusyConnectionFinishItsAnswer) {
    TestServer server;
    std::latch begun(1);
    server.handler().later = [&](Exchange& exchange) -> Task<> {
        begun.count_down();
        std::string body = co_await test::read_whole_body(exchange);
        respond_text(exchange, std::move(body));
    };
    RawClient client(server.port());
    ASSERT_TRUE(client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo"));
    begun.wait();
    std::thread drain([&] { server.server().drain(1h); });
    // The listening socket is closed first.
    try {
        for (;;)
            RawClient(server.port());
    } catch (const std::runtime_error&) {
    }
    ASSERT_TRUE(client.send("dy"));
    const auto response = client.read_response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "body");
    EXPECT_TRUE(client.ends());
    drain.join();
}

TEST(ServerDrainTest, CutsOffRequestsAtTheDeadline) {
    TestServer server;
    std::latch begun(2);
    server.handler().later = [&](Exchange& exchange) -> Task<> {
        begun.count_down();
        if (exchange.request().method == http::Method::Put) {
            co_await test::read_whole_body(exchange);
        } else {
            asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
            co_await timer.async_wait(asio::use_awaitable);
        }
    };
    RawClient reads(server.port());
    RawClient waits(server.port());
    ASSERT_TRUE(reads.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo"));
    ASSERT_TRUE(waits.send(kGet));
    begun.wait();
    server.server().drain(0s);
    EXPECT_EQ(server.server().connection_count(), 0U);
}

TEST(ServerDrainTest, MayBeDestroyedWithLoopsThatNeverRan) {
    Loops loops(2);
    test::LambdaHandler handler;
    Server server(loops, handler, ServerLimits{}, nullptr);
    EXPECT_TRUE(server.listen("127.0.0.1", 0));
}

TEST(ServerDrainTest, MayBeDestroyedAfterItsLoopsHaveStopped) {
    test::LambdaHandler handler;
    std::latch begun(1);
    handler.later = [&](Exchange& exchange) -> Task<> {
        begun.count_down();
        co_await test::read_whole_body(exchange);
    };
    Loops loops(2);
    Server server(loops, handler, ServerLimits{}, nullptr);
    const auto port = server.listen("127.0.0.1", 0);
    ASSERT_TRUE(port);
    loops.start();
    RawClient busy(*port);
    RawClient idle(*port);
    ASSERT_TRUE(busy.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo"));
    begun.wait();
    loops.stop();
}

}  // namespace
}  // namespace tarn::net
