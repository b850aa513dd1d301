// Rules on policies, origin access controls, public keys and key groups.

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/cdn/config_document.h"
#include "common/http/token.h"
#include "server/cloudfront/config_rules.h"
#include "server/cloudfront/wire_text.h"

#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>

namespace tarn::cloudfront {
namespace {

using cdn::flag_at;
using cdn::items_at;
using cdn::number_at;
using cdn::text_at;
using xml::Node;
using enum ErrorCode;
using MaybeError = std::optional<Error>;

constexpr std::size_t kMaxNames = 10;
constexpr std::size_t kMaxNameBytes = 1024;
constexpr std::size_t kMaxContentSecurityPolicyLength = 1783;
constexpr std::size_t kMaxKeysInGroup = 5;
constexpr std::size_t kMaxCommentLength = 128;

// A part of a policy that selects headers, cookies or query strings.
struct Selection {
    std::string_view behavior;  // path of the word
    std::string_view names;     // path of the list
    ErrorCode too_many;
    bool (*is_name)(std::string_view name);
};

// The words whitelist, allExcept and allViewerAndWhitelistCloudFront need names, others forbid
// them.
bool needs_names(std::string_view word) {
    return word == "whitelist" || word == "allExcept" || word == "allViewerAndWhitelistCloudFront";
}

MaybeError check_selection(const Node& config, const Selection& selection) {
    const std::string_view word = text_at(config, selection.behavior);
    const auto& names = items_at(config, selection.names);
    // The 21 CloudFront headers are allowed together, as in AWS's managed policy.
    const bool limited = word != "allViewerAndWhitelistCloudFront";
    if (limited && names.size() > kMaxNames) return error(selection.too_many);
    if (needs_names(word) == names.empty()) {
        return error(InvalidArgument,
                     fmt::format("The parameter {} does not fit the value {} of {}.",
                                 selection.names, word, selection.behavior));
    }
    std::size_t bytes = 0;
    for (const Node& name : names) {
        bytes += name.text.size();
        if (selection.is_name(name.text)) continue;
        return error(InvalidArgument, fmt::format("The parameter {} contains a name that is not "
                                                  "valid.",
                                                  selection.names));
    }
    if (bytes > kMaxNameBytes) return error(selection.too_many);
    return std::nullopt;
}

MaybeError check_header_names(const Node& config, std::string_view path,
                              std::initializer_list<std::string_view> forbidden) {
    for (const Node& name : items_at(config, path)) {
        const bool bad = is_denied_forwarded_header(name.text) ||
                         std::ranges::any_of(forbidden, [&](std::string_view other) {
                             return iequals(name.text, other);
                         });
        if (!bad) continue;
        return error(InvalidArgument, fmt::format("The parameter Headers contains {} that is not "
                                                  "allowed.",
                                                  name.text));
    }
    return std::nullopt;
}

constexpr Selection kCacheSelections[] = {
    {"HeadersConfig/HeaderBehavior", "HeadersConfig/Headers", TooManyHeadersInCachePolicy,
     http::is_token},
    {"CookiesConfig/CookieBehavior", "CookiesConfig/Cookies", TooManyCookiesInCachePolicy,
     is_cookie_name},
    {"QueryStringsConfig/QueryStringBehavior", "QueryStringsConfig/QueryStrings",
     TooManyQueryStringsInCachePolicy, is_query_name},
};

MaybeError check_cache_policy(const Node& config) {
    const std::int64_t min = number_at(config, "MinTTL");
    const std::int64_t default_ttl =
        number_at(config, "DefaultTTL", std::max<std::int64_t>(86'400, min));
    const std::int64_t max =
        number_at(config, "MaxTTL", std::max<std::int64_t>(31'536'000, default_ttl));
    if (min < 0 || min > default_ttl || default_ttl > max) {
        return error(InvalidArgument,
                     "The parameters MinTTL, DefaultTTL and MaxTTL must be in ascending order.");
    }
    const Node* parameters = config.find("ParametersInCacheKeyAndForwardedToOrigin");
    if (!parameters) return std::nullopt;
    for (const Selection& selection : kCacheSelections) {
        if (auto fault = check_selection(*parameters, selection)) return fault;
        if (max != 0 || text_at(*parameters, selection.behavior) == "none") continue;
        return error(InvalidArgument,
                     fmt::format("The parameter {} is invalid for policy with caching disabled.",
                                 selection.behavior.substr(selection.behavior.find('/') + 1)));
    }
    const bool normalizes = flag_at(*parameters, "EnableAcceptEncodingGzip") ||
                            flag_at(*parameters, "EnableAcceptEncodingBrotli");
    if (normalizes && max == 0) {
        return error(InvalidArgument,
                     "The parameter EnableAcceptEncoding is invalid for policy with caching "
                     "disabled.");
    }
    if (normalizes) {
        if (auto fault =
                check_header_names(*parameters, "HeadersConfig/Headers", {"Accept-Encoding"})) {
            return fault;
        }
    }
    return check_header_names(*parameters, "HeadersConfig/Headers",
                              {"CloudFront-Viewer-Address", "CloudFront-Viewer-ASN"});
}

constexpr Selection kOriginRequestSelections[] = {
    {"HeadersConfig/HeaderBehavior", "HeadersConfig/Headers", TooManyHeadersInOriginRequestPolicy,
     http::is_token},
    {"CookiesConfig/CookieBehavior", "CookiesConfig/Cookies", TooManyCookiesInOriginRequestPolicy,
     is_cookie_name},
    {"QueryStringsConfig/QueryStringBehavior", "QueryStringsConfig/QueryStrings",
     TooManyQueryStringsInOriginRequestPolicy, is_query_name},
};

MaybeError check_origin_request_policy(const Node& config) {
    for (const Selection& selection : kOriginRequestSelections) {
        if (auto fault = check_selection(config, selection)) return fault;
    }
    if (text_at(config, "HeadersConfig/HeaderBehavior") != "whitelist") return std::nullopt;
    // AWS: these can be forwarded only as part of the cache key.
    return check_header_names(config, "HeadersConfig/Headers",
                              {"Authorization", "Accept-Encoding"});
}

MaybeError response_header_error(std::string_view member, std::string_view name,
                                 std::string_view why) {
    return error(InvalidArgument,
                 fmt::format("The parameter {} contains {} that {}.", member, name, why));
}

// CustomHeadersConfig or RemoveHeadersConfig; items of the latter have no value.
MaybeError check_response_header_list(const Node& config, std::string_view member) {
    std::set<std::string> seen;
    for (const Node& item : items_at(config, member)) {
        const std::string_view name = text_at(item, "Header");
        if (!http::is_token(name)) {
            return error(
                InvalidArgument,
                fmt::format("The parameter {} contains a name that is not valid.", member));
        }
        if (is_denied_response_header(name)) {
            return response_header_error(member, name, "is not allowed");
        }
        if (!seen.insert(to_lower(name)).second) {
            return response_header_error(member, name, "is specified more than once");
        }
        if (!is_header_value(text_at(item, "Value"))) {
            return response_header_error(member, name, "has an invalid value");
        }
    }
    return std::nullopt;
}

// Texts that become a part of a header's value.
struct ValueRule {
    std::string_view path;  // of a text, or of a list of texts
    bool (*is_valid)(std::string_view text);
};
bool is_url_text(std::string_view text) {
    return is_visible(text, ",;");
}
constexpr ValueRule kValueRules[] = {
    {"CorsConfig/AccessControlAllowOrigins", is_url_text},
    {"CorsConfig/AccessControlAllowHeaders", http::is_token},
    {"CorsConfig/AccessControlExposeHeaders", http::is_token},
    {"SecurityHeadersConfig/XSSProtection/ReportUri", is_url_text},
    {"SecurityHeadersConfig/ContentSecurityPolicy/ContentSecurityPolicy", is_header_value},
};

MaybeError check_response_values(const Node& config) {
    for (const ValueRule& rule : kValueRules) {
        const Node* found = cdn::node_at(config, rule.path);
        if (!found) continue;
        const auto is_valid = [&](const Node& text) { return rule.is_valid(text.text); };
        const auto& items = items_at(*found, "");
        const bool is_list = found->find("Quantity") != nullptr;
        if (is_list ? std::ranges::all_of(items, is_valid) : is_valid(*found)) continue;
        return error(InvalidArgument, fmt::format("The parameter {} is not valid.",
                                                  rule.path.substr(rule.path.rfind('/') + 1)));
    }
    return std::nullopt;
}

MaybeError check_response_headers_policy(const Node& config) {
    if (items_at(config, "CustomHeadersConfig").size() > kMaxNames) {
        return error(TooManyCustomHeadersInResponseHeadersPolicy);
    }
    if (items_at(config, "RemoveHeadersConfig").size() > kMaxNames) {
        return error(TooManyRemoveHeadersInResponseHeadersPolicy);
    }
    const std::string_view csp =
        text_at(config, "SecurityHeadersConfig/ContentSecurityPolicy/ContentSecurityPolicy");
    if (csp.size() > kMaxContentSecurityPolicyLength) {
        return error(InvalidArgument, "The parameter ContentSecurityPolicy is too long.");
    }
    for (const std::string_view list : {"CustomHeadersConfig", "RemoveHeadersConfig"}) {
        if (auto fault = check_response_header_list(config, list)) return fault;
    }
    if (auto fault = check_response_values(config)) return fault;
    // The Fetch standard gives * no meaning together with credentials.
    const auto& headers = items_at(config, "CorsConfig/AccessControlAllowHeaders");
    const bool has_star =
        std::ranges::any_of(headers, [](const Node& item) { return item.text == "*"; });
    if (has_star && flag_at(config, "CorsConfig/AccessControlAllowCredentials")) {
        return error(InvalidArgument,
                     "The parameter AccessControlAllowHeaders cannot contain * when "
                     "AccessControlAllowCredentials is true.");
    }
    return std::nullopt;
}

MaybeError check_public_key(const Node& config) {
    constexpr std::string_view kBegin = "-----BEGIN PUBLIC KEY-----";
    constexpr std::string_view kEnd = "-----END PUBLIC KEY-----";
    std::string_view pem = text_at(config, "EncodedKey");
    const std::size_t begin = pem.find(kBegin);
    const std::size_t end = pem.find(kEnd);
    std::string key;
    if (begin != std::string_view::npos && end != std::string_view::npos && begin < end) {
        for (const char c : pem.substr(begin + kBegin.size(), end - begin - kBegin.size())) {
            if (c != '\n' && c != '\r' && c != ' ') key += c;
        }
    }
    if (key.empty() || !from_base64(key)) {
        return error(InvalidArgument,
                     "Your request contains empty/invalid/out of limits RSA Encoded Key");
    }
    return std::nullopt;
}

MaybeError check_key_group(const Node& config) {
    const auto& keys = items_at(config, "");
    if (keys.size() > kMaxKeysInGroup) return error(TooManyPublicKeysInKeyGroup);
    if (keys.empty()) return error(InvalidArgument, "A key group must name a public key.");
    return std::nullopt;
}

struct RuleRow {
    const ResourceKind* kind;
    MaybeError (*check)(const Node& config);
};
constexpr RuleRow kRules[] = {
    {&kCachePolicy, check_cache_policy},
    {&kOriginRequestPolicy, check_origin_request_policy},
    {&kResponseHeadersPolicy, check_response_headers_policy},
    {&kPublicKey, check_public_key},
    {&kKeyGroup, check_key_group},
};

}  // namespace

std::optional<Error> check_resource_config(const ResourceKind& kind, const Node& config) {
    if (text_at(config, "Name").empty()) {
        return error(InvalidArgument, "The parameter Name is required.");
    }
    if (text_at(config, "Comment").size() > kMaxCommentLength) {
        return error(InvalidArgument, "The parameter Comment is too long.");
    }
    if (const Node* bad = find_control_character(config)) {
        return error(InvalidArgument,
                     fmt::format("The parameter {} contains a control character.", bad->name));
    }
    for (const RuleRow& row : kRules) {
        if (row.kind == &kind) return row.check(config);
    }
    return std::nullopt;
}

}  // namespace tarn::cloudfront
