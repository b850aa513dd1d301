// A body of more than a few blocks, kept in aligned chunks of 1 MiB.
//
// Chunks are filled in any order by whoever asks the origin for them, and read while they are
// filled: the bytes of a chunk below its fill level never change and never move, so a reader sends
// them without a copy for as long as it holds the body.  One entry with a bitmap of chunks, instead
// of an object per range, is what keeps the bytes of two versions apart and makes any range of a
// video a hit once its chunks were seen.
//
// Thread-safe: readers and fillers may run on different loops.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::edge {

inline constexpr std::uint64_t kChunkBytes = 1 << 20;

// Chunks first .. first + count - 1.
struct ChunkRun {
    std::uint64_t first = 0;
    std::uint64_t count = 0;

    std::uint64_t offset() const { return first * kChunkBytes; }
    // The end of the run in a body of that size.
    std::uint64_t end(std::uint64_t body_size) const;
    friend bool operator==(const ChunkRun&, const ChunkRun&) = default;
};
// The chunks that cover [offset, offset + length); length > 0.
ChunkRun chunks_covering(std::uint64_t offset, std::uint64_t length);

class ChunkedBody {
  public:
    // Without a size the body is streamed from its start, and its size becomes known at its end.
    explicit ChunkedBody(std::optional<std::uint64_t> size);

    // ---- reading ----

    enum class State : std::uint8_t {
        Bytes,    // here they are
        Wait,     // somebody is fetching them: on_change()
        Missing,  // nobody is: claim() them
        End,      // past the last byte
        Failed,   // the stream broke off
    };
    struct Read {
        State state = State::Failed;
        std::string_view bytes;     // valid as long as the body
        std::uint64_t version = 0;  // for on_change()
    };
    Read read(std::uint64_t offset) const;
    // Calls wake once when anything has changed since the read that gave version; at once, on the
    // caller's thread, if it already has.
    void on_change(std::uint64_t version, std::move_only_function<void()> wake) const;

    std::optional<std::uint64_t> size() const;
    bool complete() const;  // every byte is here
    bool failed() const;
    std::uint64_t allocated_bytes() const;
    // One letter per chunk: '#' here, '+' on its way, '.' missing.
    std::string bitmap() const;

    // ---- filling ----

    // Claims the missing chunks at the start of run (up to max_count, up to the first that is not
    // missing): the caller alone now fills them.  Nothing if the first chunk is not missing.
    std::optional<ChunkRun> claim(ChunkRun run, std::uint64_t max_count);
    // Where the bytes to be fetched for a claimed run begin: behind what an earlier, broken fetch
    // left in its first chunk.
    std::uint64_t fill_start(ChunkRun run) const;
    // Gives back the chunks of a claim that did not get full; readers see them as missing.
    void unclaim(ChunkRun run);
    // Space for the bytes from offset on, at most to the end of its chunk.  offset must be the fill
    // level of a claimed chunk.
    std::span<char> space(std::uint64_t offset);
    void commit(std::uint64_t offset, std::size_t byte_count);
    // The stream is at its end; sets the size where it was unknown.
    void finish(std::uint64_t size);
    // The stream broke off; readers that come to the gap see Failed.
    void fail();

    // ---- streams that turn out too large to keep ----

    // Where a reader has got to, so that what all have read can be let go.
    void set_position(const void* reader, std::uint64_t offset);
    void remove_reader(const void* reader);
    struct Progress {
        std::uint64_t slowest = 0;  // of all readers; UINT64_MAX if there is none
        std::uint64_t version = 0;  // for on_change()
    };
    Progress progress() const;
    // Lets go of the chunks that end before offset; reading them fails from now on.
    void discard_before(std::uint64_t offset);

  private:
    enum class ChunkState : std::uint8_t { Missing, Filling, Full };
    struct Chunk {
        std::unique_ptr<char[]> data;
        std::uint32_t filled = 0;
        ChunkState state = ChunkState::Missing;
    };
    std::uint64_t chunk_size(std::uint64_t index) const;
    // Takes the lock away, then calls everyone who waits.
    void changed(std::unique_lock<std::mutex>& lock);

    mutable std::mutex mutex_;
    std::vector<Chunk> chunks_;
    std::optional<std::uint64_t> size_;
    std::uint64_t full_count_ = 0;
    std::uint64_t allocated_ = 0;
    std::uint64_t version_ = 0;
    bool streaming_ = false;  // of unknown size, more to come
    bool failed_ = false;
    mutable std::vector<std::move_only_function<void()>> waiting_;
    std::vector<std::pair<const void*, std::uint64_t>> readers_;
    std::uint64_t discarded_ = 0;  // chunks at the front that are gone
};

}  // namespace tarn::edge
