// A fast 128-bit hash for cache keys.  Not cryptographic: a random seed per process keeps viewers
// from choosing colliding keys, and a lookup compares the whole key anyway.

#pragma once

#include <cstdint>
#include <string_view>

namespace tarn::edge {

struct KeyHash {
    std::uint64_t high = 0;  // picks the shard
    std::uint64_t low = 0;   // picks the bucket
    friend bool operator==(const KeyHash&, const KeyHash&) = default;
};

KeyHash hash_key(std::string_view key);

}  // namespace tarn::edge
