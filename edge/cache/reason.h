// Why an answer is what it is: a closed list, for traces, tests and lessons (cloudfront.md 6.8).

#pragma once

#include <cstdint>
#include <string_view>

namespace tarn::edge {

enum class Reason : std::uint8_t {
    HitFresh,
    HitStaleRevalidate,  // within stale-while-revalidate; a background request renews it
    HitStaleError,       // the origin failed, the old answer is served
    HitCollapsed,        // followed another viewer's request
    HitNegative,         // a stored error
    Refresh304,          // the origin said that the stored answer is still good
    Refresh200,          // asked whether it is, the origin sent a new one
    MissCold,            // never seen, or long forgotten
    MissEvicted,         // was here, had to make room
    MissInvalidatedPath,
    MissInvalidatedPrefix,
    MissInvalidatedAll,
    MissInvalidatedTag,
    MissExpired,    // stale, and without a validator to ask by
    MissRangePart,  // the object is here in part, not these bytes
    PassMethod,
    PassPolicy,           // caching is disabled
    PassUncacheableMark,  // the last answer could not be kept
    PassUncacheable,      // this answer could not be kept
    PassAuthorization,    // depends on an Authorization header that is not in the key
    PassLeaseLost,        // --fence: cut off from the log
    PassTooLarge,
    Redirected,
    RefusedHost,
    RefusedDisabled,
    RefusedLoop,
    RefusedProtocol,
    RefusedMethod,
    RefusedBody,
    RefusedPrivate,
    RefusedHead,    // malformed or too large
    RefusedUpload,  // the request's body: malformed, cut off or too slow
    NotReady,       // no configuration yet
    OriginFailed,
};

struct ReasonRow {
    std::string_view code;
    std::string_view text;
};
const ReasonRow& reason_row(Reason reason);

}  // namespace tarn::edge
