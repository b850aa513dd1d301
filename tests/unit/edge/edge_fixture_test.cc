// The fixture of edge_fixture.h.  Named _test.cc because test binaries are made of such files.

#include "edge_fixture.h"

#include "common/base/text.h"

#include <chrono>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tarn::edge {

// ---- TestViewer ----

TestViewer::TestViewer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval timeout{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
}

TestViewer::~TestViewer() {
    ::close(socket_);
}

void TestViewer::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool TestViewer::fill() {
    char piece[65536];
    const ssize_t count = ::recv(socket_, piece, sizeof(piece), 0);
    if (count <= 0) return false;
    buffer_.append(piece, static_cast<std::size_t>(count));
    return true;
}

std::string TestViewer::read_some_body(std::size_t at_least) {
    if (!std::exchange(in_body_, true)) {
        while (buffer_.find("\r\n\r\n") == std::string::npos && fill()) {
        }
        buffer_.erase(0, buffer_.find("\r\n\r\n") + 4);
    }
    while (buffer_.size() < at_least && fill()) {
    }
    return buffer_;
}

Response TestViewer::read(bool is_head) {
    Response response;
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
        if (!fill()) return response;
    }
    const std::size_t end = buffer_.find("\r\n\r\n");
    std::string head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    response.status = std::stoi(head.substr(9, 3));
    head.erase(0, head.find("\r\n") + 2);
    while (!head.empty()) {
        const std::size_t line = head.find("\r\n");
        const std::size_t colon = head.find(": ");
        response.headers.emplace(to_lower(head.substr(0, colon)),
                                 head.substr(colon + 2, line - colon - 2));
        head.erase(0, line + 2);
    }
    if (is_head || response.status == 304 || response.status == 204) {
        response.whole = true;
        return response;
    }
    if (response.headers.contains("content-length")) {
        const std::size_t length = std::stoul(response.header("content-length"));
        while (buffer_.size() < length && fill()) {
        }
        response.whole = buffer_.size() >= length;
        response.body = buffer_.substr(0, length);
        buffer_.erase(0, response.body.size());
        return response;
    }
    while (true) {  // chunked
        while (buffer_.find("\r\n") == std::string::npos) {
            if (!fill()) return response;
        }
        const std::size_t size = std::stoul(buffer_, nullptr, 16);
        buffer_.erase(0, buffer_.find("\r\n") + 2);
        while (buffer_.size() < size + 2) {
            if (!fill()) return response;
        }
        response.body.append(buffer_, 0, size);
        buffer_.erase(0, size + 2);
        if (size == 0) break;
    }
    response.whole = true;
    return response;
}

// ---- TestOrigin ----

void respond(net::Exchange& exchange, int status, std::string_view headers, std::string_view body) {
    exchange.head().begin_response(status);
    exchange.head().add_raw(headers);
    exchange.respond(body);
}

