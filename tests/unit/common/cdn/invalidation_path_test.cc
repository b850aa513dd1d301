#include "common/cdn/invalidation_path.h"

#include <gtest/gtest.h>

namespace tarn::cdn {
namespace {

using Error = InvalidationPathError;

TEST(InvalidationPathTest, IsValidatedAsAwsSays) {
    struct Case {
        std::string path;
        std::optional<Error> error;
    };
    const Case cases[] = {
        {"/", std::nullopt},
        {"/*", std::nullopt},
        {"/a/b.html?x=1&y=2", std::nullopt},
        {"/a*b", std::nullopt},
        {"/%C3%A9", std::nullopt},
        {"#tag", std::nullopt},
        {"#a*b", std::nullopt},
        {"#" + std::string(256, 't'), std::nullopt},
        {"/" + std::string(3999, 'a'), std::nullopt},
        {"", Error::Empty},
        {"a", Error::NoLeadingSlash},
        {"*", Error::NoLeadingSlash},
        {"images/*", Error::NoLeadingSlash},
        {"/" + std::string(4000, 'a'), Error::TooLong},
        {"/a b", Error::BadCharacter},
        {"/\xc3\xa9", Error::BadCharacter},
        {"/a\n", Error::BadCharacter},
        {"/a\x7f", Error::BadCharacter},
        {"#", Error::BadTag},
        {"#a,b", Error::BadTag},
        {"#a b", Error::BadTag},
        {"#\xc3\xa9", Error::BadTag},
        {"#" + std::string(257, 't'), Error::BadTag},
    };
    for (const Case& test : cases)
        EXPECT_EQ(validate_invalidation_path(test.path), test.error) << test.path.substr(0, 40);
}

TEST(InvalidationPathTest, WildcardsArePathsThatEndWithAStar) {
    EXPECT_TRUE(is_wildcard_path("/*"));
    EXPECT_TRUE(is_wildcard_path("/a*"));
    EXPECT_FALSE(is_wildcard_path("/a*b"));
    EXPECT_FALSE(is_wildcard_path("#a*"));
}

TEST(InvalidationKeyTest, SpellingsOfOnePathAreOne) {
    struct Case {
        std::string_view text;
        std::string_view expected;
    };
    const Case cases[] = {
        {"/a", "/a"},           {"/%7euser", "/~user"},   {"/%41%2D", "/A-"},
        {"/%2f", "/%2F"},  // an escaped slash is no slash
        {"/%c3%a9", "/%C3%A9"}, {"/\xc3\xa9", "/%C3%A9"}, {"/a b", "/a%20b"},
        {"/100%", "/100%"},     {"/%zz", "/%zz"},         {"/a%4", "/a%4"},
        {"/%2541", "/%2541"},  // decoded once
        {"/a?b=%7E", "/a?b=~"}, {"/a+b", "/a+b"},         {"/{x}", "/%7Bx%7D"},
        {"/*", "/*"},
    };
    for (const Case& test : cases) {
        const std::string key = normalize_invalidation_key(test.text);
        EXPECT_EQ(key, test.expected);
        EXPECT_EQ(normalize_invalidation_key(key), key);
    }
}

}  // namespace
}  // namespace tarn::cdn
