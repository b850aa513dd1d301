#include "edge/control/snapshot.h"

#include <gtest/gtest.h>

namespace tarn::edge {
namespace {

ActiveDistribution named(const std::string& id, std::vector<std::string> aliases) {
    return activate(
        {.id = id, .domain_name = id + ".cloudfront.net", .aliases = std::move(aliases)}, nullptr);
}

std::string id_of(const Snapshot& snapshot, std::string_view host) {
    const ActiveDistribution* active = snapshot.find_host(host);
    return active == nullptr ? "" : active->config->id;
}

TEST(SnapshotTest, AnAliasNeverTakesTheNameOfAnotherDistribution) {
    const Snapshot snapshot({named("thief", {"victim.cloudfront.net", "victim.cloudfront.localhost",
                                             "*.cloudfront.net", "*.cloudfront.localhost"}),
                             named("victim", {})});
    EXPECT_EQ(id_of(snapshot, "victim.cloudfront.net"), "victim");
    EXPECT_EQ(id_of(snapshot, "victim.cloudfront.localhost"), "victim");
    EXPECT_EQ(id_of(snapshot, "thief.cloudfront.net"), "thief");
}

TEST(SnapshotTest, TheMostSpecificAliasWins) {
    const Snapshot snapshot({named("wide", {"*.example.com"}), named("deep", {"*.b.example.com"}),
                             named("exact", {"a.b.example.com"})});
    EXPECT_EQ(id_of(snapshot, "a.b.example.com"), "exact");
    EXPECT_EQ(id_of(snapshot, "x.b.example.com"), "deep");
    EXPECT_EQ(id_of(snapshot, "x.c.example.com"), "wide");
    EXPECT_EQ(id_of(snapshot, "example.com"), "");
}

}  // namespace
}  // namespace tarn::edge
