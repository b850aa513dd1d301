// Gathers records of server access logs into log objects, and decides when each is delivered.

#pragma once

#include "server/s3/access_log_queue.h"
#include "server/s3/logging_rules.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tarn::s3 {

// A log object as it grows larger than this is delivered before its time.
inline constexpr std::size_t kMaxLogObjectBytes = std::size_t{4} << 20;

// What becomes one log object.
struct AccessLogBatch {
    BucketPtr source;
    WallTime began;  // when its first record was added
    WallTime event;  // when the first of its requests came
    std::string text;
    std::size_t line_count = 0;
    std::size_t cost = 0;  // of its entries

    const LoggingRules& rules() const { return *source->logging; }
};

// Pure; not thread-safe.
class AccessLogBatches {
  public:
    // interval: how long records wait at most.
    explicit AccessLogBatches(std::chrono::milliseconds interval,
                              std::size_t max_object_bytes = kMaxLogObjectBytes)
        : interval_(interval), max_object_bytes_(max_object_bytes) {}

    void add(const AccessLogEntry& entry, WallTime now);
    // The batches whose time has come: the interval is over, the batch is full, or its bucket's
    // rules were changed since.
    std::vector<AccessLogBatch> take_due(WallTime now);
    std::vector<AccessLogBatch> take_all();

  private:
    // The source bucket's id; the day of the requests where the key names it.
    using Name = std::pair<std::uint64_t, std::chrono::sys_days>;

    bool is_due(const AccessLogBatch& batch, WallTime now) const;

    std::chrono::milliseconds interval_;
    std::size_t max_object_bytes_;
    std::map<Name, AccessLogBatch> open_;
    std::vector<AccessLogBatch> closed_;
};

}  // namespace tarn::s3
