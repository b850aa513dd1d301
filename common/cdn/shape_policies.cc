// The shapes of policies, origin access controls, keys, invalidations and tags.

#include "common/cdn/shape_builders.h"

namespace tarn::cdn {
namespace {

// ---- cache policy ----

constexpr Member kCacheHeadersConfigMembers[] = {
    choice("HeaderBehavior", "none|whitelist", kRequired),
    structure("Headers", kNameList),
};
constexpr Shape kCacheHeadersConfig{"HeadersConfig", kCacheHeadersConfigMembers};

constexpr Member kCookiesConfigMembers[] = {
    choice("CookieBehavior", "none|whitelist|allExcept|all", kRequired),
    structure("Cookies", kNameList),
};
constexpr Shape kCookiesConfig{"CookiesConfig", kCookiesConfigMembers};

constexpr Member kQueryStringsConfigMembers[] = {
    choice("QueryStringBehavior", "none|whitelist|allExcept|all", kRequired),
    structure("QueryStrings", kNameList),
};
constexpr Shape kQueryStringsConfig{"QueryStringsConfig", kQueryStringsConfigMembers};

constexpr Member kCacheParametersMembers[] = {
    boolean("EnableAcceptEncodingGzip", kRequired, "false"),
    boolean("EnableAcceptEncodingBrotli", filled("false")),
    structure("HeadersConfig", kCacheHeadersConfig, kRequired),
    structure("CookiesConfig", kCookiesConfig, kRequired),
    structure("QueryStringsConfig", kQueryStringsConfig, kRequired),
};
constexpr Shape kCacheParameters{"ParametersInCacheKeyAndForwardedToOrigin",
                                 kCacheParametersMembers};

constexpr Member kCachePolicyConfigMembers[] = {
    text("Comment", filled("")),
    text("Name", kRequired),
    number("DefaultTTL"),
    number("MaxTTL"),
    number("MinTTL", kRequired),
    structure("ParametersInCacheKeyAndForwardedToOrigin", kCacheParameters),
};

// ---- origin request policy ----

constexpr Member kOriginHeadersConfigMembers[] = {
    choice("HeaderBehavior", "none|whitelist|allViewer|allViewerAndWhitelistCloudFront|allExcept",
           kRequired),
    structure("Headers", kNameList),
};
constexpr Shape kOriginHeadersConfig{"HeadersConfig", kOriginHeadersConfigMembers};

constexpr Member kOriginCookiesConfigMembers[] = {
    choice("CookieBehavior", "none|whitelist|all|allExcept", kRequired),
    structure("Cookies", kNameList),
};
constexpr Shape kOriginCookiesConfig{"CookiesConfig", kOriginCookiesConfigMembers};

constexpr Member kOriginQueryStringsConfigMembers[] = {
    choice("QueryStringBehavior", "none|whitelist|all|allExcept", kRequired),
    structure("QueryStrings", kNameList),
};
constexpr Shape kOriginQueryStringsConfig{"QueryStringsConfig", kOriginQueryStringsConfigMembers};

constexpr Member kOriginRequestPolicyConfigMembers[] = {
    text("Comment", filled("")),
    text("Name", kRequired),
    structure("HeadersConfig", kOriginHeadersConfig, kRequired),
    structure("CookiesConfig", kOriginCookiesConfig, kRequired),
    structure("QueryStringsConfig", kOriginQueryStringsConfig, kRequired),
};

// ---- response headers policy ----

constexpr Member kOriginListMembers[] = {quantity(), texts("Origin")};
constexpr Shape kOriginList{"Origins", kOriginListMembers};
constexpr Member kHeaderListMembers[] = {quantity(), texts("Header")};
constexpr Shape kHeaderList{"Headers", kHeaderListMembers};
constexpr Member kMethodListMembers[] = {
    quantity(),
    texts("Method", "GET|POST|OPTIONS|PUT|DELETE|PATCH|HEAD|ALL"),
};
constexpr Shape kMethodList{"Methods", kMethodListMembers};

constexpr Member kCorsConfigMembers[] = {
    structure("AccessControlAllowOrigins", kOriginList, kRequired),
    structure("AccessControlAllowHeaders", kHeaderList, kRequired),
    structure("AccessControlAllowMethods", kMethodList, kRequired),
    boolean("AccessControlAllowCredentials", kRequired),
    structure("AccessControlExposeHeaders", kHeaderList),
    integer("AccessControlMaxAgeSec"),
    boolean("OriginOverride", kRequired),
};
constexpr Shape kCorsConfig{"CorsConfig", kCorsConfigMembers};

constexpr Member kXssProtectionMembers[] = {
    boolean("Override", kRequired),
    boolean("Protection", kRequired),
    boolean("ModeBlock"),
    text("ReportUri"),
};
constexpr Shape kXssProtection{"XSSProtection", kXssProtectionMembers};

constexpr Member kFrameOptionsMembers[] = {
    boolean("Override", kRequired),
    choice("FrameOption", "DENY|SAMEORIGIN", kRequired),
};
constexpr Shape kFrameOptions{"FrameOptions", kFrameOptionsMembers};

constexpr Member kReferrerPolicyMembers[] = {
    boolean("Override", kRequired),
    choice("ReferrerPolicy",
           "no-referrer|no-referrer-when-downgrade|origin|origin-when-cross-origin|same-origin|"
           "strict-origin|strict-origin-when-cross-origin|unsafe-url",
           kRequired),
};
constexpr Shape kReferrerPolicy{"ReferrerPolicy", kReferrerPolicyMembers};

constexpr Member kContentSecurityPolicyMembers[] = {
    boolean("Override", kRequired),
    text("ContentSecurityPolicy", kRequired),
};
constexpr Shape kContentSecurityPolicy{"ContentSecurityPolicy", kContentSecurityPolicyMembers};

constexpr Member kContentTypeOptionsMembers[] = {boolean("Override", kRequired)};
constexpr Shape kContentTypeOptions{"ContentTypeOptions", kContentTypeOptionsMembers};

constexpr Member kStrictTransportSecurityMembers[] = {
    boolean("Override", kRequired),
    boolean("IncludeSubdomains"),
    boolean("Preload"),
    integer("AccessControlMaxAgeSec", kRequired),
};
constexpr Shape kStrictTransportSecurity{"StrictTransportSecurity",
                                         kStrictTransportSecurityMembers};

constexpr Member kSecurityHeadersMembers[] = {
    structure("XSSProtection", kXssProtection),
    structure("FrameOptions", kFrameOptions),
    structure("ReferrerPolicy", kReferrerPolicy),
    structure("ContentSecurityPolicy", kContentSecurityPolicy),
    structure("ContentTypeOptions", kContentTypeOptions),
    structure("StrictTransportSecurity", kStrictTransportSecurity),
};
constexpr Shape kSecurityHeaders{"SecurityHeadersConfig", kSecurityHeadersMembers};

constexpr Member kServerTimingMembers[] = {
    boolean("Enabled", kRequired),
    decimal("SamplingRate"),
};
constexpr Shape kServerTiming{"ServerTimingHeadersConfig", kServerTimingMembers};

constexpr Member kCustomHeaderMembers[] = {
    text("Header", kRequired),
    text("Value", kRequired),
    boolean("Override", kRequired),
};
constexpr Shape kCustomHeader{"ResponseHeadersPolicyCustomHeader", kCustomHeaderMembers};

constexpr Member kCustomHeadersMembers[] = {
    quantity(),
    structures("ResponseHeadersPolicyCustomHeader", kCustomHeader),
};
constexpr Shape kCustomHeaders{"CustomHeadersConfig", kCustomHeadersMembers};

constexpr Member kRemoveHeaderMembers[] = {text("Header", kRequired)};
constexpr Shape kRemoveHeader{"ResponseHeadersPolicyRemoveHeader", kRemoveHeaderMembers};

constexpr Member kRemoveHeadersMembers[] = {
    quantity(),
    structures("ResponseHeadersPolicyRemoveHeader", kRemoveHeader),
};
constexpr Shape kRemoveHeaders{"RemoveHeadersConfig", kRemoveHeadersMembers};

constexpr Member kResponseHeadersPolicyConfigMembers[] = {
    text("Comment", filled("")),
    text("Name", kRequired),
    structure("CorsConfig", kCorsConfig),
    structure("SecurityHeadersConfig", kSecurityHeaders),
    structure("ServerTimingHeadersConfig", kServerTiming),
    structure("CustomHeadersConfig", kCustomHeaders),
    structure("RemoveHeadersConfig", kRemoveHeaders),
};

// ---- the small ones ----

constexpr Member kOriginAccessControlConfigMembers[] = {
    text("Name", kRequired),
    text("Description", filled("")),
    choice("SigningProtocol", "sigv4", kRequired),
    choice("SigningBehavior", "never|always|no-override", kRequired),
    choice("OriginAccessControlOriginType", "s3|mediastore|mediapackagev2|lambda", kRequired),
};

constexpr Member kPublicKeyConfigMembers[] = {
    text("CallerReference", kRequired),
    text("Name", kRequired),
    text("EncodedKey", kRequired),
    text("Comment", filled("")),
};

constexpr Member kKeyGroupConfigMembers[] = {
    text("Name", kRequired),
    texts("PublicKey", {}, kRequired),
    text("Comment", filled("")),
};

constexpr Member kPathsMembers[] = {quantity(), texts("Path")};
constexpr Shape kPaths{"Paths", kPathsMembers};

constexpr Member kInvalidationBatchMembers[] = {
    structure("Paths", kPaths, kRequired),
    text("CallerReference", kRequired),
};

constexpr Member kTagMembers[] = {
    text("Key", kRequired),
    text("Value", filled("")),
};
constexpr Shape kTag{"Tag", kTagMembers};

constexpr Member kTagsMembers[] = {structures("Tag", kTag)};
constexpr Member kTagKeysMembers[] = {texts("Key")};

}  // namespace

constinit const Shape kCachePolicyConfigShape{"CachePolicyConfig", kCachePolicyConfigMembers};
constinit const Shape kOriginRequestPolicyConfigShape{"OriginRequestPolicyConfig",
                                                      kOriginRequestPolicyConfigMembers};
constinit const Shape kResponseHeadersPolicyConfigShape{"ResponseHeadersPolicyConfig",
                                                        kResponseHeadersPolicyConfigMembers};
constinit const Shape kOriginAccessControlConfigShape{"OriginAccessControlConfig",
                                                      kOriginAccessControlConfigMembers};
constinit const Shape kPublicKeyConfigShape{"PublicKeyConfig", kPublicKeyConfigMembers};
constinit const Shape kKeyGroupConfigShape{"KeyGroupConfig", kKeyGroupConfigMembers};
constinit const Shape kInvalidationBatchShape{"InvalidationBatch", kInvalidationBatchMembers};
constinit const Shape kTagsShape{"Tags", kTagsMembers};
constinit const Shape kTagKeysShape{"TagKeys", kTagKeysMembers};

}  // namespace tarn::cdn
