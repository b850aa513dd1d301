// A signed GET of 4 KiB without the socket: routing, signature, record, body, head.

#include "bench/micro/null_exchange.h"
#include "bench/micro/s3_under_bench.h"

#include <benchmark/benchmark.h>

namespace tarn::s3 {
namespace {

void signed_get_4kib(benchmark::State& bench) {
    S3UnderBench s3(bench.range(0) != 0);
    std::vector<std::string> keys;
    keys.reserve(1000);
    for (int i = 0; i < 1000; ++i)
        keys.push_back("object-" + std::to_string(i));
    s3.put(keys, true);
    NullExchange exchange(s3.signed_get("/bench/object-500"));
    if (!s3.api().handle_now(exchange) || exchange.status() != 200) {
        return bench.SkipWithError("not answered at once");
    }
    for (auto _ : bench)
        benchmark::DoNotOptimize(s3.api().handle_now(exchange));
    bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(signed_get_4kib)->ArgName("disk")->Arg(0)->Arg(1);

}  // namespace
}  // namespace tarn::s3
