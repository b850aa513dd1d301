// Request collapsing: any number of equal misses, one request to the origin.
//
// The first miss of a key leads; those that come while its answer is on the way follow.  When the
// answer's head is here the flight is *settled*: it is stored (followers read the body while it
// arrives), or it cannot be shared.  Then all followers are released at once to ask side by side:
// letting them lead one after the other is how other caches turn 20 requests for a no-store page
// into five seconds of queue (cloudfront.md 3.4).
//
// Thread-safe: leader and followers may be on different loops.

#pragma once

#include "edge/cache/entry.h"
#include "edge/cache/invalidations.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tarn::edge {

class Flight {
  public:
    enum class Outcome : std::uint8_t {
        Pending,
        Stored,       // entry() is the answer; its body may still be arriving
        Uncacheable,  // ask for yourself
        Failed,       // the leader broke off without an answer: start over
    };

    Flight(std::string key, std::string invalidation_key, std::uint64_t stamp)
        : key_(std::move(key)), invalidation_key_(std::move(invalidation_key)), stamp_(stamp) {}

    const std::string& key() const { return key_; }
    std::uint64_t stamp() const { return stamp_; }
    const std::string& invalidation_key() const { return invalidation_key_; }

    Outcome outcome() const;
    EntryPtr entry() const;
    // Calls wake once the flight is settled; at once, on the caller's thread, if it is.
    void on_settled(std::move_only_function<void()> wake);
    // The first call counts.
    void settle(Outcome outcome, EntryPtr entry = nullptr);

    // Viewers that wait for the answer or read it.  A fill without any is given up.
    void add_reader() { readers_.fetch_add(1); }
    void remove_reader() { readers_.fetch_sub(1); }
    int reader_count() const { return readers_.load(); }

  private:
    const std::string key_;
    const std::string invalidation_key_;
    const std::uint64_t stamp_;
    std::atomic<int> readers_{0};
    mutable std::mutex mutex_;
    Outcome outcome_ = Outcome::Pending;
    EntryPtr entry_;
    std::vector<std::move_only_function<void()>> waiting_;
};
using FlightPtr = std::shared_ptr<Flight>;

// Counts one reader of a flight for as long as it lives.
class FlightReader {
  public:
    FlightReader() = default;
    explicit FlightReader(FlightPtr flight) : flight_(std::move(flight)) {
        if (flight_) flight_->add_reader();
    }
    ~FlightReader() { release(); }
    FlightReader(FlightReader&& other) noexcept : flight_(std::move(other.flight_)) {}
    FlightReader& operator=(FlightReader&& other) noexcept {
        if (this != &other) {
            release();
            flight_ = std::move(other.flight_);
        }
        return *this;
    }

    // The reader has what it wanted, and the rest is to arrive although nobody waits for it.
    void keep_filling() { flight_.reset(); }

  private:
    void release() {
        if (flight_) flight_->remove_reader();
        flight_.reset();
    }
    FlightPtr flight_;
};

class FlightTable {
  public:
    struct Joined {
        FlightPtr flight;
        bool leads = false;
    };
    // Joins the flight of that key, or starts one; its stamp is then read from sequence.  A flight
    // that was started before an invalidation which covers it is left to itself, and replaced: its
    // answer may be the old one.
    Joined join(std::string_view key, std::string_view invalidation_key,
                const std::atomic<std::uint64_t>& sequence, const Invalidations& invalidations);
    // A flight that nobody can join.
    FlightPtr start_alone(std::string_view key, std::string_view invalidation_key,
                          const std::atomic<std::uint64_t>& sequence);
    // Whether a flight of that key is under way.
    bool contains(std::string_view key) const;
    // The flight's answer is complete, or it came to nothing.
    void finish(const FlightPtr& flight);

    // Fetches of further chunks of a stored body, for shutdown.
    void add_body(std::shared_ptr<ChunkedBody> body);
    void remove_body(const std::shared_ptr<ChunkedBody>& body);

    // The smallest stamp of what is still under way; UINT64_MAX if nothing is.
    std::uint64_t oldest_stamp() const;
    std::size_t size() const;
    // Viewers that wait for answers or read them while they arrive.
    std::size_t reader_count() const;
    // Settles and fails everything, so that nobody waits.  Call it when the loops have stopped.
    void shut_down();

  private:
    FlightPtr start(std::string_view key, std::string_view invalidation_key,
                    const std::atomic<std::uint64_t>& sequence);

    mutable std::mutex mutex_;
    std::unordered_map<std::string_view, FlightPtr> flights_;  // keys lie in the flights
    std::unordered_set<FlightPtr> all_;                        // also the replaced ones
    std::unordered_set<std::shared_ptr<ChunkedBody>> bodies_;
};

}  // namespace tarn::edge
