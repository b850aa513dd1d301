#include "edge/cache/flight.h"

#include <algorithm>
#include <utility>

namespace tarn::edge {

Flight::Outcome Flight::outcome() const {
    const std::lock_guard lock(mutex_);
    return outcome_;
}

EntryPtr Flight::entry() const {
    const std::lock_guard lock(mutex_);
    return entry_;
}

void Flight::on_settled(std::move_only_function<void()> wake) {
    {
        const std::lock_guard lock(mutex_);
        if (outcome_ == Outcome::Pending) {
            waiting_.push_back(std::move(wake));
            return;
        }
    }
    wake();
}

void Flight::settle(Outcome outcome, EntryPtr entry) {
    std::vector<std::move_only_function<void()>> waiting;
    {
        const std::lock_guard lock(mutex_);
        if (outcome_ != Outcome::Pending) return;
        outcome_ = outcome;
        entry_ = std::move(entry);
        waiting = std::exchange(waiting_, {});
    }
    for (auto& wake : waiting)
        wake();
}

// Under the lock, so that oldest_stamp() never misses a flight whose stamp was read already.
FlightPtr FlightTable::start(std::string_view key, std::string_view invalidation_key,
                             const std::atomic<std::uint64_t>& sequence) {
    auto flight = std::make_shared<Flight>(std::string(key), std::string(invalidation_key),
                                           sequence.load(std::memory_order_acquire));
    all_.insert(flight);
    return flight;
}

FlightTable::Joined FlightTable::join(std::string_view key, std::string_view invalidation_key,
                                      const std::atomic<std::uint64_t>& sequence,
                                      const Invalidations& invalidations) {
    const std::lock_guard lock(mutex_);
    const auto found = flights_.find(key);
    if (found != flights_.end()) {
        const FlightPtr& flight = found->second;
        const EntryPtr entry = flight->entry();
        const bool outdated =
            entry ? invalidations.covers(*entry)
                  : invalidations.newest_match(invalidation_key, {}).sequence > flight->stamp();
        const bool broken = flight->outcome() == Flight::Outcome::Failed ||
                            (entry && entry->chunks() && entry->chunks()->failed());
        if (!outdated && !broken) return {.flight = flight, .leads = false};
        flights_.erase(found);
    }
    FlightPtr flight = start(key, invalidation_key, sequence);
    flights_.emplace(flight->key(), flight);
    return {.flight = std::move(flight), .leads = true};
}

FlightPtr FlightTable::start_alone(std::string_view key, std::string_view invalidation_key,
                                   const std::atomic<std::uint64_t>& sequence) {
    const std::lock_guard lock(mutex_);
    return start(key, invalidation_key, sequence);
}

bool FlightTable::contains(std::string_view key) const {
    const std::lock_guard lock(mutex_);
    return flights_.contains(key);
}

void FlightTable::finish(const FlightPtr& flight) {
    const std::lock_guard lock(mutex_);
    const auto found = flights_.find(flight->key());
    if (found != flights_.end() && found->second == flight) flights_.erase(found);
    all_.erase(flight);
}

void FlightTable::add_body(std::shared_ptr<ChunkedBody> body) {
    const std::lock_guard lock(mutex_);
    bodies_.insert(std::move(body));
}

void FlightTable::remove_body(const std::shared_ptr<ChunkedBody>& body) {
    const std::lock_guard lock(mutex_);
    bodies_.erase(body);
}

std::uint64_t FlightTable::oldest_stamp() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t oldest = UINT64_MAX;
    for (const FlightPtr& flight : all_)
        oldest = std::min(oldest, flight->stamp());
    return oldest;
}

std::size_t FlightTable::size() const {
    const std::lock_guard lock(mutex_);
    return all_.size();
}

std::size_t FlightTable::reader_count() const {
    const std::lock_guard lock(mutex_);
    int count = 0;
    for (const FlightPtr& flight : all_)
        count += flight->reader_count();
    return static_cast<std::size_t>(count);
}

void FlightTable::shut_down() {
    std::unordered_set<FlightPtr> flights;
    std::unordered_set<std::shared_ptr<ChunkedBody>> bodies;
    {
        const std::lock_guard lock(mutex_);
        flights_.clear();
        flights = std::exchange(all_, {});
        bodies = std::exchange(bodies_, {});
    }
    for (const FlightPtr& flight : flights) {
        const EntryPtr entry = flight->entry();
        if (entry && entry->chunks()) entry->chunks()->fail();
        flight->settle(Flight::Outcome::Failed);
    }
    for (const auto& body : bodies)
        body->fail();
}

}  // namespace tarn::edge
