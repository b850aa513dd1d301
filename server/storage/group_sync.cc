#include "server/storage/group_sync.h"

namespace tarn::storage {

Result<void, StoreError> GroupSync::run() {
    std::unique_lock lock(mutex_);
    const std::uint64_t needed = begun_ + 1;
    while (ended_ < needed && !failure_) {
        if (begun_ > ended_) {
            finished_.wait(lock);
            continue;
        }
        ++begun_;
        lock.unlock();
        const auto result = sync_();
        lock.lock();
        ++ended_;
        if (!result) failure_ = result.error();
        finished_.notify_all();
    }
    if (failure_) return fail(*failure_);
    return {};
}

}  // namespace tarn::storage
