#include "common/cdn/resolve_policies.h"

#include "common/base/text.h"
#include "common/cdn/config_document.h"

#include <algorithm>

#include <fmt/format.h>

namespace tarn::cdn {
namespace {

using xml::Node;
using Kind = NameSelection::Kind;
using std::chrono::seconds;

struct BehaviorWord {
    std::string_view word;
    Kind kind;
};
constexpr BehaviorWord kBehaviorWords[] = {
    {"none", Kind::None},           {"whitelist", Kind::Whitelist},
    {"allExcept", Kind::AllExcept}, {"all", Kind::All},
    {"allViewer", Kind::All},       {"allViewerAndWhitelistCloudFront", Kind::All},
};

Kind kind_of(std::string_view word) {
    for (const BehaviorWord& row : kBehaviorWords)
        if (row.word == word) return row.kind;
    return Kind::None;
}

std::vector<std::string> texts_at(const Node& node, std::string_view path) {
    std::vector<std::string> texts;
    for (const Node& item : items_at(node, path))
        texts.push_back(item.text);
    return texts;
}

// Header names compare without case: they are kept in lower case.
std::vector<std::string> lower(std::vector<std::string> names) {
    for (std::string& name : names)
        name = to_lower(name);
    return names;
}

NameSelection headers_of(const Node& config) {
    return {kind_of(text_at(config, "HeadersConfig/HeaderBehavior")),
            lower(texts_at(config, "HeadersConfig/Headers"))};
}
NameSelection cookies_of(const Node& config) {
    return {kind_of(text_at(config, "CookiesConfig/CookieBehavior")),
            texts_at(config, "CookiesConfig/Cookies")};
}
NameSelection query_of(const Node& config) {
    return {kind_of(text_at(config, "QueryStringsConfig/QueryStringBehavior")),
            texts_at(config, "QueryStringsConfig/QueryStrings")};
}

NameSelection whitelist(std::vector<std::string> names) {
    const Kind kind = names.empty() ? Kind::None : Kind::Whitelist;
    return {kind, std::move(names)};
}

bool has_star(const std::vector<std::string>& names) {
    return std::ranges::find(names, "*") != names.end();
}

NameSelection legacy_headers(const Node& behavior) {
    auto names = lower(texts_at(behavior, "ForwardedValues/Headers"));
    if (has_star(names)) return {Kind::All, {}};
    return whitelist(std::move(names));
}

NameSelection legacy_cookies(const Node& behavior) {
    const std::string_view forward = text_at(behavior, "ForwardedValues/Cookies/Forward");
    if (forward != "whitelist") return {kind_of(forward), {}};
    return whitelist(texts_at(behavior, "ForwardedValues/Cookies/WhitelistedNames"));
}

// QueryString says what is forwarded; QueryStringCacheKeys narrows what is in the key.
NameSelection legacy_query_key(const Node& behavior) {
    if (!flag_at(behavior, "ForwardedValues/QueryString")) return {};
    auto names = texts_at(behavior, "ForwardedValues/QueryStringCacheKeys");
    if (names.empty() || has_star(names)) return {Kind::All, {}};
    return whitelist(std::move(names));
}

}  // namespace

CachePolicy cache_policy_of(std::string id, const Node& config) {
    const Node no_parameters;
    const Node* found = config.find("ParametersInCacheKeyAndForwardedToOrigin");
    const Node& parameters = found ? *found : no_parameters;
    const std::int64_t min = number_at(config, "MinTTL");
    const std::int64_t default_ttl =
        number_at(config, "DefaultTTL", std::max<std::int64_t>(86'400, min));
    const std::int64_t max =
        number_at(config, "MaxTTL", std::max<std::int64_t>(31'536'000, default_ttl));
    return {.id = std::move(id),
            .name = std::string(text_at(config, "Name")),
            .min_ttl = seconds(min),
            .default_ttl = seconds(default_ttl),
            .max_ttl = seconds(max),
            .gzip = flag_at(parameters, "EnableAcceptEncodingGzip"),
            .brotli = flag_at(parameters, "EnableAcceptEncodingBrotli"),
            .headers = headers_of(parameters),
            .cookies = cookies_of(parameters),
            .query = query_of(parameters),
            .caching_disabled = max == 0};
}

CachePolicy legacy_cache_policy(const Node& behavior) {
    const NameSelection headers = legacy_headers(behavior);
    const seconds max(number_at(behavior, "MaxTTL", 31'536'000));
    return {.name = "ForwardedValues",
            .min_ttl = seconds(number_at(behavior, "MinTTL")),
            .default_ttl = seconds(number_at(behavior, "DefaultTTL", 86'400)),
            .max_ttl = max,
            // Legacy settings compress with gzip only, where the behavior has Compress.
            .gzip = flag_at(behavior, "Compress"),
            .headers = headers,
            .cookies = legacy_cookies(behavior),
            .query = legacy_query_key(behavior),
            .caching_disabled = headers.kind == Kind::All || max == seconds(0)};
}

OriginRequestPolicy legacy_origin_request(const Node& behavior) {
    const bool query = flag_at(behavior, "ForwardedValues/QueryString");
    return {.name = "ForwardedValues",
            .headers = legacy_headers(behavior),
            .cookies = legacy_cookies(behavior),
            .query = {query ? Kind::All : Kind::None, {}}};
}

OriginRequestPolicy origin_request_policy_of(std::string id, const Node& config) {
    OriginRequestPolicy policy{.id = std::move(id),
                               .name = std::string(text_at(config, "Name")),
                               .headers = headers_of(config),
                               .cookies = cookies_of(config),
                               .query = query_of(config)};
    if (text_at(config, "HeadersConfig/HeaderBehavior") == "allViewerAndWhitelistCloudFront") {
        policy.cloudfront_headers = std::move(policy.headers.names);
        policy.headers.names.clear();
    }
    return policy;
}

namespace {

std::string joined(const std::vector<std::string>& values) {
    return fmt::format("{}", fmt::join(values, ", "));
}

// AWS: "ALL" stands for every method that CloudFront knows.
std::string methods_value(const Node& cors) {
    const auto methods = texts_at(cors, "AccessControlAllowMethods");
    if (std::ranges::find(methods, "ALL") != methods.end()) {
        return "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";
    }
    return joined(methods);
}

void add_cors(const Node& cors, ResponseHeadersPolicy& policy) {
    const bool override_origin = flag_at(cors, "OriginOverride");
    policy.cors_allow_origins = texts_at(cors, "AccessControlAllowOrigins");
    const auto add = [&](std::string_view name, std::string value, bool preflight_only) {
        policy.headers.push_back({.name = std::string(name),
                                  .value = std::move(value),
                                  .override_origin = override_origin,
                                  .cors = true,
                                  .preflight_only = preflight_only});
    };
    add("Access-Control-Allow-Origin", has_star(policy.cors_allow_origins) ? "*" : "", false);
    if (flag_at(cors, "AccessControlAllowCredentials")) {
        add("Access-Control-Allow-Credentials", "true", false);
    }
    if (auto methods = methods_value(cors); !methods.empty()) {
        add("Access-Control-Allow-Methods", std::move(methods), true);
    }
    if (auto headers = joined(texts_at(cors, "AccessControlAllowHeaders")); !headers.empty()) {
        add("Access-Control-Allow-Headers", std::move(headers), true);
    }
    if (cors.find("AccessControlMaxAgeSec")) {
        add("Access-Control-Max-Age", std::string(text_at(cors, "AccessControlMaxAgeSec")), true);
    }
    if (auto exposed = joined(texts_at(cors, "AccessControlExposeHeaders")); !exposed.empty()) {
        add("Access-Control-Expose-Headers", std::move(exposed), false);
    }
}

std::string xss_value(const Node& xss) {
    if (!flag_at(xss, "Protection")) return "0";
    std::string value = "1";
    if (flag_at(xss, "ModeBlock")) value += "; mode=block";
    const std::string_view report = text_at(xss, "ReportUri");
    if (!report.empty()) value += fmt::format("; report={}", report);
    return value;
}

std::string hsts_value(const Node& hsts) {
    std::string value = fmt::format("max-age={}", text_at(hsts, "AccessControlMaxAgeSec"));
    if (flag_at(hsts, "IncludeSubdomains")) value += "; includeSubDomains";
    if (flag_at(hsts, "Preload")) value += "; preload";
    return value;
}

struct SecurityHeader {
    std::string_view member;
    std::string_view header;
    std::string (*value)(const Node& member);
};
constexpr SecurityHeader kSecurityHeaders[] = {
    {"XSSProtection", "X-XSS-Protection", xss_value},
    {"FrameOptions", "X-Frame-Options",
     [](const Node& node) { return std::string(text_at(node, "FrameOption")); }},
    {"ReferrerPolicy", "Referrer-Policy",
     [](const Node& node) { return std::string(text_at(node, "ReferrerPolicy")); }},
    {"ContentSecurityPolicy", "Content-Security-Policy",
     [](const Node& node) { return std::string(text_at(node, "ContentSecurityPolicy")); }},
    {"ContentTypeOptions", "X-Content-Type-Options",
     [](const Node&) { return std::string("nosniff"); }},
    {"StrictTransportSecurity", "Strict-Transport-Security", hsts_value},
};

}  // namespace

ResponseHeadersPolicy response_headers_policy_of(std::string id, const Node& config) {
    ResponseHeadersPolicy policy{.id = std::move(id), .name = std::string(text_at(config, "Name"))};
    if (const Node* cors = config.find("CorsConfig")) add_cors(*cors, policy);
    if (const Node* security = config.find("SecurityHeadersConfig")) {
        for (const SecurityHeader& row : kSecurityHeaders) {
            const Node* member = security->find(row.member);
            if (!member) continue;
            policy.headers.push_back({.name = std::string(row.header),
                                      .value = row.value(*member),
                                      .override_origin = flag_at(*member, "Override")});
        }
    }
    for (const Node& custom : items_at(config, "CustomHeadersConfig")) {
        policy.headers.push_back({.name = std::string(text_at(custom, "Header")),
                                  .value = std::string(text_at(custom, "Value")),
                                  .override_origin = flag_at(custom, "Override")});
    }
    for (const Node& removed : items_at(config, "RemoveHeadersConfig"))
        policy.remove.emplace_back(text_at(removed, "Header"));
    policy.server_timing = flag_at(config, "ServerTimingHeadersConfig/Enabled");
    return policy;
}

}  // namespace tarn::cdn
