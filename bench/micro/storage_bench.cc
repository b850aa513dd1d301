// Commits, reads and blobs on the disk of TARN_BENCH_DIRECTORY (else the temporary directory).
//
// Every thread of a benchmark is one submitter that waits for its commit, as one connection does.

#include "common/base/random.h"
#include "server/storage/engine.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

namespace tarn::storage {
namespace {

namespace fs = std::filesystem;

// One engine for all threads and benchmarks, in a directory that is removed at the end.
class SharedEngine {
  public:
    SharedEngine() {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment
        const char* const base = std::getenv("TARN_BENCH_DIRECTORY");
        std::string name =
            ((base != nullptr ? fs::path(base) : fs::temp_directory_path()) / "tarn-bench-XXXXXX")
                .string();
        if (mkdtemp(name.data()) == nullptr) std::abort();
        directory_ = name;
        auto engine = open_engine({.directory = directory_ / "data"}, clock_, random_);
        if (!engine) std::abort();
        engine_ = *std::move(engine);
    }
    ~SharedEngine() {
        engine_.reset();
        std::error_code ignored;
        fs::remove_all(directory_, ignored);
    }
    Engine& get() { return *engine_; }

  private:
    fs::path directory_;
    SystemClock clock_;
    SystemRandom random_;
    std::unique_ptr<Engine> engine_;
};

Engine& engine() {
    static SharedEngine shared;
    return shared.get();
}

std::string next_key() {
    static std::atomic<std::uint64_t> number{0};
    return "key/" + std::to_string(number++);
}

// A row of 300 bytes that must be new, as a PutObject makes it, and a body of range(0) bytes.
void commit_object(benchmark::State& state) {
    const std::string row(300, 'r');
    const std::string body(static_cast<std::size_t>(state.range(0)), 'b');
    for (auto _ : state) {
        const std::string key = next_key();
        Batch batch{
            .partition = 1,
            .guards = {{.table = Table::Objects, .key = key, .revision = 0}},
            .mutations = {
                {.kind = Mutation::Kind::Put, .table = Table::Objects, .key = key, .value = row}}};
        if (!body.empty()) {
            batch.mutations.push_back(
                {.kind = Mutation::Kind::Put, .table = Table::Bodies, .key = key, .value = body});
        }
        if (!commit_and_wait(engine().metadata(), std::move(batch))) {
            state.SkipWithError("commit failed");
            break;
        }
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(commit_object)->Arg(0)->Arg(4096)->Threads(1)->Threads(16)->Threads(64)->UseRealTime();
BENCHMARK(commit_object)->Arg(64 * 1024)->Threads(16)->UseRealTime();

void get_cached_row(benchmark::State& state) {
    if (state.thread_index() == 0) {
        Batch row{.partition = 2,
                  .guards = {},
                  .mutations = {{.kind = Mutation::Kind::Put,
                                 .table = Table::Objects,
                                 .key = "hot",
                                 .value = std::string(300, 'r')}}};
        if (!commit_and_wait(engine().metadata(), std::move(row))) std::abort();
    }
    for (auto _ : state) {
        benchmark::DoNotOptimize(engine().metadata().get_cached(Table::Objects, 2, "hot"));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(get_cached_row);

void scan_page(benchmark::State& state) {
    Batch rows{.partition = 3, .guards = {}, .mutations = {}};
    for (int i = 0; i < 1000; ++i) {
        rows.mutations.push_back({.kind = Mutation::Kind::Put,
                                  .table = Table::Objects,
                                  .key = "page/" + std::to_string(100'000 + i),
                                  .value = std::string(300, 'r')});
    }
    if (!commit_and_wait(engine().metadata(), std::move(rows))) std::abort();
    for (auto _ : state) {
        std::size_t bytes = 0;
        for (auto row = engine().metadata().scan(Table::Objects, 3, ""); row->valid();
             row->next()) {
            bytes += row->value().size();
        }
        benchmark::DoNotOptimize(bytes);
    }
    state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(scan_page);

void write_blob(benchmark::State& state) {
    const std::string bytes(static_cast<std::size_t>(state.range(0)), 'b');
    for (auto _ : state) {
        const auto writer = engine().blobs().create({.bucket_id = 1, .key = "k"});
        if (!writer || !(*writer)->append(bytes) || !(*writer)->finish()) {
            state.SkipWithError("blob failed");
            break;
        }
        state.PauseTiming();
        if (!engine().blobs().remove((*writer)->id())) std::abort();
        state.ResumeTiming();
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(write_blob)->Arg(256 << 10)->Threads(1)->Threads(16)->UseRealTime();
BENCHMARK(write_blob)->Arg(64 << 20)->UseRealTime();

void read_blob(benchmark::State& state) {
    const auto size = static_cast<std::size_t>(state.range(0));
    const auto writer = *engine().blobs().create({.bucket_id = 1, .key = "k"});
    if (!writer->append(std::string(size, 'b')) || !writer->finish()) std::abort();
    const auto reader = *engine().blobs().open(writer->id());
    std::string buffer(std::min<std::size_t>(size, 1u << 20), '\0');
    for (auto _ : state) {
        for (std::size_t at = 0; at < size; at += buffer.size()) {
            if (!reader->read(at, std::span(buffer))) state.SkipWithError("read failed");
        }
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
    if (!engine().blobs().remove(writer->id())) std::abort();
}
BENCHMARK(read_blob)->Arg(256 << 10)->Arg(16 << 20);

}  // namespace
}  // namespace tarn::storage
