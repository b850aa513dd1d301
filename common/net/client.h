// An HTTP/1.1 client with pooled connections, one per loop (not shared between threads).  Destroy
// it on its loop's thread, or when the loop has stopped.

#pragma once

#include "common/base/result.h"
#include "common/http/head.h"
#include "common/http/head_builder.h"
#include "common/net/task.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

namespace tarn::net {

class TlsClient;  // tls.h

// Whom to connect to.  Equal endpoints share pooled connections.
struct Endpoint {
    std::string host;  // a name or an address
    std::uint16_t port = 80;
    bool tls = false;
    std::string tls_name;  // SNI and the name to verify; host if empty

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct ClientTimeouts {
    std::chrono::milliseconds connect{10'000};
    std::chrono::milliseconds read{30'000};  // for the first byte, and between bytes
};

enum class ClientError : std::uint8_t { Dns, Connect, Tls, Timeout, Closed, Malformed };
std::string_view to_text(ClientError error);

// One request in flight.  Destroying it after the whole response was read returns the connection to
// the pool (if it may be kept alive), otherwise closes it.
class ClientExchange {
  public:
    virtual ~ClientExchange() = default;

    // More bytes of a request body announced by send()'s framing; the last call is end_body().
    virtual Task<Result<void, ClientError>> write_body(std::string_view bytes) = 0;
    virtual Task<Result<void, ClientError>> end_body() = 0;
    // Reads the response head (1xx heads are skipped).  It stays valid until the exchange ends.
    // Worth a try also after write_body() has failed: the server may have refused the body.
    virtual Task<Result<const http::ResponseHead*, ClientError>> read_head() = 0;
    // The next bytes of the response body, framing removed; 0 at its end.
    virtual Task<Result<std::size_t, ClientError>> read_body(std::span<char> buffer) = 0;
    // The rest of a body of known length where all of it came with the head, without a wait or a
    // copy; it counts as read, and stays valid until the exchange ends.  Else nothing: read_body().
    virtual std::optional<std::string_view> take_received_body() = 0;

    virtual std::chrono::microseconds connect_time() const = 0;  // 0 on a reused connection
    virtual bool reused() const = 0;
};

// How the request's body is framed.
struct RequestBody {
    enum class Kind : std::uint8_t { None, Bytes, Length, Chunked };
    Kind kind = Kind::None;
    std::string_view bytes;    // for Bytes: sent with the head
    std::uint64_t length = 0;  // for Length: follows by write_body()
};

class Client {
  public:
    // tls may be null: then Endpoint::tls is refused with ClientError::Tls.
    Client(boost::asio::io_context& loop, TlsClient* tls, std::size_t idle_per_endpoint = 64,
           std::chrono::seconds idle_timeout = std::chrono::seconds(30));
    ~Client();

    // Connects (or takes a pooled connection) and sends head (begin_request, fields with Host; the
    // framing fields are added here) and body.  A pooled connection that turns out dead before any
    // byte of the answer is replaced by a new one once, transparently, where the body is None or
    // Bytes and the method idempotent: a POST might be carried out twice (RFC 9112, section 9.3.1).
    // Of the arguments only body.bytes must outlive the task.
    Task<Result<std::unique_ptr<ClientExchange>, ClientError>> send(Endpoint endpoint,
                                                                    const http::HeadBuilder& head,
                                                                    http::Method method,
                                                                    const RequestBody& body,
                                                                    const ClientTimeouts& timeouts);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace tarn::net
