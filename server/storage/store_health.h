// Whether the data directory may still be written.  One for metadata and blobs together: after a
// failed sync nobody knows what is on the disk, so everything turns read-only until a restart has
// recovered what is there.

#pragma once

#include <atomic>
#include <cstdint>

namespace tarn::storage {

// Thread-safe.
class StoreHealth {
  public:
    // A write or sync failed: final.
    void fail() { failed_.store(true, std::memory_order_relaxed); }
    bool failed() const { return failed_.load(std::memory_order_relaxed); }
    // The disk is full and the engine waits for space: not final.
    void set_full(bool full) { full_.store(full, std::memory_order_relaxed); }
    bool healthy() const { return !failed() && !full_.load(std::memory_order_relaxed); }

  private:
    std::atomic<bool> failed_{false};
    std::atomic<bool> full_{false};
};

}  // namespace tarn::storage
