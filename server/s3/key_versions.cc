#include "server/s3/key_versions.h"

#include <utility>

namespace tarn::s3 {

using storage::StoreError;
using storage::Table;
using Found = Result<std::optional<ObjectVersion>, StoreError>;

Result<ObjectVersion, StoreError> to_version(storage::Row row, bool is_latest) {
    auto record = decode_object(row.value);
    if (!record) return fail(StoreError::Corrupt);
    return ObjectVersion{
        .record = *std::move(record), .revision = row.revision, .is_latest = is_latest};
}

KeyVersions::KeyVersions(storage::MetadataStore& store, storage::Partition partition,
                         std::string key, std::optional<ObjectVersion> current)
    : store_(store),
      partition_(partition),
      key_(std::move(key)),
      row_revision_(current ? current->revision : 0),
      current_(std::move(current)) {}

Found KeyVersions::load(storage::Revision sequence) {
    if (retired_ && retired_->sequence() == sequence) return retired_;
    if (dropped_rows_.contains(sequence)) return std::nullopt;
    auto row = store_.get(Table::Versions, partition_, version_key(key_, sequence));
    if (!row && row.error() == StoreError::NotFound) return std::nullopt;
    if (!row) return fail(row.error());
    TARN_TRY(ObjectVersion version, to_version(*std::move(row), false));
    return version;
}

Found KeyVersions::find(const VersionSelector& which) {
    if (!current_) return std::nullopt;
    if (which.is_null) {
        if (!is_pushed_ && !current_->record.has_version_id) return current_;
        const storage::Revision older = current_->record.null_sequence;
        return older ? load(older) : Found(std::nullopt);
    }
    if (which.sequence == 0) return std::nullopt;
    Found found = std::nullopt;
    if (!is_pushed_ && current_->sequence() == which.sequence) {
        found = current_;
    } else {
        found = load(which.sequence);
    }
    // The number of the null version is no id.
    if (found && *found && !(*found)->record.has_version_id) return std::nullopt;
    return found;
}

bool KeyVersions::push_blocks(const ObjectRecord& record) const {
    return current_ && !record.has_version_id && current_->record.null_sequence != 0;
}

Result<void, StoreError> KeyVersions::push(ObjectRecord record) {
    // A second one of the same commit would have the same sequence number.
    if (is_pushed_) return {};
    record.sequence = 0;
    record.null_sequence = 0;
    if (current_) {
        const ObjectRecord& old = current_->record;
        if (!old.has_version_id && !record.has_version_id) {
            given_up_.push_back(old.body);
        } else {
            if (record.has_version_id) {
                record.null_sequence =
                    old.has_version_id ? old.null_sequence : current_->sequence();
            } else if (old.null_sequence != 0) {
                TARN_TRY(const auto null_version, load(old.null_sequence));
                if (null_version) drop_row(*null_version);
            }
            retired_ = std::move(current_);
        }
    }
    current_ = ObjectVersion{.record = std::move(record)};
    is_changed_ = is_pushed_ = true;
    return {};
}

void KeyVersions::drop_row(const ObjectVersion& older) {
    given_up_.push_back(older.record.body);
    if (retired_ && retired_->sequence() == older.sequence()) {
        retired_.reset();
    } else {
        dropped_rows_.emplace(older.sequence(), older.revision);
    }
}

Found KeyVersions::newest_older() {
    const std::string prefix = versions_prefix(key_);
    const auto cursor = store_.scan(Table::Versions, partition_, prefix);
    for (; cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
        TARN_TRY(ObjectVersion version,
                 to_version({.value = std::string(cursor->value()), .revision = cursor->revision()},
                            false));
        if (!dropped_rows_.contains(version.sequence())) return version;
    }
    if (const auto error = cursor->error()) return fail(*error);
    return std::nullopt;
}

Result<void, StoreError> KeyVersions::remove(const ObjectVersion& version, bool has_history) {
    if (is_pushed_ || !current_ || version.sequence() != current_->sequence()) {
        drop_row(version);
        return {};
    }
    given_up_.push_back(current_->record.body);
    const storage::Revision null_sequence = current_->record.null_sequence;
    current_.reset();
    is_changed_ = true;
    if (!has_history) return {};
    TARN_TRY(current_, newest_older());
    if (!current_) return {};
    // It moves: its row goes, its number stays.
    dropped_rows_.emplace(current_->sequence(), current_->revision);
    current_->is_latest = true;
    if (current_->record.has_version_id) current_->record.null_sequence = null_sequence;
    return {};
}

Result<bool, StoreError> KeyVersions::still_holds() {
    const auto row = store_.get(Table::Objects, partition_, key_);
    if (!row && row.error() != StoreError::NotFound) return fail(row.error());
    return (row ? row->revision : 0) == row_revision_;
}

void KeyVersions::append_to(storage::Batch& batch) const {
    batch.guards.push_back({Table::Objects, key_, row_revision_});
    using Kind = storage::Mutation::Kind;
    for (const auto& [sequence, revision] : dropped_rows_) {
        const std::string row_key = version_key(key_, sequence);
        batch.guards.push_back({Table::Versions, row_key, revision});
        batch.mutations.push_back({.kind = Kind::Delete, .table = Table::Versions, .key = row_key});
    }
    if (retired_) {
        ObjectRecord record = retired_->record;
        record.sequence = retired_->sequence();
        record.null_sequence = 0;
        batch.mutations.push_back({.table = Table::Versions,
                                   .key = version_key(key_, record.sequence),
                                   .value = encode(record)});
    }
    if (!is_changed_) return;
    if (current_) {
        batch.mutations.push_back(
            {.table = Table::Objects, .key = key_, .value = encode(current_->record)});
    } else {
        batch.mutations.push_back({.kind = Kind::Delete, .table = Table::Objects, .key = key_});
    }
}

}  // namespace tarn::s3
