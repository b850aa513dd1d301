#include "server/s3/object_lock.h"
#include "server/s3/object_store.h"
#include "server/s3/uploads.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace tarn::s3 {

using storage::StoreError;
using storage::Table;

namespace {

// The removals of one commit.  A key may be in it more than once, with several of its versions.
class RemovalPlan {
  public:
    // Reads the rows that the removals touch.  Blocks.
    static Result<RemovalPlan, StoreError> read(Services& services, const Bucket& bucket,
                                                const std::vector<ObjectRemoval>& removals) {
        RemovalPlan plan;
        for (const ObjectRemoval& removal : removals) {
            if (plan.keys_.contains(removal.key)) continue;
            auto row = services.metadata.get(Table::Objects, bucket.partition(), removal.key);
            std::optional<ObjectVersion> current;
            if (row) {
                TARN_TRY(current, to_version(*std::move(row), true));
            } else if (row.error() != StoreError::NotFound) {
                return fail(row.error());
            }
            plan.keys_.emplace(removal.key, KeyVersions(services.metadata, bucket.partition(),
                                                        removal.key, std::move(current)));
        }
        return plan;
    }

    // bucket must have been looked up after the rows were read: if it never had versioning then no
    // key had older versions.  Blocks.
    Result<void, StoreError> apply(const Bucket& bucket, const ObjectRemoval& removal,
                                   WallTime now) {
        KeyVersions& key = keys_.at(removal.key);
        if (removal.version_id) return remove_version(bucket, removal, key, now);
        const auto& current = key.current();
        const bool is_there = current && !current->record.is_delete_marker();
        if (removal.condition) {
            auto holds = removal.condition(is_there ? &current->record : nullptr);
            if (!holds) {
                add(fail(std::move(holds).error()));
                return {};
            }
        }
        VersionEffect effect{.found = is_there};
        const std::uint64_t current_bytes = current ? current->record.body.size : 0;
        if (bucket.record.versioning == Versioning::Unset) {
            if (current) {
                if (auto done = key.remove(*current, false); !done) return done;
                effect.removed_bytes = current_bytes;
            }
        } else {
            ObjectRecord marker{.body = {.kind = BodyRef::Kind::DeleteMarker},
                                .last_modified = now,
                                .owner_account_id = bucket.record.owner_account_id};
            marker.has_version_id = bucket.record.versioning == Versioning::Enabled;
            if (auto done = key.push(std::move(marker)); !done) return done;
            effect.is_delete_marker = true;
        }
        add(std::move(effect));
        return {};
    }

    bool changes_anything() const { return changes_; }
    // Whether what was read is what there is, where no commit's guards say so.  Blocks.
    Result<bool, StoreError> still_holds() {
        for (auto& [name, key] : keys_) {
            TARN_TRY(const bool holds, key.still_holds());
            if (!holds) return false;
        }
        return true;
    }
    // Keys whose new current version, if any, is older than what happens here.
    std::vector<std::string> keys_without_trace() const {
        std::vector<std::string> names;
        for (const auto& [name, key] : keys_) {
            if (key.loses_current()) names.push_back(name);
        }
        return names;
    }
    void append_to(storage::Batch& batch, std::vector<BodyRef>& given_up) const {
        for (const auto& [name, key] : keys_) {
            key.append_to(batch);
            std::ranges::copy(key.given_up(), std::back_inserter(given_up));
        }
    }
    // The ids of delete markers are known once they are committed.
    std::vector<Result<VersionEffect, Error>> finish(const Bucket& bucket,
                                                     const std::vector<ObjectRemoval>& removals,
                                                     storage::Revision revision) {
        for (std::size_t i = 0; i < removals.size(); ++i) {
            if (!effects_[i] || removals[i].version_id || !effects_[i]->is_delete_marker) continue;
            effects_[i]->version_id =
                bucket.record.versioning == Versioning::Enabled
                    ? make_version_id(bucket.partition(), removals[i].key, revision)
                    : std::string(kNullVersionId);
        }
        return std::move(effects_);
    }

  private:
    Result<void, StoreError> remove_version(const Bucket& bucket, const ObjectRemoval& removal,
                                            KeyVersions& key, WallTime now) {
        const auto which = parse_version_id(bucket, removal.key, *removal.version_id);
        if (!which) {
            add(fail(which.error()));
            return {};
        }
        TARN_TRY(const auto version, key.find(*which));
        VersionEffect effect{.found = version.has_value(), .version_id = *removal.version_id};
        if (removal.condition) {
            auto holds = removal.condition(version ? &version->record : nullptr);
            if (!holds) {
                add(fail(std::move(holds).error()));
                return {};
            }
        }
        if (version &&
            is_protected(version->record.attributes.lock, now, removal.bypass_governance)) {
            add(fail(locked_error()));
            return {};
        }
        if (version) {
            effect.is_delete_marker = version->record.is_delete_marker();
            effect.removed_bytes = version->record.body.size;
            const bool has_history = bucket.record.versioning != Versioning::Unset;
            if (auto done = key.remove(*version, has_history); !done) return done;
        }
        add(std::move(effect));
        return {};
    }

    void add(Result<VersionEffect, Error> effect) {
        changes_ = changes_ || (effect && (effect->found || effect->is_delete_marker));
        effects_.push_back(std::move(effect));
    }

    std::map<std::string, KeyVersions, std::less<>> keys_;
    std::vector<Result<VersionEffect, Error>> effects_;
    bool changes_ = false;
};

}  // namespace

net::Task<Result<std::vector<Result<VersionEffect, Error>>, Error>> remove_objects(
    Services& services, BucketPtr bucket, std::vector<ObjectRemoval> removals) {
    const WallTime now = services.clock.now();
    for (int attempt = 0; attempt < kMaxWriteAttempts; ++attempt) {
        auto plan = co_await services.pool.run([&]() -> Result<RemovalPlan, StoreError> {
            TARN_TRY(RemovalPlan made, RemovalPlan::read(services, *bucket, removals));
            const BucketPtr newest = services.buckets.find(bucket->name);
            if (newest && newest->record.id == bucket->record.id) bucket = newest;
            for (const ObjectRemoval& removal : removals) {
                if (auto done = made.apply(*bucket, removal, now); !done) return fail(done.error());
            }
            return made;
        });
        if (!plan) co_return fail(store_failure(plan.error(), "reading what is to be removed"));
        if (!plan->changes_anything()) {
            const auto holds = co_await services.pool.run([&] { return plan->still_holds(); });
            if (!holds) co_return fail(store_failure(holds.error(), "reading what was removed"));
            if (*holds) co_return plan->finish(*bucket, removals, 0);
            continue;
        }

        storage::Batch batch{.partition = bucket->partition(), .guards = {bucket->state_guard()}};
        std::vector<BodyRef> given_up;
        plan->append_to(batch, given_up);
        const auto noted = co_await append_deletions(services, plan->keys_without_trace(), batch);
        if (!noted) co_return fail(noted.error());
        const auto committed = co_await commit_with_bodies(services, std::move(batch), given_up);
        if (!committed) co_return fail(committed.error());
        if (*committed) co_return plan->finish(*bucket, removals, **committed);
        TARN_CO_TRY(bucket, recheck_bucket(services, bucket));
    }
    co_return fail(s3_error(ErrorCode::SlowDown));
}

}  // namespace tarn::s3
