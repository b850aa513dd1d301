#include "edge/control/edge_state.h"

#include "common/cdn/resolve.h"
#include "common/observe/log.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <time.h>

namespace tarn::edge {

std::int64_t boot_time_ms() {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

EdgeState::EdgeState(net::Loops& loops, Engine& engine, SystemClock* clock)
    : loops_(loops), engine_(engine), clock_(clock), slots_(loops.size()) {}

bool EdgeState::is_fenced() const {
    return fence_ && boot_time_ms() >= lease_until_ms_.load(std::memory_order_relaxed);
}

void EdgeState::renew_lease(std::int64_t sent_ms) {
    constexpr std::int64_t kLeaseMs = std::chrono::milliseconds(cdn::kEdgeLease).count();
    lease_until_ms_.store(sent_ms + kLeaseMs, std::memory_order_relaxed);
}

void EdgeState::apply(const cdn::LogRecord& record) {
    using Type = cdn::LogRecord::Type;
    switch (record.type) {
        case Type::Distribution:
            apply_distribution(record);
            break;
        case Type::DistributionDeleted:
            distributions_.erase(record.distribution_id);
            break;
        case Type::Invalidation:
            if (const auto found = distributions_.find(record.distribution_id);
                found != distributions_.end()) {
                for (const std::string& path : record.paths) {
                    found->second.invalidations->add(record.sequence, path);
                }
            }
            break;
        case Type::ClockOffset:
            if (clock_) {
                clock_->advance(
                    std::chrono::milliseconds(record.clock_offset_ms - clock_offset_ms_));
            }
            clock_offset_ms_ = record.clock_offset_ms;
            break;
        case Type::Heartbeat:
            break;  // sent when everything up to its sequence has been
    }
    engine_.set_applied_sequence(std::max(engine_.applied_sequence(), record.sequence));
}

void EdgeState::apply_distribution(const cdn::LogRecord& record) {
    auto resolved = cdn::resolve(record);
    if (!resolved) {
        log_error("distribution {}: {}; its earlier configuration stays in force",
                  record.distribution_id, resolved.error().message);
        return;
    }
    const auto found = distributions_.find(record.distribution_id);
    auto invalidations = found == distributions_.end() ? std::make_shared<Invalidations>()
                                                       : found->second.invalidations;
    add(activate(std::move(*resolved), std::move(invalidations)));
}

void EdgeState::add(ActiveDistribution distribution) {
    std::string id = distribution.config->id;
    distributions_.insert_or_assign(std::move(id), std::move(distribution));
}

std::shared_ptr<const Snapshot> EdgeState::build() const {
    std::vector<ActiveDistribution> active;
    active.reserve(distributions_.size());
    for (const auto& [id, distribution] : distributions_)
        active.push_back(distribution);
    return std::make_shared<const Snapshot>(std::move(active));
}

void EdgeState::publish(const std::function<void()>& done) {
    const auto snapshot = build();
    const auto left = std::make_shared<std::atomic<std::size_t>>(loops_.size());
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        boost::asio::post(loops_.loop(i), [this, i, snapshot, left, done] {
            slots_[i].snapshot = snapshot;
            if (left->fetch_sub(1) == 1) done();
        });
    }
}

void EdgeState::publish_now() {
    const auto snapshot = build();
    for (Slot& slot : slots_)
        slot.snapshot = snapshot;
}

void EdgeState::reset() {
    distributions_.clear();
    for (std::size_t shard = 0; shard < MemoryCache::kShardCount; ++shard) {
        engine_.cache().sweep_shard(shard, [](const Entry&) { return false; });
    }
    engine_.set_applied_sequence(0);
}

void EdgeState::sweep_shard(std::size_t shard) {
    if (shard == 0) {
        sweep_sequence_ = engine_.applied_sequence();
        sweep_oldest_stamp_ = engine_.flights().oldest_stamp();
    }
    const auto alive = [&](const Entry& entry) {
        // The key begins with "d<length>:<distribution id>".
        const std::string_view key = entry.key();
        const std::size_t colon = key.find(':');
        std::size_t length = 0;
        for (const char digit : key.substr(1, colon - 1)) {
            length = length * 10 + static_cast<std::size_t>(digit - '0');
        }
        const auto found = distributions_.find(key.substr(colon + 1, length));
        return found != distributions_.end() && !found->second.invalidations->covers(entry);
    };
    dropped_ += engine_.cache().sweep_shard(shard, alive);
    if (shard + 1 < MemoryCache::kShardCount) return;
    // A fill that began before the sweep may have been stored behind it: its rules must stay.
    const std::uint64_t oldest =
        std::min({sweep_oldest_stamp_, engine_.flights().oldest_stamp(), sweep_sequence_});
    for (const auto& [id, distribution] : distributions_) {
        distribution.invalidations->drop_up_to(oldest);
    }
}

}  // namespace tarn::edge
