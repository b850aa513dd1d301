// Changes what is stored about a bucket: its policy, its versioning, its configurations.

#pragma once

#include "server/s3/request.h"

#include <functional>

namespace tarn::s3 {

// Changes the record of the copy that it gets, or refuses; the members parsed from the record
// follow by themselves.  May be called several times.
using BucketChange = std::function<Result<void, Error>(Bucket&)>;

// Commits the record that change makes of the newest one and shows it to all requests.  Returns
// when it is durable and no write goes on that began under the old one: such a write looks again at
// what the bucket is.  Errors: those of change; NoSuchBucket when the bucket went away;
// OperationAborted after too many lost races.
net::Task<Outcome> update_bucket(Services& services, const Bucket& bucket, BucketChange change);

}  // namespace tarn::s3
