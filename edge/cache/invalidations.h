// What invalidations of one distribution mean for stored answers and for those on their way.
//
// An entry carries a *stamp*: the log sequence that this edge had applied when it asked the origin.
// An invalidation carries its own sequence.  The entry is dead where an invalidation that covers it
// is newer than its stamp.  So an answer that was asked for before the invalidation and arrives
// after it is dead on arrival, which is the race that removal by walking the cache always loses.

#pragma once

#include "common/cdn/invalidation_rules.h"
#include "edge/cache/entry.h"

#include <atomic>
#include <cstdint>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>

namespace tarn::edge {

// Thread-safe.
class Invalidations {
  public:
    // path as in the API, valid.  When it returns, every lookup that begins sees it.
    void add(std::uint64_t sequence, std::string_view path);
    // Whether an invalidation newer than its stamp covers the entry.  Nearly free where none came
    // since the last look at it.
    bool covers(const Entry& entry) const;
    cdn::InvalidationMatch newest_match(std::string_view invalidation_key,
                                        std::span<const std::string> tags) const;
    // Forgets rules that no entry can fall under any more.
    void drop_up_to(std::uint64_t sequence);
    std::size_t rule_count() const;

  private:
    mutable std::shared_mutex mutex_;
    cdn::InvalidationRules rules_;
    std::atomic<std::uint64_t> newest_{0};
};

}  // namespace tarn::edge
