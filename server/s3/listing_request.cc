#include "server/s3/listing_request.h"

#include "common/base/encoding.h"
#include "common/base/text.h"

#include <algorithm>
#include <cstdint>

namespace tarn::s3 {

std::string ListingParameters::encode(std::string_view key) const {
    if (!url_encoding) return std::string(key);
    std::string encoded = url_encode_listing(key);
    if (!radosgw) return encoded;
    constexpr std::string_view kSpace = "%20";
    for (std::size_t at = encoded.find('+'); at != std::string::npos; at = encoded.find('+', at))
        encoded.replace(at, 1, kSpace);
    return encoded;
}

Result<ListingParameters, Error> read_listing_parameters(const Request& request,
                                                         std::string_view max_name) {
    ListingParameters parameters{.radosgw = request.compat.radosgw_listing};
    parameters.prefix = request.parameter("prefix").value_or("");
    parameters.delimiter = request.parameter("delimiter").value_or("");
    if (const auto encoding = request.parameter("encoding-type")) {
        if (*encoding != "url") {
            return fail(invalid_argument("Invalid Encoding Method specified in Request",
                                         "encoding-type", *encoding));
        }
        parameters.url_encoding = true;
    }
    const auto max = request.parameter(max_name);
    if (max && !max->empty()) {
        const auto number = parse_int(*max);
        if (!number || *number > INT32_MAX) {
            return fail(invalid_argument(
                "Provided " + std::string(max_name) + " not an integer or within integer range",
                max_name, *max));
        }
        if (*number < 0) {
            // S3's own spelling of one of them (s3.md 3.2).
            const std::string_view name = max_name == "max-keys" ? "maxKeys" : max_name;
            return fail(invalid_argument(
                "Argument " + std::string(name) + " must be an integer between 0 and 2147483647",
                name, *max));
        }
        parameters.max_keys = std::min(static_cast<std::size_t>(*number), kMaxListedKeys);
    }
    return parameters;
}

}  // namespace tarn::s3
