#include "common/net/client.h"

#include "common/http/chunked.h"
#include "common/net/body_reader.h"
#include "common/net/client_pool.h"
#include "common/net/tls.h"

#include <array>
#include <optional>

namespace tarn::net {
namespace {

constexpr http::HeadLimits kResponseLimits{.head_bytes = 32UL * 1024};
constexpr std::size_t kMinReadRoom = 4UL * 1024;

// RFC 9110, section 9.2.2.  A method that we do not know may do anything.
bool is_idempotent(http::Method method) {
    switch (method) {
        case http::Method::Get:
        case http::Method::Head:
        case http::Method::Put:
        case http::Method::Delete:
        case http::Method::Options:
            return true;
        case http::Method::Post:
        case http::Method::Patch:
        case http::Method::Other:
            break;
    }
    return false;
}

std::string request_text(const http::HeadBuilder& head, http::Method method,
                         const RequestBody& body) {
    constexpr std::string_view kLength = "Content-Length: ";
    std::string text;
    text.reserve(head.text().size() + 48);
    text = head.text();
    switch (body.kind) {
        case RequestBody::Kind::None:
            // RFC 9110, section 8.6: where the method would let one expect a body, say that none
            // comes.
            if (method == http::Method::Put || method == http::Method::Post ||
                method == http::Method::Patch) {
                text.append(kLength).append("0\r\n");
            }
            break;
        case RequestBody::Kind::Bytes:
            text.append(kLength).append(std::to_string(body.bytes.size())).append("\r\n");
            break;
        case RequestBody::Kind::Length:
            text.append(kLength).append(std::to_string(body.length)).append("\r\n");
            break;
        case RequestBody::Kind::Chunked:
            text.append("Transfer-Encoding: chunked\r\n");
            break;
    }
    text.append("\r\n");
    return text;
}

using Sent = Result<void, ClientError>;

}  // namespace

struct Client::State : ClientPool {
    using ClientPool::ClientPool;
};

namespace {

// Keeps the request while it might have to be sent again.
class PooledExchange final : public ClientExchange {
  public:
    PooledExchange(std::shared_ptr<ClientPool> pool, std::string request, http::Method method,
                   const RequestBody& body, const ClientTimeouts& timeouts)
        : pool_(std::move(pool)),
          timeouts_(timeouts),
          request_(std::move(request)),
          method_(method),
          body_kind_(body.kind),
          body_left_(body.kind == RequestBody::Kind::Length ? body.length : 0),
          body_sent_(body.kind == RequestBody::Kind::None ||
                     body.kind == RequestBody::Kind::Bytes) {}
    ~PooledExchange() override;

    // Connects, or takes an idle connection, and sends the head and what there is of the body.
    Task<Sent> open(const Endpoint& endpoint, std::string_view body);

    Task<Sent> write_body(std::string_view bytes) override;
    Task<Sent> end_body() override;
    Task<Result<const http::ResponseHead*, ClientError>> read_head() override;
    Task<Result<std::size_t, ClientError>> read_body(std::span<char> buffer) override;
    std::optional<std::string_view> take_received_body() override;
    std::chrono::microseconds connect_time() const override { return connect_time_; }
    bool reused() const override { return reused_; }

  private:
    Task<Sent> connect(Endpoint endpoint);
    Task<Sent> replace_connection();
    bool may_replace() const;
    Task<Sent> send(std::span<iovec> parts);
    std::optional<Result<std::size_t, ClientError>> receive_now(std::span<char> buffer);
    Task<Result<std::size_t, ClientError>> receive(std::span<char> buffer);
    Task<Sent> receive_head();
    Result<bool, ClientError> parse_head();
    bool may_reuse() const;
    ClientError why_not() const {
        return connection_->timed_out() ? ClientError::Timeout : ClientError::Closed;
    }

    std::shared_ptr<ClientPool> pool_;
    std::unique_ptr<ClientConnection> connection_;
    ClientTimeouts timeouts_;
    std::chrono::microseconds connect_time_{0};
    bool reused_ = false;

    std::string request_;    // the head; empty once it cannot be needed again
    std::string body_copy_;  // of a Bytes body that may have to be sent again
    http::Method method_;
    RequestBody::Kind body_kind_;
    std::uint64_t body_left_;  // of a Length body
    bool body_sent_;
    bool send_failed_ = false;

