// Rules on cache behaviors.

#include "common/base/text.h"
#include "common/cdn/config_document.h"
#include "common/http/token.h"
#include "server/cloudfront/config_rules.h"
#include "server/cloudfront/wire_text.h"

#include <algorithm>
#include <set>

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

constexpr std::size_t kMaxBehaviors = 75;
constexpr std::size_t kMaxPathPatternLength = 255;
constexpr std::size_t kMaxKeyGroups = 4;
constexpr std::size_t kMaxForwardedNames = 10;

using Names = std::set<std::string_view>;

Names names_at(const Node& node, std::string_view path) {
    Names names;
    for (const Node& item : items_at(node, path))
        names.insert(item.text);
    return names;
}

// AWS: AllowedMethods and CachedMethods have three and two choices.
const Names kReadMethods{"GET", "HEAD"};
const Names kOptionsMethods{"GET", "HEAD", "OPTIONS"};
const Names kAllMethods{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"};

MaybeError check_methods(const Node& behavior) {
    const Names allowed = names_at(behavior, "AllowedMethods");
    const Names cached = names_at(behavior, "AllowedMethods/CachedMethods");
    if (allowed != kReadMethods && allowed != kOptionsMethods && allowed != kAllMethods) {
        return error(InvalidArgument, "The parameter AllowedMethods is not valid.");
    }
    if (cached != kReadMethods && cached != kOptionsMethods) {
        return error(InvalidArgument, "The parameter CachedMethods is not valid.");
    }
    if (!std::ranges::includes(allowed, cached)) {
        return error(InvalidArgument,
                     "The parameter CachedMethods cannot include a method that AllowedMethods "
                     "does not include.");
    }
    return std::nullopt;
}

MaybeError check_target(const Node& behavior, const Names& origins, const Names& groups) {
    const std::string_view target = text_at(behavior, "TargetOriginId");
    if (origins.contains(target)) return std::nullopt;
    if (!groups.contains(target)) return error(NoSuchOrigin);
    if (names_at(behavior, "AllowedMethods") == kAllMethods) {
        return error(InvalidArgument,
                     "The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for "
                     "a cached behavior associated with an origin group.");
    }
    return std::nullopt;
}

// MinTTL <= DefaultTTL <= MaxTTL; DefaultTTL and MaxTTL were filled in where absent.
MaybeError check_legacy_ttls(const Node& behavior, bool all_headers) {
    const std::int64_t min = number_at(behavior, "MinTTL");
    const std::int64_t default_ttl = number_at(behavior, "DefaultTTL");
    const std::int64_t max = number_at(behavior, "MaxTTL");
    if (min < 0 || min > default_ttl || default_ttl > max) return error(InvalidTTLOrder);
    if (all_headers && min != 0) {
        return error(InvalidArgument,
                     "The parameter MinTTL must be 0 when all headers are forwarded.");
    }
    return std::nullopt;
}

MaybeError check_forwarded_names(const Names& headers, const Names& query, const Names& cookies) {
    const auto is_header = [](std::string_view name) {
        return http::is_token(name) && !is_denied_forwarded_header(name);
    };
    if (!std::ranges::all_of(headers, is_header)) {
        return error(InvalidArgument, "The parameter Headers contains a name that is not allowed.");
    }
    if (!std::ranges::all_of(query, is_query_name)) {
        return error(InvalidArgument,
                     "The parameter QueryStringCacheKeys contains a name that is not valid.");
    }
    // AWS: Cache content based on cookies; '*' and '?' are wildcards.
    if (!std::ranges::all_of(cookies, [](std::string_view name) { return is_cookie_name(name); })) {
        return error(InvalidArgument,
                     "The parameter WhitelistedNames contains a name that is not valid.");
    }
    return std::nullopt;
}

MaybeError check_forwarded_values(const Node& behavior) {
    const Names headers = names_at(behavior, "ForwardedValues/Headers");
    const Names query = names_at(behavior, "ForwardedValues/QueryStringCacheKeys");
    const Names cookies = names_at(behavior, "ForwardedValues/Cookies/WhitelistedNames");
    if (headers.size() > kMaxForwardedNames) return error(TooManyHeadersInForwardedValues);
    if (query.size() > kMaxForwardedNames) return error(TooManyQueryStringParameters);
    if (cookies.size() > kMaxForwardedNames) return error(TooManyCookieNamesInWhiteList);
    const bool whitelist = text_at(behavior, "ForwardedValues/Cookies/Forward") == "whitelist";
    if (whitelist == cookies.empty()) return error(InvalidForwardCookies);
    const bool all_headers = headers.contains("*");
    if (all_headers && headers.size() > 1) {
        return error(InvalidArgument, "The parameter Headers cannot name others beside *.");
    }
    if (auto fault = check_forwarded_names(headers, query, cookies)) return fault;
    return check_legacy_ttls(behavior, all_headers);
}

// Policies and the legacy settings exclude each other.
MaybeError check_cache_settings(const Node& behavior) {
    const bool legacy = behavior.find("ForwardedValues") != nullptr;
    if (text_at(behavior, "CachePolicyId").empty()) {
        if (!legacy) return error(InvalidArgument, "The parameter ForwardedValues is required.");
        if (!text_at(behavior, "OriginRequestPolicyId").empty()) {
            return error(InvalidArgument,
                         "The parameter OriginRequestPolicyId requires a CachePolicyId.");
        }
        return check_forwarded_values(behavior);
    }
    for (const std::string_view name : {"ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL"}) {
        if (!behavior.find(name)) continue;
        return error(InvalidArgument,
                     fmt::format("The parameter {} cannot be used when a cache policy is "
                                 "associated to the cache behavior.",
                                 name));
    }
    return std::nullopt;
}

MaybeError check_trust(const Node& behavior) {
    // No account here has CloudFront key pairs of its own; key groups replaced them.
    if (flag_at(behavior, "TrustedSigners/Enabled")) return error(TrustedSignerDoesNotExist);
    const auto& groups = items_at(behavior, "TrustedKeyGroups");
    if (groups.size() > kMaxKeyGroups) return error(TooManyKeyGroupsAssociatedToDistribution);
    if (flag_at(behavior, "TrustedKeyGroups/Enabled") == groups.empty()) {
        return error(InvalidArgument,
                     "TrustedKeyGroups must be enabled exactly where it names key groups.");
    }
    return std::nullopt;
}

// Things that cannot be made here, and that change what a viewer gets.
MaybeError check_absent_features(const Node& behavior) {
    if (!items_at(behavior, "FunctionAssociations").empty()) {
        return error(InvalidFunctionAssociation, "The specified function does not exist.");
    }
    if (!text_at(behavior, "FieldLevelEncryptionId").empty()) {
        return error(NoSuchFieldLevelEncryptionConfig);
    }
    return std::nullopt;
}

// AWS: Path pattern.
constexpr std::string_view kPunctuation = "_-.*?$/~\"'@:+&";
bool is_path_pattern(std::string_view pattern) {
    if (pattern.empty() || pattern.size() > kMaxPathPatternLength) return false;
    return std::ranges::all_of(pattern, [](char c) {
        const char lower = to_lower(c);
        return is_digit(c) || (lower >= 'a' && lower <= 'z') ||
               kPunctuation.find(c) != std::string_view::npos;
    });
}

}  // namespace

std::optional<Error> check_behaviors(const Node& config) {
    const auto& behaviors = items_at(config, "CacheBehaviors");
    if (behaviors.size() > kMaxBehaviors) return error(TooManyCacheBehaviors);
    Names patterns;
    for (const Node& behavior : behaviors) {
        const std::string_view pattern = text_at(behavior, "PathPattern");
        if (is_path_pattern(pattern) && patterns.insert(pattern).second) continue;
        return error(InvalidArgument, "The parameter PathPattern is not valid or not unique.");
    }
    Names origins;
    Names groups;
    for (const Node& origin : items_at(config, "Origins"))
        origins.insert(text_at(origin, "Id"));
    for (const Node& group : items_at(config, "OriginGroups"))
        groups.insert(text_at(group, "Id"));
    for (const Node* behavior : behaviors_of(config)) {
        if (auto fault = check_target(*behavior, origins, groups)) return fault;
        constexpr MaybeError (*kChecks[])(const Node&) = {check_methods, check_cache_settings,
                                                          check_trust, check_absent_features};
        for (const auto check : kChecks) {
            if (auto fault = check(*behavior)) return fault;
        }
    }
    return std::nullopt;
}

}  // namespace tarn::cloudfront
