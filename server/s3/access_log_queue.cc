#include "server/s3/access_log_queue.h"

#include <iterator>
#include <utility>

namespace tarn::s3 {

void AccessLogQueue::push(std::size_t loop_index, AccessLogEntry entry) {
    const std::size_t cost = entry.cost();
    if (waiting_bytes_.fetch_add(cost) + cost > max_bytes_) {
        waiting_bytes_ -= cost;
        ++dropped_;
        return;
    }
    Shard& shard = shards_[loop_index];
    const std::lock_guard lock(shard.mutex);
    shard.entries.push_back(std::move(entry));
}

std::vector<AccessLogEntry> AccessLogQueue::take() {
    std::vector<AccessLogEntry> taken;
    for (Shard& shard : shards_) {
        std::vector<AccessLogEntry> entries;
        {
            const std::lock_guard lock(shard.mutex);
            entries.swap(shard.entries);
        }
        taken.insert(taken.end(), std::make_move_iterator(entries.begin()),
                     std::make_move_iterator(entries.end()));
    }
    return taken;
}

}  // namespace tarn::s3
