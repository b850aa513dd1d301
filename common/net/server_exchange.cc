#include "common/net/server_exchange.h"

#include "common/net/connection.h"
#include "common/net/server_loop.h"
#include "common/observe/log.h"

#include <array>
#include <chrono>

namespace tarn::net {
namespace {

// Holds nearly every head; a longer one, up to the limit, moves to a larger buffer.
constexpr std::size_t kInputBytes = 16UL * 1024;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

ServerExchange::ServerExchange(ServerLoop& loop) : loop_(loop), input_(kInputBytes) {}

void ServerExchange::reset() {
    connection_ = nullptr;
    input_.clear();
    if (input_.capacity() > kInputBytes) input_ = ReadBuffer(kInputBytes);
    searched_bytes_ = 0;
    used_bytes_ = 0;
    in_request_ = false;
    overflow_.clear();
    state_ = State::None;
    broken_ = false;
    pending_.clear();
}

ServerExchange::Found ServerExchange::find_request() {
    const std::string_view bytes = input_.data();
    const http::HeadLimits& limits = connection_->limits().head;

    const auto head_bytes = http::find_head_end(bytes, searched_bytes_);
    if (!head_bytes) {
        if (bytes.size() >= limits.head_bytes) return refuse(http::HeadError::HeadTooLarge);
        searched_bytes_ = bytes.size();
        return {};
    }
    const auto parsed = http::parse_request_head(bytes.substr(0, *head_bytes), limits, request_);
    if (!parsed) return refuse(parsed.error());

    used_bytes_ = *head_bytes;
    begin_request();
    return {.kind = Found::Kind::Request};
}

// Where a message ends can no longer be known, so nothing behind it is read (RFC 9112,
// section 11.2).
ServerExchange::Found ServerExchange::refuse(http::HeadError error) {
    input_.clear();
    request_.clear();
    request_.keep_alive = false;
    used_bytes_ = 0;
    begin_request();
    refused_ = true;
    return {.kind = Found::Kind::Refused, .error = error};
}

void ServerExchange::begin_request() {
    in_request_ = true;
    refused_ = false;
    searched_bytes_ = 0;
    body_.start(request_.framing);
    pace_ = {};
    continue_due_ = request_.expects_continue && request_.minor_version > 0 && !body_.done();
    state_ = State::None;
    length_.reset();
    sent_ = 0;
    head_unsent_ = no_body_ = chunked_ = broken_ = false;
    keep_alive_ = request_.keep_alive;
}

void ServerExchange::end_request() {
    in_request_ = false;
    input_.consume(used_bytes_);
    used_bytes_ = 0;
    if (!overflow_.empty()) {
        input_.append(overflow_);
        overflow_.clear();
    }
    pending_.clear();
}

bool ServerExchange::answer_now(Handler& handler) {
    answering_now_ = true;
    bool answered = false;
    try {
        answered = handler.handle_now(*this);
    } catch (const std::exception& error) {
        log_error("a request failed: {}", error.what());
        keep_alive_ = false;
        answered = true;
    }
    answering_now_ = false;
    return answered;
}

void ServerExchange::ensure_answered(int status) {
    if (state_ != State::None) return;
    keep_alive_ = false;
    head_.begin_response(status);
    respond({}, nullptr);
}

const Peer& ServerExchange::peer() const {
    return connection_->peer();
}

std::size_t ServerExchange::loop_index() const {
    return loop_.index();
}

// ---- the request's body ----

Task<Result<std::size_t, BodyError>> ServerExchange::read_body(std::span<char> buffer) {
    if (body_.done() || buffer.empty()) co_return std::size_t{0};
    if (has_more_input()) {
        continue_due_ = false;  // the client did not wait
        const auto taken = take_buffered(buffer);
        if (!taken || *taken > 0 || body_.done()) co_return taken;
    }
    // After the final answer has begun, 100 Continue would be taken for another answer.
    if (std::exchange(continue_due_, false) && !response_started()) {
        std::array parts{as_part(kContinue)};
        const bool sent =
            co_await connection_->send_all(parts, connection_->limits().write_timeout);
        if (!sent) co_return fail_body(BodyError::Truncated);
    }
    for (;;) {
        const IoResult read =
            connection_->transport().read(buffer.first(body_.receivable(buffer.size())));
        switch (read.status) {
            case IoStatus::Done: {
                const auto body_bytes = unframe(buffer.first(read.bytes));
                if (!body_bytes || *body_bytes > 0 || body_.done()) co_return body_bytes;
                break;
            }
            case IoStatus::WantRead:
            case IoStatus::WantWrite:
                if (!co_await wait_for_body(read.status)) {
                    co_return fail_body(connection_->timed_out() ? BodyError::TimedOut
                                                                 : BodyError::Truncated);
                }
                break;
            case IoStatus::End:
            case IoStatus::Failed:
                co_return fail_body(BodyError::Truncated);
        }
    }
}

std::unexpected<BodyError> ServerExchange::fail_body(BodyError error) {
    keep_alive_ = false;
    return fail(error);
}

Result<std::size_t, BodyError> ServerExchange::take_buffered(std::span<char> buffer) {
    std::string_view rest = input_.data().substr(used_bytes_);
    const auto taken = body_.take(rest, buffer);
    if (!taken) return fail_body(BodyError::Malformed);
    used_bytes_ = input_.data().size() - rest.size();
    return *taken;
}

Result<std::size_t, BodyError> ServerExchange::unframe(std::span<char> received) {
    std::string_view after;
    const auto body_bytes = body_.unframe(received, after);
    if (!body_bytes) return fail_body(BodyError::Malformed);
    overflow_.assign(after);

    // A span in which enough came is over; the next one starts.
    const ServerLimits& limits = connection_->limits();
    pace_.bytes += received.size();
    const auto grace_ms = static_cast<std::uint64_t>(limits.body_grace.count());
    if (pace_.bytes * 1000 >= limits.body_bytes_per_second * grace_ms) pace_ = {};
    return *body_bytes;
}

Task<bool> ServerExchange::wait_for_body(IoStatus want) {
    const ServerLimits& limits = connection_->limits();
    const Deadlines::Time start = loop_.deadlines().now();
    const auto left = std::max(limits.body_grace - pace_.waited, std::chrono::milliseconds(0));
    const bool ready = co_await connection_->wait(want, left);
    pace_.waited +=
        std::chrono::duration_cast<std::chrono::milliseconds>(loop_.deadlines().now() - start);
    co_return ready;
}

IoResult ServerExchange::discard_body(std::span<char> scratch) {
    if (has_more_input()) {
        const auto taken = take_buffered(scratch);
        if (!taken) return {IoStatus::Failed};
        return {IoStatus::Done, *taken};
    }
    const auto buffer = scratch.first(body_.receivable(scratch.size()));
    const IoResult read = connection_->transport().read(buffer);
    if (read.status == IoStatus::Done && !unframe(buffer.first(read.bytes))) {
        return {IoStatus::Failed};
    }
    return read;
}

}  // namespace tarn::net
