#include "edge/cache/cache_key.h"

#include "edge/cache/hash.h"

#include <gtest/gtest.h>

namespace tarn::edge {
namespace {

using Kind = cdn::NameSelection::Kind;

struct Request {
    std::string path = "/a";
    std::string query;
    std::vector<http::Field> fields;
    KeyMethod method = KeyMethod::Get;
    int minor_version = 1;
};

struct Written {
    std::string key;
    std::string invalidation;
};

Written write(const cdn::CachePolicy& policy, const Request& request, std::uint64_t epoch = 1) {
    http::Fields fields;
    for (const http::Field& field : request.fields)
        fields.add(field.name, field.value);
    const auto encoding = fields.find("accept-encoding");
    const ViewerFacts facts{
        .address = "127.0.0.1", .port = 1, .user_agent = fields.get("user-agent")};
    Written written;
    const InvalidationPart part = write_cache_key(
        {.distribution_id = "E1",
         .config_epoch = epoch,
         .policy = policy,
         .fields = fields,
         .path = request.path,
         .query = request.query,
         .method = request.method,
         .accept_encoding = normalize_accept_encoding(policy, encoding.value_or(""),
                                                      encoding.has_value(), request.minor_version),
         .facts = facts},
        written.key);
    written.invalidation = written.key.substr(part.offset, part.length);
    return written;
}

cdn::CachePolicy bare() {
    return {.id = "p"};
}
cdn::CachePolicy with_query(Kind kind, std::vector<std::string> names = {}) {
    cdn::CachePolicy policy = bare();
    policy.query = {.kind = kind, .names = std::move(names)};
    return policy;
}
cdn::CachePolicy with_cookies(Kind kind, std::vector<std::string> names = {}) {
    cdn::CachePolicy policy = bare();
    policy.cookies = {.kind = kind, .names = std::move(names)};
    return policy;
}
cdn::CachePolicy with_headers(std::vector<std::string> names) {
    cdn::CachePolicy policy = bare();
    policy.headers = {.kind = Kind::Whitelist, .names = std::move(names)};
    return policy;
}
cdn::CachePolicy compressing(bool gzip, bool brotli) {
    cdn::CachePolicy policy = bare();
    policy.gzip = gzip;
    policy.brotli = brotli;
    return policy;
}

struct SameCase {
    const char* name;
    cdn::CachePolicy policy;
    Request a;
    Request b;
    bool same;
};

std::string case_name(const testing::TestParamInfo<SameCase>& param) {
    return param.param.name;
}

class CacheKeyTest : public testing::TestWithParam<SameCase> {};

TEST_P(CacheKeyTest, TellsWhatIsTheSameToTheCache) {
    const SameCase& c = GetParam();
    EXPECT_EQ(write(c.policy, c.a).key == write(c.policy, c.b).key, c.same);
}

const SameCase kCases[] = {
    {"Path", bare(), {.path = "/a"}, {.path = "/b"}, false},
    {"PathCase", bare(), {.path = "/a"}, {.path = "/A"}, false},
    {"PathEscapesAsSent", bare(), {.path = "/a%20b"}, {.path = "/a+b"}, false},
    {"QueryNotNamed", bare(), {.query = "utm=1"}, {.query = "utm=2"}, true},
    {"QueryNotNamedAtAll", bare(), {.query = "utm=1"}, {}, true},
    {"QueryAll", with_query(Kind::All), {.query = "a=1"}, {.query = "a=2"}, false},
    {"QueryOrder", with_query(Kind::All), {.query = "a=1&b=2"}, {.query = "b=2&a=1"}, false},
    {"QueryCase", with_query(Kind::All), {.query = "a=x"}, {.query = "a=X"}, false},
    {"QueryWhitelisted",
     with_query(Kind::Whitelist, {"v"}),
     {.query = "v=1&utm=1"},
     {.query = "utm=9&v=1"},
     true},
    {"QueryWhitelistedValue",
     with_query(Kind::Whitelist, {"v"}),
     {.query = "v=1"},
     {.query = "v=2"},
     false},
    {"QueryNameIsWhole",
     with_query(Kind::Whitelist, {"v"}),
     {.query = "vv=1"},
     {.query = "vv=2"},
     true},
    {"QueryValueAgainstNone",
     with_query(Kind::Whitelist, {"v"}),
     {.query = "v="},
     {.query = "v"},
     false},
    {"QueryAllExcept",
     with_query(Kind::AllExcept, {"utm"}),
     {.query = "utm=1&v=1"},
     {.query = "utm=2&v=1"},
     true},
    {"QueryAllExceptOthersCount",
     with_query(Kind::AllExcept, {"utm"}),
     {.query = "v=1"},
     {.query = "v=2"},
     false},
    {"CookieNotNamed",
     bare(),
     {.fields = {{"Cookie", "sid=1"}}},
     {.fields = {{"Cookie", "sid=2"}}},
     true},
    {"CookieNamed",
     with_cookies(Kind::Whitelist, {"sid"}),
     {.fields = {{"Cookie", "sid=1"}}},
     {.fields = {{"Cookie", "sid=2"}}},
     false},
    {"CookieOrderIsIrrelevant",
     with_cookies(Kind::All),
     {.fields = {{"Cookie", "a=1; b=2"}}},
     {.fields = {{"Cookie", "b=2; a=1"}}},
     true},
    {"CookieNameCase",
     with_cookies(Kind::Whitelist, {"sid"}),
     {.fields = {{"Cookie", "SID=1"}}},
     {.fields = {{"Cookie", "SID=2"}}},
     true},
    {"LegacyCookieWildcard",
     with_cookies(Kind::Whitelist, {"s*"}),
     {.fields = {{"Cookie", "sid=1"}}},
     {.fields = {{"Cookie", "sid=2"}}},
     false},
    {"HeaderNotNamed",
     bare(),
     {.fields = {{"Accept-Language", "de"}}},
     {.fields = {{"Accept-Language", "fr"}}},
     true},
    {"HeaderNamed",
     with_headers({"accept-language"}),
     {.fields = {{"Accept-Language", "de"}}},
     {.fields = {{"Accept-Language", "fr"}}},
     false},
    {"HeaderNameCase",
     with_headers({"accept-language"}),
     {.fields = {{"ACCEPT-language", "de"}}},
     {.fields = {{"Accept-Language", "de"}}},
     true},
    {"HeaderValueIsExact",
     with_headers({"accept-language"}),
     {.fields = {{"Accept-Language", "de"}}},
     {.fields = {{"Accept-Language", "DE"}}},
     false},
    {"HeaderEmptyIsNotAbsent", with_headers({"x-a"}), {.fields = {{"X-A", ""}}}, {}, false},
    {"ViewersEdgeHeaderIsNotBelieved",
     with_headers({"cloudfront-is-mobile-viewer"}),
     {.fields = {{"CloudFront-Is-Mobile-Viewer", "true"}}},
     {},
     true},
    {"DeviceCounts",
     with_headers({"cloudfront-is-mobile-viewer"}),
     {.fields = {{"User-Agent", "iPhone"}}},
     {.fields = {{"User-Agent", "Linux"}}},
     false},
    {"DeviceOnlyByClass",
     with_headers({"cloudfront-is-mobile-viewer"}),
     {.fields = {{"User-Agent", "Firefox"}}},
     {.fields = {{"User-Agent", "Chrome"}}},
     true},
    {"OptionsIsApart", bare(), {.method = KeyMethod::Options}, {}, false},
    {"HeadOnlyIsApart", bare(), {.method = KeyMethod::HeadOnly}, {}, false},
    {"AcceptEncodingIgnoredWithoutFlags",
     bare(),
     {.fields = {{"Accept-Encoding", "gzip"}}},
     {},
     true},
    {"AcceptEncodingSpellings",
     compressing(true, true),
     {.fields = {{"Accept-Encoding", "gzip, deflate, br"}}},
     {.fields = {{"Accept-Encoding", "br;q=1.0, gzip;q=0.8, *;q=0.1"}}},
     true},
    {"AcceptEncodingGzipOnly",
     compressing(true, false),
     {.fields = {{"Accept-Encoding", "gzip, br"}}},
     {.fields = {{"Accept-Encoding", "gzip"}}},
     true},
    {"AcceptEncodingDiffers",
     compressing(true, true),
     {.fields = {{"Accept-Encoding", "gzip, br"}}},
     {.fields = {{"Accept-Encoding", "gzip"}}},
     false},
    {"AcceptEncodingZeroWeight",
     compressing(true, true),
     {.fields = {{"Accept-Encoding", "gzip;q=0"}}},
     {},
     true},
    {"AcceptEncodingIdentity",
     compressing(true, true),
     {.fields = {{"Accept-Encoding", "identity"}}},
     {},
     true},
    {"AcceptEncodingOfHttp10",
     compressing(true, true),
     {.fields = {{"Accept-Encoding", "gzip"}}, .minor_version = 0},
     {},
     true},
    // What is moved from one field to the next must not write the same key.
    {"PathAgainstQuery",
     with_query(Kind::All),
     {.path = "/a", .query = "b"},
     {.path = "/ab"},
     false},
    {"FieldBoundaries",
     with_headers({"x-a", "x-b"}),
     {.fields = {{"X-A", "1"}, {"X-B", "2"}}},
     {.fields = {{"X-A", "1n3:x-bv1:2"}}},
     false},
};
INSTANTIATE_TEST_SUITE_P(Table, CacheKeyTest, testing::ValuesIn(kCases), case_name);

TEST(CacheKeyTest, AChangedConfigurationLeavesOldKeysBehind) {
    EXPECT_NE(write(bare(), {}, 1).key, write(bare(), {}, 2).key);
}

TEST(CacheKeyTest, TheInvalidationPartIsThePathAndTheKeyedQuery) {
    EXPECT_EQ(write(bare(), {.path = "/x", .query = "a=1"}).invalidation, "/x");
    EXPECT_EQ(write(with_query(Kind::All), {.path = "/x", .query = "a=1"}).invalidation, "/x?a=1");
    EXPECT_EQ(
        write(with_query(Kind::Whitelist, {"b"}), {.path = "/x", .query = "a=1&b=2"}).invalidation,
        "/x?b=2");
    EXPECT_EQ(
        write(with_query(Kind::Whitelist, {"b"}), {.path = "/x", .query = "a=1"}).invalidation,
        "/x");
}

TEST(CacheKeyTest, TheBufferIsReused) {
    std::string buffer(1000, 'x');
    http::Fields fields;
    const cdn::CachePolicy policy = bare();
    const ViewerFacts facts;
    const KeyInputs inputs{
        .distribution_id = "E1", .policy = policy, .fields = fields, .path = "/a", .facts = facts};
    write_cache_key(inputs, buffer);
    EXPECT_EQ(buffer, write(policy, {}, 0).key);
}

TEST(CacheKeyTest, AnExplanationNamesWhatWasLeftOut) {
    http::Fields fields;
    fields.add("Cookie", "sid=secret; lang=de");
    fields.add("Accept-Language", "de");
    cdn::CachePolicy policy = with_query(Kind::Whitelist, {"v"});
    policy.cookies = {.kind = Kind::Whitelist, .names = {"lang"}};
    const ViewerFacts facts;
    const KeyExplanation explanation = explain_key({.distribution_id = "E1",
                                                    .policy = policy,
                                                    .fields = fields,
                                                    .path = "/a",
                                                    .query = "v=1&utm=2",
                                                    .facts = facts});
    using Part = std::pair<std::string, std::string>;
    EXPECT_EQ(explanation.parts,
              (std::vector<Part>{
                  {"distribution", "E1"}, {"path", "/a"}, {"query", "v=1"}, {"cookie", "lang"}}));
    EXPECT_EQ(explanation.dropped,
              (std::vector<std::string>{"query utm", "cookie sid", "header accept-language"}));
}

TEST(HashTest, EqualKeysHashAlikeAndEveryByteCounts) {
    std::string key = "d2:E1e0u26:/photos/2023/11/paris.jpg";
    const KeyHash hash = hash_key(key);
    EXPECT_EQ(hash, hash_key(std::string(key)));
    for (char& c : key) {
        c ^= 1;
        EXPECT_NE(hash_key(key), hash);
        EXPECT_NE(hash_key(key).low, hash.low);
        EXPECT_NE(hash_key(key).high, hash.high);
        c ^= 1;
    }
    for (std::size_t length = 0; length < 40; ++length) {
        const std::string zeros(length, '\0');
        EXPECT_NE(hash_key(zeros), hash_key(zeros + '\0')) << length;
    }
}

}  // namespace
}  // namespace tarn::edge
