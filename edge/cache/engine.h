// The cache engine: from a cache key to an answer, by way of the memory tier, collapsing,
// conditional requests and the origin.
//
// One engine per process, shared by all loops; each call runs on the loop that is named.

#pragma once

#include "common/base/clock.h"
#include "common/cdn/distribution.h"
#include "common/http/byte_range.h"
#include "common/net/loops.h"
#include "common/net/task.h"
#include "edge/cache/compression.h"
#include "edge/cache/flight.h"
#include "edge/cache/freshness.h"
#include "edge/cache/invalidations.h"
#include "edge/cache/memory_cache.h"
#include "edge/cache/reason.h"
#include "edge/origin/fetch.h"
#include "edge/origin/origin_request.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::edge {

// What is asked of the cache.  Owns what it names: a background refresh outlives the viewer's
// request.
struct Demand {
    std::shared_ptr<const cdn::Distribution> distribution;
    const cdn::CacheBehavior* behavior = nullptr;  // in distribution
    std::shared_ptr<Invalidations> invalidations;
    OriginRequest request;
    std::string key;
    InvalidationPart invalidation_part;
    AcceptEncoding accept_encoding;
    std::optional<http::RangeSpec> range;  // of a GET: what is missing is asked for, not the whole
    std::string pass_range;  // the Range for an answer that is passed on; empty if none
    bool viewer_tls = false;
};
using DemandPtr = std::shared_ptr<const Demand>;

enum class CacheResult : std::uint8_t { Hit, Miss, RefreshHit, Error, Redirect };

struct Obtained {
    Reason reason = Reason::MissCold;
    CacheResult result = CacheResult::Miss;
    // Exactly one of the three: a stored (or arriving) answer, one to be passed on, or none at all.
    EntryPtr entry;
    OriginAnswer pass;       // pass.exchange is null if there is none
    int failure_status = 0;  // 502 or 504: the origin could not be asked
    FlightReader reader;     // keeps a fill going while it is read
    std::string own_lines;   // header lines for this viewer only: Set-Cookie that is not stored
    bool collapsed = false;
    EntryPtr found;  // what the lookup found, stale or invalidated as it may be; null if nothing
    UpstreamNote upstream;  // of this request's own question to the origin; empty if none
};

struct EngineOptions {
    std::size_t memory_bytes = std::size_t{512} << 20;
    bool finish_fills = false;  // go on filling when all viewers have left
    S3Endpoint s3;
};

class Engine {
  public:
    // All must outlive the engine.  tls may be null.
    Engine(const EngineOptions& options, net::Loops& loops, net::TlsClient* tls,
           const Clock& clock);

    // A lookup without waiting: the entry, if it is alive and fresh now.
    EntryPtr find_fresh(const KeyHash& hash, std::string_view key,
                        const Invalidations& invalidations, WallTime now);

    // The answer to a demand.  Runs on loop.
    net::Task<Obtained> obtain(DemandPtr demand, std::size_t loop);
    // An answer that is not kept: straight from the origin, without a body to send.
    net::Task<Obtained> pass(DemandPtr demand, Reason reason, std::size_t loop);

    // Fetches chunks of a stored body that the caller has claimed; returns at once.  The bytes, or
    // their absence, show in the body.
    void start_run(DemandPtr demand, EntryPtr entry, ChunkRun run, std::size_t loop);

    // The log sequence up to which all invalidations are applied here.
    std::uint64_t applied_sequence() const { return applied_.load(std::memory_order_acquire); }
    void set_applied_sequence(std::uint64_t s) { applied_.store(s, std::memory_order_release); }

    MemoryCache& cache() { return cache_; }
    // Stores an entry, unless its stamp is of a log that was left behind meanwhile.
    void store(EntryPtr entry) {
        if (entry->stamp() <= applied_sequence()) cache_.put(std::move(entry));
    }
    FlightTable& flights() { return flights_; }
    OriginClient& origin(std::size_t loop) { return *clients_[loop]; }
    const Clock& clock() const { return clock_; }
    boost::asio::io_context& loop(std::size_t index) { return loops_.loop(index); }
    bool finishes_fills() const { return options_.finish_fills; }

    // After the loops have stopped and before they are destroyed.
    void shut_down();

  private:
    struct Lookup {
        EntryPtr found;               // what is stored under the key
        EntryPtr alive;               // the same, if it may be served or asked about
        std::optional<Reason> death;  // why there is none, if more is known than that
    };
    Lookup look_up(const Demand& demand, const KeyHash& hash);
    // The answer that a stored entry gives without asking the origin; nothing if it must be asked.
    std::optional<Obtained> answer_from(const DemandPtr& demand, const EntryPtr& entry,
                                        std::size_t loop);
    void refresh_in_background(const DemandPtr& demand, const EntryPtr& stale, std::size_t loop);
    // Waits for a flight; nothing where the demand has to start over.
    net::Task<std::optional<Obtained>> follow(FlightPtr flight, DemandPtr demand);

    net::Loops& loops_;
    const Clock& clock_;
    const EngineOptions options_;
    MemoryCache cache_;
    FlightTable flights_;
    std::vector<std::unique_ptr<OriginClient>> clients_;
    std::atomic<std::uint64_t> applied_{0};
};

inline constexpr std::chrono::seconds kUncacheableMarkerTime{10};
// Chunks that one range request to the origin asks for at most.
inline constexpr std::uint64_t kMaxRunChunks = 4;

// The Range that is asked of the origin where nothing is stored: the viewer's, widened to whole
// chunks.  Pure.
std::string widened_range(const http::RangeSpec& spec);

}  // namespace tarn::edge
