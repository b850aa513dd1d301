// Follows the server's log (common/cdn/log_record.h): applies each record, then acknowledges it.

#pragma once

#include "common/net/client.h"
#include "common/net/task.h"
#include "edge/control/edge_state.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::edge {

struct FollowerOptions {
    net::Endpoint server;
    std::string token;    // of the edge
    std::string edge_id;  // survives restarts
    std::string boot_id;  // of this process
    std::string pop;
};

// Lines of a stream that comes in pieces.
class LineSplitter {
  public:
    void append(std::string_view bytes) { buffer_.append(bytes); }
    // The next whole line without its end; valid until append().  Nothing if none is whole.
    std::optional<std::string_view> next();
    // A line longer than any record: the stream is not what we think it is.
    bool is_overlong() const { return buffer_.size() - start_ > kMaxLineBytes; }
    void compact();
    static constexpr std::size_t kMaxLineBytes = std::size_t{8} << 20;

  private:
    std::string buffer_;
    std::size_t start_ = 0;
};

// Runs on one loop.  On a lost connection it tries again, at growing intervals; what is stored goes
// on being served meanwhile, unless the state fences it.
class LogFollower {
  public:
    LogFollower(boost::asio::io_context& loop, net::TlsClient* tls, EdgeState& state,
                FollowerOptions options);

    // Until stop(), which may be called from any thread.
    net::Task<> run();
    void stop() { stopping_ = true; }
    // Tells the server that no invalidation need wait for us any more.
    net::Task<> say_goodbye();
    bool is_connected() const { return connected_; }

  private:
    // One connection, to its end.
    net::Task<> follow_once();
    net::Task<bool> apply_lines();
    net::Task<bool> acknowledge();
    net::Task<int> post(std::string_view target, const std::string& body);
    void apply(const cdn::LogRecord& record);

    boost::asio::io_context& loop_;
    EdgeState& state_;
    const FollowerOptions options_;
    net::Client client_;
    LineSplitter lines_;
    std::string log_name_;
    std::uint64_t applied_ = 0;
    bool changed_ = false;    // distributions await publishing
    bool caught_up_ = false;  // a heartbeat was seen
    bool must_acknowledge_ = false;
    bool connected_ = false;
    std::atomic<bool> stopping_{false};
    std::chrono::milliseconds backoff_{0};
};

}  // namespace tarn::edge
