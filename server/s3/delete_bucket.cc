// DeleteBucket.
//
// Every write to a bucket guards its state row.  So the deletion first changes that row, which
// makes writes under way fail and look again; then it looks whether the bucket is empty; then it
// removes the bucket, or puts the row back.  No write can slip in between, and a crash leaves a
// state that BucketRegistry::load() repairs.

#include "server/s3/bucket_creation.h"
#include "server/s3/object_store.h"
#include "server/s3/operations.h"

#include <algorithm>

namespace tarn::s3 {
namespace {

using storage::Table;

net::Task<storage::CommitResult> set_state(Services& services, const Bucket& bucket,
                                           std::string_view state) {
    storage::Batch batch{.partition = bucket.partition(), .guards = {bucket.state_guard()}};
    batch.mutations.push_back(
        {.table = Table::System, .key = std::string(kBucketStateKey), .value = std::string(state)});
    co_return co_await commit(services, std::move(batch));
}

// A key with any version has a row there (key_versions.h).
Result<bool, storage::StoreError> is_empty(storage::MetadataStore& store, const Bucket& bucket) {
    const auto cursor = store.scan(Table::Objects, bucket.partition(), "");
    if (const auto error = cursor->error()) return fail(*error);
    return !cursor->valid();
}

// Empty: the table's text (recorded).
std::string not_empty_text(const BucketRecord& record) {
    if (record.versioning == Versioning::Unset) return {};
    return "The bucket you tried to delete is not empty. You must delete all versions in the "
           "bucket.";
}

// The bodies of the parts of uploads in progress, which do not keep a bucket from being deleted.
Result<DroppedBody, storage::StoreError> drop_uploads(storage::MetadataStore& store,
                                                      const Bucket& bucket) {
    DroppedBody dropped;
    auto cursor = store.scan(Table::Uploads, bucket.partition(), "p");
    for (; cursor->valid() && cursor->key().starts_with('p'); cursor->next()) {
        const auto part = decode_part(cursor->value());
        if (!part) return fail(storage::StoreError::Corrupt);
        if (auto done = drop_body(store, bucket.partition(), part->body, dropped); !done) {
            return fail(done.error());
        }
    }
    if (const auto error = cursor->error()) return fail(*error);
    return dropped;
}

// Removes what is left in the partition: uploads, and the state row.
net::Task<Result<void, Error>> empty_partition(Services& services, const Bucket& bucket) {
    auto dropped =
        co_await services.pool.run([&] { return drop_uploads(services.metadata, bucket); });
    if (!dropped) co_return fail(store_failure(dropped.error(), "reading uploads"));
    storage::Batch batch{.partition = bucket.partition(),
                         .mutations = std::move(dropped->mutations)};
    batch.mutations.push_back(
        {.kind = storage::Mutation::Kind::DeletePrefix, .table = Table::Uploads});
    batch.mutations.push_back({.kind = storage::Mutation::Kind::Delete,
                               .table = Table::System,
                               .key = std::string(kBucketStateKey)});
    const auto committed = co_await commit(services, std::move(batch));
    if (!committed) co_return fail(store_failure(committed.error(), "emptying a bucket"));
    if (dropped->has_blobs) services.announce_trash();
    co_return Result<void, Error>{};
}

net::Task<Result<void, Error>> remove_record(Services& services, const Request& request,
                                             const Bucket& bucket) {
    // A reset may have removed it, and another one may have its name by now.
    const auto reset_guard = services.buckets.reset_guard(request.reset_count);
    if (!reset_guard) co_return fail(no_such_bucket(bucket.name));
    const std::string key = bucket_key(bucket.name);
    const auto removed = co_await commit(
        services,
        {.partition = storage::kSystemPartition,
         .guards = {*reset_guard},
         .mutations = {
             {.kind = storage::Mutation::Kind::Delete, .table = Table::System, .key = key}}});
    if (!removed && removed.error() == storage::StoreError::Conflict) {
        co_return fail(no_such_bucket(bucket.name));
    }
    if (!removed) co_return fail(store_failure(removed.error(), "removing a bucket"));
    services.buckets.erase(bucket.name, bucket.record.id);
    co_return Result<void, Error>{};
}

}  // namespace

net::Task<Outcome> delete_bucket(Services& services, Request& request) {
    Bucket bucket = *request.bucket;
    const auto closed = co_await set_state(services, bucket, kBucketDeleting);
    if (!closed && closed.error() == storage::StoreError::Conflict) {
        co_return fail(s3_error(ErrorCode::OperationAborted));
    }
    if (!closed) co_return fail(store_failure(closed.error(), "deleting a bucket"));
    bucket.state_revision = *closed;

    const auto empty =
        co_await services.pool.run([&] { return is_empty(services.metadata, bucket); });
    if (!empty || !*empty) {
        const auto reopened = co_await set_state(services, bucket, kBucketExists);
        if (!reopened && reopened.error() == storage::StoreError::Conflict) {
            co_return fail(no_such_bucket(bucket.name));  // a reset removed it
        }
        if (!reopened) co_return fail(store_failure(reopened.error(), "keeping a bucket"));
        // Writers that were turned away find the new revision here.
        services.buckets.change(bucket.name, bucket.record.id, [&](Bucket& shown) {
            shown.state_revision = std::max(shown.state_revision, *reopened);
        });
        if (!empty) co_return fail(store_failure(empty.error(), "looking into a bucket"));
        co_return fail(s3_error(ErrorCode::BucketNotEmpty, not_empty_text(bucket.record),
                                {{"BucketName", bucket.name}}));
    }
    // The record goes first: with it gone nothing leads to the partition any more.
    if (auto done = co_await remove_record(services, request, bucket); !done) co_return done;
    if (auto done = co_await empty_partition(services, bucket); !done) co_return done;
    co_return respond_empty(request, 204);
}

}  // namespace tarn::s3
