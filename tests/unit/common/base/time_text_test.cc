#include "common/base/time_text.h"

#include "tests/unit/common/base/seed.h"

#include <ctime>
#include <random>

#include <gtest/gtest.h>

namespace tarn {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WallTime at(std::int64_t unix_seconds, std::int64_t ms = 0) {
    return WallTime(seconds(unix_seconds) + milliseconds(ms));
}

// The moment of RFC 9110's examples.
constexpr WallTime kExample = at(784'111'777);

TEST(FormatTimeTest, WritesEachForm) {
    EXPECT_EQ(format_http_date(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(format_iso8601(kExample), "1994-11-06T08:49:37Z");
    EXPECT_EQ(format_iso8601_ms(at(784'111'777, 5)), "1994-11-06T08:49:37.005Z");
    EXPECT_EQ(format_amz_date(kExample), "19941106T084937Z");
    EXPECT_EQ(format_http_date(at(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(FormatTimeTest, CutsOffMillisecondsAlsoBefore1970) {
    EXPECT_EQ(format_iso8601(at(0, 999)), "1970-01-01T00:00:00Z");
    EXPECT_EQ(format_iso8601(at(0, -1)), "1969-12-31T23:59:59Z");
    EXPECT_EQ(format_iso8601_ms(at(0, -1)), "1969-12-31T23:59:59.999Z");
}

TEST(FormatTimeTest, StaysWithinFourDigitsOfYear) {
    EXPECT_EQ(format_iso8601_ms(WallTime::max()), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(format_iso8601_ms(WallTime::min()), "0000-01-01T00:00:00.000Z");
}

// Against the C library, whose strftime knows UTC well enough in the C locale.
TEST(FormatTimeTest, AgreesWithStrftimeAndReadsItselfBack) {
    const std::uint64_t seed = test_seed();
    SCOPED_TRACE(seed_message(seed));
    std::mt19937_64 random(seed);
    std::uniform_int_distribution<std::int64_t> any_second(-5'000'000'000, 200'000'000'000);
    for (int i = 0; i < 5'000; ++i) {
        const std::time_t unix_seconds = any_second(random);
        const WallTime time = at(unix_seconds);
        std::tm parts{};
        ASSERT_NE(::gmtime_r(&unix_seconds, &parts), nullptr);
        char expected[64];
        std::strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        ASSERT_EQ(format_http_date(time), expected);
        ASSERT_EQ(parse_http_date(expected), time);
        std::strftime(expected, sizeof(expected), "%Y%m%dT%H%M%SZ", &parts);
        ASSERT_EQ(format_amz_date(time), expected);
        ASSERT_EQ(parse_amz_date(expected), time);
        ASSERT_EQ(parse_iso8601(format_iso8601(time)), time);
        const WallTime finer = time + milliseconds(random() % 1000);
        ASSERT_EQ(parse_iso8601(format_iso8601_ms(finer)), finer);
    }
}

struct ParseCase {
    std::string_view text;
    std::optional<WallTime> expected;
};

constexpr auto kNotATime = std::nullopt;

TEST(ParseHttpDateTest, ReadsTheThreeFormsOfRfc9110) {
    const ParseCase cases[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", kExample},
        {"Sunday, 06-Nov-94 08:49:37 GMT", kExample},
        {"Sun Nov  6 08:49:37 1994", kExample},
        {"Sun Nov 16 08:49:37 1994", kExample + std::chrono::days(10)},
        {"Mon, 06 Nov 1994 08:49:37 GMT", kExample},  // the weekday carries nothing
        {"Saturday, 01-Jan-00 00:00:00 GMT", at(946'684'800)},
        {"Sunday, 01-Jan-68 00:00:00 GMT", at(3'092'601'600)},
        {"Wednesday, 01-Jan-69 00:00:00 GMT", at(-31'536'000)},
        {"Sat, 31 Dec 2016 23:59:60 GMT", at(1'483'228'800)},  // a leap second
        {"Thu, 29 Feb 2024 00:00:00 GMT", at(1'709'164'800)},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(parse_http_date(text), expected) << text;
}

TEST(ParseHttpDateTest, RefusesEverythingElse) {
    const std::string_view refused[] = {
        "",
        "0",
        "-1",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun 06 Nov 1994 08:49:37 GMT",
        "sun, 06 nov 1994 08:49:37 gmt",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Thu, 29 Feb 2023 00:00:00 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Xxx, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Xxx 1994 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  6 08:49:37 1994 GMT",
    };
    for (const std::string_view text : refused)
        EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
}

TEST(ParseIso8601Test, ReadsFractionsAndOffsets) {
    const ParseCase cases[] = {
        {"1994-11-06T08:49:37Z", kExample},
        {"1994-11-06T08:49:37.000Z", kExample},
        {"1994-11-06T08:49:37.5Z", at(784'111'777, 500)},
        {"1994-11-06T08:49:37.05Z", at(784'111'777, 50)},
        {"1994-11-06T08:49:37.0059999999999999Z", at(784'111'777, 5)},
        {"1994-11-06T09:49:37+01:00", kExample},
        {"1994-11-06T03:19:37-05:30", kExample},
        {"1994-11-06T08:49:37.25+00:00", at(784'111'777, 250)},
        {"1994-11-07T00:49:37+16:00", kExample},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(parse_iso8601(text), expected) << text;
}

TEST(ParseIso8601Test, RefusesEverythingElse) {
    const std::string_view refused[] = {
        "",
        "1994-11-06",
        "1994-11-06T08:49Z",
        "1994-11-06T08:49:37",
        "1994-11-06 08:49:37Z",
        "1994-11-06T08:49:37z",
        "1994-11-06T08:49:37.Z",
        "1994-11-06T08:49:37ZZ",
        "1994-11-06T08:49:37+0100",
        "1994-11-06T08:49:37+24:00",
        "1994-11-06T08:49:37+01:60",
        "1994-11-06T08:49:37+01:00Z",
        "1994-13-06T08:49:37Z",
        "1994-00-06T08:49:37Z",
        "94-11-06T08:49:37Z",
        "+994-11-06T08:49:37Z",
        "1994-11-06T-8:49:37Z",
    };
    for (const std::string_view text : refused)
        EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
}

TEST(ParseAmzDateTest, RefusesEverythingElse) {
    EXPECT_EQ(parse_amz_date("19941106T084937Z"), kExample);
    for (const std::string_view text :
         {"", "19941106", "19941106T084937", "19941106T084937z", "19941106T084937ZZ",
          "19941106 084937Z", "19941131T084937Z", "19941106T244937Z", "1994-11-06T08:49:37Z"}) {
        EXPECT_EQ(parse_amz_date(text), kNotATime) << text;
    }
}

// Whatever single character of a date is replaced, it is refused or still means one moment.
TEST(ParseTimeTest, NeverReadsAReplacedSeparator) {
    for (const std::string_view date :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"}) {
        for (std::size_t i = 0; i < date.size(); ++i) {
            for (const char c : std::string_view("!x:~")) {
                if (date[i] == c) continue;
                std::string changed(date);
                changed[i] = c;
                EXPECT_EQ(parse_http_date(changed), std::nullopt) << changed;
                EXPECT_EQ(parse_iso8601(changed), std::nullopt) << changed;
            }
        }
    }
}

}  // namespace
}  // namespace tarn
