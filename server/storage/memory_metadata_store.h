// A MetadataStore that lives and dies with the process: --ephemeral, and tests of what is above.

#pragma once

#include "server/storage/metadata_store.h"

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace tarn::storage {

// commit() decides and applies on the caller's thread, and calls done before it returns.
class MemoryMetadataStore final : public MetadataStore {
  public:
    MemoryMetadataStore();
    ~MemoryMetadataStore() override;

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
    bool healthy() const override { return true; }

  private:
    class Cursor;

    // One state of a row: from commit number on, until the next state.
    struct Version {
        std::uint64_t commit = 0;
        Revision revision = 0;                     // 0: deleted
        std::shared_ptr<const std::string> value;  // shared with cursors
    };
    using Versions = std::vector<Version>;  // oldest first, never empty
    using Rows = std::map<std::string, Versions, std::less<>>;
    struct Stale {
        std::uint64_t commit = 0;  // what was before it is unseen once no snapshot is older
        Table table = Table::System;
        std::string name;
    };

    Rows& rows(Table table) { return tables_[static_cast<std::size_t>(table)]; }
    // The number of the last commit, kept in view of so many cursors to be.
    std::uint64_t hold_snapshot(std::size_t cursor_count);
    const Version* newest(Table table, std::string_view name);
    CommitResult apply(Batch& batch);
    void write(Table table, std::string name, Revision revision,
               std::shared_ptr<const std::string> value);
    // Forgets the states of rows that no cursor can see any more.
    void forget_stale();
    void forget_before(Rows& rows, const std::string& name, std::uint64_t commit);

    std::shared_mutex mutex_;
    std::array<Rows, kTableCount> tables_;
    std::unordered_map<Partition, Revision> sequences_;
    std::uint64_t last_commit_ = 0;
    std::multiset<std::uint64_t> snapshots_;  // commit numbers that cursors look at
    std::deque<Stale> stale_;
};

}  // namespace tarn::storage
