#include "server/storage/commit_queue.h"

#include "common/observe/metrics.h"

#include <utility>

namespace tarn::storage {
namespace {

std::size_t bytes_of(const Batch& batch) {
    std::size_t bytes = 0;
    for (const Mutation& mutation : batch.mutations) {
        bytes += mutation.key.size() + mutation.value.size();
    }
    return bytes;
}

}  // namespace

CommitQueue::CommitQueue(CommitGroupHandler& handler)
    : handler_(handler), thread_([this] { run(); }) {}

CommitQueue::~CommitQueue() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    arrived_.notify_one();
    thread_.join();
}

void CommitQueue::submit(Batch batch, std::function<void(CommitResult)> done) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back({.batch = std::move(batch), .done = std::move(done)});
        wake = std::exchange(idle_, false);
    }
    // A wake-up costs the submitter a system call: only where the thread sleeps.
    if (wake) arrived_.notify_one();
}

void CommitQueue::run() {
    std::vector<PendingCommit> taken;
    while (take(taken)) {
        commit(taken);
        taken.clear();
    }
    if (quiet_due_) handler_.quiet();
}

bool CommitQueue::take(std::vector<PendingCommit>& taken) {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return !waiting_.empty() || stopping_; };
    if (!ready() && quiet_due_) {
        idle_ = true;
        if (!arrived_.wait_for(lock, kQuietTime, ready)) {
            quiet_due_ = false;
            lock.unlock();
            handler_.quiet();
            lock.lock();
        }
    }
    while (!ready()) {
        idle_ = true;
        arrived_.wait(lock);
    }
    idle_ = false;
    taken.swap(waiting_);
    return !taken.empty();
}

void CommitQueue::commit(std::span<PendingCommit> taken) {
    constexpr double kSizes[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
    static Histogram& sizes = histogram("tarn_commit_group_batches",
                                        "Batches that were committed together, by group.", kSizes);
    quiet_due_ = true;
    while (!taken.empty()) {
        std::size_t count = 0;
        std::size_t bytes = 0;
        while (count < taken.size() && count < kGroupBatchMax && bytes < kGroupByteMax) {
            bytes += bytes_of(taken[count].batch);
            ++count;
        }
        const auto group = taken.first(count);
        sizes.observe(static_cast<double>(count));
        handler_.commit_group(group);
        for (PendingCommit& commit : group) {
            commit.done(commit.result);
            commit = {};  // frees its memory before the next group is built
        }
        taken = taken.subspan(count);
    }
}

}  // namespace tarn::storage
