// The head that the viewer sees.  Pure.
//
// Stored lines are the origin's, edited once on their way into the cache (stored_head.h).  What is
// added for each answer: the response headers policy, and the edge's own lines, by which a viewer
// can tell what the cache did: X-Cache, Age, Via, X-Amz-Cf-Pop, X-Amz-Cf-Id, and, beyond
// CloudFront, Cache-Status (RFC 9211), which says why.

#pragma once

#include "common/cdn/distribution.h"
#include "common/http/byte_range.h"
#include "common/http/head.h"
#include "common/http/head_builder.h"
#include "edge/cache/engine.h"
#include "edge/viewer/admission.h"
#include "edge/viewer/request_id.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::edge {

// Which edge answers.  Built once.
struct EdgeIdentity {
    std::string pop;          // "FRA50-P1"
    std::string via;          // "1.1 <32 hex digits>.cloudfront.net (CloudFront)"
    std::string fixed_lines;  // Via and X-Amz-Cf-Pop
};
EdgeIdentity make_identity(std::string pop, std::string_view host_hex);

// What the edge's own lines say.
struct AnswerNotes {
    Reason reason = Reason::MissCold;
    CacheResult result = CacheResult::Miss;
    std::optional<std::chrono::seconds> age;       // on hits
    std::optional<std::chrono::seconds> ttl_left;  // of a stored answer; negative if stale
    int forward_status = 0;                        // the origin's answer to this request
    bool stored = false;
    bool collapsed = false;
};
std::string_view x_cache_word(CacheResult result);  // "Hit from cloudfront"
void append_edge_lines(http::HeadBuilder& head, const EdgeIdentity& identity, const RequestId& id,
                       const AnswerNotes& notes);
// The value of Cache-Status for this cache.
std::string cache_status(const EdgeIdentity& identity, const AnswerNotes& notes);
// The value of Server-Timing under a policy that asks for it.
std::string server_timing(const EdgeIdentity& identity, const RequestId& id,
                          const AnswerNotes& notes);

// How a response headers policy meets a request.
struct PolicyContext {
    const cdn::ResponseHeadersPolicy* policy = nullptr;  // null: lines go as they are
    std::string_view origin;                             // the request's Origin
    bool has_origin = false;
    bool is_preflight = false;
};
PolicyContext policy_context(const cdn::CacheBehavior& behavior, const http::RequestHead& request,
                             const HeaderScan& scan);
// Appends stored lines as the policy wants them.
void append_with_policy(http::HeadBuilder& head, std::string_view lines,
                        const PolicyContext& context);

// Which answer a stored response gives to a request: all of it, a part, or only that nothing
// changed.
struct Selection {
    int status = 200;
    std::optional<http::ByteRange> part;  // for 206
};
Selection select_answer(const Entry& entry, const http::RequestHead& request,
                        const HeaderScan& scan, WallTime now);
// A 304 carries the stored lines without those of the body (RFC 9110, section 15.4.5).
std::string lines_of_not_modified(std::string_view lines);

}  // namespace tarn::edge
