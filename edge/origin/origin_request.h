// The request that the origin sees.  Pure; the essay on the rules is at the top of
// origin_request.cc.

#pragma once

#include "common/cdn/distribution.h"
#include "common/http/head.h"
#include "edge/origin/selection.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::edge {

// What a viewer's request gives to the origin's.
struct OriginRequestInputs {
    const cdn::CacheBehavior& behavior;
    const http::Fields& fields;  // the viewer's
    http::Method method = http::Method::Get;
    std::string_view method_text;
    std::string_view path;   // raw, after the default root object was put in
    std::string_view query;  // raw
    std::string_view viewer_host;
    AcceptEncoding accept_encoding;
    ViewerFacts facts;
    std::string_view request_id;  // X-Amz-Cf-Id
    std::string_view via;         // "1.1 <id>.cloudfront.net (CloudFront)"
    // Whether the answer may be kept.  Then the edge alone asks with Range and If-*; a request that
    // passes through carries the viewer's.
    bool cacheable = true;
};

using FieldList = std::vector<std::pair<std::string, std::string>>;

// The request less what depends on the origin that is tried: Host, path prefix, custom headers and
// signature.  Owns its strings: a fill outlives the viewer's request.
struct OriginRequest {
    http::Method method = http::Method::Get;
    std::string method_text;
    std::string path;                   // the viewer's
    std::string query;                  // what the policies let through
    FieldList fields;                   // without Host
    FieldList unnamed_aws_fields;       // X-Amz-* that no policy names: not for buckets
    std::string viewer_host;            // set where a policy forwards Host
    bool viewer_authorization = false;  // fields carries the viewer's Authorization
};
OriginRequest make_origin_request(const OriginRequestInputs& inputs);

// Whether an origin is asked in the S3 API's way: by S3OriginConfig or by its domain name, but not
// the website endpoint of a bucket.
bool is_bucket(const cdn::Origin& origin);
// The fields for one origin: the request's with the origin's custom headers, which replace the
// viewer's of the same name.  Names that would change the framing or the routing are left out.
// Views of both.
std::vector<http::Field> fields_for_origin(const OriginRequest& request, const cdn::Origin& origin);
// "/prefix/path?query".
std::string target_for_origin(const OriginRequest& request, const cdn::Origin& origin);

// Whether the answer depends on the viewer's Authorization without its being in the cache key: then
// it must not be kept for others (RFC 9111, section 3.5).
bool forwards_unkeyed_authorization(const cdn::CacheBehavior& behavior, const http::Fields& fields);

// How many distributions a request has passed (Via lines of ours).
int distributions_passed(const http::Fields& fields);
inline constexpr int kMaxDistributionsPassed = 2;

}  // namespace tarn::edge
