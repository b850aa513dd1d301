// Records of server access logs on their way from the loops to whoever delivers them.
//
// Each loop adds to a list of its own, so its lock is contended only while the lists are taken,
// about once a second.  What waits is bounded: S3 promises best effort, and a server must not run
// out of memory for the sake of its logs.

#pragma once

#include "common/base/clock.h"
#include "server/s3/bucket_registry.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tarn::s3 {

inline constexpr std::size_t kMaxWaitingLogBytes = std::size_t{64} << 20;

struct AccessLogEntry {
    BucketPtr source;  // as it was when the request came; it has logging
    WallTime time;     // when the request came
    std::string line;

    std::size_t cost() const { return sizeof(AccessLogEntry) + line.size(); }
};

// Thread-safe.
class AccessLogQueue {
  public:
    explicit AccessLogQueue(std::size_t loop_count, std::size_t max_bytes = kMaxWaitingLogBytes)
        : max_bytes_(max_bytes), shards_(loop_count) {}

    // Drops the entry where too much waits already.
    void push(std::size_t loop_index, AccessLogEntry entry);
    // Everything pushed since the last call, in order within a loop.  It counts as waiting until
    // release() is told that it is gone.
    std::vector<AccessLogEntry> take();
    void release(std::size_t bytes) { waiting_bytes_ -= bytes; }
    // How many entries were dropped since the last call.
    std::size_t take_dropped() { return dropped_.exchange(0); }

  private:
    struct alignas(64) Shard {
        std::mutex mutex;
        std::vector<AccessLogEntry> entries;
    };

    const std::size_t max_bytes_;
    std::vector<Shard> shards_;
    std::atomic<std::size_t> waiting_bytes_{0};
    std::atomic<std::size_t> dropped_{0};
};

}  // namespace tarn::s3
