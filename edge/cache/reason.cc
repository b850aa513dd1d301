#include "edge/cache/reason.h"

#include <array>

namespace tarn::edge {
namespace {

// In the order of the enumerators.
constexpr std::array<ReasonRow, 34> kRows = {{
    {"HIT_FRESH", "a stored answer is fresh"},
    {"HIT_STALE_SWR", "stale, within stale-while-revalidate; renewed in the background"},
    {"HIT_STALE_ERROR", "stale, and the origin failed"},
    {"HIT_COLLAPSED", "an equal request was on its way to the origin; its answer serves both"},
    {"HIT_NEGATIVE", "a stored error, within its error caching time"},
    {"REFRESH_304", "stale; the origin confirmed it by 304"},
    {"REFRESH_200", "stale; the origin sent a new answer instead of 304"},
    {"MISS_COLD", "nothing stored under this key"},
    {"MISS_EVICTED", "stored once, evicted to make room"},
    {"MISS_INVALIDATED_PATH", "an invalidation of its path is newer than the stored answer"},
    {"MISS_INVALIDATED_PREFIX", "an invalidation of a path with * is newer than the stored answer"},
    {"MISS_INVALIDATED_ALL", "an invalidation of /* is newer than the stored answer"},
    {"MISS_INVALIDATED_TAG", "an invalidation of one of its tags is newer than the stored answer"},
    {"MISS_EXPIRED_NO_VALIDATOR", "stale, without an ETag or Last-Modified to ask by"},
    {"MISS_RANGE_PART", "stored in part, but not these bytes"},
    {"PASS_METHOD", "a method whose answers are not cached"},
    {"PASS_POLICY", "the cache policy disables caching"},
    {"PASS_UNCACHEABLE_MARK", "the last answer could not be kept; asked without queueing"},
    {"PASS_UNCACHEABLE", "the answer may not be kept"},
    {"PASS_AUTHORIZATION", "the origin sees an Authorization header that is not in the cache key"},
    {"PASS_LEASE_LOST", "cut off from the invalidation log, and --fence"},
    {"PASS_TOO_LARGE", "larger than this cache keeps"},
    {"REDIRECT_TO_HTTPS", "the viewer protocol policy redirects"},
    {"ERR_UNKNOWN_HOST", "no distribution has this host name"},
    {"ERR_DISABLED", "the distribution is disabled"},
    {"ERR_LOOP", "the request has passed too many distributions"},
    {"ERR_HTTPS_ONLY", "the viewer protocol policy wants HTTPS"},
    {"ERR_METHOD_NOT_ALLOWED", "the cache behavior does not allow the method"},
    {"ERR_BODY_ON_GET", "a GET or HEAD with a body"},
    {"ERR_NOT_SIGNED", "private content, and no valid signature"},
    {"ERR_BAD_REQUEST", "the request's head is malformed or too large"},
    {"ERR_BAD_UPLOAD", "the request's body is malformed, broke off or came too slowly"},
    {"ERR_NOT_READY", "this edge has not received its configuration yet"},
    {"ERR_ORIGIN", "the origin could not be asked"},
}};
static_assert(kRows.size() == static_cast<std::size_t>(Reason::OriginFailed) + 1);

}  // namespace

const ReasonRow& reason_row(Reason reason) {
    return kRows[static_cast<std::size_t>(reason)];
}

}  // namespace tarn::edge
