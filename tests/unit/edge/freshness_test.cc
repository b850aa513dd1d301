#include "edge/cache/freshness.h"

#include <gtest/gtest.h>

namespace tarn::edge {
namespace {

using std::chrono::seconds;

const WallTime kNow{seconds(1'700'000'000)};  // Tue, 14 Nov 2023 22:13:20 GMT

cdn::CachePolicy policy(int min, int def, int max) {
    return {
        .id = "p", .min_ttl = seconds(min), .default_ttl = seconds(def), .max_ttl = seconds(max)};
}

using Headers = std::vector<http::Field>;

OriginDirectives directives_of(const Headers& headers) {
    http::Fields fields;
    for (const http::Field& field : headers)
        fields.add(field.name, field.value);
    return read_directives(fields, kNow);
}

struct TtlCase {
    const char* name;
    cdn::CachePolicy policy;
    Headers headers;
    TtlRule rule;
    TtlBound bound;
    bool storable;
    int ttl;
    int remaining;
};

std::string case_name(const testing::TestParamInfo<TtlCase>& param) {
    return param.param.name;
}

class TtlTableTest : public testing::TestWithParam<TtlCase> {};

TEST_P(TtlTableTest, GivesTheLifetimeAndTheRuleThatWon) {
    const TtlCase& c = GetParam();
    const Freshness freshness =
        decide_freshness(c.policy, 200, directives_of(c.headers), false, seconds(10));
    EXPECT_EQ(freshness.rule, c.rule) << to_text(freshness.rule);
    EXPECT_EQ(freshness.bound, c.bound) << to_text(freshness.bound);
    EXPECT_EQ(freshness.storable, c.storable);
    EXPECT_EQ(freshness.lifetime, seconds(c.ttl));
    EXPECT_EQ(freshness.remaining, seconds(c.remaining));
}

constexpr auto kNone = TtlBound::None;
constexpr auto kRaised = TtlBound::RaisedToMinTtl;
constexpr auto kCapped = TtlBound::CappedToMaxTtl;
constexpr std::string_view kDate = "Tue, 14 Nov 2023 22:13:20 GMT";
constexpr std::string_view kInAMinute = "Tue, 14 Nov 2023 22:14:20 GMT";
constexpr std::string_view kAMinuteAgo = "Tue, 14 Nov 2023 22:12:20 GMT";

const TtlCase kTable[] = {
    // MinTTL = 0: the origin is obeyed, up to MaxTTL.
    {"MaxAge",
     policy(0, 50, 100),
     {{"Cache-Control", "max-age=70"}},
     TtlRule::MaxAge,
     kNone,
     true,
     70,
     70},
    {"MaxAgeZero",
     policy(0, 50, 100),
     {{"Cache-Control", "max-age=0"}},
     TtlRule::MaxAge,
     kNone,
     true,
     0,
     0},
    {"MaxAgeAboveMaxTtl",
     policy(0, 50, 100),
     {{"Cache-Control", "max-age=101"}},
     TtlRule::MaxAge,
     kCapped,
     true,
     100,
     100},
    {"SMaxAgeBeforeMaxAge",
     policy(0, 50, 100),
     {{"Cache-Control", "max-age=70, s-maxage=20"}},
     TtlRule::SMaxAge,
     kNone,
     true,
     20,
     20},
    {"SMaxAgeZeroIsNotAbsent",
     policy(0, 50, 100),
     {{"Cache-Control", "max-age=70, s-maxage=0"}},
     TtlRule::SMaxAge,
     kNone,
     true,
     0,
     0},
    {"InvalidMaxAgeIsZero",
     policy(0, 50, 100),
     {{"Cache-Control", "max-age=x"}},
     TtlRule::MaxAge,
     kNone,
     true,
     0,
     0},
    {"Expires",
     policy(0, 50, 100),
     {{"Date", kDate}, {"Expires", kInAMinute}},
     TtlRule::Expires,
     kNone,
     true,
     60,
     60},
    {"ExpiresWithoutDate",
     policy(0, 50, 100),
     {{"Expires", kInAMinute}},
     TtlRule::Expires,
     kNone,
     true,
     60,
     60},
    {"ExpiresInThePast",
     policy(0, 50, 100),
     {{"Date", kDate}, {"Expires", kAMinuteAgo}},
     TtlRule::Expires,
     kNone,
     true,
     0,
     0},
    {"ExpiresIsNoDate",
     policy(0, 50, 100),
     {{"Expires", "0"}},
     TtlRule::Expires,
     kNone,
     true,
     0,
     0},
    {"MaxAgeBeforeExpires",
     policy(0, 50, 100),
     {{"Cache-Control", "max-age=5"}, {"Expires", kInAMinute}},
     TtlRule::MaxAge,
     kNone,
     true,
     5,
     5},
    {"NothingSaid", policy(0, 50, 100), {}, TtlRule::DefaultTtl, kNone, true, 50, 50},
    // DefaultTTL is no bound, and MaxTTL does not bound it.
    {"DefaultAboveMax", policy(0, 500, 100), {}, TtlRule::DefaultTtl, kNone, true, 500, 500},
    {"DefaultZero", policy(0, 0, 100), {}, TtlRule::DefaultTtl, kNone, true, 0, 0},
    {"NoStore",
     policy(0, 50, 100),
     {{"Cache-Control", "no-store"}},
     TtlRule::Forbidden,
     kNone,
     false,
     0,
     0},
    {"Private",
     policy(0, 50, 100),
     {{"Cache-Control", "private, max-age=60"}},
     TtlRule::Forbidden,
     kNone,
     false,
     0,
     0},
    {"NoCache",
     policy(0, 50, 100),
     {{"Cache-Control", "no-cache, max-age=60"}},
     TtlRule::RevalidateAlways,
     kNone,
     true,
     0,
     0},
    {"NoCacheOfAFieldIsNotNoCache",
     policy(0, 50, 100),
     {{"Cache-Control", "no-cache=\"Set-Cookie\", max-age=60"}},
     TtlRule::MaxAge,
     kNone,
     true,
     60,
     60},
    {"VaryStar",
     policy(0, 50, 100),
     {{"Cache-Control", "max-age=60"}, {"Vary", "*"}},
     TtlRule::RevalidateAlways,
     kNone,
     true,
     0,
     0},
    // MinTTL > 0: it wins over everything.
    {"MinRaisesMaxAge",
     policy(30, 50, 100),
     {{"Cache-Control", "max-age=5"}},
     TtlRule::MaxAge,
     kRaised,
     true,
     30,
     30},
    {"MinRaisesMaxAgeZero",
     policy(30, 50, 100),
     {{"Cache-Control", "max-age=0"}},
     TtlRule::MaxAge,
     kRaised,
     true,
     30,
     30},
    {"MinRaisesPastExpires",
     policy(30, 50, 100),
     {{"Expires", "0"}},
     TtlRule::Expires,
     kRaised,
     true,
     30,
     30},
    {"MinRaisesDefault", policy(60, 50, 100), {}, TtlRule::DefaultTtl, kRaised, true, 60, 60},
    {"MinBeatsNoStore",
     policy(30, 50, 100),
     {{"Cache-Control", "no-store"}},
     TtlRule::MinTtlOverForbidden,
     kNone,
     true,
     30,
     30},
    {"MinBeatsPrivate",
     policy(30, 50, 100),
     {{"Cache-Control", "private"}},
     TtlRule::MinTtlOverForbidden,
     kNone,
     true,
     30,
     30},
    {"MinBeatsNoCacheEvenWithMaxAge",
     policy(30, 50, 100),
     {{"Cache-Control", "no-cache, max-age=90"}},
     TtlRule::MinTtlOverForbidden,
     kNone,
     true,
     30,
     30},
    {"MinBeatsVaryStar",
     policy(30, 50, 100),
     {{"Vary", "*"}},
     TtlRule::DefaultTtl,
     kNone,
     true,
     50,
     50},
    // The age an answer arrives with shortens what is left, but not below MinTTL.
    {"AgeShortens",
     policy(0, 50, 100),
     {{"Cache-Control", "max-age=70"}, {"Age", "20"}},
     TtlRule::MaxAge,
     kNone,
     true,
     70,
     50},
    {"AgeBeyondLifetime",
     policy(0, 50, 100),
     {{"Cache-Control", "max-age=70"}, {"Age", "71"}},
     TtlRule::MaxAge,
     kNone,
     true,
     70,
     0},
    {"AgeNotBelowMinTtl",
     policy(30, 50, 100),
     {{"Cache-Control", "max-age=70"}, {"Age", "60"}},
     TtlRule::MaxAge,
     kNone,
     true,
     70,
     30},
    {"MalformedAgeIsNone",
     policy(0, 50, 100),
     {{"Cache-Control", "max-age=70"}, {"Age", "-5"}},
     TtlRule::MaxAge,
     kNone,
     true,
     70,
     70},
};
INSTANTIATE_TEST_SUITE_P(Table, TtlTableTest, testing::ValuesIn(kTable), case_name);

TEST(FreshnessTest, ADisabledPolicyStoresNothing) {
    cdn::CachePolicy disabled = policy(0, 0, 0);
    disabled.caching_disabled = true;
    const auto freshness = decide_freshness(
        disabled, 200, directives_of({{"Cache-Control", "max-age=60"}}), false, seconds(10));
    EXPECT_FALSE(freshness.storable);
    EXPECT_EQ(freshness.rule, TtlRule::CachingDisabled);
}

struct ErrorCase {
    int status;
    const char* cache_control;
    int error_min_ttl;
    bool storable;
    int ttl;
};

TEST(FreshnessTest, ErrorsHaveTheirOwnTable) {
    const ErrorCase cases[] = {
        {404, "", 10, true, 10},
        {404, "max-age=3", 10, true, 10},
        {404, "max-age=30", 10, true, 30},
        {404, "s-maxage=40, max-age=30", 10, true, 40},
        {404, "", 0, true, 0},
        {500, "", 10, true, 10},
        {501, "", 10, true, 10},
        {502, "", 10, true, 10},
        {503, "", 10, true, 10},
        {504, "", 10, true, 10},
        {414, "", 10, true, 10},
        {400, "", 10, false, 0},
        {400, "max-age=20", 10, true, 20},
        {403, "", 10, false, 0},
        {403, "max-age=1", 10, true, 10},
        {405, "", 10, false, 0},
        {412, "", 10, false, 0},
        {415, "", 10, false, 0},
        {401, "max-age=20", 10, false, 0},
        {429, "max-age=20", 10, false, 0},
        {431, "max-age=20", 10, false, 0},
    };
    for (const ErrorCase& c : cases) {
        const auto freshness = decide_freshness(policy(0, 50, 100), c.status,
                                                directives_of({{"Cache-Control", c.cache_control}}),
                                                false, seconds(c.error_min_ttl));
        EXPECT_EQ(freshness.storable, c.storable) << c.status << " " << c.cache_control;
        EXPECT_EQ(freshness.lifetime, seconds(c.ttl)) << c.status << " " << c.cache_control;
    }
}

TEST(FreshnessTest, AnS3NotImplementedIsNeverStored) {
    for (const char* control : {"", "no-store", "max-age=60"}) {
        const auto directives = directives_of({{"Cache-Control", control}});
        EXPECT_FALSE(
            decide_freshness(policy(30, 50, 100), 501, directives, true, seconds(10)).storable);
        EXPECT_TRUE(
            decide_freshness(policy(30, 50, 100), 501, directives, false, seconds(10)).storable);
    }
    EXPECT_TRUE(decide_freshness(policy(30, 50, 100), 500, {}, true, seconds(10)).storable);
}

TEST(FreshnessTest, RedirectsAreStoredAndInformationIsNot) {
    const auto none = directives_of({});
    for (const int status : {200, 204, 300, 301, 302, 307, 308}) {
        EXPECT_TRUE(
            decide_freshness(policy(0, 50, 100), status, none, false, seconds(10)).storable);
    }
    for (const int status : {201, 304, 205}) {
        EXPECT_FALSE(
            decide_freshness(policy(0, 50, 100), status, none, false, seconds(10)).storable);
    }
}

struct StaleCase {
    const char* cache_control;
    int revalidate;
    int error;
};

TEST(FreshnessTest, StaleWindowsEndAtMaxTtl) {
    const int for_ever = static_cast<int>(kUnlimited.count() / 1000);
    const StaleCase cases[] = {
        {"max-age=60", 0, for_ever},
        {"max-age=60, stale-while-revalidate=5", 5, for_ever},
        {"max-age=60, stale-while-revalidate=500", 40, for_ever},  // 60 + 40 = MaxTTL
        {"max-age=100, stale-while-revalidate=5", 0, for_ever},
        {"max-age=60, stale-if-error=7", 0, 7},
        {"max-age=60, stale-if-error=0", 0, 0},
        {"max-age=60, stale-if-error=500", 0, 40},
        {"max-age=60, stale-while-revalidate=5, must-revalidate", 0, 0},
        {"max-age=60, stale-if-error=5, proxy-revalidate", 0, 0},
    };
    for (const StaleCase& c : cases) {
        const auto freshness = decide_freshness(policy(0, 50, 100), 200,
                                                directives_of({{"Cache-Control", c.cache_control}}),
                                                false, seconds(10));
        EXPECT_EQ(freshness.stale_while_revalidate, seconds(c.revalidate)) << c.cache_control;
        EXPECT_EQ(std::min(freshness.stale_if_error, seconds(for_ever)), seconds(c.error))
            << c.cache_control;
    }
}

TEST(FreshnessTest, StatesChangeAtTheirSecond) {
    Freshness freshness{.storable = true, .remaining = seconds(10)};
    freshness.stale_while_revalidate = seconds(5);
    freshness.stale_if_error = seconds(20);
    const Lifetime lifetime = lifetime_from(freshness, seconds(3), kNow);
    using std::chrono::milliseconds;
    EXPECT_EQ(state_at(lifetime, kNow + milliseconds(9'999)), FreshnessState::Fresh);
    EXPECT_EQ(state_at(lifetime, kNow + seconds(10)), FreshnessState::StaleWhileRevalidate);
    EXPECT_EQ(state_at(lifetime, kNow + milliseconds(14'999)),
              FreshnessState::StaleWhileRevalidate);
    EXPECT_EQ(state_at(lifetime, kNow + seconds(15)), FreshnessState::Stale);
    EXPECT_TRUE(usable_on_error(lifetime, kNow + milliseconds(29'999)));
    EXPECT_FALSE(usable_on_error(lifetime, kNow + seconds(30)));
    EXPECT_EQ(age_at(lifetime, kNow), seconds(3));
    EXPECT_EQ(age_at(lifetime, kNow + milliseconds(1'999)), seconds(4));
    EXPECT_EQ(age_at(lifetime, kNow - seconds(50)), seconds(3));  // a clock set back
}

}  // namespace
}  // namespace tarn::edge
