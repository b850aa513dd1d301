// Path style and virtual-hosted style: where a request points.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html

#pragma once

#include "common/base/result.h"
#include "server/s3/error.h"
#include "server/s3/request.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::s3 {

inline constexpr std::size_t kMaxKeyBytes = 1024;

// Host names whose subdomains are buckets: "localhost" makes photos.localhost the bucket photos.
// "*" stands for one label (a region).
const std::vector<std::string>& default_host_suffixes();

// The bucket that a Host names; nothing for path style.  The longest suffix wins, and the endpoint
// names themselves ("s3.localhost") name no bucket.
std::optional<std::string> bucket_of_host(std::string_view host,
                                          const std::vector<std::string>& suffixes);

// Errors: InvalidURI, KeyTooLongError.
Result<Address, Error> parse_address(std::string_view raw_path,
                                     const std::optional<std::string>& host_bucket);

Error key_too_long(std::string_view key);

}  // namespace tarn::s3
