#include "edge/control/log_follower.h"

#include "edge_fixture.h"

#include <deque>
#include <string>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tarn::edge {
namespace {

using Type = cdn::LogRecord::Type;

cdn::LogRecord heartbeat(std::uint64_t sequence) {
    return {.type = Type::Heartbeat, .sequence = sequence};
}
cdn::LogRecord invalidation(std::uint64_t sequence, std::string path) {
    return {.type = Type::Invalidation,
            .sequence = sequence,
            .distribution_id = "E1",
            .invalidation_id = "I" + std::to_string(sequence),
            .paths = {std::move(path)}};
}

// A server's log: what the test appends goes to whoever follows.
class FakeLog {
  public:
    net::Task<> answer(net::Exchange& exchange, const TestOrigin::Seen& seen) {
        if (seen.target == "/_ctl/ack" || seen.target == "/_ctl/goodbye") {
            const std::lock_guard lock(mutex_);
            (seen.target == "/_ctl/ack" ? acks_ : goodbyes_).push_back(seen.body);
            respond(exchange, ack_status_, "", "");
            co_return;
        }
        if (gone_.exchange(false)) {
            respond(exchange, 410, "", "");
            co_return;
        }
        exchange.head().begin_response(200);
        exchange.head().add("X-Tarn-Log", "log-1");
        if (!co_await exchange.start(std::nullopt)) co_return;
        std::size_t sent = 0;
        {
            const std::lock_guard lock(mutex_);
            sent = from_;
        }
        while (!cut_.exchange(false)) {
            std::string lines;
            {
                const std::lock_guard lock(mutex_);
                while (sent < lines_.size())
                    lines += lines_[sent++];
                from_ = sent;
            }
            if (!lines.empty() && !co_await exchange.write(lines)) co_return;
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor,
                                            std::chrono::milliseconds(1));
            co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            if (closed_) co_return;
        }
    }
    void append(const cdn::LogRecord& record) {
        const std::lock_guard lock(mutex_);
        lines_.push_back(cdn::write_log_record(record));
    }
    void append_text(std::string text) {
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(text));
    }
    std::string last_ack() const {
        const std::lock_guard lock(mutex_);
        return acks_.empty() ? "" : acks_.back();
    }
    std::size_t goodbye_count() const {
        const std::lock_guard lock(mutex_);
        return goodbyes_.size();
    }
    void cut() { cut_ = true; }
    void set_gone() { gone_ = true; }
    void close() { closed_ = true; }

  private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
    std::vector<std::string> acks_;
    std::vector<std::string> goodbyes_;
    std::size_t from_ = 0;
    int ack_status_ = 204;
    std::atomic<bool> cut_{false};
    std::atomic<bool> gone_{false};
    std::atomic<bool> closed_{false};
};

struct LogFollowerTest : EdgeTest {
    LogFollowerTest() {
        origin_.set_answer(
            [this](net::Exchange& exchange, const TestOrigin::Seen& seen) -> net::Task<> {
                if (seen.target.starts_with("/_ctl/")) {
                    co_await log_.answer(exchange, seen);
                } else {
                    respond(exchange, 200, "", "origin");
                }
            });
    }
    ~LogFollowerTest() override {
        if (follower_) follower_->stop();
        log_.close();
        if (server_) server_->drain(std::chrono::seconds(0));
        loops_->stop();
        follower_.reset();
    }

    void follow() {
        serve(distribution());
        state_->set_fence(true);
        follower_ = std::make_unique<LogFollower>(
            loops_->loop(0), nullptr, *state_,
            FollowerOptions{.server = {.host = "127.0.0.1", .port = origin_port_},
                            .token = "token",
                            .edge_id = "edge 1",
                            .boot_id = "boot",
                            .pop = "TST50-P1"});
        boost::asio::co_spawn(loops_->loop(0), follower_->run(), boost::asio::detached);
    }
    bool acknowledged(std::uint64_t sequence) const {
        const std::string wanted = "\"applied\":" + std::to_string(sequence) + ",";
        return eventually([&] { return log_.last_ack().find(wanted) != std::string::npos; });
    }

    FakeLog log_;
    std::unique_ptr<LogFollower> follower_;
};

TEST_F(LogFollowerTest, AnInvalidationActsBeforeItIsAcknowledged) {
    log_.append(heartbeat(3));
    follow();
    ASSERT_TRUE(acknowledged(3));
    const auto asked = origin_.at(0);
    EXPECT_EQ(asked.target, "/_ctl/log?from=0&edge=edge%201&boot=boot&pop=TST50-P1");
    EXPECT_EQ(asked.headers.at("authorization"), "Bearer token");
    get("/a");
    EXPECT_EQ(get("/a").header("x-cache"), "Hit from cloudfront");
    log_.append(invalidation(4, "/a"));
    ASSERT_TRUE(acknowledged(4));
    EXPECT_EQ(get("/a").header("x-cache"), "Miss from cloudfront");
    EXPECT_EQ(engine_->applied_sequence(), 4);
}

