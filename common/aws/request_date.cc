#include "common/aws/request_date.h"

#include "common/base/time_text.h"

#include <optional>
#include <string>

namespace tarn::aws {
namespace {

// An HTTP date, or one of RFC 5322 in UTC: "Sun, 22 Nov 2026 09:02:36 -0000" is what Python's
// email.utils.formatdate() makes, and so what botocore signs where its caller has set Date.
std::optional<WallTime> parse_signing_date(std::string_view text) {
    constexpr std::size_t kZoneLength = std::string_view(" +0000").size();
    if (!text.ends_with(" +0000") && !text.ends_with(" -0000")) return parse_http_date(text);
    return parse_http_date(std::string(text.substr(0, text.size() - kZoneLength)) + " GMT");
}

}  // namespace

Result<RequestDate, AuthError> read_request_date(const http::Fields& fields) {
    RequestDate date{.text = fields.get(fields.has("x-amz-date") ? "x-amz-date" : "date")};
    auto time = parse_amz_date(date.text);
    date.is_amz_form = time.has_value();
    if (!time) time = parse_signing_date(date.text);
    if (!time || time->time_since_epoch().count() < 0) {
        return fail(auth_error(AuthFault::MissingDate));
    }
    date.time = *time;
    return date;
}

}  // namespace tarn::aws
