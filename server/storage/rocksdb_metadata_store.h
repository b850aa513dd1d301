// The MetadataStore of a data directory, on RocksDB.

#pragma once

#include "server/storage/engine.h"
#include "server/storage/store_health.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tarn::storage {

struct RocksdbStoreOptions {
    std::filesystem::path directory;     // of the database
    std::filesystem::path witness_path;  // created where there is none
    Durability durability = Durability::Strict;
    bool accept_loss = false;
    std::size_t block_cache_bytes = 32u << 20;
};

class RocksdbMetadataStore final : public MetadataStore {
  public:
    // Recovers the database and checks it against the witness.  health must outlive the store;
    // after a failed write or sync it says so and the store only reads.  Blocks.
    static Result<std::unique_ptr<RocksdbMetadataStore>, EngineError> open(
        const RocksdbStoreOptions& options, StoreHealth& health);
    // Commits what was handed over, and makes the next start fast.
    ~RocksdbMetadataStore() override;

    Result<Row, StoreError> get(Table table, Partition partition, std::string_view key) override;
    std::optional<Result<Row, StoreError>> get_cached(Table table, Partition partition,
                                                      std::string_view key) override;
    std::unique_ptr<RowCursor> scan(Table table, Partition partition,
                                    std::string_view from) override;
    std::vector<std::unique_ptr<RowCursor>> scan_together(std::span<const Table> tables,
                                                          Partition partition) override;
    void commit(Batch batch, std::function<void(CommitResult)> done) override;
    Revision last_revision(Partition partition) override;
    Result<std::vector<Partition>, StoreError> partitions(Table table) override;
    bool healthy() const override;

    // Reads every table file against its checksums.  One line for each kind of damage.  Blocks
    // long.
    std::vector<std::string> verify();
    // How often the directory was opened for writing, this time included.
    std::uint64_t epoch() const;
    // The database's sequence number; all up to it was synced if durability is Strict. Thread-safe.
    std::uint64_t sequence() const;

  private:
    struct State;
    explicit RocksdbMetadataStore(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace tarn::storage
