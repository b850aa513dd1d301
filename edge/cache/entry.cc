#include "edge/cache/entry.h"

#include "common/base/check.h"
#include "common/cdn/invalidation_path.h"

#include <cstring>
#include <utility>

namespace tarn::edge {
namespace {

// Bytes that a heap block costs beside what was asked for, and the cache's node for an entry.
constexpr std::size_t kAllocationOverhead = 16;
constexpr std::size_t kNodeBytes = 64;

}  // namespace

Entry::Entry(EntryParts parts)
    : hash_(hash_key(parts.key)),
      invalidation_part_(parts.invalidation_part),
      kind_(parts.kind),
      ttl_rule_(parts.ttl_rule),
      ttl_bound_(parts.ttl_bound),
      etag_weak_(parts.etag.weak),
      vary_star_(parts.vary_star),
      has_last_modified_(parts.last_modified.has_value()),
      last_modified_(parts.last_modified.value_or(WallTime{})),
      ttl_(parts.ttl),
      lifetime_(parts.lifetime),
      stamp_(parts.stamp),
      tags_(std::move(parts.tags)),
      chunks_(std::move(parts.chunks)) {
    CHECK(parts.body.size() <= kInlineBodyBytes);
    const std::string_view raw =
        parts.key.substr(invalidation_part_.offset, invalidation_part_.length);
    const std::string normalised = cdn::normalize_invalidation_key(raw);
    const bool as_in_key = normalised == raw;
    // The ETag is in the head lines already; it gets room of its own only if it is not.
    const std::size_t etag_in_head = parts.head_lines.find(parts.etag.value);
    const bool etag_apart = etag_in_head == std::string_view::npos;

    text_ = std::make_unique_for_overwrite<char[]>(
        parts.key.size() + (as_in_key ? 0 : normalised.size()) + parts.head_lines.size() +
        (etag_apart ? parts.etag.value.size() : 0) + parts.body.size() + 1);
    std::uint32_t end = 0;
    const auto append = [&](std::string_view bytes) {
        if (!bytes.empty()) std::memcpy(text_.get() + end, bytes.data(), bytes.size());
        return std::exchange(end, end + static_cast<std::uint32_t>(bytes.size()));
    };
    append(parts.key);
    key_length_ = static_cast<std::uint32_t>(parts.key.size());
    invalidation_offset_ = as_in_key ? invalidation_part_.offset : append(normalised);
    invalidation_length_ = static_cast<std::uint32_t>(normalised.size());
    head_offset_ = append(parts.head_lines);
    head_length_ = static_cast<std::uint32_t>(parts.head_lines.size());
    etag_offset_ = etag_apart ? append(parts.etag.value)
                              : head_offset_ + static_cast<std::uint32_t>(etag_in_head);
    etag_length_ = static_cast<std::uint16_t>(parts.etag.value.size());
    body_offset_ = append(parts.body);
    body_length_ = static_cast<std::uint32_t>(parts.body.size());
    status_ = static_cast<std::uint16_t>(parts.status);
}

std::optional<WallTime> Entry::last_modified() const {
    if (!has_last_modified_) return std::nullopt;
    return last_modified_;
}

std::optional<std::uint64_t> Entry::body_size() const {
    if (has_inline_body()) return body_length_;
    return chunks_->size();
}

std::size_t Entry::charge() const {
    std::size_t bytes =
        sizeof(Entry) + 2 * kAllocationOverhead + kNodeBytes + body_offset_ + body_length_;
    for (const std::string& tag : tags_)
        bytes += sizeof(std::string) + tag.capacity();
    if (chunks_) bytes += sizeof(ChunkedBody) + chunks_->allocated_bytes();
    return bytes;
}

EntryParts Entry::parts() const {
    return EntryParts{.kind = kind_,
                      .key = key(),
                      .invalidation_part = invalidation_part_,
                      .status = status_,
                      .head_lines = head_lines(),
                      .etag = etag(),
                      .last_modified = last_modified(),
                      .body = inline_body(),
                      .chunks = chunks_,
                      .tags = tags_,
                      .stamp = stamp_,
                      .lifetime = lifetime_,
                      .ttl_rule = ttl_rule_,
                      .ttl_bound = ttl_bound_,
                      .ttl = ttl_,
                      .vary_star = vary_star_};
}

}  // namespace tarn::edge
