#include "common/cdn/managed_policies.h"

#include "common/base/text.h"
#include "common/cdn/config_document.h"

#include <algorithm>
#include <string>
#include <vector>

namespace tarn::cdn {
namespace {

using xml::Node;

// ---- the tables (AWS: Use managed cache policies, … origin request policies, … response headers
// policies).  Lists of names are separated by spaces.

struct CacheRow {
    std::string_view id;
    std::string_view name;
    std::string_view comment;
    std::int64_t min_ttl, default_ttl, max_ttl;
    std::string_view headers;  // whitelist; empty: none
    std::string_view cookies;  // "all", empty: none, else a whitelist
    std::string_view query;
    bool gzip, brotli;
};
constexpr std::string_view kCacheControlHeaders =
    "host origin x-http-method-override x-http-method x-method-override";
// clang-format off
constexpr CacheRow kCachePolicies[] = {
    {"658327ea-f89d-4fab-a63d-7e88639e58f6", "Managed-CachingOptimized",
     "Policy with caching enabled. Supports Gzip and Brotli compression.",
     1, 86'400, 31'536'000, "", "", "", true, true},
    {"4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "Managed-CachingDisabled",
     "Policy with caching disabled",
     0, 0, 0, "", "", "", false, false},
    {"b2884449-e4de-46a7-ac36-70bc7f1ddd6d", "Managed-CachingOptimizedForUncompressedObjects",
     "Default policy when compression is disabled",
     1, 86'400, 31'536'000, "", "", "", false, false},
    {"08627262-05a9-4f76-9ded-b50ca2e3a84f", "Managed-Elemental-MediaPackage",
     "Policy for Elemental MediaPackage Origin",
     0, 86'400, 31'536'000, "origin", "", "aws.manifestfilter start end m", true, false},
    {"2e54312d-136d-493c-8eb9-b001f22f67d2", "Managed-Amplify",
     "Policy for Amplify Origin",
     2, 2, 600, "Authorization CloudFront-Viewer-Country Host", "all", "all", true, true},
    {"83da9c7e-98b4-4e11-a168-04f0df8e2c65", "Managed-UseOriginCacheControlHeaders",
     "Policy for origins that return Cache-Control headers. Query strings are not included in the cache key.",
     0, 0, 31'536'000, kCacheControlHeaders, "all", "", true, true},
    {"4cc15a8a-d715-48a4-82b8-cc0b614638fe", "Managed-UseOriginCacheControlHeaders-QueryStrings",
     "Policy for origins that return Cache-Control headers and serve different content based on values present in the query string.",
     0, 0, 31'536'000, kCacheControlHeaders, "all", "all", true, true},
};

struct OriginRequestRow {
    std::string_view id;
    std::string_view name;
    std::string_view comment;
    std::string_view header_behavior;
    std::string_view headers;
    std::string_view cookies;
    std::string_view query;
};
constexpr OriginRequestRow kOriginRequestPolicies[] = {
    {"216adef6-5c7f-47e4-b989-5492eafa07d3", "Managed-AllViewer",
     "Policy to forward all parameters in viewer requests", "allViewer", "", "all", "all"},
    {"33f36d7e-f396-46d9-90e0-52428a34d9dc", "Managed-AllViewerAndCloudFrontHeaders-2022-06",
     "Policy to forward all parameters in viewer requests and all CloudFront headers that were released through June 2022",
     "allViewerAndWhitelistCloudFront",
     "CloudFront-Forwarded-Proto CloudFront-Is-Android-Viewer CloudFront-Is-Desktop-Viewer "
     "CloudFront-Is-IOS-Viewer CloudFront-Is-Mobile-Viewer CloudFront-Is-SmartTV-Viewer "
     "CloudFront-Is-Tablet-Viewer CloudFront-Viewer-Address CloudFront-Viewer-ASN "
     "CloudFront-Viewer-City CloudFront-Viewer-Country CloudFront-Viewer-Country-Name "
     "CloudFront-Viewer-Country-Region CloudFront-Viewer-Country-Region-Name "
     "CloudFront-Viewer-Http-Version CloudFront-Viewer-Latitude CloudFront-Viewer-Longitude "
     "CloudFront-Viewer-Metro-Code CloudFront-Viewer-Postal-Code CloudFront-Viewer-Time-Zone "
     "CloudFront-Viewer-TLS", "all", "all"},
    {"b689b0a8-53d0-40ab-baf2-68738e2966ac", "Managed-AllViewerExceptHostHeader",
     "Policy to forward all parameters in viewer requests except for the Host header",
     "allExcept", "Host", "all", "all"},
    {"59781a5b-3903-41f3-afcb-af62929ccde1", "Managed-CORS-CustomOrigin",
     "Cross-origin resource sharing with a custom origin", "whitelist", "origin", "", ""},
    {"88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", "Managed-CORS-S3Origin",
     "Policy for S3 origin with CORS", "whitelist",
     "origin access-control-request-headers access-control-request-method", "", ""},
    {"775133bc-15f2-49f9-abea-afb2e0bf67d2", "Managed-Elemental-MediaTailor-PersonalizedManifests",
     "Policy for Elemental MediaTailor Origin", "whitelist",
     "origin access-control-request-headers access-control-request-method user-agent x-forwarded-for", "", "all"},
    {"bf0718e1-ba1e-49d1-88b1-f726733018ae", "Managed-HostHeaderOnly",
     "Policy to forward the Host header only", "whitelist", "host", "", ""},
    {"acba4595-bd28-49b8-b9fe-13317c0390fa", "Managed-UserAgentRefererHeaders",
     "Policy to forward user-agent and referer headers to origin", "whitelist",
     "user-agent referer", "", ""},
};

enum class Cors : std::uint8_t { None, Simple, Preflight };
struct ResponseHeadersRow {
    std::string_view id;
    std::string_view name;
    std::string_view comment;
    Cors cors;
    bool security;
};
constexpr ResponseHeadersRow kResponseHeadersPolicies[] = {
    {"60669652-455b-4ae9-85a4-c4c02393f86c", "Managed-SimpleCORS",
     "Allows all origins for simple CORS requests", Cors::Simple, false},
    {"5cc3b908-e619-4b99-88e5-2cf7f45965bd", "Managed-CORS-With-Preflight",
     "Allows all origins for CORS requests, including preflight requests", Cors::Preflight, false},
    {"67f7725c-6f97-4210-82d7-5512b31e9d03", "Managed-SecurityHeadersPolicy",
     "Adds a set of security headers to every response", Cors::None, true},
    {"e61eb60c-9c35-4d20-a928-2b84e02af89c", "Managed-CORS-and-SecurityHeadersPolicy",
     "Allows all origins for simple CORS requests and adds security headers", Cors::Simple, true},
    {"eaab4381-ed33-4a86-88ca-d9558dc6cd63", "Managed-CORS-with-preflight-and-SecurityHeadersPolicy",
     "Allows all origins for CORS requests, including preflight requests, and adds security headers",
     Cors::Preflight, true},
};
// clang-format on

// ---- documents from rows ----

Node structure(std::string_view name, std::vector<Node> members) {
    return {.name = std::string(name), .children = std::move(members)};
}

Node flag(std::string_view name, bool value) {
    return leaf(name, value ? "true" : "false");
}

Node names(std::string_view element, std::string_view tag, std::string_view list) {
    std::vector<Node> items;
    for (const std::string_view name : split_list(list, ' '))
        items.push_back(leaf(tag, name));
    return list_of(element, std::move(items));
}

// <QueryStringsConfig><QueryStringBehavior>…</QueryStringBehavior><QueryStrings>…
Node selection(std::string_view config, std::string_view behavior, std::string_view element,
               std::string_view behavior_value, std::string_view list) {
    std::vector<Node> members{leaf(behavior, behavior_value)};
    if (!list.empty()) members.push_back(names(element, "Name", list));
    return structure(config, std::move(members));
}

Node simple_selection(std::string_view config, std::string_view behavior, std::string_view element,
                      std::string_view value) {
    if (value.empty()) return selection(config, behavior, element, "none", {});
    if (value == "all") return selection(config, behavior, element, "all", {});
    return selection(config, behavior, element, "whitelist", value);
}

Node cookies_config(std::string_view value) {
    return simple_selection("CookiesConfig", "CookieBehavior", "Cookies", value);
}
Node query_config(std::string_view value) {
    return simple_selection("QueryStringsConfig", "QueryStringBehavior", "QueryStrings", value);
}

Node cache_config(const CacheRow& row) {
    Node parameters = structure(
        "ParametersInCacheKeyAndForwardedToOrigin",
        {flag("EnableAcceptEncodingGzip", row.gzip), flag("EnableAcceptEncodingBrotli", row.brotli),
         simple_selection("HeadersConfig", "HeaderBehavior", "Headers", row.headers),
         cookies_config(row.cookies), query_config(row.query)});
    return structure("CachePolicyConfig",
                     {leaf("Comment", row.comment), leaf("Name", row.name),
                      leaf("DefaultTTL", std::to_string(row.default_ttl)),
                      leaf("MaxTTL", std::to_string(row.max_ttl)),
                      leaf("MinTTL", std::to_string(row.min_ttl)), std::move(parameters)});
}

Node origin_request_config(const OriginRequestRow& row) {
    return structure(
        "OriginRequestPolicyConfig",
        {leaf("Comment", row.comment), leaf("Name", row.name),
         selection("HeadersConfig", "HeaderBehavior", "Headers", row.header_behavior, row.headers),
         cookies_config(row.cookies), query_config(row.query)});
}

Node cors_config(Cors cors) {
    const bool preflight = cors == Cors::Preflight;
    std::vector<Node> members{
        names("AccessControlAllowOrigins", "Origin", "*"),
        names("AccessControlAllowHeaders", "Header", preflight ? "*" : ""),
        names("AccessControlAllowMethods", "Method",
              preflight ? "DELETE GET HEAD OPTIONS PATCH POST PUT" : ""),
        flag("AccessControlAllowCredentials", false),
    };
    if (preflight) members.push_back(names("AccessControlExposeHeaders", "Header", "*"));
    members.push_back(flag("OriginOverride", false));
    return structure("CorsConfig", std::move(members));
}

// Only X-Content-Type-Options replaces what the origin sends.
Node security_config() {
    return structure(
        "SecurityHeadersConfig",
        {structure("XSSProtection",
                   {flag("Override", false), flag("Protection", true), flag("ModeBlock", true)}),
         structure("FrameOptions", {flag("Override", false), leaf("FrameOption", "SAMEORIGIN")}),
         structure("ReferrerPolicy", {flag("Override", false),
                                      leaf("ReferrerPolicy", "strict-origin-when-cross-origin")}),
         structure("ContentTypeOptions", {flag("Override", true)}),
         structure("StrictTransportSecurity",
                   {flag("Override", false), leaf("AccessControlMaxAgeSec", "31536000")})});
}

Node response_headers_config(const ResponseHeadersRow& row) {
    std::vector<Node> members{leaf("Comment", row.comment), leaf("Name", row.name)};
    if (row.cors != Cors::None) members.push_back(cors_config(row.cors));
    if (row.security) members.push_back(security_config());
    return structure("ResponseHeadersPolicyConfig", std::move(members));
}

template <class Rows, class MakeConfig>
std::vector<ManagedPolicy> build(PolicyKind kind, const Rows& rows, MakeConfig make_config) {
    std::vector<ManagedPolicy> policies;
    for (const auto& row : rows)
        policies.push_back({kind, row.id, row.name, make_config(row)});
    return policies;
}

}  // namespace

std::span<const ManagedPolicy> managed_policies(PolicyKind kind) {
    static const auto cache = build(PolicyKind::Cache, kCachePolicies, cache_config);
    static const auto origin_request =
        build(PolicyKind::OriginRequest, kOriginRequestPolicies, origin_request_config);
    static const auto response_headers =
        build(PolicyKind::ResponseHeaders, kResponseHeadersPolicies, response_headers_config);
    switch (kind) {
        case PolicyKind::Cache:
            return cache;
        case PolicyKind::OriginRequest:
            return origin_request;
        case PolicyKind::ResponseHeaders:
            return response_headers;
    }
    return {};
}

const ManagedPolicy* find_managed_policy(PolicyKind kind, std::string_view id) {
    const auto policies = managed_policies(kind);
    const auto found = std::ranges::find(policies, id, &ManagedPolicy::id);
    return found == policies.end() ? nullptr : &*found;
}

}  // namespace tarn::cdn
