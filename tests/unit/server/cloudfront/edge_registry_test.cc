#include "server/cloudfront/edge_registry.h"

#include <gtest/gtest.h>

namespace tarn::cloudfront {
namespace {

using std::chrono::seconds;

class RegistryTest : public testing::Test {
  protected:
    ManualClock clock_;
    EdgeRegistry registry_{clock_, {}};
    EdgeRegistry fenced_{clock_, {.fence = true}};
};

TEST_F(RegistryTest, WithoutEdgesEverythingIsSettled) {
    EXPECT_TRUE(registry_.settled(1));
    EXPECT_TRUE(registry_.settled(1000));
    EXPECT_FALSE(registry_.smallest_applied());
}

TEST_F(RegistryTest, AChangeIsSettledWhenTheLastEdgeHasIt) {
    EXPECT_TRUE(registry_.connect("a", "1", "FRA", 5));
    EXPECT_TRUE(registry_.connect("b", "1", "NRT", 5));
    EXPECT_TRUE(registry_.settled(5));
    EXPECT_FALSE(registry_.settled(6));
    EXPECT_TRUE(registry_.acknowledge("a", "1", 7, 0));
    EXPECT_FALSE(registry_.settled(6));
    EXPECT_TRUE(registry_.acknowledge("b", "1", 6, 0));
    EXPECT_TRUE(registry_.settled(6));
    EXPECT_FALSE(registry_.settled(7));
    EXPECT_EQ(registry_.smallest_applied(), 6u);
}

TEST_F(RegistryTest, AnEarlierAcknowledgementTakesNothingBack) {
    registry_.connect("a", "1", "FRA", 5);
    registry_.acknowledge("a", "1", 9, 0);
    registry_.acknowledge("a", "1", 7, 0);
    EXPECT_TRUE(registry_.settled(9));
    EXPECT_EQ(registry_.edges().front().applied, 9u);
}

TEST_F(RegistryTest, AnExpiredLeaseStillHoldsAChangeUp) {
    registry_.connect("a", "1", "FRA", 5);
    clock_.advance(seconds(60));
    EXPECT_FALSE(registry_.edges().front().lease_live);
    EXPECT_FALSE(registry_.settled(6));
    registry_.acknowledge("a", "1", 6, 0);
    EXPECT_TRUE(registry_.settled(6));
}

TEST_F(RegistryTest, UnderFenceAnExpiredLeaseCounts) {
    fenced_.connect("a", "1", "FRA", 5);
    fenced_.connect("b", "1", "NRT", 5);
    clock_.advance(std::chrono::milliseconds(4999));
    fenced_.acknowledge("a", "1", 6, 0);
    EXPECT_FALSE(fenced_.settled(6));
    clock_.advance(std::chrono::milliseconds(1));
    EXPECT_TRUE(fenced_.settled(6));
    const auto settlement = fenced_.settlement(6);
    ASSERT_TRUE(settlement);
    ASSERT_EQ(settlement->edges.size(), 2u);
    EXPECT_FALSE(settlement->edges[0].lease_expired);
    EXPECT_TRUE(settlement->edges[1].lease_expired);
}

TEST_F(RegistryTest, OnlyAnAcknowledgementRenewsTheLease) {
    fenced_.connect("a", "1", "FRA", 5);
    clock_.advance(seconds(4));
    EXPECT_TRUE(fenced_.heard("a", "1"));
    clock_.advance(seconds(1));
    EXPECT_FALSE(fenced_.edges().front().lease_live);
    EXPECT_TRUE(fenced_.acknowledge("a", "1", 5, 0));
    EXPECT_TRUE(fenced_.edges().front().lease_live);
    EXPECT_FALSE(fenced_.settled(6));
}

TEST_F(RegistryTest, WhatWasSettledStaysSoWhenAnEdgeJoins) {
    EXPECT_TRUE(registry_.settled(3));
    registry_.connect("a", "1", "FRA", 0);
    EXPECT_TRUE(registry_.settled(3));
    EXPECT_FALSE(registry_.settled(4));
    registry_.acknowledge("a", "1", 4, 0);
    registry_.connect("a", "2", "FRA", 0);
    EXPECT_TRUE(registry_.settled(4));
}

TEST_F(RegistryTest, GoodbyeRemovesAnEdgeAndWakesWaiters) {
    int changes = 0;
    registry_.on_change([&] { ++changes; });
    registry_.connect("a", "1", "FRA", 5);
    registry_.connect("b", "1", "NRT", 5);
    registry_.acknowledge("a", "1", 6, 0);
    const int before = changes;
    EXPECT_FALSE(registry_.remove("b", "other-boot"));
    EXPECT_FALSE(registry_.settled(6));
    EXPECT_TRUE(registry_.remove("b", "1"));
    EXPECT_GT(changes, before);
    EXPECT_TRUE(registry_.settled(6));
    EXPECT_FALSE(registry_.remove("b", {}));
    EXPECT_FALSE(registry_.acknowledge("b", "1", 6, 0));
    EXPECT_FALSE(registry_.heard("b", "1"));
}

TEST_F(RegistryTest, AnotherBootStartsAnew) {
    EXPECT_TRUE(registry_.connect("a", "1", "FRA", 0));
    registry_.acknowledge("a", "1", 5, 3);
    EXPECT_FALSE(registry_.connect("a", "1", "FRA", 5));  // the same one again
    EXPECT_TRUE(registry_.connect("a", "2", "FRA", 0));
    EXPECT_FALSE(registry_.settled(6));
    // The one before is gone: what it says no longer counts.
    EXPECT_FALSE(registry_.acknowledge("a", "1", 9, 0));
    EXPECT_FALSE(registry_.settled(6));
    EXPECT_EQ(registry_.edges().size(), 1u);
    EXPECT_EQ(registry_.edges().front().dropped, 0u);
}

TEST_F(RegistryTest, RestoredEdgesAreWaitedFor) {
    registry_.restore({{"a", "1", "FRA"}});
    EXPECT_FALSE(registry_.settled(1));
    EXPECT_FALSE(registry_.connect("a", "1", "FRA", 7));
    EXPECT_TRUE(registry_.settled(7));
}

TEST_F(RegistryTest, UnderFenceARestoredEdgeMayStillHaveALeaseFromBefore) {
    fenced_.restore({{"a", "1", "FRA"}});
    EXPECT_FALSE(fenced_.settled(1));
    clock_.advance(cdn::kServerLease);
    EXPECT_TRUE(fenced_.settled(1));
}

TEST_F(RegistryTest, AskingForWhatFollowsIsAnAcknowledgement) {
    registry_.restore({{"a", "1", "FRA"}});
    registry_.connect("a", "1", "FRA", 7);
    EXPECT_EQ(registry_.settlement(7)->edges.at(0).acknowledged, clock_.now());
}

TEST_F(RegistryTest, SilentEdgesAreForgotten) {
    registry_.connect("a", "1", "FRA", 5);
    registry_.connect("b", "1", "NRT", 5);
    clock_.advance(seconds(599));
    registry_.heard("b", "1");
    clock_.advance(seconds(2));
    EXPECT_EQ(registry_.forget_silent(), std::vector<std::string>{"a"});
    EXPECT_EQ(registry_.edges().size(), 1u);
    EdgeRegistry patient(clock_, {.forget_after = seconds(0)});
    patient.connect("a", "1", "FRA", 5);
    clock_.advance(std::chrono::hours(1000));
    EXPECT_TRUE(patient.forget_silent().empty());
}

TEST_F(RegistryTest, ASettlementTellsWhoAcknowledgedAndWhen) {
    registry_.connect("a", "1", "FRA", 5);
    registry_.connect("b", "1", "NRT", 5);
    clock_.advance(seconds(1));
    const WallTime first = clock_.now();
    registry_.acknowledge("a", "1", 6, 10);
    clock_.advance(seconds(1));
    const WallTime second = clock_.now();
    EXPECT_FALSE(registry_.settlement(6));
    registry_.acknowledge("b", "1", 7, 20);
    clock_.advance(seconds(1));
    registry_.acknowledge("a", "1", 9, 30);
    const auto settlement = registry_.settlement(6);
    ASSERT_TRUE(settlement);
    EXPECT_EQ(settlement->time, second);
    ASSERT_EQ(settlement->edges.size(), 2u);
    EXPECT_EQ(settlement->edges[0].edge_id, "a");
    EXPECT_EQ(settlement->edges[0].acknowledged, first);
    EXPECT_EQ(settlement->edges[0].dropped, 10u);
    EXPECT_EQ(settlement->edges[1].acknowledged, second);
    EXPECT_EQ(registry_.settlement(7)->time, second + seconds(1));
}

TEST_F(RegistryTest, StreamsAreCounted) {
    registry_.connect("a", "1", "FRA", 0);
    registry_.connect("a", "1", "FRA", 0);
    registry_.disconnect("a", "1");
    EXPECT_EQ(registry_.edges().front().stream_count, 1);
    registry_.disconnect("a", "2");
    EXPECT_EQ(registry_.edges().front().stream_count, 1);
}

}  // namespace
}  // namespace tarn::cloudfront
