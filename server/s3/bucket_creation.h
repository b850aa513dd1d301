// Creating a bucket, apart from the request that asks for it (`--bucket` at start creates some
// too).

#pragma once

#include "server/s3/request.h"
#include "server/s3/services.h"

#include <functional>
#include <map>
#include <string>

namespace tarn::s3 {

// What the state row of a bucket says while the bucket exists, and while it is being deleted.
inline constexpr std::string_view kBucketExists = "exists";
inline constexpr std::string_view kBucketDeleting = "deleting";

using BucketConfigurations = std::map<std::string, std::string, std::less<>>;

// Errors: BucketAlreadyExists (whoever owns it).  policy: JSON, empty for none; already validated,
// as are the configurations.
net::Task<Result<BucketPtr, Error>> create_bucket_rows(Services& services, std::string name,
                                                       std::string owner_account_id,
                                                       std::string region, std::string policy,
                                                       BucketConfigurations configurations = {});

}  // namespace tarn::s3
