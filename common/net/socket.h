// Sockets and their addresses, as plain values around the system calls.

#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <sys/socket.h>

namespace tarn::net {

// Owns a file descriptor.
class UniqueFd {
  public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~UniqueFd();

    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }
    explicit operator bool() const { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;

    sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage); }
    const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// A literal IPv4 or IPv6 address (brackets allowed); nothing for a name.
std::optional<SocketAddress> parse_address(std::string literal, std::uint16_t port);

struct AddressText {
    std::string address;  // a v4-mapped IPv6 address as IPv4
    std::uint16_t port = 0;
};
AddressText to_text(const SocketAddress& address);

SocketAddress local_address(int fd);

// A bound, listening, non-blocking socket; accepted sockets inherit its TCP_NODELAY.  SO_REUSEADDR
// lets a restart take the port of connections in TIME_WAIT; SO_REUSEPORT is left off, so that a
// second process cannot take it. The error is an errno.
Result<UniqueFd, int> open_listener(const SocketAddress& address);

// A non-blocking stream socket with TCP_NODELAY; the error is an errno.
Result<UniqueFd, int> open_stream(int family);
void set_no_delay(int fd);

// The next close() resets the connection: the peer must not mistake the end for a whole answer.
void reset_on_close(int fd);

// A write to a connection that the peer has closed must be an error, not the end of the process.
// sendfile(2) and OpenSSL know no MSG_NOSIGNAL.  Leaves a handler that was set before.
void ignore_sigpipe();

}  // namespace tarn::net
