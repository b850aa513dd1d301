// A BlobStore that lives and dies with the process: --ephemeral, and tests of what is above.

#pragma once

#include "common/base/random.h"
#include "server/storage/blob_store.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tarn::storage {

// The data of one blob in pieces of the same size, so that a growing blob is never copied.
struct MemoryBlob {
    static constexpr std::size_t kPieceBytes = 1u << 20;

    std::uint64_t size = 0;
    std::vector<std::string> pieces;  // all full but the last
};

class MemoryBlobStore final : public BlobStore {
  public:
    // random and clock must outlive the store, and the store its writers.
    MemoryBlobStore(Random& random, Clock& clock) : random_(random), clock_(clock) {}

    Result<std::unique_ptr<BlobWriter>, StoreError> create(const BlobOrigin& origin) override;
    Result<std::shared_ptr<const BlobReader>, StoreError> open(const BlobId& id) override;
    Result<void, StoreError> remove(const BlobId& id) override;
    Result<BlobDescription, StoreError> describe(const BlobId& id) override;
    Result<void, StoreError> quarantine(const BlobId& id) override;
    Result<std::size_t, StoreError> purge_quarantine(WallTime before) override;
    Result<void, StoreError> for_each(const std::function<void(const BlobId&)>& visit) override;

  private:
    friend class MemoryBlobWriter;
    struct Stored {
        BlobOrigin origin;
        std::shared_ptr<const MemoryBlob> blob;
    };

    Random& random_;
    Clock& clock_;
    std::mutex mutex_;  // of all below, and of random_
    std::map<BlobId, Stored> blobs_;
    std::multimap<WallTime, Stored> quarantine_;
};

}  // namespace tarn::storage
