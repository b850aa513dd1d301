// Writers that all want to be the first: one of them is, whatever comes between its look at the key
// and its commit.

#include "server/s3/bucket_creation.h"
#include "server/s3/object_store.h"
#include "server/storage/engine.h"
#include "tests/support/net/fake_exchange.h"

#include <atomic>
#include <barrier>
#include <filesystem>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <stdlib.h>

namespace tarn::s3 {
namespace {

constexpr int kWriters = 16;
constexpr int kRaces = 10'000;
constexpr int kRacesOnDisk = 1'000;  // each commit wakes the committer

// Runs a coroutine to its end, on the caller's thread.
template <class T>
T run(boost::asio::io_context& loop, net::Task<T> task) {
    auto result = boost::asio::co_spawn(loop, std::move(task), boost::asio::use_future);
    loop.restart();
    loop.run();
    return result.get();
}

// Lets other threads run between a writer's look and its commit; the engine in memory commits on
// the writer's thread, so that they would hardly ever meet.
class YieldingStore final : public storage::MetadataStore {
  public:
    explicit YieldingStore(storage::MetadataStore& store) : store_(store) {}

    Result<storage::Row, storage::StoreError> get(storage::Table table,
                                                  storage::Partition partition,
                                                  std::string_view key) override {
        return store_.get(table, partition, key);
    }
    std::optional<Result<storage::Row, storage::StoreError>> get_cached(
        storage::Table table, storage::Partition partition, std::string_view key) override {
        return store_.get_cached(table, partition, key);
    }
    std::unique_ptr<storage::RowCursor> scan(storage::Table table, storage::Partition partition,
                                             std::string_view from) override {
        return store_.scan(table, partition, from);
    }
    std::vector<std::unique_ptr<storage::RowCursor>> scan_together(
        std::span<const storage::Table> tables, storage::Partition partition) override {
        return store_.scan_together(tables, partition);
    }
    void commit(storage::Batch batch, std::function<void(storage::CommitResult)> done) override {
        std::this_thread::yield();
        store_.commit(std::move(batch),
                      [&conflicts = conflicts, done](storage::CommitResult result) {
                          if (!result && result.error() == storage::StoreError::Conflict)
                              ++conflicts;
                          done(result);
                      });
    }
    storage::Revision last_revision(storage::Partition partition) override {
        return store_.last_revision(partition);
    }
    Result<std::vector<storage::Partition>, storage::StoreError> partitions(
        storage::Table table) override {
        return store_.partitions(table);
    }
    bool healthy() const override { return store_.healthy(); }

    std::atomic<int> conflicts{0};  // commits that came too late

  private:
    storage::MetadataStore& store_;
};

class ConditionalWriteRaceTest : public testing::TestWithParam<bool> {
  protected:
    ConditionalWriteRaceTest() {
        storage::EngineOptions options;
        if (GetParam()) {
            std::string name =
                (std::filesystem::temp_directory_path() / "tarn-race-XXXXXX").string();
            CHECK(mkdtemp(name.data()) != nullptr);
            directory_ = name;
            options.directory = directory_ / "data";
            options.durability = storage::Durability::Relaxed;
        }
        engine_ = *storage::open_engine(options, clock_, random_);
        store_.emplace(engine_->metadata());
        services_.emplace(Services{.metadata = *store_,
                                   .blobs = engine_->blobs(),
                                   .pool = pool_,
                                   .clock = clock_,
                                   .random = random_,
                                   .buckets = buckets_,
                                   .pins = pins_,
                                   .announce_trash = [] {},
                                   .credentials = credentials_,
                                   .master_keys = master_keys_});
        boost::asio::io_context loop(1);
        CHECK(run(loop,
                  create_bucket_rows(*services_, "b",
                                     {.owner_account_id = "000000000000", .region = "us-east-1"}))
                  .has_value());
        bucket_ = buckets_.find("b");
    }
    ~ConditionalWriteRaceTest() override {
        pool_.join();
        engine_.reset();
        if (!directory_.empty()) std::filesystem::remove_all(directory_);
    }

    // One writer's part in all races.  Nobody shares its thread, so it may block.
    template <class Barrier>
    net::Task<> write_in(int races, std::atomic<int>& winners, Barrier& end_of_race) {
        for (int number = 0; number < races; ++number) {
            auto written =
                co_await write_object(*services_, bucket_, {.key = "k", .condition = condition_});
            if (written) {
                ++winners;
            } else {
                EXPECT_EQ(written.error().code, ErrorCode::PreconditionFailed);
            }
            end_of_race.arrive_and_wait();
        }
    }
    WriteCondition if_none_match() {
        test::FakeExchange exchange("PUT /b/k HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\n\r\n");
        return *read_write_condition({.exchange = exchange, .head = exchange.request()});
    }
    void delete_row() {
        const auto deleted = storage::commit_and_wait(
            engine_->metadata(), {.partition = bucket_->partition(),
                                  .mutations = {{.kind = storage::Mutation::Kind::Delete,
                                                 .table = storage::Table::Objects,
                                                 .key = "k"}}});
        CHECK(deleted.has_value());
    }

    std::filesystem::path directory_;
    ManualClock clock_;
    SystemRandom random_;
    net::BlockingPool pool_{1};
    std::unique_ptr<storage::Engine> engine_;
    std::optional<YieldingStore> store_;
    BucketRegistry buckets_;
    auth::CredentialStore credentials_{{}, false};
    storage::ReadPins pins_;
    MasterKeys master_keys_ = *MasterKeys::parse(MasterKeys::new_line(random_));
    std::optional<Services> services_;
    BucketPtr bucket_;
    const WriteCondition condition_ = if_none_match();
};

TEST_P(ConditionalWriteRaceTest, OneOfSixteenWritersWinsEveryRace) {
    std::atomic<int> winners{0};
    int wrong_races = 0;
    std::barrier race(kWriters, [&]() noexcept {
        if (winners.exchange(0) != 1) ++wrong_races;
        delete_row();
    });
    const int races = GetParam() ? kRacesOnDisk : kRaces;
    std::vector<std::thread> writers;
    for (int i = 0; i < kWriters; ++i) {
        writers.emplace_back([&] {
            boost::asio::io_context loop(1);
            run(loop, write_in(races, winners, race));
        });
    }
    for (std::thread& writer : writers)
        writer.join();
    EXPECT_EQ(wrong_races, 0);
    EXPECT_GT(store_->conflicts, races) << "they raced";
}

INSTANTIATE_TEST_SUITE_P(Engines, ConditionalWriteRaceTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "OnDisk" : "InMemory"; });

}  // namespace
}  // namespace tarn::s3
