// What becomes of a response's Vary header (cloudfront.md 2.3).  Pure.
//
// HTTP lets the origin say which request headers its answer depends on (RFC 9110, section 12.5.5),
// and caches select by it.  CloudFront does not: the cache policy alone makes the key.  It only
// edits the header that viewers see, so that it does not claim more than the cache delivers:
// Accept-Encoding, Cookie and the headers that reach the origin stay, User-Agent stays where a
// device header is forwarded, all other names go.  Vary: * is the one value that acts: see
// freshness.cc.

#pragma once

#include "common/cdn/distribution.h"

#include <string>
#include <string_view>

namespace tarn::edge {

// The value of Vary for the viewer; empty where nothing of it is left.
std::string edit_vary(const cdn::CacheBehavior& behavior, std::string_view value);

}  // namespace tarn::edge
