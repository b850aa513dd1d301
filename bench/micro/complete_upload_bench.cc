// CompleteMultipartUpload of 10,000 parts (goal: below 200 ms), signature and all.

#include "bench/micro/null_exchange.h"
#include "bench/micro/s3_under_bench.h"
#include "server/s3/get_object.h"
#include "server/s3/uploads.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

namespace tarn::s3 {
namespace {

constexpr std::string_view kKey = "large";

// The rows of an upload all of whose parts are there, but not their bodies.
std::string begin_upload(S3UnderBench& s3) {
    std::string id = new_upload_id(s3.services());
    const UploadRecord upload{.initiated = s3.now(),
                              .attributes = {.content_type = "binary/octet-stream"},
                              .algorithm = crypto::ChecksumAlgorithm::CRC32,
                              .owner_account_id = std::string(auth::kDefaultAccountId)};
    storage::Batch batch{.partition = s3.partition()};
    batch.mutations.push_back(
        {.table = storage::Table::Uploads, .key = upload_key(kKey, id), .value = encode(upload)});
    for (std::uint32_t number = 1; number <= kMaxPartNumber; ++number) {
        const PartRecord part{
            .body = {.kind = BodyRef::Kind::Blob,
                     .id = new_body_id(s3.services().random),
                     .size = kMinPartBytes},
            .last_modified = s3.now(),
            .etag = fmt::format("{:032x}", number),
            .checksum = StoredChecksum{.algorithm = crypto::ChecksumAlgorithm::CRC32,
                                       .type = ChecksumType::FullObject,
                                       .value = "AAAAAA=="}};
        batch.mutations.push_back(
            {.table = storage::Table::Uploads, .key = part_key(id, number), .value = encode(part)});
    }
    CHECK(storage::commit_and_wait(s3.metadata(), std::move(batch)).has_value());
    return id;
}

std::string part_list() {
    std::string list = "<CompleteMultipartUpload>";
    for (std::uint32_t number = 1; number <= kMaxPartNumber; ++number) {
        list += fmt::format(
            "<Part><PartNumber>{0}</PartNumber><ETag>&quot;{0:032x}&quot;</ETag>"
            "<ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part>",
            number);
    }
    return list + "</CompleteMultipartUpload>";
}

void complete_10000_parts(benchmark::State& bench) {
    S3UnderBench s3(bench.range(0) != 0, storage::Durability::Strict);
    const std::string list = part_list();
    for (auto _ : bench) {
        bench.PauseTiming();
        const std::string target = fmt::format("/bench/{}?uploadId={}", kKey, begin_upload(s3));
        NullExchange exchange(
            signed_head({.method = "POST", .target = target, .body = list}, s3.now()), list);
        bench.ResumeTiming();
        s3.wait(s3.api().handle(exchange));
        if (exchange.status() != 200) return bench.SkipWithError("refused");
    }
}
BENCHMARK(complete_10000_parts)
    ->ArgName("disk")
    ->Arg(0)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace tarn::s3
