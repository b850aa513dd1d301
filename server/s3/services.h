// What the S3 operations work with.  One instance, shared by all loops; every member is
// thread-safe.

#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/net/blocking_pool.h"
#include "server/auth/credential_store.h"
#include "server/s3/bucket_registry.h"
#include "server/s3/compat.h"
#include "server/s3/master_keys.h"
#include "server/storage/blob_store.h"
#include "server/storage/metadata_store.h"
#include "server/storage/read_pins.h"

#include <functional>
#include <string>

namespace tarn::s3 {

struct Services {
    storage::MetadataStore& metadata;
    storage::BlobStore& blobs;
    net::BlockingPool& pool;
    Clock& clock;
    Random& random;
    BucketRegistry& buckets;
    // Held by whoever reads bodies, from before it reads the row that names them.
    storage::ReadPins& pins;
    // Tells the collector that BlobTrash rows were committed.
    std::function<void()> announce_trash;
    const auth::CredentialStore& credentials;  // whose accounts ACLs can name
    const MasterKeys& master_keys;
    CompatSwitches compat = {};
};

BodyId new_body_id(Random& random);

// A row, from the block cache where it is there, else by way of the blocking pool.
net::Task<Result<storage::Row, storage::StoreError>> load_row(Services& services,
                                                              storage::Table table,
                                                              storage::Partition partition,
                                                              std::string key);
// MetadataStore::commit() as a coroutine; resumes on the caller's loop.
net::Task<storage::CommitResult> commit(Services& services, storage::Batch batch);

}  // namespace tarn::s3
