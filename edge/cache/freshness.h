// How long an answer of the origin may be served again.
//
// All functions are pure.  The essay on the policy is at the top of freshness.cc.

#pragma once

#include "common/base/clock.h"
#include "common/cdn/distribution.h"
#include "common/http/head.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tarn::edge {

// What the origin said about caching, read from its response head.
struct OriginDirectives {
    std::optional<std::chrono::seconds> s_maxage;
    std::optional<std::chrono::seconds> max_age;
    // Expires minus Date.  Zero where Expires is in the past or is no date (RFC 9111, section 5.3).
    std::optional<std::chrono::seconds> expires_in;
    std::optional<std::chrono::seconds> stale_while_revalidate;  // RFC 5861
    std::optional<std::chrono::seconds> stale_if_error;          // RFC 5861
    std::chrono::seconds age{0};                                 // the Age header; 0 if absent
    bool no_cache = false;                                       // without field names
    bool no_cache_set_cookie = false;                            // no-cache="Set-Cookie"
    bool no_store = false;
    bool is_private = false;
    bool must_revalidate = false;  // or proxy-revalidate
    bool vary_star = false;

    bool forbids_reuse() const { return no_cache || no_store || is_private; }
};
// now stands in for a missing Date.
OriginDirectives read_directives(const http::Fields& fields, WallTime now);

// Which line of the table gave the lifetime.
enum class TtlRule : std::uint8_t {
    SMaxAge,
    MaxAge,
    Expires,
    DefaultTtl,           // the origin said nothing
    MinTtlOverForbidden,  // no-cache, no-store or private lost against MinTTL
    RevalidateAlways,     // no-cache: kept, but asked about each time
    Forbidden,            // no-store or private: not kept
    ErrorMinTtl,          // ErrorCachingMinTTL
    ErrorMaxAge,          // the origin's max-age on an error, above ErrorCachingMinTTL
    ErrorNotCached,       // an error that is kept only if the origin says for how long
    StatusNotCached,      // no status that a cache keeps
    CachingDisabled,      // the policy's three TTLs are 0, or it forwards all headers
};
std::string_view to_text(TtlRule rule);

// Which limit of the policy moved the value that the rule found.
enum class TtlBound : std::uint8_t { None, RaisedToMinTtl, CappedToMaxTtl };
std::string_view to_text(TtlBound bound);

struct Freshness {
    TtlRule rule = TtlRule::CachingDisabled;
    TtlBound bound = TtlBound::None;
    bool storable = false;
    std::chrono::seconds lifetime{0};
    std::chrono::seconds remaining{0};  // lifetime less the age it arrived with
    std::chrono::seconds stale_while_revalidate{0};
    std::chrono::seconds stale_if_error{0};
};

// As stale_if_error: as long as the cache keeps the object.
inline constexpr std::chrono::seconds kUnlimited{std::chrono::hours(24 * 365 * 100)};
inline constexpr std::chrono::seconds kDefaultErrorCachingMinTtl{10};

// error_caching_min_ttl is that of the distribution's custom error response for the status.
Freshness decide_freshness(const cdn::CachePolicy& policy, int status,
                           const OriginDirectives& directives, bool s3_origin,
                           std::chrono::seconds error_caching_min_ttl);

// The points in time that a stored answer carries.
struct Lifetime {
    WallTime response_time;  // when the head arrived
    std::chrono::seconds initial_age{0};
    WallTime fresh_until;
    WallTime stale_revalidate_until;
    WallTime stale_error_until;
};
Lifetime lifetime_from(const Freshness& freshness, std::chrono::seconds initial_age,
                       WallTime response_time);

enum class FreshnessState : std::uint8_t { Fresh, StaleWhileRevalidate, Stale };
FreshnessState state_at(const Lifetime& lifetime, WallTime now);
bool usable_on_error(const Lifetime& lifetime, WallTime now);
// The Age header's value.
std::chrono::seconds age_at(const Lifetime& lifetime, WallTime now);

}  // namespace tarn::edge
