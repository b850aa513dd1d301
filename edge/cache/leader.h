// The request that goes to the origin for a key, on behalf of everyone who waits for it.

#pragma once

#include "edge/cache/engine.h"
#include "edge/cache/stored_head.h"

#include <string>

namespace tarn::edge {

// Asks the origin, by condition where something stale is at hand, and decides what becomes of the
// answer.  Used for one run(), on one loop.  Destroyed early, it lets the followers start over.
class Leader {
  public:
    // stale may be null.
    Leader(Engine& engine, DemandPtr demand, FlightPtr flight, EntryPtr stale, Reason miss,
           std::size_t loop);
    ~Leader();
    Leader(const Leader&) = delete;
    Leader& operator=(const Leader&) = delete;

    net::Task<Obtained> run();

  private:
    // An answer's head as it will be stored; owns its strings, since the head goes with its body.
    struct Draft {
        std::string lines;
        std::string own_lines;
        std::string etag;
        bool etag_weak = false;
        std::optional<WallTime> last_modified;
        std::vector<std::string> tags;
        int status = 200;
        Freshness freshness;
        Lifetime lifetime;
        bool vary_star = false;
        bool is_sized = false;
        std::uint64_t length = 0;
        Coding coding = Coding::Identity;
    };

    FieldList question() const;
    Draft draft_of(const OriginAnswer& answer, bool is_part) const;
    Freshness freshness_of(const OriginAnswer& answer, int status,
                           const OriginDirectives& directives) const;
    EntryParts parts_of(const Draft& draft) const;

    net::Task<Obtained> on_answer(OriginAnswer answer);
    Obtained on_failure(const OriginFailure& failure);
    net::Task<Obtained> on_not_modified(OriginAnswer answer);
    net::Task<Obtained> on_full(OriginAnswer answer);
    net::Task<Obtained> on_part(OriginAnswer answer, const ContentRange& range);
    // The answer cannot be shared: everyone asks for himself.
    Obtained release(OriginAnswer answer, Reason reason);
    net::Task<Obtained> read_and_store(OriginAnswer answer, const Draft& draft);
    Obtained start_stream(OriginAnswer answer, const Draft& draft);

    bool stale_is_usable() const;
    Obtained serve_stale(int status);
    Obtained stored(EntryPtr entry, const UpstreamNote& note) const;
    void mark_uncacheable();
    std::chrono::seconds error_caching_min_ttl(int status) const;

    Engine& engine_;
    const DemandPtr demand_;
    const FlightPtr flight_;
    const EntryPtr stale_;
    const Reason miss_;
    const std::size_t loop_;
    FlightReader reader_;
    bool asks_part_ = false;
    bool handed_over_ = false;  // a fill finishes the flight
};

// Fetches a claimed run of chunks for an entry (Engine::start_run).
net::Task<> fetch_run(Engine& engine, DemandPtr demand, EntryPtr entry, ChunkRun run,
                      std::size_t loop);

}  // namespace tarn::edge
