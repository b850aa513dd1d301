// The parameters that all listings share.

#pragma once

#include "server/s3/request.h"

#include <string>
#include <string_view>

namespace tarn::s3 {

inline constexpr std::size_t kMaxListedKeys = 1000;

struct ListingParameters {
    std::string prefix;
    std::string delimiter;
    std::size_t max_keys = kMaxListedKeys;  // capped
    bool url_encoding = false;
    bool radosgw = false;  // the switch radosgw-listing

    // A key as the answer shows it: encoded where encoding-type=url was asked for.
    std::string encode(std::string_view key) const;
};

// max_name: "max-keys", "max-uploads", "max-parts".  Errors: InvalidArgument.
Result<ListingParameters, Error> read_listing_parameters(const Request& request,
                                                         std::string_view max_name = "max-keys");

}  // namespace tarn::s3
