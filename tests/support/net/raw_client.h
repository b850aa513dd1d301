// A plain blocking client socket for tests that look at the bytes on the wire.

#pragma once

#include "common/net/socket.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace tarn::test {

struct RawResponse {
    std::string head;  // up to and including the empty line
    std::string body;
    int status = 0;
    // The value of a field, by its exact name; empty if absent.
    std::string field(const std::string& name) const {
        const std::size_t start = head.find("\r\n" + name + ": ");
        if (start == std::string::npos) return {};
        const std::size_t value = start + 2 + name.size() + 2;
        return head.substr(value, head.find("\r\n", value) - value);
    }
    bool has(const std::string& name) const { return head.contains("\r\n" + name + ": "); }
};

inline std::string put(std::string_view body, std::string_view extra_fields = "") {
    return "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(extra_fields) + "\r\n" + std::string(body);
}

class RawClient {
  public:
    // Not connected yet.
    RawClient() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0) : RawClient() {
        if (receive_buffer_bytes > 0) {
            ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                         sizeof(receive_buffer_bytes));
        }
        connect(port);
    }
    void connect(std::uint16_t port) {
        const auto address = net::parse_address("127.0.0.1", port);
        if (::connect(fd_.get(), address->data(), address->length) != 0) {
            throw std::runtime_error("cannot connect");
        }
        net::set_no_delay(fd_.get());
    }

    int fd() const { return fd_.get(); }
    std::uint16_t local_port() const { return net::to_text(net::local_address(fd())).port; }

    // False where the connection is gone.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void end_output() { ::shutdown(fd(), SHUT_WR); }

    // Reads until text occurs in what was read and not yet used, or the stream ends.
    bool read_until(std::string_view text) {
        while (!input_.contains(text)) {
            if (!read_some()) return false;
        }
        return true;
    }
    // The next count bytes; fewer where the stream ends.
    std::string read_bytes(std::size_t count) {
        while (input_.size() < count && read_some()) {
        }
        std::string bytes = input_.substr(0, count);
        input_.erase(0, bytes.size());
        return bytes;
    }
    std::string read_line() {
        if (!read_until("\r\n")) return {};
        std::string line = input_.substr(0, input_.find("\r\n"));
        input_.erase(0, line.size() + 2);
        return line;
    }
    // Everything up to the end of the stream.
    std::string read_all() {
        while (read_some()) {
        }
        return std::exchange(input_, {});
    }
    // Whether the server ends the connection (in an orderly way or not) without another byte.
    bool ends() { return input_.empty() && !read_some(); }
    // Whether nothing is there to be read now.
    bool is_silent() const {
        pollfd poll_fd{.fd = fd(), .events = POLLIN, .revents = 0};
        return input_.empty() && ::poll(&poll_fd, 1, 0) == 0;
    }

    std::string read_head() {
        if (!read_until("\r\n\r\n")) return {};
        return read_bytes(input_.find("\r\n\r\n") + 4);
    }
    // A response framed by Content-Length or chunks; without either, the rest of the stream.
    std::optional<RawResponse> read_response(bool to_head_request = false) {
        RawResponse response;
        response.head = read_head();
        if (!response.head.starts_with("HTTP/1.1 ")) return std::nullopt;
        response.status = std::stoi(response.head.substr(9, 3));
        if (to_head_request || response.status < 200 || response.status == 204 ||
            response.status == 304) {
            return response;
        }
        if (response.field("Transfer-Encoding") == "chunked") {
            for (;;) {
                const std::string size_line = read_line();
                if (size_line.empty()) return std::nullopt;
                const std::size_t size = std::stoul(size_line, nullptr, 16);
                response.body += read_bytes(size);
                if (read_line() != "" || (size > 0 && input_.empty() && !read_some())) {
                    return std::nullopt;
                }
                if (size == 0) return response;
            }
        }
        if (!response.has("Content-Length")) {
            response.body = read_all();
            return response;
        }
        const std::size_t length = std::stoul(response.field("Content-Length"));
        response.body = read_bytes(length);
        if (response.body.size() != length) return std::nullopt;
        return response;
    }
    std::optional<RawResponse> ask(std::string_view request, bool head_request = false) {
        if (!send(request)) return std::nullopt;
        return read_response(head_request);
    }

  private:
    bool read_some() {
        char buffer[64 * 1024];
        pollfd poll_fd{.fd = fd(), .events = POLLIN, .revents = 0};
        if (::poll(&poll_fd, 1, kPatienceMs) <= 0) {
            throw std::runtime_error("the server neither answers nor closes");
        }
        const ssize_t got = ::recv(fd(), buffer, sizeof(buffer), 0);
        if (got <= 0) return false;
        input_.append(buffer, static_cast<std::size_t>(got));
        return true;
    }

    static constexpr int kPatienceMs = 20'000;
    net::UniqueFd fd_;
    std::string input_;
};

}  // namespace tarn::test
