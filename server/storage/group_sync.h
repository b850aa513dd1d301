// Lets concurrent callers share one fsync.

#pragma once

#include "server/storage/metadata_store.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

namespace tarn::storage {

// Thread-safe.
class GroupSync {
  public:
    explicit GroupSync(std::function<Result<void, StoreError>()> sync) : sync_(std::move(sync)) {}

    // Returns when a sync that began after this call has ended: everyone who calls while one is
    // under way waits for the next, which one of them makes.  After a failure every call fails,
    // because a later success would say nothing about what was lost.  Blocks.
    Result<void, StoreError> run();

  private:
    std::function<Result<void, StoreError>()> sync_;
    std::mutex mutex_;
    std::condition_variable finished_;
    std::uint64_t begun_ = 0;  // syncs
    std::uint64_t ended_ = 0;
    std::optional<StoreError> failure_;
};

}  // namespace tarn::storage
