#include "edge/cache/chunked_body.h"

#include "common/base/check.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tarn::edge {

std::uint64_t ChunkRun::end(std::uint64_t body_size) const {
    return std::min((first + count) * kChunkBytes, body_size);
}

ChunkRun chunks_covering(std::uint64_t offset, std::uint64_t length) {
    CHECK(length > 0);
    const std::uint64_t first = offset / kChunkBytes;
    const std::uint64_t last = (offset + (length - 1)) / kChunkBytes;
    return {.first = first, .count = last - first + 1};
}

ChunkedBody::ChunkedBody(std::optional<std::uint64_t> size) : size_(size) {
    if (size_) {
        chunks_.resize((*size_ + (kChunkBytes - 1)) / kChunkBytes);
    } else {
        streaming_ = true;
    }
}

std::uint64_t ChunkedBody::chunk_size(std::uint64_t index) const {
    if (!size_) return kChunkBytes;
    return std::min(kChunkBytes, *size_ - index * kChunkBytes);
}

ChunkedBody::Read ChunkedBody::read(std::uint64_t offset) const {
    const std::lock_guard lock(mutex_);
    const auto answer = [&](State state, std::string_view bytes = {}) {
        return Read{.state = state, .bytes = bytes, .version = version_};
    };
    if (size_ && offset >= *size_) return answer(State::End);
    const std::uint64_t index = offset / kChunkBytes;
    if (index >= chunks_.size()) return answer(failed_ ? State::Failed : State::Wait);
    const Chunk& chunk = chunks_[index];
    const std::uint64_t inside = offset % kChunkBytes;
    if (index < discarded_) return answer(State::Failed);
    if (inside < chunk.filled) {
        return answer(State::Bytes, {chunk.data.get() + inside, chunk.filled - inside});
    }
    if (failed_) return answer(State::Failed);
    if (chunk.state == ChunkState::Missing) return answer(State::Missing);
    return answer(State::Wait);
}

void ChunkedBody::on_change(std::uint64_t version, std::move_only_function<void()> wake) const {
    {
        const std::lock_guard lock(mutex_);
        if (version_ == version) {
            waiting_.push_back(std::move(wake));
            return;
        }
    }
    wake();
}

void ChunkedBody::changed(std::unique_lock<std::mutex>& lock) {
    ++version_;
    auto waiting = std::exchange(waiting_, {});
    lock.unlock();
    for (auto& wake : waiting)
        wake();
}

std::optional<std::uint64_t> ChunkedBody::size() const {
    const std::lock_guard lock(mutex_);
    return size_;
}

bool ChunkedBody::complete() const {
    const std::lock_guard lock(mutex_);
    return size_ && full_count_ == chunks_.size();
}

bool ChunkedBody::failed() const {
    const std::lock_guard lock(mutex_);
    return failed_;
}

std::uint64_t ChunkedBody::allocated_bytes() const {
    const std::lock_guard lock(mutex_);
    return allocated_;
}

std::string ChunkedBody::bitmap() const {
    const std::lock_guard lock(mutex_);
    std::string map;
    for (const Chunk& chunk : chunks_) {
        map += chunk.state == ChunkState::Full ? '#' : chunk.filled > 0 ? '+' : '.';
    }
    return map;
}

std::optional<ChunkRun> ChunkedBody::claim(ChunkRun run, std::uint64_t max_count) {
    const std::lock_guard lock(mutex_);
    ChunkRun claimed{.first = run.first};
    const std::uint64_t limit = std::min(run.count, max_count);
    while (claimed.count < limit) {
        const std::uint64_t index = run.first + claimed.count;
        if (index >= chunks_.size() && size_) break;
        if (index >= chunks_.size()) chunks_.resize(index + 1);
        if (chunks_[index].state != ChunkState::Missing) break;
        if (claimed.count > 0 && chunks_[index].filled > 0)
            break;  // bytes are added at an end only
        chunks_[index].state = ChunkState::Filling;
        ++claimed.count;
    }
    if (claimed.count == 0) return std::nullopt;
    return claimed;
}

