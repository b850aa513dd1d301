#include "server/cloudfront/edge_registry.h"

#include <algorithm>

namespace tarn::cloudfront {

void EdgeRegistry::restore(const std::vector<EdgeRow>& rows) {
    const std::scoped_lock lock(mutex_);
    const SteadyTime now = clock_.steady_now();
    for (const EdgeRow& row : rows) {
        edges_.emplace(row.edge_id, EdgeState{.edge_id = row.edge_id,
                                              .boot_id = row.boot_id,
                                              .pop = row.pop,
                                              .heard = now,
                                              .lease_end = now + cdn::kServerLease});
    }
}

bool EdgeRegistry::connect(std::string_view edge_id, std::string_view boot_id, std::string_view pop,
                           std::uint64_t from) {
    bool is_new = false;
    {
        const std::scoped_lock lock(mutex_);
        auto found = edges_.find(edge_id);
        if (found == edges_.end()) {
            found = edges_.emplace(std::string(edge_id), EdgeState{}).first;
            is_new = true;
        }
        EdgeState& edge = found->second;
        if (edge.boot_id != boot_id || edge.pop != pop) is_new = true;
        if (edge.boot_id != boot_id) edge = EdgeState{.edge_id = std::string(edge_id)};
        edge.edge_id = edge_id;
        edge.boot_id = boot_id;
        edge.pop = pop;
        // Asking for what follows `from` says that everything up to it is applied; asking for a
        // snapshot says that nothing is.
        if (from > edge.applied) edge.acknowledged = clock_.real_now();
        edge.applied = from;
        edge.heard = clock_.steady_now();
        edge.lease_end = edge.heard + cdn::kServerLease;
        ++edge.stream_count;
        refresh();
    }
    notify();
    return is_new;
}

void EdgeRegistry::disconnect(std::string_view edge_id, std::string_view boot_id) {
    const std::scoped_lock lock(mutex_);
    if (EdgeState* edge = find(edge_id, boot_id); edge && edge->stream_count > 0) {
        --edge->stream_count;
    }
}

bool EdgeRegistry::heard(std::string_view edge_id, std::string_view boot_id) {
    const std::scoped_lock lock(mutex_);
    EdgeState* edge = find(edge_id, boot_id);
    if (edge) edge->heard = clock_.steady_now();
    return edge != nullptr;
}

bool EdgeRegistry::acknowledge(std::string_view edge_id, std::string_view boot_id,
                               std::uint64_t applied, std::uint64_t dropped) {
    {
        const std::scoped_lock lock(mutex_);
        EdgeState* edge = find(edge_id, boot_id);
        if (!edge) return false;
        edge->heard = clock_.steady_now();
        edge->lease_end = edge->heard + cdn::kServerLease;
        edge->dropped = dropped;
        if (applied <= edge->applied) return true;
        edge->applied = applied;
        edge->acknowledged = clock_.real_now();
        refresh();
    }
    notify();
    return true;
}

bool EdgeRegistry::remove(std::string_view edge_id, std::string_view boot_id) {
    {
        const std::scoped_lock lock(mutex_);
        const auto found = edges_.find(edge_id);
        if (found == edges_.end()) return false;
        if (!boot_id.empty() && found->second.boot_id != boot_id) return false;
        edges_.erase(found);
        refresh();
    }
    notify();
    return true;
}

std::vector<std::string> EdgeRegistry::forget_silent() {
    std::vector<std::string> forgotten;
    if (options_.forget_after == std::chrono::seconds(0)) return forgotten;
    {
        const std::scoped_lock lock(mutex_);
        const SteadyTime limit = clock_.steady_now() - options_.forget_after;
        std::erase_if(edges_, [&](const auto& entry) {
            const bool silent = entry.second.heard < limit;
            if (silent) forgotten.push_back(entry.first);
            return silent;
        });
        refresh();
    }
    if (!forgotten.empty()) notify();
    return forgotten;
}

bool EdgeRegistry::settled(std::uint64_t sequence) {
    const std::scoped_lock lock(mutex_);
    if (sequence <= settled_) return true;
    const auto now = level();  // a lease may have run out since the last event
    if (now && *now < sequence) return false;
    note_settled(now.value_or(sequence));
    return true;
}

std::optional<Settlement> EdgeRegistry::settlement(std::uint64_t sequence) {
    if (!settled(sequence)) return std::nullopt;
    const std::scoped_lock lock(mutex_);
    const auto found = std::ranges::lower_bound(history_, sequence, {}, &Settlement::up_to);
    // Before the oldest one that is kept nothing can be told.
    if (found == history_.end()) return std::nullopt;
    if (found == history_.begin() && history_.size() == kHistory) return std::nullopt;
    return *found;
}

std::vector<EdgeState> EdgeRegistry::edges() const {
    const std::scoped_lock lock(mutex_);
    std::vector<EdgeState> list;
    for (const auto& [id, edge] : edges_) {
        list.push_back(edge);
        list.back().lease_live = lease_live(edge);
    }
    return list;
}

std::optional<std::uint64_t> EdgeRegistry::smallest_applied() const {
    const std::scoped_lock lock(mutex_);
    std::optional<std::uint64_t> smallest;
    for (const auto& [id, edge] : edges_)
        smallest = std::min(smallest.value_or(edge.applied), edge.applied);
    return smallest;
}

std::optional<std::uint64_t> EdgeRegistry::level() const {
    std::optional<std::uint64_t> lowest;
    for (const auto& [id, edge] : edges_) {
        if (options_.fence && !lease_live(edge)) continue;
        lowest = std::min(lowest.value_or(edge.applied), edge.applied);
    }
    return lowest;
}

bool EdgeRegistry::lease_live(const EdgeState& edge) const {
    return clock_.steady_now() < edge.lease_end;
}

void EdgeRegistry::note_settled(std::uint64_t sequence) {
    settled_ = sequence;
    Settlement settlement{.up_to = sequence, .time = clock_.real_now()};
    for (const auto& [id, edge] : edges_) {
        settlement.edges.push_back({.edge_id = edge.edge_id,
                                    .boot_id = edge.boot_id,
                                    .pop = edge.pop,
                                    .acknowledged = edge.acknowledged,
                                    .lease_expired = edge.applied < sequence,
                                    .dropped = edge.dropped});
    }
    history_.push_back(std::move(settlement));
    if (history_.size() > kHistory) history_.pop_front();
}

void EdgeRegistry::refresh() {
    const auto now = level();
    if (now && *now > settled_) note_settled(*now);
}

void EdgeRegistry::notify() {
    if (hook_) hook_();
}

EdgeState* EdgeRegistry::find(std::string_view edge_id, std::string_view boot_id) {
    const auto found = edges_.find(edge_id);
    if (found == edges_.end() || found->second.boot_id != boot_id) return nullptr;
    return &found->second;
}

}  // namespace tarn::cloudfront
