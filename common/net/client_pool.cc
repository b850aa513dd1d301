#include "common/net/client_pool.h"

#include "common/net/resolve.h"
#include "common/net/tls_state.h"

#include <algorithm>
#include <cerrno>

namespace tarn::net {
namespace {

// Connect timeouts go down to a second.
constexpr std::chrono::milliseconds kTick{100};
constexpr std::size_t kBufferBytes = 16UL * 1024;
constexpr std::size_t kMaxFreeBuffers = 64;

std::chrono::milliseconds until(std::chrono::steady_clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    return std::max(left, std::chrono::milliseconds(0));
}

}  // namespace

// ---- a connection ----

ClientConnection::ClientConnection(ClientPool& pool, UniqueFd fd, const Endpoint& endpoint)
    : Channel(pool.loop(), std::move(fd), pool.deadlines()), pool_(pool), endpoint_(endpoint) {}

bool ClientConnection::is_usable() {
    if (aborted()) return false;
    if (!has_input_news()) return true;
    forget_input_news();
    char byte = 0;
    const ssize_t got = ::recv(fd(), &byte, 1, MSG_PEEK);
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    // Nothing but TLS has anything to say now, such as a new session ticket.
    if (got == 0 || !transport().is_tls()) return false;
    return transport().read(std::span(&byte, 1)).status == IoStatus::WantRead;
}

void ClientConnection::set_idle(bool idle) {
    idle_ = idle;
    read_deadline = idle ? deadlines().after(pool_.idle_timeout()) : Deadlines::kNever;
}

void ClientConnection::expire() {
    if (idle_) {
        pool_.drop_idle(*this);  // and with it this object
    } else {
        Channel::expire();
    }
}

// ---- the pool ----

ClientPool::ClientPool(asio::io_context& loop, SSL_CTX* tls, std::size_t idle_per_endpoint,
                       std::chrono::seconds idle_timeout)
    : loop_(loop),
      tls_(tls),
      idle_per_endpoint_(idle_per_endpoint),
      idle_timeout_(idle_timeout),
      deadlines_(loop, kTick) {}

std::size_t ClientPool::EndpointHash::operator()(const Endpoint& endpoint) const {
    const std::size_t host = std::hash<std::string>()(endpoint.host);
    const std::size_t name = std::hash<std::string>()(endpoint.tls_name);
    return host ^ (name * 31) ^ (std::size_t{endpoint.port} << 1) ^ (endpoint.tls ? 1U : 0U);
}

std::unique_ptr<ClientConnection> ClientPool::take(const Endpoint& endpoint) {
    const auto found = idle_.find(endpoint);
    if (found == idle_.end()) return nullptr;
    Idle& idle = found->second;
    while (!idle.empty()) {
        auto connection = std::move(idle.back());
        idle.pop_back();
        connection->set_idle(false);
        if (connection->is_usable()) return connection;
    }
    return nullptr;
}

void ClientPool::put(std::unique_ptr<ClientConnection> connection) {
    if (closed_) return;
    Idle& idle = idle_[connection->endpoint()];
    if (idle.size() >= idle_per_endpoint_) return;
    connection->set_idle(true);
    idle.push_back(std::move(connection));
}

void ClientPool::drop_idle(const ClientConnection& connection) {
    const auto found = idle_.find(connection.endpoint());
    if (found == idle_.end()) return;
    std::erase_if(found->second, [&](const auto& idle) { return idle.get() == &connection; });
    if (found->second.empty()) idle_.erase(found);
}

void ClientPool::close() {
    closed_ = true;
    idle_.clear();
}

std::unique_ptr<ReadBuffer> ClientPool::take_buffer() {
    if (free_buffers_.empty()) return std::make_unique<ReadBuffer>(kBufferBytes);
    auto buffer = std::move(free_buffers_.back());
    free_buffers_.pop_back();
    return buffer;
}

void ClientPool::put_buffer(std::unique_ptr<ReadBuffer> buffer) {
    if (free_buffers_.size() >= kMaxFreeBuffers || buffer->capacity() > kBufferBytes) return;
    buffer->clear();
    free_buffers_.push_back(std::move(buffer));
}

// ---- connecting ----

Task<ClientPool::Connected> ClientPool::connect(Endpoint endpoint,
                                                std::chrono::milliseconds timeout) {
    if (endpoint.tls && tls_ == nullptr) co_return fail(ClientError::Tls);
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    const auto addresses = co_await resolve(endpoint.host, endpoint.port, timeout);

    Connected connected = fail(ClientError::Dns);
    for (std::size_t i = 0; i < addresses.size() && !connected; ++i) {
        // An address that does not answer must leave time for the next.
        const auto share = until(deadline) / static_cast<int>(addresses.size() - i);
        connected = co_await connect_to(addresses[i], endpoint, share);
    }
    if (!connected || !endpoint.tls) co_return connected;

    if (const auto secured = co_await start_tls(**connected, until(deadline)); !secured) {
        co_return fail(secured.error());
    }
    co_return connected;
}

Task<ClientPool::Connected> ClientPool::connect_to(const SocketAddress& address,
                                                   const Endpoint& endpoint,
                                                   std::chrono::milliseconds timeout) {
    auto fd = open_stream(address.storage.ss_family);
    if (!fd) co_return fail(ClientError::Connect);
    const int raw = fd->get();
    auto connection = std::make_unique<ClientConnection>(*this, *std::move(fd), endpoint);
    if (::connect(raw, address.data(), address.length) == 0) co_return connection;
    if (errno != EINPROGRESS) co_return fail(ClientError::Connect);

    if (!co_await connection->wait(IoStatus::WantWrite, timeout)) {
        co_return fail(connection->timed_out() ? ClientError::Timeout : ClientError::Connect);
    }
    int error = 0;
    socklen_t size = sizeof(error);
    if (::getsockopt(raw, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
        co_return fail(error == ETIMEDOUT ? ClientError::Timeout : ClientError::Connect);
    }
    co_return connection;
}

Task<Result<void, ClientError>> ClientPool::start_tls(ClientConnection& connection,
                                                      std::chrono::milliseconds timeout) {
    const Endpoint& endpoint = connection.endpoint();
    const std::string& name = endpoint.tls_name.empty() ? endpoint.host : endpoint.tls_name;
    SslHandle ssl = new_client_connection(tls_, name, endpoint.port);
    if (!ssl) co_return fail(ClientError::Tls);
    connection.transport().start_tls(std::move(ssl));

    const auto deadline = std::chrono::steady_clock::now() + timeout;
    for (;;) {
        const IoResult result = connection.transport().handshake();
        switch (result.status) {
            case IoStatus::Done:
                co_return Result<void, ClientError>();
            case IoStatus::WantRead:
            case IoStatus::WantWrite:
                if (!co_await connection.wait(result.status, until(deadline))) {
                    co_return fail(connection.timed_out() ? ClientError::Timeout
                                                          : ClientError::Tls);
                }
                break;
            case IoStatus::End:
            case IoStatus::Failed:
                co_return fail(ClientError::Tls);
        }
    }
}

}  // namespace tarn::net
