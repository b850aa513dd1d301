#include "common/cdn/distribution.h"

#include <gtest/gtest.h>

namespace tarn::cdn {
namespace {

struct PatternCase {
    std::string_view pattern;
    std::string_view path;
    bool matches;
};

// AWS: Values that you specify, Path pattern.
const PatternCase kPatternCases[] = {
    {"*", "/", true},
    {"*", "/a/b.jpg", true},
    {"images/*.jpg", "/images/a.jpg", true},
    {"images/*.jpg", "/images/sub/a.jpg", true},  // '*' crosses slashes
    {"images/*.jpg", "/images/a.jpeg", false},
    {"images/*.jpg", "/imagesa.jpg", false},
    {"/images/*.jpg", "/images/a.jpg", true},  // the leading slash is optional
    {"*.gif", "/x/y.gif", true},
    {"*.gif", "/x/y.GIF", false},  // case-sensitive
    {"a??.jpg", "/ant.jpg", true},
    {"a??.jpg", "/abe.jpg", true},
    {"a??.jpg", "/a.jpg", false},
    {"a??.jpg", "/ab.jpg", false},
    {"a*.jpg", "/a.jpg", true},  // '*' may be nothing
    {"a?b", "/a/b", true},
    {"/", "/", true},
    {"/", "/index.html", false},
    {"/*", "/anything", true},
    {"exact.html", "/exact.html", true},
    {"exact.html", "/exact.html2", false},
    {"a[b]", "/a[b]", true},  // no other character is special
    {"a.b", "/aXb", false},
    {"*a*b*c*", "/xxaxxbxxcxx", true},
    {"*a*b*c*", "/xxaxxcxxbxx", false},
};

TEST(PathPatternTest, MatchesAsCloudFrontDoes) {
    for (const PatternCase& test : kPatternCases) {
        EXPECT_EQ(path_pattern_matches(test.pattern, test.path), test.matches)
            << test.pattern << " on " << test.path;
    }
}

Distribution distribution_with(std::initializer_list<const char*> patterns) {
    Distribution distribution;
    for (const char* pattern : patterns)
        distribution.behaviors.push_back({.path_pattern = pattern});
    distribution.behaviors.push_back({.path_pattern = "*"});
    return distribution;
}

TEST(MatchBehaviorTest, TheFirstMatchInListOrderWinsAndTheDefaultIsLast) {
    const Distribution distribution = distribution_with({"api/*", "*.jpg", "api/images/*"});
    const auto index_of = [&](std::string_view path) {
        std::size_t index = 99;
        const CacheBehavior& behavior = match_behavior(distribution, path, &index);
        EXPECT_EQ(&behavior, &distribution.behaviors[index]);
        return index;
    };
    EXPECT_EQ(index_of("/api/images/a.jpg"), 0u);
    EXPECT_EQ(index_of("/x.jpg"), 1u);
    EXPECT_EQ(index_of("/x.png"), 3u);
    EXPECT_EQ(index_of("/"), 3u);
    EXPECT_EQ(&match_behavior(distribution, "/x.jpg"), &distribution.behaviors[1]);
}

struct NormalCase {
    std::string_view path;
    std::string_view normal;
};

const NormalCase kNormalCases[] = {
    {"/", "/"},
    {"/a/b.jpg", "/a/b.jpg"},
    {"/a/", "/a/"},
    {"*", "*"},
    {"", ""},
    {"/%70rivate/x", "/private/x"},
    {"/private%2fx", "/private/x"},
    {"/a%20b", "/a b"},
    {"/100%", "/100%"},
    {"/%zz%4", "/%zz%4"},
    {"/%2541", "/%41"},  // decoded once, as by the origin
    {"//private//x", "/private/x"},
    {"//", "/"},
    {"/a/./b", "/a/b"},
    {"/a/../b", "/b"},
    {"/a/%2e%2E/b", "/b"},
    {"/a%2f..%2fb", "/b"},
    {"/../../b", "/b"},
    {"/a//../b", "/b"},
    {"/a/b/..", "/a/"},  // the Developer Guide's example
    {"/a/.", "/a/"},
    {"/..", "/"},
    {"/.well-known/x", "/.well-known/x"},
    {"/a/...", "/a/..."},
};

TEST(NormalizePathTest, ReadsAPathAsTheOriginDoes) {
    for (const NormalCase& test : kNormalCases)
        EXPECT_EQ(normalize_path(test.path), test.normal) << test.path;
}

TEST(NormalizePathTest, FindsDotSegmentsAlsoWhereTheyAreEscaped) {
    for (const char* path : {"/a/../b", "/a/..", "/.", "/a/%2e./b", "/a%2f%2e%2e", "/a/./b"})
        EXPECT_TRUE(has_dot_segment(path)) << path;
    for (const char* path : {"/", "/a//b", "/a..b/c", "/.well-known", "/a/...", "/%252e%252e/"})
        EXPECT_FALSE(has_dot_segment(path)) << path;
}

TEST(MatchBehaviorTest, NoSpellingOfAPathAvoidsItsBehavior) {
    const Distribution distribution = distribution_with({"/private/*"});
    for (const char* path :
         {"/private/x", "/%70rivate/x", "/p%72ivate/x", "/private%2fx", "/public/../private/x",
          "/public/%2e%2e/private/x", "//private/x", "/./private/x", "/.//private/x"}) {
        EXPECT_EQ(&match_behavior(distribution, path), &distribution.behaviors[0]) << path;
    }
    for (const char* path : {"/", "/public/x", "/private", "/private/../x", "/%2570rivate/x"})
        EXPECT_EQ(&match_behavior(distribution, path), &distribution.behaviors[1]) << path;
}

TEST(FindTest, LooksUpByIdAndStatus) {
    Distribution distribution;
    distribution.origins = {{.id = "a"}, {.id = "b"}};
    distribution.origin_groups = {{.id = "g"}};
    distribution.custom_errors = {{.error_code = 404, .page_path = "/404.html"}};
    EXPECT_EQ(find_origin(distribution, "b"), &distribution.origins[1]);
    EXPECT_EQ(find_origin(distribution, "g"), nullptr);
    EXPECT_EQ(find_origin_group(distribution, "g"), &distribution.origin_groups[0]);
    EXPECT_EQ(find_origin_group(distribution, "a"), nullptr);
    EXPECT_EQ(find_custom_error(distribution, 404), &distribution.custom_errors[0]);
    EXPECT_EQ(find_custom_error(distribution, 403), nullptr);
}

TEST(CorsTest, AdmitsListedOriginsAndWildcards) {
    ResponseHeadersPolicy policy;
    EXPECT_FALSE(cors_admits(policy, "https://a.example"));
    policy.cors_allow_origins = {"https://a.example", "*.b.example", "http://*.c.example"};
    EXPECT_TRUE(cors_admits(policy, "https://a.example"));
    EXPECT_FALSE(cors_admits(policy, "http://a.example"));
    EXPECT_TRUE(cors_admits(policy, "https://x.b.example"));
    EXPECT_TRUE(cors_admits(policy, "http://x.b.example"));
    EXPECT_TRUE(cors_admits(policy, "http://x.c.example"));
    EXPECT_FALSE(cors_admits(policy, "https://x.c.example"));
    EXPECT_FALSE(cors_admits(policy, "https://evil.example"));
    policy.cors_allow_origins = {"*"};
    EXPECT_TRUE(cors_admits(policy, "https://evil.example"));
}

}  // namespace
}  // namespace tarn::cdn
