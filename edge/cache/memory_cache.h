// The memory tier: entries by key, within a byte budget.
//
// Eviction is S3-FIFO (Yang et al., SOSP 2023): a newcomer waits in a small queue, a tenth of the
// budget; most objects are asked for once only, and leave from there without having pushed anything
// out.  Who was asked for again moves on to the main queue, where each pass lets it stay once more
// for each recent use.  A ghost list of hashes remembers who left the small queue lately: such an
// object goes straight to the main queue when it comes back.  Unlike LRU a hit moves nothing: it
// counts.
//
// The table is split into shards, each with its mutex, but the queues' order is one: every node
// knows when it was queued, and the oldest over all shards goes first, so one large object in a
// shard is treated as anywhere else.
//
// Thread-safe.

#pragma once

#include "edge/cache/entry.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace tarn::edge {

class MemoryCache {
  public:
    explicit MemoryCache(std::size_t budget_bytes);
    ~MemoryCache();

    // The entry of that key; null if there is none.  Counts as a use.
    EntryPtr find(const KeyHash& hash, std::string_view key);
    // Stores an entry in place of any of the same key, unless that one was asked for later (has a
    // greater stamp).  Evicts until the budget is kept.  False if it was not stored.
    bool put(EntryPtr entry);
    // Removes this entry, if it is still the one stored.
    bool remove(const Entry& entry);
    // To be called after an entry's body grew: charges it anew.
    void recharge(const Entry& entry);
    // Whether an entry of that hash was evicted lately.
    bool was_evicted(const KeyHash& hash) const;

    // Visits every entry of one shard under its lock; removes those for which visit returns false.
    // visit must not call the cache.
    std::size_t sweep_shard(std::size_t shard, const std::function<bool(const Entry&)>& visit);
    static constexpr std::size_t kShardCount = 64;

    // The largest object worth keeping.
    std::size_t max_object_bytes() const { return budget_ / 4; }

    struct Stats {
        std::size_t entry_count = 0;
        std::size_t used_bytes = 0;
        std::uint64_t evicted_count = 0;
    };
    Stats stats() const;

  private:
    struct Shard;
    enum class Queue : std::uint8_t { Small, Main };

    Shard& shard_of(const KeyHash& hash) const;
    void evict_to_budget();
    bool evict_one(Queue queue);

    std::size_t budget_;
    std::atomic<std::size_t> used_{0};
    std::atomic<std::size_t> small_used_{0};
    std::atomic<std::uint64_t> tick_{0};
    std::atomic<std::uint64_t> evicted_{0};
    std::array<std::unique_ptr<Shard>, kShardCount> shards_;
};

}  // namespace tarn::edge
