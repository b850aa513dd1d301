#include "server/storage/rocksdb_database.h"

#include "common/observe/log.h"

#include <algorithm>
#include <vector>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

namespace tarn::storage {
namespace {

constexpr std::size_t kMiB = 1u << 20;
constexpr std::size_t kDeletionWindow = 1000;  // consecutive rows of a table file
constexpr std::size_t kDeletionTrigger = 500;  // deletions among them
constexpr double kDeletionRatio = 0.3;         // or of all rows of the file

// The order is that of Table; the name is on the disk and must not change.
struct TableTuning {
    const char* name;
    std::size_t write_buffer_bytes;
    rocksdb::CompressionType compression;
};
constexpr TableTuning kTables[] = {
    {"system", 4 * kMiB, rocksdb::kLZ4Compression},
    {"objects", 16 * kMiB, rocksdb::kLZ4Compression},
    // Most bodies are compressed already, and reading them back must cost nothing.
    {"bodies", 32 * kMiB, rocksdb::kNoCompression},
    {"uploads", 4 * kMiB, rocksdb::kLZ4Compression},
    {"log", 4 * kMiB, rocksdb::kLZ4Compression},
    {"blob_trash", 4 * kMiB, rocksdb::kNoCompression},
    {"versions", 4 * kMiB, rocksdb::kLZ4Compression},
};
static_assert(std::size(kTables) == kTableCount);

// RocksDB learns of a failed flush or compaction on its own threads; writes must stop then.  A full
// disk is the one case where it may go on by itself: it then writes the same data to a new file.
class BackgroundErrors final : public rocksdb::EventListener {
  public:
    explicit BackgroundErrors(StoreHealth& health) : health_(health) {}

    void OnBackgroundError(rocksdb::BackgroundErrorReason reason,
                           rocksdb::Status* status) override {
        if (!status->IsNoSpace()) {
            health_.fail();
            log_error("the database failed and is read-only until a restart: {}",
                      status->ToString());
        } else if (reason != rocksdb::BackgroundErrorReason::kCompaction) {
            // A compaction that found no room is made later; nothing waits for it.
            health_.set_full(true);
            log_error("the database is read-only until the disk has space: {}", status->ToString());
        }
    }
    void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status status,
                              bool* auto_recovery) override {
        *auto_recovery = status.IsNoSpace();
    }
    void OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) override {
        if (info.new_bg_error.ok()) health_.set_full(false);
    }

  private:
    StoreHealth& health_;
};

rocksdb::DBOptions database_options(const DatabaseOptions& options, StoreHealth& health) {
    rocksdb::DBOptions tuning;
    tuning.create_if_missing = options.create;
    tuning.create_missing_column_families = true;
    tuning.error_if_exists = options.create;
    tuning.paranoid_checks = true;
    tuning.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
    tuning.write_dbid_to_manifest = true;
    // The default, kPointInTimeRecovery, drops everything after a flipped bit in silence.
    tuning.wal_recovery_mode = options.accept_damaged_log
                                   ? rocksdb::WALRecoveryMode::kPointInTimeRecovery
                                   : rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    tuning.track_and_verify_wals_in_manifest = !options.accept_damaged_log;
    tuning.max_bgerror_resume_count = 0;
    tuning.listeners = {std::make_shared<BackgroundErrors>(health)};

    // Start fast and small: few threads, few open files, no statistics, a short text log.
    tuning.max_background_jobs = 2;
    tuning.max_open_files = 512;
    tuning.max_file_opening_threads =
        1;  // the default is 16 for each column family, at every start
    tuning.table_cache_numshardbits = 4;
    tuning.skip_stats_update_on_db_open = true;
    tuning.stats_dump_period_sec = 0;
    tuning.stats_persist_period_sec = 0;
    tuning.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    tuning.keep_log_file_num = 2;
    tuning.max_total_wal_size = options.log_bytes_max;
    tuning.db_write_buffer_size = options.log_bytes_max;
    tuning.bytes_per_sync = kMiB;
    tuning.avoid_unnecessary_blocking_io = true;
    return tuning;
}

