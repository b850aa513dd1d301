#include "edge/cache/fill.h"

#include "edge/cache/suspend.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace tarn::edge {
namespace {

constexpr std::size_t kDrainBytes = 64 * 1024;
constexpr std::size_t kPieceBytes = 64 * 1024;

// Copies bytes into the chunks from offset on.
void append(ChunkedBody& body, std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
        const std::span<char> space = body.space(offset);
        const std::size_t count = std::min(space.size(), bytes.size());
        std::memcpy(space.data(), bytes.data(), count);
        body.commit(offset, count);
        offset += count;
        bytes.remove_prefix(count);
    }
}

std::string copy_of(const ChunkedBody& body, std::uint64_t size) {
    std::string bytes;
    bytes.reserve(size);
    while (bytes.size() < size)
        bytes += body.read(bytes.size()).bytes;
    return bytes;
}

// The entry to be kept: one of unknown size was given whole chunks while it came.
EntryPtr compacted(const EntryPtr& entry, std::uint64_t size) {
    if (size >= kChunkBytes) return entry;
    EntryParts parts = entry->parts();
    const std::string body = copy_of(*entry->chunks(), size);
    return make_whole_entry(std::move(parts), body);
}

// Reads the next piece of the origin's body into the chunks, at most up to end; the count of body
// bytes read, 0 at its end.  offset is moved on by what was stored.
net::Task<Result<std::size_t, net::ClientError>> read_piece(net::ClientExchange& exchange,
                                                            ChunkedBody& body,
                                                            std::uint64_t& offset,
                                                            std::uint64_t end = UINT64_MAX) {
    const std::span<char> space = body.space(offset);
    const std::size_t most = std::min<std::uint64_t>(space.size(), end - offset);
    const auto count = co_await exchange.read_body(space.first(most));
    if (count && *count > 0) {
        body.commit(offset, *count);
        offset += *count;
    }
    co_return count;
}

// As read_piece, through a compressor.
net::Task<Result<std::size_t, net::ClientError>> read_compressed(net::ClientExchange& exchange,
                                                                 Compressor& compressor,
                                                                 ChunkedBody& body,
                                                                 std::uint64_t& offset) {
    std::string piece(kPieceBytes, '\0');
    const auto count = co_await exchange.read_body(piece);
    if (!count) co_return count;
    std::string out;
    if (*count > 0) {
        compressor.update(std::string_view(piece).substr(0, *count), out);
    } else {
        compressor.finish(out);
    }
    append(body, offset, out);
    offset += out.size();
    co_return count;
}

// How far a stream that cannot be kept runs ahead of its slowest reader.
constexpr std::uint64_t kMaxLead = 16 * kChunkBytes;

// A stream of unknown length that has grown too large to keep is passed on like a pipe: nobody
// joins any more, what all have read is let go, and the origin is read no faster than the viewers
// read.
net::Task<> hold_back(StreamFill& fill, std::uint64_t offset) {
    fill.engine.flights().finish(fill.flight);
    ChunkedBody& body = *fill.entry->chunks();
    while (fill.flight->reader_count() > 0) {
        const ChunkedBody::Progress progress = body.progress();
        // Who waits but has not begun to read will read from the start.
        const std::uint64_t slowest =
            progress.slowest == UINT64_MAX ? 0 : std::min(progress.slowest, offset);
        body.discard_before(slowest);
        if (offset - slowest < kMaxLead) co_return;
        co_await suspend_until(
            [&](auto wake) { body.on_change(progress.version, std::move(wake)); });
    }
}

// True once the whole body is in the chunks.
net::Task<bool> stream_body(StreamFill& fill, std::uint64_t& offset) {
    ChunkedBody& body = *fill.entry->chunks();
    std::optional<Compressor> compressor;
    if (fill.coding != Coding::Identity) compressor.emplace(fill.coding);
    const std::optional<std::uint64_t> size = body.size();
    while (!size || offset < *size) {
        const bool is_too_large = !size && offset > fill.engine.cache().max_object_bytes();
        if (is_too_large) co_await hold_back(fill, offset);
        const bool finish = fill.finish_fills && !is_too_large;
        if (!finish && fill.flight->reader_count() == 0) co_return false;
        const auto count = compressor
                               ? co_await read_compressed(*fill.exchange, *compressor, body, offset)
                               : co_await read_piece(*fill.exchange, body, offset);
        if (!count) co_return false;
        if (*count == 0) co_return !size || offset == *size;
    }
    // The end of the framing, so that the connection can be used again.
    std::array<char, 1> rest{};
    const auto end = co_await fill.exchange->read_body(rest);
    co_return end && *end == 0;
}

