#include "edge/cache/engine.h"

#include "edge/cache/fill.h"
#include "edge/cache/leader.h"
#include "edge/cache/suspend.h"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace tarn::edge {
namespace {

namespace asio = boost::asio;

constexpr int kMaxRounds = 4;

// Answers to viewers whose cookies reach the origin may be personal: they are never shared while
// they arrive (Developer Guide, "Simultaneous requests for the same object").
bool may_collapse(const cdn::CacheBehavior& behavior) {
    using Kind = cdn::NameSelection::Kind;
    return behavior.cache.cookies.kind == Kind::None &&
           (!behavior.origin_request || behavior.origin_request->cookies.kind == Kind::None);
}

// A stored answer that is asked about each time is not waited for either.
bool is_always_asked(const EntryPtr& entry) {
    return entry && entry->lifetime().fresh_until <= entry->lifetime().response_time;
}

bool is_usable(const Entry& entry) {
    return entry.has_inline_body() || !entry.chunks()->failed();
}

Reason reason_of(cdn::InvalidationMatch::Kind kind) {
    using Kind = cdn::InvalidationMatch::Kind;
    switch (kind) {
        case Kind::None:
        case Kind::Path:
            break;
        case Kind::Prefix:
            return Reason::MissInvalidatedPrefix;
        case Kind::All:
            return Reason::MissInvalidatedAll;
        case Kind::Tag:
            return Reason::MissInvalidatedTag;
    }
    return Reason::MissInvalidatedPath;
}

std::string_view invalidation_text(const Demand& demand) {
    return std::string_view(demand.key)
        .substr(demand.invalidation_part.offset, demand.invalidation_part.length);
}

}  // namespace

Engine::Engine(const EngineOptions& options, net::Loops& loops, net::TlsClient* tls,
               const Clock& clock)
    : loops_(loops), clock_(clock), options_(options), cache_(options.memory_bytes) {
    for (std::size_t i = 0; i < loops.size(); ++i) {
        clients_.push_back(std::make_unique<OriginClient>(loops.loop(i), tls, options_.s3, clock));
    }
}

void Engine::shut_down() {
    flights_.shut_down();
    clients_.clear();
}

EntryPtr Engine::find_fresh(const KeyHash& hash, std::string_view key,
                            const Invalidations& invalidations, WallTime now) {
    EntryPtr entry = cache_.find(hash, key);
    if (!entry || entry->kind() != EntryKind::Response) return nullptr;
    if (now >= entry->lifetime().fresh_until || invalidations.covers(*entry)) return nullptr;
    return entry;
}

Engine::Lookup Engine::look_up(const Demand& demand, const KeyHash& hash) {
    EntryPtr entry = cache_.find(hash, demand.key);
    if (!entry) {
        if (cache_.was_evicted(hash)) return {.death = Reason::MissEvicted};
        return {};
    }
    if (demand.invalidations->covers(*entry)) {
        const Reason death = reason_of(
            demand.invalidations->newest_match(entry->invalidation_key(), entry->tags()).kind);
        cache_.remove(*entry);
        return {.found = std::move(entry), .death = death};
    }
    if (!is_usable(*entry)) {
        cache_.remove(*entry);
        return {};
    }
    return {.found = entry, .alive = entry};
}

std::optional<Obtained> Engine::answer_from(const DemandPtr& demand, const EntryPtr& entry,
                                            std::size_t loop) {
    const WallTime now = clock_.now();
    Obtained obtained{.result = CacheResult::Hit, .entry = entry};
    if (entry->is_error()) obtained.result = CacheResult::Error;
    const FreshnessState state = state_at(entry->lifetime(), now);
    if (state == FreshnessState::Fresh) {
        obtained.reason = entry->is_error() ? Reason::HitNegative : Reason::HitFresh;
        return obtained;
    }
    if (now < entry->held_until()) {
        obtained.reason = Reason::HitStaleError;
        return obtained;
    }
    if (state == FreshnessState::StaleWhileRevalidate && !entry->is_error()) {
        refresh_in_background(demand, entry, loop);
        obtained.reason = Reason::HitStaleRevalidate;
        return obtained;
    }
    return std::nullopt;
}

