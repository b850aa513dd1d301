// A server on a free port of the loopback address, answering by lambdas.

#pragma once

#include "common/net/exchange.h"
#include "common/net/loops.h"
#include "common/net/server.h"

#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace tarn::test {

// Answers by whichever of its functions is set.
class LambdaHandler final : public net::Handler {
  public:
    std::function<bool(net::Exchange&)> now;
    std::function<net::Task<>(net::Exchange&)> later;

    bool handle_now(net::Exchange& exchange) override { return now && now(exchange); }
    net::Task<> handle(net::Exchange& exchange) override {
        if (later) co_await later(exchange);
    }
    void handle_refused(net::Exchange& exchange, http::HeadError error) override {
        exchange.head().begin_response(http::status_of(error));
        exchange.respond("refused");
    }
};

// Limits whose timeouts do not matter to the test, looked at often.
inline net::ServerLimits test_limits() {
    net::ServerLimits limits;
    limits.deadline_tick = std::chrono::milliseconds(10);
    return limits;
}

class TestServer {
  public:
    explicit TestServer(const net::ServerLimits& limits = test_limits(),
                        net::TlsServer* tls = nullptr, std::size_t loop_count = 2)
        : loops_(loop_count), server_(loops_, handler_, limits, tls) {
        const auto port = server_.listen("127.0.0.1", 0);
        if (!port) throw std::runtime_error(port.error().message);
        port_ = *port;
        loops_.start();
    }

    LambdaHandler& handler() { return handler_; }  // to be set before the first request
    std::uint16_t port() const { return port_; }
    net::Server& server() { return server_; }
    net::Loops& loops() { return loops_; }

  private:
    LambdaHandler handler_;
    net::Loops loops_;
    net::Server server_;
    std::uint16_t port_ = 0;
};

// Answers 200 with the body.
inline void respond_text(net::Exchange& exchange, std::string body) {
    exchange.head().begin_response(200);
    auto owner = std::make_shared<const std::string>(std::move(body));
    const std::string_view view = *owner;
    exchange.respond(view, std::move(owner));
}

// Reads the request's body; the error's number in <> where it fails.
inline net::Task<std::string> read_whole_body(net::Exchange& exchange) {
    std::string body;
    char buffer[4096];
    for (;;) {
        const auto count = co_await exchange.read_body(buffer);
        if (!count) co_return "<" + std::to_string(static_cast<int>(count.error())) + ">";
        if (*count == 0) co_return body;
        body.append(buffer, *count);
    }
}

// Runs a coroutine on a loop and waits for its value.
template <class T>
T run_on(boost::asio::io_context& loop, net::Task<T> task) {
    return boost::asio::co_spawn(loop, std::move(task), boost::asio::use_future).get();
}

}  // namespace tarn::test
