// The ordered log that edges follow (DESIGN 3.9, cloudfront.md 6.4-6.5), one JSON object a line.
//
// The server serves it on its admin port to holders of the edge token (Authorization: Bearer …):
//
//   GET  /_ctl/log?from=SEQ&edge=ID&boot=ID&pop=POP
//        200, chunked application/x-ndjson: every record with sequence > SEQ in order, then new
//        ones as they come, and a Heartbeat record at least once a second.  The answer's header
//        X-Tarn-Log names the log; an edge may send it back as log=NAME when it reconnects.
//        410 where SEQ is older than what the log still holds, or is of another log (the server's
//        data was reset): the edge drops its cache and asks again from 0.  It then receives a
//        snapshot: the newest record of every distribution, the newest ClockOffset, and a Heartbeat
//        with the current sequence, which it acknowledges.
//   POST /_ctl/ack    {"edge":"…","boot":"…","applied":SEQ,"dropped":N}   -> 204
//        410 where the server does not know this edge and boot: it registers by GET /_ctl/log.
//   POST /_ctl/goodbye {"edge":"…","boot":"…"}   -> 204.  No invalidation waits for it any more.
//
// An edge applies a record before it acknowledges it: every lookup that begins after the ack sees
// it. It acknowledges at once after applying records, and on every Heartbeat also without progress:
// the ack, not the stream, renews its lease.  (Heartbeats wait in the socket's buffer while a
// process is stopped; a lease renewed by reading them would look fresh to an edge that is seconds
// behind.)  On the edge's side the lease runs kEdgeLease from the moment it *sent* an ack that was
// answered 204; on the server's kServerLease from the moment it received it, so the edge's ends
// first.

#pragma once

#include "common/base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::cdn {

inline constexpr std::chrono::seconds kEdgeLease{4};
inline constexpr std::chrono::seconds kServerLease{5};

struct LogRecord {
    enum class Type : std::uint8_t {
        Distribution,
        DistributionDeleted,
        Invalidation,
        ClockOffset,
        Heartbeat
    };
    Type type = Type::Heartbeat;
    std::uint64_t sequence = 0;  // for Heartbeat: the newest sequence there is
    std::string distribution_id;
    // Distribution: the DistributionConfig document and what it refers to, self-contained.
    std::string config_xml;
    // <CachePolicy>, <OriginRequestPolicy>, <ResponseHeadersPolicy>, <OriginAccessControl>,
    // <KeyGroup> and <PublicKey> documents, each with its Id.
    std::vector<std::string> policy_xml;
    std::string arn;
    std::vector<std::pair<std::string, std::string>> tags;
    std::uint64_t config_epoch = 0;
    std::string signing_key_id;
    std::string signing_secret;
    // Invalidation
    std::string invalidation_id;
    std::vector<std::string> paths;  // as in the API: "/a", "/b*", "#tag"
    // ClockOffset
    std::int64_t clock_offset_ms = 0;
};

std::string write_log_record(const LogRecord& record);  // one line, with its '\n'
enum class LogRecordError : std::uint8_t { Malformed };
Result<LogRecord, LogRecordError> read_log_record(std::string_view line);

}  // namespace tarn::cdn
