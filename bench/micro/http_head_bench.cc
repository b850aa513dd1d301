// Parsing a request head: the gate, Beast, and the framing rules together.

#include "bench/micro/signing.h"
#include "common/http/head.h"

#include <benchmark/benchmark.h>

namespace tarn {
namespace {

constexpr std::string_view kPlain =
    "GET /hit/1k HTTP/1.1\r\n"
    "Host: e1.cloudfront.net\r\n"
    "\r\n";

constexpr std::string_view kBrowser =
    "GET /images/logo.png?utm_source=mail HTTP/1.1\r\n"
    "Host: e1.cloudfront.net\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0\r\n"
    "Accept: image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Referer: https://e1.cloudfront.net/index.html\r\n"
    "Connection: keep-alive\r\n"
    "Cookie: session=8f14e45fceea167a5a36dedd4bea2543; theme=dark\r\n"
    "Sec-Fetch-Dest: image\r\n"
    "Sec-Fetch-Mode: no-cors\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "\r\n";

void parse(benchmark::State& bench, std::string_view bytes) {
    http::RequestHead head;
    for (auto _ : bench) {
        const auto size = http::find_head_end(bytes);
        const auto parsed = http::parse_request_head(bytes.substr(0, size.value_or(0)), {}, head);
        if (!parsed) return bench.SkipWithError("refused");
        benchmark::DoNotOptimize(head.host.data());
    }
    bench.SetBytesProcessed(bench.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void parse_plain_head(benchmark::State& bench) {
    parse(bench, kPlain);
}
BENCHMARK(parse_plain_head);

void parse_browser_head(benchmark::State& bench) {
    parse(bench, kBrowser);
}
BENCHMARK(parse_browser_head);

void parse_signed_head(benchmark::State& bench) {
    parse(bench, signed_get_head("/bucket/key", ManualClock().now()));
}
BENCHMARK(parse_signed_head);

}  // namespace
}  // namespace tarn
