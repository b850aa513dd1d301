#include "server/storage/engine.h"

#include "server/storage/data_directory.h"
#include "server/storage/file_blob_store.h"
#include "server/storage/memory_blob_store.h"
#include "server/storage/memory_metadata_store.h"
#include "server/storage/rocksdb_metadata_store.h"

namespace tarn::storage {
namespace {

class MemoryEngine final : public Engine {
  public:
    MemoryEngine(Clock& clock, Random& random) : blobs_(random, clock) {}

    MetadataStore& metadata() override { return metadata_; }
    BlobStore& blobs() override { return blobs_; }
    const std::filesystem::path& directory() const override { return directory_; }
    std::uint64_t recovered_sequence() const override { return 0; }
    std::vector<std::string> verify_metadata() override { return {}; }

  private:
    const std::filesystem::path directory_;
    MemoryMetadataStore metadata_;
    MemoryBlobStore blobs_;
};

// Members go in reverse: the lock is given up last.
class DiskEngine final : public Engine {
  public:
    static Result<std::unique_ptr<Engine>, EngineError> open(const EngineOptions& options,
                                                             Clock& clock, Random& random) {
        TARN_TRY(DataDirectory directory, DataDirectory::open(options.directory));
        std::unique_ptr<DiskEngine> engine(new DiskEngine(std::move(directory)));
        TARN_TRY(engine->metadata_,
                 RocksdbMetadataStore::open({.directory = engine->directory_.metadata(),
                                             .witness_path = engine->directory_.witness(),
                                             .durability = options.durability,
                                             .accept_loss = options.accept_loss,
                                             .block_cache_bytes = options.block_cache_bytes},
                                            engine->health_));
        RocksdbMetadataStore& metadata = *engine->metadata_;
        engine->recovered_sequence_ = metadata.sequence();
        engine->blobs_ = std::make_unique<FileBlobStore>(
            FileBlobStoreOptions{.blobs = engine->directory_.blobs(),
                                 .quarantine = engine->directory_.quarantine(),
                                 .durability = options.durability,
                                 .epoch = metadata.epoch(),
                                 .synced_sequence = [&metadata] { return metadata.sequence(); }},
            random, clock, engine->health_);
        return engine;
    }

    MetadataStore& metadata() override { return *metadata_; }
    BlobStore& blobs() override { return *blobs_; }
    const std::filesystem::path& directory() const override { return directory_.path(); }
    std::uint64_t recovered_sequence() const override { return recovered_sequence_; }
    std::vector<std::string> verify_metadata() override { return metadata_->verify(); }

  private:
    explicit DiskEngine(DataDirectory directory) : directory_(std::move(directory)) {}

    DataDirectory directory_;
    StoreHealth health_;
    std::uint64_t recovered_sequence_ = 0;
    std::unique_ptr<RocksdbMetadataStore> metadata_;
    std::unique_ptr<FileBlobStore> blobs_;
};

}  // namespace

Result<std::unique_ptr<Engine>, EngineError> open_engine(const EngineOptions& options, Clock& clock,
                                                         Random& random) {
    if (options.directory.empty()) return std::make_unique<MemoryEngine>(clock, random);
    return DiskEngine::open(options, clock, random);
}

}  // namespace tarn::storage
