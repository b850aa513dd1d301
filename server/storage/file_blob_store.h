// Blobs as files, blobs/ab/cd/<id>, in the format of blob_format.h.
//
// A blob is written under its final name: the id is unique and nothing refers to it yet, so there
// is nothing a half-written file could be mistaken for, and no rename is needed.  The first two
// bytes of an id name its directory.  Ids are drawn so that blobs written one after another share a
// directory until it has kBlobsPerDirectory: then concurrent writers share its fsync as well, and
// few directories have to be made.

#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "server/storage/blob_store.h"
#include "server/storage/engine.h"
#include "server/storage/file.h"
#include "server/storage/group_sync.h"
#include "server/storage/store_health.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

namespace tarn::storage {

struct FileBlobStoreOptions {
    std::filesystem::path blobs;       // exists
    std::filesystem::path quarantine;  // exists
    Durability durability = Durability::Strict;
    std::uint64_t epoch = 1;  // of this opening of the data directory
    // The metadata's durable sequence number, for the headers.
    std::function<std::uint64_t()> synced_sequence = [] { return std::uint64_t{0}; };
};

// A directory of blobs that is being filled.
struct BlobDirectory {
    BlobDirectory(std::filesystem::path where, FileDescriptor descriptor);

    std::filesystem::path path;
    FileDescriptor file;
    GroupSync entries;  // makes the names in it durable
};

class FileBlobStore final : public BlobStore {
  public:
    static constexpr std::size_t kBlobsPerDirectory = 1024;

    // random, clock and health must outlive the store, and the store its writers.
    FileBlobStore(FileBlobStoreOptions options, Random& random, Clock& clock, StoreHealth& health);

    Result<std::unique_ptr<BlobWriter>, StoreError> create(const BlobOrigin& origin) override;
    Result<std::shared_ptr<const BlobReader>, StoreError> open(const BlobId& id) override;
    Result<void, StoreError> remove(const BlobId& id) override;
    Result<BlobDescription, StoreError> describe(const BlobId& id) override;
    Result<void, StoreError> quarantine(const BlobId& id) override;
    Result<std::size_t, StoreError> purge_quarantine(WallTime before) override;
    Result<void, StoreError> for_each(const std::function<void(const BlobId&)>& visit) override;

    std::filesystem::path path_of(const BlobId& id) const;

  private:
    friend class FileBlobWriter;
    struct Place {
        BlobId id;
        std::shared_ptr<BlobDirectory> directory;
    };

    Result<Place, StoreError> next_place();
    Result<void, StoreError> change_directory();
    // Makes a directory if there is none, durably.
    Result<void, StoreError> make_directory(const std::filesystem::path& path) const;
    bool is_strict() const { return options_.durability == Durability::Strict; }
    void ended(const BlobId& id);  // a writer is done with it

    const FileBlobStoreOptions options_;
    Random& random_;
    Clock& clock_;
    StoreHealth& health_;

    std::mutex mutex_;  // of all below, and of random_
    std::shared_ptr<BlobDirectory> directory_;
    std::array<std::uint8_t, 2> directory_bytes_{};
    std::size_t directory_count_ = 0;  // blobs begun in it
    std::set<BlobId> being_written_;
};

}  // namespace tarn::storage
