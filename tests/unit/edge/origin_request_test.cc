#include "edge/origin/origin_request.h"

#include "common/base/text.h"
#include "edge/cache/vary.h"
#include "edge/origin/fetch.h"

#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

namespace tarn::edge {
namespace {

using Kind = cdn::NameSelection::Kind;

// Behaviors under which the same request is sent.
cdn::CacheBehavior plain() {
    cdn::CacheBehavior behavior;
    behavior.cache.id = "policy";
    return behavior;
}
cdn::CacheBehavior all_viewer() {
    cdn::CacheBehavior behavior = plain();
    behavior.origin_request = cdn::OriginRequestPolicy{.id = "AllViewer"};
    behavior.origin_request->headers.kind = Kind::All;
    behavior.origin_request->cookies.kind = Kind::All;
    behavior.origin_request->query.kind = Kind::All;
    return behavior;
}
cdn::CacheBehavior legacy() {
    cdn::CacheBehavior behavior;
    behavior.cache.name = "ForwardedValues";
    return behavior;
}
cdn::CacheBehavior keyed(std::string header) {
    cdn::CacheBehavior behavior = plain();
    behavior.cache.headers = {.kind = Kind::Whitelist, .names = {std::move(header)}};
    return behavior;
}
cdn::CacheBehavior compressing() {
    cdn::CacheBehavior behavior = plain();
    behavior.cache.gzip = behavior.cache.brotli = true;
    return behavior;
}

OriginRequest make(const cdn::CacheBehavior& behavior, const std::vector<http::Field>& list,
                   http::Method method = http::Method::Get, bool cacheable = true) {
    http::Fields fields;
    for (const http::Field& field : list)
        fields.add(field.name, field.value);
    const auto encoding = fields.find("accept-encoding");
    return make_origin_request({.behavior = behavior,
                                .fields = fields,
                                .method = method,
                                .method_text = http::method_name(method),
                                .path = "/p",
                                .query = "a=1&b=2",
                                .viewer_host = "www.example.com",
                                .accept_encoding = normalize_accept_encoding(
                                    behavior.cache, encoding.value_or(""), encoding.has_value(), 1),
                                .facts = {.address = "203.0.113.9", .port = 4711},
                                .request_id = "id==",
                                .via = "1.1 abc.cloudfront.net (CloudFront)",
                                .cacheable = cacheable});
}

std::optional<std::string> value_of(const OriginRequest& request, std::string_view name) {
    for (const auto& [field, value] : request.fields) {
        if (iequals(field, name)) return value;
    }
    return std::nullopt;
}

struct HeaderCase {
    const char* name;
    cdn::CacheBehavior behavior;
    http::Field sent;
    std::optional<std::string> seen;  // by the origin under the same name
    http::Method method = http::Method::Get;
    bool cacheable = true;
};

std::string case_name(const testing::TestParamInfo<HeaderCase>& param) {
    return param.param.name;
}

class OriginHeaderTest : public testing::TestWithParam<HeaderCase> {};

TEST_P(OriginHeaderTest, IsWhatTheOriginSees) {
    const HeaderCase& c = GetParam();
    const OriginRequest request = make(c.behavior, {c.sent}, c.method, c.cacheable);
    EXPECT_EQ(value_of(request, c.sent.name), c.seen);
}

const auto kGone = std::optional<std::string>();

const HeaderCase kHeaders[] = {
    {"UnknownGoesWithAPolicy", plain(), {"X-Any", "1"}, kGone},
    {"UnknownStaysInLegacy", legacy(), {"X-Any", "1"}, "1"},
    {"UnknownStaysWithAllViewer", all_viewer(), {"X-Any", "1"}, "1"},
    {"KeyedStays", keyed("x-any"), {"X-Any", "1"}, "1"},
    {"RefererGoesInLegacy", legacy(), {"Referer", "x"}, kGone},
    {"AcceptLanguageGoesInLegacy", legacy(), {"Accept-Language", "x"}, kGone},
    {"MethodOverrideGoesInLegacy", legacy(), {"X-HTTP-Method-Override", "DELETE"}, kGone},
    {"UserAgentIsReplaced", plain(), {"User-Agent", "curl"}, "Amazon CloudFront"},
    {"UserAgentForwarded", all_viewer(), {"User-Agent", "curl"}, "curl"},
    {"CookieGoes", plain(), {"Cookie", "a=1"}, kGone},
    {"CookiesSorted", all_viewer(), {"Cookie", "b=2; a=1"}, "a=1; b=2"},
    {"AuthorizationGoesFromGet", plain(), {"Authorization", "x"}, kGone},
    {"AuthorizationKeyedStays", keyed("authorization"), {"Authorization", "x"}, "x"},
    {"AuthorizationByAllViewer", all_viewer(), {"Authorization", "x"}, "x"},
    {"AuthorizationOfPostStays", plain(), {"Authorization", "x"}, "x", http::Method::Post},
    {"ForwardedForAppended",
     plain(),
     {"X-Forwarded-For", "198.51.100.1"},
     "198.51.100.1, 203.0.113.9"},
    {"ViaAppended", plain(), {"Via", "1.0 fred"}, "1.0 fred, 1.1 abc.cloudfront.net (CloudFront)"},
    {"CfIdReplaced", plain(), {"X-Amz-Cf-Id", "forged"}, "id=="},
    {"ForwardedProtoGoes", all_viewer(), {"X-Forwarded-Proto", "https"}, kGone},
    {"RealIpGoes", all_viewer(), {"X-Real-IP", "1"}, kGone},
    {"EdgeHeadersGo", all_viewer(), {"X-Edge-Trace", "1"}, kGone},
    {"ProxyHeadersGo", all_viewer(), {"Proxy-Authorization", "1"}, kGone},
    {"TeGoes", all_viewer(), {"TE", "trailers"}, kGone},
    {"UpgradeGoes", all_viewer(), {"Upgrade", "h2c"}, kGone},
    {"ExpectGoes", all_viewer(), {"Expect", "100-continue"}, kGone},
    {"TransferEncodingGoes", all_viewer(), {"Transfer-Encoding", "chunked"}, kGone},
    {"ContentLengthGoes", all_viewer(), {"Content-Length", "5"}, kGone, http::Method::Post},
    {"ViewersCloudFrontHeaderGoes", all_viewer(), {"CloudFront-Viewer-Country", "DE"}, kGone},
    {"ForwardedProtoOfTheEdge",
     keyed("cloudfront-forwarded-proto"),
     {"CloudFront-Forwarded-Proto", "https"},
     "http"},
    {"ContentTypeOfPost", plain(), {"Content-Type", "a/b"}, "a/b", http::Method::Post},
    {"ContentTypeOfGetGoes", plain(), {"Content-Type", "a/b"}, kGone},
    {"RangeIsTheEdgesWhenCacheable", all_viewer(), {"Range", "bytes=0-1"}, kGone},
    {"RangePassesThrough", plain(), {"Range", "bytes=0-1"}, "bytes=0-1", http::Method::Get, false},
    {"IfNoneMatchIsTheEdgesWhenCacheable", legacy(), {"If-None-Match", "\"x\""}, kGone},
    {"IfNoneMatchPassesThrough",
     plain(),
     {"If-None-Match", "\"x\""},
     "\"x\"",
     http::Method::Get,
     false},
    {"AcceptEncodingNormalised",
     compressing(),
     {"Accept-Encoding", "deflate, gzip, br"},
     "br,gzip"},
    {"AcceptEncodingNothingSupported", compressing(), {"Accept-Encoding", "deflate"}, "identity"},
    {"AcceptEncodingWithoutFlags", plain(), {"Accept-Encoding", "gzip"}, kGone},
    {"AcceptEncodingAllViewer", all_viewer(), {"Accept-Encoding", "deflate"}, "deflate"},
};
INSTANTIATE_TEST_SUITE_P(Table, OriginHeaderTest, testing::ValuesIn(kHeaders), case_name);

TEST(OriginRequestTest, FieldsNamedByConnectionGoButNotAuthorization) {
    const OriginRequest request = make(
        all_viewer(),
        {{"Connection", "close, X-Hop, Authorization"}, {"X-Hop", "1"}, {"Authorization", "x"}});
    EXPECT_EQ(value_of(request, "x-hop"), std::nullopt);
    EXPECT_EQ(value_of(request, "connection"), std::nullopt);
    EXPECT_EQ(value_of(request, "authorization"), "x");
}

TEST(OriginRequestTest, OnlyNamedQueryParametersReachTheOrigin) {
    EXPECT_EQ(make(plain(), {}).query, "");
    EXPECT_EQ(make(all_viewer(), {}).query, "a=1&b=2");
    cdn::CacheBehavior behavior = plain();
    behavior.cache.query = {.kind = Kind::Whitelist, .names = {"b"}};
    EXPECT_EQ(make(behavior, {}).query, "b=2");
}

TEST(OriginRequestTest, TheViewersHostIsForwardedOnlyByName) {
    EXPECT_EQ(make(plain(), {}).viewer_host, "");
    EXPECT_EQ(make(all_viewer(), {}).viewer_host, "www.example.com");
    cdn::CacheBehavior except = all_viewer();
    except.origin_request->headers = {.kind = Kind::AllExcept, .names = {"host"}};
    EXPECT_EQ(make(except, {}).viewer_host, "");
}

TEST(OriginRequestTest, CustomHeadersReplaceTheViewers) {
    const OriginRequest request = make(all_viewer(), {{"X-Secret", "guess"}, {"X-Other", "1"}});
    cdn::Origin origin;
    origin.custom_headers = {{"x-secret", "real"}};
    const auto fields = fields_for_origin(request, origin);
    int count = 0;
    for (const auto& [name, value] : fields) {
        if (!iequals(name, "x-secret")) continue;
        EXPECT_EQ(value, "real");
        ++count;
    }
    EXPECT_EQ(count, 1);
}

TEST(OriginRequestTest, CustomHeadersCannotFrameOrRouteTheRequest) {
    const OriginRequest request = make(all_viewer(), {});
    cdn::Origin origin;
    for (const char* name : {"Content-Length", "transfer-encoding", "Connection", "TE", "Upgrade",
                             "Expect", "HOST", "Via", "X-Amz-Cf-Id", "Range", "If-None-Match"}) {
        origin.custom_headers.emplace_back(name, "forged");
    }
    for (const http::Field& field : fields_for_origin(request, origin))
        EXPECT_NE(field.value, "forged") << field.name;
    EXPECT_EQ(fields_for_origin(request, origin).size(), request.fields.size());
    origin.custom_headers = {{"X-Mine", "1"}};
    EXPECT_EQ(fields_for_origin(request, origin).back().name, "X-Mine");
}

TEST(OriginRequestTest, AViewersS3HeadersReachABucketOnlyByName) {
    const http::Field copy_source{"X-Amz-Copy-Source", "/b/private"};
    const auto reaches = [&](const cdn::CacheBehavior& behavior, const char* domain) {
        const OriginRequest request = make(behavior, {copy_source}, http::Method::Put);
        const cdn::Origin origin{.domain_name = domain};
        return std::ranges::any_of(fields_for_origin(request, origin), [&](const auto& field) {
            return field.name == copy_source.name;
        });
    };
    EXPECT_FALSE(reaches(legacy(), "b.s3.eu-west-1.amazonaws.com"));
    EXPECT_TRUE(reaches(legacy(), "origin.example.com"));
    EXPECT_TRUE(reaches(legacy(), "b.s3-website-us-east-1.amazonaws.com"));
    EXPECT_FALSE(reaches(plain(), "b.s3.amazonaws.com"));
    EXPECT_TRUE(reaches(keyed("x-amz-copy-source"), "b.s3.amazonaws.com"));
    EXPECT_TRUE(reaches(all_viewer(), "b.s3.amazonaws.com"));
    cdn::CacheBehavior named = legacy();
    named.cache.headers = {.kind = Kind::Whitelist, .names = {"x-amz-copy-source"}};
    EXPECT_TRUE(reaches(named, "b.s3.amazonaws.com"));
}

TEST(OriginRequestTest, TheOriginPathComesFirst) {
    const OriginRequest request{.path = "/p", .query = "a=1"};
    const std::pair<std::string, std::string> cases[] = {{"", "/p?a=1"},
                                                         {"/prod", "/prod/p?a=1"},
                                                         {"/prod/", "/prod/p?a=1"},
                                                         {"prod", "/prod/p?a=1"}};
    for (const auto& [prefix, target] : cases) {
        cdn::Origin origin;
        origin.origin_path = prefix;
        EXPECT_EQ(target_for_origin(request, origin), target);
    }
}

TEST(OriginRequestTest, OnlyOurOwnHopsCountAsDistributions) {
    http::Fields fields;
    fields.add("Via", "1.1 a.cloudfront.net (CloudFront), 1.0 squid");
    fields.add("Via", "1.1 b.cloudfront.net (CloudFront)");
    EXPECT_EQ(distributions_passed(fields), 2);
}

TEST(OriginRequestTest, AnswersThatDependOnUnkeyedAuthorizationAreNotioned) {
    http::Fields fields;
    fields.add("Authorization", "x");
    EXPECT_FALSE(forwards_unkeyed_authorization(plain(), fields));
    EXPECT_FALSE(forwards_unkeyed_authorization(keyed("authorization"), fields));
    EXPECT_TRUE(forwards_unkeyed_authorization(all_viewer(), fields));
    EXPECT_FALSE(forwards_unkeyed_authorization(all_viewer(), http::Fields()));
}

struct AddressCase {
    const char* domain;
    bool is_s3_origin;
    bool viewer_tls;
    const char* forwarded_host;
    const char* host;
    int port;
    const char* host_field;
    const char* region;
};

TEST(OriginAddressTest, BucketsAreServedByTheS3Endpoint) {
    const S3Endpoint s3{.host = "127.0.0.1", .port = 9000};
    const AddressCase cases[] = {
        {"b.s3.amazonaws.com", true, false, "", "127.0.0.1", 9000, "b.s3.amazonaws.com",
         "us-east-1"},
        {"b.s3.eu-west-1.amazonaws.com", true, false, "", "127.0.0.1", 9000,
         "b.s3.eu-west-1.amazonaws.com", "eu-west-1"},
        {"b.s3-eu-west-1.amazonaws.com", true, false, "", "127.0.0.1", 9000,
         "b.s3-eu-west-1.amazonaws.com", "eu-west-1"},
        // For S3 the viewer's Host is never forwarded.
        {"b.s3.amazonaws.com", true, false, "www.example.com", "127.0.0.1", 9000,
         "b.s3.amazonaws.com", "us-east-1"},
        {"b.s3.amazonaws.com", false, false, "", "127.0.0.1", 9000, "b.s3.amazonaws.com",
         "us-east-1"},
        {"b.s3-website-us-east-1.amazonaws.com", false, false, "", "127.0.0.1", 9000,
         "b.s3-website-us-east-1.amazonaws.com", ""},
        {"origin.example.com", false, false, "", "origin.example.com", 8080,
         "origin.example.com:8080", ""},
        {"origin.example.com", false, true, "", "origin.example.com", 443, "origin.example.com",
         ""},
        {"origin.example.com", false, false, "www.example.com", "origin.example.com", 8080,
         "www.example.com", ""},
    };
    for (const AddressCase& c : cases) {
        cdn::Origin origin;
        origin.domain_name = c.domain;
        origin.is_s3 = c.is_s3_origin;
        origin.protocol = cdn::OriginProtocol::MatchViewer;
        origin.http_port = 8080;
        const OriginAddress address = address_of(origin, s3, c.viewer_tls, c.forwarded_host);
        EXPECT_EQ(address.endpoint.host, c.host) << c.domain;
        EXPECT_EQ(address.endpoint.port, c.port) << c.domain;
        EXPECT_EQ(address.host_field, c.host_field) << c.domain;
        EXPECT_EQ(address.region, c.region) << c.domain;
    }
}

struct VaryCase {
    cdn::CacheBehavior behavior;
    const char* value;
    const char* edited;
};

TEST(VaryTest, ClaimsNoMoreThanTheCacheDelivers) {
    const VaryCase cases[] = {
        {plain(), "Accept-Encoding", "Accept-Encoding"},
        {plain(), "accept-encoding, User-Agent, X-A", "accept-encoding"},
        {plain(), "Cookie", "Cookie"},
        {plain(), "User-Agent", ""},
        {plain(), "*", "*"},
        {keyed("x-a"), "X-A, X-B", "X-A"},
        {keyed("cloudfront-is-mobile-viewer"), "User-Agent", "User-Agent"},
        {all_viewer(), "X-A, User-Agent", "X-A, User-Agent"},
        {plain(), "", ""},
    };
    for (const VaryCase& c : cases)
        EXPECT_EQ(edit_vary(c.behavior, c.value), c.edited) << c.value;
}

}  // namespace
}  // namespace tarn::edge
