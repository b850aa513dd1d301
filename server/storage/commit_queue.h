// The committer thread: takes all waiting batches at once and hands them on as groups, so that one
// synced write serves everyone who waited while the previous one was under way.

#pragma once

#include "server/storage/metadata_store.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace tarn::storage {

struct PendingCommit {
    Batch batch;
    std::function<void(CommitResult)> done;
    CommitResult result = 0;
};

// What the committer thread calls; never from two threads at once.
class CommitGroupHandler {
  public:
    virtual ~CommitGroupHandler() = default;
    // Decides every batch of the group, in order, makes the accepted ones durable together and sets
    // each result.
    virtual void commit_group(std::span<PendingCommit> group) = 0;
    // Called when kQuietTime has passed without a commit after some.
    virtual void quiet() = 0;
};

// submit() is thread-safe.
class CommitQueue {
  public:
    static constexpr std::size_t kGroupBatchMax = 1024;
    // Bounds how long a small commit waits behind large ones, and the memory of the write.
    static constexpr std::size_t kGroupByteMax = 4u << 20;
    static constexpr std::chrono::milliseconds kQuietTime{100};

    explicit CommitQueue(CommitGroupHandler& handler);
    // Commits what was submitted, then stops.
    ~CommitQueue();
    CommitQueue(const CommitQueue&) = delete;
    CommitQueue& operator=(const CommitQueue&) = delete;

    void submit(Batch batch, std::function<void(CommitResult)> done);

  private:
    void run();
    // Waits for batches and takes all of them; false when there are none and none will come.
    bool take(std::vector<PendingCommit>& taken);
    void commit(std::span<PendingCommit> taken);

    CommitGroupHandler& handler_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::vector<PendingCommit> waiting_;
    bool idle_ = false;  // the thread waits for arrived_
    bool stopping_ = false;
    bool quiet_due_ = false;  // committer thread only
    std::thread thread_;
};

}  // namespace tarn::storage
