// Wire forms of wall time.

#pragma once

#include "common/base/clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn {

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7).
std::string format_http_date(WallTime time);
// Accepts the three forms of RFC 9110, section 5.6.7 (IMF-fixdate, RFC 850, asctime).
std::optional<WallTime> parse_http_date(std::string_view text);
// "2006-02-03T16:45:09.000Z", the form of S3's XML, with the milliseconds given.
std::string format_iso8601_ms(WallTime time);
// "2006-02-03T16:45:09Z".
std::string format_iso8601(WallTime time);
// Accepts both of the above, and offsets (+01:00).
std::optional<WallTime> parse_iso8601(std::string_view text);
// "20060203T164509Z", the form of SigV4.
std::string format_amz_date(WallTime time);
std::optional<WallTime> parse_amz_date(std::string_view text);

}  // namespace tarn
