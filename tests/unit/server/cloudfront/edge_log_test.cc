// The /_ctl/ endpoints, and the waiting of Create and Get for the edges.

#include "server/cloudfront/edge_log.h"

#include "tests/support/net/fake_exchange.h"
#include "tests/unit/server/cloudfront/control_fixture.h"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

namespace tarn::cloudfront {
namespace {

using Type = cdn::LogRecord::Type;
using std::chrono::milliseconds;
using test::FakeExchange;

class EdgeLogTest : public ControlTest {
  protected:
    EdgeLogTest() {
        options_ = default_options();
        options_.heartbeat_interval = milliseconds(2);
        options_.acknowledgement_wait = milliseconds(2);
        restart(options_);
    }

    // Runs until every exchange is answered.
    void serve(FakeExchange& exchange) {
        spawn(api_->edge_log().handle(exchange));
        run();
    }
    void spawn(net::Task<> task) {
        boost::asio::co_spawn(loop_, std::move(task), [](const std::exception_ptr& failure) {
            if (failure) std::rethrow_exception(failure);
        });
    }
    void run() {
        loop_.restart();
        loop_.run();
    }

    static std::string head(std::string_view method, std::string_view target,
                            std::string_view authorization = "Bearer token") {
        return fmt::format("{} {} HTTP/1.1\r\nHost: a\r\nAuthorization: {}\r\n\r\n", method, target,
                           authorization);
    }
    int status_of(std::string_view method, std::string_view target, std::string body = {}) {
        FakeExchange exchange(head(method, target), std::move(body));
        serve(exchange);
        return exchange.status();
    }

    static std::vector<cdn::LogRecord> records(std::string_view text) {
        std::vector<cdn::LogRecord> list;
        while (!text.empty()) {
            const std::size_t end = text.find('\n') + 1;
            auto record = cdn::read_log_record(text.substr(0, end));
            EXPECT_TRUE(record) << text.substr(0, end);
            if (!record || end == 0) break;
            list.push_back(*std::move(record));
            text.remove_prefix(end);
        }
        return list;
    }
    // The records that a follower gets until done() says that it has seen enough.
    std::vector<cdn::LogRecord> follow(
        const std::string& query,
        const std::function<bool(const std::vector<cdn::LogRecord>&)>& done) {
        FakeExchange exchange(head("GET", "/_ctl/log?" + query));
        exchange.on_write = [&] { return !done(records(exchange.written)); };
        serve(exchange);
        EXPECT_EQ(exchange.status(), 200);
        return records(exchange.written);
    }
    std::string invalidate(const std::string& distribution, const std::string& reference) {
        return call("POST", "/distribution/" + distribution + "/invalidation",
                    invalidation_batch(reference, {"/a"}))
            .text("Id");
    }

