// The client, against a scripted server that answers byte for byte, and against our own.

#include "common/net/client.h"

#include "common/net/socket.h"
#include "tests/support/net/raw_client.h"
#include "tests/support/net/test_server.h"

#include <atomic>
#include <functional>
#include <thread>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace tarn::net {
namespace {

using test::run_on;
using namespace std::chrono_literals;

// Accepts connections one after the other; each is handled by the next function of the script.
class ScriptedServer {
  public:
    using Step = std::function<void(int fd)>;

    explicit ScriptedServer(std::vector<Step> script) {
        listener_ = *open_listener(*parse_address("127.0.0.1", 0));
        port_ = to_text(local_address(listener_.get())).port;
        thread_ = std::thread([this, script = std::move(script)] {
            for (const Step& step : script) {
                pollfd ready{.fd = listener_.get(), .events = POLLIN, .revents = 0};
                if (::poll(&ready, 1, 20'000) != 1) return;
                const UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
                ++accepted_;
                step(fd.get());
            }
        });
    }
    ~ScriptedServer() { thread_.join(); }

    Endpoint endpoint() const { return {.host = "127.0.0.1", .port = port_}; }
    int accepted() const { return accepted_; }

    // Reads until the end of a head, or of the body's text.
    static std::string read_until(int fd, std::string_view text) {
        std::string input;
        char c = 0;
        while (!input.ends_with(text) && ::recv(fd, &c, 1, 0) == 1)
            input.push_back(c);
        return input;
    }
    static std::string read_request(int fd) { return read_until(fd, "\r\n\r\n"); }
    static void send(int fd, std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    // A step that answers each of count requests with the same bytes.
    static Step answer(std::string bytes, int count = 1) {
        return [bytes = std::move(bytes), count](int fd) {
            for (int i = 0; i < count; ++i) {
                if (read_request(fd).empty()) return;
                send(fd, bytes);
            }
        };
    }

  private:
    UniqueFd listener_;
    std::uint16_t port_ = 0;
    std::atomic<int> accepted_ = 0;
    std::thread thread_;
};

struct Answer {
    std::string error;  // empty if the whole answer came
    int status = 0;
    std::string body;
    bool reused = false;
};

std::string describe(ClientError error) {
    return std::string(to_text(error));
}

Task<Answer> read_answer(ClientExchange& exchange, std::size_t buffer_bytes) {
    Answer answer;
    const auto head = co_await exchange.read_head();
    if (!head) co_return Answer{.error = describe(head.error())};
    answer.status = (*head)->status;
    answer.reused = exchange.reused();
    std::string buffer(buffer_bytes, '\0');
    for (;;) {
        const auto count = co_await exchange.read_body(buffer);
        if (!count) {
            answer.error = describe(count.error());
            co_return answer;
        }
        if (*count == 0) co_return answer;
        answer.body.append(buffer, 0, *count);
    }
}

struct Ask {
    std::string method = "GET";
    http::Method kind = http::Method::Get;
    RequestBody body;
    ClientTimeouts timeouts;
    std::size_t buffer_bytes = 4096;
};

Task<Answer> ask(Client& client, Endpoint endpoint, Ask what) {
    http::HeadBuilder head;
    head.begin_request(what.method, "/");
    head.add("Host", "a");
    auto exchange = co_await client.send(endpoint, head, what.kind, what.body, what.timeouts);
    if (!exchange) co_return Answer{.error = describe(exchange.error())};
    co_return co_await read_answer(**exchange, what.buffer_bytes);
}

class ClientTest : public testing::Test {
  protected:
    ClientTest() : client_(loops_.loop(0), nullptr) { loops_.start(); }
    ~ClientTest() override { loops_.stop(); }

    Answer ask(const Endpoint& endpoint, Ask what = {}) {
        return run_on(loops_.loop(0), net::ask(client_, endpoint, std::move(what)));
    }

    Loops loops_{1};
    Client client_;
};

// ---- answers ----

struct AnswerCase {
    const char* name;
    std::string_view bytes;
    std::string_view error;
    int status;
    std::string_view body;
};

class ClientAnswerTest : public ClientTest, public testing::WithParamInterface<AnswerCase> {};

TEST_P(ClientAnswerTest, ReadsOrRefusesTheAnswer) {
    for (std::size_t buffer_bytes : {1UL, 3UL, 4096UL}) {
        ScriptedServer server({ScriptedServer::answer(std::string(GetParam().bytes))});
        const Answer answer = ask(server.endpoint(), {.buffer_bytes = buffer_bytes});
        EXPECT_EQ(answer.error, GetParam().error);
        EXPECT_EQ(answer.status, GetParam().status);
        EXPECT_EQ(answer.body, GetParam().body);
    }
}

constexpr std::string_view kClosed = "the connection was closed";
constexpr std::string_view kMalformed = "the answer is malformed";

const AnswerCase kAnswers[] = {
    {"Length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "", 200, "hello"},
    {"Empty", "HTTP/1.1 204 No Content\r\n\r\n", "", 204, ""},
    {"Chunked",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
     "", 200, "hello world"},
    {"UntilClose", "HTTP/1.1 200 OK\r\n\r\nhello world", "", 200, "hello world"},
    {"InterimAnswers",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
     "", 200, "ok"},
    {"Http10", "HTTP/1.0 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "", 404, "no"},
    {"NoAnswer", "", kClosed, 0, ""},
    {"HeadBreaksOff", "HTTP/1.1 200 OK\r\nContent-Le", kClosed, 0, ""},
    {"BodyBreaksOff", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", kClosed, 200, "hel"},
    {"ChunksBreakOff", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
     kClosed, 200, "hello"},
    {"BadChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", kMalformed, 200,
     ""},
    {"NoHttp", "SSH-2.0-OpenSSH_9.2\r\n\r\n", kMalformed, 0, ""},
    {"TwoFramings",
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello", kMalformed,
     0, ""},
    {"OtherProtocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", kMalformed, 0, ""},
};
INSTANTIATE_TEST_SUITE_P(Answers, ClientAnswerTest, testing::ValuesIn(kAnswers),
                         [](const auto& param) { return param.param.name; });

TEST_F(ClientTest, RefusesAHeadThatIsTooLarge) {
    ScriptedServer server({ScriptedServer::answer(
        "HTTP/1.1 200 OK\r\nX: " + std::string(40 * 1024, 'x') + "\r\n\r\n")});
    EXPECT_EQ(ask(server.endpoint()).error, kMalformed);
}

TEST_F(ClientTest, ExpectsNoBodyInAnswerToHead) {
    ScriptedServer server(
        {ScriptedServer::answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 2)});
    for (int i = 0; i < 2; ++i) {
        const Answer answer =
            ask(server.endpoint(), {.method = "HEAD", .kind = http::Method::Head});
        EXPECT_EQ(answer.error, "");
        EXPECT_EQ(answer.reused, i == 1);
    }
}

// ---- requests ----

TEST_F(ClientTest, FramesTheRequestBody) {
    std::string seen[4];
    ScriptedServer server({[&](int fd) {
        for (std::string& request : seen) {
            request = ScriptedServer::read_request(fd);
            if (request.contains("Length: 4")) request += ScriptedServer::read_until(fd, "body");
            if (request.contains("chunked")) request += ScriptedServer::read_until(fd, "0\r\n\r\n");
            ScriptedServer::send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    }});
    const auto stream = [&](RequestBody::Kind kind) -> Task<std::string> {
        http::HeadBuilder head;
        head.begin_request("PUT", "/");
        head.add("Host", "a");
        auto exchange = co_await client_.send(server.endpoint(), head, http::Method::Put,
                                              {.kind = kind, .length = 4}, {});
        if (!exchange) co_return describe(exchange.error());
        for (std::string_view piece : {"bo", "", "dy"})
            EXPECT_TRUE(co_await (*exchange)->write_body(piece));
        EXPECT_TRUE(co_await (*exchange)->end_body());
        co_return (co_await read_answer(**exchange, 100)).error;
    };
    Ask put{.method = "PUT", .kind = http::Method::Put};
    EXPECT_EQ(ask(server.endpoint(), put).error, "");
    put.body = {.kind = RequestBody::Kind::Bytes, .bytes = "body"};
    EXPECT_EQ(ask(server.endpoint(), put).error, "");
    EXPECT_EQ(run_on(loops_.loop(0), stream(RequestBody::Kind::Length)), "");
    EXPECT_EQ(run_on(loops_.loop(0), stream(RequestBody::Kind::Chunked)), "");

    const std::string head = "PUT / HTTP/1.1\r\nHost: a\r\n";
    EXPECT_EQ(seen[0], head + "Content-Length: 0\r\n\r\n");
    EXPECT_EQ(seen[1], head + "Content-Length: 4\r\n\r\nbody");
    EXPECT_EQ(seen[2], head + "Content-Length: 4\r\n\r\nbody");
    EXPECT_EQ(seen[3], head + "Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n");
    EXPECT_EQ(server.accepted(), 1);
}

TEST_F(ClientTest, HoldsTheCallerToTheLengthItAnnounced) {
    ScriptedServer server({[](int fd) { ScriptedServer::read_until(fd, "never"); }});
    const auto stream = [&]() -> Task<bool> {
        http::HeadBuilder head;
        head.begin_request("PUT", "/");
        auto exchange = co_await client_.send(server.endpoint(), head, http::Method::Put,
                                              {.kind = RequestBody::Kind::Length, .length = 4}, {});
        EXPECT_FALSE(co_await (*exchange)->write_body("more than four"));
        EXPECT_TRUE(co_await (*exchange)->write_body("two"));
        EXPECT_FALSE(co_await (*exchange)->end_body());
        co_return true;
    };
    EXPECT_TRUE(run_on(loops_.loop(0), stream()));
}

// The server answers and closes without reading the body.
TEST_F(ClientTest, SeesAnAnswerThatComesBeforeTheBodyIsSent) {
    ScriptedServer server({[](int fd) {
        ScriptedServer::read_request(fd);
        ScriptedServer::send(fd, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
        ::shutdown(fd, SHUT_WR);
        ScriptedServer::read_until(fd, "never");
    }});
    const auto stream = [&]() -> Task<Answer> {
        http::HeadBuilder head;
        head.begin_request("PUT", "/");
        const std::string body(100'000, 'b');
        auto exchange =
            co_await client_.send(server.endpoint(), head, http::Method::Put,
                                  {.kind = RequestBody::Kind::Length, .length = 1'000'000}, {});
        (void)co_await (*exchange)->write_body(body);
        co_return co_await read_answer(**exchange, 100);
    };
    const Answer answer = run_on(loops_.loop(0), stream());
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.body, "no");
}

// ---- the pool ----

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_F(ClientTest, ReusesAConnectionWhoseAnswerWasRead) {
    ScriptedServer server({ScriptedServer::answer(std::string(kOk), 3)});
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(ask(server.endpoint()).reused, i > 0);
    EXPECT_EQ(server.accepted(), 1);
}

// What take_received_body() gives right behind the head; the rest is read as always.
struct Taken {
    std::optional<std::string> body;
    Answer rest;
};

Task<Taken> take_body(Client& client, Endpoint endpoint) {
    http::HeadBuilder head;
    head.begin_request("GET", "/");
    head.add("Host", "a");
    auto exchange = co_await client.send(endpoint, head, http::Method::Get, {}, {});
    Taken taken;
    EXPECT_FALSE((*exchange)->take_received_body());  // not before the head
    (void)co_await (*exchange)->read_head();
    taken.body = (*exchange)->take_received_body();
    taken.rest = co_await read_answer(**exchange, 4096);
    co_return taken;
}

TEST_F(ClientTest, HandsOutABodyThatCameWithItsHead) {
    ScriptedServer server({ScriptedServer::answer(std::string(kOk), 2)});
    for (const bool again : {false, true}) {
        const Taken taken = run_on(loops_.loop(0), take_body(client_, server.endpoint()));
        EXPECT_EQ(taken.body, "ok");
        EXPECT_EQ(taken.rest.body, "");
        EXPECT_EQ(taken.rest.error, "");
        EXPECT_EQ(taken.rest.reused, again);  // the body counted as read
    }
}

TEST_F(ClientTest, HandsOutNoBodyThatIsIncompleteOrFramed) {
    for (std::string_view rest : {"Content-Length: 6\r\n\r\nok", "\r\nok",
                                  "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"}) {
        ScriptedServer server(
            {ScriptedServer::answer(std::string("HTTP/1.1 200 OK\r\n").append(rest))});
        const Taken taken = run_on(loops_.loop(0), take_body(client_, server.endpoint()));
        EXPECT_FALSE(taken.body) << rest;
        EXPECT_EQ(taken.rest.body, "ok") << rest;
    }
}

TEST_F(ClientTest, TakesNothingThatFollowsTheBodyForABody) {
    ScriptedServer server({ScriptedServer::answer(std::string(kOk).append("x")),
                           ScriptedServer::answer(std::string(kOk))});
    EXPECT_EQ(run_on(loops_.loop(0), take_body(client_, server.endpoint())).body, "ok");
    EXPECT_FALSE(ask(server.endpoint()).reused);
}

TEST_F(ClientTest, DoesNotReuseAConnectionThatMayNotBeKept) {
    for (std::string_view answer :
         {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
          "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more"}) {
        ScriptedServer server({ScriptedServer::answer(std::string(answer)),
                               ScriptedServer::answer(std::string(kOk))});
        EXPECT_EQ(ask(server.endpoint()).body, "ok");
        EXPECT_FALSE(ask(server.endpoint()).reused);
        EXPECT_EQ(server.accepted(), 2);
    }
}

TEST_F(ClientTest, DoesNotReuseAConnectionWhoseAnswerWasNotRead) {
    ScriptedServer server(
        {ScriptedServer::answer(std::string(kOk)), ScriptedServer::answer(std::string(kOk))});
    const auto only_head = [&]() -> Task<bool> {
        http::HeadBuilder head;
        head.begin_request("GET", "/");
        auto exchange = co_await client_.send(server.endpoint(), head, http::Method::Get, {}, {});
        co_return (co_await (*exchange)->read_head()).has_value();
    };
    EXPECT_TRUE(run_on(loops_.loop(0), only_head()));
    EXPECT_FALSE(ask(server.endpoint()).reused);
}

// The server closes after the answer, which the client can see before it sends.
TEST_F(ClientTest, NoticesAConnectionThatWasClosedWhileIdle) {
    ScriptedServer server(
        {ScriptedServer::answer(std::string(kOk)), ScriptedServer::answer(std::string(kOk))});
    EXPECT_EQ(ask(server.endpoint()).body, "ok");
    while (server.accepted() < 1)
        std::this_thread::yield();
    const Answer second = ask(server.endpoint());
    EXPECT_EQ(second.body, "ok");
    EXPECT_FALSE(second.reused);
}

// The server reads the second request and closes without an answer: the close crossed the request.
ScriptedServer::Step answer_once_then_close_on_request() {
    return [](int fd) {
        ScriptedServer::read_request(fd);
        ScriptedServer::send(fd, kOk);
        ScriptedServer::read_request(fd);
    };
}

TEST_F(ClientTest, ReplacesAStaleConnectionOnce) {
    ScriptedServer server(
        {answer_once_then_close_on_request(), ScriptedServer::answer(std::string(kOk))});
    EXPECT_EQ(ask(server.endpoint()).body, "ok");
    const Answer second = ask(server.endpoint());
    EXPECT_EQ(second.error, "");
    EXPECT_EQ(second.body, "ok");
    EXPECT_FALSE(second.reused);
    EXPECT_EQ(server.accepted(), 2);
}

TEST_F(ClientTest, SendsABodyAgainOnTheNewConnection) {
    std::string again;
    ScriptedServer server({answer_once_then_close_on_request(), [&](int fd) {
                               again = ScriptedServer::read_until(fd, "body");
                               ScriptedServer::send(fd, kOk);
                           }});
    EXPECT_EQ(ask(server.endpoint()).body, "ok");
    const Ask put{.method = "PUT",
                  .kind = http::Method::Put,
                  .body = {.kind = RequestBody::Kind::Bytes, .bytes = "body"}};
    EXPECT_EQ(ask(server.endpoint(), put).body, "ok");
    EXPECT_TRUE(again.ends_with("Content-Length: 4\r\n\r\nbody"));
}

TEST_F(ClientTest, DoesNotSendAPostTwice) {
    ScriptedServer server({answer_once_then_close_on_request()});
    EXPECT_EQ(ask(server.endpoint()).body, "ok");
    const Ask post{.method = "POST",
                   .kind = http::Method::Post,
                   .body = {.kind = RequestBody::Kind::Bytes, .bytes = "body"}};
    EXPECT_EQ(ask(server.endpoint(), post).error, kClosed);
    EXPECT_EQ(server.accepted(), 1);
}

TEST_F(ClientTest, DoesNotRepeatARequestOnANewConnection) {
    ScriptedServer server({[](int fd) { ScriptedServer::read_request(fd); }});
    EXPECT_EQ(ask(server.endpoint()).error, kClosed);
    EXPECT_EQ(server.accepted(), 1);
}

TEST(ClientPoolTest, ClosesConnectionsThatAreIdleForLong) {
    Loops loops(1);
    Client client(loops.loop(0), nullptr, 64, 0s);
    loops.start();
    {
        ScriptedServer server({[](int fd) {
            ScriptedServer::read_request(fd);
            ScriptedServer::send(fd, kOk);
            EXPECT_EQ(ScriptedServer::read_request(fd), "");  // the end of the connection
        }});
        EXPECT_EQ(run_on(loops.loop(0), ask(client, server.endpoint(), {})).body, "ok");
        // ~ScriptedServer waits for the end.
    }
    loops.stop();
}

// ---- timeouts and failures ----

constexpr ClientTimeouts kShort{.connect = 50ms, .read = 50ms};

TEST_F(ClientTest, GivesUpOnAServerThatDoesNotAnswer) {
    ScriptedServer server({[](int fd) { ScriptedServer::read_until(fd, "never"); }});
    EXPECT_EQ(ask(server.endpoint(), {.timeouts = kShort}).error, "no answer in time");
}

TEST_F(ClientTest, GivesUpOnABodyThatStopsComing) {
    ScriptedServer server({[](int fd) {
        ScriptedServer::read_request(fd);
        ScriptedServer::send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
        ScriptedServer::read_until(fd, "never");
    }});
    const Answer answer = ask(server.endpoint(), {.timeouts = kShort});
    EXPECT_EQ(answer.error, "no answer in time");
    EXPECT_EQ(answer.body, "hel");
}

// A listener whose backlog is full does not answer SYNs.
TEST_F(ClientTest, GivesUpOnAnAddressThatDoesNotAnswer) {
    const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto any = parse_address("127.0.0.1", 0);
    ASSERT_EQ(::bind(listener.get(), any->data(), any->length), 0);
    ASSERT_EQ(::listen(listener.get(), 0), 0);
    const SocketAddress address = local_address(listener.get());
    std::vector<UniqueFd> fillers;
    for (int i = 0; i < 4; ++i) {
        fillers.push_back(*open_stream(AF_INET));
        std::ignore = ::connect(fillers.back().get(), address.data(), address.length);
    }
    const Endpoint endpoint{.host = "127.0.0.1", .port = to_text(address).port};
    EXPECT_EQ(ask(endpoint, {.timeouts = kShort}).error, "no answer in time");
}

TEST_F(ClientTest, SaysThatAConnectionWasRefused) {
    Endpoint closed{.host = "127.0.0.1"};
    {
        const UniqueFd listener = *open_listener(*parse_address("127.0.0.1", 0));
        closed.port = to_text(local_address(listener.get())).port;
    }
    EXPECT_EQ(ask(closed).error, "the connection was refused");
}

TEST_F(ClientTest, SaysThatANameIsUnknown) {
    EXPECT_EQ(ask({.host = "no-such-host.invalid"}).error, "the name cannot be resolved");
}

TEST_F(ClientTest, SaysThatItHasNoTls) {
    EXPECT_EQ(ask({.host = "127.0.0.1", .tls = true}).error, "the TLS handshake failed");
}

TEST_F(ClientTest, ResolvesNames) {
    ScriptedServer server({ScriptedServer::answer(std::string(kOk))});
    Endpoint endpoint = server.endpoint();
    endpoint.host = "localhost";
    EXPECT_EQ(ask(endpoint).body, "ok");
}

TEST_F(ClientTest, MayBeDestroyedBeforeItsExchange) {
    ScriptedServer server({ScriptedServer::answer(std::string(kOk))});
    const auto outlive = [&]() -> Task<Answer> {
        auto client = std::make_unique<Client>(loops_.loop(0), nullptr);
        http::HeadBuilder head;
        head.begin_request("GET", "/");
        auto exchange = co_await client->send(server.endpoint(), head, http::Method::Get, {}, {});
        client.reset();
        co_return co_await read_answer(**exchange, 100);
    };
    EXPECT_EQ(run_on(loops_.loop(0), outlive()).body, "ok");
}

// ---- against our own server ----

TEST_F(ClientTest, CarriesLargeBodiesBothWays) {
    test::TestServer server;
    server.handler().later = [](Exchange& exchange) -> Task<> {
        std::string body = co_await test::read_whole_body(exchange);
        exchange.head().begin_response(200);
        co_await exchange.start(std::nullopt);
        co_await exchange.write(body);
        co_await exchange.finish();
    };
    std::string body;
    for (int i = 0; body.size() < 5'000'000; ++i)
        body += std::to_string(i);
    const Ask put{.method = "PUT",
                  .kind = http::Method::Put,
                  .body = {.kind = RequestBody::Kind::Bytes, .bytes = body},
                  .buffer_bytes = 100'000};
    const Endpoint endpoint{.host = "127.0.0.1", .port = server.port()};
    for (int i = 0; i < 2; ++i) {
        const Answer answer = ask(endpoint, put);
        EXPECT_EQ(answer.error, "");
        EXPECT_TRUE(answer.body == body);
        EXPECT_EQ(answer.reused, i > 0);
    }
}

TEST_F(ClientTest, SendsManyRequestsAtOnce) {
    test::TestServer server;
    server.handler().later = [](Exchange& exchange) -> Task<> {
        test::respond_text(exchange, "ok");
        co_return;
    };
    const Endpoint endpoint{.host = "127.0.0.1", .port = server.port()};
    std::vector<std::future<Answer>> answers;
    answers.reserve(200);
    for (int i = 0; i < 200; ++i) {
        answers.push_back(boost::asio::co_spawn(loops_.loop(0), net::ask(client_, endpoint, {}),
                                                boost::asio::use_future));
    }
    for (auto& answer : answers)
        EXPECT_EQ(answer.get().body, "ok");
}

}  // namespace
}  // namespace tarn::net
