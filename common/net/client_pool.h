// The connections of a Client: made, kept while idle, and taken again.

#pragma once

#include "common/net/channel.h"
#include "common/net/client.h"
#include "common/net/read_buffer.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

typedef struct ssl_ctx_st SSL_CTX;

namespace tarn::net {

class ClientPool;

class ClientConnection final : public Channel {
  public:
    ClientConnection(ClientPool& pool, UniqueFd fd, const Endpoint& endpoint);
    ~ClientConnection() { leave_deadlines(); }

    const Endpoint& endpoint() const { return endpoint_; }
    // Whether an idle connection still is open and silent.
    bool is_usable();
    void set_idle(bool idle);

  private:
    void expire() override;

    ClientPool& pool_;
    Endpoint endpoint_;
    bool idle_ = false;
};

class ClientPool {
  public:
    ClientPool(asio::io_context& loop, SSL_CTX* tls, std::size_t idle_per_endpoint,
               std::chrono::seconds idle_timeout);

    using Connected = Result<std::unique_ptr<ClientConnection>, ClientError>;
    // An idle connection that looks alive; null where there is none.
    std::unique_ptr<ClientConnection> take(const Endpoint& endpoint);
    Task<Connected> connect(Endpoint endpoint, std::chrono::milliseconds timeout);
    void put(std::unique_ptr<ClientConnection> connection);
    // Closes all idle connections and keeps no more.
    void close();

    std::unique_ptr<ReadBuffer> take_buffer();
    void put_buffer(std::unique_ptr<ReadBuffer> buffer);

    asio::io_context& loop() { return loop_; }
    Deadlines& deadlines() { return deadlines_; }
    std::chrono::milliseconds idle_timeout() const { return idle_timeout_; }

  private:
    friend class ClientConnection;
    struct EndpointHash {
        std::size_t operator()(const Endpoint& endpoint) const;
    };
    Task<Connected> connect_to(const SocketAddress& address, const Endpoint& endpoint,
                               std::chrono::milliseconds timeout);
    Task<Result<void, ClientError>> start_tls(ClientConnection& connection,
                                              std::chrono::milliseconds timeout);
    void drop_idle(const ClientConnection& connection);

    asio::io_context& loop_;
    SSL_CTX* tls_;
    std::size_t idle_per_endpoint_;
    std::chrono::milliseconds idle_timeout_;
    bool closed_ = false;
    Deadlines deadlines_;
    using Idle = std::vector<std::unique_ptr<ClientConnection>>;  // the last used at the back
    std::unordered_map<Endpoint, Idle, EndpointHash> idle_;
    std::vector<std::unique_ptr<ReadBuffer>> free_buffers_;
};

}  // namespace tarn::net
