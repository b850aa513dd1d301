// Cross-origin resource sharing: the rules of a bucket, and which of them a request matches.
//
// A preflight is answered without authentication; an actual request is served in any case, and its
// answer carries the fields that let the browser's script see it only where a rule matches.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
// https://fetch.spec.whatwg.org/#http-cors-protocol

#pragma once

#include "common/http/head.h"
#include "common/http/head_builder.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::s3 {

struct CorsRule {
    std::vector<std::string> origins;  // each with at most one '*'
    std::vector<std::string> methods;
    std::vector<std::string> headers;  // lower case, each with at most one '*'
    std::vector<std::string> exposed;
    std::string max_age_seconds;  // empty: none
};
using CorsRules = std::vector<CorsRule>;

// The rules of a stored CORSConfiguration; null where it is empty.
std::shared_ptr<const CorsRules> parse_cors(std::string_view document);

// What a request says about itself.  Views of its head.
struct CorsRequest {
    std::string_view origin;  // empty: none, and CORS does not concern it
    std::string_view method;  // that of Access-Control-Request-Method, else the request's own
    std::string_view requested_headers;  // Access-Control-Request-Headers
};
CorsRequest cors_request(const http::RequestHead& head);

// The first rule that allows the request; null: none.  Pure.
const CorsRule* match_cors(const CorsRules& rules, const CorsRequest& request);

// The fields that an answer to a matching request carries.
void add_cors_fields(http::HeadBuilder& head, const CorsRule& rule, const CorsRequest& request);

bool is_cors_method(std::string_view method);

}  // namespace tarn::s3
