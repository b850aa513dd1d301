// Rules on origins and origin groups.

#include "common/base/text.h"
#include "common/cdn/config_document.h"
#include "common/cdn/resolve.h"
#include "common/http/token.h"
#include "server/cloudfront/config_rules.h"
#include "server/cloudfront/wire_text.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace tarn::cloudfront {
namespace {

using cdn::items_at;
using cdn::number_at;
using cdn::text_at;
using xml::Node;
using enum ErrorCode;
using MaybeError = std::optional<Error>;

constexpr std::size_t kMaxOrigins = 100;
constexpr std::size_t kMaxOriginGroups = 10;
// AWS: Quotas on headers.
constexpr std::size_t kMaxCustomHeaders = 10;
constexpr std::size_t kMaxCustomHeaderName = 256;
constexpr std::size_t kMaxCustomHeaderValue = 1783;
constexpr std::size_t kMaxCustomHeaderBytes = 10'240;  // all names and values
constexpr std::size_t kMaxUrlLength = 8192;            // AWS: Quotas, maximum length of a URL
constexpr int kFailoverCodes[] = {400, 403, 404, 416, 429, 500, 502, 503, 504};

struct Bounds {
    std::string_view path;
    std::int64_t low, high;
    ErrorCode otherwise;
};
constexpr Bounds kOriginBounds[] = {
    {"ConnectionAttempts", 1, 3, InvalidArgument},
    {"ConnectionTimeout", 1, 10, InvalidArgument},
    {"S3OriginConfig/OriginReadTimeout", 1, 120, InvalidOriginReadTimeout},
    {"CustomOriginConfig/OriginReadTimeout", 1, 120, InvalidOriginReadTimeout},
    {"CustomOriginConfig/OriginKeepaliveTimeout", 1, 120, InvalidOriginKeepaliveTimeout},
    // Unlike CloudFront, which takes 80, 443 and 1024 upwards, any port will do.
    {"CustomOriginConfig/HTTPPort", 1, 65'535, InvalidArgument},
    {"CustomOriginConfig/HTTPSPort", 1, 65'535, InvalidArgument},
};

MaybeError check_bounds(const Node& origin) {
    for (const Bounds& bounds : kOriginBounds) {
        if (!cdn::node_at(origin, bounds.path)) continue;
        const std::int64_t value = number_at(origin, bounds.path);
        if (value >= bounds.low && value <= bounds.high) continue;
        if (bounds.otherwise != InvalidArgument) return error(bounds.otherwise);
        return error(InvalidArgument, fmt::format("The parameter {} must be from {} to {}.",
                                                  bounds.path, bounds.low, bounds.high));
    }
    return std::nullopt;
}

MaybeError custom_header_error(std::string_view name, std::string_view why) {
    return error(InvalidArgument,
                 fmt::format("The parameter CustomHeaders contains {} that {}.", name, why));
}

MaybeError check_custom_headers(const Node& origin) {
    const auto& headers = items_at(origin, "CustomHeaders");
    if (headers.size() > kMaxCustomHeaders) return error(TooManyOriginCustomHeaders);
    std::set<std::string> seen;
    std::size_t bytes = 0;
    for (const Node& header : headers) {
        const std::string_view name = text_at(header, "HeaderName");
        const std::string_view value = text_at(header, "HeaderValue");
        bytes += name.size() + value.size();
        if (!http::is_token(name)) {
            return error(InvalidArgument,
                         "The parameter CustomHeaders contains a name that is not valid.");
        }
        if (is_denied_origin_header(name)) return custom_header_error(name, "is not allowed");
        if (!seen.insert(to_lower(name)).second) {
            return custom_header_error(name, "is specified more than once");
        }
        if (!is_header_value(value)) return custom_header_error(name, "has an invalid value");
        if (name.size() > kMaxCustomHeaderName || value.size() > kMaxCustomHeaderValue) {
            return custom_header_error(name, "is too long");
        }
    }
    if (bytes <= kMaxCustomHeaderBytes) return std::nullopt;
    return error(InvalidArgument, "The names and values in CustomHeaders are too long.");
}

// Appended to the origin's name and put before the viewer's path, so nothing in it may end either.
bool is_origin_path(std::string_view path) {
    return path.empty() || (path.starts_with('/') && !path.ends_with('/') &&
                            path.size() <= kMaxUrlLength && is_visible(path, "#?\\"));
}

MaybeError check_s3_origin(const Node& origin) {
    const bool has_access_control = !text_at(origin, "OriginAccessControlId").empty();
    const bool has_identity = !text_at(origin, "S3OriginConfig/OriginAccessIdentity").empty();
    if (has_access_control && has_identity) return error(IllegalOriginAccessConfiguration);
    if (has_identity) return error(InvalidOriginAccessIdentity);
    if (cdn::bucket_of_domain(text_at(origin, "DomainName")).empty()) {
        return error(InvalidArgument,
                     "The parameter Origin DomainName does not refer to a valid S3 bucket.");
    }
    return std::nullopt;
}

MaybeError check_origin_kind(const Node& origin) {
    const bool s3 = origin.find("S3OriginConfig") != nullptr;
    const bool custom = origin.find("CustomOriginConfig") != nullptr;
    if (origin.find("VpcOriginConfig")) {
        return error(EntityNotFound, "The specified VPC origin does not exist.");
    }
    if (s3 == custom) {
        return error(InvalidArgument,
                     "An origin must have either an S3OriginConfig or a CustomOriginConfig.");
    }
    if (s3) return check_s3_origin(origin);
    if (!text_at(origin, "OriginAccessControlId").empty()) {
        return error(InvalidDomainNameForOriginAccessControl);
    }
    return std::nullopt;
}

MaybeError check_origin(const Node& origin) {
    if (text_at(origin, "Id").empty()) {
        return error(InvalidArgument, "The parameter Origin Id is required.");
    }
    if (!is_origin_host(text_at(origin, "DomainName"))) {
        return error(InvalidArgument, "The parameter Origin DomainName is not valid.");
    }
    if (!is_origin_path(text_at(origin, "OriginPath"))) {
        return error(InvalidArgument,
                     "The parameter OriginPath must begin with a slash, not end with one, and be "
                     "URL-encoded.");
    }
    if (auto fault = check_custom_headers(origin)) return fault;
    if (auto fault = check_origin_kind(origin)) return fault;
    return check_bounds(origin);
}

MaybeError check_origin_group(const Node& group, const std::set<std::string_view>& origins) {
    const auto& members = items_at(group, "Members");
    if (members.size() != 2) {
        return error(InvalidArgument, "An origin group must have two members.");
    }
    const std::string_view first = text_at(members[0], "OriginId");
    const std::string_view second = text_at(members[1], "OriginId");
    if (!origins.contains(first) || !origins.contains(second)) return error(NoSuchOrigin);
    if (first == second) {
        return error(InvalidArgument, "The members of an origin group must differ.");
    }
    const auto& codes = items_at(group, "FailoverCriteria/StatusCodes");
    const bool good = !codes.empty() && std::ranges::all_of(codes, [](const Node& code) {
        const auto value = parse_uint(code.text);
        return value && std::ranges::find(kFailoverCodes, *value) != std::end(kFailoverCodes);
    });
    if (!good) return error(InvalidArgument, "The failover status codes are not valid.");
    return std::nullopt;
}

}  // namespace

std::optional<Error> check_origins(const Node& config) {
    const auto& origins = items_at(config, "Origins");
    if (origins.empty()) {
        return error(InvalidArgument, "A distribution must have at least one origin.");
    }
    if (origins.size() > kMaxOrigins) return error(TooManyOrigins);
    std::set<std::string_view> ids;
    for (const Node& origin : origins) {
        if (auto fault = check_origin(origin)) return fault;
        if (!ids.insert(text_at(origin, "Id")).second) {
            return error(InvalidArgument, "The ids of origins must differ.");
        }
    }
    const auto& groups = items_at(config, "OriginGroups");
    if (groups.size() > kMaxOriginGroups) return error(TooManyOriginGroupsPerDistribution);
    std::set<std::string_view> all_ids = ids;
    for (const Node& group : groups) {
        if (auto fault = check_origin_group(group, ids)) return fault;
        if (!all_ids.insert(text_at(group, "Id")).second) {
            return error(InvalidArgument, "The ids of origins and origin groups must differ.");
        }
    }
    return std::nullopt;
}

}  // namespace tarn::cloudfront
