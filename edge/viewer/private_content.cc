// Private content (Developer Guide, "Serve private content with signed URLs and signed cookies").
//
// A behavior with trusted key groups serves only who shows a permission: a statement about a
// resource and a time, signed by the private key to one of the groups' public keys.  It comes in
// the query (signed URL) or in cookies, and in two forms:
//
//   canned   Expires=…&Signature=…&Key-Pair-Id=…   the statement is not sent but made again here
//   from
//            the URL that was asked for and the time, character by character
//   custom   Policy=…&Signature=…&Key-Pair-Id=…    the statement itself, base64; its Resource may
//   hold
//            wildcards, and it may name a first moment and an address range
//
// Base64 is made safe for URLs by '+' -> '-', '=' -> '_', '/' -> '~'.  The hash is SHA-1 unless
// Hash-Algorithm says SHA256.
//
// The check comes before the lookup, so a stored private answer never reaches who could not have
// fetched it.
//
// Unlike CloudFront, whose viewers use port 443 of the signed name, ours come by other ports and
// names
// ("http://e1.cloudfront.localhost:9080"); so a URL signed for the distribution's real name is
// taken whatever way the request came.

#include "edge/viewer/private_content.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/http/cookie.h"
#include "common/http/target.h"
#include "edge/origin/selection.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <boost/json.hpp>

