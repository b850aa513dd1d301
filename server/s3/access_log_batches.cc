#include "server/s3/access_log_batches.h"

#include <utility>

namespace tarn::s3 {

void AccessLogBatches::add(const AccessLogEntry& entry, WallTime now) {
    const LoggingRules& rules = *entry.source->logging;
    const auto day = rules.key_format == LogKeyFormat::PartitionedByEventTime
                         ? std::chrono::floor<std::chrono::days>(entry.time)
                         : std::chrono::sys_days{};
    const Name name{entry.source->record.id, day};
    auto at = open_.find(name);
    if (at != open_.end() && at->second.rules() != rules) {
        closed_.push_back(std::move(at->second));
        open_.erase(at);
        at = open_.end();
    }
    if (at == open_.end()) {
        at = open_
                 .emplace(name,
                          AccessLogBatch{.source = entry.source, .began = now, .event = entry.time})
                 .first;
    }
    AccessLogBatch& batch = at->second;
    batch.text += entry.line;
    ++batch.line_count;
    batch.cost += entry.cost();
    if (batch.text.size() < max_object_bytes_) return;
    closed_.push_back(std::move(batch));
    open_.erase(at);
}

// A clock that was set back must not keep records for longer.
bool AccessLogBatches::is_due(const AccessLogBatch& batch, WallTime now) const {
    return now >= batch.began + interval_ || now < batch.began;
}

std::vector<AccessLogBatch> AccessLogBatches::take_due(WallTime now) {
    for (auto at = open_.begin(); at != open_.end();) {
        if (!is_due(at->second, now)) {
            ++at;
            continue;
        }
        closed_.push_back(std::move(at->second));
        at = open_.erase(at);
    }
    return std::exchange(closed_, {});
}

std::vector<AccessLogBatch> AccessLogBatches::take_all() {
    for (auto& [name, batch] : open_)
        closed_.push_back(std::move(batch));
    open_.clear();
    return std::exchange(closed_, {});
}

}  // namespace tarn::s3
