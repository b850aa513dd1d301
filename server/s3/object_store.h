// Makes objects current and removes them: the one place where object rows are written.
//
// A write reads the current row, judges its conditions, and commits guarded by the revision that it
// read; where another write came between, it starts over.  So conditional writes are serial, and
// the blob of a version replaced is given up in the same commit.  What becomes of the key's other
// versions is decided in key_versions.h.

#pragma once

#include "server/s3/ingest.h"
#include "server/s3/object_lookup.h"
#include "server/s3/records.h"
#include "server/s3/request.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tarn::s3 {

// Judges a write by the object that it would replace (nothing: none, or a delete marker); may be
// called several times.
using WriteCondition = std::function<Result<void, Error>(const ObjectRecord* current)>;

struct ObjectWrite {
    std::string key;
    ObjectRecord record;
    // What else belongs into the commit (body rows, the upload's rows) and must hold for it.
    std::vector<storage::Mutation> mutations;
    std::vector<storage::Guard> guards;
    std::vector<BodyRef> discarded;  // bodies that this commit gives up besides the old version's
    WriteCondition condition;
    Error guard_failure = s3_error(ErrorCode::OperationAborted);  // when one of guards fails
};

// What a write or a removal did, for the answer.
struct VersionEffect {
    bool found = false;             // of a removal: there was something to remove
    bool is_delete_marker = false;  // a delete marker was made, or the version removed was one
    std::string version_id;         // of the version made, else of the one removed; empty: none
    std::optional<std::uint64_t> removed_bytes;  // the size of the version that is gone for ever
};

// Makes the record the current version: a new one where the bucket's versioning is enabled, else
// its null version.  The effect's version id is empty unless versioning is enabled.  Errors: those
// of the condition; NoSuchBucket when the bucket went away.
net::Task<Result<VersionEffect, Error>> write_object(Services& services, BucketPtr bucket,
                                                     ObjectWrite write);

struct ObjectRemoval {
    std::string key;
    // Removes this version for ever.  Nothing: removes the key, which in a bucket with versioning
    // makes a delete marker.
    std::optional<std::string> version_id;
    WriteCondition condition;
    bool bypass_governance = false;  // overrides such a retention (object_lock.h)
};
// Removes objects of one bucket in one commit; what is not there is no error.  A failed condition,
// a lock (AccessDenied) or an id that no version can have (InvalidArgument) leaves its object in
// place.
net::Task<Result<std::vector<Result<VersionEffect, Error>>, Error>> remove_objects(
    Services& services, BucketPtr bucket, std::vector<ObjectRemoval> removals);

// Commits batch and gives up the bodies with it.  Nothing: a guard did not hold.
net::Task<Result<std::optional<storage::Revision>, Error>> commit_with_bodies(
    Services& services, storage::Batch batch, const std::vector<BodyRef>& given_up);
// A writer that loses this often against others gives way with 503, which SDKs retry.
inline constexpr int kMaxWriteAttempts = 1000;

// Conditions of If-Match and If-None-Match on a write (s3.md 3.6).
Result<WriteCondition, Error> read_write_condition(const Request& request);

// The mutations that drop a body's rows and put its blobs into the trash.  Blocks (reads a
// manifest).
struct DroppedBody {
    std::vector<storage::Mutation> mutations;
    bool has_blobs = false;  // BlobTrash rows are among the mutations
};
Result<void, storage::StoreError> drop_body(storage::MetadataStore& store,
                                            storage::Partition partition, const BodyRef& body,
                                            DroppedBody& dropped);

}  // namespace tarn::s3
