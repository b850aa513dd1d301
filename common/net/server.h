// A server: listening sockets, one loop per core, connections handed to the least-loaded loop.

#pragma once

#include "common/base/result.h"
#include "common/http/head.h"
#include "common/net/exchange.h"
#include "common/net/loops.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace tarn::net {

class TlsServer;  // tls.h

struct ServerLimits {
    http::HeadLimits head;
    // From the first byte of a head to its end; also for the TLS handshake.
    std::chrono::milliseconds head_timeout{10'000};
    // Keep-alive, and a connection that sends nothing.
    std::chrono::milliseconds idle_timeout{60'000};
    // The minimum rate of a request body is judged over spans of body_grace spent waiting for it.
    std::chrono::milliseconds body_grace{10'000};
    std::uint64_t body_bytes_per_second = 1024;
    std::chrono::milliseconds write_timeout{30'000};  // without progress
    // What a peer still sends after an answer that ends the connection (the body of a refused
    // upload, mostly) is read on and dropped, for so long, until a silence of linger_silence, and
    // up to so many bytes.  Closing the socket with unread input would reset the connection, and
    // the peer could lose the answer (RFC 9112, section 9.6).
    std::chrono::milliseconds linger_time{30'000};
    std::chrono::milliseconds linger_silence{5'000};
    std::uint64_t linger_bytes = 256ULL << 20;
    std::size_t connection_count = 10'000;  // above it new connections get 503
    // How often deadlines are looked at: each may pass this much late, none early.
    std::chrono::milliseconds deadline_tick{1'000};
};

struct ListenError {
    std::string message;  // names the address, and the holder of a taken port (pid and command)
    bool address_in_use = false;
};

// listen() may come before or after Loops::start(); drain() from any thread that is no loop.  The
// destructor drains without waiting for requests in progress.
class Server {
  public:
    // handler and tls (may be null: then HTTP only) must outlive the server.
    Server(Loops& loops, Handler& handler, const ServerLimits& limits, TlsServer* tls);
    ~Server();

    // Binds and listens; port 0 picks one.  Returns the bound port.
    Result<std::uint16_t, ListenError> listen(const std::string& address, std::uint16_t port);
    // Stops accepting; idle connections are closed, busy ones after their answer or the deadline.
    // Returns when all are gone.  Blocks; call it from a thread that is no loop.
    void drain(std::chrono::seconds deadline);
    std::size_t connection_count() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace tarn::net
