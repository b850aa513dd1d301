#include "server/s3/bucket_update.h"

#include "server/s3/bucket_creation.h"

#include <algorithm>
#include <utility>

namespace tarn::s3 {
namespace {

constexpr int kMaxAttempts = 1000;

Result<BucketPtr, Error> find_again(Services& services, const Bucket& bucket) {
    BucketPtr current = services.buckets.find(bucket.name);
    if (!current || current->record.id != bucket.record.id) {
        return fail(no_such_bucket(bucket.name));
    }
    return current;
}

net::Task<Outcome> replace_record(Services& services, const Bucket& bucket,
                                  const BucketChange& change) {
    const std::string key = bucket_key(bucket.name);
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        TARN_CO_TRY(const BucketPtr current, find_again(services, bucket));
        Bucket changed = *current;
        if (auto done = change(changed); !done) co_return done;
        const auto committed = co_await commit(
            services,
            {.partition = storage::kSystemPartition,
             .guards = {{storage::Table::System, key, current->record_revision}},
             .mutations = {
                 {.table = storage::Table::System, .key = key, .value = encode(changed.record)}}});
        if (committed) {
            services.buckets.change(bucket.name, bucket.record.id, [&](Bucket& shown) {
                shown.record = std::move(changed.record);
                shown.record_revision = *committed;
                parse_record(shown);
            });
            co_return Outcome{};
        }
        if (committed.error() != storage::StoreError::Conflict) {
            co_return fail(store_failure(committed.error(), "changing a bucket"));
        }
    }
    co_return fail(s3_error(ErrorCode::OperationAborted));
}

// Every write guards the bucket's state row, so a new revision of it turns back those under way.
net::Task<Outcome> turn_back_writes(Services& services, const Bucket& bucket) {
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        TARN_CO_TRY(const BucketPtr current, find_again(services, bucket));
        storage::Batch batch{.partition = bucket.partition(), .guards = {current->state_guard()}};
        batch.mutations.push_back({.table = storage::Table::System,
                                   .key = std::string(kBucketStateKey),
                                   .value = std::string(kBucketExists)});
        const auto committed = co_await commit(services, std::move(batch));
        if (committed) {
            services.buckets.change(bucket.name, bucket.record.id, [&](Bucket& shown) {
                shown.state_revision = std::max(shown.state_revision, *committed);
            });
            co_return Outcome{};
        }
        if (committed.error() != storage::StoreError::Conflict) {
            co_return fail(store_failure(committed.error(), "changing a bucket"));
        }
    }
    co_return fail(s3_error(ErrorCode::OperationAborted));
}

}  // namespace

net::Task<Outcome> update_bucket(Services& services, const Bucket& bucket, BucketChange change) {
    if (auto done = co_await replace_record(services, bucket, change); !done) co_return done;
    co_return co_await turn_back_writes(services, bucket);
}

}  // namespace tarn::s3
