// The bytes of one connection, plain or through TLS, without waiting.
//
// Every operation is tried first and says what to wait for where it would block.  OpenSSL works on
// the socket itself (SSL_set_fd): through a pair of memory BIOs each byte would be copied twice
// more.

#pragma once

#include "common/net/socket.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <sys/uio.h>

typedef struct ssl_st SSL;

namespace tarn::net {

enum class IoStatus : std::uint8_t {
    Done,
    WantRead,   // nothing was done: wait until the socket is readable
    WantWrite,  // nothing was done: wait until it is writable
    End,        // the peer has ended its stream in an orderly way
    Failed,     // the connection is of no more use
};

struct IoResult {
    IoStatus status = IoStatus::Done;
    std::size_t bytes = 0;  // for Done: at least 1
};

struct SslDeleter {
    void operator()(SSL* ssl) const;
};
using SslHandle = std::unique_ptr<SSL, SslDeleter>;

class Transport {
  public:
    // Does not own fd.
    explicit Transport(int fd) : fd_(fd) {}
    Transport(const Transport&) = delete;  // TLS keeps its address
    Transport& operator=(const Transport&) = delete;

    // Goes on through TLS; the SSL is set up for one side and has no descriptor yet.
    void start_tls(SslHandle ssl);
    bool is_tls() const { return ssl_ != nullptr; }
    SSL* ssl() const { return ssl_.get(); }
    // Done once the handshake is complete.
    IoResult handshake();

    IoResult read(std::span<char> buffer);
    // Writes from the start of the parts, possibly less than all.  After WantWrite the next call
    // must offer the same bytes again (they may have moved, and more may follow).
    IoResult write(std::span<const iovec> parts);
    // From a file; Done with 0 bytes at the file's end.
    IoResult send_file(int file, std::uint64_t offset, std::size_t length);
    // Whether bytes wait inside of TLS, which no readiness of the socket will announce.
    bool has_buffered_input() const;
    // Whether the last read from the socket brought less than there was room for, so that new input
    // will be announced.
    bool found_socket_empty() const { return found_socket_empty_; }

    // Tells the peer that the end to come is meant (close_notify).  Best effort, as the next.
    void end_tls();
    // end_tls(), and closes our side of the connection; the peer's stays open.
    void end_output();

  private:
    IoResult tls_result(int returned);

    int fd_;
    bool found_socket_empty_ = false;
    SslHandle ssl_;
};

// Drops the first count bytes of parts; returns those that are left.
std::span<iovec> drop_front(std::span<iovec> parts, std::size_t count);
inline iovec as_part(std::string_view text) {
    return {.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
}

}  // namespace tarn::net
