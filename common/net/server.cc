#include "common/net/server.h"

#include "common/base/check.h"
#include "common/net/port_holder.h"
#include "common/net/server_loop.h"
#include "common/net/task.h"
#include "common/net/tls.h"
#include "common/observe/log.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <latch>
#include <system_error>
#include <tuple>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netdb.h>

namespace tarn::net {
namespace {

constexpr int kAcceptBatch = 64;  // then the loop's connections get their turn
constexpr std::chrono::milliseconds kAcceptPause{100};
// Connections above the limit that are answered 503; those above that are closed without a word.
constexpr std::size_t kMaxRefused = 256;

}  // namespace

// One listening socket, on loop 0.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
  public:
    using Assign = std::function<void(UniqueFd, const SocketAddress&)>;

    Acceptor(asio::io_context& loop, UniqueFd listener, Assign assign)
        : listener_(loop, listener.release()), pause_(loop), assign_(std::move(assign)) {}

    // From the loop's thread, as close().
    void wait() {
        if (closed_) return;
        listener_.async_wait(asio::posix::descriptor_base::wait_read,
                             [self = shared_from_this()](boost::system::error_code error) {
                                 if (!error) self->accept_some();
                             });
    }
    void close() {
        closed_ = true;
        boost::system::error_code ignored;
        std::ignore = listener_.close(ignored);
        pause_.cancel();
        assign_ = nullptr;
    }

  private:
    void accept_some() {
        for (int i = 0; i < kAcceptBatch && !closed_; ++i) {
            SocketAddress peer;
            peer.length = sizeof(peer.storage);
            UniqueFd fd(::accept4(listener_.native_handle(), peer.data(), &peer.length,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC));
            if (fd) {
                assign_(std::move(fd), peer);
                continue;
            }
            if (errno == EAGAIN || errno == EWOULDBLOCK) break;
            // The error of a connection that is gone already comes back from accept(2), too.
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                return pause(errno);
            }
        }
        wait();
    }

    // Out of descriptors or memory: trying again at once would only burn the CPU.
    void pause(int error) {
        log_warning("cannot accept connections: {}; trying again",
                    ::strerrordesc_np(error));  // allocates nothing, unlike error_category
        pause_.expires_after(kAcceptPause);
        pause_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
            if (!cancelled) self->wait();
        });
    }

    asio::posix::basic_stream_descriptor<asio::io_context::executor_type> listener_;
    asio::steady_timer pause_;
    Assign assign_;
    bool closed_ = false;
};

struct Server::State : std::enable_shared_from_this<State> {
    State(Loops& all_loops, Handler& handler, const ServerLimits& limits, TlsServer* tls)
        : loops(all_loops),
          context(std::make_shared<ServerContext>(handler, limits,
                                                  tls != nullptr ? tls->context() : nullptr)) {
        for (std::size_t i = 0; i < loops.size(); ++i)
            parts.push_back(std::make_unique<ServerLoop>(context, loops.loop(i), i));
    }

    void assign(UniqueFd fd, const SocketAddress& peer);
    void on_each_loop(void (ServerLoop::*action)());
    void close_acceptors();
    bool wait_until_gone(std::chrono::seconds timeout);

    Loops& loops;
    std::shared_ptr<ServerContext> context;
    std::vector<std::unique_ptr<ServerLoop>> parts;  // one per loop
    std::vector<std::shared_ptr<Acceptor>> acceptors;
};

// Runs on loop 0.
void Server::State::assign(UniqueFd fd, const SocketAddress& peer) {
    const std::size_t count = context->connection_count.load(std::memory_order_relaxed);
    const std::size_t limit = context->limits.connection_count;
    if (count >= limit + kMaxRefused) return;
    const auto admission =
        count < limit ? ServerLoop::Admission::Serve : ServerLoop::Admission::Refuse;

    const auto least_loaded = std::ranges::min_element(
        parts, {}, [](const std::unique_ptr<ServerLoop>& part) { return part->load(); });
    ServerLoop& part = **least_loaded;
    part.count_connection();
    if (part.index() == 0) {
        part.adopt(std::move(fd), peer, admission);
        return;
    }
    // Weak, so that a loop that is destroyed with this in its queue does not destroy the server.
    asio::post(part.io(),
               [weak = weak_from_this(), &part, fd = std::move(fd), peer, admission]() mutable {
                   if (const auto alive = weak.lock()) part.adopt(std::move(fd), peer, admission);
               });
}

