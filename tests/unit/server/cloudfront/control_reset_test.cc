// The test-only reset of the control plane.

#include "tests/support/net/fake_exchange.h"
#include "tests/unit/server/cloudfront/control_fixture.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>

namespace tarn::cloudfront {
namespace {

class ControlResetTest : public ControlTest {
  protected:
    ~ControlResetTest() override { pool_.join(); }

    // The status of CreateDistribution, begun when there had been so many resets.
    int create_of(std::uint64_t reset_count) {
        test::FakeExchange exchange(
            "POST /2020-05-31/distribution HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "",
            net::Peer{});
        const std::string body = minimal_config("late");
        boost::asio::io_context loop;
        auto done = boost::asio::co_spawn(
            loop, api_->handle(exchange, identity_, body, reset_count), boost::asio::use_future);
        loop.run();
        done.get();
        return exchange.head().status();
    }
};

TEST_F(ControlResetTest, RemovesWhatWasMadeAndTellsTheEdges) {
    const std::string first = create_distribution("r1").text("Id");
    const std::string second = create_distribution("r2").text("Id");
    ASSERT_EQ(
        call("POST", "/distribution/" + first + "/invalidation", invalidation_batch("i", {"/*"}))
            .status(),
        201);
    const std::uint64_t before = api_->overview()->newest_sequence;

    ASSERT_TRUE(api_->reset().has_value());
    EXPECT_EQ(call("GET", "/distribution").text("Quantity"), "0");
    EXPECT_EQ(call("GET", "/distribution/" + first).code(), "NoSuchDistribution");
    EXPECT_EQ(call("GET", "/distribution/" + first + "/invalidation").code(), "NoSuchDistribution");
    std::vector<std::string> deleted;
    for (const cdn::LogRecord& record : log_from(before)) {
        EXPECT_EQ(record.type, cdn::LogRecord::Type::DistributionDeleted);
        deleted.push_back(record.distribution_id);
    }
    EXPECT_THAT(deleted, testing::UnorderedElementsAre(first, second));
    for (const std::string_view prefix : {kDistributionPrefix, kInvalidationPrefix,
                                          kInvalidationReferencePrefix, kResourcePrefix}) {
        const auto cursor = store_.scan(storage::Table::System, storage::kSystemPartition, prefix);
        EXPECT_FALSE(cursor->valid() && cursor->key().starts_with(prefix)) << prefix;
    }
    // The caller references are free again, also after a restart.
    EXPECT_EQ(create_distribution("r1").status(), 201);
    restart();
    EXPECT_EQ(call("GET", "/distribution").text("Quantity"), "1");
}

TEST_F(ControlResetTest, OfNothingIsNothing) {
    ASSERT_TRUE(api_->reset().has_value());
    EXPECT_EQ(log_from(0).size(), 0u);
    EXPECT_EQ(create_distribution().status(), 201);
}

TEST_F(ControlResetTest, ARequestOfBeforeIsTurnedBack) {
    const std::uint64_t before = api_->reset_count();
    ASSERT_TRUE(api_->reset().has_value());
    EXPECT_EQ(create_of(before), 503);
    EXPECT_EQ(call("GET", "/distribution").text("Quantity"), "0");
    EXPECT_EQ(create_of(api_->reset_count()), 201);
}

}  // namespace
}  // namespace tarn::cloudfront
