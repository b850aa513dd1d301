#include "server/storage/memory_metadata_store.h"

#include "server/storage/row_format.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace tarn::storage {

// Looks at the state after commit number snapshot_.  Holds the row it stands on; the lock is taken
// for each step only.
class MemoryMetadataStore::Cursor final : public RowCursor {
  public:
    // snapshot is one that hold_snapshot() gave.
    Cursor(MemoryMetadataStore& store, std::uint64_t snapshot, Table table, Partition partition,
           std::string_view from)
        : store_(store),
          table_(table),
          snapshot_(snapshot),
          name_(row_name(partition, "")),
          end_(end_of_prefix(name_)) {
        seek(from);
    }
    ~Cursor() override {
        const std::unique_lock lock(store_.mutex_);
        store_.snapshots_.erase(store_.snapshots_.find(snapshot_));
        store_.forget_stale();
    }

    bool valid() const override { return value_ != nullptr; }
    std::string_view key() const override { return std::string_view(name_).substr(kNumberBytes); }
    std::string_view value() const override { return *value_; }
    Revision revision() const override { return revision_; }
    void next() override {
        const std::shared_lock lock(store_.mutex_);
        Rows& rows = store_.rows(table_);
        arrive(rows, rows.upper_bound(name_));
    }
    void seek(std::string_view key) override {
        const std::shared_lock lock(store_.mutex_);
        name_.resize(kNumberBytes);
        name_.append(key);
        Rows& rows = store_.rows(table_);
        arrive(rows, rows.lower_bound(name_));
    }
    std::optional<StoreError> error() const override { return std::nullopt; }

  private:
    // Stops at the first row from here on that the snapshot has.
    void arrive(const Rows& rows, Rows::const_iterator row) {
        value_ = nullptr;
        for (; row != rows.end() && (!end_ || row->first < *end_); ++row) {
            const auto seen = std::ranges::find_if(
                row->second.rbegin(), row->second.rend(),
                [&](const Version& version) { return version.commit <= snapshot_; });
            if (seen == row->second.rend() || seen->revision == 0) continue;
            name_ = row->first;
            value_ = seen->value;
            revision_ = seen->revision;
            return;
        }
    }

    MemoryMetadataStore& store_;
    const Table table_;
    const std::uint64_t snapshot_;
    std::string name_;
    const std::optional<std::string> end_;
    std::shared_ptr<const std::string> value_;
    Revision revision_ = 0;
};

MemoryMetadataStore::MemoryMetadataStore() = default;
MemoryMetadataStore::~MemoryMetadataStore() = default;

Result<Row, StoreError> MemoryMetadataStore::get(Table table, Partition partition,
                                                 std::string_view key) {
    thread_local std::string name;
    encode_row_name(name, partition, key);
    const std::shared_lock lock(mutex_);
    const Version* const version = newest(table, name);
    if (version == nullptr) return fail(StoreError::NotFound);
    return Row{.value = *version->value, .revision = version->revision};
}

std::optional<Result<Row, StoreError>> MemoryMetadataStore::get_cached(Table table,
                                                                       Partition partition,
                                                                       std::string_view key) {
    return get(table, partition, key);
}

std::unique_ptr<RowCursor> MemoryMetadataStore::scan(Table table, Partition partition,
                                                     std::string_view from) {
    return std::make_unique<Cursor>(*this, hold_snapshot(1), table, partition, from);
}

std::vector<std::unique_ptr<RowCursor>> MemoryMetadataStore::scan_together(
    std::span<const Table> tables, Partition partition) {
    const std::uint64_t snapshot = hold_snapshot(tables.size());
    std::vector<std::unique_ptr<RowCursor>> cursors;
    for (const Table table : tables)
        cursors.push_back(std::make_unique<Cursor>(*this, snapshot, table, partition, ""));
    return cursors;
}

std::uint64_t MemoryMetadataStore::hold_snapshot(std::size_t cursor_count) {
    const std::unique_lock lock(mutex_);
    for (std::size_t i = 0; i < cursor_count; ++i)
        snapshots_.insert(last_commit_);
    return last_commit_;
}

