#include "common/aws/request_date.h"

#include "common/base/time_text.h"

#include <gtest/gtest.h>

namespace tarn::aws {
namespace {

constexpr std::string_view kHttpDate = "Sun, 22 Nov 2026 09:02:36 GMT";
const WallTime kTime = *parse_http_date(kHttpDate);

std::optional<WallTime> time_of(std::string_view name, std::string_view value) {
    http::Fields fields;
    fields.add(name, value);
    const auto date = read_request_date(fields);
    if (!date) {
        EXPECT_EQ(date.error().fault, AuthFault::MissingDate);
        return std::nullopt;
    }
    EXPECT_EQ(date->text, value);
    EXPECT_EQ(date->is_amz_form, value.ends_with("Z"));
    return date->time;
}

TEST(RequestDateTest, EitherHeaderHasAnyForm) {
    for (const std::string_view name : {"x-amz-date", "Date"}) {
        for (const std::string_view value :
             {"20261122T090236Z", "Sun, 22 Nov 2026 09:02:36 GMT",
              "Sun, 22 Nov 2026 09:02:36 +0000", "Sun, 22 Nov 2026 09:02:36 -0000"}) {
            EXPECT_EQ(time_of(name, value), kTime) << value;
        }
        for (const std::string_view value :
             {"", " -0000", "Sun, 22 Nov 2026 09:02:36 +0100", "Sun, 22 Nov 2026 09:02:36",
              "Sun, 22 Nov 2026 09:02:36 GMT +0000", "Tue, 07 Jul 1950 21:53:04 GMT", "1"}) {
            EXPECT_FALSE(time_of(name, value)) << value;
        }
    }
}

// Once "Date" was read instead.
TEST(RequestDateTest, AnEmptyAmzDateIsNoDate) {
    http::Fields fields;
    fields.add("Date", kHttpDate);
    fields.add("x-amz-date", "");
    EXPECT_FALSE(read_request_date(fields));
}

TEST(RequestDateTest, TheAmzDateWins) {
    http::Fields fields;
    fields.add("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
    fields.add("X-Amz-Date", "20261122T090236Z");
    EXPECT_EQ(read_request_date(fields)->time, kTime);
}

// An offset is no HTTP date (RFC 9110, section 5.6.7): conditions must go on ignoring it.
TEST(RequestDateTest, AnOffsetIsForSigningOnly) {
    EXPECT_FALSE(parse_http_date("Sun, 22 Nov 2026 09:02:36 -0000"));
}

}  // namespace
}  // namespace tarn::aws
