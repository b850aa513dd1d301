#include "server/storage/memory_blob_store.h"

#include "common/base/check.h"

#include <algorithm>
#include <cstring>

namespace tarn::storage {

class MemoryBlobWriter final : public BlobWriter {
  public:
    MemoryBlobWriter(MemoryBlobStore& store, const BlobId& id, BlobOrigin origin)
        : store_(store), id_(id), origin_(std::move(origin)) {}

    const BlobId& id() const override { return id_; }

    Result<void, StoreError> append(std::string_view bytes) override {
        if (!blob_) return fail(StoreError::Io);
        while (!bytes.empty()) {
            const std::size_t within = blob_->size % MemoryBlob::kPieceBytes;
            if (within == 0) blob_->pieces.emplace_back();
            const std::string_view piece = bytes.substr(0, MemoryBlob::kPieceBytes - within);
            blob_->pieces.back().append(piece);
            blob_->size += piece.size();
            bytes.remove_prefix(piece.size());
        }
        return {};
    }

    Result<void, StoreError> finish() override {
        if (!blob_) return fail(StoreError::Io);
        const std::lock_guard lock(store_.mutex_);
        store_.blobs_[id_] = {.origin = std::move(origin_), .blob = std::move(blob_)};
        return {};
    }

  private:
    MemoryBlobStore& store_;
    const BlobId id_;
    BlobOrigin origin_;
    std::shared_ptr<MemoryBlob> blob_ = std::make_shared<MemoryBlob>();
};

namespace {

class MemoryBlobReader final : public BlobReader {
  public:
    explicit MemoryBlobReader(std::shared_ptr<const MemoryBlob> blob) : blob_(std::move(blob)) {}

    std::uint64_t size() const override { return blob_->size; }

    Result<void, StoreError> read(std::uint64_t offset, std::span<char> buffer) const override {
        CHECK(offset <= blob_->size);
        CHECK(buffer.size() <= blob_->size - offset);
        while (!buffer.empty()) {
            const std::string& piece = blob_->pieces[offset / MemoryBlob::kPieceBytes];
            const std::size_t within = offset % MemoryBlob::kPieceBytes;
            const std::size_t count = std::min(piece.size() - within, buffer.size());
            std::memcpy(buffer.data(), piece.data() + within, count);
            offset += count;
            buffer = buffer.subspan(count);
        }
        return {};
    }

  private:
    std::shared_ptr<const MemoryBlob> blob_;
};

}  // namespace

Result<std::unique_ptr<BlobWriter>, StoreError> MemoryBlobStore::create(const BlobOrigin& origin) {
    BlobId id;
    {
        const std::lock_guard lock(mutex_);
        random_.fill(id.bytes);
    }
    return std::make_unique<MemoryBlobWriter>(*this, id, origin);
}

Result<std::shared_ptr<const BlobReader>, StoreError> MemoryBlobStore::open(const BlobId& id) {
    const std::lock_guard lock(mutex_);
    const auto found = blobs_.find(id);
    if (found == blobs_.end()) return fail(StoreError::NotFound);
    return std::make_shared<const MemoryBlobReader>(found->second.blob);
}

Result<void, StoreError> MemoryBlobStore::remove(const BlobId& id) {
    const std::lock_guard lock(mutex_);
    blobs_.erase(id);
    return {};
}

Result<BlobDescription, StoreError> MemoryBlobStore::describe(const BlobId& id) {
    const std::lock_guard lock(mutex_);
    const auto found = blobs_.find(id);
    if (found == blobs_.end()) return fail(StoreError::NotFound);
    return BlobDescription{.origin = found->second.origin, .from_this_run = true};
}

Result<void, StoreError> MemoryBlobStore::quarantine(const BlobId& id) {
    const std::lock_guard lock(mutex_);
    const auto found = blobs_.find(id);
    if (found == blobs_.end()) return fail(StoreError::NotFound);
    quarantine_.emplace(clock_.real_now(), std::move(found->second));
    blobs_.erase(found);
    return {};
}

Result<std::size_t, StoreError> MemoryBlobStore::purge_quarantine(WallTime before) {
    const std::lock_guard lock(mutex_);
    const std::size_t count = quarantine_.size();
    quarantine_.erase(quarantine_.begin(), quarantine_.lower_bound(before));
    return count - quarantine_.size();
}

Result<void, StoreError> MemoryBlobStore::for_each(
    const std::function<void(const BlobId&)>& visit) {
    std::vector<BlobId> ids;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, stored] : blobs_)
            ids.push_back(id);
    }
    // Without the lock: the visitor may call the store.
    for (const BlobId& id : ids)
        visit(id);
    return {};
}

}  // namespace tarn::storage
