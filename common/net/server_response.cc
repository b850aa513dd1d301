// The response side of ServerExchange.

#include "common/base/check.h"
#include "common/http/chunked.h"
#include "common/net/connection.h"
#include "common/net/server_exchange.h"
#include "common/net/server_loop.h"

#include <algorithm>
#include <array>

namespace tarn::net {
namespace {

// Answers to pipelined requests are gathered up to this.
constexpr std::size_t kMaxBatchBytes = 64UL * 1024;
constexpr std::size_t kFileBurstBytes = 1024UL * 1024;

bool is_unusable(IoStatus status) {
    return status == IoStatus::End || status == IoStatus::Failed;
}

std::size_t total_bytes(std::span<const iovec> parts) {
    std::size_t total = 0;
    for (const iovec& part : parts)
        total += part.iov_len;
    return total;
}

}  // namespace

void ServerExchange::Pending::drop(std::size_t byte_count) {
    const std::size_t of_text = std::min(byte_count, text.size() - text_sent);
    text_sent += of_text;
    body.remove_prefix(byte_count - of_text);
    if (empty()) clear();
}

void ServerExchange::Pending::clear() {
    text.clear();
    text_sent = 0;
    body = {};
    owner.reset();
}

// RFC 9110, sections 15.2, 15.3.5 and 15.4.5.
bool ServerExchange::status_has_no_body() const {
    return head_.status() < 200 || head_.status() == 204 || head_.status() == 304;
}

// Adds what says where the message and the connection end.
void ServerExchange::end_head(std::optional<std::uint64_t> content_length) {
    CHECK(state_ == State::None);
    if (content_length) head_.add("Content-Length", *content_length);
    if (!body_.done()) {
        // Whether a client that still waits for 100 Continue will send the body cannot be known.
        const bool unanswered_expect = continue_due_ && !has_more_input();
        if (unanswered_expect || body_.remaining() > kMaxDiscardedBody) keep_alive_ = false;
    }
    if (connection_->is_closing()) keep_alive_ = false;
    if (!keep_alive_) {
        head_.add_raw("Connection: close\r\n");
    } else if (request_.minor_version == 0) {
        head_.add_raw("Connection: keep-alive\r\n");
    }
    head_.add_raw("\r\n");
}

// ---- an answer in memory ----

void ServerExchange::respond(std::string_view body, std::shared_ptr<const void> owner) {
    const bool no_body = status_has_no_body();
    end_head(no_body ? std::nullopt : std::optional<std::uint64_t>(body.size()));
    if (no_body || request_.method == http::Method::Head) body = {};
    state_ = State::Complete;
    sent_ = body.size();
    send_now(body, std::move(owner));
}

void ServerExchange::respond_without_body(std::optional<std::uint64_t> content_length) {
    end_head(content_length);
    state_ = State::Complete;
    send_now({}, nullptr);
}

void ServerExchange::send_now(std::string_view body, std::shared_ptr<const void> owner) {
    const std::string& head = head_.text();
    std::string& batch = loop_.batch();
    const bool more_follows = answering_now_ && keep_alive_ && body_.done() && has_more_input();
    if (more_follows && batch.size() + head.size() + body.size() <= kMaxBatchBytes) {
        batch.append(head).append(body);
        return;
    }
    std::array storage{as_part(batch), as_part(head), as_part(body)};
    std::span<iovec> parts(storage.data(), body.empty() ? 2 : 3);
    const IoStatus status = connection_->send(parts);
    if (is_unusable(status)) {
        broken_ = true;
    } else if (status != IoStatus::Done) {
        keep_unsent(parts, !body.empty(), std::move(owner));
    }
    batch.clear();
}

void ServerExchange::keep_unsent(std::span<const iovec> parts, bool last_is_body,
                                 std::shared_ptr<const void> owner) {
    CHECK(pending_.empty());
    CHECK(!parts.empty());
    pending_.clear();
    if (last_is_body && owner) {
        pending_.body = {static_cast<const char*>(parts.back().iov_base), parts.back().iov_len};
        pending_.owner = std::move(owner);
        parts = parts.first(parts.size() - 1);
    }
    pending_.text.reserve(total_bytes(parts));
    for (const iovec& part : parts)
        pending_.text.append(static_cast<const char*>(part.iov_base), part.iov_len);
}

IoStatus ServerExchange::send_batch() {
    std::string& batch = loop_.batch();
    if (batch.empty()) return IoStatus::Done;
    std::array storage{as_part(batch)};
    std::span<iovec> parts(storage);
    const IoStatus status = connection_->send(parts);
    if (status != IoStatus::Done && !is_unusable(status)) keep_unsent(parts, false, nullptr);
    batch.clear();
    return status;
}

IoStatus ServerExchange::send_pending() {
    std::array storage{as_part(std::string_view(pending_.text).substr(pending_.text_sent)),
                       as_part(pending_.body)};
    std::span<iovec> parts(storage);
    const std::size_t before = total_bytes(parts);
    const IoStatus status = connection_->send(parts);
    pending_.drop(before - total_bytes(parts));
    return status;
}

Task<bool> ServerExchange::send_pending_output() {
    while (has_pending_output()) {
        const IoStatus status = send_pending();
        if (status == IoStatus::Done) break;
        if (is_unusable(status)) co_return false;
        if (!co_await connection_->wait(status, connection_->limits().write_timeout)) {
            co_return false;
        }
    }
    co_return true;
}

// ---- a streamed answer ----

Task<bool> ServerExchange::start(std::optional<std::uint64_t> content_length) {
    const bool no_length = status_has_no_body() && head_.status() != 304;
    if (no_length) content_length.reset();
    no_body_ = status_has_no_body() || request_.method == http::Method::Head;
    length_ = content_length;
    chunked_ = !length_ && !status_has_no_body() && request_.minor_version > 0;
    if (chunked_) head_.add_raw("Transfer-Encoding: chunked\r\n");
    if (!length_ && !chunked_ && !no_body_) keep_alive_ = false;  // ended by the connection's end
    end_head(length_);
    state_ = State::Streaming;
    head_unsent_ = true;
    co_return true;
}

// Whether byte_count more bytes keep to the length that start() has promised.
bool ServerExchange::promise(std::uint64_t byte_count) {
    if (state_ != State::Streaming || broken_) return false;
    if (length_ && !no_body_ && byte_count > *length_ - sent_) {
        broken_ = true;
        return false;
    }
    return true;
}

Task<bool> ServerExchange::stream(std::span<iovec> parts) {
    const bool sent = co_await connection_->send_all(parts, connection_->limits().write_timeout);
    head_unsent_ = false;
    if (!sent) broken_ = true;
    co_return sent;
}

Task<bool> ServerExchange::write(std::string_view bytes) {
    if (!promise(bytes.size())) co_return false;
    if (no_body_) bytes = {};
    sent_ += bytes.size();

    std::string prefix;
    std::array<iovec, 4> parts;
    std::size_t count = 0;
    if (head_unsent_) parts[count++] = as_part(head_.text());
    if (chunked_ && !bytes.empty()) {
        prefix = http::chunk_prefix(bytes.size());
        parts[count++] = as_part(prefix);
    }
    if (!bytes.empty()) parts[count++] = as_part(bytes);
    if (chunked_ && !bytes.empty()) parts[count++] = as_part(http::kChunkEnd);
    if (count == 0) co_return true;
    co_return co_await stream(std::span(parts.data(), count));
}

Task<bool> ServerExchange::send_file(int fd, std::uint64_t offset, std::uint64_t length) {
    if (!promise(length)) co_return false;
    if (no_body_) length = 0;
    if (length == 0) co_return co_await write({});

    std::string prefix;
    std::array<iovec, 2> parts;
    std::size_t count = 0;
    if (head_unsent_) parts[count++] = as_part(head_.text());
    if (chunked_) {
        prefix = http::chunk_prefix(length);
        parts[count++] = as_part(prefix);
    }
    if (count > 0 && !co_await stream(std::span(parts.data(), count))) co_return false;
    if (!co_await copy_file(fd, offset, length)) {
        broken_ = true;
        co_return false;
    }
    if (!chunked_) co_return true;
    parts[0] = as_part(http::kChunkEnd);
    co_return co_await stream(std::span(parts.data(), 1));
}

Task<bool> ServerExchange::copy_file(int fd, std::uint64_t offset, std::uint64_t length) {
    const auto timeout = connection_->limits().write_timeout;
    std::size_t burst = 0;
    while (length > 0) {
        IoResult result{IoStatus::WantWrite};
        if (burst >= kFileBurstBytes) {
            connection_->yield(IoStatus::WantWrite);
        } else {
            const auto size =
                static_cast<std::size_t>(std::min<std::uint64_t>(length, kFileBurstBytes));
            result = connection_->transport().send_file(fd, offset, size);
        }
        switch (result.status) {
            case IoStatus::Done:
                if (result.bytes == 0) co_return false;  // the file is shorter
                offset += result.bytes;
                length -= result.bytes;
                sent_ += result.bytes;
                burst += result.bytes;
                break;
            case IoStatus::WantRead:
            case IoStatus::WantWrite:
                if (!co_await connection_->wait(result.status, timeout)) co_return false;
                burst = 0;
                break;
            case IoStatus::End:
            case IoStatus::Failed:
                co_return false;
        }
    }
    co_return true;
}

Task<bool> ServerExchange::finish() {
    if (state_ != State::Streaming || broken_) co_return false;
    if (length_ && !no_body_ && sent_ != *length_) {
        broken_ = true;
        co_return false;
    }
    std::array<iovec, 2> parts;
    std::size_t count = 0;
    if (head_unsent_) parts[count++] = as_part(head_.text());
    if (chunked_ && !no_body_) parts[count++] = as_part(http::kLastChunk);
    if (count > 0 && !co_await stream(std::span(parts.data(), count))) co_return false;
    state_ = State::Complete;
    co_return true;
}

void ServerExchange::close() {
    keep_alive_ = false;
    if (state_ == State::Streaming) broken_ = true;
}

}  // namespace tarn::net
