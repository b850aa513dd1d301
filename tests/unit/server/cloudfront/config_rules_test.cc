// Every rule of the control API on distributions and resources, each by a request that breaks it.

#include "tests/unit/server/cloudfront/control_fixture.h"

namespace tarn::cloudfront {
namespace {

using RuleTest = ControlTest;

struct Broken {
    const char* name;
    std::string_view from;
    std::string to;
    std::string_view code;
    int status;
};

constexpr std::string_view kPolicy =
    "<CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId>";
constexpr std::string_view kDefaultBehavior = "<DefaultCacheBehavior>";
constexpr std::string_view kComment = "<Comment>c</Comment>";

std::string forwarded(std::string_view headers, std::string_view cookies, std::string_view ttls) {
    return "<ForwardedValues><QueryString>false</QueryString><Cookies>" + std::string(cookies) +
           "</Cookies>" + std::string(headers) + "</ForwardedValues>" + std::string(ttls);
}
const std::string kNoCookies = "<Forward>none</Forward>";

std::string list(std::string_view element, std::string_view tag,
                 std::initializer_list<std::string_view> items) {
    std::string text = "<" + std::string(element) + "><Quantity>" + std::to_string(items.size()) +
                       "</Quantity><Items>";
    for (const auto item : items)
        text += "<" + std::string(tag) + ">" + std::string(item) + "</" + std::string(tag) + ">";
    return text + "</Items></" + std::string(element) + ">";
}

std::string before(std::string_view anchor, std::string_view text) {
    return std::string(text) + std::string(anchor);
}

std::string behavior(std::string_view pattern, std::string_view target = "o") {
    return "<CacheBehavior><PathPattern>" + std::string(pattern) +
           "</PathPattern><TargetOriginId>" + std::string(target) +
           "</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>" +
           std::string(kPolicy) + "</CacheBehavior>";
}

std::string behaviors(std::initializer_list<std::string> items) {
    std::string text =
        "<CacheBehaviors><Quantity>" + std::to_string(items.size()) + "</Quantity><Items>";
    for (const std::string& item : items)
        text += item;
    return text + "</Items></CacheBehaviors>";
}

std::string error_response(std::string_view code, std::string_view page,
                           std::string_view response) {
    return "<CustomErrorResponses><Quantity>1</Quantity><Items><CustomErrorResponse><ErrorCode>" +
           std::string(code) + "</ErrorCode><ResponsePagePath>" + std::string(page) +
           "</ResponsePagePath><ResponseCode>" + std::string(response) +
           "</ResponseCode></CustomErrorResponse></Items></CustomErrorResponses>";
}

std::string geo(std::string_view type, std::initializer_list<std::string_view> locations) {
    std::string inner = list("GeoRestriction", "Location", locations);
    inner.insert(std::string_view("<GeoRestriction>").size(),
                 "<RestrictionType>" + std::string(type) + "</RestrictionType>");
    return "<Restrictions>" + inner + "</Restrictions>";
}

std::string origin_group(std::string_view first, std::string_view second) {
    return "<OriginGroups><Quantity>1</Quantity><Items><OriginGroup><Id>g</Id><FailoverCriteria>" +
           list("StatusCodes", "StatusCode", {"500"}) +
           "</FailoverCriteria><Members><Quantity>2</"
           "Quantity><Items><OriginGroupMember><OriginId>" +
           std::string(first) + "</OriginId></OriginGroupMember><OriginGroupMember><OriginId>" +
           std::string(second) +
           "</OriginId></OriginGroupMember></Items></Members></OriginGroup></Items></OriginGroups>";
}

std::string in_origin(std::string_view text) {
    return before("<S3OriginConfig>", text);
}

const Broken kBroken[] = {
    // References.
    {"UnknownTarget", "<TargetOriginId>o<", "<TargetOriginId>x<", "NoSuchOrigin", 404},
    {"UnknownTargetOfABehavior", kDefaultBehavior,
     before(kDefaultBehavior, behaviors({behavior("a", "x")})), "NoSuchOrigin", 404},
    {"UnknownCachePolicy", kOptimized, "00000000-0000-0000-0000-000000000000", "NoSuchCachePolicy",
     404},
    {"UnknownOriginRequestPolicy", kPolicy,
     before(kPolicy, "<OriginRequestPolicyId>x</OriginRequestPolicyId>"),
     "NoSuchOriginRequestPolicy", 404},
    {"UnknownResponseHeadersPolicy", kPolicy,
     before(kPolicy, "<ResponseHeadersPolicyId>x</ResponseHeadersPolicyId>"),
     "NoSuchResponseHeadersPolicy", 404},
    {"UnknownAccessControl", "<S3OriginConfig>",
     in_origin("<OriginAccessControlId>E1</OriginAccessControlId>"), "InvalidOriginAccessControl",
     400},
    {"UnknownKeyGroup", kPolicy,
     before(kPolicy,
            "<TrustedKeyGroups><Enabled>true</Enabled><Quantity>1</Quantity><Items><KeyGroup>x</"
            "KeyGroup></Items></TrustedKeyGroups>"),
     "TrustedKeyGroupDoesNotExist", 400},
    {"UnknownGroupMember", kDefaultBehavior, before(kDefaultBehavior, origin_group("o", "x")),
     "NoSuchOrigin", 404},
    {"GroupOfOneOrigin", kDefaultBehavior, before(kDefaultBehavior, origin_group("o", "o")),
     "InvalidArgument", 400},
    {"Identity", "<OriginAccessIdentity />",
     "<OriginAccessIdentity>origin-access-identity/cloudfront/E1</OriginAccessIdentity>",
     "InvalidOriginAccessIdentity", 400},
    {"IdentityAndAccessControl", "<S3OriginConfig><OriginAccessIdentity />",
     in_origin("<OriginAccessControlId>E1</OriginAccessControlId>") +
         "<OriginAccessIdentity>x</OriginAccessIdentity>",
     "IllegalOriginAccessConfiguration", 400},
    // TTLs and forwarded values.
    {"MinAboveDefault", kPolicy,
     forwarded("", kNoCookies, "<MinTTL>10</MinTTL><DefaultTTL>5</DefaultTTL><MaxTTL>20</MaxTTL>"),
     "InvalidTTLOrder", 400},
    {"DefaultAboveMax", kPolicy,
     forwarded("", kNoCookies, "<MinTTL>0</MinTTL><DefaultTTL>30</DefaultTTL><MaxTTL>20</MaxTTL>"),
     "InvalidTTLOrder", 400},
    {"MaxZeroButDefaultAbsent", kPolicy,
     forwarded("", kNoCookies, "<MinTTL>0</MinTTL><MaxTTL>0</MaxTTL>"), "InvalidTTLOrder", 400},
    {"NegativeMin", kPolicy, forwarded("", kNoCookies, "<MinTTL>-1</MinTTL>"), "InvalidTTLOrder",
     400},
    {"AllHeadersWithMin", kPolicy,
     forwarded(list("Headers", "Name", {"*"}), kNoCookies, "<MinTTL>1</MinTTL>"), "InvalidArgument",
     400},
    {"WhitelistWithoutCookies", kPolicy, forwarded("", "<Forward>whitelist</Forward>", ""),
     "InvalidForwardCookies", 400},
    {"CookiesWithoutWhitelist", kPolicy,
     forwarded("", "<Forward>all</Forward>" + list("WhitelistedNames", "Name", {"a"}), ""),
     "InvalidForwardCookies", 400},
    {"NeitherPolicyNorValues", kPolicy, "", "InvalidArgument", 400},
    {"PolicyAndForwardedValues", kPolicy, std::string(kPolicy) + forwarded("", kNoCookies, ""),
     "InvalidArgument", 400},
    {"PolicyAndMinTtl", kPolicy, std::string(kPolicy) + "<MinTTL>0</MinTTL>", "InvalidArgument",
     400},
    // Methods.
    {"MethodsOfNoSet", kPolicy,
     before(kPolicy, list("AllowedMethods", "Method", {"GET", "HEAD", "PUT"})), "InvalidArgument",
     400},
    {"OnlyGet", kPolicy, before(kPolicy, list("AllowedMethods", "Method", {"GET"})),
     "InvalidArgument", 400},
    // Features that cannot exist here.
    {"Function", kPolicy,
     before(kPolicy,
            "<FunctionAssociations><Quantity>1</"
            "Quantity><Items><FunctionAssociation><FunctionARN>arn</"
            "FunctionARN><EventType>viewer-request</EventType></FunctionAssociation></Items></"
            "FunctionAssociations>"),
     "InvalidFunctionAssociation", 400},
    {"FieldLevelEncryption", kPolicy,
     before(kPolicy, "<FieldLevelEncryptionId>x</FieldLevelEncryptionId>"),
     "NoSuchFieldLevelEncryptionConfig", 404},
    {"TrustedSigner", kPolicy,
     before(kPolicy,
            "<TrustedSigners><Enabled>true</Enabled><Quantity>1</"
            "Quantity><Items><AwsAccountNumber>self</AwsAccountNumber></Items></TrustedSigners>"),
     "TrustedSignerDoesNotExist", 400},
    {"ContinuousDeployment", kComment,
     before(kComment, "<ContinuousDeploymentPolicyId>x</ContinuousDeploymentPolicyId>"),
     "NoSuchContinuousDeploymentPolicy", 404},
    // Plain members.
    {"RootObjectWithSlash", kComment,
     before(kComment, "<DefaultRootObject>/index.html</DefaultRootObject>"),
     "InvalidDefaultRootObject", 400},
    {"LongComment", kComment, "<Comment>" + std::string(129, 'x') + "</Comment>", "InvalidArgument",
     400},
    {"ErrorCodeUnknown", kComment, before(kComment, error_response("418", "/e", "200")),
     "InvalidErrorCode", 400},
    {"ResponseCodeUnknown", kComment, before(kComment, error_response("404", "/e", "299")),
     "InvalidResponseCode", 400},
    {"PageWithoutCode", kComment, before(kComment, error_response("404", "/e", "")),
     "InvalidArgument", 400},
    {"PageWithoutSlash", kComment, before(kComment, error_response("404", "e", "200")),
     "InvalidRelativePath", 400},
    {"GeoWithoutLocations", kComment, before(kComment, geo("whitelist", {})),
     "InvalidGeoRestrictionParameter", 400},
    {"GeoNoneWithLocations", kComment, before(kComment, geo("none", {"DE"})),
     "InvalidGeoRestrictionParameter", 400},
    {"GeoLowerCase", kComment, before(kComment, geo("blacklist", {"de"})),
     "InvalidGeoRestrictionParameter", 400},
    {"AliasTwice", kComment, before(kComment, list("Aliases", "CNAME", {"a.example", "A.example"})),
     "InvalidArgument", 400},
    {"AliasWithSpace", kComment, before(kComment, list("Aliases", "CNAME", {"a b"})),
     "InvalidArgument", 400},
    {"NoCertificate", kComment,
     before(kComment,
            "<ViewerCertificate><CloudFrontDefaultCertificate>false</"
            "CloudFrontDefaultCertificate></ViewerCertificate>"),
     "InvalidViewerCertificate", 400},
    {"TwoCertificates", kComment,
     before(kComment,
            "<ViewerCertificate><IAMCertificateId>a</IAMCertificateId><ACMCertificateArn>b</"
            "ACMCertificateArn></ViewerCertificate>"),
     "InvalidViewerCertificate", 400},
    {"LogWithoutBucket", kComment, before(kComment, "<Logging><Enabled>true</Enabled></Logging>"),
     "InvalidArgument", 400},
    {"NoReference", "<CallerReference>r1<", "<CallerReference><", "InvalidArgument", 400},
    // Origins.
    {"NoBucketInDomain", "b.s3.amazonaws.com", "www.example.org", "InvalidArgument", 400},
    {"DomainWithPort", "b.s3.amazonaws.com", "b.s3.amazonaws.com/x", "InvalidArgument", 400},
    {"NoOriginConfig", "<S3OriginConfig><OriginAccessIdentity /></S3OriginConfig>", "",
     "InvalidArgument", 400},
    {"PathWithoutSlash", "<S3OriginConfig>", in_origin("<OriginPath>a</OriginPath>"),
     "InvalidArgument", 400},
    {"PathEndsWithSlash", "<S3OriginConfig>", in_origin("<OriginPath>/a/</OriginPath>"),
     "InvalidArgument", 400},
    {"FourAttempts", "<S3OriginConfig>", in_origin("<ConnectionAttempts>4</ConnectionAttempts>"),
     "InvalidArgument", 400},
    {"NoAttempt", "<S3OriginConfig>", in_origin("<ConnectionAttempts>0</ConnectionAttempts>"),
     "InvalidArgument", 400},
    {"ConnectionTimeoutTooLong", "<S3OriginConfig>",
     in_origin("<ConnectionTimeout>11</ConnectionTimeout>"), "InvalidArgument", 400},
    {"ReadTimeoutTooLong", "<OriginAccessIdentity />",
     "<OriginAccessIdentity /><OriginReadTimeout>121</OriginReadTimeout>",
     "InvalidOriginReadTimeout", 400},
    {"VpcOrigin", "<S3OriginConfig>",
     in_origin("<VpcOriginConfig><VpcOriginId>x</VpcOriginId></VpcOriginConfig>"), "EntityNotFound",
     404},
    // Behaviors.
    {"SamePatternTwice", kDefaultBehavior,
     before(kDefaultBehavior, behaviors({behavior("a*"), behavior("a*")})), "InvalidArgument", 400},
    {"PatternWithSpace", kDefaultBehavior, before(kDefaultBehavior, behaviors({behavior("a b")})),
     "InvalidArgument", 400},
    {"PatternTooLong", kDefaultBehavior,
     before(kDefaultBehavior, behaviors({behavior(std::string(256, 'a'))})), "InvalidArgument",
     400},
    // Documents.
    {"Quantity", "<Origins><Quantity>1<", "<Origins><Quantity>2<", "InconsistentQuantities", 400},
    {"NotXml", "</DistributionConfig>", "", "MalformedXML", 400},
    {"MissingMember", kComment, "", "MalformedInput", 400},
    {"UnknownChoice", "allow-all", "deny-all", "InvalidArgument", 400},
};

TEST_F(RuleTest, ABrokenDistributionIsRefusedWithAwsErrorOnCreateAndUpdate) {
    const Answer good = create_distribution("good");
    const std::string path = "/distribution/" + good.text("Id") + "/config";
    for (const Broken& test : kBroken) {
        const std::string body = replaced(minimal_config(), test.from, test.to);
        const Answer created = call("POST", "/distribution", body);
        EXPECT_EQ(created.code(), test.code) << test.name << created.response.body;
        EXPECT_EQ(created.status(), test.status) << test.name;
        const Answer updated = call("PUT", path, body, good.etag());
        EXPECT_GE(updated.status(), 400) << test.name;
    }
    EXPECT_EQ(call("GET", path).root, *good.root.find("DistributionConfig"));
    EXPECT_EQ(call("GET", "/distribution").text("Quantity"), "1");
}

TEST_F(RuleTest, LimitsAreAwsQuotas) {
    std::string many;
    for (int i = 0; i < 76; ++i)
        many += behavior("p" + std::to_string(i));
    const std::string body =
        replaced(minimal_config(), kDefaultBehavior,
                 "<CacheBehaviors><Quantity>76</Quantity><Items>" + many +
                     "</Items></CacheBehaviors>" + std::string(kDefaultBehavior));
    EXPECT_EQ(call("POST", "/distribution", body).code(), "TooManyCacheBehaviors");

    std::string aliases;
    for (int i = 0; i < 101; ++i)
        aliases += "<CNAME>a" + std::to_string(i) + ".example</CNAME>";
    EXPECT_EQ(call("POST", "/distribution",
                   replaced(minimal_config(), kComment,
                            "<Aliases><Quantity>101</Quantity><Items>" + aliases +
                                "</Items></Aliases>" + std::string(kComment)))
                  .code(),
              "TooManyDistributionCNAMEs");
}

TEST_F(RuleTest, MembersThatAreOnlyStoredComeBack) {
    const std::string kept =
        "<WebACLId>arn:aws:wafv2:x</WebACLId><HttpVersion>http2and3</HttpVersion>"
        "<PriceClass>PriceClass_100</PriceClass><CacheTagConfig><HeaderName>x-amz-meta-tags"
        "</HeaderName></CacheTagConfig><AnycastIpListId>aip</AnycastIpListId>";
    const std::string lambda =
        "<LambdaFunctionAssociations><Quantity>1</Quantity><Items><LambdaFunctionAssociation>"
        "<LambdaFunctionARN>arn:aws:lambda:x</LambdaFunctionARN><EventType>origin-request"
        "</EventType></LambdaFunctionAssociation></Items></LambdaFunctionAssociations>";
    const std::string body = replaced(replaced(minimal_config(), kComment, before(kComment, kept)),
                                      kPolicy, before(kPolicy, lambda));
    const Answer created = call("POST", "/distribution", body);
    ASSERT_EQ(created.status(), 201) << created.response.body;
    const xml::Node& config = *created.root.find("DistributionConfig");
    EXPECT_EQ(cdn::text_at(config, "WebACLId"), "arn:aws:wafv2:x");
    EXPECT_EQ(cdn::text_at(config, "HttpVersion"), "http2and3");
    EXPECT_EQ(cdn::text_at(config, "PriceClass"), "PriceClass_100");
    EXPECT_EQ(cdn::text_at(config, "CacheTagConfig/HeaderName"), "x-amz-meta-tags");
    EXPECT_EQ(cdn::text_at(config, "AnycastIpListId"), "aip");
    EXPECT_EQ(cdn::items_at(config, "DefaultCacheBehavior/LambdaFunctionAssociations").size(), 1u);
}

TEST_F(RuleTest, AnOriginGroupAndTwoOriginsAreFine) {
    const std::string second =
        "</S3OriginConfig></Origin><Origin><Id>o2</Id><DomainName>127.0.0.1</DomainName>"
        "<CustomOriginConfig><HTTPPort>9</HTTPPort><HTTPSPort>443</HTTPSPort>"
        "<OriginProtocolPolicy>http-only</OriginProtocolPolicy></CustomOriginConfig></Origin>";
    std::string body = replaced(minimal_config(), "</S3OriginConfig></Origin>", second);
    body = replaced(body, "<Origins><Quantity>1<", "<Origins><Quantity>2<");
    body = replaced(body, kDefaultBehavior, before(kDefaultBehavior, origin_group("o", "o2")));
    body = replaced(body, "<TargetOriginId>o<", "<TargetOriginId>g<");
    const Answer created = call("POST", "/distribution", body);
    EXPECT_EQ(created.status(), 201) << created.response.body;
    // POST to an origin group is not allowed.
    const std::string all = list("AllowedMethods", "Method",
                                 {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"});
    const std::string with_post =
        replaced(replaced(body, ">r1<", ">r2<"), kPolicy, before(kPolicy, all));
    EXPECT_EQ(call("POST", "/distribution", with_post).code(), "InvalidArgument");
    EXPECT_EQ(call("POST", "/distribution",
                   replaced(with_post, "<TargetOriginId>g<", "<TargetOriginId>o<"))
                  .status(),
              201);
}

}  // namespace
}  // namespace tarn::cloudfront
