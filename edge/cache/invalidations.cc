#include "edge/cache/invalidations.h"

#include <algorithm>
#include <mutex>

namespace tarn::edge {

void Invalidations::add(std::uint64_t sequence, std::string_view path) {
    const std::unique_lock lock(mutex_);
    rules_.add(sequence, path);
    newest_.store(std::max(newest_.load(std::memory_order_relaxed), sequence),
                  std::memory_order_release);
}

bool Invalidations::covers(const Entry& entry) const {
    const std::uint64_t newest = newest_.load(std::memory_order_acquire);
    if (newest <= entry.stamp() || newest <= entry.checked_sequence()) return false;
    {
        const std::shared_lock lock(mutex_);
        if (rules_.newest_match(entry.invalidation_key(), entry.tags()).sequence > entry.stamp()) {
            return true;
        }
    }
    entry.set_checked_sequence(newest);
    return false;
}

cdn::InvalidationMatch Invalidations::newest_match(std::string_view invalidation_key,
                                                   std::span<const std::string> tags) const {
    const std::shared_lock lock(mutex_);
    return rules_.newest_match(invalidation_key, tags);
}

void Invalidations::drop_up_to(std::uint64_t sequence) {
    const std::unique_lock lock(mutex_);
    rules_.drop_up_to(sequence);
}

std::size_t Invalidations::rule_count() const {
    const std::shared_lock lock(mutex_);
    return rules_.size();
}

}  // namespace tarn::edge
