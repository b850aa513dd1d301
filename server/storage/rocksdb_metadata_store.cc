#include "server/storage/rocksdb_metadata_store.h"

#include "server/storage/commit_queue.h"
#include "server/storage/free_space.h"
#include "server/storage/rocksdb_committer.h"
#include "server/storage/rocksdb_database.h"
#include "server/storage/row_format.h"
#include "server/storage/witness_check.h"

#include <algorithm>
#include <tuple>

#include <rocksdb/db.h>

namespace tarn::storage {
namespace {

// A start replays about 100 MB of log a second; below this a flush at the stop is not worth it.
constexpr std::uint64_t kFlushedLogBytes = 1u << 20;

// Half the reserve, so that a start finds room to write the log's rows to tables, and to compact.
std::size_t log_bytes_max(const std::filesystem::path& directory) {
    return std::max<std::size_t>(reserve_of(directory) / 2, 1u << 20);
}

Result<Row, StoreError> to_row(const rocksdb::Status& status,
                               const rocksdb::PinnableSlice& stored) {
    if (!status.ok()) return fail(store_error_of_status(status));
    if (stored.size() < kNumberBytes) return fail(StoreError::Corrupt);
    const std::string_view bytes(stored.data(), stored.size());
    return Row{.value = std::string(bytes.substr(kNumberBytes)), .revision = decode_number(bytes)};
}

// The row's name, in memory that the thread reuses.
rocksdb::Slice name_of(Partition partition, std::string_view key) {
    thread_local std::string name;
    encode_row_name(name, partition, key);
    return {name.data(), name.size()};
}

using Snapshot = std::shared_ptr<const rocksdb::Snapshot>;

// NewIterators() would do without one, but takes the tables' states one after the other: what a
// compaction drops in between would be missing.
Snapshot take_snapshot(const Database& database) {
    rocksdb::DB& rocks = database.rocks();
    return {rocks.GetSnapshot(),
            [&rocks](const rocksdb::Snapshot* snapshot) { rocks.ReleaseSnapshot(snapshot); }};
}

class RocksdbCursor final : public RowCursor {
  public:
    // Without a snapshot: sees the moment at which it is made.
    RocksdbCursor(const Database& database, Snapshot snapshot, Table table, Partition partition,
                  std::string_view from)
        : snapshot_(std::move(snapshot)),
          name_(row_name(partition, "")),
          end_(end_of_prefix(name_)) {
        rocksdb::ReadOptions options;
        options.snapshot = snapshot_.get();
        if (end_) {
            end_slice_ = *end_;
            options.iterate_upper_bound = &end_slice_;
        }
        row_.reset(database.rocks().NewIterator(options, database.table(table)));
        seek(from);
    }

    bool valid() const override { return valid_; }
    std::string_view key() const override {
        return std::string_view(row_->key().data(), row_->key().size()).substr(kNumberBytes);
    }
    std::string_view value() const override { return stored().substr(kNumberBytes); }
    Revision revision() const override { return decode_number(stored()); }
    void next() override {
        row_->Next();
        arrive();
    }
    void seek(std::string_view key) override {
        name_.resize(kNumberBytes);
        name_.append(key);
        row_->Seek(name_);
        arrive();
    }
    std::optional<StoreError> error() const override { return error_; }

  private:
    std::string_view stored() const { return {row_->value().data(), row_->value().size()}; }
    void arrive() {
        valid_ = row_->Valid();
        error_.reset();
        if (valid_ && row_->value().size() < kNumberBytes) {
            valid_ = false;
            error_ = StoreError::Corrupt;
        } else if (!valid_ && !row_->status().ok()) {
            error_ = store_error_of_status(row_->status());
        }
    }

