// What this edge knows from the log: distributions, invalidations, the lease.
//
// Records are applied by one thread (the follower's loop); the loops read their own snapshot.

#pragma once

#include "common/base/clock.h"
#include "common/cdn/log_record.h"
#include "common/net/loops.h"
#include "edge/cache/engine.h"
#include "edge/control/snapshot.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::edge {

class EdgeState {
  public:
    // All must outlive the state.  clock may be null: then clock records are ignored.
    EdgeState(net::Loops& loops, Engine& engine, SystemClock* clock);

    // ---- the loops ----

    // The snapshot of the loop that calls.
    const std::shared_ptr<const Snapshot>& snapshot(std::size_t loop) const {
        return slots_[loop].snapshot;
    }
    // Whether the log was followed to its end once: before that nothing is served.
    bool is_ready() const { return ready_.load(std::memory_order_acquire); }
    // With --fence: whether the lease has run out, so that nothing stored may be served.
    bool is_fenced() const;

    // ---- the follower ----

    // Applies a record.  Invalidations act at once; changes of distributions act with publish().
    void apply(const cdn::LogRecord& record);
    // Hands the distributions to every loop; done is called, on some loop, once all have them.
    void publish(const std::function<void()>& done);
    // Adds or replaces one distribution, without a record.
    void add(ActiveDistribution distribution);
    // As publish(), before the loops run.
    void publish_now();
    void set_ready() { ready_.store(true, std::memory_order_release); }
    void set_fence(bool fence) { fence_ = fence; }
    // An acknowledgement that was sent at that boot time was accepted: the lease runs from then.
    void renew_lease(std::int64_t sent_ms);
    // Forgets everything: the log no longer holds what we missed.
    void reset();
    std::uint64_t dropped_count() const { return dropped_.load(); }

    // ---- housekeeping ----

    // Removes dead entries of one shard of the cache; with the last shard, forgets the rules that
    // nothing can fall under any more.
    void sweep_shard(std::size_t shard);

  private:
    struct alignas(64) Slot {
        std::shared_ptr<const Snapshot> snapshot = std::make_shared<const Snapshot>();
    };
    std::shared_ptr<const Snapshot> build() const;
    void apply_distribution(const cdn::LogRecord& record);

    net::Loops& loops_;
    Engine& engine_;
    SystemClock* clock_;
    std::map<std::string, ActiveDistribution, std::less<>> distributions_;  // follower only
    std::vector<Slot> slots_;
    std::atomic<bool> ready_{false};
    std::atomic<std::int64_t> lease_until_ms_{0};
    std::atomic<std::uint64_t> dropped_{0};
    bool fence_ = false;
    std::int64_t clock_offset_ms_ = 0;
    std::uint64_t sweep_sequence_ = 0;
    std::uint64_t sweep_oldest_stamp_ = 0;
};

// CLOCK_BOOTTIME in milliseconds: it goes on while the machine sleeps, as the server's lease does.
std::int64_t boot_time_ms();

}  // namespace tarn::edge
