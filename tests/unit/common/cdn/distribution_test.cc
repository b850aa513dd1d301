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
