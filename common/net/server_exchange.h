// Exchange over a server connection: the storage and the state of one request at a time.

#pragma once

#include "common/net/body_reader.h"
#include "common/net/deadlines.h"
#include "common/net/exchange.h"
#include "common/net/read_buffer.h"
#include "common/net/transport.h"

#include <memory>
#include <string>

namespace tarn::net {

class Connection;
class ServerLoop;

// An answered request's body up to this is read and dropped to keep the connection.
inline constexpr std::size_t kMaxDiscardedBody = 64UL * 1024;

class ServerExchange final : public Exchange {
  public:
    explicit ServerExchange(ServerLoop& loop);

    // ---- the connection's side ----

    void attach(Connection& connection) { connection_ = &connection; }
    // Forgets everything, for use by another connection.
    void reset();

    ReadBuffer& input() { return input_; }
    struct Found {
        enum class Kind : std::uint8_t { Incomplete, Request, Refused };
        Kind kind = Kind::Incomplete;
        http::HeadError error = http::HeadError::Malformed;  // for Refused
    };
    // Looks for a whole head at the front of input and starts the request.
    Found find_request();
    // Drops the request; what follows it in input is the next one.
    void end_request();
    bool has_request() const { return in_request_; }

    bool answer_now(Handler& handler);
    // Answers 500 (or status_of a refusal) where the handler did not.
    void ensure_answered(int status);
    // The answer broke off: the connection cannot be used any more.
    bool is_cut() const { return broken_ || state_ == State::Streaming; }
    // The client would take the end of the connection for the end of the answer.
    bool ends_by_close() const { return state_ == State::Streaming && !chunked_ && !length_; }
    bool keep_alive() const { return keep_alive_; }
    // Whether the client may be sending something that nobody will read.
    bool may_get_more_input() const {
        return refused_ || broken_ || !body_.done() || has_more_input();
    }

    bool has_pending_output() const { return !pending_.empty(); }
    IoStatus send_pending();
    // Sends the answers gathered in the loop's batch.
    IoStatus send_batch();
    Task<bool> send_pending_output();
    // Reads some of the request's body for nobody.
    IoResult discard_body(std::span<char> scratch);

    // ---- Exchange ----

    const http::RequestHead& request() const override { return request_; }
    const Peer& peer() const override;
    std::size_t loop_index() const override;

    Task<Result<std::size_t, BodyError>> read_body(std::span<char> buffer) override;
    bool body_finished() const override { return body_.done(); }

    http::HeadBuilder& head() override { return head_; }
    void respond(std::string_view body, std::shared_ptr<const void> owner) override;
    void respond_without_body(std::optional<std::uint64_t> content_length) override;
    Task<bool> start(std::optional<std::uint64_t> content_length) override;
    Task<bool> write(std::string_view bytes) override;
    Task<bool> send_file(int fd, std::uint64_t offset, std::uint64_t length) override;
    Task<bool> finish() override;
    void close() override;
    bool response_started() const override { return state_ != State::None; }
    std::uint64_t bytes_sent() const override { return sent_; }

  private:
    enum class State : std::uint8_t { None, Streaming, Complete };

    // Output that the socket did not take: text first, then body.
    struct Pending {
        std::string text;
        std::size_t text_sent = 0;
        std::string_view body;
        std::shared_ptr<const void> owner;

        bool empty() const { return text_sent == text.size() && body.empty(); }
        void drop(std::size_t byte_count);
        void clear();
    };

    // Time spent waiting for a body, and what came in it.
    struct BodyPace {
        std::chrono::milliseconds waited{0};
        std::uint64_t bytes = 0;
    };

    bool has_more_input() const { return input_.data().size() > used_bytes_; }
    Found refuse(http::HeadError error);
    void begin_request();
    void end_head(std::optional<std::uint64_t> content_length);
    void send_now(std::string_view body, std::shared_ptr<const void> owner);
    void keep_unsent(std::span<const iovec> parts, bool last_is_body,
                     std::shared_ptr<const void> owner);
    bool status_has_no_body() const;
    bool promise(std::uint64_t byte_count);
    Task<bool> stream(std::span<iovec> parts);
    Task<bool> copy_file(int fd, std::uint64_t offset, std::uint64_t length);

    Result<std::size_t, BodyError> take_buffered(std::span<char> buffer);
    Result<std::size_t, BodyError> unframe(std::span<char> received);
    Task<bool> wait_for_body(IoStatus want);
    std::unexpected<BodyError> fail_body(BodyError error);

    ServerLoop& loop_;
    Connection* connection_ = nullptr;

    ReadBuffer input_;
    std::size_t searched_bytes_ = 0;  // of an incomplete head
    std::size_t used_bytes_ = 0;      // of input: the head, and what was taken of the body
    bool in_request_ = false;
    bool refused_ = false;
    std::string overflow_;  // what came behind the body, straight into a caller's buffer

    http::RequestHead request_;
    BodyReader body_;
    BodyPace pace_;
    bool continue_due_ = false;

    http::HeadBuilder head_;
    State state_ = State::None;
    std::optional<std::uint64_t> length_;  // promised by start()
    std::uint64_t sent_ = 0;
    bool head_unsent_ = false;
    bool no_body_ = false;  // a streamed answer without a body: HEAD, 204, 304
    bool chunked_ = false;
    bool keep_alive_ = true;
    bool broken_ = false;
    bool answering_now_ = false;
    Pending pending_;
};

}  // namespace tarn::net
