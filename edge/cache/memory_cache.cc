#include "edge/cache/memory_cache.h"

#include "common/base/check.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tarn::edge {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::uint64_t kEmptyQueue = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint8_t kMaxUses = 3;
constexpr std::size_t kSmallShare = 10;        // the small queue is a tenth of what is used
constexpr std::size_t kGhostsPerShard = 1024;  // 64 Ki in all
constexpr std::size_t kInitialBuckets = 16;

}  // namespace

struct MemoryCache::Shard {
    struct Node {
        EntryPtr entry;
        std::uint64_t low_hash = 0;
        std::uint64_t tick = 0;  // when it was queued
        std::size_t charge = 0;
        std::uint32_t chain = kNone;  // the next node in the bucket, or in the free list
        std::uint32_t older = kNone;
        std::uint32_t newer = kNone;
        std::uint8_t uses = 0;
        Queue queue = Queue::Small;
    };
    struct List {
        std::uint32_t oldest = kNone;
        std::uint32_t newest = kNone;
        std::atomic<std::uint64_t> oldest_tick{kEmptyQueue};  // read without the lock
    };

    mutable std::mutex mutex;
    std::vector<Node> nodes;
    std::uint32_t free = kNone;
    std::vector<std::uint32_t> buckets = std::vector<std::uint32_t>(kInitialBuckets, kNone);
    std::size_t count = 0;
    std::array<List, 2> lists;
    std::array<std::uint64_t, kGhostsPerShard> ghosts{};

    List& list(Queue queue) { return lists[static_cast<std::size_t>(queue)]; }
    std::uint32_t& bucket(std::uint64_t low_hash) {
        return buckets[low_hash & (buckets.size() - 1)];
    }

    std::uint32_t find(std::uint64_t low_hash, std::string_view key) {
        for (std::uint32_t i = bucket(low_hash); i != kNone; i = nodes[i].chain) {
            if (nodes[i].low_hash == low_hash && nodes[i].entry->key() == key) return i;
        }
        return kNone;
    }

    void link(std::uint32_t index, Queue queue, std::uint64_t tick) {
        Node& node = nodes[index];
        List& to = list(queue);
        node.queue = queue;
        node.tick = tick;
        node.newer = kNone;
        node.older = to.newest;
        if (to.newest != kNone) nodes[to.newest].newer = index;
        to.newest = index;
        if (to.oldest == kNone) {
            to.oldest = index;
            to.oldest_tick.store(tick, std::memory_order_relaxed);
        }
    }

    void unlink(std::uint32_t index) {
        const Node& node = nodes[index];
        List& from = list(node.queue);
        if (node.older != kNone) nodes[node.older].newer = node.newer;
        if (node.newer != kNone) nodes[node.newer].older = node.older;
        if (from.newest == index) from.newest = node.older;
        if (from.oldest == index) {
            from.oldest = node.newer;
            const std::uint64_t tick = from.oldest == kNone ? kEmptyQueue : nodes[from.oldest].tick;
            from.oldest_tick.store(tick, std::memory_order_relaxed);
        }
    }

    std::uint32_t take_node() {
        if (free == kNone) {
            nodes.emplace_back();
            return static_cast<std::uint32_t>(nodes.size() - 1);
        }
        const std::uint32_t index = free;
        free = nodes[index].chain;
        return index;
    }

    void add(EntryPtr entry, std::size_t charge, Queue queue, std::uint64_t tick) {
        if (count >= buckets.size()) grow();
        const std::uint32_t index = take_node();
        Node& node = nodes[index];
        node.low_hash = entry->hash().low;
        node.entry = std::move(entry);
        node.charge = charge;
        node.uses = 0;
        node.chain = std::exchange(bucket(node.low_hash), index);
        ++count;
        link(index, queue, tick);
    }

    // Takes a node out; its entry is returned so that it is destroyed outside the lock.
    EntryPtr erase(std::uint32_t index) {
        unlink(index);
        std::uint32_t* at = &bucket(nodes[index].low_hash);
        while (*at != index)
            at = &nodes[*at].chain;
        *at = nodes[index].chain;
        nodes[index].chain = std::exchange(free, index);
        --count;
        return std::move(nodes[index].entry);
    }

    void grow() {
        std::vector<std::uint32_t> larger(buckets.size() * 2, kNone);
        for (std::uint32_t head : buckets) {
            while (head != kNone) {
                const std::uint32_t next = nodes[head].chain;
                std::uint32_t& slot = larger[nodes[head].low_hash & (larger.size() - 1)];
                nodes[head].chain = std::exchange(slot, head);
                head = next;
            }
        }
        buckets = std::move(larger);
    }

    void remember_ghost(std::uint64_t low_hash) { ghosts[low_hash % kGhostsPerShard] = low_hash; }
    bool is_ghost(std::uint64_t low_hash) const {
        return ghosts[low_hash % kGhostsPerShard] == low_hash;
    }
};

MemoryCache::MemoryCache(std::size_t budget_bytes) : budget_(budget_bytes) {
    for (auto& shard : shards_)
        shard = std::make_unique<Shard>();
}

MemoryCache::~MemoryCache() = default;

MemoryCache::Shard& MemoryCache::shard_of(const KeyHash& hash) const {
    return *shards_[hash.high % kShardCount];
}

EntryPtr MemoryCache::find(const KeyHash& hash, std::string_view key) {
    Shard& shard = shard_of(hash);
    const std::lock_guard lock(shard.mutex);
    const std::uint32_t index = shard.find(hash.low, key);
    if (index == kNone) return nullptr;
    Shard::Node& node = shard.nodes[index];
    if (node.uses < kMaxUses) ++node.uses;
    return node.entry;
}