rocksdb::ColumnFamilyOptions table_options(const TableTuning& table, std::size_t log_bytes_max,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::BlockBasedTableOptions blocks;
    blocks.block_cache = cache;
    blocks.cache_index_and_filter_blocks = true;
    blocks.pin_l0_filter_and_index_blocks_in_cache = true;
    blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    blocks.format_version = 5;

    rocksdb::ColumnFamilyOptions tuning;
    tuning.write_buffer_size = std::min(table.write_buffer_bytes, log_bytes_max / 2);
    tuning.compression = table.compression;
    tuning.level_compaction_dynamic_level_bytes = true;
    // Deleted rows give their space back soon, and scans do not step over them for long: a table
    // file with a run of them is compacted although its level has room.
    tuning.table_properties_collector_factories = {rocksdb::NewCompactOnDeletionCollectorFactory(
        kDeletionWindow, kDeletionTrigger, kDeletionRatio)};
    tuning.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
    return tuning;
}

EngineError open_error(const std::filesystem::path& directory, const rocksdb::Status& status) {
    const bool damaged = status.IsCorruption() || status.IsInvalidArgument();
    std::string message =
        "the database in " + directory.string() + " cannot be opened: " + status.ToString() + ".";
    if (damaged) {
        message +=
            " Restore the data directory from a backup, or start once with --accept-loss to "
            "recover "
            "what is readable before the damage.";
    }
    return {.kind = damaged ? EngineError::Kind::Corrupt : EngineError::Kind::Io,
            .message = std::move(message)};
}

}  // namespace

Result<std::unique_ptr<Database>, EngineError> Database::open(const DatabaseOptions& options,
                                                              StoreHealth& health) {
    const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes, 4);
    constexpr TableTuning kSequences{"default", 4 * kMiB, rocksdb::kLZ4Compression};
    std::vector<rocksdb::ColumnFamilyDescriptor> families{
        {kSequences.name, table_options(kSequences, options.log_bytes_max, cache)}};
    for (const TableTuning& table : kTables) {
        families.emplace_back(table.name, table_options(table, options.log_bytes_max, cache));
    }

    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* rocks = nullptr;
    const rocksdb::Status status =
        rocksdb::DB::Open(rocksdb::DBOptions(database_options(options, health)),
                          options.directory.string(), families, &handles, &rocks);
    if (!status.ok()) return fail(open_error(options.directory, status));

    std::unique_ptr<Database> database(new Database());
    database->rocks_.reset(rocks);
    database->sequences_ = handles.front();
    std::copy(handles.begin() + 1, handles.end(), database->tables_.begin());
    return database;
}

Database::~Database() {
    if (!rocks_) return;
    rocks_->DestroyColumnFamilyHandle(sequences_);
    for (rocksdb::ColumnFamilyHandle* const table : tables_) {
        rocks_->DestroyColumnFamilyHandle(table);
    }
    rocks_->Close();
}

void Database::flush(Wait wait) {
    std::vector<rocksdb::ColumnFamilyHandle*> families(tables_.begin(), tables_.end());
    families.push_back(sequences_);
    // Where it fails, the log still has everything.
    rocksdb::FlushOptions options;
    options.wait = wait == Wait::Yes;
    // Otherwise it would wait, here, for compactions that a full disk holds up.
    options.allow_write_stall = true;
    rocks_->Flush(options, families);
}

StoreError store_error_of_status(const rocksdb::Status& status) {
    if (status.IsNotFound()) return StoreError::NotFound;
    if (status.IsCorruption()) return StoreError::Corrupt;
    if (status.IsNoSpace()) return StoreError::NoSpace;
    return StoreError::Io;
}

}  // namespace tarn::storage
