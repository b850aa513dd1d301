#include "server/cloudfront/control_store.h"

#include "server/storage/memory_metadata_store.h"

#include <set>
#include <thread>

#include <gtest/gtest.h>

namespace tarn::cloudfront {
namespace {

using Type = cdn::LogRecord::Type;

class StoreTest : public testing::Test {
  protected:
    StoreTest() { EXPECT_TRUE(store_.open("log-1")); }

    std::uint64_t append(std::string_view id = "I") {
        return *store_.transact([&](Transaction& transaction) -> Result<std::uint64_t, Error> {
            return transaction.append(
                {.type = Type::Invalidation, .invalidation_id = std::string(id)});
        });
    }
    // A distribution whose newest record is the one that this appends.
    std::uint64_t put_distribution(const std::string& id) {
        return *store_.transact([&](Transaction& transaction) -> Result<std::uint64_t, Error> {
            DistributionRow row{.id = id};
            row.sequence = transaction.append({.type = Type::Distribution, .distribution_id = id});
            transaction.put(distribution_key(id), write_row(row));
            return row.sequence;
        });
    }
    static std::vector<std::uint64_t> sequences(const ControlStore::LogLines& lines) {
        std::vector<std::uint64_t> list;
        std::string_view text = lines.text;
        while (!text.empty()) {
            const std::size_t end = text.find('\n') + 1;
            list.push_back(cdn::read_log_record(text.substr(0, end))->sequence);
            text.remove_prefix(end);
        }
        return list;
    }
    using Sequences = std::vector<std::uint64_t>;

