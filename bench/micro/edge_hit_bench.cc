// The cost of a cache hit, without the socket: routing, key, lookup, head, trace.

#include "bench/micro/null_exchange.h"
#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/net/loops.h"
#include "edge/cache/engine.h"
#include "edge/control/edge_state.h"
#include "edge/viewer/viewer_handler.h"

#include <memory>
#include <string>

#include <benchmark/benchmark.h>

namespace tarn::edge {
namespace {

constexpr std::string_view kRequest =
    "GET /images/logo.png?utm_source=mail HTTP/1.1\r\n"
    "Host: e1.cloudfront.net\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/125.0\r\n"
    "Accept: image/avif,image/webp,*/*\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Connection: keep-alive\r\n"
    "\r\n";

cdn::Distribution distribution() {
    cdn::CacheBehavior behavior{.path_pattern = "*", .target_origin_id = "o"};
    behavior.cache = {.id = "p", .gzip = true, .brotli = true};
    return {.id = "E1",
            .domain_name = "e1.cloudfront.net",
            .enabled = true,
            .origins = {{.id = "o", .domain_name = "origin.example"}},
            .behaviors = {behavior}};
}

struct Edge {
    Edge() {
        state.add(activate(distribution(), invalidations));
        state.publish_now();
        state.set_ready();
        const cdn::Distribution d = distribution();
        std::string key;
        http::Fields fields;
        const ViewerFacts facts;
        const InvalidationPart part =
            write_cache_key({.distribution_id = d.id,
                             .policy = d.behaviors[0].cache,
                             .fields = fields,
                             .path = "/images/logo.png",
                             .accept_encoding = {.gzip = true, .brotli = true, .sent = true},
                             .facts = facts},
                            key);
        const std::string body(1024, 'x');
        Lifetime lifetime{.response_time = clock.now()};
        lifetime.fresh_until = clock.now() + std::chrono::hours(1);
        engine.cache().put(std::make_shared<const Entry>(
            EntryParts{.key = key,
                       .invalidation_part = part,
                       .head_lines = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                     "Content-Type: image/png\r\nETag: \"0123456789abcdef\"\r\n"
                                     "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
                       .body = body,
                       .lifetime = lifetime}));
    }

    SystemClock clock;
    SystemRandom random;
    net::Loops loops{1};
    Engine engine{{}, loops, nullptr, clock};
    std::shared_ptr<Invalidations> invalidations = std::make_shared<Invalidations>();
    EdgeState state{loops, engine, nullptr};
    ViewerHandler viewers{{}, loops, state, engine, random};
};

void edge_hit_1kib(benchmark::State& bench) {
    Edge edge;
    NullExchange exchange{std::string(kRequest)};
    if (!edge.viewers.handle_now(exchange)) {
        bench.SkipWithError("not a hit");
        return;
    }
    for (auto _ : bench)
        benchmark::DoNotOptimize(edge.viewers.handle_now(exchange));
    bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(edge_hit_1kib);

void edge_cache_key(benchmark::State& bench) {
    const cdn::Distribution d = distribution();
    http::Fields fields;
    const ViewerFacts facts;
    std::string key;
    const KeyInputs inputs{.distribution_id = d.id,
                           .policy = d.behaviors[0].cache,
                           .fields = fields,
                           .path = "/images/logo.png",
                           .query = "utm_source=mail",
                           .facts = facts};
    for (auto _ : bench) {
        write_cache_key(inputs, key);
        benchmark::DoNotOptimize(hash_key(key));
    }
}
BENCHMARK(edge_cache_key);

// An invalidation that covers the entry's prefix, checked against many others.
void edge_invalidation_check(benchmark::State& bench) {
    Invalidations invalidations;
    for (int i = 0; i < bench.range(0); ++i) {
        invalidations.add(static_cast<std::uint64_t>(i) + 1, "/other/" + std::to_string(i) + "*");
    }
    const std::string key = "d2:E1e0u16:/images/logo.png";
    const Entry entry({.key = key, .invalidation_part = {.offset = 11, .length = 16}});
    for (auto _ : bench) {
        entry.set_checked_sequence(0);
        benchmark::DoNotOptimize(invalidations.covers(entry));
    }
}
BENCHMARK(edge_invalidation_check)->Arg(1)->Arg(1000)->Arg(100'000);

}  // namespace
}  // namespace tarn::edge