void MemoryMetadataStore::commit(Batch batch, std::function<void(CommitResult)> done) {
    CommitResult result = 0;
    {
        const std::unique_lock lock(mutex_);
        result = apply(batch);
    }
    done(result);
}

Revision MemoryMetadataStore::last_revision(Partition partition) {
    const std::shared_lock lock(mutex_);
    const auto found = sequences_.find(partition);
    return found == sequences_.end() ? 0 : found->second;
}

Result<std::vector<Partition>, StoreError> MemoryMetadataStore::partitions(Table table) {
    const std::shared_lock lock(mutex_);
    std::vector<Partition> found;
    for (const auto& [name, versions] : rows(table)) {
        if (versions.back().revision == 0) continue;
        const Partition partition = decode_number(name);
        if (found.empty() || found.back() != partition) found.push_back(partition);
    }
    return found;
}

const MemoryMetadataStore::Version* MemoryMetadataStore::newest(Table table,
                                                                std::string_view name) {
    const auto row = rows(table).find(name);
    if (row == rows(table).end() || row->second.back().revision == 0) return nullptr;
    return &row->second.back();
}

CommitResult MemoryMetadataStore::apply(Batch& batch) {
    for (const Guard& guard : batch.guards) {
        const Version* const version = newest(guard.table, row_name(batch.partition, guard.key));
        const Revision revision = version == nullptr ? 0 : version->revision;
        if (revision != guard.revision) return fail(StoreError::Conflict);
    }
    ++last_commit_;
    const Revision revision = ++sequences_[batch.partition];
    for (Mutation& mutation : batch.mutations) {
        std::string name = row_name(batch.partition, mutation.key);
        switch (mutation.kind) {
            case Mutation::Kind::Put:
                write(mutation.table, std::move(name), revision,
                      std::make_shared<const std::string>(std::move(mutation.value)));
                break;
            case Mutation::Kind::Delete:
                write(mutation.table, std::move(name), 0, nullptr);
                break;
            case Mutation::Kind::DeletePrefix: {
                Rows& table = rows(mutation.table);
                std::vector<std::string> names;
                for (auto row = table.lower_bound(name);
                     row != table.end() && row->first.starts_with(name); ++row) {
                    names.push_back(row->first);
                }
                for (std::string& below : names) {
                    write(mutation.table, std::move(below), 0, nullptr);
                }
                break;
            }
        }
    }
    forget_stale();
    return revision;
}

void MemoryMetadataStore::write(Table table, std::string name, Revision revision,
                                std::shared_ptr<const std::string> value) {
    Rows& rows_of_table = rows(table);
    auto row = rows_of_table.lower_bound(name);
    const bool known = row != rows_of_table.end() && row->first == name;
    if (!known) {
        if (revision == 0) return;
        row = rows_of_table.emplace_hint(row, name, Versions{});
    }
    Versions& versions = row->second;
    // A batch that writes a row twice leaves one state of it.
    if (!versions.empty() && versions.back().commit == last_commit_) versions.pop_back();
    versions.push_back({.commit = last_commit_, .revision = revision, .value = std::move(value)});
    if (known || revision == 0) {
        stale_.push_back({.commit = last_commit_, .table = table, .name = std::move(name)});
    }
}

void MemoryMetadataStore::forget_stale() {
    const std::uint64_t oldest = snapshots_.empty() ? last_commit_ : *snapshots_.begin();
    while (!stale_.empty() && stale_.front().commit <= oldest) {
        const Stale stale = std::move(stale_.front());
        stale_.pop_front();
        forget_before(rows(stale.table), stale.name, stale.commit);
    }
}

void MemoryMetadataStore::forget_before(Rows& rows, const std::string& name, std::uint64_t commit) {
    const auto row = rows.find(name);
    if (row == rows.end()) return;
    Versions& versions = row->second;
    const auto kept = std::ranges::find_if(
        versions, [&](const Version& version) { return version.commit >= commit; });
    versions.erase(versions.begin(), kept);
    if (versions.size() == 1 && versions.back().revision == 0) rows.erase(row);
}

}  // namespace tarn::storage
