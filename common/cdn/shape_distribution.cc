// DistributionConfig and what it consists of (cloudfront.md, appendix A), with the defaults that
// AWS adds on creation.

#include "common/cdn/shape_builders.h"

namespace tarn::cdn {
namespace {

constexpr std::string_view kMethods = "GET|HEAD|POST|PUT|PATCH|OPTIONS|DELETE";
constexpr std::string_view kSslProtocols = "SSLv3|TLSv1|TLSv1.1|TLSv1.2";
constexpr std::string_view kEventTypes =
    "viewer-request|viewer-response|origin-request|origin-response";

// ---- origins ----

constexpr Member kOriginCustomHeaderMembers[] = {
    text("HeaderName", kRequired),
    text("HeaderValue", kRequired),
};
constexpr Shape kOriginCustomHeader{"OriginCustomHeader", kOriginCustomHeaderMembers};

constexpr Member kCustomHeadersMembers[] = {
    quantity(),
    structures("OriginCustomHeader", kOriginCustomHeader),
};
constexpr Shape kCustomHeaders{"CustomHeaders", kCustomHeadersMembers};

constexpr Member kS3OriginConfigMembers[] = {
    text("OriginAccessIdentity", kRequired),
    integer("OriginReadTimeout", filled("30")),
};
constexpr Shape kS3OriginConfig{"S3OriginConfig", kS3OriginConfigMembers};

constexpr Member kOriginSslProtocolsMembers[] = {
    quantity(),
    texts("SslProtocol", kSslProtocols),
};
constexpr Shape kOriginSslProtocols{"OriginSslProtocols", kOriginSslProtocolsMembers};

constexpr Member kOriginMtlsConfigMembers[] = {text("ClientCertificateArn", kRequired)};
constexpr Shape kOriginMtlsConfig{"OriginMtlsConfig", kOriginMtlsConfigMembers};

constexpr Member kCustomOriginConfigMembers[] = {
    integer("HTTPPort", kRequired),
    integer("HTTPSPort", kRequired),
    choice("OriginProtocolPolicy", "http-only|match-viewer|https-only", kRequired),
    structure("OriginSslProtocols", kOriginSslProtocols),
    integer("OriginReadTimeout", filled("30")),
    integer("OriginKeepaliveTimeout", filled("5")),
    choice("IpAddressType", "ipv4|ipv6|dualstack"),
    structure("OriginMtlsConfig", kOriginMtlsConfig),
};
constexpr Shape kCustomOriginConfig{"CustomOriginConfig", kCustomOriginConfigMembers};

constexpr Member kVpcOriginConfigMembers[] = {
    text("VpcOriginId", kRequired),
    text("OwnerAccountId"),
    integer("OriginReadTimeout", filled("30")),
    integer("OriginKeepaliveTimeout", filled("5")),
};
constexpr Shape kVpcOriginConfig{"VpcOriginConfig", kVpcOriginConfigMembers};

constexpr Member kOriginShieldMembers[] = {
    boolean("Enabled", kRequired, "false"),
    text("OriginShieldRegion"),
};
constexpr Shape kOriginShield{"OriginShield", kOriginShieldMembers};

constexpr Member kOriginMembers[] = {
    text("Id", kRequired),
    text("DomainName", kRequired),
    text("OriginPath", filled("")),
    structure("CustomHeaders", kCustomHeaders, kFilled),
    structure("S3OriginConfig", kS3OriginConfig),
    structure("CustomOriginConfig", kCustomOriginConfig),
    structure("VpcOriginConfig", kVpcOriginConfig),
    integer("ConnectionAttempts", filled("3")),
    integer("ConnectionTimeout", filled("10")),
    integer("ResponseCompletionTimeout"),
    structure("OriginShield", kOriginShield, kFilled),
    text("OriginAccessControlId", filled("")),
};
constexpr Shape kOrigin{"Origin", kOriginMembers};

constexpr Member kOriginsMembers[] = {quantity(), structures("Origin", kOrigin)};
constexpr Shape kOrigins{"Origins", kOriginsMembers};

// ---- origin groups ----

constexpr Member kStatusCodesMembers[] = {quantity(), integers("StatusCode")};
constexpr Shape kStatusCodes{"StatusCodes", kStatusCodesMembers};

constexpr Member kFailoverCriteriaMembers[] = {structure("StatusCodes", kStatusCodes, kRequired)};
constexpr Shape kFailoverCriteria{"FailoverCriteria", kFailoverCriteriaMembers};

constexpr Member kOriginGroupMemberMembers[] = {text("OriginId", kRequired)};
constexpr Shape kOriginGroupMember{"OriginGroupMember", kOriginGroupMemberMembers};

constexpr Member kOriginGroupMembersMembers[] = {
    quantity(),
    structures("OriginGroupMember", kOriginGroupMember),
};
constexpr Shape kOriginGroupMembers{"Members", kOriginGroupMembersMembers};

constexpr Member kOriginGroupFields[] = {
    text("Id", kRequired),
    structure("FailoverCriteria", kFailoverCriteria, kRequired),
    structure("Members", kOriginGroupMembers, kRequired),
    choice("SelectionCriteria", "default|media-quality-based"),
};
constexpr Shape kOriginGroup{"OriginGroup", kOriginGroupFields};

constexpr Member kOriginGroupsMembers[] = {quantity(), structures("OriginGroup", kOriginGroup)};
constexpr Shape kOriginGroups{"OriginGroups", kOriginGroupsMembers};

// ---- cache behaviors ----

constexpr Member kTrustedSignersMembers[] = {
    boolean("Enabled", kRequired, "false"),
    quantity(),
    texts("AwsAccountNumber"),
};
constexpr Shape kTrustedSigners{"TrustedSigners", kTrustedSignersMembers};

constexpr Member kTrustedKeyGroupsMembers[] = {
    boolean("Enabled", kRequired, "false"),
    quantity(),
    texts("KeyGroup"),
};
constexpr Shape kTrustedKeyGroups{"TrustedKeyGroups", kTrustedKeyGroupsMembers};

constexpr Member kCachedMethodsMembers[] = {quantity(), texts("Method", kMethods)};
constexpr Shape kCachedMethods{"CachedMethods", kCachedMethodsMembers};

constexpr Member kAllowedMethodsMembers[] = {
    quantity(),
    texts("Method", kMethods),
    structure("CachedMethods", kCachedMethods, kFilled),
};
constexpr Shape kAllowedMethods{"AllowedMethods", kAllowedMethodsMembers};

constexpr Member kLambdaFunctionAssociationMembers[] = {
    text("LambdaFunctionARN", kRequired),
    choice("EventType", kEventTypes, kRequired),
    boolean("IncludeBody", filled("false")),
};
constexpr Shape kLambdaFunctionAssociation{"LambdaFunctionAssociation",
                                           kLambdaFunctionAssociationMembers};

constexpr Member kLambdaFunctionAssociationsMembers[] = {
    quantity(),
    structures("LambdaFunctionAssociation", kLambdaFunctionAssociation),
};
constexpr Shape kLambdaFunctionAssociations{"LambdaFunctionAssociations",
                                            kLambdaFunctionAssociationsMembers};

constexpr Member kFunctionAssociationMembers[] = {
    text("FunctionARN", kRequired),
    choice("EventType", kEventTypes, kRequired),
};
constexpr Shape kFunctionAssociation{"FunctionAssociation", kFunctionAssociationMembers};

constexpr Member kFunctionAssociationsMembers[] = {
    quantity(),
    structures("FunctionAssociation", kFunctionAssociation),
};
constexpr Shape kFunctionAssociations{"FunctionAssociations", kFunctionAssociationsMembers};

constexpr Member kGrpcConfigMembers[] = {boolean("Enabled", kRequired, "false")};
constexpr Shape kGrpcConfig{"GrpcConfig", kGrpcConfigMembers};

constexpr Member kCookiePreferenceMembers[] = {
    choice("Forward", "none|whitelist|all", kRequired),
    structure("WhitelistedNames", kNameList),
};
constexpr Shape kCookiePreference{"Cookies", kCookiePreferenceMembers};

constexpr Member kForwardedValuesMembers[] = {
    boolean("QueryString", kRequired),
    structure("Cookies", kCookiePreference, kRequired),
    structure("Headers", kNameList, kFilled),
    structure("QueryStringCacheKeys", kNameList, kFilled),
};
constexpr Shape kForwardedValues{"ForwardedValues", kForwardedValuesMembers};

// The default cache behavior has no PathPattern: it is the first of these, and left out there.
constexpr Member kCacheBehaviorMembers[] = {
    text("PathPattern", kRequired),
    text("TargetOriginId", kRequired),
    structure("TrustedSigners", kTrustedSigners, kFilled),
    structure("TrustedKeyGroups", kTrustedKeyGroups, kFilled),
    choice("ViewerProtocolPolicy", "allow-all|https-only|redirect-to-https", kRequired),
    structure("AllowedMethods", kAllowedMethods, kFilled),
    boolean("SmoothStreaming", filled("false")),
    boolean("Compress", filled("false")),
    structure("LambdaFunctionAssociations", kLambdaFunctionAssociations, kFilled),
    structure("FunctionAssociations", kFunctionAssociations, kFilled),
    text("FieldLevelEncryptionId", filled("")),
    text("RealtimeLogConfigArn"),
    text("CachePolicyId"),
    text("OriginRequestPolicyId"),
    text("ResponseHeadersPolicyId"),
    structure("GrpcConfig", kGrpcConfig, kFilled),
    structure("ForwardedValues", kForwardedValues),
    number("MinTTL"),
    number("DefaultTTL"),
    number("MaxTTL"),
};
constexpr Shape kCacheBehavior{"CacheBehavior", kCacheBehaviorMembers};
constexpr Shape kDefaultCacheBehavior{"DefaultCacheBehavior",
                                      std::span(kCacheBehaviorMembers).subspan(1)};

constexpr Member kCacheBehaviorsMembers[] = {
    quantity(),
    structures("CacheBehavior", kCacheBehavior),
};
constexpr Shape kCacheBehaviors{"CacheBehaviors", kCacheBehaviorsMembers};

// ---- the rest ----

constexpr Member kAliasesMembers[] = {quantity(), texts("CNAME")};
constexpr Shape kAliases{"Aliases", kAliasesMembers};

constexpr Member kCustomErrorResponseMembers[] = {
    integer("ErrorCode", kRequired),
    text("ResponsePagePath", filled("")),
    text("ResponseCode", filled("")),
    number("ErrorCachingMinTTL", filled("10")),
};
constexpr Shape kCustomErrorResponse{"CustomErrorResponse", kCustomErrorResponseMembers};

constexpr Member kCustomErrorResponsesMembers[] = {
    quantity(),
    structures("CustomErrorResponse", kCustomErrorResponse),
};
constexpr Shape kCustomErrorResponses{"CustomErrorResponses", kCustomErrorResponsesMembers};

constexpr Member kLoggingMembers[] = {
    boolean("Enabled", filled("false")),
    boolean("IncludeCookies", filled("false")),
    text("Bucket", filled("")),
    text("Prefix", filled("")),
};
constexpr Shape kLogging{"Logging", kLoggingMembers};

constexpr Member kViewerCertificateMembers[] = {
    boolean("CloudFrontDefaultCertificate"),
    text("IAMCertificateId"),
    text("ACMCertificateArn"),
    choice("SSLSupportMethod", "sni-only|vip|static-ip"),
    choice("MinimumProtocolVersion",
           "SSLv3|TLSv1|TLSv1_2016|TLSv1.1_2016|TLSv1.2_2018|TLSv1.2_2019|TLSv1.2_2021|"
           "TLSv1.3_2025|TLSv1.2_2025"),
    text("Certificate"),
    choice("CertificateSource", "cloudfront|iam|acm"),
};
constexpr Shape kViewerCertificate{"ViewerCertificate", kViewerCertificateMembers};

constexpr Member kGeoRestrictionMembers[] = {
    choice("RestrictionType", "blacklist|whitelist|none", kRequired, "none"),
    quantity(),
    texts("Location"),
};
constexpr Shape kGeoRestriction{"GeoRestriction", kGeoRestrictionMembers};

constexpr Member kRestrictionsMembers[] = {structure("GeoRestriction", kGeoRestriction, kRequired)};
constexpr Shape kRestrictions{"Restrictions", kRestrictionsMembers};

constexpr Member kStringSchemaMembers[] = {
    text("Comment"),
    text("DefaultValue"),
    boolean("Required", kRequired),
};
constexpr Shape kStringSchema{"StringSchema", kStringSchemaMembers};

constexpr Member kParameterSchemaMembers[] = {structure("StringSchema", kStringSchema)};
constexpr Shape kParameterSchema{"Definition", kParameterSchemaMembers};

constexpr Member kParameterDefinitionMembers[] = {
    text("Name", kRequired),
    structure("Definition", kParameterSchema, kRequired),
};
constexpr Shape kParameterDefinition{"ParameterDefinition", kParameterDefinitionMembers};

constexpr Member kTenantConfigMembers[] = {
    structures("member", kParameterDefinition, "ParameterDefinitions"),
};
constexpr Shape kTenantConfig{"TenantConfig", kTenantConfigMembers};

constexpr Member kTrustStoreConfigMembers[] = {
    text("TrustStoreId", kRequired),
    boolean("AdvertiseTrustStoreCaNames"),
    boolean("IgnoreCertificateExpiry"),
};
constexpr Shape kTrustStoreConfig{"TrustStoreConfig", kTrustStoreConfigMembers};

constexpr Member kViewerMtlsConfigMembers[] = {
    choice("Mode", "required|optional|passthrough"),
    structure("TrustStoreConfig", kTrustStoreConfig),
};
constexpr Shape kViewerMtlsConfig{"ViewerMtlsConfig", kViewerMtlsConfigMembers};

constexpr Member kConnectionFunctionMembers[] = {text("Id", kRequired)};
constexpr Shape kConnectionFunction{"ConnectionFunctionAssociation", kConnectionFunctionMembers};

constexpr Member kCacheTagConfigMembers[] = {text("HeaderName", kRequired)};
constexpr Shape kCacheTagConfig{"CacheTagConfig", kCacheTagConfigMembers};

constexpr Member kDistributionConfigMembers[] = {
    text("CallerReference", kRequired),
    structure("Aliases", kAliases, kFilled),
    text("DefaultRootObject", filled("")),
    structure("Origins", kOrigins, kRequired),
    structure("OriginGroups", kOriginGroups, kFilled),
    structure("DefaultCacheBehavior", kDefaultCacheBehavior, kRequired),
    structure("CacheBehaviors", kCacheBehaviors, kFilled),
    structure("CustomErrorResponses", kCustomErrorResponses, kFilled),
    text("Comment", kRequired),
    structure("Logging", kLogging, kFilled),
    choice("PriceClass", "PriceClass_100|PriceClass_200|PriceClass_All|None",
           filled("PriceClass_All")),
    boolean("Enabled", kRequired),
    structure("ViewerCertificate", kViewerCertificate, kFilled),
    structure("Restrictions", kRestrictions, kFilled),
    text("WebACLId", filled("")),
    choice("HttpVersion", "http1.1|http2|http3|http2and3", filled("http2")),
    boolean("IsIPV6Enabled", filled("true")),
    text("ContinuousDeploymentPolicyId", filled("")),
    boolean("Staging", filled("false")),
    text("AnycastIpListId"),
    structure("TenantConfig", kTenantConfig),
    choice("ConnectionMode", "direct|tenant-only"),
    structure("ViewerMtlsConfig", kViewerMtlsConfig),
    structure("ConnectionFunctionAssociation", kConnectionFunction),
    structure("CacheTagConfig", kCacheTagConfig),
};

}  // namespace

constinit const Shape kDistributionConfigShape{"DistributionConfig", kDistributionConfigMembers};

namespace {
constexpr Member kDistributionConfigWithTagsMembers[] = {
    structure("DistributionConfig", kDistributionConfigShape, kRequired),
    structure("Tags", kTagsShape, kRequired),
};
}  // namespace

constinit const Shape kDistributionConfigWithTagsShape{"DistributionConfigWithTags",
                                                       kDistributionConfigWithTagsMembers};

}  // namespace tarn::cdn