// Returns when all loops have done it, so that nothing of ours is left in their queues: what is
// still queued when a loop is destroyed must not own parts of another one.
void Server::State::on_each_loop(void (ServerLoop::*action)()) {
    const auto done = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(parts.size()));
    for (const auto& part : parts) {
        asio::post(part->io(), [&part = *part, action, done] {
            (part.*action)();
            done->count_down();
        });
    }
    done->wait();
}

void Server::State::close_acceptors() {
    const auto closed = std::move(acceptors);
    acceptors.clear();
    if (!loops.running()) {  // nobody else uses them now
        for (const auto& acceptor : closed)
            acceptor->close();
        return;
    }
    const auto done = std::make_shared<std::latch>(1);
    asio::post(loops.loop(0), [closed, done] {
        for (const auto& acceptor : closed)
            acceptor->close();
        done->count_down();
    });
    done->wait();
}

bool Server::State::wait_until_gone(std::chrono::seconds timeout) {
    std::unique_lock lock(context->mutex);
    return context->all_gone.wait_for(lock, timeout,
                                      [&] { return context->connection_count.load() == 0; });
}

Server::Server(Loops& loops, Handler& handler, const ServerLimits& limits, TlsServer* tls)
    : state_(std::make_shared<State>(loops, handler, limits, tls)) {}

Server::~Server() {  // NOLINT(bugprone-exception-escape): out of memory at the worst
    drain(std::chrono::seconds(0));
}

Result<std::uint16_t, ListenError> Server::listen(const std::string& address, std::uint16_t port) {
    const std::string where = address + ":" + std::to_string(port);
    const auto endpoint = parse_address(address == "localhost" ? "127.0.0.1" : address, port);
    if (!endpoint) {
        return fail(ListenError{.message = "cannot listen on " + where +
                                           ": give an address such as 127.0.0.1, ::1 or 0.0.0.0"});
    }
    auto listener = open_listener(*endpoint);
    if (!listener) {
        const int error = listener.error();
        ListenError failure{
            .message = "cannot listen on " + where + ": " + std::generic_category().message(error),
            .address_in_use = error == EADDRINUSE};
        if (const auto holder = find_port_holder(port); holder && error == EADDRINUSE) {
            failure.message += "; the port is held by process " + std::to_string(holder->pid) +
                               " (" + holder->command + ")";
        }
        return fail(std::move(failure));
    }
    const std::uint16_t bound_port = to_text(local_address(listener->get())).port;

    asio::io_context& first_loop = state_->loops.loop(0);
    auto acceptor = std::make_shared<Acceptor>(
        first_loop, *std::move(listener),
        [weak = std::weak_ptr(state_)](UniqueFd fd, const SocketAddress& peer) {
            if (const auto alive = weak.lock()) alive->assign(std::move(fd), peer);
        });
    state_->acceptors.push_back(acceptor);
    asio::post(first_loop, [acceptor] { acceptor->wait(); });
    return bound_port;
}

void Server::drain(std::chrono::seconds deadline) {
    CHECK(state_->loops.current_index() == state_->loops.size());
    state_->context->draining = true;
    state_->close_acceptors();
    if (!state_->loops.running()) return;
    state_->on_each_loop(&ServerLoop::begin_drain);
    if (state_->wait_until_gone(deadline)) return;
    state_->on_each_loop(&ServerLoop::close_all);
    while (!state_->wait_until_gone(std::chrono::seconds(5)))
        log_warning("still waiting for {} requests to end", connection_count());
}

std::size_t Server::connection_count() const {
    return state_->context->connection_count.load(std::memory_order_relaxed);
}

}  // namespace tarn::net