bool MemoryCache::put(EntryPtr entry) {
    const std::size_t charge = entry->charge();
    if (charge > max_object_bytes()) return false;
    const KeyHash hash = entry->hash();
    Shard& shard = shard_of(hash);
    EntryPtr replaced;
    {
        const std::lock_guard lock(shard.mutex);
        const std::uint64_t tick = tick_.fetch_add(1, std::memory_order_relaxed);
        Queue queue = shard.is_ghost(hash.low) ? Queue::Main : Queue::Small;
        const std::uint32_t present = shard.find(hash.low, entry->key());
        if (present != kNone) {
            const Shard::Node& node = shard.nodes[present];
            if (node.entry->stamp() > entry->stamp()) return false;
            queue = node.queue;
            used_ -= node.charge;
            if (node.queue == Queue::Small) small_used_ -= node.charge;
            replaced = shard.erase(present);
        }
        used_ += charge;
        if (queue == Queue::Small) small_used_ += charge;
        shard.add(std::move(entry), charge, queue, tick);
    }
    evict_to_budget();
    return true;
}

bool MemoryCache::remove(const Entry& entry) {
    Shard& shard = shard_of(entry.hash());
    EntryPtr removed;
    const std::lock_guard lock(shard.mutex);
    const std::uint32_t index = shard.find(entry.hash().low, entry.key());
    if (index == kNone || shard.nodes[index].entry.get() != &entry) return false;
    used_ -= shard.nodes[index].charge;
    if (shard.nodes[index].queue == Queue::Small) small_used_ -= shard.nodes[index].charge;
    removed = shard.erase(index);
    return true;
}

void MemoryCache::recharge(const Entry& entry) {
    const std::size_t charge = entry.charge();
    Shard& shard = shard_of(entry.hash());
    {
        const std::lock_guard lock(shard.mutex);
        const std::uint32_t index = shard.find(entry.hash().low, entry.key());
        if (index == kNone || shard.nodes[index].entry.get() != &entry) return;
        Shard::Node& node = shard.nodes[index];
        used_ += charge - node.charge;  // modulo 2^64, so less works as well
        if (node.queue == Queue::Small) small_used_ += charge - node.charge;
        node.charge = charge;
    }
    evict_to_budget();
}

bool MemoryCache::was_evicted(const KeyHash& hash) const {
    const Shard& shard = shard_of(hash);
    const std::lock_guard lock(shard.mutex);
    return shard.is_ghost(hash.low);
}

void MemoryCache::evict_to_budget() {
    while (used_.load(std::memory_order_relaxed) > budget_) {
        const bool small_is_full = small_used_.load(std::memory_order_relaxed) * kSmallShare >
                                   used_.load(std::memory_order_relaxed);
        const Queue first = small_is_full ? Queue::Small : Queue::Main;
        const Queue second = small_is_full ? Queue::Main : Queue::Small;
        if (!evict_one(first) && !evict_one(second)) return;
    }
}

bool MemoryCache::evict_one(Queue queue) {
    Shard* oldest = nullptr;
    std::uint64_t oldest_tick = kEmptyQueue;
    for (const auto& shard : shards_) {
        const std::uint64_t tick = shard->list(queue).oldest_tick.load(std::memory_order_relaxed);
        if (tick >= oldest_tick) continue;
        oldest_tick = tick;
        oldest = shard.get();
    }
    if (oldest == nullptr) return false;

    EntryPtr evicted;  // destroyed after the lock is gone
    const std::lock_guard lock(oldest->mutex);
    const std::uint32_t index = oldest->list(queue).oldest;
    if (index == kNone) return true;  // another thread was faster
    Shard::Node& node = oldest->nodes[index];
    if (node.uses > 0) {  // asked for since it was queued: it stays
        node.uses = queue == Queue::Small ? 0 : static_cast<std::uint8_t>(node.uses - 1);
        if (queue == Queue::Small) small_used_ -= node.charge;
        oldest->unlink(index);
        oldest->link(index, Queue::Main, tick_.fetch_add(1, std::memory_order_relaxed));
        return true;
    }
    used_ -= node.charge;
    if (queue == Queue::Small) small_used_ -= node.charge;
    oldest->remember_ghost(node.low_hash);
    evicted = oldest->erase(index);
    evicted_.fetch_add(1, std::memory_order_relaxed);
    return true;
}

std::size_t MemoryCache::sweep_shard(std::size_t shard_index,
                                     const std::function<bool(const Entry&)>& visit) {
    Shard& shard = *shards_[shard_index];
    std::vector<EntryPtr> removed;
    const std::lock_guard lock(shard.mutex);
    for (std::uint32_t i = 0; i < shard.nodes.size(); ++i) {
        const Shard::Node& node = shard.nodes[i];
        if (!node.entry || visit(*node.entry)) continue;
        used_ -= node.charge;
        if (node.queue == Queue::Small) small_used_ -= node.charge;
        removed.push_back(shard.erase(i));
    }
    return removed.size();
}

MemoryCache::Stats MemoryCache::stats() const {
    Stats stats{.used_bytes = used_.load(), .evicted_count = evicted_.load()};
    for (const auto& shard : shards_) {
        const std::lock_guard lock(shard->mutex);
        stats.entry_count += shard->count;
    }
    return stats;
}

}  // namespace tarn::edge
