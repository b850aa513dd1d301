// Removing everything that S3 stores while the server runs: the test-only reset.
//
// The registry forgets all buckets first, so that no request finds one any more, and none can be
// made until the end.  Then one commit removes the buckets' records and writes the row kResetKey,
// which everything that makes or unmakes a bucket guards: what began before is turned back, also
// where it reaches its commit much later.  Last, each partition is closed (the rows go that its
// writes guard: the state row, the uploads), its blobs become trash, and its rows go.  A crash on
// the way leaves partitions that nothing names; the next reset removes them.

#pragma once

#include "server/s3/services.h"

namespace tarn::s3 {

// Returns when all is gone but the blobs, which the collector has been told of.  One at a time.
// Blocks.
Result<void, storage::StoreError> reset_buckets(Services& services);

}  // namespace tarn::s3
