// Makes objects current and removes them: the one place where object rows are written.
//
// A write reads the current row, judges its conditions, and commits guarded by the revision that it
// read; where another write came between, it starts over.  So conditional writes are serial, and
// the blob of the version replaced is given up in the same commit.

#pragma once

#include "server/s3/ingest.h"
#include "server/s3/records.h"
#include "server/s3/request.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tarn::s3 {

struct CurrentObject {
    ObjectRecord record;
    storage::Revision revision = 0;
};

// Nothing where the key has no object.
net::Task<Result<std::optional<CurrentObject>, Error>> find_object(Services& services,
                                                                   const Bucket& bucket,
                                                                   const std::string& key);
// As find_object(), with NoSuchKey for none.
net::Task<Result<CurrentObject, Error>> get_object_record(Services& services, const Bucket& bucket,
                                                          const std::string& key);

// The version that the request names by its versionId, else the current one.  Errors: NoSuchKey;
// InvalidArgument for an id that no version can have.
net::Task<Result<CurrentObject, Error>> load_requested_object(Services& services,
                                                              const Request& request);

// Changes what is stored about an object, or refuses; must leave its body and its place among the
// key's versions alone.  May be called several times.
using ObjectChange = std::function<Result<void, Error>(ObjectRecord&)>;
// Changes the version that the request names, as above, and gives back what is now stored.  Errors:
// those of load_requested_object() and of change.
net::Task<Result<CurrentObject, Error>> update_object(Services& services, const Request& request,
                                                      ObjectChange change);

// Judges a write by the version that it would replace; may be called several times.
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

// Makes the record current.  Errors: those of the condition; NoSuchBucket when the bucket went
// away.
net::Task<Result<storage::Revision, Error>> write_object(Services& services, BucketPtr bucket,
                                                         ObjectWrite write);

struct ObjectRemoval {
    std::string key;
    WriteCondition condition;
};
// Removes several objects of one bucket in one commit; keys without an object are no error.
// Each result says whether there was one; a failed condition leaves its object in place.
net::Task<Result<std::vector<Result<bool, Error>>, Error>> remove_objects(
    Services& services, BucketPtr bucket, std::vector<ObjectRemoval> removals);

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
