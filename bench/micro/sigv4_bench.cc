// Verifying the signature of a GET: with the signing key at hand, and deriving it.

#include "bench/micro/signing.h"
#include "common/aws/sigv4.h"
#include "common/base/check.h"
#include "common/http/target.h"

#include <benchmark/benchmark.h>

namespace tarn {
namespace {

constexpr std::string_view kTarget = "/videos/2026/11/22/movie%20one.mp4?x-id=GetObject";

// A parsed signed request.
struct Signed {
    Signed() : text(signed_get_head(kTarget, clock.now())) {
        CHECK(http::parse_request_head(text, {}, head).has_value());
        auto parsed = http::parse_query(http::split_target(head.target).query);
        CHECK(parsed.has_value());
        query = *std::move(parsed);
    }
    aws::SignedRequest request() const {
        return {.head = head, .path = http::split_target(head.target).path, .query = query};
    }

    ManualClock clock;
    std::string text;
    http::RequestHead head;
    std::vector<http::QueryParameter> query;
};

void verify_sigv4(benchmark::State& bench) {
    const Signed input;
    aws::SigV4Verifier verifier;
    const aws::SigV4Rules rules{.real_now = input.clock.now(), .now = input.clock.now()};
    for (auto _ : bench) {
        const aws::SignedRequest request = input.request();
        const auto credentials = aws::parse_sigv4(request, aws::CredentialCarrier::HeaderV4);
        if (!credentials || !aws::check_sigv4(request, *credentials, rules) ||
            !verifier.verify(request, *credentials, kSecret)) {
            return bench.SkipWithError("refused");
        }
    }
}
BENCHMARK(verify_sigv4);

void canonical_request(benchmark::State& bench) {
    const Signed input;
    const aws::SignedRequest request = input.request();
    const auto credentials = aws::parse_sigv4(request, aws::CredentialCarrier::HeaderV4);
    CHECK(credentials.has_value());
    aws::CanonicalRequestBuilder builder;
    for (auto _ : bench) {
        benchmark::DoNotOptimize(builder.build({.method = input.head.method_text,
                                                .path = request.path,
                                                .query = request.query,
                                                .fields = input.head.fields,
                                                .host = input.head.host,
                                                .signed_headers = credentials->signed_headers,
                                                .payload_hash = aws::kEmptySha256,
                                                .path_rule = aws::PathRule::S3}));
    }
}
BENCHMARK(canonical_request);

void derive_signing_key(benchmark::State& bench) {
    for (auto _ : bench) {
        benchmark::DoNotOptimize(aws::derive_signing_key(
            kSecret, {.day = "20261122", .region = "us-east-1", .service = "s3"}));
    }
}
BENCHMARK(derive_signing_key);

void sign_string_to_sign(benchmark::State& bench) {
    const auto key = aws::derive_signing_key(
        kSecret, {.day = "20261122", .region = "us-east-1", .service = "s3"});
    const std::string text(138, 'x');  // as long as a string to sign
    for (auto _ : bench)
        benchmark::DoNotOptimize(aws::sign_hex(*key, text));
}
BENCHMARK(sign_string_to_sign);

}  // namespace
}  // namespace tarn