namespace tarn::edge {
namespace {

namespace json = boost::json;

struct PermissionName {
    std::string_view parameter;
    std::string_view cookie;
    std::optional<std::string_view> Permission::* member;
};
constexpr PermissionName kNames[] = {
    {"Expires", "CloudFront-Expires", &Permission::expires},
    {"Policy", "CloudFront-Policy", &Permission::policy},
    {"Signature", "CloudFront-Signature", &Permission::signature},
    {"Key-Pair-Id", "CloudFront-Key-Pair-Id", &Permission::key_pair_id},
    {"Hash-Algorithm", "CloudFront-Hash-Algorithm", &Permission::hash_algorithm},
};

std::optional<std::string> decode_url_base64(std::string_view text) {
    std::string standard(text);
    for (char& c : standard) {
        if (c == '-') c = '+';
        if (c == '_') c = '=';
        if (c == '~') c = '/';
    }
    return from_base64(standard);
}

std::string canned_policy(std::string_view url, std::string_view expires) {
    std::string policy = R"({"Statement":[{"Resource":")";
    policy.append(url).append(R"(","Condition":{"DateLessThan":{"AWS:EpochTime":)");
    return policy.append(expires).append("}}}]}");
}

bool is_before(WallTime now, std::uint64_t epoch_seconds) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    return seconds < 0 || static_cast<std::uint64_t>(seconds) < epoch_seconds;
}

// "203.0.113.0/24", IPv4 only as AWS says; "0.0.0.0/0" admits everyone.
bool address_in(std::string_view range, std::string_view address) {
    const std::size_t slash = range.find('/');
    const auto bits = slash == std::string_view::npos ? std::optional<std::uint64_t>(32)
                                                      : parse_uint(range.substr(slash + 1));
    in_addr network{};
    in_addr viewer{};
    if (!bits || *bits > 32) return false;
    if (inet_pton(AF_INET, std::string(range.substr(0, slash)).c_str(), &network) != 1)
        return false;
    if (*bits == 0) return true;
    if (inet_pton(AF_INET, std::string(address).c_str(), &viewer) != 1) return false;
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - *bits);
    return (ntohl(network.s_addr) & mask) == (ntohl(viewer.s_addr) & mask);
}

// A URL or a Resource in its sections.
struct Sections {
    std::string_view protocol;  // empty if the text has none
    std::string_view domain;
    std::string_view path;
    std::optional<std::string_view> query;
};
Sections split_url(std::string_view url) {
    Sections sections;
    const std::size_t scheme = url.find("://");
    if (scheme != std::string_view::npos) {
        sections.protocol = url.substr(0, scheme);
        url.remove_prefix(scheme + 3);
    }
    // In a Resource, a '?' is a wildcard; the one before the query is written "\?" or stands
    // plainly in a URL.
    std::size_t query = url.find("\\?");
    std::size_t skip = 2;
    if (query == std::string_view::npos) {
        query = url.find('?');
        skip = 1;
    }
    if (query != std::string_view::npos) {
        sections.query = url.substr(query + skip);
        url = url.substr(0, query);
    }
    const std::size_t slash = url.find('/');
    sections.domain = url.substr(0, slash);
    sections.path = slash == std::string_view::npos ? std::string_view() : url.substr(slash);
    return sections;
}

// The one statement of a custom policy, as far as it decides.
bool statement_admits(const json::object& statement, const PermissionContext& context) {
    const json::value* resource = statement.if_contains("Resource");
    if (resource != nullptr) {
        if (!resource->is_string()) return false;
        const std::string_view pattern = resource->get_string();
        const bool covered =
            std::any_of(context.urls.begin(), context.urls.end(),
                        [&](const std::string& url) { return resource_covers(pattern, url); });
        if (!covered) return false;
    }
    const json::value* condition = statement.if_contains("Condition");
    if (condition == nullptr || !condition->is_object()) return false;
    const auto member = [&](const char* name, const char* inner) -> const json::value* {
        const json::value* outer = condition->get_object().if_contains(name);
        return outer != nullptr && outer->is_object() ? outer->get_object().if_contains(inner)
                                                      : nullptr;
    };
    const json::value* until = member("DateLessThan", "AWS:EpochTime");
    if (until == nullptr || !until->is_int64() || until->get_int64() < 0) return false;
    if (!is_before(context.now, static_cast<std::uint64_t>(until->get_int64()))) return false;
    if (condition->get_object().contains("DateGreaterThan")) {
        const json::value* from = member("DateGreaterThan", "AWS:EpochTime");
        if (from == nullptr || !from->is_int64() || from->get_int64() < 0) return false;
        if (is_before(context.now, static_cast<std::uint64_t>(from->get_int64()) + 1)) return false;
    }
    if (condition->get_object().contains("IpAddress")) {
        const json::value* range = member("IpAddress", "AWS:SourceIp");
        if (range == nullptr || !range->is_string()) return false;
        if (!address_in(std::string_view(range->get_string()), context.viewer_address))
            return false;
    }
    return true;
}

bool policy_admits(std::string_view text, const PermissionContext& context) {
    boost::system::error_code error;
    const json::value document = json::parse(text, error);
    if (error || !document.is_object()) return false;
    const json::value* statements = document.get_object().if_contains("Statement");
    if (statements == nullptr || !statements->is_array()) return false;
    const json::array& list = statements->get_array();
    return list.size() == 1 && list[0].is_object() &&
           statement_admits(list[0].get_object(), context);
}

}  // namespace

const PermissionErrorRow& permission_error_row(PermissionError error) {
    static constexpr std::array<PermissionErrorRow, 3> kRows = {{
        {"MissingKey", "Missing Key-Pair-Id query parameter or cookie value"},
        {"InvalidKey", "Unknown Key"},
        {"AccessDenied", "Access denied"},
    }};
    return kRows[static_cast<std::size_t>(error)];
}

Permission read_permission(std::string_view query, const http::Fields& fields) {
    Permission permission;
    for_each_parameter(query, [&](std::string_view name, std::string_view whole) {
        for (const PermissionName& row : kNames) {
            if (row.parameter != name) continue;
            permission.*row.member = whole.substr(std::min(name.size() + 1, whole.size()));
            permission.from_query |= name == "Signature" || name == "Key-Pair-Id";
        }
    });
    if (permission.from_query) return permission;
    permission = {};
    for (const http::Field& field : fields) {
        if (!iequals(field.name, "cookie")) continue;
        for (const http::Cookie& cookie : http::split_cookies(field.value)) {
            for (const PermissionName& row : kNames) {
                if (row.cookie == cookie.name) permission.*row.member = cookie.value;
            }
        }
    }
    return permission;
}