enum class RunEnd : std::uint8_t {
    Good,
    Broken,         // the connection broke off: what came is right
    Contradictory,  // the body is not what Content-Range says
};

RunEnd end_of(const Result<std::size_t, net::ClientError>& read) {
    if (!read) return RunEnd::Broken;
    return *read == 0 ? RunEnd::Contradictory : RunEnd::Good;
}

net::Task<RunEnd> read_run(RunFill& fill) {
    ChunkedBody& body = *fill.entry->chunks();
    std::uint64_t offset = body.fill_start(fill.run);
    // What comes before the run's first chunk is not kept.
    while (fill.offset < offset) {
        std::array<char, 4096> skipped;
        const std::size_t want = std::min<std::uint64_t>(skipped.size(), offset - fill.offset);
        const auto count = co_await fill.exchange->read_body(std::span(skipped).first(want));
        if (const RunEnd end = end_of(count); end != RunEnd::Good) co_return end;
        fill.offset += *count;
    }
    const std::uint64_t end = std::min(fill.run.end(body.size().value_or(0)), fill.end);
    while (offset < end) {
        const auto count = co_await read_piece(*fill.exchange, body, offset, end);
        if (const RunEnd reached = end_of(count); reached != RunEnd::Good) co_return reached;
    }
    if (offset < fill.end) co_return RunEnd::Good;  // more than the run was sent, as stated
    // The end of the framing, so that the connection can be used again.
    std::array<char, 1> rest{};
    const auto more = co_await fill.exchange->read_body(rest);
    co_return more && *more > 0 ? RunEnd::Contradictory : RunEnd::Good;
}

}  // namespace

bool frames_range(const http::ResponseHead& head, const ContentRange& range) {
    return head.framing.kind != http::BodyFraming::Kind::Length ||
           head.framing.length == range.length;
}

net::Task<Result<std::string, net::ClientError>> read_whole(net::ClientExchange& exchange,
                                                            std::uint64_t limit) {
    std::string body(limit, '\0');
    std::size_t filled = 0;
    while (true) {
        std::array<char, 1> rest{};
        const std::span<char> space =
            filled < body.size() ? std::span<char>(body).subspan(filled) : std::span<char>(rest);
        const auto count = co_await exchange.read_body(space);
        if (!count) co_return fail(count.error());
        if (*count == 0) break;
        if (filled == body.size()) co_return fail(net::ClientError::Malformed);
        filled += *count;
    }
    body.resize(filled);
    co_return body;
}

net::Task<> drain(net::ClientExchange& exchange) {
    std::string buffer(4096, '\0');
    std::size_t drained = 0;
    while (drained < kDrainBytes) {
        const auto count = co_await exchange.read_body(buffer);
        if (!count || *count == 0) co_return;
        drained += *count;
    }
}

EntryPtr make_whole_entry(EntryParts parts, std::string_view body) {
    parts.chunks = nullptr;
    if (body.size() <= kInlineBodyBytes) {
        parts.body = body;
        return std::make_shared<const Entry>(std::move(parts));
    }
    auto chunks = std::make_shared<ChunkedBody>(body.size());
    chunks->claim(chunks_covering(0, body.size()), UINT64_MAX);
    append(*chunks, 0, body);
    parts.body = {};
    parts.chunks = std::move(chunks);
    return std::make_shared<const Entry>(std::move(parts));
}

net::Task<> stream_fill(StreamFill fill) {
    ChunkedBody& body = *fill.entry->chunks();
    const bool sized = body.size().has_value();
    std::uint64_t offset = 0;
    const bool whole = co_await stream_body(fill, offset);
    if (whole) {
        body.finish(offset);
        if (offset <= fill.engine.cache().max_object_bytes()) {
            fill.engine.store(sized ? fill.entry : compacted(fill.entry, offset));
        }
    } else {
        body.fail();
    }
    fill.engine.flights().finish(fill.flight);
}

net::Task<> run_fill(RunFill fill) {
    ChunkedBody& body = *fill.entry->chunks();
    const RunEnd end = co_await read_run(fill);
    if (end == RunEnd::Contradictory) {
        fill.engine.cache().remove(*fill.entry);
        body.fail();
    } else {
        body.unclaim(fill.run);
        fill.engine.cache().recharge(*fill.entry);
    }
    fill.engine.flights().remove_body(fill.entry->chunks());
}

}  // namespace tarn::edge
