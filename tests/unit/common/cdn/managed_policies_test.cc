// The managed policies by id and content (cloudfront.md 1.4).

#include "common/cdn/managed_policies.h"

#include "common/cdn/config_document.h"
#include "common/cdn/resolve_policies.h"

#include <set>

#include <gtest/gtest.h>

namespace tarn::cdn {
namespace {

using Kind = NameSelection::Kind;

CachePolicy cache_policy(std::string_view id) {
    const ManagedPolicy* policy = find_managed_policy(PolicyKind::Cache, id);
    EXPECT_NE(policy, nullptr) << id;
    return policy ? cache_policy_of(std::string(id), policy->config) : CachePolicy{};
}

struct CacheCase {
    std::string_view id;
    std::string_view name;
    int min, default_ttl, max;
    std::vector<std::string> headers;
    Kind cookies;
    Kind query;
    std::vector<std::string> query_names;
    bool gzip, brotli, disabled;
};
const std::vector<std::string> kOverrideHeaders{"host", "origin", "x-http-method-override",
                                                "x-http-method", "x-method-override"};
const CacheCase kCacheCases[] = {
    {"658327ea-f89d-4fab-a63d-7e88639e58f6",
     "Managed-CachingOptimized",
     1,
     86400,
     31536000,
     {},
     Kind::None,
     Kind::None,
     {},
     true,
     true,
     false},
    {"4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
     "Managed-CachingDisabled",
     0,
     0,
     0,
     {},
     Kind::None,
     Kind::None,
     {},
     false,
     false,
     true},
    {"b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
     "Managed-CachingOptimizedForUncompressedObjects",
     1,
     86400,
     31536000,
     {},
     Kind::None,
     Kind::None,
     {},
     false,
     false,
     false},
    {"08627262-05a9-4f76-9ded-b50ca2e3a84f",
     "Managed-Elemental-MediaPackage",
     0,
     86400,
     31536000,
     {"origin"},
     Kind::None,
     Kind::Whitelist,
     {"aws.manifestfilter", "start", "end", "m"},
     true,
     false,
     false},
    {"2e54312d-136d-493c-8eb9-b001f22f67d2",
     "Managed-Amplify",
     2,
     2,
     600,
     {"authorization", "cloudfront-viewer-country", "host"},
     Kind::All,
     Kind::All,
     {},
     true,
     true,
     false},
    {"83da9c7e-98b4-4e11-a168-04f0df8e2c65",
     "Managed-UseOriginCacheControlHeaders",
     0,
     0,
     31536000,
     kOverrideHeaders,
     Kind::All,
     Kind::None,
     {},
     true,
     true,
     false},
    {"4cc15a8a-d715-48a4-82b8-cc0b614638fe",
     "Managed-UseOriginCacheControlHeaders-QueryStrings",
     0,
     0,
     31536000,
     kOverrideHeaders,
     Kind::All,
     Kind::All,
     {},
     true,
     true,
     false},
};

TEST(ManagedCachePoliciesTest, HaveAwsIdsAndContents) {
    ASSERT_EQ(managed_policies(PolicyKind::Cache).size(), std::size(kCacheCases));
    for (const CacheCase& test : kCacheCases) {
        const CachePolicy policy = cache_policy(test.id);
        EXPECT_EQ(policy.name, test.name);
        EXPECT_EQ(policy.min_ttl.count(), test.min) << test.name;
        EXPECT_EQ(policy.default_ttl.count(), test.default_ttl) << test.name;
        EXPECT_EQ(policy.max_ttl.count(), test.max) << test.name;
        EXPECT_EQ(policy.headers.kind, test.headers.empty() ? Kind::None : Kind::Whitelist);
        EXPECT_EQ(policy.headers.names, test.headers) << test.name;
        EXPECT_EQ(policy.cookies.kind, test.cookies) << test.name;
        EXPECT_EQ(policy.query.kind, test.query) << test.name;
        EXPECT_EQ(policy.query.names, test.query_names) << test.name;
        EXPECT_EQ(policy.gzip, test.gzip) << test.name;
        EXPECT_EQ(policy.brotli, test.brotli) << test.name;
        EXPECT_EQ(policy.caching_disabled, test.disabled) << test.name;
    }
}

struct OriginRequestCase {
    std::string_view id;
    std::string_view name;
    Kind headers;
    std::vector<std::string> names;
    std::size_t cloudfront_headers;
    Kind cookies;
    Kind query;
};
const OriginRequestCase kOriginRequestCases[] = {
    {"216adef6-5c7f-47e4-b989-5492eafa07d3",
     "Managed-AllViewer",
     Kind::All,
     {},
     0,
     Kind::All,
     Kind::All},
    {"33f36d7e-f396-46d9-90e0-52428a34d9dc",
     "Managed-AllViewerAndCloudFrontHeaders-2022-06",
     Kind::All,
     {},
     21,
     Kind::All,
     Kind::All},
    {"b689b0a8-53d0-40ab-baf2-68738e2966ac",
     "Managed-AllViewerExceptHostHeader",
     Kind::AllExcept,
     {"host"},
     0,
     Kind::All,
     Kind::All},
    {"59781a5b-3903-41f3-afcb-af62929ccde1",
     "Managed-CORS-CustomOrigin",
     Kind::Whitelist,
     {"origin"},
     0,
     Kind::None,
     Kind::None},
    {"88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
     "Managed-CORS-S3Origin",
     Kind::Whitelist,
     {"origin", "access-control-request-headers", "access-control-request-method"},
     0,
     Kind::None,
     Kind::None},
    {"775133bc-15f2-49f9-abea-afb2e0bf67d2",
     "Managed-Elemental-MediaTailor-PersonalizedManifests",
     Kind::Whitelist,
     {"origin", "access-control-request-headers", "access-control-request-method", "user-agent",
      "x-forwarded-for"},
     0,
     Kind::None,
     Kind::All},
    {"bf0718e1-ba1e-49d1-88b1-f726733018ae",
     "Managed-HostHeaderOnly",
     Kind::Whitelist,
     {"host"},
     0,
     Kind::None,
     Kind::None},
    {"acba4595-bd28-49b8-b9fe-13317c0390fa",
     "Managed-UserAgentRefererHeaders",
     Kind::Whitelist,
     {"user-agent", "referer"},
     0,
     Kind::None,
     Kind::None},
};

TEST(ManagedOriginRequestPoliciesTest, HaveAwsIdsAndContents) {
    ASSERT_EQ(managed_policies(PolicyKind::OriginRequest).size(), std::size(kOriginRequestCases));
    for (const OriginRequestCase& test : kOriginRequestCases) {
        const ManagedPolicy* found = find_managed_policy(PolicyKind::OriginRequest, test.id);
        ASSERT_TRUE(found) << test.name;
        const auto policy = origin_request_policy_of(std::string(test.id), found->config);
        EXPECT_EQ(policy.name, test.name);
        EXPECT_EQ(policy.headers.kind, test.headers) << test.name;
        EXPECT_EQ(policy.headers.names, test.names) << test.name;
        EXPECT_EQ(policy.cloudfront_headers.size(), test.cloudfront_headers) << test.name;
        EXPECT_EQ(policy.cookies.kind, test.cookies) << test.name;
        EXPECT_EQ(policy.query.kind, test.query) << test.name;
    }
}

// "!" marks a header that replaces the origin's.
std::vector<std::string> headers_of(std::string_view id) {
    const ManagedPolicy* found = find_managed_policy(PolicyKind::ResponseHeaders, id);
    if (!found) return {"missing"};
    std::vector<std::string> lines;
    for (const auto& header : response_headers_policy_of(std::string(id), found->config).headers)
        lines.push_back((header.override_origin ? "!" : "") + header.name + ": " + header.value);
    return lines;
}

TEST(ManagedResponseHeadersPoliciesTest, HaveAwsIdsAndContents) {
    const std::vector<std::string> simple{"Access-Control-Allow-Origin: *"};
    const std::vector<std::string> preflight{
        "Access-Control-Allow-Origin: *",
        "Access-Control-Allow-Methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
        "Access-Control-Allow-Headers: *", "Access-Control-Expose-Headers: *"};
    const std::vector<std::string> security{
        "X-XSS-Protection: 1; mode=block", "X-Frame-Options: SAMEORIGIN",
        "Referrer-Policy: strict-origin-when-cross-origin", "!X-Content-Type-Options: nosniff",
        "Strict-Transport-Security: max-age=31536000"};
    const auto both = [](std::vector<std::string> a, const std::vector<std::string>& b) {
        a.insert(a.end(), b.begin(), b.end());
        return a;
    };
    EXPECT_EQ(managed_policies(PolicyKind::ResponseHeaders).size(), 5u);
    EXPECT_EQ(headers_of("60669652-455b-4ae9-85a4-c4c02393f86c"), simple);
    EXPECT_EQ(headers_of("5cc3b908-e619-4b99-88e5-2cf7f45965bd"), preflight);
    EXPECT_EQ(headers_of("67f7725c-6f97-4210-82d7-5512b31e9d03"), security);
    EXPECT_EQ(headers_of("e61eb60c-9c35-4d20-a928-2b84e02af89c"), both(simple, security));
    EXPECT_EQ(headers_of("eaab4381-ed33-4a86-88ca-d9558dc6cd63"), both(preflight, security));
}

TEST(ManagedPoliciesTest, TheirDocumentsAreInTheOrderOfTheirShapes) {
    for (const auto& [kind, shape] :
         {std::pair{PolicyKind::Cache, &kCachePolicyConfigShape},
          {PolicyKind::OriginRequest, &kOriginRequestPolicyConfigShape},
          {PolicyKind::ResponseHeaders, &kResponseHeadersPolicyConfigShape}}) {
        std::set<std::string_view> ids;
        for (const ManagedPolicy& policy : managed_policies(kind)) {
            const auto normalized = normalize(policy.config, *shape);
            ASSERT_TRUE(normalized) << policy.name << ": " << normalized.error().message;
            EXPECT_EQ(*normalized, policy.config) << policy.name;
            EXPECT_TRUE(ids.insert(policy.id).second);
        }
    }
}

TEST(ManagedPoliciesTest, AnIdOfAnotherKindIsNotFound) {
    EXPECT_EQ(
        find_managed_policy(PolicyKind::OriginRequest, "658327ea-f89d-4fab-a63d-7e88639e58f6"),
        nullptr);
}

}  // namespace
}  // namespace tarn::cdn
