// The cache key: what makes two requests the same to the cache.  Pure; the essay is in
// cache_key.cc.

#pragma once

#include "common/cdn/distribution.h"
#include "common/http/head.h"
#include "edge/origin/selection.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::edge {

// GET and HEAD share one key.  An answer to HEAD, which has no body to give, has its own.
enum class KeyMethod : std::uint8_t { Get, HeadOnly, Options };

struct KeyInputs {
    std::string_view distribution_id;
    std::uint64_t config_epoch = 0;
    const cdn::CachePolicy& policy;
    const http::Fields& fields;
    std::string_view path;   // raw, after the default root object was put in
    std::string_view query;  // raw
    KeyMethod method = KeyMethod::Get;
    AcceptEncoding accept_encoding;
    const ViewerFacts& facts;
};

// Where in the key's text the part is that invalidations are compared with: the path, and '?' and
// the query as far as it is in the key; raw.
struct InvalidationPart {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
};

// Writes the key into out, whose storage is reused.
InvalidationPart write_cache_key(const KeyInputs& inputs, std::string& out);

// The key for people: what is in it, and what the request carried that is not.
struct KeyExplanation {
    std::vector<std::pair<std::string, std::string>> parts;  // {"query", "a=1"}, {"header", "…"}
    std::vector<std::string> dropped;  // "query utm", "cookie sid", "header …"
};
KeyExplanation explain_key(const KeyInputs& inputs);

}  // namespace tarn::edge
