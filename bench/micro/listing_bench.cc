// Listings: a page of 1000 keys as XML, what the cursor takes of that, and common prefixes.

#include "bench/micro/null_exchange.h"
#include "bench/micro/s3_under_bench.h"
#include "server/s3/listing.h"

#include <fstream>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tarn::s3 {
namespace {

constexpr int kPrefixCount = 1000;

// kPrefixCount folders of so many keys each, without bodies.
void put_folders(S3UnderBench& s3, int keys_in_each) {
    std::vector<std::string> keys;
    for (int folder = 0; folder < kPrefixCount; ++folder) {
        keys.clear();
        for (int i = 0; i < keys_in_each; ++i)
            keys.push_back(fmt::format("photos/{:06}/picture-{:06}.jpg", folder, i));
        s3.put(keys, false);
    }
}

// What of this process is in memory.
double resident_mib() {
    std::ifstream statm("/proc/self/statm");
    double total = 0;
    double resident = 0;
    statm >> total >> resident;
    return resident * static_cast<double>(getpagesize()) / (1024 * 1024);
}

struct CountingSink final : ListingSink {
    Result<void, storage::StoreError> object(std::string_view, std::string_view) override {
        ++count;
        return {};
    }
    void common_prefix(std::string_view) override { ++count; }
    std::size_t count = 0;
};

// The whole operation, signature and all.
void list_1000_keys(benchmark::State& bench) {
    S3UnderBench s3(bench.range(0) != 0);
    put_folders(s3, 10);
    NullExchange exchange(s3.signed_get("/bench?list-type=2&max-keys=1000"));
    for (auto _ : bench) {
        s3.wait(s3.api().handle(exchange));
        if (exchange.status() != 200) return bench.SkipWithError("refused");
    }
    bench.SetItemsProcessed(bench.iterations() * 1000);
}
BENCHMARK(list_1000_keys)->ArgName("disk")->Arg(0)->Arg(1)->UseRealTime();

void list(benchmark::State& bench, S3UnderBench& s3, const ListingQuery& query) {
    for (auto _ : bench) {
        CountingSink sink;
        const auto end = list_keys(s3.metadata(), s3.partition(), query, sink);
        if (!end || sink.count != 1000) return bench.SkipWithError("not a page of 1000");
    }
}

void walk_page_of_1000_keys(benchmark::State& bench) {
    S3UnderBench s3(bench.range(0) != 0);
    put_folders(s3, 10);
    list(bench, s3, {});
}
BENCHMARK(walk_page_of_1000_keys)->ArgName("disk")->Arg(0)->Arg(1);

// What a page costs must not grow with the keys below each prefix: neither time nor memory.
void walk_page_of_1000_prefixes(benchmark::State& bench) {
    S3UnderBench s3(bench.range(0) != 0);
    put_folders(s3, static_cast<int>(bench.range(1)));
    const double before = resident_mib();
    list(bench, s3, {.prefix = "photos/", .delimiter = "/"});
    bench.counters["grown MiB"] = resident_mib() - before;
}
BENCHMARK(walk_page_of_1000_prefixes)
    ->ArgNames({"disk", "keys in each"})
    ->Args({0, 10})
    ->Args({0, 100})
    ->Args({1, 10})
    ->Args({1, 100})
    ->Unit(benchmark::kMicrosecond);
// Ten million keys: they are written once, so the count of rounds is fixed.
BENCHMARK(walk_page_of_1000_prefixes)
    ->ArgNames({"disk", "keys in each"})
    ->Args({1, 10'000})
    ->Iterations(200)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tarn::s3