    ControlOptions options_;
    boost::asio::io_context loop_{1};
};

TEST_F(EdgeLogTest, RefusesEveryRequestWithoutTheToken) {
    for (const char* value :
         {"", "Bearer", "Bearer ", "Bearer wrong", "Bearer tokens", "token", "Basic token"}) {
        FakeExchange exchange(head("GET", "/_ctl/edges", value));
        serve(exchange);
        EXPECT_EQ(exchange.status(), 401) << value;
    }
    options_.edge_token.clear();
    restart(options_);
    FakeExchange exchange(head("GET", "/_ctl/edges", "Bearer "));
    serve(exchange);
    EXPECT_EQ(exchange.status(), 401);
}

TEST_F(EdgeLogTest, UnknownPathsAndMalformedRequestsAreErrors) {
    EXPECT_EQ(status_of("GET", "/_ctl/other"), 404);
    EXPECT_EQ(status_of("GET", "/_ctl/ack"), 404);
    EXPECT_EQ(status_of("GET", "/_ctl/log?edge=a&boot=1"), 400);
    EXPECT_EQ(status_of("GET", "/_ctl/log?from=x&edge=a&boot=1"), 400);
    EXPECT_EQ(status_of("GET", "/_ctl/log?from=0&boot=1"), 400);
    EXPECT_EQ(status_of("POST", "/_ctl/ack", "{"), 400);
    EXPECT_EQ(status_of("POST", "/_ctl/ack", R"({"edge":"a"})"), 400);
    EXPECT_EQ(status_of("POST", "/_ctl/ack", std::string(70'000, ' ')), 400);
    EXPECT_EQ(status_of("GET", "/_ctl/invalidations/I0/proof"), 404);
    EXPECT_EQ(status_of("GET", "/_ctl/invalidations/proof"), 404);
}

TEST_F(EdgeLogTest, AFollowerFromZeroGetsASnapshotAndThenWhatComes) {
    const std::string kept = create_distribution("a").text("Id");
    const std::string deleted = create_distribution("b").text("Id");
    const Answer disabled = disable(deleted);
    ASSERT_EQ(call("DELETE", "/distribution/" + deleted, {}, disabled.etag()).status(), 204);
    bool added = false;
    const auto seen = follow("from=0&edge=e&boot=1&pop=FRA", [&](const auto& list) {
        if (!added) {
            added = true;
            invalidate(kept, "x");
        }
        return list.size() >= 3 && list[2].type == Type::Invalidation;
    });
    ASSERT_GE(seen.size(), 4u);
    EXPECT_EQ(seen[0].type, Type::Distribution);
    EXPECT_EQ(seen[0].distribution_id, kept);
    EXPECT_EQ(seen[0].sequence, 1u);
    EXPECT_EQ(seen[1].type, Type::Heartbeat);
    EXPECT_EQ(seen[1].sequence, 4u);
    EXPECT_EQ(seen[2].sequence, 5u);
    EXPECT_EQ(seen[3].type, Type::Heartbeat);
    EXPECT_EQ(seen[3].sequence, 5u);
    EXPECT_EQ(seen.size(), 4u);
}

TEST_F(EdgeLogTest, AFollowerContinuesAfterWhatItHas) {
    const std::string id = create_distribution("a").text("Id");
    invalidate(id, "x");
    invalidate(id, "y");
    const auto seen =
        follow("from=1&edge=e&boot=1&pop=FRA", [](const auto& list) { return list.size() >= 3; });
    ASSERT_GE(seen.size(), 3u);
    EXPECT_EQ(seen[0].sequence, 2u);
    EXPECT_EQ(seen[1].sequence, 3u);
    EXPECT_EQ(seen[2].type, Type::Heartbeat);
}

TEST_F(EdgeLogTest, HeartbeatsComeWhereNothingHappens) {
    const auto seen =
        follow("from=0&edge=e&boot=1&pop=FRA", [](const auto& list) { return list.size() >= 4; });
    ASSERT_GE(seen.size(), 4u);
    for (const auto& record : seen)
        EXPECT_EQ(record.type, Type::Heartbeat);
}

TEST_F(EdgeLogTest, ALogThatDoesNotReachBackIsGone) {
    const std::string id = create_distribution("a").text("Id");
    invalidate(id, "x");
    invalidate(id, "y");
    // Of another log: the server's data was reset.
    EXPECT_EQ(status_of("GET", "/_ctl/log?from=4&edge=e&boot=1"), 410);
    EXPECT_EQ(status_of("GET", "/_ctl/log?from=1&edge=e&boot=1&log=other"), 410);
    // Cut: what lies between is gone.
    ASSERT_TRUE(api_->maintain());
    clock_.advance(std::chrono::hours(25));
    ASSERT_TRUE(api_->maintain());
    EXPECT_EQ(status_of("GET", "/_ctl/log?from=1&edge=e&boot=1"), 410);
    EXPECT_EQ(status_of("GET", "/_ctl/log?from=2&edge=e&boot=1"), 410);
    EXPECT_TRUE(api_->edges().edges().empty());
    EXPECT_EQ(follow("from=3&edge=e&boot=1", [](const auto&) { return true; }).size(), 1u);
    EXPECT_EQ(follow("from=0&edge=e&boot=1", [](const auto&) { return true; }).size(), 2u);
}

TEST_F(EdgeLogTest, TruncationWaitsForTheSlowestEdge) {
    const std::string id = create_distribution("a").text("Id");
    invalidate(id, "x");
    invalidate(id, "y");
    api_->edges().connect("e", "1", "FRA", 2);
    options_.edge_forget_after = std::chrono::seconds(0);
    ASSERT_TRUE(api_->maintain());
    clock_.advance(std::chrono::hours(25));
    api_->edges().heard("e", "1");
    ASSERT_TRUE(api_->maintain());
    EXPECT_EQ(log_from(0).size(), 2u);  // the distribution's and the last one
    EXPECT_EQ(log_from(2).size(), 1u);
}

TEST_F(EdgeLogTest, StoppingEndsTheStreams) {
    FakeExchange exchange(head("GET", "/_ctl/log?from=0&edge=e&boot=1"));
    exchange.on_write = [&] {
        api_->stop();
        return true;
    };
    serve(exchange);
    EXPECT_TRUE(exchange.finished);
}

TEST_F(EdgeLogTest, AcknowledgementsCountForRegisteredBootsOnly) {
    const std::string id = create_distribution("a").text("Id");
    api_->edges().connect("e", "1", "FRA", 1);
    invalidate(id, "x");
    EXPECT_EQ(status_of("POST", "/_ctl/ack", R"({"edge":"e","boot":"2","applied":2})"), 410);
    EXPECT_EQ(status_of("POST", "/_ctl/ack", R"({"edge":"f","boot":"1","applied":2})"), 410);
    EXPECT_FALSE(api_->edges().settled(2));
    EXPECT_EQ(status_of("POST", "/_ctl/ack", R"({"edge":"e","boot":"1","applied":99,"dropped":7})"),
              204);
    EXPECT_TRUE(api_->edges().settled(2));
    // What was not written yet cannot have been applied.
    EXPECT_FALSE(api_->edges().settled(3));
    EXPECT_EQ(api_->edges().edges().front().dropped, 7u);
}

TEST_F(EdgeLogTest, EdgesAreRememberedUntilTheirGoodbye) {
    follow("from=0&edge=e&boot=1&pop=FRA", [](const auto&) { return true; });
    restart(options_);
    ASSERT_EQ(api_->edges().edges().size(), 1u);
    EXPECT_EQ(api_->edges().edges().front().pop, "FRA");
    EXPECT_EQ(status_of("POST", "/_ctl/goodbye", R"({"edge":"e","boot":"1"})"), 204);
    EXPECT_TRUE(api_->edges().edges().empty());
    restart(options_);
    EXPECT_TRUE(api_->edges().edges().empty());
}

TEST_F(EdgeLogTest, OperatorsSeeAndRemoveEdges) {
    follow("from=0&edge=e&boot=1&pop=FRA", [](const auto&) { return true; });
    FakeExchange list(head("GET", "/_ctl/edges"));
    serve(list);
    const auto document = boost::json::parse(list.written);
    const auto& edge = document.at("edges").as_array().front().as_object();
    EXPECT_EQ(edge.at("edge").as_string(), "e");
    EXPECT_EQ(edge.at("pop").as_string(), "FRA");
    EXPECT_FALSE(edge.at("connected").as_bool());
    EXPECT_EQ(edge.at("lease").as_string(), "live");
    EXPECT_EQ(status_of("DELETE", "/_ctl/edges/x"), 404);
    EXPECT_EQ(status_of("DELETE", "/_ctl/edges/e"), 204);
    restart(options_);
    EXPECT_TRUE(api_->edges().edges().empty());
}

TEST_F(EdgeLogTest, AStreamOfARemovedEdgeIsCut) {
    FakeExchange exchange(head("GET", "/_ctl/log?from=0&edge=e&boot=1"));
    exchange.on_write = [&] {
        api_->edges().remove("e", {});
        return true;
    };
    serve(exchange);
    EXPECT_TRUE(exchange.closed);
}

TEST_F(EdgeLogTest, TheProofNamesWhoHadApplied) {
    const std::string distribution = create_distribution("a").text("Id");
    api_->edges().connect("e", "1", "FRA", 1);
    api_->edges().connect("f", "1", "NRT", 1);
    const std::string id = invalidate(distribution, "x");
    const auto proof = [&] {
        FakeExchange exchange(head("GET", "/_ctl/invalidations/" + id + "/proof"));
        serve(exchange);
        EXPECT_EQ(exchange.status(), 200);
        return boost::json::parse(exchange.written).as_object();
    };
    api_->edges().acknowledge("e", "1", 2, 5);
    auto document = proof();
    EXPECT_EQ(document.at("status").as_string(), "InProgress");
    ASSERT_EQ(document.at("waiting_for").as_array().size(), 1u);
    EXPECT_EQ(document.at("waiting_for").as_array()[0].at("edge").as_string(), "f");
    clock_.advance(milliseconds(10));
    api_->edges().acknowledge("f", "1", 2, 6);
    document = proof();
    EXPECT_EQ(document.at("status").as_string(), "Completed");
    ASSERT_EQ(document.at("edges").as_array().size(), 2u);
    EXPECT_EQ(document.at("edges").as_array()[1].at("dropped").as_int64(), 6);
    EXPECT_EQ(document.at("completed").as_string(), "2023-11-14T22:13:20.010Z");
    // It is kept with the invalidation.
    restart(options_);
    EXPECT_EQ(proof(), document);
}

// ---- Create and Get over HTTP ----

TEST_F(EdgeLogTest, CreateWaitsForTheEdgesSoThatTheFirstPollSucceeds) {
    options_.acknowledgement_wait = std::chrono::seconds(30);
    restart(options_);
    api_->edges().connect("e", "1", "FRA", 0);
    const std::string body = minimal_config();
    FakeExchange exchange(head("POST", "/2020-05-31/distribution"));
    spawn(api_->handle(exchange, identity_, body, api_->reset_count()));
    // The edge acknowledges once the record is in the log, while the request waits.
    FakeExchange stream(head("GET", "/_ctl/log?from=0&edge=e&boot=1"));
    stream.on_write = [&] {
        const auto list = records(stream.written);
        for (const auto& record : list) {
            if (record.type != Type::Distribution) continue;
            EXPECT_FALSE(exchange.response_started());
            api_->edges().acknowledge("e", "1", record.sequence, 0);
            return false;
        }
        return true;
    };
    spawn(api_->edge_log().handle(stream));
    run();
    EXPECT_EQ(exchange.status(), 201);
    EXPECT_NE(exchange.written.find("<Status>Deployed</Status>"), std::string::npos);
    for (const char* field : {"x-amzn-RequestId: ", "ETag: E", "Content-Type: text/xml",
                              "Location: https://cloudfront.amazonaws.com/2020-05-31/"}) {
        EXPECT_NE(exchange.head_text().find(field), std::string::npos) << field;
    }
}

TEST_F(EdgeLogTest, CreateAnswersInProgressWhereAnEdgeStaysSilent) {
    api_->edges().connect("e", "1", "FRA", 0);
    const std::string body = minimal_config();
    FakeExchange exchange(head("POST", "/2020-05-31/distribution"));
    spawn(api_->handle(exchange, identity_, body, api_->reset_count()));
    run();
    EXPECT_EQ(exchange.status(), 201);
    EXPECT_NE(exchange.written.find("<Status>InProgress</Status>"), std::string::npos);
}

TEST_F(EdgeLogTest, TheClockOffsetIsTheLastOne) {
    EXPECT_FALSE(*api_->last_clock_offset());
    ASSERT_TRUE(api_->append_clock_offset(milliseconds(5)));
    ASSERT_TRUE(api_->append_clock_offset(milliseconds(-7)));
    EXPECT_EQ(*api_->last_clock_offset(), milliseconds(-7));
    const auto seen = follow("from=0&edge=e&boot=1", [](const auto&) { return true; });
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen[0].clock_offset_ms, -7);
}

}  // namespace
}  // namespace tarn::cloudfront
