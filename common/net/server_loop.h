// What the connections of one loop share: limits, deadlines, and the storage of requests in
// progress.

#pragma once

#include "common/net/deadlines.h"
#include "common/net/exchange.h"
#include "common/net/server.h"
#include "common/net/socket.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

typedef struct ssl_ctx_st SSL_CTX;

namespace tarn::net {

class Connection;
class ServerExchange;

// The same for all loops of a server.
struct ServerContext {
    Handler& handler;
    const ServerLimits limits;
    SSL_CTX* const tls;  // null: HTTP only

    // All connections that were accepted and are not gone.
    std::atomic<std::size_t> connection_count{0};
    std::atomic<bool> draining{false};
    std::mutex mutex;
    std::condition_variable all_gone;
};

class ServerLoop {
  public:
    ServerLoop(const std::shared_ptr<ServerContext>& context, boost::asio::io_context& loop,
               std::size_t index);
    ~ServerLoop();

    // From any thread: connections that belong to this loop, also those on their way to it.
    std::size_t load() const { return load_.load(std::memory_order_relaxed); }
    void count_connection();

    // The rest is for the loop's thread.

    enum class Admission { Serve, Refuse };  // Refuse: 503 and close
    // Starts a connection that was counted before.
    void adopt(UniqueFd fd, const SocketAddress& peer, Admission admission);
    void begin_drain();
    void close_all();

    const ServerContext& context() const { return *context_; }
    boost::asio::io_context& io() { return io_; }
    std::size_t index() const { return index_; }
    Deadlines& deadlines() { return deadlines_; }

    // Storage for a request in progress.  A connection that is idle holds none.
    std::unique_ptr<ServerExchange> take_exchange();
    void give_back(std::unique_ptr<ServerExchange> exchange);
    // Answers to pipelined requests, gathered into one write.  Empty whenever a connection waits.
    std::string& batch() { return batch_; }
    // For bytes that nobody wants.
    std::span<char> scratch() { return scratch_; }

    // The last word of a connection that is gone.
    void connection_gone();

  private:
    std::shared_ptr<ServerContext> context_;
    boost::asio::io_context& io_;
    std::size_t index_;
    std::atomic<std::size_t> load_{0};
    Deadlines deadlines_;
    std::vector<std::unique_ptr<ServerExchange>> free_exchanges_;
    std::string batch_;
    std::array<char, 16UL * 1024> scratch_;
};

}  // namespace tarn::net
