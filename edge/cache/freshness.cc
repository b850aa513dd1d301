// Freshness, the CloudFront way.
//
// A cache may repeat an answer while it is *fresh*.  HTTP (RFC 9111, section 4.2) lets the origin
// say for how long: Cache-Control: s-maxage for shared caches such as this one, else max-age, else
// Expires minus Date.  CloudFront puts a fence around the origin's word: each cache policy has a
// MinTTL, a DefaultTTL and a MaxTTL (Developer Guide, "Manage how long content stays in the
// cache").
//
//   the origin says            MinTTL = 0                       MinTTL > 0
//   -------------------------  -------------------------------  --------------------------------
//   s-maxage, max-age          at most MaxTTL                   between MinTTL and MaxTTL
//   Expires                    at most MaxTTL; past = 0         between MinTTL and MaxTTL
//   nothing                    DefaultTTL                       DefaultTTL, at least MinTTL
//   no-cache, no-store,        obeyed                           kept for MinTTL: the origin loses
//   private
//
// Three things surprise people:
//
//   * MaxTTL and DefaultTTL never act together.  MaxTTL limits what the origin says, DefaultTTL
//     stands in where it says nothing.
//   * Zero is not "absent".  MinTTL 0 obeys no-store; MinTTL 1 (CachingOptimized!) keeps an answer
//     marked no-store for a second.
//   * The table is about the edge only.  The origin's header lines reach the browser unchanged, so
//   a
//     browser goes by them, whatever the policy made of them here.
//
// What is no longer fresh is *stale*, and often still useful:
//
//   stale-while-revalidate=n   n more seconds it is served while one background request renews it
//   stale-if-error=n           n more seconds it is served where the origin fails (5xx,
//   unreachable) (neither)                  on a failing origin CloudFront still serves it:
//   stale-if-error=0 is how
//                              an origin forbids that
//
// Both windows end MaxTTL after the answer arrived.  must-revalidate forbids every stale answer.
//
// Errors have their own clock.  A failing origin should not be asked again by each viewer, so
// certain errors are kept for ErrorCachingMinTTL (10 s unless configured), or longer where they
// carry a max-age; others only where they carry one.
//
// Where AWS is silent we chose, after RFC 9111: an Age header of the origin shortens what remains
// (section 4.2.3), but not below MinTTL; no-cache alone is kept and asked about each time, which is
// what makes a RefreshHit; Set-Cookie alone does not prevent storing.  The age is taken from the
// Age header only, not from Date: origin and edge may run on different clocks (`tarn clock`).

#include "edge/cache/freshness.h"

#include "common/base/text.h"
#include "common/base/time_text.h"
#include "common/http/cache_control.h"

#include <algorithm>
#include <array>