std::string strip_permission(std::string_view query) {
    std::string kept;
    for_each_parameter(query, [&](std::string_view name, std::string_view whole) {
        const bool ours =
            std::any_of(std::begin(kNames), std::end(kNames),
                        [&](const PermissionName& row) { return row.parameter == name; });
        if (ours) return;
        if (!kept.empty()) kept += '&';
        kept += whole;
    });
    return kept;
}

std::optional<PermissionError> check_permission(const Permission& permission,
                                                const PermissionContext& context) {
    if (!permission.key_pair_id || permission.key_pair_id->empty()) {
        return PermissionError::MissingKey;
    }
    if (!context.keys.knows(context.key_group_ids, *permission.key_pair_id)) {
        return PermissionError::UnknownKey;
    }
    if (!permission.signature) return PermissionError::Denied;
    const auto signature = decode_url_base64(*permission.signature);
    const std::string_view algorithm = permission.hash_algorithm.value_or("SHA1");
    if (!signature || (algorithm != "SHA1" && algorithm != "SHA256"))
        return PermissionError::Denied;
    const auto hash = algorithm == "SHA256" ? SignatureHash::Sha256 : SignatureHash::Sha1;
    const auto is_signed = [&](std::string_view statement) {
        return context.keys.verify(context.key_group_ids, *permission.key_pair_id, hash, statement,
                                   *signature);
    };
    if (permission.policy) {
        const auto policy = decode_url_base64(*permission.policy);
        const bool admitted = policy && is_signed(*policy) && policy_admits(*policy, context);
        return admitted ? std::nullopt : std::optional(PermissionError::Denied);
    }
    const auto expires = permission.expires ? parse_uint(*permission.expires) : std::nullopt;
    if (!expires || !is_before(context.now, *expires)) return PermissionError::Denied;
    for (const std::string& url : context.urls) {
        if (is_signed(canned_policy(url, *permission.expires))) return std::nullopt;
    }
    return PermissionError::Denied;
}

std::vector<std::string> urls_of_request(std::string_view host, std::string_view domain_name,
                                         std::string_view path, std::string_view query) {
    const http::HostPort split = http::split_host(host);
    std::vector<std::string_view> hosts = {domain_name};
    if (split.host != domain_name) hosts.emplace_back(split.host);
    if (host != domain_name && host != split.host) hosts.emplace_back(host);
    std::vector<std::string> urls;
    for (const std::string_view name : hosts) {
        for (const std::string_view scheme : {"https://", "http://"}) {
            std::string url(scheme);
            url.append(name).append(path);
            if (!query.empty()) url.append("?").append(query);
            urls.push_back(std::move(url));
        }
    }
    return urls;
}

// Each section by itself, so that '*' does not reach from one into the next; but a final '*' of the
// domain or the path covers all that follows, and a Resource without protocol, or with "*" before
// the domain, is for every protocol (Developer Guide, "Use wildcard characters in the Resource").
bool resource_covers(std::string_view resource, std::string_view url) {
    if (resource == "*") return true;
    const Sections wanted = split_url(resource);
    const Sections asked = split_url(url);
    const bool any_protocol = wanted.protocol.empty() && wanted.domain.starts_with('*');
    if (!any_protocol && !wildcard_match(wanted.protocol, asked.protocol)) return false;
    if (!wildcard_match(wanted.domain, asked.domain)) return false;
    if (wanted.path.empty() && !wanted.query && wanted.domain.ends_with('*')) return true;
    if (!wildcard_match(wanted.path, asked.path)) return false;
    if (wanted.query) return asked.query && wildcard_match(*wanted.query, *asked.query);
    return !asked.query || wanted.path.ends_with('*');
}

}  // namespace tarn::edge
