#include "edge/cache/flight.h"

#include <gtest/gtest.h>

namespace tarn::edge {
namespace {

EntryPtr entry_with_stamp(std::uint64_t stamp, std::vector<std::string> tags = {}) {
    return std::make_shared<const Entry>(EntryParts{.key = "d1:Ee0u2:/a",
                                                    .invalidation_part = {.offset = 9, .length = 2},
                                                    .tags = std::move(tags),
                                                    .stamp = stamp});
}

struct FlightTableTest : testing::Test {
    FlightTable table;
    Invalidations invalidations;
    std::atomic<std::uint64_t> sequence{5};

    FlightTable::Joined join() { return table.join("key", "/a", sequence, invalidations); }
};

TEST_F(FlightTableTest, TheFirstLeadsAndTheOthersFollow) {
    const auto first = join();
    EXPECT_TRUE(first.leads);
    EXPECT_EQ(first.flight->stamp(), 5);
    const auto second = join();
    EXPECT_FALSE(second.leads);
    EXPECT_EQ(second.flight, first.flight);
    EXPECT_TRUE(table.join("other", "/b", sequence, invalidations).leads);
    table.finish(first.flight);
    EXPECT_TRUE(join().leads);
}

TEST_F(FlightTableTest, EveryFollowerIsWokenOnceByTheOutcome) {
    const auto flight = join().flight;
    int woken = 0;
    for (int i = 0; i < 3; ++i)
        flight->on_settled([&] { ++woken; });
    EXPECT_EQ(woken, 0);
    flight->settle(Flight::Outcome::Uncacheable);
    EXPECT_EQ(woken, 3);
    flight->settle(Flight::Outcome::Stored, entry_with_stamp(5));  // the first call counts
    EXPECT_EQ(flight->outcome(), Flight::Outcome::Uncacheable);
    EXPECT_EQ(flight->entry(), nullptr);
    flight->on_settled([&] { ++woken; });
    EXPECT_EQ(woken, 4);
}

TEST_F(FlightTableTest, WhoComesAfterAnInvalidationDoesNotJoinAnOlderRequest) {
    const auto before = join();
    invalidations.add(6, "/a");
    sequence = 6;
    const auto after = join();
    EXPECT_TRUE(after.leads);
    EXPECT_NE(after.flight, before.flight);
    EXPECT_EQ(after.flight->stamp(), 6);
    EXPECT_EQ(join().flight, after.flight);
    // The old one's end does not end the new one.
    table.finish(before.flight);
    EXPECT_EQ(join().flight, after.flight);
}

TEST_F(FlightTableTest, AnInvalidationOfAnotherPathDoesNotMatter) {
    const auto before = join();
    invalidations.add(6, "/b*");
    sequence = 6;
    EXPECT_EQ(join().flight, before.flight);
}

TEST_F(FlightTableTest, ATagIsKnownWithTheAnswer) {
    const auto before = join();
    invalidations.add(6, "#red");
    EXPECT_EQ(join().flight, before.flight);  // nobody knows its tags yet
    before.flight->settle(Flight::Outcome::Stored, entry_with_stamp(5, {"red"}));
    EXPECT_TRUE(join().leads);
}

TEST_F(FlightTableTest, ABrokenAnswerIsNotJoined) {
    const auto first = join();
    first.flight->settle(Flight::Outcome::Failed);
    EXPECT_TRUE(join().leads);
}

TEST_F(FlightTableTest, TheOldestStampIsOfWhatIsUnderWay) {
    EXPECT_EQ(table.oldest_stamp(), UINT64_MAX);
    const auto first = join();
    sequence = 8;
    const auto alone = table.start_alone("key", "/a", sequence);
    EXPECT_EQ(table.oldest_stamp(), 5);
    EXPECT_EQ(table.size(), 2);
    table.finish(first.flight);
    EXPECT_EQ(table.oldest_stamp(), 8);
    table.finish(alone);
    EXPECT_EQ(table.oldest_stamp(), UINT64_MAX);
}

TEST_F(FlightTableTest, ShuttingDownLeavesNobodyWaiting) {
    const auto flight = join().flight;
    bool woken = false;
    flight->on_settled([&] { woken = true; });
    table.shut_down();
    EXPECT_TRUE(woken);
    EXPECT_EQ(flight->outcome(), Flight::Outcome::Failed);
    EXPECT_EQ(table.size(), 0);
}

TEST_F(FlightTableTest, ReadersAreCountedForAsLongAsTheyLive) {
    const auto flight = join().flight;
    {
        FlightReader a(flight);
        FlightReader b(flight);
        EXPECT_EQ(flight->reader_count(), 2);
        const FlightReader moved(std::move(a));
        EXPECT_EQ(flight->reader_count(), 2);
        b = FlightReader();
        EXPECT_EQ(flight->reader_count(), 1);
        EXPECT_EQ(table.reader_count(), 1);
    }
    EXPECT_EQ(flight->reader_count(), 0);
}

}  // namespace
}  // namespace tarn::edge
