// The policy parts of resolve(): documents to values.  Private to common/cdn.

#pragma once

#include "common/cdn/distribution.h"
#include "common/xml/node.h"

#include <string>

namespace tarn::cdn {

CachePolicy cache_policy_of(std::string id, const xml::Node& config);
// What a legacy behavior (ForwardedValues and TTLs) amounts to: its cache policy, and the origin
// request policy that forwards the same values, since legacy settings do not tell these apart.
CachePolicy legacy_cache_policy(const xml::Node& behavior);
OriginRequestPolicy legacy_origin_request(const xml::Node& behavior);
OriginRequestPolicy origin_request_policy_of(std::string id, const xml::Node& config);
ResponseHeadersPolicy response_headers_policy_of(std::string id, const xml::Node& config);

}  // namespace tarn::cdn