namespace tarn::edge {
namespace {

using std::chrono::seconds;

// What happens to an error status (Developer Guide, "How CloudFront caches HTTP 4xx and 5xx").
enum class ErrorCaching : std::uint8_t { Always, WithMaxAge };
struct ErrorRow {
    int status;
    ErrorCaching caching;
};
constexpr ErrorRow kErrorRows[] = {
    {400, ErrorCaching::WithMaxAge}, {403, ErrorCaching::WithMaxAge}, {404, ErrorCaching::Always},
    {405, ErrorCaching::WithMaxAge}, {412, ErrorCaching::WithMaxAge}, {414, ErrorCaching::Always},
    {415, ErrorCaching::WithMaxAge}, {500, ErrorCaching::Always},     {501, ErrorCaching::Always},
    {502, ErrorCaching::Always},     {503, ErrorCaching::Always},     {504, ErrorCaching::Always},
};

// An Age beyond 2^31 seconds counts as that (RFC 9111, section 1.2.2).
constexpr std::uint64_t kMaxAgeSeconds = std::uint64_t{1} << 31;

// The statuses below 400 that are kept.  206 is kept as parts of its 200.
constexpr int kKeptStatuses[] = {200, 203, 204, 206, 300, 301, 302, 303, 307, 308};

Freshness not_stored(TtlRule rule) {
    return Freshness{.rule = rule, .storable = false};
}

Freshness decide_error(int status, const OriginDirectives& directives, bool s3_origin,
                       seconds error_caching_min_ttl) {
    const auto row = std::find_if(std::begin(kErrorRows), std::end(kErrorRows),
                                  [&](const ErrorRow& r) { return r.status == status; });
    if (row == std::end(kErrorRows)) return not_stored(TtlRule::ErrorNotCached);
    // S3 answers 501 to a header that it does not implement: it speaks of one viewer's request, not
    // of the object.  Unlike CloudFront, which keeps it unless it forbids reuse, we never do.
    if (status == 501 && s3_origin) return not_stored(TtlRule::ErrorNotCached);
    const auto stated = directives.s_maxage ? directives.s_maxage : directives.max_age;
    if (row->caching == ErrorCaching::WithMaxAge && !stated) {
        return not_stored(TtlRule::ErrorNotCached);
    }
    Freshness freshness{.rule = TtlRule::ErrorMinTtl, .storable = true};
    freshness.lifetime = error_caching_min_ttl;
    if (stated && *stated > error_caching_min_ttl) {
        freshness.rule = TtlRule::ErrorMaxAge;
        freshness.lifetime = *stated;
    }
    freshness.remaining = freshness.lifetime;
    return freshness;
}

// The lifetime that the origin states, before the policy's bounds.
struct Stated {
    TtlRule rule;
    seconds value;
};
std::optional<Stated> stated_lifetime(const OriginDirectives& directives) {
    if (directives.s_maxage) return Stated{TtlRule::SMaxAge, *directives.s_maxage};
    if (directives.max_age) return Stated{TtlRule::MaxAge, *directives.max_age};
    if (directives.expires_in) return Stated{TtlRule::Expires, *directives.expires_in};
    return std::nullopt;
}

void apply_lifetime(const cdn::CachePolicy& policy, const OriginDirectives& directives,
                    Freshness& freshness) {
    if (directives.forbids_reuse()) {
        freshness.rule =
            policy.min_ttl > seconds(0) ? TtlRule::MinTtlOverForbidden : TtlRule::RevalidateAlways;
        freshness.lifetime = policy.min_ttl;
        freshness.remaining = policy.min_ttl;
        return;
    }
    const auto stated = stated_lifetime(directives);
    if (!stated) {
        freshness.rule = TtlRule::DefaultTtl;
        freshness.lifetime = std::max(policy.default_ttl, policy.min_ttl);
        if (policy.default_ttl < policy.min_ttl) freshness.bound = TtlBound::RaisedToMinTtl;
        freshness.remaining = freshness.lifetime;
        return;
    }
    freshness.rule = stated->rule;
    freshness.lifetime = stated->value;
    if (freshness.lifetime > policy.max_ttl) {
        freshness.lifetime = policy.max_ttl;
        freshness.bound = TtlBound::CappedToMaxTtl;
    }
    if (freshness.lifetime < policy.min_ttl) {
        freshness.lifetime = policy.min_ttl;
        freshness.bound = TtlBound::RaisedToMinTtl;
    }
    freshness.remaining =
        std::max({freshness.lifetime - directives.age, policy.min_ttl, seconds(0)});
}

// The stale windows, counted from the end of freshness.
void apply_stale_windows(const cdn::CachePolicy& policy, const OriginDirectives& directives,
                         Freshness& freshness) {
    if (directives.must_revalidate) return;
    // "After the maximum TTL duration, the stale object won't be available from the edge cache."
    const seconds until_max = std::max(policy.max_ttl - freshness.remaining, seconds(0));
    if (directives.stale_while_revalidate) {
        freshness.stale_while_revalidate =
            std::min({*directives.stale_while_revalidate, policy.max_ttl, until_max});
    }
    freshness.stale_if_error = kUnlimited;
    if (directives.stale_if_error) {
        freshness.stale_if_error =
            std::min({*directives.stale_if_error, policy.max_ttl, until_max});
    }
}

std::optional<seconds> expires_in(const http::Fields& fields, WallTime now) {
    const auto expires = fields.find("Expires");
    if (!expires) return std::nullopt;
    const auto until = parse_http_date(*expires);
    if (!until) return seconds(0);
    const auto date = parse_http_date(fields.get("Date")).value_or(now);
    return std::max(std::chrono::floor<seconds>(*until - date), seconds(0));
}

}  // namespace

std::string_view to_text(TtlRule rule) {
    constexpr std::array<std::string_view, 12> kTexts = {
        "s-maxage",
        "max-age",
        "Expires",
        "DefaultTTL",
        "MinTTL over no-cache, no-store or private",
        "no-cache: revalidated each time",
        "no-store or private: not stored",
        "ErrorCachingMinTTL",
        "max-age of an error",
        "error that is cached only with max-age",
        "status that is not cached",
        "caching disabled by the policy",
    };
    return kTexts[static_cast<std::size_t>(rule)];
}

std::string_view to_text(TtlBound bound) {
    constexpr std::array<std::string_view, 3> kTexts = {"", "raised to MinTTL", "capped to MaxTTL"};
    return kTexts[static_cast<std::size_t>(bound)];
}

Freshness decide_freshness(const cdn::CachePolicy& policy, int status,
                           const OriginDirectives& directives, bool s3_origin,
                           seconds error_caching_min_ttl) {
    if (policy.caching_disabled) return not_stored(TtlRule::CachingDisabled);
    if (status >= 400) return decide_error(status, directives, s3_origin, error_caching_min_ttl);
    if (std::find(std::begin(kKeptStatuses), std::end(kKeptStatuses), status) ==
        std::end(kKeptStatuses)) {
        return not_stored(TtlRule::StatusNotCached);
    }
    if ((directives.no_store || directives.is_private) && policy.min_ttl == seconds(0)) {
        return not_stored(TtlRule::Forbidden);
    }
    Freshness freshness{.storable = true};
    apply_lifetime(policy, directives, freshness);
    // Vary: * without a MinTTL: stored, but each request goes to the origin.
    if (directives.vary_star && policy.min_ttl == seconds(0)) {
        freshness.rule = TtlRule::RevalidateAlways;
        freshness.lifetime = freshness.remaining = seconds(0);
    }
    apply_stale_windows(policy, directives, freshness);
    return freshness;
}

Lifetime lifetime_from(const Freshness& freshness, seconds initial_age, WallTime response_time) {
    const WallTime fresh_until = response_time + freshness.remaining;
    return Lifetime{.response_time = response_time,
                    .initial_age = initial_age,
                    .fresh_until = fresh_until,
                    .stale_revalidate_until = fresh_until + freshness.stale_while_revalidate,
                    .stale_error_until = fresh_until + freshness.stale_if_error};
}

FreshnessState state_at(const Lifetime& lifetime, WallTime now) {
    if (now < lifetime.fresh_until) return FreshnessState::Fresh;
    if (now < lifetime.stale_revalidate_until) return FreshnessState::StaleWhileRevalidate;
    return FreshnessState::Stale;
}

bool usable_on_error(const Lifetime& lifetime, WallTime now) {
    return now < lifetime.stale_error_until;
}

seconds age_at(const Lifetime& lifetime, WallTime now) {
    const auto resident = std::chrono::floor<seconds>(now - lifetime.response_time);
    return lifetime.initial_age + std::max(resident, seconds(0));
}

OriginDirectives read_directives(const http::Fields& fields, WallTime now) {
    OriginDirectives out;
    const http::CacheControl control = http::parse_cache_control(fields);
    out.s_maxage = control.s_maxage;
    out.max_age = control.max_age;
    // A lifetime that is no number counts as none at all (RFC 9111, section 4.2.1).
    if (control.has_invalid_lifetime && !out.s_maxage && !out.max_age) out.max_age = seconds(0);
    out.stale_while_revalidate = control.stale_while_revalidate;
    out.stale_if_error = control.stale_if_error;
    out.no_cache = control.no_cache;
    out.no_store = control.no_store;
    out.is_private = control.private_;
    out.must_revalidate = control.must_revalidate || control.proxy_revalidate;
    out.no_cache_set_cookie =
        std::any_of(control.no_cache_fields.begin(), control.no_cache_fields.end(),
                    [](std::string_view name) { return iequals(name, "set-cookie"); });
    out.vary_star = trim(fields.get("Vary")) == "*";
    const auto age = parse_uint(trim(fields.get("Age")));
    if (age) out.age = seconds(std::min<std::uint64_t>(*age, kMaxAgeSeconds));
    out.expires_in = expires_in(fields, now);
    return out;
}

}  // namespace tarn::edge
