// The moment at which a request says it was signed, of the header forms of both signature versions.

#pragma once

#include "common/aws/auth_error.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/http/head.h"

#include <string_view>

namespace tarn::aws {

struct RequestDate {
    std::string_view text;  // as sent
    WallTime time;
    bool is_amz_form = false;  // "20060203T164509Z"
};

// x-amz-date wins over Date, also where it is empty.  Error: MissingDate.
Result<RequestDate, AuthError> read_request_date(const http::Fields& fields);

}  // namespace tarn::aws
