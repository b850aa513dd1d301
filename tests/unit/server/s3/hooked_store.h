// A store in which a test can let something happen right before a commit or after a read.

#pragma once

#include "server/storage/metadata_store.h"

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::s3 {

class HookedStore final : public storage::MetadataStore {
  public:
    explicit HookedStore(storage::MetadataStore& store) : store_(store) {}

    // Runs before the next commit and never again.
    void before_next_commit(std::function<void(storage::MetadataStore&)> action) {
        action_ = std::move(action);
    }

    // Runs once, when so many commits were made, before their requests go on.
    void after_commits(int count, std::function<void(storage::MetadataStore&)> action) {
        commits_to_go_ = count;
        committed_action_ = std::move(action);
    }

    // Runs once, when rows of the table have been asked for that often.
    void after_reads(storage::Table table, int count,
                     std::function<void(storage::MetadataStore&)> action) {
        read_table_ = table;
        reads_to_go_ = count;
        read_action_ = std::move(action);
    }

    // Runs before the next get() from the table and never again.
    void before_next_get(storage::Table table,
                         std::function<void(storage::MetadataStore&)> action) {
        get_table_ = table;
        get_action_ = std::move(action);
    }

    // Runs right after the next cursor was made and never again.
    void after_next_scan(std::function<void(storage::MetadataStore&)> action) {
        scan_action_ = std::move(action);
    }

    Result<storage::Row, storage::StoreError> get(storage::Table table,
                                                  storage::Partition partition,
                                                  std::string_view key) override {
        if (table == get_table_) {
            if (const auto action = std::exchange(get_action_, nullptr)) action(store_);
        }
        return store_.get(table, partition, key);
    }
    std::optional<Result<storage::Row, storage::StoreError>> get_cached(
        storage::Table table, storage::Partition partition, std::string_view key) override {
        auto row = store_.get_cached(table, partition, key);
        if (table == read_table_ && reads_to_go_ > 0 && --reads_to_go_ == 0) read_action_(store_);
        return row;
    }
    std::unique_ptr<storage::RowCursor> scan(storage::Table table, storage::Partition partition,
                                             std::string_view from) override {
        auto cursor = store_.scan(table, partition, from);
        if (const auto action = std::exchange(scan_action_, nullptr)) action(store_);
        return cursor;
    }
    std::vector<std::unique_ptr<storage::RowCursor>> scan_together(
        std::span<const storage::Table> tables, storage::Partition partition) override {
        auto cursors = store_.scan_together(tables, partition);
        if (const auto action = std::exchange(scan_action_, nullptr)) action(store_);
        return cursors;
    }
    void commit(storage::Batch batch, std::function<void(storage::CommitResult)> done) override {
        if (const auto action = std::exchange(action_, nullptr)) action(store_);
        store_.commit(std::move(batch), std::move(done));
        if (commits_to_go_ > 0 && --commits_to_go_ == 0) committed_action_(store_);
    }
    storage::Revision last_revision(storage::Partition partition) override {
        return store_.last_revision(partition);
    }
    Result<std::vector<storage::Partition>, storage::StoreError> partitions(
        storage::Table table) override {
        return store_.partitions(table);
    }
    bool healthy() const override { return store_.healthy(); }

  private:
    storage::MetadataStore& store_;
    std::function<void(storage::MetadataStore&)> action_;
    int commits_to_go_ = 0;
    std::function<void(storage::MetadataStore&)> committed_action_;
    storage::Table read_table_ = storage::Table::Objects;
    int reads_to_go_ = 0;
    std::function<void(storage::MetadataStore&)> read_action_;
    storage::Table get_table_ = storage::Table::Objects;
    std::function<void(storage::MetadataStore&)> get_action_;
    std::function<void(storage::MetadataStore&)> scan_action_;
};

}  // namespace tarn::s3
