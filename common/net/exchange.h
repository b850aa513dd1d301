// One request and its response on a server connection.
//
// An exchange belongs to one loop and is used from its thread only.  Everything that it hands out
// as a view stays valid until handle() returns.

#pragma once

#include "common/base/result.h"
#include "common/http/head.h"
#include "common/http/head_builder.h"
#include "common/net/task.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tarn::net {

// The other end of a connection, and how it reached us.
struct Peer {
    std::string address;  // "127.0.0.1", "::1" (a v4-mapped address as v4)
    std::uint16_t port = 0;
    std::string local_address;  // the address it connected to
    std::uint16_t local_port = 0;
    bool tls = false;
    std::string tls_protocol;  // "TLSv1.3", empty without TLS
    std::string tls_cipher;
};

enum class BodyError : std::uint8_t {
    Malformed,  // bad chunk framing
    Truncated,  // the connection ended first
    TimedOut,   // slower than the minimum rate, or silent
};

class Exchange {
  public:
    virtual ~Exchange() = default;

    virtual const http::RequestHead& request() const = 0;
    virtual const Peer& peer() const = 0;
    // The loop's index, 0 .. loop count - 1: for state that is kept per loop.
    virtual std::size_t loop_index() const = 0;

    // ---- the request's body ----

    // Reads the next bytes of the body, framing removed; 0 at its end.  Sends 100 Continue first
    // where the client waits for it.  A body that is not read is drained (up to 64 KiB) or the
    // connection closed after the response.
    virtual Task<Result<std::size_t, BodyError>> read_body(std::span<char> buffer) = 0;
    // Whether the body has been read to its end.
    virtual bool body_finished() const = 0;

    // ---- the response: either respond(), or start() write()* finish() ----

    // A head builder whose storage is reused: begin_response() it first.
    virtual http::HeadBuilder& head() = 0;

    // Answers with a body in memory, in one gather write together with head().  Adds Content-Length
    // and, where due, Connection; body is not sent in answer to HEAD, its length is.  A status of
    // 1xx, 204 or 304 gets neither body nor length.  Never suspends: what the socket does not take
    // at once is sent after handle() returns, so body must outlive that: owner (if any) is kept
    // until it is sent, else body is copied where it is not in static storage.
    virtual void respond(std::string_view body, std::shared_ptr<const void> owner = nullptr) = 0;
    // As respond(), for an answer to HEAD (or 304) that states the length of a body not at hand.
    virtual void respond_without_body(std::optional<std::uint64_t> content_length) = 0;

    // Starts a streamed answer.  Without a length the body is chunked (HTTP/1.0: ended by close).
    // Each returns false once the connection is gone; the handler should then give up.
    virtual Task<bool> start(std::optional<std::uint64_t> content_length) = 0;
    // The head goes out together with the first bytes; an empty write() sends it at once.
    virtual Task<bool> write(std::string_view bytes) = 0;
    // As write(), with length bytes of the file from offset on: without a copy where the connection
    // is not encrypted (sendfile(2)).  False also where the file is shorter than that.
    virtual Task<bool> send_file(int fd, std::uint64_t offset, std::uint64_t length) = 0;
    virtual Task<bool> finish() = 0;

    // Closes the connection after this response; before finish() it cuts the answer short, so that
    // the client sees an error instead of wrong bytes.
    virtual void close() = 0;
    virtual bool response_started() const = 0;
    // Bytes of response body handed over so far, for logs.
    virtual std::uint64_t bytes_sent() const = 0;
};

// What a server does with requests.  Shared by all loops: implementations keep mutable state per
// loop or behind their own locks.
class Handler {
  public:
    virtual ~Handler() = default;
    // Answers without waiting where it can (a cache hit, a small object in memory): returns true
    // after respond().  Returning false must leave the exchange untouched.
    virtual bool handle_now(Exchange&) { return false; }
    // Answers.  An exception is logged, answered 500 if nothing was sent, and closes the
    // connection.
    virtual Task<> handle(Exchange& exchange) = 0;
    // The gate refused the request's head; exchange.request() is not usable.
    virtual void handle_refused(Exchange& exchange, http::HeadError error) = 0;
};

}  // namespace tarn::net