net::Task<Obtained> Engine::obtain(DemandPtr demand, std::size_t loop) {
    const KeyHash hash = hash_key(demand->key);
    bool collapse = may_collapse(*demand->behavior);
    Reason miss = Reason::MissCold;
    EntryPtr found;  // in the first round: what the viewer met
    for (int round = 0;; ++round) {
        Lookup lookup = look_up(*demand, hash);
        if (lookup.death && miss == Reason::MissCold) miss = *lookup.death;
        const bool is_answer = lookup.found && lookup.found->kind() == EntryKind::Response;
        if (round == 0 && is_answer) found = std::move(lookup.found);
        EntryPtr entry = std::move(lookup.alive);
        if (entry && entry->kind() == EntryKind::UncacheableMarker) {
            if (clock_.now() < entry->lifetime().fresh_until) {
                if (demand->range) {
                    co_return co_await pass(demand, Reason::PassUncacheableMark, loop);
                }
                // Alone, but not for nothing: should the answer be one to keep, it is kept.
                collapse = false;
                miss = Reason::PassUncacheableMark;
            }
            entry = nullptr;
        }
        if (entry) {
            if (auto obtained = answer_from(demand, entry, loop)) {
                obtained->found = std::move(found);
                co_return std::move(*obtained);
            }
        }
        const bool alone = !collapse || is_always_asked(entry) || round == kMaxRounds;
        const FlightTable::Joined joined =
            alone ? FlightTable::Joined{.flight = flights_.start_alone(
                                            demand->key, invalidation_text(*demand), applied_),
                                        .leads = true}
                  : flights_.join(demand->key, invalidation_text(*demand), applied_,
                                  *demand->invalidations);
        if (joined.leads) {
            Leader leader(*this, demand, joined.flight, std::move(entry), miss, loop);
            Obtained obtained = co_await leader.run();
            obtained.found = std::move(found);
            co_return obtained;
        }
        if (auto obtained = co_await follow(joined.flight, demand)) {
            obtained->found = std::move(found);
            co_return std::move(*obtained);
        }
        if (joined.flight->outcome() == Flight::Outcome::Uncacheable) collapse = false;
    }
}

net::Task<std::optional<Obtained>> Engine::follow(FlightPtr flight, DemandPtr demand) {
    FlightReader reader(flight);
    co_await suspend_until([&](auto wake) { flight->on_settled(std::move(wake)); });
    const EntryPtr entry = flight->entry();
    if (flight->outcome() != Flight::Outcome::Stored || !entry) co_return std::nullopt;
    // Its answer may have been asked for before an invalidation that we came after.
    if (demand->invalidations->covers(*entry) || !is_usable(*entry)) co_return std::nullopt;
    Obtained obtained{.reason = Reason::HitCollapsed, .result = CacheResult::Hit};
    obtained.collapsed = true;
    if (entry->is_error()) obtained.result = CacheResult::Error;
    obtained.entry = entry;
    obtained.reader = std::move(reader);
    co_return std::move(obtained);
}

net::Task<Obtained> Engine::pass(DemandPtr demand, Reason reason, std::size_t loop) {
    FieldList fields;
    if (!demand->pass_range.empty()) fields.emplace_back("Range", demand->pass_range);
    auto answer =
        co_await origin(loop).fetch(*demand->distribution, demand->behavior->target_origin_id,
                                    demand->request, fields, demand->viewer_tls);
    Obtained obtained{.reason = reason, .result = CacheResult::Miss};
    if (!answer) {
        obtained.reason = Reason::OriginFailed;
        obtained.result = CacheResult::Error;
        obtained.failure_status = answer.error().status();
        obtained.upstream = answer.error().note;
        co_return obtained;
    }
    if (answer->head->status >= 400) obtained.result = CacheResult::Error;
    obtained.upstream = answer->note;
    obtained.pass = std::move(*answer);
    co_return obtained;
}

void Engine::refresh_in_background(const DemandPtr& demand, const EntryPtr& stale,
                                   std::size_t loop) {
    const auto joined =
        flights_.join(demand->key, invalidation_text(*demand), applied_, *demand->invalidations);
    if (!joined.leads) return;
    auto leader = std::make_unique<Leader>(*this, demand, joined.flight, stale,
                                           Reason::HitStaleRevalidate, loop);
    asio::co_spawn(
        loops_.loop(loop),
        [](std::unique_ptr<Leader> lead, FlightPtr flight) -> net::Task<> {
            const FlightReader reader(flight);  // nobody reads, and yet it shall be finished
            const Obtained obtained = co_await lead->run();
            if (obtained.entry && obtained.entry->chunks()) {
                const ChunkedBody& body = *obtained.entry->chunks();
                while (true) {
                    const auto read = body.read(body.size().value_or(UINT64_MAX) - 1);
                    if (read.state != ChunkedBody::State::Wait) break;
                    co_await suspend_until(
                        [&](auto wake) { body.on_change(read.version, std::move(wake)); });
                }
            }
        }(std::move(leader), joined.flight),
        asio::detached);
}

void Engine::start_run(DemandPtr demand, EntryPtr entry, ChunkRun run, std::size_t loop) {
    flights_.add_body(entry->chunks());
    asio::co_spawn(loops_.loop(loop),
                   fetch_run(*this, std::move(demand), std::move(entry), run, loop),
                   asio::detached);
}

}  // namespace tarn::edge