    std::unique_ptr<ReadBuffer> input_;  // the response's head, and what came with it
    std::size_t searched_bytes_ = 0;
    std::size_t used_bytes_ = 0;
    IoStatus wanted_ = IoStatus::WantRead;  // by the last receive_now() that found nothing
    bool answer_begun_ = false;             // a byte of it has come
    bool head_read_ = false;
    bool extra_input_ = false;  // something follows the response
    http::ResponseHead head_;
    BodyReader body_;
};

PooledExchange::~PooledExchange() {
    if (connection_ && may_reuse()) pool_->put(std::move(connection_));
    if (input_) pool_->put_buffer(std::move(input_));
}

bool PooledExchange::may_reuse() const {
    return head_read_ && body_.done() && head_.keep_alive && body_sent_ && !send_failed_ &&
           !extra_input_ && input_->data().size() == used_bytes_ &&
           head_.framing.kind != http::BodyFraming::Kind::UntilClose && !connection_->aborted();
}

// ---- sending ----

Task<Sent> PooledExchange::open(const Endpoint& endpoint, std::string_view body) {
    connection_ = pool_->take(endpoint);
    reused_ = connection_ != nullptr;
    if (!reused_) {
        if (const auto connected = co_await connect(endpoint); !connected) co_return connected;
    } else if (may_replace()) {
        body_copy_ = body;
    }
    std::array storage{as_part(request_), as_part(body)};
    std::span<iovec> parts(storage.data(), body.empty() ? 1 : 2);
    Sent sent;
    // Nearly always the socket takes it all: then there is nothing to suspend for.
    if (connection_->send(parts) != IoStatus::Done) sent = co_await send(parts);
    if (!sent && may_replace()) co_return co_await replace_connection();
    if (sent || sent.error() == ClientError::Timeout) co_return sent;
    send_failed_ = true;  // perhaps there is an answer nevertheless
    co_return Sent();
}

Task<Sent> PooledExchange::connect(Endpoint endpoint) {
    const auto start = std::chrono::steady_clock::now();
    auto connected = co_await pool_->connect(std::move(endpoint), timeouts_.connect);
    if (!connected) co_return fail(connected.error());
    connection_ = *std::move(connected);
    connect_time_ = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - start);
    co_return Sent();
}

bool PooledExchange::may_replace() const {
    const bool body_at_hand =
        body_kind_ == RequestBody::Kind::None || body_kind_ == RequestBody::Kind::Bytes;
    return reused_ && body_at_hand && is_idempotent(method_) && !answer_begun_ &&
           !connection_->timed_out();
}

// The server has closed the idle connection while the request was on its way.
Task<Sent> PooledExchange::replace_connection() {
    Endpoint endpoint = connection_->endpoint();
    connection_.reset();
    reused_ = false;
    if (const auto connected = co_await connect(std::move(endpoint)); !connected) {
        co_return connected;
    }
    std::array parts{as_part(request_), as_part(body_copy_)};
    co_return co_await send(parts);
}

Task<Sent> PooledExchange::send(std::span<iovec> parts) {
    if (!connection_) co_return fail(ClientError::Closed);
    if (!co_await connection_->send_all(parts, timeouts_.read)) co_return fail(why_not());
    co_return Sent();
}

Task<Sent> PooledExchange::write_body(std::string_view bytes) {
    if (bytes.empty()) co_return Sent();
    std::string prefix;
    std::array<iovec, 3> parts;
    std::size_t count = 0;
    if (body_kind_ == RequestBody::Kind::Chunked) {
        prefix = http::chunk_prefix(bytes.size());
        parts[count++] = as_part(prefix);
        parts[count++] = as_part(bytes);
        parts[count++] = as_part(http::kChunkEnd);
    } else {
        if (bytes.size() > body_left_) co_return fail(ClientError::Malformed);
        body_left_ -= bytes.size();
        parts[count++] = as_part(bytes);
    }
    const auto sent = co_await send(std::span(parts.data(), count));
    if (!sent) send_failed_ = true;
    co_return sent;
}

Task<Sent> PooledExchange::end_body() {
    if (std::exchange(body_sent_, true)) co_return Sent();
    if (body_kind_ != RequestBody::Kind::Chunked) {
        if (body_left_ == 0) co_return Sent();
        send_failed_ = true;
        co_return fail(ClientError::Malformed);
    }
    std::array parts{as_part(http::kLastChunk)};
    const auto sent = co_await send(parts);
    if (!sent) send_failed_ = true;
    co_return sent;
}

// ---- receiving ----

// Nothing where there is nothing to read yet.
std::optional<Result<std::size_t, ClientError>> PooledExchange::receive_now(
    std::span<char> buffer) {
    const IoResult read = connection_->transport().read(buffer);
    switch (read.status) {
        case IoStatus::Done:
            answer_begun_ = true;
            return read.bytes;
        case IoStatus::WantRead:
        case IoStatus::WantWrite:
            wanted_ = read.status;
            return std::nullopt;
        case IoStatus::End:
            return std::size_t{0};
        case IoStatus::Failed:
            break;
    }
    return fail(ClientError::Closed);
}

Task<Result<std::size_t, ClientError>> PooledExchange::receive(std::span<char> buffer) {
    for (;;) {
        if (const auto received = receive_now(buffer)) co_return *received;
        if (!co_await connection_->wait(wanted_, timeouts_.read)) co_return fail(why_not());
    }
}

Task<Result<const http::ResponseHead*, ClientError>> PooledExchange::read_head() {
    if (head_read_) co_return &head_;
    if (!connection_) co_return fail(ClientError::Closed);
    auto received = co_await receive_head();
    if (!received && received.error() == ClientError::Closed && may_replace()) {
        if (const auto sent = co_await replace_connection(); !sent) co_return fail(sent.error());
        received = co_await receive_head();
    }
    if (!received) co_return fail(received.error());
    head_read_ = true;
    body_.start(head_.framing);
    co_return &head_;
}

Task<Sent> PooledExchange::receive_head() {
    if (!input_) input_ = pool_->take_buffer();
    for (;;) {
        if (!input_->empty()) {
            const auto parsed = parse_head();
            if (!parsed) co_return fail(parsed.error());
            if (*parsed) co_return Sent();
        }
        // The request has only just gone out, so there is nothing to read yet.
        if (!answer_begun_ && !co_await connection_->wait(IoStatus::WantRead, timeouts_.read)) {
            co_return fail(why_not());
        }
        const std::span<char> room = input_->room(kMinReadRoom);
        auto received = receive_now(room);
        if (!received) received = co_await receive(room);
        if (!*received) co_return fail(received->error());
        if (**received == 0) co_return fail(ClientError::Closed);
        input_->commit(**received);
    }
}

// Whether the head of the final response is there.
Result<bool, ClientError> PooledExchange::parse_head() {
    for (;;) {
        const std::string_view bytes = input_->data();
        const auto size = http::find_head_end(bytes, searched_bytes_);
        if (!size) {
            if (bytes.size() >= kResponseLimits.head_bytes) return fail(ClientError::Malformed);
            searched_bytes_ = bytes.size();
            return false;
        }
        searched_bytes_ = 0;
        const auto parsed =
            http::parse_response_head(bytes.substr(0, *size), kResponseLimits, method_, head_);
        // We never ask for another protocol.
        if (!parsed || head_.status == 101) return fail(ClientError::Malformed);
        if (head_.status >= 200) {
            used_bytes_ = *size;
            return true;
        }
        input_->consume(*size);
        if (input_->empty()) return false;
    }
}

Task<Result<std::size_t, ClientError>> PooledExchange::read_body(std::span<char> buffer) {
    if (!head_read_) co_return fail(ClientError::Closed);
    if (body_.done() || buffer.empty()) co_return std::size_t{0};
    if (used_bytes_ < input_->data().size()) {
        std::string_view rest = input_->data().substr(used_bytes_);
        const auto taken = body_.take(rest, buffer);
        if (!taken) co_return fail(ClientError::Malformed);
        used_bytes_ = input_->data().size() - rest.size();
        if (*taken > 0 || body_.done()) co_return *taken;
    }
    for (;;) {
        const auto space = buffer.first(body_.receivable(buffer.size()));
        const auto received = co_await receive(space);
        if (!received) co_return fail(received.error());
        if (*received == 0) {
            if (body_.end_of_stream()) co_return std::size_t{0};
            co_return fail(ClientError::Closed);
        }
        std::string_view after;
        const auto body_bytes = body_.unframe(space.first(*received), after);
        if (!body_bytes) co_return fail(ClientError::Malformed);
        if (!after.empty()) extra_input_ = true;
        if (*body_bytes > 0 || body_.done()) co_return *body_bytes;
    }
}

std::optional<std::string_view> PooledExchange::take_received_body() {
    if (!head_read_) return std::nullopt;
    std::string_view rest = input_->data().substr(used_bytes_);
    const auto body = body_.take_whole(rest);
    used_bytes_ = input_->data().size() - rest.size();
    return body;
}

Task<Result<std::unique_ptr<ClientExchange>, ClientError>> open_exchange(
    std::unique_ptr<PooledExchange> exchange, Endpoint endpoint, std::string_view body) {
    if (const auto sent = co_await exchange->open(endpoint, body); !sent) {
        co_return fail(sent.error());
    }
    co_return exchange;
}

}  // namespace

