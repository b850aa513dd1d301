#include "server/s3/bucket_reset.h"

#include "server/s3/blob_references.h"
#include "server/s3/records.h"

#include <array>
#include <set>

namespace tarn::s3 {
namespace {

using storage::Batch;
using storage::Mutation;
using storage::Partition;
using storage::StoreError;
using storage::Table;

// Where buckets have rows besides their trash.
constexpr std::array kBucketTables = {Table::System, Table::Objects, Table::Versions, Table::Bodies,
                                      Table::Uploads};

Mutation delete_prefix(Table table, std::string_view prefix = {}) {
    return {.kind = Mutation::Kind::DeletePrefix, .table = table, .key = std::string(prefix)};
}

Result<void, StoreError> commit_all(storage::MetadataStore& store, Batch batch) {
    const auto committed = storage::commit_and_wait(store, std::move(batch));
    if (!committed) return fail(committed.error());
    return {};
}

Result<std::set<Partition>, StoreError> bucket_partitions(storage::MetadataStore& store) {
    std::set<Partition> found;
    for (const Table table : kBucketTables) {
        TARN_TRY(const auto partitions, store.partitions(table));
        found.insert(partitions.begin(), partitions.end());
    }
    found.erase(storage::kSystemPartition);
    return found;
}

Result<void, StoreError> wipe(storage::MetadataStore& store, Partition partition) {
    // Without these rows no write passes its guards, and so no reference can come any more.
    auto closed = commit_all(store, {.partition = partition,
                                     .mutations = {delete_prefix(Table::System),
                                                   delete_prefix(Table::Uploads, kUploadPrefix)}});
    if (!closed) return closed;
    Batch batch{.partition = partition};
    auto visited = visit_blob_references(store, partition, [&](const storage::BlobId& id) {
        batch.mutations.push_back({.table = Table::BlobTrash, .key = trash_key(id)});
    });
    if (!visited) return visited;
    for (const Table table : kBucketTables)
        batch.mutations.push_back(delete_prefix(table));
    return commit_all(store, std::move(batch));
}

Result<void, StoreError> wipe_all(storage::MetadataStore& store) {
    auto fenced = commit_all(store, {.partition = storage::kSystemPartition,
                                     .mutations = {delete_prefix(Table::System, kBucketPrefix),
                                                   {.key = std::string(kResetKey)}}});
    if (!fenced) return fenced;
    TARN_TRY(const auto partitions, bucket_partitions(store));
    for (const Partition partition : partitions) {
        if (auto done = wipe(store, partition); !done) return done;
    }
    return {};
}

}  // namespace

Result<void, StoreError> reset_buckets(Services& services) {
    services.buckets.begin_reset();
    const auto wiped = wipe_all(services.metadata);
    services.announce_trash();
    // Nothing; or, where not even the first commit succeeded, all that was there.
    const auto loaded = services.buckets.load(services.metadata);
    services.buckets.end_reset();
    return wiped ? loaded : wiped;
}

}  // namespace tarn::s3
