// The trace of each request: what was looked up, what was decided and why (cloudfront.md 6.8).
//
// Every request writes a record of plain data into its loop's ring, without allocating; it becomes
// JSON when somebody asks for it by X-Amz-Cf-Id.

#pragma once

#include "edge/cache/engine.h"
#include "edge/control/snapshot.h"
#include "edge/viewer/request_id.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::edge {

// Text of at most N bytes, cut off at the end.
template <std::size_t N>
class ShortText {
  public:
    void assign(std::string_view text) {
        length_ = 0;
        append(text);
    }
    void append(std::string_view text) {
        const std::size_t count = std::min(text.size(), N - length_);
        std::copy_n(text.begin(), count, bytes_.data() + length_);
        length_ = static_cast<std::uint16_t>(length_ + count);
    }
    std::string_view view() const { return {bytes_.data(), length_}; }

  private:
    std::uint16_t length_ = 0;
    std::array<char, N> bytes_;
};

// What is told of a stored answer.
struct EntryNote {
    bool present = false;
    bool is_fresh = false;
    TtlRule ttl_rule = TtlRule::DefaultTtl;
    TtlBound ttl_bound = TtlBound::None;
    std::int64_t age = 0;
    std::int64_t ttl = 0;
    std::int64_t fresh_for = 0;  // seconds left; negative if stale
    std::uint64_t stamp = 0;
};
EntryNote note_of(const Entry& entry, WallTime now);

struct TraceRecord {
    std::uint64_t number = 0;
    RequestId id;
    WallTime time;
    std::uint32_t duration_us = 0;
    Reason reason = Reason::MissCold;
    CacheResult result = CacheResult::Miss;
    std::uint16_t status = 0;
    std::uint16_t behavior_index = 0;
    bool tls = false;
    EntryNote found;   // by the lookup
    EntryNote stored;  // the answer, where another than the one found
    std::uint64_t applied_sequence = 0;
    std::uint64_t body_bytes = 0;
    // of the request
    ShortText<16> method;
    ShortText<24> distribution;
    ShortText<48> viewer;
    ShortText<64> host;
    ShortText<192> target;
    ShortText<48> accept_encoding;
    ShortText<128> header_names;  // each followed by a comma
    ShortText<64> cookies;        // as received; only the names are shown
    // of the question to the origin, if there was one
    ShortText<32> origin_id;
    ShortText<32> origin_error;
    std::uint16_t origin_status = 0;
    std::uint8_t origin_attempts = 0;
    bool origin_signed = false;
    bool origin_failed_over = false;
    bool origin_reused = false;
    std::uint32_t origin_connect_us = 0;
    std::uint32_t origin_first_byte_us = 0;
};

inline constexpr std::size_t kTraceCount = 16 * 1024;  // of the process

// One per loop; used on its thread only.
class TraceRing {
  public:
    explicit TraceRing(std::size_t size);
    // The place of the request of that number; overwrites the oldest.
    TraceRecord& begin(std::uint64_t number);
    const TraceRecord* find(std::uint64_t number, std::string_view id) const;

  private:
    std::size_t size_;
    std::vector<TraceRecord> records_;  // grows into reserved memory, which costs nothing unused
    std::uint64_t written_ = 0;
};

void note_upstream(TraceRecord& record, const UpstreamNote& note);

// The JSON of a trace.  snapshot explains the key; its distribution may be gone.
std::string trace_json(const TraceRecord& record, std::string_view pop, std::string_view edge_id,
                       const Snapshot& snapshot);

}  // namespace tarn::edge
