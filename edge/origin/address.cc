#include "common/base/text.h"
#include "common/cdn/resolve.h"
#include "edge/origin/fetch.h"

#include <algorithm>

namespace tarn::edge {
namespace {

constexpr std::string_view kAwsSuffix = ".amazonaws.com";
constexpr std::string_view kDefaultRegion = "us-east-1";

// "b.s3-website-us-east-1.amazonaws.com": an S3 website, configured as a custom origin.
bool is_website_domain(std::string_view domain) {
    return domain.ends_with(kAwsSuffix) && domain.find(".s3-website") != std::string_view::npos;
}

// "b.s3.eu-west-1.amazonaws.com" -> "eu-west-1"; us-east-1 where the name states none.
std::string region_of_domain(std::string_view domain) {
    if (!domain.ends_with(kAwsSuffix)) return std::string(kDefaultRegion);
    const std::string_view stem = domain.substr(0, domain.size() - kAwsSuffix.size());
    // ".s3.<region>", and ".s3-<region>" of old.
    std::size_t service = stem.rfind(".s3.");
    if (service == std::string_view::npos) service = stem.rfind(".s3-");
    if (service == std::string_view::npos) return std::string(kDefaultRegion);
    std::string_view region = stem.substr(service + 4);
    constexpr std::string_view kDualStack = "dualstack.";
    if (region.starts_with(kDualStack)) region.remove_prefix(kDualStack.size());
    return std::string(region);
}

bool use_tls(const cdn::Origin& origin, bool viewer_tls) {
    switch (origin.protocol) {
        case cdn::OriginProtocol::HttpOnly:
            return false;
        case cdn::OriginProtocol::HttpsOnly:
            return true;
        case cdn::OriginProtocol::MatchViewer:
            return viewer_tls;
    }
    return false;
}

// domain: the origin's, in lower case.
bool is_bucket_of(const cdn::Origin& origin, std::string_view domain) {
    return !is_website_domain(domain) && (origin.is_s3 || !cdn::bucket_of_domain(domain).empty());
}

}  // namespace

bool is_bucket(const cdn::Origin& origin) {
    return is_bucket_of(origin, to_lower(origin.domain_name));
}

OriginAddress address_of(const cdn::Origin& origin, const S3Endpoint& s3, bool viewer_tls,
                         std::string_view forwarded_host) {
    OriginAddress address;
    const std::string domain = to_lower(origin.domain_name);
    const bool is_s3_api = is_bucket_of(origin, domain);
    if (is_s3_api || is_website_domain(domain)) {
        address.endpoint = {.host = s3.host, .port = s3.port, .tls = s3.tls};
        address.host_field = domain;
        address.is_s3 = is_s3_api;
        if (is_s3_api) address.region = region_of_domain(domain);
        return address;
    }
    const bool tls = use_tls(origin, viewer_tls);
    const std::uint16_t port = tls ? origin.https_port : origin.http_port;
    address.endpoint = {.host = domain, .port = port, .tls = tls};
    if (!forwarded_host.empty()) {
        address.host_field = forwarded_host;
        return address;
    }
    address.host_field = domain;
    if (port != (tls ? 443 : 80)) address.host_field += ":" + std::to_string(port);
    return address;
}

bool fails_over(const cdn::OriginGroup& group, http::Method method, int status) {
    const bool safe = method == http::Method::Get || method == http::Method::Head ||
                      method == http::Method::Options;
    return safe && std::find(group.failover_statuses.begin(), group.failover_statuses.end(),
                             status) != group.failover_statuses.end();
}

}  // namespace tarn::edge