net::Task<> until(const std::atomic<bool>& flag) {
    namespace asio = boost::asio;
    const auto executor = co_await asio::this_coro::executor;
    while (!flag) {
        asio::steady_timer timer(executor, std::chrono::milliseconds(1));
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

net::Task<> TestOrigin::handle(net::Exchange& exchange) {
    const http::RequestHead& head = exchange.request();
    Seen seen{.method = std::string(head.method_text), .target = std::string(head.target)};
    for (const http::Field& field : head.fields) {
        seen.headers.emplace(to_lower(field.name), field.value);
    }
    char piece[4096];
    while (true) {
        const auto count = co_await exchange.read_body(piece);
        if (!count || *count == 0) break;
        seen.body.append(piece, *count);
    }
    Answer answer;
    {
        const std::lock_guard lock(mutex_);
        seen_.push_back(seen);
        answer = answer_;
    }
    if (answer) co_await answer(exchange, seen);
}

void TestOrigin::handle_refused(net::Exchange& exchange, http::HeadError) {
    respond(exchange, 400, "", "refused");
}

void TestOrigin::set_answer(Answer answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
}

void TestOrigin::answer_with(int status, std::string headers, std::string body) {
    set_answer([=](net::Exchange& exchange, const Seen&) -> net::Task<> {
        respond(exchange, status, headers, body);
        co_return;
    });
}

std::size_t TestOrigin::count() const {
    const std::lock_guard lock(mutex_);
    return seen_.size();
}

TestOrigin::Seen TestOrigin::last() const {
    const std::lock_guard lock(mutex_);
    return seen_.empty() ? Seen{} : seen_.back();
}

TestOrigin::Seen TestOrigin::at(std::size_t index) const {
    const std::lock_guard lock(mutex_);
    return seen_.at(index);
}

// ---- EdgeTest ----

EdgeTest::EdgeTest() {
    origin_loops_ = std::make_unique<net::Loops>(1);
    origin_server_ =
        std::make_unique<net::Server>(*origin_loops_, origin_, net::ServerLimits{}, nullptr);
    origin_port_ = *origin_server_->listen("127.0.0.1", 0);
    origin_loops_->start();
    loops_ = std::make_unique<net::Loops>(2);
    engine_options_.s3 = {.host = "127.0.0.1", .port = origin_port_};
}

EdgeTest::~EdgeTest() {
    if (server_) server_->drain(std::chrono::seconds(0));
    if (admin_server_) admin_server_->drain(std::chrono::seconds(0));
    loops_->stop();
    if (engine_) engine_->shut_down();
    server_.reset();
    admin_server_.reset();
    loops_.reset();
    origin_server_->drain(std::chrono::seconds(0));
    origin_loops_->stop();
}

cdn::Distribution EdgeTest::distribution() const {
    cdn::Origin origin{.id = "o", .domain_name = "127.0.0.1", .http_port = origin_port_};
    origin.connection_attempts = 1;
    cdn::CacheBehavior behavior{.path_pattern = "*", .target_origin_id = "o"};
    behavior.allowed_methods.bits = 0x7f;
    behavior.cache = {.id = "p",
                      .min_ttl = std::chrono::seconds(0),
                      .default_ttl = std::chrono::seconds(60),
                      .max_ttl = std::chrono::seconds(86400)};
    return {.id = "E1",
            .domain_name = std::string(kHost),
            .enabled = true,
            .origins = {origin},
            .behaviors = {behavior}};
}

void EdgeTest::serve(cdn::Distribution distribution) {
    engine_ = std::make_unique<Engine>(engine_options_, *loops_, nullptr, clock_);
    state_ = std::make_unique<EdgeState>(*loops_, *engine_, nullptr);
    state_->add(activate(std::move(distribution), invalidations_));
    state_->publish_now();
    state_->set_ready();
    const ViewerOptions options{.pop = "TST50-P1", .edge_id = "test", .tls_port = 9443};
    viewers_ = std::make_unique<ViewerHandler>(options, *loops_, *state_, *engine_, random_);
    admin_ = std::make_unique<AdminHandler>(*viewers_, *loops_);
    limits_.head.target_bytes = 8192;
    limits_.head.head_bytes = 20480;
    server_ = std::make_unique<net::Server>(*loops_, *viewers_, limits_, nullptr);
    port_ = *server_->listen("127.0.0.1", 0);
    admin_server_ = std::make_unique<net::Server>(*loops_, *admin_, net::ServerLimits{}, nullptr);
    admin_port_ = *admin_server_->listen("127.0.0.1", 0);
    loops_->start();
}

Response EdgeTest::raw(const std::string& head, bool is_head) {
    TestViewer viewer(port_);
    viewer.send(head);
    return viewer.read(is_head);
}

Response EdgeTest::request(const std::string& method, const std::string& path,
                           const std::string& headers, const std::string& body) {
    std::string head = method + " " + path + " HTTP/1.1\r\nHost: " + std::string(kHost) + "\r\n";
    if (!body.empty()) head += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return raw(head + headers + "\r\n" + body, method == "HEAD");
}

Response EdgeTest::get(const std::string& path, const std::string& headers) {
    return request("GET", path, headers);
}

Response EdgeTest::admin(const std::string& path) {
    TestViewer viewer(admin_port_);
    viewer.send("GET " + path + " HTTP/1.1\r\nHost: admin\r\n\r\n");
    return viewer.read();
}

void EdgeTest::invalidate(const std::string& path) {
    ++sequence_;
    invalidations_->add(sequence_, path);
    engine_->set_applied_sequence(sequence_);
}

bool EdgeTest::eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

}  // namespace tarn::edge
