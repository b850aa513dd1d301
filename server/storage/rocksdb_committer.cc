#include "server/storage/rocksdb_committer.h"

#include "server/storage/failpoint.h"
#include "server/storage/free_space.h"
#include "server/storage/row_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

namespace tarn::storage {
namespace {

// Rows below a prefix are deleted one by one up to this many, and by a range tombstone, which makes
// later reads of the range dearer, above.
constexpr std::size_t kPointDeleteMax = 256;
// A group with large bodies must not leave its memory behind.
constexpr std::size_t kKeptWriteBytes = 2 * CommitQueue::kGroupByteMax;
constexpr std::chrono::seconds kNoteSyncPeriod{1};
// Shorter than a partition's name, so it is none.
constexpr std::string_view kFloorName = "floor";
constexpr Revision kLossGap = Revision{1} << 20;

rocksdb::Slice slice_of(std::string_view bytes) {
    return {bytes.data(), bytes.size()};
}

}  // namespace

RocksdbCommitter::RocksdbCommitter(Database& database, WitnessFile& witness_file, Witness witness,
                                   StoreHealth& health, std::filesystem::path directory)
    : database_(database),
      witness_file_(witness_file),
      witness_(std::move(witness)),
      health_(health),
      directory_(std::move(directory)),
      last_sync_(std::chrono::steady_clock::now()),
      write_(std::make_unique<rocksdb::WriteBatch>()) {}

RocksdbCommitter::~RocksdbCommitter() = default;

void RocksdbCommitter::commit_group(std::span<PendingCommit> group) {
    if (health_.failed()) {
        for (PendingCommit& commit : group)
            commit.result = fail(StoreError::Io);
        return;
    }
    write_->Clear();
    pending_.clear();
    touched_.clear();

    std::uint64_t room = room_above_reserve(directory_);
    disk_full_ = disk_full_ || room == 0;
    for (PendingCommit& commit : group)
        commit.result = decide(commit.batch, room);
    if (touched_.empty()) return;

    for (const auto& [partition, sequence] : touched_) {
        std::array<char, kNumberBytes> name;
        std::array<char, kNumberBytes> value;
        write_big_endian(name.data(), partition);
        write_big_endian(value.data(), sequence->last);
        write_->Put(database_.sequences(), rocksdb::Slice(name.data(), name.size()),
                    rocksdb::Slice(value.data(), value.size()));
        sequence->touched = false;
    }
    const auto written = write();
    if (!written) {
        for (PendingCommit& commit : group) {
            if (commit.result) commit.result = fail(written.error());
        }
    }
    if (write_->GetDataSize() > kKeptWriteBytes) write_ = std::make_unique<rocksdb::WriteBatch>();
}

void RocksdbCommitter::quiet() {
    if (health_.failed()) return;
    // What was deleted on a full disk must become free soon.
    if (std::exchange(disk_full_, false)) database_.flush(Database::Wait::No);
    if (!note_synced_ && !note_durably()) health_.fail();
}

CommitResult RocksdbCommitter::decide(const Batch& batch, std::uint64_t& room) {
    TARN_TRY(Sequence* const sequence, sequence_of(batch.partition));
    for (const Guard& guard : batch.guards) {
        TARN_TRY(const bool held, holds(guard, batch.partition));
        if (!held) return fail(StoreError::Conflict);
    }
    if (!admit_batch(batch, room)) return fail(StoreError::NoSpace);
    if (auto found = find_prefix_rows(batch); !found) return fail(found.error());

    // From here on nothing can fail.
    const Revision revision = ++sequence->last;
    if (!sequence->touched) {
        sequence->touched = true;
        touched_.emplace_back(batch.partition, sequence);
    }
    apply(batch, revision);
    return revision;
}

Result<RocksdbCommitter::Sequence*, StoreError> RocksdbCommitter::sequence_of(Partition partition) {
    const auto known = sequences_.find(partition);
    if (known != sequences_.end()) return &known->second;

    if (!floor_) {
        TARN_TRY(floor_, stored_revision(kFloorName));
    }
    TARN_TRY(const Revision stored, stored_revision(row_name(partition, "")));
    return &sequences_.emplace(partition, Sequence{.last = std::max(stored, *floor_)})
                .first->second;
}

Result<Revision, StoreError> RocksdbCommitter::stored_revision(std::string_view name) {
    std::string value;
    const rocksdb::Status status = database_.rocks().Get(
        rocksdb::ReadOptions(), database_.sequences(), slice_of(name), &value);
    if (status.IsNotFound()) return 0;
    if (!status.ok()) return fail(store_error_of_status(status));
    if (value.size() != kNumberBytes) return fail(StoreError::Corrupt);
    return decode_number(value);
}

Result<bool, StoreError> RocksdbCommitter::holds(const Guard& guard, Partition partition) {
    if (const auto revision = pending_.find(guard.table, partition, guard.key)) {
        return *revision == guard.revision;
    }
    encode_row_name(name_, partition, guard.key);
    rocksdb::PinnableSlice row;
    const rocksdb::Status status = database_.rocks().Get(
        rocksdb::ReadOptions(), database_.table(guard.table), slice_of(name_), &row);
    if (status.IsNotFound()) return guard.revision == 0;
    if (!status.ok()) return fail(store_error_of_status(status));
    if (row.size() < kNumberBytes) return fail(StoreError::Corrupt);
    return decode_number({row.data(), row.size()}) == guard.revision;
}

Result<void, StoreError> RocksdbCommitter::find_prefix_rows(const Batch& batch) {
    prefix_rows_.clear();
    for (const Mutation& mutation : batch.mutations) {
        if (mutation.kind != Mutation::Kind::DeletePrefix) continue;
        std::vector<std::string>& rows = prefix_rows_.emplace_back();

        const std::string prefix = row_name(batch.partition, mutation.key);
        const bool has_end = end_of_prefix(prefix).has_value();
        const std::unique_ptr<rocksdb::Iterator> row(
            database_.rocks().NewIterator(rocksdb::ReadOptions(), database_.table(mutation.table)));
        for (row->Seek(prefix); row->Valid() && row->key().starts_with(prefix); row->Next()) {
            rows.push_back(row->key().ToString());
            if (has_end && rows.size() > kPointDeleteMax) break;
        }
        if (!row->status().ok()) return fail(store_error_of_status(row->status()));
    }
    return {};
}

void RocksdbCommitter::apply(const Batch& batch, Revision revision) {
    std::array<char, kNumberBytes> revision_bytes;
    write_big_endian(revision_bytes.data(), revision);
    std::array<char, kNumberBytes> partition_bytes;
    write_big_endian(partition_bytes.data(), batch.partition);
    const rocksdb::Slice revision_slice(revision_bytes.data(), revision_bytes.size());
    const rocksdb::Slice partition_slice(partition_bytes.data(), partition_bytes.size());

    auto prefix_rows = prefix_rows_.begin();
    for (const Mutation& mutation : batch.mutations) {
        const std::array<rocksdb::Slice, 2> name{partition_slice, slice_of(mutation.key)};
        const rocksdb::SliceParts name_parts(name.data(), static_cast<int>(name.size()));
        switch (mutation.kind) {
            case Mutation::Kind::Put: {
                const std::array<rocksdb::Slice, 2> row{revision_slice, slice_of(mutation.value)};
                write_->Put(database_.table(mutation.table), name_parts,
                            rocksdb::SliceParts(row.data(), static_cast<int>(row.size())));
                pending_.set(mutation.table, batch.partition, mutation.key, revision);
                break;
            }
            case Mutation::Kind::Delete:
                write_->Delete(database_.table(mutation.table), name_parts);
                pending_.set(mutation.table, batch.partition, mutation.key, 0);
                break;
            case Mutation::Kind::DeletePrefix:
                delete_prefix(mutation, batch.partition, *prefix_rows++);
                break;
        }
    }
}

void RocksdbCommitter::delete_prefix(const Mutation& mutation, Partition partition,
                                     const std::vector<std::string>& rows) {
    rocksdb::ColumnFamilyHandle* const table = database_.table(mutation.table);
    const std::string prefix = row_name(partition, mutation.key);
    const auto end = end_of_prefix(prefix);
    const bool by_range = rows.size() > kPointDeleteMax && end;
    if (by_range) {
        write_->DeleteRange(table, prefix, *end);
    } else {
        for (const std::string& row : rows)
            write_->Delete(table, row);
    }
    // Rows that the group itself wrote are not in the database yet.
    pending_.delete_prefix(mutation.table, partition, mutation.key, [&](std::string_view key) {
        if (!by_range) write_->Delete(table, row_name(partition, key));
    });
}

Result<void, StoreError> RocksdbCommitter::write() {
    if (failpoint("commit.before_write")) {
        health_.fail();
        return fail(StoreError::Io);
    }
    rocksdb::WriteOptions options;
    options.sync = !witness_.relaxed && failpoint_outcome("commit.sync") != FailpointOutcome::Skip;
    const rocksdb::Status status = database_.rocks().Write(options, write_.get());
    if (!status.ok()) {
        // RocksDB itself waits for space and then goes on; nothing else is tried again.
        if (!status.IsNoSpace()) health_.fail();
        return fail(store_error_of_status(status));
    }
    if (failpoint("commit.after_write")) {
        health_.fail();
        return fail(StoreError::Io);
    }
    // The group is durable whether or not it could be noted.
    if (!note() || failpoint("commit.after_witness")) health_.fail();
    return {};
}

Result<void, StoreError> RocksdbCommitter::note() {
    witness_.sequence = database_.rocks().GetLatestSequenceNumber();
    std::unique_ptr<rocksdb::LogFile> log;
    const rocksdb::Status status = database_.rocks().GetCurrentWalFile(&log);
    if (!status.ok()) return fail(store_error_of_status(status));
    witness_.log_number = log->LogNumber();
    witness_.log_bytes = log->SizeFileBytes();
    if (auto measured = measure_manifest(); !measured) return measured;
    if (auto written = witness_file_.write(witness_); !written) return written;
    note_synced_ = false;

    const auto now = std::chrono::steady_clock::now();
    if (now - last_sync_ < kNoteSyncPeriod) return {};
    last_sync_ = now;
    note_synced_ = true;
    return witness_file_.sync();
}

Result<void, StoreError> RocksdbCommitter::note_durably() {
    last_sync_ = {};
    return note();
}

Result<void, StoreError> RocksdbCommitter::measure_manifest() {
    if (witness_.manifest_number == 0) {
        // "MANIFEST-000123\n"; a manifest is only ever replaced while the database is opened.
        TARN_TRY(const std::string current, read_file(directory_ / "CURRENT"));
        const std::size_t dash = current.find('-');
        if (dash == std::string::npos) return fail(StoreError::Corrupt);
        std::from_chars(current.data() + dash + 1, current.data() + current.size(),
                        witness_.manifest_number);
        manifest_ = directory_ / current.substr(0, current.find('\n'));
    }
    std::error_code error;
    const std::uint64_t bytes = std::filesystem::file_size(manifest_, error);
    if (error) return fail(StoreError::Io);
    if (bytes == witness_.manifest_bytes) return {};
    // RocksDB may be about to sync this very growth: a note must not claim it before it is durable.
    if (!witness_.relaxed) {
        TARN_TRY(const FileDescriptor file, open_file(manifest_, O_RDONLY));
        if (auto synced = sync_data(file.get()); !synced) return synced;
    }
    witness_.manifest_bytes = bytes;
    return {};
}

Result<void, StoreError> RocksdbCommitter::skip_revisions(std::uint64_t lost_sequence) {
    // Every commit moves the database's sequence on, so no partition's revision is above it; the
    // gap covers commits after the last note, and a note that is lost itself.
    Revision floor = lost_sequence;
    const std::unique_ptr<rocksdb::Iterator> row(
        database_.rocks().NewIterator(rocksdb::ReadOptions(), database_.sequences()));
    for (row->SeekToFirst(); row->Valid(); row->Next()) {
        if (row->value().size() != kNumberBytes) return fail(StoreError::Corrupt);
        floor = std::max(floor, decode_number({row->value().data(), row->value().size()}));
    }
    if (!row->status().ok()) return fail(store_error_of_status(row->status()));

    std::array<char, kNumberBytes> value;
    write_big_endian(value.data(), floor + kLossGap);
    rocksdb::WriteOptions options;
    options.sync = true;
    const rocksdb::Status status =
        database_.rocks().Put(options, database_.sequences(), slice_of(kFloorName),
                              rocksdb::Slice(value.data(), value.size()));
    if (!status.ok()) return fail(store_error_of_status(status));
    // Into tables, so that nothing needs the damaged log any more.
    database_.flush(Database::Wait::Yes);
    return {};
}

}  // namespace tarn::storage