// ---- Client ----

std::string_view to_text(ClientError error) {
    switch (error) {
        case ClientError::Dns:
            return "the name cannot be resolved";
        case ClientError::Connect:
            return "the connection was refused";
        case ClientError::Tls:
            return "the TLS handshake failed";
        case ClientError::Timeout:
            return "no answer in time";
        case ClientError::Closed:
            return "the connection was closed";
        case ClientError::Malformed:
            return "the answer is malformed";
    }
    return "unknown";
}

Client::Client(boost::asio::io_context& loop, TlsClient* tls, std::size_t idle_per_endpoint,
               std::chrono::seconds idle_timeout)
    : state_(std::make_shared<State>(loop, tls != nullptr ? tls->context() : nullptr,
                                     idle_per_endpoint, idle_timeout)) {}

Client::~Client() {
    state_->close();
}

Task<Result<std::unique_ptr<ClientExchange>, ClientError>> Client::send(
    Endpoint endpoint, const http::HeadBuilder& head, http::Method method, const RequestBody& body,
    const ClientTimeouts& timeouts) {
    auto exchange = std::make_unique<PooledExchange>(state_, request_text(head, method, body),
                                                     method, body, timeouts);
    return open_exchange(std::move(exchange), std::move(endpoint), body.bytes);
}

}  // namespace tarn::net
