#include "common/http/cache_control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::http {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(CacheControlTest, ReadsEveryDirective) {
    const auto control = parse_cache_control(
        "max-age=1, s-maxage=2, stale-while-revalidate=3, stale-if-error=4, no-cache, no-store, "
        "private, public, must-revalidate, proxy-revalidate, must-understand, no-transform, "
        "immutable");
    EXPECT_EQ(control.max_age, seconds(1));
    EXPECT_EQ(control.s_maxage, seconds(2));
    EXPECT_EQ(control.stale_while_revalidate, seconds(3));
    EXPECT_EQ(control.stale_if_error, seconds(4));
    EXPECT_TRUE(control.no_cache);
    EXPECT_TRUE(control.no_store);
    EXPECT_TRUE(control.private_);
    EXPECT_TRUE(control.public_);
    EXPECT_TRUE(control.must_revalidate);
    EXPECT_TRUE(control.proxy_revalidate);
    EXPECT_TRUE(control.must_understand);
    EXPECT_TRUE(control.no_transform);
    EXPECT_TRUE(control.immutable);
    EXPECT_FALSE(control.has_invalid_lifetime);
}

// Each flag alone, so that no two are exchanged.
TEST(CacheControlTest, FlagsAreIndependent) {
    const std::pair<std::string_view, bool CacheControl::*> flags[] = {
        {"no-cache", &CacheControl::no_cache},
        {"no-store", &CacheControl::no_store},
        {"private", &CacheControl::private_},
        {"public", &CacheControl::public_},
        {"must-revalidate", &CacheControl::must_revalidate},
        {"proxy-revalidate", &CacheControl::proxy_revalidate},
        {"must-understand", &CacheControl::must_understand},
        {"no-transform", &CacheControl::no_transform},
        {"immutable", &CacheControl::immutable},
    };
    for (const auto& [text, expected] : flags) {
        const auto control = parse_cache_control(text);
        for (const auto& [other, member] : flags)
            EXPECT_EQ(control.*member, member == expected) << text << ", " << other;
        EXPECT_EQ(control.max_age, std::nullopt);
    }
}

TEST(CacheControlTest, ReadsMaxAge) {
    struct Case {
        std::string_view text;
        std::optional<seconds> max_age;
        bool invalid = false;
    };
    const Case cases[] = {
        {"max-age=3600", seconds(3600)},
        {"MAX-AGE=3600", seconds(3600)},
        {"max-age=\"3600\"", seconds(3600)},
        {"  max-age=3600\t", seconds(3600)},
        {"max-age=3600, public", seconds(3600)},
        {",, max-age=3600 ,", seconds(3600)},
        {"max-age=0", seconds(0)},
        {"max-age=007", seconds(7)},
        {"max-age=1, max-age=2", seconds(1)},
        {"max-age=2147483648", kMaxDeltaSeconds},
        {"max-age=2147483647", seconds(2147483647)},
        {"max-age=99999999999999999999999", kMaxDeltaSeconds},
        {"x=\"max-age=1\", max-age=2", seconds(2)},
        {"x=\"a\\\", max-age=1\", max-age=2", seconds(2)},
        {"x=\"never closed, max-age=1", std::nullopt},
        {"max-age=\"55", seconds(55)},
        {"max-age", std::nullopt, true},
        {"max-age=", std::nullopt, true},
        {"max-age=\"\"", std::nullopt, true},
        {"max-age=-1", std::nullopt, true},
        {"max-age=+1", std::nullopt, true},
        {"max-age=1.0", std::nullopt, true},
        {"max-age=1h", std::nullopt, true},
        {"max-age='1'", std::nullopt, true},
        {"max-age=1; public", std::nullopt, true},
        {"max-age=x, max-age=5", seconds(5), true},
        {"max-age =1", std::nullopt},
        {"xmax-age=1", std::nullopt},
        {"max-age2=1", std::nullopt},
        {"", std::nullopt},
        {"=", std::nullopt},
        {"=5", std::nullopt},
        {"\"max-age=1\"", std::nullopt},
    };
    for (const Case& test : cases) {
        const auto control = parse_cache_control(test.text);
        EXPECT_EQ(control.max_age, test.max_age) << test.text;
        EXPECT_EQ(control.has_invalid_lifetime, test.invalid) << test.text;
    }
}

TEST(CacheControlTest, AnInvalidStaleWindowIsNoInvalidLifetime) {
    const auto control = parse_cache_control("stale-if-error=x, stale-while-revalidate");
    EXPECT_EQ(control.stale_if_error, std::nullopt);
    EXPECT_EQ(control.stale_while_revalidate, std::nullopt);
    EXPECT_FALSE(control.has_invalid_lifetime);
}

TEST(CacheControlTest, NoCacheMayNameFields) {
    const auto named = parse_cache_control("no-cache=\"Set-Cookie, X-A\", max-age=5");
    EXPECT_FALSE(named.no_cache);
    EXPECT_THAT(named.no_cache_fields, ElementsAre("Set-Cookie", "X-A"));
    EXPECT_EQ(named.max_age, seconds(5));

    EXPECT_THAT(parse_cache_control("no-cache=Set-Cookie").no_cache_fields,
                ElementsAre("Set-Cookie"));
    EXPECT_TRUE(parse_cache_control("no-cache=\"\"").no_cache);

    for (const std::string_view text : {"no-cache=\"a\", no-cache", "no-cache, no-cache=\"a\""}) {
        const auto both = parse_cache_control(text);
        EXPECT_TRUE(both.no_cache);
        EXPECT_THAT(both.no_cache_fields, ElementsAre("a"));
    }
    EXPECT_TRUE(parse_cache_control("private=\"Set-Cookie\"").private_);
    EXPECT_THAT(parse_cache_control("no-cache").no_cache_fields, IsEmpty());
}

TEST(CacheControlTest, JoinsAllLines) {
    Fields fields;
    fields.add("Cache-Control", "max-age=5");
    fields.add("X", "no-store");
    fields.add("cache-control", "max-age=6, public");
    fields.add("CDN-Cache-Control", "max-age=7");
    const auto control = parse_cache_control(fields);
    EXPECT_EQ(control.max_age, seconds(5));
    EXPECT_TRUE(control.public_);
    EXPECT_FALSE(control.no_store);
    EXPECT_EQ(parse_cache_control(fields, "CDN-Cache-Control").max_age, seconds(7));
}

}  // namespace
}  // namespace tarn::http
