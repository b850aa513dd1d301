// What encryption adds to a small GET and PUT: the data key unwrapped or wrapped, the body opened
// or sealed.

#include "common/base/random.h"
#include "server/s3/sealed_body.h"

#include <benchmark/benchmark.h>

namespace tarn::s3 {
namespace {

constexpr std::string_view kContext = "7/photos/picture.jpg";
constexpr storage::BlobId kBody{{1, 2, 3}};
const crypto::SecretKey kMaster = *crypto::SecretKey::of(std::string(32, 'm'));
const crypto::SecretKey kData = *crypto::SecretKey::of(std::string(32, 'd'));

void open_sealed_body(benchmark::State& bench) {
    const auto size = static_cast<std::size_t>(bench.range(0));
    const std::string wrapped = crypto::wrap_key(kMaster, {}, kContext, kData);
    const std::string sealed = seal_body(kData, kBody, std::string(size, 'x'));
    for (auto _ : bench) {
        const auto key = crypto::unwrap_key(kMaster, kContext, wrapped);
        const auto plain = open_body(*key, kBody, size, sealed);
        if (!plain) return bench.SkipWithError("does not open");
        benchmark::DoNotOptimize(plain->data());
    }
    bench.SetBytesProcessed(bench.iterations() * bench.range(0));
}
BENCHMARK(open_sealed_body)->ArgName("bytes")->Arg(4096)->Arg(65536)->Arg(1 << 20);

void seal_plain_body(benchmark::State& bench) {
    SeededRandom random(1);
    const std::string plain(static_cast<std::size_t>(bench.range(0)), 'x');
    for (auto _ : bench) {
        crypto::SecretKey key;
        random.fill(key.bytes());
        benchmark::DoNotOptimize(crypto::wrap_key(kMaster, {}, kContext, key));
        benchmark::DoNotOptimize(seal_body(key, kBody, plain));
    }
    bench.SetBytesProcessed(bench.iterations() * bench.range(0));
}
BENCHMARK(seal_plain_body)->ArgName("bytes")->Arg(4096)->Arg(65536)->Arg(1 << 20);

}  // namespace
}  // namespace tarn::s3
