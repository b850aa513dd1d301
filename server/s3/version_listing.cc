#include "server/s3/version_listing.h"

#include <array>
#include <utility>

namespace tarn::s3 {
namespace {

using storage::RowCursor;
using storage::StoreError;
using storage::Table;

Result<ObjectVersion, StoreError> version_at(const RowCursor& cursor, bool is_latest) {
    return to_version({.value = std::string(cursor.value()), .revision = cursor.revision()},
                      is_latest);
}

// Walks the rows of Table::Objects and of Table::Versions side by side: both are in key order, and
// as they were at one moment, so that a version that moves from one to the other is there once.
class VersionWalk {
  public:
    VersionWalk(storage::MetadataStore& store, storage::Partition partition,
                const VersionListingQuery& query, VersionSink& sink)
        : query_(query), sink_(sink) {
        constexpr std::array kTables = {Table::Objects, Table::Versions};
        auto cursors = store.scan_together(kTables, partition);
        objects_ = std::move(cursors[0]);
        versions_ = std::move(cursors[1]);
    }

    Result<VersionListingEnd, StoreError> run() {
        if (query_.keys.max == 0) return end_;
        if (query_.after_version) {
            if (auto done = rest_of_key(); !done) return fail(done.error());
        }
        const ListingStart start = listing_start(query_.keys);
        if (start.done) return end_;
        seek(start.key);
        while (!is_done_ && !end_.truncated && objects_->valid() &&
               objects_->key().starts_with(query_.keys.prefix)) {
            if (auto done = next_key(); !done) return fail(done.error());
        }
        if (const auto error = objects_->error()) return fail(*error);
        if (const auto error = versions_->error()) return fail(*error);
        return end_;
    }

  private:
    void seek(std::string_view key) {
        objects_->seek(key);
        versions_->seek(versions_prefix(key));
    }

    // False: the page is full.
    bool take_place() {
        end_.truncated = count_ == query_.keys.max;
        if (!end_.truncated) ++count_;
        return !end_.truncated;
    }

    bool emit(std::string_view key, ObjectVersion version) {
        if (!take_place()) return false;
        sink_.version(key, version);
        end_.last_key = key;
        end_.last_version = std::move(version);
        return true;
    }

    // The older versions of key, from where the cursor is.
    Result<void, StoreError> older_versions(std::string_view key) {
        const std::string prefix = versions_prefix(key);
        for (; versions_->valid() && versions_->key().starts_with(prefix); versions_->next()) {
            TARN_TRY(ObjectVersion version, version_at(*versions_, false));
            if (!emit(key, std::move(version))) return {};
        }
        return {};
    }

    // The versions of the key marker that are older than the version marker.
    Result<void, StoreError> rest_of_key() {
        const std::string& key = query_.keys.after;
        if (!key.starts_with(query_.keys.prefix)) return {};
        objects_->seek(key);
        if (!objects_->valid() || objects_->key() != key) return {};
        TARN_TRY(const ObjectVersion current, version_at(*objects_, true));
        storage::Revision sequence = query_.after_version->sequence;
        if (query_.after_version->is_null) {
            sequence =
                current.record.has_version_id ? current.record.null_sequence : current.sequence();
        }
        // The null version is gone and its place unknown: better twice than not at all.
        if (sequence == 0) sequence = current.sequence() + 1;
        if (sequence > current.sequence() && !emit(key, current)) return {};
        versions_->seek(version_key(key, sequence - 1));
        return older_versions(key);
    }

    Result<void, StoreError> next_key() {
        const std::string_view rolled = listing_common_prefix(objects_->key(), query_.keys);
        if (!rolled.empty()) {
            const std::string prefix(rolled);
            if (!take_place()) return {};
            sink_.common_prefix(prefix);
            end_.last_key = prefix;
            end_.last_version.reset();
            const std::string next = after_prefix(prefix);
            is_done_ = next.empty();
            if (!is_done_) seek(next);
            return {};
        }
        const std::string key(objects_->key());
        TARN_TRY(ObjectVersion current, version_at(*objects_, true));
        if (!emit(key, std::move(current))) return {};
        // Rows of keys that are not listed may lie between.
        const std::string prefix = versions_prefix(key);
        if (versions_->valid() && versions_->key() < prefix) versions_->seek(prefix);
        if (auto done = older_versions(key); !done) return done;
        if (!end_.truncated) objects_->next();
        return {};
    }

    const VersionListingQuery& query_;
    VersionSink& sink_;
    std::unique_ptr<RowCursor> objects_;
    std::unique_ptr<RowCursor> versions_;
    std::size_t count_ = 0;
    bool is_done_ = false;  // nothing can follow
    VersionListingEnd end_;
};

}  // namespace

Result<VersionListingEnd, StoreError> list_versions(storage::MetadataStore& store,
                                                    storage::Partition partition,
                                                    const VersionListingQuery& query,
                                                    VersionSink& sink) {
    return VersionWalk(store, partition, query, sink).run();
}

}  // namespace tarn::s3
