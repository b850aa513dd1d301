// A request to the control API and its answer, without HTTP's machinery.

#pragma once

#include "server/auth/identity.h"
#include "server/cloudfront/error.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::cloudfront {

struct ApiRequest {
    std::string_view method;
    std::string_view target;  // path and query as received: "/2020-05-31/distribution?WithTags"
    std::optional<std::string_view> if_match;
    std::string_view body;
};

// A change that the edges have still to acknowledge before the answer says Deployed or Completed.
struct Pending {
    std::uint64_t sequence = 0;
    // The body with the status of the moment.  Blocks.
    std::function<Result<std::string, Error>()> render_again;
};

struct ApiResponse {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;  // ETag, Location
    std::string body;                                          // XML, or empty
    std::optional<Pending> pending;
};

using ApiResult = Result<ApiResponse, Error>;

}  // namespace tarn::cloudfront
