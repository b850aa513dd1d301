#include "server/s3/bucket_update.h"

#include <utility>

namespace tarn::s3 {
namespace {

constexpr int kMaxAttempts = 100;

}  // namespace

net::Task<Outcome> update_bucket(Services& services, const Bucket& bucket, BucketChange change) {
    const std::string key = bucket_key(bucket.name);
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        const BucketPtr current = services.buckets.find(bucket.name);
        if (!current || current->record.id != bucket.record.id) {
            co_return fail(no_such_bucket(bucket.name));
        }
        auto changed = std::make_shared<Bucket>(*current);
        if (auto done = change(*changed); !done) co_return done;
        parse_record(*changed);
        const auto committed = co_await commit(
            services,
            {.partition = storage::kSystemPartition,
             .guards = {{storage::Table::System, key, current->record_revision}},
             .mutations = {
                 {.table = storage::Table::System, .key = key, .value = encode(changed->record)}}});
        if (committed) {
            changed->record_revision = *committed;
            services.buckets.put(std::move(changed));
            co_return Outcome{};
        }
        if (committed.error() != storage::StoreError::Conflict) {
            co_return fail(store_failure(committed.error(), "changing a bucket"));
        }
    }
    co_return fail(s3_error(ErrorCode::OperationAborted));
}

}  // namespace tarn::s3