    Snapshot snapshot_;  // outlives row_, and is shared with other cursors
    std::string name_;
    std::optional<std::string> end_;
    rocksdb::Slice end_slice_;
    std::unique_ptr<rocksdb::Iterator> row_;
    bool valid_ = false;
    std::optional<StoreError> error_;
};

}  // namespace

// Members go in reverse: the queue first, so that nothing it needs is gone while it drains.
struct RocksdbMetadataStore::State {
    StoreHealth& health;
    WitnessFile witness_file;
    Witness witness;
    std::unique_ptr<Database> database;
    std::unique_ptr<RocksdbCommitter> committer;
    std::unique_ptr<CommitQueue> queue;
};

Result<std::unique_ptr<RocksdbMetadataStore>, EngineError> RocksdbMetadataStore::open(
    const RocksdbStoreOptions& options, StoreHealth& health) {
    const auto unusable = [](const std::filesystem::path& path, StoreError error) {
        return fail(EngineError{
            .kind = EngineError::Kind::Io,
            .message = path.string() + " cannot be used: " + std::string(to_text(error)) + "."});
    };
    const auto io_error = [&](StoreError error) { return unusable(options.witness_path, error); };
    auto witness_file = WitnessFile::open(options.witness_path);
    if (!witness_file) return io_error(witness_file.error());
    const std::optional<Witness> found = witness_file->found();
    const bool was_relaxed = found && found->relaxed;
    const bool fresh = !found && !std::filesystem::exists(options.directory / "CURRENT");

    if (found && !was_relaxed && !options.accept_loss) {
        if (auto problem = check_logs(options.directory, *found)) return fail(*std::move(problem));
    }
    if (auto cut = cut_torn_tails(options.directory); !cut) {
        return unusable(options.directory, cut.error());
    }
    TARN_TRY(auto database,
             Database::open({.directory = options.directory,
                             .block_cache_bytes = options.block_cache_bytes,
                             .log_bytes_max = log_bytes_max(options.directory),
                             .create = fresh,
                             .accept_damaged_log = options.accept_loss || was_relaxed},
                            health));
    Witness witness{.epoch = (found ? found->epoch : 0) + 1,
                    .relaxed = options.durability == Durability::Relaxed};
    database->rocks().GetDbIdentity(witness.database_id);
    if (!options.accept_loss) {
        auto problem = check_recovered(found, witness.database_id,
                                       database->rocks().GetLatestSequenceNumber());
        if (problem) return fail(*std::move(problem));
    }

    std::unique_ptr<State> state(new State{.health = health,
                                           .witness_file = *std::move(witness_file),
                                           .witness = witness,
                                           .database = std::move(database)});
    state->committer = std::make_unique<RocksdbCommitter>(*state->database, state->witness_file,
                                                          witness, health, options.directory);
    if (options.accept_loss) {
        const std::uint64_t lost = found ? found->sequence : 0;
        if (auto done = state->committer->skip_revisions(lost); !done)
            return io_error(done.error());
    }
    if (auto noted = state->committer->note_durably(); !noted) return io_error(noted.error());
    state->queue = std::make_unique<CommitQueue>(*state->committer);
    return std::unique_ptr<RocksdbMetadataStore>(new RocksdbMetadataStore(std::move(state)));
}

RocksdbMetadataStore::RocksdbMetadataStore(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

RocksdbMetadataStore::~RocksdbMetadataStore() {
    state_->queue.reset();
    if (state_->health.failed()) return;
    std::unique_ptr<rocksdb::LogFile> log;
    const bool known = state_->database->rocks().GetCurrentWalFile(&log).ok();
    if (!known || log->SizeFileBytes() < kFlushedLogBytes) return;
    state_->database->flush(Database::Wait::Yes);
    // Nobody can be told here; the note before this one still holds.
    std::ignore = state_->committer->note_durably();
}

Result<Row, StoreError> RocksdbMetadataStore::get(Table table, Partition partition,
                                                  std::string_view key) {
    rocksdb::PinnableSlice stored;
    const rocksdb::Status status = state_->database->rocks().Get(
        rocksdb::ReadOptions(), state_->database->table(table), name_of(partition, key), &stored);
    return to_row(status, stored);
}

std::optional<Result<Row, StoreError>> RocksdbMetadataStore::get_cached(Table table,
                                                                        Partition partition,
                                                                        std::string_view key) {
    rocksdb::ReadOptions options;
    options.read_tier = rocksdb::kBlockCacheTier;
    rocksdb::PinnableSlice stored;
    const rocksdb::Status status = state_->database->rocks().Get(
        options, state_->database->table(table), name_of(partition, key), &stored);
    if (status.IsIncomplete()) return std::nullopt;
    return to_row(status, stored);
}

std::unique_ptr<RowCursor> RocksdbMetadataStore::scan(Table table, Partition partition,
                                                      std::string_view from) {
    return std::make_unique<RocksdbCursor>(*state_->database, nullptr, table, partition, from);
}

std::vector<std::unique_ptr<RowCursor>> RocksdbMetadataStore::scan_together(
    std::span<const Table> tables, Partition partition) {
    const Snapshot snapshot = take_snapshot(*state_->database);
    std::vector<std::unique_ptr<RowCursor>> cursors;
    for (const Table table : tables) {
        cursors.push_back(
            std::make_unique<RocksdbCursor>(*state_->database, snapshot, table, partition, ""));
    }
    return cursors;
}

void RocksdbMetadataStore::commit(Batch batch, std::function<void(CommitResult)> done) {
    state_->queue->submit(std::move(batch), std::move(done));
}

Revision RocksdbMetadataStore::last_revision(Partition partition) {
    std::string value;
    const rocksdb::Status status = state_->database->rocks().Get(
        rocksdb::ReadOptions(), state_->database->sequences(), name_of(partition, ""), &value);
    return status.ok() && value.size() == kNumberBytes ? decode_number(value) : 0;
}

Result<std::vector<Partition>, StoreError> RocksdbMetadataStore::partitions(Table table) {
    std::vector<Partition> found;
    const std::unique_ptr<rocksdb::Iterator> row(state_->database->rocks().NewIterator(
        rocksdb::ReadOptions(), state_->database->table(table)));
    row->SeekToFirst();
    while (row->Valid()) {
        found.push_back(decode_number({row->key().data(), row->key().size()}));
        const auto next = end_of_prefix(row_name(found.back(), ""));
        if (!next) break;
        row->Seek(*next);
    }
    if (!row->status().ok()) return fail(store_error_of_status(row->status()));
    return found;
}

bool RocksdbMetadataStore::healthy() const {
    return state_->health.healthy();
}

std::vector<std::string> RocksdbMetadataStore::verify() {
    std::vector<std::string> damage;
    rocksdb::DB& rocks = state_->database->rocks();
    // The first reads whole files against the checksum in the manifest, the second each block.
    for (const rocksdb::Status& status :
         {rocks.VerifyFileChecksums(rocksdb::ReadOptions()), rocks.VerifyChecksum()}) {
        if (!status.ok()) damage.push_back("metadata: " + status.ToString());
    }
    return damage;
}

std::uint64_t RocksdbMetadataStore::epoch() const {
    return state_->witness.epoch;
}

std::uint64_t RocksdbMetadataStore::sequence() const {
    return state_->database->rocks().GetLatestSequenceNumber();
}

}  // namespace tarn::storage
