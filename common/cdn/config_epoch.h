// A number that changes exactly when the definition of the cache key changes.

#pragma once

#include "common/cdn/distribution.h"

#include <cstdint>

namespace tarn::cdn {

// Cached entries of another epoch were stored under another key definition and cannot be used; a
// change of anything else (a comment, an origin, a TTL) keeps them, as CloudFront does.  Going back
// to an earlier definition gives the earlier number.
std::uint64_t config_epoch_of(const Distribution& distribution);

}  // namespace tarn::cdn
