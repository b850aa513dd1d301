#include "server/cloudfront/wire_text.h"

#include "common/base/text.h"
#include "common/http/token.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <string>

#include <arpa/inet.h>

namespace tarn::cloudfront {
namespace {

constexpr std::size_t kMaxDnsName = 253;
constexpr std::size_t kMaxDnsLabel = 63;

constexpr bool is_letter(char c) {
    return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}
constexpr bool is_alphanumeric(char c) {
    return is_digit(c) || is_letter(c);
}
constexpr bool is_visible_char(char c) {
    return c > ' ' && c < '\x7f';
}
constexpr bool is_control(char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7f';
}

// A name, or with a '*' at its end what a name begins with.
bool matches(std::string_view pattern, std::string_view name) {
    if (pattern.ends_with('*')) return istarts_with(name, pattern.substr(0, pattern.size() - 1));
    return iequals(pattern, name);
}

bool is_listed(std::span<const std::string_view> patterns, std::string_view name) {
    return std::ranges::any_of(patterns,
                               [&](std::string_view pattern) { return matches(pattern, name); });
}

// AWS: Custom headers that CloudFront can't add to origin requests.  Unlike CloudFront, Expect and
// Keep-Alive are refused as well: both change how the shared connection to the origin is read.
constexpr std::string_view kDeniedOriginHeaders[] = {
    "Cache-Control",
    "Connection",
    "Content-Length",
    "Cookie",
    "Expect",
    "Host",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Keep-Alive",
    "Max-Forwards",
    "Pragma",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Range",
    "Request-Range",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
    "X-Amz-*",
    "X-Edge-*",
    "X-Real-Ip",
};

// AWS: Headers that you can't remove (Understand response headers policies).  The guide has no list
// of names that cannot be added; what must not be taken from the edge must not be forged either.
// Unlike CloudFront, TE is listed too: it belongs to one connection (RFC 9110, section 7.6.1).
constexpr std::string_view kDeniedResponseHeaders[] = {
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Expect",
    "Host",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
    "Warning",
    "X-Accel-Buffering",
    "X-Accel-Charset",
    "X-Accel-Limit-Rate",
    "X-Accel-Redirect",
    "X-Amz-Cf-*",
    "X-Amzn-Auth",
    "X-Amzn-Cf-Billing",
    "X-Amzn-Cf-Id",
    "X-Amzn-Cf-Xff",
    "X-Amzn-ErrorType",
    "X-Amzn-Fle-Profile",
    "X-Amzn-Header-Count",
    "X-Amzn-Header-Order",
    "X-Amzn-Lambda-Integration-Tag",
    "X-Amzn-RequestId",
    "X-Cache",
    "X-Edge-*",
    "X-Forwarded-Proto",
    "X-Real-Ip",
};

// AWS: HTTP request headers and CloudFront behavior, the rows whose header the edge removes or
// writes itself (cloudfront.md 2.4).
constexpr std::string_view kDeniedForwardedHeaders[] = {
    "Connection", "Content-Length",    "Cookie",  "Keep-Alive", "Proxy-*",  "TE",
    "Trailer",    "Transfer-Encoding", "Upgrade", "Via",        "X-Edge-*", "X-Real-Ip",
};

// Members whose text people write for people, or that is PEM.
constexpr std::string_view kFreeText[] = {"Comment", "Description", "EncodedKey"};

bool is_ip6(std::string_view text) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

}  // namespace

bool is_header_value(std::string_view text) {
    return trim(text) == text && std::ranges::all_of(text, [](char c) {
               return is_visible_char(c) || c == ' ' || c == '\t';
           });
}

bool is_visible(std::string_view text, std::string_view excluded) {
    return std::ranges::all_of(text, [&](char c) {
        return is_visible_char(c) && excluded.find(c) == std::string_view::npos;
    });
}

bool is_cookie_name(std::string_view text) {
    // RFC 6265, section 4.1.1: a token.
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return c == '?' || http::is_token_char(c); });
}

bool is_query_name(std::string_view text) {
    return !text.empty() && is_visible(text, "&=#");
}

bool is_dns_name(std::string_view text) {
    if (text.empty() || text.size() > kMaxDnsName) return false;
    return std::ranges::all_of(split(text, '.'), [](std::string_view label) {
        return !label.empty() && label.size() <= kMaxDnsLabel &&
               std::ranges::all_of(
                   label, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
    });
}

bool is_origin_host(std::string_view text) {
    return is_dns_name(text) || is_ip6(text);
}

bool is_denied_origin_header(std::string_view name) {
    return is_listed(kDeniedOriginHeaders, name);
}
bool is_denied_response_header(std::string_view name) {
    return is_listed(kDeniedResponseHeaders, name);
}
bool is_denied_forwarded_header(std::string_view name) {
    return is_listed(kDeniedForwardedHeaders, name);
}

const xml::Node* find_control_character(const xml::Node& node) {
    const bool free_text = std::ranges::find(kFreeText, node.name) != std::end(kFreeText);
    if (!free_text && std::ranges::any_of(node.text, is_control)) return &node;
    for (const xml::Node& child : node.children) {
        if (const xml::Node* found = find_control_character(child)) return found;
    }
    return nullptr;
}

}  // namespace tarn::cloudfront
