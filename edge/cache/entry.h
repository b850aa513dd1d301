// A stored answer of the origin.  Immutable once built and shared between loops; what changes
// (which chunks are here, notes for the lookup) is thread-safe by itself.

#pragma once

#include "common/base/clock.h"
#include "edge/cache/cache_key.h"
#include "edge/cache/chunked_body.h"
#include "edge/cache/freshness.h"
#include "edge/cache/hash.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::edge {

// Bodies up to this size lie in one piece beside the entry's text.
inline constexpr std::size_t kInlineBodyBytes = 64 * 1024;

struct EntityTag {
    std::string_view value;  // without quotes; empty if there is none
    bool weak = false;
};

enum class EntryKind : std::uint8_t {
    Response,
    // Not an answer: the last one could not be kept, so requests go to the origin side by side
    // instead of queueing for an answer that they cannot share (cloudfront.md 6.3).
    UncacheableMarker,
};

// What an entry is made of; views are copied.
struct EntryParts {
    EntryKind kind = EntryKind::Response;
    std::string_view key;
    InvalidationPart invalidation_part;
    int status = 200;
    std::string_view head_lines;  // "Name: value\r\n"…: the origin's as the viewer shall see them
    EntityTag etag;
    std::optional<WallTime> last_modified;
    std::string_view body;                // up to kInlineBodyBytes, or
    std::shared_ptr<ChunkedBody> chunks;  // this
    std::vector<std::string> tags;        // lower case
    std::uint64_t stamp = 0;  // the invalidation sequence known when the origin was asked
    Lifetime lifetime;
    TtlRule ttl_rule = TtlRule::DefaultTtl;
    TtlBound ttl_bound = TtlBound::None;
    std::chrono::seconds ttl{0};
    bool vary_star = false;  // revalidate without conditions
};

class Entry {
  public:
    explicit Entry(EntryParts parts);

    EntryKind kind() const { return kind_; }
    const KeyHash& hash() const { return hash_; }
    std::string_view key() const { return {text_.get(), key_length_}; }
    // The key part that invalidations name, in the form of cdn::normalize_invalidation_key.
    std::string_view invalidation_key() const {
        return {text_.get() + invalidation_offset_, invalidation_length_};
    }
    std::string_view head_lines() const { return {text_.get() + head_offset_, head_length_}; }
    EntityTag etag() const { return {{text_.get() + etag_offset_, etag_length_}, etag_weak_}; }
    std::optional<WallTime> last_modified() const;
    int status() const { return status_; }
    bool is_error() const { return status_ >= 400; }
    // An error of the edge's own (the origin could not be asked): its page is written for each
    // viewer.
    bool is_edge_made() const { return is_error() && head_length_ == 0; }

    // The whole body in one piece, if it is.
    bool has_inline_body() const { return chunks_ == nullptr; }
    std::string_view inline_body() const { return {text_.get() + body_offset_, body_length_}; }
    const std::shared_ptr<ChunkedBody>& chunks() const { return chunks_; }
    std::optional<std::uint64_t> body_size() const;
    bool complete() const { return has_inline_body() || chunks_->complete(); }

    std::span<const std::string> tags() const { return tags_; }
    std::uint64_t stamp() const { return stamp_; }
    const Lifetime& lifetime() const { return lifetime_; }
    TtlRule ttl_rule() const { return ttl_rule_; }
    TtlBound ttl_bound() const { return ttl_bound_; }
    std::chrono::seconds ttl() const { return ttl_; }
    bool vary_star() const { return vary_star_; }
    // What the entry costs the cache, in bytes of memory.
    std::size_t charge() const;

    // ---- notes of the lookup; any thread ----

    // The newest invalidation sequence for which this entry is known to be alive.
    std::uint64_t checked_sequence() const { return checked_.load(std::memory_order_relaxed); }
    void set_checked_sequence(std::uint64_t sequence) const {
        checked_.store(sequence, std::memory_order_relaxed);
    }
    // Stale, but the origin failed just now: served without asking again until then.
    WallTime held_until() const {
        return WallTime(std::chrono::milliseconds(held_until_.load(std::memory_order_relaxed)));
    }
    void hold_until(WallTime until) const {
        held_until_.store(until.time_since_epoch().count(), std::memory_order_relaxed);
    }

    // The parts for a copy with other head lines, lifetime or stamp; views into this entry.
    EntryParts parts() const;

  private:
    std::unique_ptr<char[]> text_;  // key, invalidation key if it differs, head lines, body
    KeyHash hash_;
    std::uint32_t key_length_ = 0;
    std::uint32_t invalidation_offset_ = 0;
    std::uint32_t invalidation_length_ = 0;
    std::uint32_t head_offset_ = 0;
    std::uint32_t head_length_ = 0;
    std::uint32_t etag_offset_ = 0;
    std::uint32_t body_offset_ = 0;
    std::uint32_t body_length_ = 0;
    InvalidationPart invalidation_part_;
    std::uint16_t etag_length_ = 0;
    std::uint16_t status_ = 0;
    EntryKind kind_;
    TtlRule ttl_rule_;
    TtlBound ttl_bound_;
    bool etag_weak_ = false;
    bool vary_star_ = false;
    bool has_last_modified_ = false;
    WallTime last_modified_;
    std::chrono::seconds ttl_{0};
    Lifetime lifetime_;
    std::uint64_t stamp_ = 0;
    std::vector<std::string> tags_;
    std::shared_ptr<ChunkedBody> chunks_;
    mutable std::atomic<std::uint64_t> checked_{0};
    mutable std::atomic<std::int64_t> held_until_{0};
};

using EntryPtr = std::shared_ptr<const Entry>;

}  // namespace tarn::edge
