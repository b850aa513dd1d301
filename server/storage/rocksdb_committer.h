// Decides and writes commit groups: guards, revisions, one synced write, the witness.
//
// Runs on the thread of a CommitQueue only.

#pragma once

#include "server/storage/commit_queue.h"
#include "server/storage/pending_rows.h"
#include "server/storage/rocksdb_database.h"
#include "server/storage/witness.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace rocksdb {
class WriteBatch;
}

namespace tarn::storage {

class RocksdbCommitter final : public CommitGroupHandler {
  public:
    // witness says what is durable now; all three references must outlive this.
    RocksdbCommitter(Database& database, WitnessFile& witness_file, Witness witness,
                     StoreHealth& health, std::filesystem::path directory);
    ~RocksdbCommitter() override;

    void commit_group(std::span<PendingCommit> group) override;
    void quiet() override;

    // Writes the note of what is durable now, and syncs it.
    Result<void, StoreError> note_durably();
    // After accepted loss: makes every partition go on above all revisions that may have been given
    // out by the commits that are missing.  lost_sequence is the database's sequence number before.
    Result<void, StoreError> skip_revisions(std::uint64_t lost_sequence);

  private:
    struct Sequence {
        Revision last = 0;
        bool touched = false;  // by the present group
    };

    CommitResult decide(const Batch& batch, std::uint64_t& room);
    Result<Sequence*, StoreError> sequence_of(Partition partition);
    Result<Revision, StoreError> stored_revision(std::string_view name);
    Result<bool, StoreError> holds(const Guard& guard, Partition partition);
    // Reads what the batch's prefix deletions have to delete, so that applying it cannot fail.
    Result<void, StoreError> find_prefix_rows(const Batch& batch);
    void apply(const Batch& batch, Revision revision);
    void delete_prefix(const Mutation& mutation, Partition partition,
                       const std::vector<std::string>& rows);
    Result<void, StoreError> write();
    Result<void, StoreError> note();
    Result<void, StoreError> measure_manifest();

    Database& database_;
    WitnessFile& witness_file_;
    Witness witness_;
    StoreHealth& health_;
    std::filesystem::path directory_;  // of the database
    std::filesystem::path manifest_;

    std::unordered_map<Partition, Sequence> sequences_;
    std::optional<Revision> floor_;  // no revision up to this is given out
    std::chrono::steady_clock::time_point last_sync_;
    bool note_synced_ = false;
    bool disk_full_ = false;  // since the last quiet moment

    // Of the present group; kept for their memory.
    std::unique_ptr<rocksdb::WriteBatch> write_;
    PendingRows pending_;
    std::vector<std::pair<Partition, Sequence*>> touched_;
    std::vector<std::vector<std::string>> prefix_rows_;  // one a DeletePrefix of the present batch
    std::string name_;
};

}  // namespace tarn::storage
