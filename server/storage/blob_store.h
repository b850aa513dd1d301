// Bodies above kInlineBytes: immutable runs of bytes, each named by an id that is never used again.
//
// A blob is durable when finish() returns, and visible to users only once a metadata row refers to
// it; one that no row refers to is an orphan and is collected.  Every block of kBlockBytes carries
// a CRC32C that is checked on every read.  Implementations pass tests/contract/blob_store_test.cc.

#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "server/storage/metadata_store.h"

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tarn::storage {

inline constexpr std::size_t kInlineBytes = 64 * 1024;  // bodies up to this live in Table::Bodies
inline constexpr std::size_t kBlockBytes = 64 * 1024;

struct BlobId {
    std::array<std::uint8_t, 16> bytes{};
    friend auto operator<=>(const BlobId&, const BlobId&) = default;
};
std::string to_text(const BlobId& id);  // 32 hex digits
std::optional<BlobId> parse_blob_id(std::string_view text);
// The 16 bytes as they are: the key of a Table::BlobTrash row.
std::string_view raw_bytes(const BlobId& id);
std::optional<BlobId> blob_id_of_raw(std::string_view bytes);

// What a blob's header says about the object it was written for, so that lost metadata can be
// named.
struct BlobOrigin {
    std::uint64_t bucket_id = 0;
    std::string key;
};

// What can be said of a blob without reading its data.
struct BlobDescription {
    BlobOrigin origin;
    // The metadata's sequence that was durable when the blob was begun.
    std::uint64_t synced_sequence = 0;
    bool from_this_run = false;  // begun since the data directory was opened
    bool being_written = false;  // its writer is not done; nothing else is known of it yet
};

// Writes one blob front to back.  Not thread-safe; all calls block.  Destroying it without a
// successful finish() removes what was written.
class BlobWriter {
  public:
    virtual ~BlobWriter() = default;
    virtual const BlobId& id() const = 0;
    virtual Result<void, StoreError> append(std::string_view bytes) = 0;
    // Makes the blob durable: data, block checksums, footer, and its directory entry.
    virtual Result<void, StoreError> finish() = 0;
};

// Reads one blob.  const calls are thread-safe.  An open reader keeps the bytes readable after the
// blob's removal, so a running GET finishes with the bytes it started with.
class BlobReader {
  public:
    virtual ~BlobReader() = default;
    virtual std::uint64_t size() const = 0;
    // Fills buffer from offset; offset + buffer.size() must lie inside the blob.  Verifies each
    // block it touches; Corrupt where one does not match.  Cheapest where the range begins and ends
    // on multiples of kBlockBytes, because a part of a block costs reading all of it.  Blocks.
    virtual Result<void, StoreError> read(std::uint64_t offset, std::span<char> buffer) const = 0;
};

// Thread-safe.
class BlobStore {
  public:
    virtual ~BlobStore() = default;
    virtual Result<std::unique_ptr<BlobWriter>, StoreError> create(const BlobOrigin& origin) = 0;
    // NotFound, Corrupt (header or footer), Io.  Blocks.
    virtual Result<std::shared_ptr<const BlobReader>, StoreError> open(const BlobId& id) = 0;
    // Idempotent.  Blocks.
    virtual Result<void, StoreError> remove(const BlobId& id) = 0;
    // NotFound, Corrupt (the header), Io.  Blocks.
    virtual Result<BlobDescription, StoreError> describe(const BlobId& id) = 0;
    // Moves a blob aside (quarantine/) instead of removing it.  NotFound, Io.  Blocks.
    virtual Result<void, StoreError> quarantine(const BlobId& id) = 0;
    // Removes what was quarantined before this time, and returns how many blobs.  Blocks.
    virtual Result<std::size_t, StoreError> purge_quarantine(WallTime before) = 0;
    // Every blob there is, in no order.  Blocks.
    virtual Result<void, StoreError> for_each(const std::function<void(const BlobId&)>& visit) = 0;
};

}  // namespace tarn::storage
