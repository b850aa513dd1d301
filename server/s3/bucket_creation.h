// Creating a bucket, apart from the request that asks for it (`--bucket` at start creates some
// too).

#pragma once

#include "server/s3/request.h"
#include "server/s3/services.h"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace tarn::s3 {

// What the state row of a bucket says while the bucket exists, and while it is being deleted.
inline constexpr std::string_view kBucketExists = "exists";
inline constexpr std::string_view kBucketDeleting = "deleting";

// record: what the bucket is to be, already validated; its id and time of creation are set here.
// reset_count: BucketRegistry::reset_count() when the request came; nothing: now.
// Errors: BucketAlreadyExists (whoever owns it); OperationAborted: a reset began since.
net::Task<Result<BucketPtr, Error>> create_bucket_rows(
    Services& services, std::string name, BucketRecord record,
    std::optional<std::uint64_t> reset_count = std::nullopt);

}  // namespace tarn::s3
