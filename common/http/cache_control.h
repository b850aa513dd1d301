// The Cache-Control field of a response (RFC 9111, section 5.2.2; RFC 5861; RFC 8246).

#pragma once

#include "common/http/head.h"

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace tarn::http {

// Unknown directives are skipped.  A directive that is there twice counts as first said (RFC 9111,
// section 4.2.1).
struct CacheControl {
    std::optional<std::chrono::seconds> max_age;
    std::optional<std::chrono::seconds> s_maxage;
    std::optional<std::chrono::seconds> stale_while_revalidate;
    std::optional<std::chrono::seconds> stale_if_error;
    bool no_cache = false;  // without field names
    bool no_store = false;
    bool private_ = false;  // also where it names fields: the whole response stays out
    bool public_ = false;
    bool must_revalidate = false;
    bool proxy_revalidate = false;
    bool must_understand = false;
    bool no_transform = false;
    bool immutable = false;
    // A max-age or s-maxage whose argument is no number.  It is not set above; RFC 9111, section
    // 4.2.1, encourages caches to take such a response for stale.
    bool has_invalid_lifetime = false;
    // The fields of no-cache="Set-Cookie, …": to be left out when a stored response is reused.
    std::vector<std::string_view> no_cache_fields;
};

// What a number too large becomes (RFC 9111, section 1.2.2).
inline constexpr std::chrono::seconds kMaxDeltaSeconds{std::int64_t{1} << 31};

// The views in the result point into value.
CacheControl parse_cache_control(std::string_view value);
// All lines of that name together; the name is Cache-Control, or one of RFC 9213
// (CDN-Cache-Control).
CacheControl parse_cache_control(const Fields& fields, std::string_view name = "Cache-Control");

}  // namespace tarn::http
