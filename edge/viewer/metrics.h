// Counters of the edge, per loop: written by the loop's thread, read by any.

#pragma once

#include "edge/cache/reason.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace tarn::edge {

inline constexpr std::size_t kReasonCount = static_cast<std::size_t>(Reason::OriginFailed) + 1;

class Counter {
  public:
    // One writer: no locked instruction is needed.
    void add(std::uint64_t count) {
        value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    }
    std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

struct LoopMetrics {
    std::array<Counter, kReasonCount> requests;  // by reason
    Counter body_bytes;                          // to viewers
    Counter origin_requests;
};

}  // namespace tarn::edge