std::uint64_t ChunkedBody::fill_start(ChunkRun run) const {
    const std::lock_guard lock(mutex_);
    return run.offset() + chunks_[run.first].filled;
}

void ChunkedBody::unclaim(ChunkRun run) {
    std::unique_lock lock(mutex_);
    for (std::uint64_t i = run.first; i < run.first + run.count && i < chunks_.size(); ++i) {
        // A reader may be sending what is there already, so a partly filled chunk keeps its bytes;
        // the next to claim it goes on behind them with the same ones.
        if (chunks_[i].state == ChunkState::Filling) chunks_[i].state = ChunkState::Missing;
    }
    changed(lock);
}

std::span<char> ChunkedBody::space(std::uint64_t offset) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t index = offset / kChunkBytes;
    if (index >= chunks_.size() && !size_) {
        chunks_.resize(index + 1);
        chunks_[index].state = ChunkState::Filling;
    }
    CHECK(index < chunks_.size());
    Chunk& chunk = chunks_[index];
    CHECK(chunk.state == ChunkState::Filling);
    const std::uint64_t inside = offset % kChunkBytes;
    CHECK(inside == chunk.filled);
    const std::uint64_t size = chunk_size(index);
    if (!chunk.data) {
        chunk.data = std::make_unique_for_overwrite<char[]>(size);
        allocated_ += size;
    }
    return {chunk.data.get() + inside, size - inside};
}

void ChunkedBody::commit(std::uint64_t offset, std::size_t byte_count) {
    if (byte_count == 0) return;
    std::unique_lock lock(mutex_);
    const std::uint64_t index = offset / kChunkBytes;
    Chunk& chunk = chunks_[index];
    CHECK(offset % kChunkBytes == chunk.filled);
    CHECK(chunk.filled + byte_count <= chunk_size(index));
    chunk.filled += static_cast<std::uint32_t>(byte_count);
    if (chunk.filled == chunk_size(index)) {
        chunk.state = ChunkState::Full;
        ++full_count_;
    }
    changed(lock);
}

void ChunkedBody::finish(std::uint64_t size) {
    std::unique_lock lock(mutex_);
    if (!size_) {
        size_ = size;
        streaming_ = false;
        const std::uint64_t count = (size + (kChunkBytes - 1)) / kChunkBytes;
        CHECK(count <= chunks_.size());
        chunks_.resize(count);  // a chunk may have been prepared for bytes that never came
        if (count > 0 && chunks_.back().state == ChunkState::Filling) {
            chunks_.back().state = ChunkState::Full;
            ++full_count_;
        }
    }
    changed(lock);
}

void ChunkedBody::set_position(const void* reader, std::uint64_t offset) {
    std::unique_lock lock(mutex_);
    const auto found = std::find_if(readers_.begin(), readers_.end(),
                                    [&](const auto& known) { return known.first == reader; });
    if (found == readers_.end()) {
        readers_.emplace_back(reader, offset);
    } else {
        found->second = offset;
    }
    changed(lock);
}

void ChunkedBody::remove_reader(const void* reader) {
    std::unique_lock lock(mutex_);
    std::erase_if(readers_, [&](const auto& known) { return known.first == reader; });
    changed(lock);
}

ChunkedBody::Progress ChunkedBody::progress() const {
    const std::lock_guard lock(mutex_);
    Progress progress{.slowest = UINT64_MAX, .version = version_};
    for (const auto& [reader, offset] : readers_) {
        progress.slowest = std::min(progress.slowest, offset);
    }
    return progress;
}

void ChunkedBody::discard_before(std::uint64_t offset) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t end = std::min<std::uint64_t>(offset / kChunkBytes, chunks_.size());
    for (; discarded_ < end && chunks_[discarded_].state == ChunkState::Full; ++discarded_) {
        chunks_[discarded_].data.reset();
        allocated_ -= kChunkBytes;
    }
}

void ChunkedBody::fail() {
    std::unique_lock lock(mutex_);
    failed_ = true;
    streaming_ = false;
    changed(lock);
}

}  // namespace tarn::edge