    storage::MemoryMetadataStore metadata_;
    ControlStore store_{metadata_};
};

TEST_F(StoreTest, SequencesHaveNoGapsAndSurviveReopening) {
    EXPECT_EQ(append(), 1u);
    EXPECT_EQ(append(), 2u);
    EXPECT_EQ(store_.newest_sequence(), 2u);
    ControlStore again(metadata_);
    ASSERT_TRUE(again.open("log-2"));
    EXPECT_EQ(again.newest_sequence(), 2u);
    EXPECT_EQ(again.log_name(), "log-1");
}

TEST_F(StoreTest, AFailedTransactionChangesNothing) {
    const auto failed = store_.transact([&](Transaction& transaction) -> Result<void, Error> {
        transaction.append({.type = Type::Invalidation});
        transaction.put("cf/x", "1");
        return fail(error(ErrorCode::InvalidArgument));
    });
    EXPECT_FALSE(failed);
    EXPECT_FALSE(*store_.get("cf/x"));
    EXPECT_EQ(append(), 1u);
}

TEST_F(StoreTest, TwoServersNeverGiveOneNumberTwice) {
    ControlStore other(metadata_);
    ASSERT_TRUE(other.open("unused"));
    constexpr int kEach = 200;
    std::set<std::uint64_t> first;
    std::set<std::uint64_t> second;
    const auto run = [](ControlStore& store, std::set<std::uint64_t>& numbers) {
        while (numbers.size() < kEach) {
            const auto number =
                store.transact([&](Transaction& transaction) -> Result<std::uint64_t, Error> {
                    return transaction.append({.type = Type::Invalidation});
                });
            // Too many conflicts in a row are told to the caller.
            if (number) EXPECT_TRUE(numbers.insert(*number).second);
        }
    };
    std::thread thread([&] { run(other, second); });
    run(store_, first);
    thread.join();
    first.merge(second);
    EXPECT_EQ(first.size(), 2u * kEach);
    EXPECT_EQ(*first.begin(), 1u);
    EXPECT_EQ(*first.rbegin(), 2u * kEach);
    const auto lines = store_.log_lines(0, 1 << 30);
    ASSERT_TRUE(lines);
    EXPECT_EQ(sequences(*lines).size(), 2u * kEach);
}

TEST_F(StoreTest, TheHookRunsOnlyForAppends) {
    std::vector<std::uint64_t> newest;
    store_.on_append([&](std::uint64_t sequence) { newest.push_back(sequence); });
    append();
    ASSERT_TRUE(store_.transact([](Transaction& transaction) -> Result<void, Error> {
        transaction.put("cf/x", "1");
        return {};
    }));
    append();
    EXPECT_EQ(newest, (Sequences{1, 2}));
}

TEST_F(StoreTest, LinesFollowInOrderAndInPieces) {
    for (int i = 0; i < 5; ++i)
        append();
    EXPECT_EQ(sequences(*store_.log_lines(0, 1 << 20)), (Sequences{1, 2, 3, 4, 5}));
    EXPECT_EQ(sequences(*store_.log_lines(3, 1 << 20)), (Sequences{4, 5}));
    const auto one = store_.log_lines(1, 1);
    EXPECT_EQ(sequences(*one), Sequences{2});
    EXPECT_EQ(one->last, 2u);
    const auto none = store_.log_lines(5, 1);
    EXPECT_TRUE(none->text.empty());
    EXPECT_EQ(none->last, 5u);
}

TEST_F(StoreTest, ASnapshotHoldsTheNewestRecordOfEveryDistribution) {
    put_distribution("A");
    append();
    put_distribution("B");
    put_distribution("A");
    append();
    const auto snapshot = store_.snapshot();
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(sequences(*snapshot), (Sequences{3, 4}));
    EXPECT_EQ(snapshot->last, 5u);
    EXPECT_TRUE(store_.log_lines(5, 1)->text.empty());
}

TEST_F(StoreTest, TruncationKeepsWhatASnapshotNeeds) {
    put_distribution("A");  // 1, replaced by 4
    put_distribution("B");  // 2
    append();               // 3
    put_distribution("A");  // 4
    append();               // 5
    append();               // 6
    ASSERT_TRUE(store_.truncate(5));
    EXPECT_EQ(*store_.truncated_up_to(), 5u);
    EXPECT_EQ(sequences(*store_.snapshot()), (Sequences{2, 4}));
    EXPECT_EQ(sequences(*store_.log_lines(5, 1 << 20)), Sequences{6});
    // Who has less would miss something.
    EXPECT_FALSE(store_.log_lines(4, 1 << 20));
    EXPECT_FALSE(store_.log_lines(0, 1 << 20));
    ASSERT_TRUE(store_.truncate(5));
    EXPECT_EQ(append(), 7u);
}

TEST_F(StoreTest, TheNewestClockRecordIsKept) {
    EXPECT_FALSE(*store_.clock_record());
    ASSERT_TRUE(store_.transact([](Transaction& transaction) -> Result<void, Error> {
        const auto sequence =
            transaction.append({.type = Type::ClockOffset, .clock_offset_ms = 1234});
        transaction.put(std::string(kClockKey), std::to_string(sequence));
        return {};
    }));
    append();
    ASSERT_TRUE(store_.truncate(2));
    EXPECT_EQ((*store_.clock_record())->clock_offset_ms, 1234);
    EXPECT_EQ(sequences(*store_.snapshot()), Sequences{1});
}

TEST_F(StoreTest, CorruptRowsAreErrorsNotCrashes) {
    ASSERT_TRUE(store_.transact([](Transaction& transaction) -> Result<void, Error> {
        transaction.put(distribution_key("X"), "{\"id\":");
        return {};
    }));
    EXPECT_FALSE(store_.get_row<DistributionRow>(distribution_key("X")));
    EXPECT_FALSE(store_.rows<DistributionRow>(kDistributionPrefix));
}

TEST(RowsTest, EveryMemberSurvives) {
    const DistributionRow distribution{.id = "E1",
                                       .account_id = "1",
                                       .etag = "T",
                                       .caller_reference = "r\"\n",
                                       .modified = WallTime(std::chrono::milliseconds(5)),
                                       .sequence = 6,
                                       .deployed_sequence = 7,
                                       .config_epoch = UINT64_MAX,
                                       .config_xml = "<x/>",
                                       .aliases = {"a", "b"},
                                       .references = {"CachePolicy/p"},
                                       .tags = {{"k", "v"}}};
    DistributionRow read;
    ASSERT_TRUE(read_row(write_row(distribution), read));
    EXPECT_EQ(write_row(read), write_row(distribution));
    EXPECT_EQ(read.config_epoch, UINT64_MAX);
    EXPECT_EQ(read.tags, distribution.tags);

    InvalidationRow invalidation{.id = "I1", .paths = {"/a"}, .completed = WallTime{}};
    invalidation.proof = {{.edge_id = "e", .lease_expired = true, .dropped = 3}};
    InvalidationRow read_invalidation;
    ASSERT_TRUE(read_row(write_row(invalidation), read_invalidation));
    EXPECT_EQ(write_row(read_invalidation), write_row(invalidation));
    EXPECT_TRUE(read_invalidation.completed);
    invalidation.completed.reset();
    InvalidationRow open;
    ASSERT_TRUE(read_row(write_row(invalidation), open));
    EXPECT_FALSE(open.completed);

    EdgeRow edge;
    EXPECT_FALSE(read_row("{}", edge));
    EXPECT_FALSE(read_row("[1]", edge));
    EXPECT_FALSE(read_row(R"({"edge":1,"boot":"b","pop":"p"})", edge));
}

TEST(LogKeyTest, KeyOrderIsSequenceOrder) {
    const std::uint64_t numbers[] = {0, 1, 255, 256, 65535, 1ull << 40, UINT64_MAX};
    for (std::size_t i = 0; i < std::size(numbers); ++i) {
        EXPECT_EQ(sequence_of_log_key(log_key(numbers[i])), numbers[i]);
        if (i > 0) EXPECT_LT(log_key(numbers[i - 1]), log_key(numbers[i]));
    }
    EXPECT_FALSE(sequence_of_log_key("short"));
}

}  // namespace
}  // namespace tarn::cloudfront
