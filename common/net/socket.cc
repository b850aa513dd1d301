#include "common/net/socket.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

namespace tarn::net {
namespace {

constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

}  // namespace

UniqueFd::~UniqueFd() {
    if (fd_ >= 0) ::close(fd_);
}

std::optional<SocketAddress> parse_address(std::string literal, std::uint16_t port) {
    if (literal.size() > 2 && literal.front() == '[' && literal.back() == ']') {
        literal = literal.substr(1, literal.size() - 2);
    }
    SocketAddress address;
    sockaddr_in v4{};
    if (::inet_pton(AF_INET, literal.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&address.storage, &v4, sizeof(v4));
        address.length = sizeof(v4);
        return address;
    }
    sockaddr_in6 v6{};
    if (::inet_pton(AF_INET6, literal.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        std::memcpy(&address.storage, &v6, sizeof(v6));
        address.length = sizeof(v6);
        return address;
    }
    return std::nullopt;
}

AddressText to_text(const SocketAddress& address) {
    AddressText text;
    char buffer[INET6_ADDRSTRLEN] = {};
    if (address.storage.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address.storage, sizeof(v4));
        ::inet_ntop(AF_INET, &v4.sin_addr, buffer, sizeof(buffer));
        text.port = ntohs(v4.sin_port);
    } else if (address.storage.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address.storage, sizeof(v6));
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
            ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], buffer, sizeof(buffer));
        } else {
            ::inet_ntop(AF_INET6, &v6.sin6_addr, buffer, sizeof(buffer));
        }
        text.port = ntohs(v6.sin6_port);
    }
    text.address = buffer;
    return text;
}

SocketAddress local_address(int fd) {
    SocketAddress address;
    address.length = sizeof(address.storage);
    if (::getsockname(fd, address.data(), &address.length) != 0) address.length = 0;
    return address;
}

Result<UniqueFd, int> open_listener(const SocketAddress& address) {
    UniqueFd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return fail(errno);
    const int on = 1;
    if (::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) return fail(errno);
    if (::bind(fd.get(), address.data(), address.length) != 0) return fail(errno);
    set_no_delay(fd.get());
    if (::listen(fd.get(), kBacklog) != 0) return fail(errno);
    return fd;
}

Result<UniqueFd, int> open_stream(int family) {
    UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return fail(errno);
    set_no_delay(fd.get());
    return fd;
}

void set_no_delay(int fd) {
    const int on = 1;
    (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

void reset_on_close(int fd) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    (void)::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

void ignore_sigpipe() {
    struct sigaction current{};
    if (::sigaction(SIGPIPE, nullptr, &current) != 0 || current.sa_handler != SIG_DFL) return;
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    (void)::sigaction(SIGPIPE, &ignore, nullptr);
}

}  // namespace tarn::net
