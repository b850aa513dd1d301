// The RocksDB database under meta/: its column families and how they are tuned.

#pragma once

#include "server/storage/engine.h"
#include "server/storage/store_health.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Status;
}  // namespace rocksdb

namespace tarn::storage {

struct DatabaseOptions {
    std::filesystem::path directory;
    std::size_t block_cache_bytes = 32u << 20;
    // Of rows that are in the log and not yet in tables: bounds the memory for them, what a start
    // after a kill replays, and the space that this takes.
    std::size_t log_bytes_max = 64u << 20;
    bool create = false;  // there must be none yet
    // Recover up to the first damage instead of refusing to open.
    bool accept_damaged_log = false;
};

// An open database.  Its const functions are thread-safe.
class Database {
  public:
    // health is told of errors in the background; it must outlive the database.
    static Result<std::unique_ptr<Database>, EngineError> open(const DatabaseOptions& options,
                                                               StoreHealth& health);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    rocksdb::DB& rocks() const { return *rocks_; }
    // One column family a table.
    rocksdb::ColumnFamilyHandle* table(Table table) const {
        return tables_[static_cast<std::size_t>(table)];
    }
    // Row name: a partition's 8 bytes.  Value: the last revision given out in it, 8 bytes.  The row
    // "floor" is there after accepted loss: no revision up to it is given out.
    rocksdb::ColumnFamilyHandle* sequences() const { return sequences_; }

    // Writes what is in memory to tables: the log's space is freed, and rows that were deleted
    // since make theirs free at the next compaction.  Blocks where it is to wait.
    enum class Wait : std::uint8_t { No, Yes };
    void flush(Wait wait);

  private:
    Database() = default;

    std::unique_ptr<rocksdb::DB> rocks_;
    std::array<rocksdb::ColumnFamilyHandle*, kTableCount> tables_{};
    rocksdb::ColumnFamilyHandle* sequences_ = nullptr;
};

StoreError store_error_of_status(const rocksdb::Status& status);

}  // namespace tarn::storage