TEST_F(LogFollowerTest, ItGoesOnWhereItWasCutOff) {
    log_.append(heartbeat(1));
    follow();
    log_.append(invalidation(2, "/a"));
    ASSERT_TRUE(acknowledged(2));
    log_.cut();
    log_.append(invalidation(3, "/b"));
    ASSERT_TRUE(acknowledged(3));
    bool resumed = false;
    for (std::size_t i = 0; i < origin_.count(); ++i) {
        resumed |=
            origin_.at(i).target.ends_with("from=2&edge=edge%201&boot=boot&pop=TST50-P1&log=log-1");
    }
    EXPECT_TRUE(resumed);
}

TEST_F(LogFollowerTest, ALogThatForgotUsEmptiesTheCache) {
    log_.append(heartbeat(1));
    follow();
    ASSERT_TRUE(acknowledged(1));
    get("/a");
    EXPECT_EQ(engine_->cache().stats().entry_count, 1);
    log_.set_gone();
    log_.cut();
    ASSERT_TRUE(eventually([&] { return engine_->cache().stats().entry_count == 0; }));
}

TEST_F(LogFollowerTest, AFencedEdgePassesThroughUntilAnAcknowledgementIsAccepted) {
    follow();
    EXPECT_TRUE(state_->is_fenced());
    const Response passed = get("/a");
    EXPECT_EQ(passed.body, "origin");
    EXPECT_NE(passed.header("cache-status").find("PASS_LEASE_LOST"), std::string::npos);
    log_.append(heartbeat(1));
    ASSERT_TRUE(acknowledged(1));
    ASSERT_TRUE(eventually([&] { return !state_->is_fenced(); }));
    get("/a");
    EXPECT_EQ(get("/a").header("x-cache"), "Hit from cloudfront");
}

TEST_F(LogFollowerTest, AMalformedRecordIsAskedForAgain) {
    log_.append_text("{\"type\":\n");
    follow();
    ASSERT_TRUE(eventually([&] { return origin_.count() == 2; }));
    EXPECT_TRUE(log_.last_ack().empty());
    log_.append(heartbeat(9));
    ASSERT_TRUE(acknowledged(9));
}

TEST_F(LogFollowerTest, GoodbyeIsSaid) {
    log_.append(heartbeat(1));
    follow();
    ASSERT_TRUE(acknowledged(1));
    boost::asio::co_spawn(loops_->loop(0), follower_->say_goodbye(), boost::asio::detached);
    EXPECT_TRUE(eventually([&] { return log_.goodbye_count() == 1; }));
}

TEST(LineSplitterTest, FindsLinesAcrossPieces) {
    LineSplitter lines;
    EXPECT_EQ(lines.next(), std::nullopt);
    lines.append("on");
    EXPECT_EQ(lines.next(), std::nullopt);
    lines.append("e\ntwo\nthr");
    EXPECT_EQ(lines.next(), "one");
    EXPECT_EQ(lines.next(), "two");
    EXPECT_EQ(lines.next(), std::nullopt);
    lines.compact();
    lines.append("ee\n");
    EXPECT_EQ(lines.next(), "three");
}

struct SweepTest : EdgeTest {};

TEST_F(SweepTest, ARuleIsForgottenOnceNothingCanFallUnderIt) {
    serve(distribution());
    origin_.answer_with(200, "", "x");
    get("/a");
    get("/b");
    invalidate("/a");
    EXPECT_EQ(invalidations_->rule_count(), 1);
    const auto sweep = [&] {
        for (std::size_t shard = 0; shard < MemoryCache::kShardCount; ++shard)
            state_->sweep_shard(shard);
    };
    sweep();
    EXPECT_EQ(engine_->cache().stats().entry_count, 1);
    EXPECT_EQ(state_->dropped_count(), 1);
    EXPECT_EQ(invalidations_->rule_count(), 0);
    EXPECT_EQ(get("/b").header("x-cache"), "Hit from cloudfront");
}

TEST_F(SweepTest, ARuleStaysWhileAnOlderRequestIsUnderWay) {
    serve(distribution());
    std::atomic<bool> release{false};
    origin_.set_answer([&](net::Exchange& exchange, const TestOrigin::Seen&) -> net::Task<> {
        co_await until(release);
        respond(exchange, 200, "", "old");
    });
    TestViewer early(port_);
    early.send("GET /a HTTP/1.1\r\nHost: e1.cloudfront.net\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return origin_.count() == 1; }));
    invalidate("/a");
    for (std::size_t shard = 0; shard < MemoryCache::kShardCount; ++shard)
        state_->sweep_shard(shard);
    EXPECT_EQ(invalidations_->rule_count(), 1);
    release = true;
    EXPECT_EQ(early.read().body, "old");
    origin_.answer_with(200, "", "new");
    EXPECT_EQ(get("/a").body, "new");
}

}  // namespace
}  // namespace tarn::edge
