#include "common/cdn/resolve.h"

#include "common/cdn/config_epoch.h"

#include <gtest/gtest.h>

namespace tarn::cdn {
namespace {

using std::chrono::seconds;
using Kind = NameSelection::Kind;

constexpr std::string_view kOrigins = R"(<Origins><Quantity>2</Quantity><Items>
<Origin><Id>s3</Id><DomainName>my.bucket.s3.eu-west-1.amazonaws.com</DomainName>
 <OriginPath>/root</OriginPath><CustomHeaders><Quantity>1</Quantity><Items><OriginCustomHeader>
 <HeaderName>X-From</HeaderName><HeaderValue>edge</HeaderValue></OriginCustomHeader></Items>
 </CustomHeaders><S3OriginConfig><OriginAccessIdentity/></S3OriginConfig>
 <OriginAccessControlId>EOAC</OriginAccessControlId></Origin>
<Origin><Id>web</Id><DomainName>web.example</DomainName><CustomOriginConfig>
 <HTTPPort>8080</HTTPPort><HTTPSPort>8443</HTTPSPort>
 <OriginProtocolPolicy>https-only</OriginProtocolPolicy>
 <OriginReadTimeout>7</OriginReadTimeout><OriginKeepaliveTimeout>8</OriginKeepaliveTimeout>
 </CustomOriginConfig><ConnectionAttempts>2</ConnectionAttempts>
 <ConnectionTimeout>4</ConnectionTimeout></Origin></Items></Origins>
<OriginGroups><Quantity>1</Quantity><Items><OriginGroup><Id>both</Id><FailoverCriteria><StatusCodes>
 <Quantity>2</Quantity><Items><StatusCode>500</StatusCode><StatusCode>404</StatusCode></Items>
 </StatusCodes></FailoverCriteria><Members><Quantity>2</Quantity><Items>
 <OriginGroupMember><OriginId>s3</OriginId></OriginGroupMember>
 <OriginGroupMember><OriginId>web</OriginId></OriginGroupMember></Items></Members></OriginGroup>
 </Items></OriginGroups>)";

constexpr std::string_view kBehaviors =
    R"(<DefaultCacheBehavior><TargetOriginId>both</TargetOriginId>
<TrustedKeyGroups><Enabled>true</Enabled><Quantity>1</Quantity><Items><KeyGroup>kg</KeyGroup></Items>
</TrustedKeyGroups><ViewerProtocolPolicy>redirect-to-https</ViewerProtocolPolicy>
<AllowedMethods><Quantity>3</Quantity><Items><Method>GET</Method><Method>HEAD</Method>
<Method>OPTIONS</Method></Items><CachedMethods><Quantity>2</Quantity><Items><Method>HEAD</Method>
<Method>GET</Method></Items></CachedMethods></AllowedMethods><Compress>true</Compress>
<CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId>
<OriginRequestPolicyId>custom-orp</OriginRequestPolicyId>
<ResponseHeadersPolicyId>67f7725c-6f97-4210-82d7-5512b31e9d03</ResponseHeadersPolicyId>
</DefaultCacheBehavior>
<CacheBehaviors><Quantity>1</Quantity><Items><CacheBehavior><PathPattern>old/*</PathPattern>
<TargetOriginId>web</TargetOriginId><ViewerProtocolPolicy>https-only</ViewerProtocolPolicy>
<ForwardedValues><QueryString>true</QueryString><Cookies><Forward>whitelist</Forward>
<WhitelistedNames><Quantity>1</Quantity><Items><Name>sess*</Name></Items></WhitelistedNames></Cookies>
<Headers><Quantity>1</Quantity><Items><Name>Accept-Language</Name></Items></Headers>
<QueryStringCacheKeys><Quantity>1</Quantity><Items><Name>page</Name></Items></QueryStringCacheKeys>
</ForwardedValues><MinTTL>0</MinTTL><DefaultTTL>60</DefaultTTL><MaxTTL>120</MaxTTL></CacheBehavior>
</Items></CacheBehaviors>)";

constexpr std::string_view kRest = R"(<Comment/><Enabled>true</Enabled>
<Aliases><Quantity>1</Quantity><Items><CNAME>WWW.Example.org</CNAME></Items></Aliases>
<DefaultRootObject>index.html</DefaultRootObject>
<CustomErrorResponses><Quantity>1</Quantity><Items><CustomErrorResponse><ErrorCode>404</ErrorCode>
<ResponsePagePath>/404.html</ResponsePagePath><ResponseCode>200</ResponseCode>
<ErrorCachingMinTTL>0</ErrorCachingMinTTL></CustomErrorResponse></Items></CustomErrorResponses>
<Restrictions><GeoRestriction><RestrictionType>none</RestrictionType><Quantity>0</Quantity>
</GeoRestriction></Restrictions><CacheTagConfig><HeaderName>X-Tags</HeaderName></CacheTagConfig>)";

LogRecord record() {
    return {.type = LogRecord::Type::Distribution,
            .sequence = 3,
            .distribution_id = "E1ABC",
            .config_xml = "<DistributionConfig>" + std::string(kOrigins) + std::string(kBehaviors) +
                          std::string(kRest) + "</DistributionConfig>",
            .policy_xml =
                {"<OriginRequestPolicy><Id>custom-orp</Id><OriginRequestPolicyConfig><Name>mine"
                 "</Name><HeadersConfig><HeaderBehavior>whitelist</HeaderBehavior><Headers>"
                 "<Quantity>1</Quantity><Items><Name>X-Test</Name></Items></Headers>"
                 "</HeadersConfig><CookiesConfig><CookieBehavior>all</CookieBehavior>"
                 "</CookiesConfig><QueryStringsConfig><QueryStringBehavior>allExcept"
                 "</QueryStringBehavior><QueryStrings><Quantity>1</Quantity><Items><Name>utm</Name>"
                 "</Items></QueryStrings></QueryStringsConfig></OriginRequestPolicyConfig>"
                 "</OriginRequestPolicy>",
                 "<OriginAccessControl><Id>EOAC</Id><OriginAccessControlConfig><Name>o</Name>"
                 "<SigningBehavior>no-override</SigningBehavior></OriginAccessControlConfig>"
                 "</OriginAccessControl>",
                 "<KeyGroup><Id>kg</Id><KeyGroupConfig><Name>g</Name><Items><PublicKey>K1"
                 "</PublicKey></Items></KeyGroupConfig></KeyGroup>",
                 "<PublicKey><Id>K1</Id><PublicKeyConfig><EncodedKey>PEM</EncodedKey>"
                 "</PublicKeyConfig></PublicKey>"},
            .arn = "arn:aws:cloudfront::1:distribution/E1ABC",
            .config_epoch = 77,
            .signing_key_id = "key",
            .signing_secret = "secret"};
}

TEST(ResolveTest, ReadsThePlainMembers) {
    const auto distribution = resolve(record());
    ASSERT_TRUE(distribution) << distribution.error().message;
    EXPECT_EQ(distribution->id, "E1ABC");
    EXPECT_EQ(distribution->domain_name, "e1abc.cloudfront.net");
    EXPECT_EQ(distribution->aliases, std::vector<std::string>{"www.example.org"});
    EXPECT_TRUE(distribution->enabled);
    EXPECT_EQ(distribution->default_root_object, "index.html");
    EXPECT_EQ(distribution->config_epoch, 77u);
    EXPECT_EQ(distribution->signing_key_id, "key");
    EXPECT_EQ(distribution->cache_tag_header, "x-tags");
    EXPECT_FALSE(distribution->geo_restricted);
    EXPECT_FALSE(distribution->rfc9111_mode);
    ASSERT_EQ(distribution->custom_errors.size(), 1u);
    EXPECT_EQ(distribution->custom_errors[0].response_code, 200);
    EXPECT_EQ(distribution->custom_errors[0].error_caching_min_ttl, seconds(0));
}

TEST(ResolveTest, ReadsOriginsAndGroups) {
    const auto distribution = resolve(record());
    ASSERT_TRUE(distribution);
    const Origin& s3 = distribution->origins[0];
    EXPECT_TRUE(s3.is_s3);
    EXPECT_EQ(s3.bucket, "my.bucket");
    EXPECT_EQ(s3.origin_path, "/root");
    EXPECT_EQ(s3.custom_headers.at(0).second, "edge");
    EXPECT_EQ(s3.access_control, OriginSigning::NoOverride);
    EXPECT_EQ(s3.connection_attempts, 3);
    const Origin& web = distribution->origins[1];
    EXPECT_FALSE(web.is_s3);
    EXPECT_FALSE(web.access_control);
    EXPECT_EQ(web.protocol, OriginProtocol::HttpsOnly);
    EXPECT_EQ(web.http_port, 8080);
    EXPECT_EQ(web.https_port, 8443);
    EXPECT_EQ(web.read_timeout, seconds(7));
    EXPECT_EQ(web.keepalive_timeout, seconds(8));
    EXPECT_EQ(web.connection_timeout, seconds(4));
    EXPECT_EQ(web.connection_attempts, 2);
    const OriginGroup& group = distribution->origin_groups.at(0);
    EXPECT_EQ(group.primary_origin_id, "s3");
    EXPECT_EQ(group.secondary_origin_id, "web");
    EXPECT_EQ(group.failover_statuses, (std::vector{500, 404}));
}

TEST(ResolveTest, ReadsBehaviorsWithTheirPolicies) {
    const auto distribution = resolve(record());
    ASSERT_TRUE(distribution);
    ASSERT_EQ(distribution->behaviors.size(), 2u);
    const CacheBehavior& last = distribution->behaviors[1];
    EXPECT_EQ(last.path_pattern, "*");
    EXPECT_EQ(last.viewer_protocol, ViewerProtocol::RedirectToHttps);
    EXPECT_TRUE(last.allowed_methods.has(MethodSet::Options));
    EXPECT_FALSE(last.allowed_methods.has(MethodSet::Put));
    EXPECT_FALSE(last.cached_methods.has(MethodSet::Options));
    EXPECT_TRUE(last.compress);
    EXPECT_EQ(last.cache.name, "Managed-CachingOptimized");
    ASSERT_TRUE(last.origin_request);
    EXPECT_EQ(last.origin_request->headers.names, std::vector<std::string>{"x-test"});
    EXPECT_EQ(last.origin_request->query.kind, Kind::AllExcept);
    ASSERT_TRUE(last.response_headers);
    EXPECT_EQ(last.response_headers->name, "Managed-SecurityHeadersPolicy");
    EXPECT_EQ(last.trusted_key_group_ids, std::vector<std::string>{"kg"});
    ASSERT_EQ(distribution->trusted_keys.size(), 1u);
    EXPECT_EQ(distribution->trusted_keys[0].key_id, "K1");
    EXPECT_EQ(distribution->trusted_keys[0].pem, "PEM");
}

TEST(ResolveTest, LegacyValuesBecomePolicies) {
    const auto distribution = resolve(record());
    ASSERT_TRUE(distribution);
    const CacheBehavior& old = distribution->behaviors[0];
    EXPECT_EQ(old.path_pattern, "old/*");
    EXPECT_EQ(old.cache.name, "ForwardedValues");
    EXPECT_EQ(old.cache.min_ttl, seconds(0));
    EXPECT_EQ(old.cache.default_ttl, seconds(60));
    EXPECT_EQ(old.cache.max_ttl, seconds(120));
    EXPECT_EQ(old.cache.headers.names, std::vector<std::string>{"accept-language"});
    EXPECT_EQ(old.cache.cookies.names, std::vector<std::string>{"sess*"});
    EXPECT_EQ(old.cache.query.kind, Kind::Whitelist);
    EXPECT_FALSE(old.cache.caching_disabled);
    // Everything in the query string goes to the origin, though only "page" is in the key.
    ASSERT_TRUE(old.origin_request);
    EXPECT_EQ(old.origin_request->query.kind, Kind::All);
}

TEST(ResolveTest, ForwardingAllHeadersDisablesCaching) {
    LogRecord all = record();
    const std::string name = "Accept-Language";
    all.config_xml.replace(all.config_xml.find(name), name.size(), "*");
    const auto distribution = resolve(all);
    ASSERT_TRUE(distribution);
    EXPECT_TRUE(distribution->behaviors[0].cache.caching_disabled);
    EXPECT_EQ(distribution->behaviors[0].cache.headers.kind, Kind::All);
}

TEST(ResolveTest, AReferenceThatLeadsNowhereIsAnError) {
    for (std::size_t i = 0; i < record().policy_xml.size(); ++i) {
        LogRecord broken = record();
        broken.policy_xml.erase(broken.policy_xml.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(resolve(broken)) << i;
    }
}

TEST(ResolveTest, TheModeIsChosenByATag) {
    LogRecord tagged = record();
    tagged.tags = {{"edge:mode", "rfc9111"}};
    EXPECT_TRUE(resolve(tagged)->rfc9111_mode);
    tagged.tags = {{"edge:mode", "cloudfront"}};
    EXPECT_FALSE(resolve(tagged)->rfc9111_mode);
}

TEST(BucketOfDomainTest, KnowsAwsForms) {
    EXPECT_EQ(bucket_of_domain("b.s3.amazonaws.com"), "b");
    EXPECT_EQ(bucket_of_domain("b.s3.eu-west-1.amazonaws.com"), "b");
    EXPECT_EQ(bucket_of_domain("b.s3-eu-west-1.amazonaws.com"), "b");
    EXPECT_EQ(bucket_of_domain("b.s3-website-us-east-1.amazonaws.com"), "b");
    EXPECT_EQ(bucket_of_domain("a.b.s3.amazonaws.com"), "a.b");
    EXPECT_EQ(bucket_of_domain("x.s3.y.s3.amazonaws.com"), "x.s3.y");
    EXPECT_EQ(bucket_of_domain("www.example.org"), "");
}

TEST(ConfigEpochTest, ChangesWithTheKeyDefinitionOnly) {
    const Distribution base = *resolve(record());
    const std::uint64_t epoch = config_epoch_of(base);
    const auto epoch_after = [&](auto change) {
        Distribution changed = base;
        change(changed);
        return config_epoch_of(changed);
    };
    EXPECT_EQ(config_epoch_of(base), epoch);
    EXPECT_EQ(epoch_after([](auto& d) { d.enabled = false; }), epoch);
    EXPECT_EQ(epoch_after([](auto& d) { d.origins[0].origin_path = "/x"; }), epoch);
    EXPECT_EQ(epoch_after([](auto& d) { d.behaviors[0].cache.max_ttl = seconds(1); }), epoch);
    EXPECT_NE(epoch_after([](auto& d) { d.behaviors[0].cache.headers.names = {"x"}; }), epoch);
    EXPECT_NE(epoch_after([](auto& d) { d.behaviors[0].cache.query.kind = Kind::All; }), epoch);
    EXPECT_NE(epoch_after([](auto& d) { d.behaviors[0].path_pattern = "new/*"; }), epoch);
    EXPECT_NE(epoch_after([](auto& d) { d.behaviors[1].cache.gzip = false; }), epoch);
    EXPECT_NE(epoch_after([](auto& d) { d.rfc9111_mode = true; }), epoch);
    // The order of names says nothing.
    const auto with_names = [&](std::vector<std::string> names) {
        return epoch_after([&](auto& d) { d.behaviors[0].cache.cookies.names = names; });
    };
    EXPECT_EQ(with_names({"a", "b"}), with_names({"b", "a"}));
    EXPECT_NE(with_names({"ab"}), with_names({"a", "b"}));
}

}  // namespace
}  // namespace tarn::cdn
