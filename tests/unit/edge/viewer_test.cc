// What viewers see, through sockets: hits, misses, staleness, errors, collapsing.

#include "edge_fixture.h"

#include <set>

namespace tarn::edge {
namespace {

using std::chrono::seconds;

TEST_F(ViewerTest, AMissBecomesAHitWithAge) {
    serve(distribution());
    origin_.answer_with(200, "Content-Type: text/plain\r\nETag: \"a\"\r\n", "hello");
    const Response miss = get("/a.txt");
    EXPECT_EQ(miss.status, 200);
    EXPECT_EQ(miss.body, "hello");
    EXPECT_EQ(x_cache(miss), kMiss);
    EXPECT_EQ(reason(miss), "MISS_COLD");
    EXPECT_EQ(miss.header("age"), "");
    advance(seconds(7));
    const Response hit = get("/a.txt");
    EXPECT_EQ(hit.status, 200);
    EXPECT_EQ(hit.body, "hello");
    EXPECT_EQ(x_cache(hit), kHit);
    EXPECT_EQ(hit.header("age"), "7");
    EXPECT_EQ(hit.header("content-type"), "text/plain");
    EXPECT_EQ(hit.header("etag"), "\"a\"");
    EXPECT_EQ(hit.header("x-amz-cf-pop"), "TST50-P1");
    EXPECT_EQ(hit.header("cache-status"), "TST50-P1; hit; ttl=53; detail=HIT_FRESH");
    EXPECT_TRUE(hit.header("via").ends_with(".cloudfront.net (CloudFront)")) << hit.header("via");
    EXPECT_EQ(origin_.count(), 1);
}

TEST_F(ViewerTest, EveryAnswerHasItsOwnId) {
    serve(distribution());
    origin_.answer_with(200, "", "x");
    const std::string first = get("/").header("x-amz-cf-id");
    const std::string second = get("/").header("x-amz-cf-id");
    EXPECT_EQ(first.size(), 56);
    EXPECT_TRUE(first.ends_with("=="));
    EXPECT_NE(first, second);
    EXPECT_EQ(origin_.last().headers.at("x-amz-cf-id"), first);
}

TEST_F(ViewerTest, AnExpiredAnswerIsConfirmedBy304) {
    serve(distribution());
    origin_.set_answer([](net::Exchange& exchange, const TestOrigin::Seen& seen) -> net::Task<> {
        const auto condition = seen.headers.find("if-none-match");
        if (condition != seen.headers.end() && condition->second == "\"v1\"") {
            respond(exchange, 304, "ETag: \"v1\"\r\nCache-Control: max-age=20\r\n", "");
        } else {
            respond(exchange, 200, "ETag: \"v1\"\r\nCache-Control: max-age=10\r\n", "v1");
        }
        co_return;
    });
    EXPECT_EQ(x_cache(get("/a")), kMiss);
    advance(seconds(10));
    const Response refreshed = get("/a");
    EXPECT_EQ(x_cache(refreshed), kRefreshHit);
    EXPECT_EQ(reason(refreshed), "REFRESH_304");
    EXPECT_EQ(refreshed.body, "v1");
    EXPECT_EQ(refreshed.header("cache-control"), "max-age=20");
    advance(seconds(19));
    EXPECT_EQ(x_cache(get("/a")), kHit);
    EXPECT_EQ(origin_.count(), 2);
}

TEST_F(ViewerTest, AnExpiredAnswerThatChangedIsAMiss) {
    serve(distribution());
    origin_.answer_with(200, "ETag: \"v1\"\r\nCache-Control: max-age=10\r\n", "v1");
    get("/a");
    origin_.answer_with(200, "ETag: \"v2\"\r\nCache-Control: max-age=10\r\n", "v2");
    advance(seconds(10));
    const Response changed = get("/a");
    EXPECT_EQ(changed.body, "v2");
    EXPECT_EQ(x_cache(changed), kMiss);
    EXPECT_EQ(reason(changed), "REFRESH_200");
    EXPECT_EQ(get("/a").body, "v2");
}

TEST_F(ViewerTest, NoStoreIsNeverServedAgain) {
    serve(distribution());
    origin_.answer_with(200, "Cache-Control: no-store\r\n", "once");
    EXPECT_EQ(reason(get("/a")), "PASS_UNCACHEABLE");
    EXPECT_EQ(reason(get("/a")), "PASS_UNCACHEABLE_MARK");
    advance(seconds(10));
    EXPECT_EQ(reason(get("/a")), "PASS_UNCACHEABLE");
    EXPECT_EQ(origin_.count(), 3);
}

TEST_F(ViewerTest, AnAnswerThatMayBeKeptEndsTheMark) {
    serve(distribution());
    origin_.answer_with(200, "Cache-Control: no-store\r\n", "once");
    get("/a");
    origin_.answer_with(200, "Cache-Control: max-age=60\r\n", "kept");
    EXPECT_EQ(x_cache(get("/a")), kMiss);
    EXPECT_EQ(x_cache(get("/a")), kHit);
}

TEST_F(ViewerTest, AnUnsatisfiableRangeIsNobodyElsesProblem) {
    serve(distribution());
    origin_.set_answer([](net::Exchange& exchange, const TestOrigin::Seen& seen) -> net::Task<> {
        const bool is_range = seen.headers.contains("range");
        respond(exchange, is_range ? 416 : 200, "ETag: \"a\"\r\n", is_range ? "" : "x");
        co_return;
    });
    EXPECT_EQ(get("/a", "Range: bytes=100-\r\n").status, 416);
    EXPECT_EQ(reason(get("/a")), "MISS_COLD");
    EXPECT_EQ(x_cache(get("/a")), kHit);
}

TEST_F(ViewerTest, NoStoreLosesAgainstMinTtl) {
    cdn::Distribution d = distribution();
    d.behaviors[0].cache.min_ttl = seconds(1);
    serve(std::move(d));
    origin_.answer_with(200, "Cache-Control: no-store\r\n", "kept");
    get("/a");
    EXPECT_EQ(x_cache(get("/a")), kHit);
    advance(seconds(1));
    EXPECT_NE(x_cache(get("/a")), kHit);
}

TEST_F(ViewerTest, NoCacheIsAskedAboutEachTime) {
    serve(distribution());
    origin_.set_answer([](net::Exchange& exchange, const TestOrigin::Seen& seen) -> net::Task<> {
        const bool conditional = seen.headers.contains("if-none-match");
        respond(exchange, conditional ? 304 : 200, "ETag: \"v\"\r\nCache-Control: no-cache\r\n",
                conditional ? "" : "v");
        co_return;
    });
    EXPECT_EQ(x_cache(get("/a")), kMiss);
    for (int i = 0; i < 3; ++i) {
        const Response response = get("/a");
        EXPECT_EQ(x_cache(response), kRefreshHit);
        EXPECT_EQ(response.body, "v");
    }
    EXPECT_EQ(origin_.count(), 4);
}

TEST_F(ViewerTest, HeadIsAnsweredFromAStoredGet) {
    serve(distribution());
    origin_.answer_with(200, "ETag: \"a\"\r\n", "hello");
    get("/a");
    const Response head = request("HEAD", "/a");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("content-length"), "5");
    EXPECT_EQ(x_cache(head), kHit);
    EXPECT_EQ(origin_.count(), 1);
}

TEST_F(ViewerTest, HeadWithoutAStoredGetIsStoredByItself) {
    serve(distribution());
    origin_.answer_with(200, "ETag: \"a\"\r\n", "hello");
    const Response first = request("HEAD", "/a");
    EXPECT_EQ(first.header("content-length"), "5");
    EXPECT_EQ(x_cache(first), kMiss);
    EXPECT_EQ(origin_.last().method, "HEAD");
    const Response second = request("HEAD", "/a");
    EXPECT_EQ(x_cache(second), kHit);
    EXPECT_EQ(second.header("content-length"), "5");
    EXPECT_EQ(get("/a").body, "hello");
    EXPECT_EQ(origin_.count(), 2);
}

TEST_F(ViewerTest, ViewersConditionsAreEvaluatedAtTheEdge) {
    serve(distribution());
    origin_.answer_with(200, "ETag: \"a\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
                        "x");
    // Also for the first viewer: the origin is asked for the whole.
    EXPECT_EQ(get("/a", "If-None-Match: \"a\"\r\n").status, 304);
    EXPECT_FALSE(origin_.last().headers.contains("if-none-match"));
    const Response not_modified = get("/a", "If-None-Match: \"a\"\r\n");
    EXPECT_EQ(not_modified.status, 304);
    EXPECT_EQ(not_modified.header("etag"), "\"a\"");
    EXPECT_EQ(get("/a", "If-None-Match: \"b\"\r\n").status, 200);
    EXPECT_EQ(get("/a", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n").status, 304);
    EXPECT_EQ(get("/a", "If-Match: \"b\"\r\n").status, 412);
    EXPECT_EQ(origin_.count(), 1);
}

TEST_F(ViewerTest, RangesAreCutFromAStoredAnswer) {
    serve(distribution());
    origin_.answer_with(200, "ETag: \"a\"\r\n", "0123456789");
    get("/a");
    const Response part = get("/a", "Range: bytes=2-4\r\n");
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, "234");
    EXPECT_EQ(part.header("content-range"), "bytes 2-4/10");
    EXPECT_EQ(get("/a", "Range: bytes=-3\r\n").body, "789");
    EXPECT_EQ(get("/a", "Range: bytes=0-1,4-5\r\n").status, 200);
    const Response beyond = get("/a", "Range: bytes=10-\r\n");
    EXPECT_EQ(beyond.status, 416);
    EXPECT_EQ(beyond.header("content-range"), "bytes */10");
    EXPECT_EQ(get("/a", "Range: bytes=2-4\r\nIf-Range: \"a\"\r\n").status, 206);
    EXPECT_EQ(get("/a", "Range: bytes=2-4\r\nIf-Range: \"b\"\r\n").status, 200);
    EXPECT_EQ(origin_.count(), 1);
}

TEST_F(ViewerTest, AnErrorIsKeptForTenSeconds) {
    serve(distribution());
    origin_.answer_with(404, "", "not here");
    EXPECT_EQ(x_cache(get("/a")), kError);
    origin_.answer_with(200, "", "here");
    const Response negative = get("/a");
    EXPECT_EQ(negative.status, 404);
    EXPECT_EQ(reason(negative), "HIT_NEGATIVE");
    EXPECT_EQ(x_cache(negative), kError);
    advance(seconds(10));
    EXPECT_EQ(get("/a").body, "here");
    EXPECT_EQ(origin_.count(), 2);
}

TEST_F(ViewerTest, AForbiddenIsNotKept) {
    serve(distribution());
    origin_.answer_with(403, "", "no");
    EXPECT_EQ(get("/a").status, 403);
    EXPECT_EQ(get("/a").status, 403);
    EXPECT_EQ(origin_.count(), 2);
}

TEST_F(ViewerTest, AStaleAnswerStandsInForAFailingOrigin) {
    serve(distribution());
    origin_.answer_with(200, "Cache-Control: max-age=10\r\n", "old");
    get("/a");
    origin_.answer_with(503, "", "down");
    advance(seconds(11));
    const Response stale = get("/a");
    EXPECT_EQ(stale.status, 200);
    EXPECT_EQ(stale.body, "old");
    EXPECT_EQ(reason(stale), "HIT_STALE_ERROR");
    EXPECT_EQ(stale.header("age"), "11");
    get("/a");
    EXPECT_EQ(origin_.count(), 2) << "the origin is spared for ten seconds";
    advance(seconds(10));
    get("/a");
    EXPECT_EQ(origin_.count(), 3);
}

TEST_F(ViewerTest, AnOriginCanForbidStaleAnswers) {
    serve(distribution());
    origin_.answer_with(200, "Cache-Control: max-age=10, stale-if-error=0\r\n", "old");
    get("/a");
    origin_.answer_with(503, "", "down");
    advance(seconds(11));
    EXPECT_EQ(get("/a").status, 503);
}

TEST_F(ViewerTest, AFourHundredIsNotHiddenByAStaleAnswer) {
    serve(distribution());
    origin_.answer_with(200, "Cache-Control: max-age=10\r\n", "old");
    get("/a");
    origin_.answer_with(404, "", "gone");
    advance(seconds(11));
    EXPECT_EQ(get("/a").status, 404);
}

TEST_F(ViewerTest, StaleWhileRevalidateRenewsInTheBackground) {
    serve(distribution());
    origin_.answer_with(200, "Cache-Control: max-age=10, stale-while-revalidate=30\r\n", "old");
    get("/a");
    origin_.answer_with(200, "Cache-Control: max-age=10, stale-while-revalidate=30\r\n", "new");
    advance(seconds(11));
    const Response stale = get("/a");
    EXPECT_EQ(stale.body, "old");
    EXPECT_EQ(x_cache(stale), kHit);
    EXPECT_EQ(reason(stale), "HIT_STALE_SWR");
    ASSERT_TRUE(eventually([&] { return origin_.count() == 2 && engine_->flights().size() == 0; }));
    const Response renewed = get("/a");
    EXPECT_EQ(renewed.body, "new");
    EXPECT_EQ(reason(renewed), "HIT_FRESH");
    EXPECT_EQ(origin_.count(), 2);
}

TEST_F(ViewerTest, AnUnreachableOriginIsA502AndKept) {
    cdn::Distribution d = distribution();
    origin_server_->drain(seconds(0));
    serve(std::move(d));
    const Response error = get("/a");
    EXPECT_EQ(error.status, 502);
    EXPECT_EQ(x_cache(error), kError);
    EXPECT_NE(error.body.find("The request could not be satisfied"), std::string::npos);
    EXPECT_NE(error.body.find(error.header("x-amz-cf-id")), std::string::npos);
    const Response again = get("/a");
    EXPECT_EQ(reason(again), "HIT_NEGATIVE");
    EXPECT_NE(again.body.find(again.header("x-amz-cf-id")), std::string::npos);
}

TEST_F(ViewerTest, AnInvalidationMakesTheNextRequestAMiss) {
    serve(distribution());
    origin_.answer_with(200, "", "v1");
    get("/a");
    get("/b");
    origin_.answer_with(200, "", "v2");
    invalidate("/a");
    const Response response = get("/a");
    EXPECT_EQ(response.body, "v2");
    EXPECT_EQ(reason(response), "MISS_INVALIDATED_PATH");
    EXPECT_EQ(get("/b").body, "v1");
    invalidate("/b*");
    const Response by_prefix = get("/b");
    EXPECT_EQ(by_prefix.body, "v2");
    EXPECT_EQ(reason(by_prefix), "MISS_INVALIDATED_PREFIX");
    invalidate("/*");
    EXPECT_EQ(reason(get("/b")), "MISS_INVALIDATED_ALL");
}

TEST_F(ViewerTest, ATagInvalidatesWhateverCarriesIt) {
    cdn::Distribution d = distribution();
    d.cache_tag_header = "x-amz-meta-tag";
    serve(std::move(d));
    origin_.answer_with(200, "x-amz-meta-tag: Red, blue\r\n", "v1");
    get("/a");
    invalidate("#green");
    EXPECT_EQ(x_cache(get("/a")), kHit);
    invalidate("#red");
    EXPECT_EQ(reason(get("/a")), "MISS_INVALIDATED_TAG");
}

TEST_F(ViewerTest, AnAnswerAskedForBeforeAnInvalidationIsNotServedAfterIt) {
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
    origin_.answer_with(200, "", "new");
    const Response late = get("/a");  // does not join the older request
    EXPECT_EQ(late.body, "new");
    release = true;
    EXPECT_EQ(early.read().body, "old");
    EXPECT_EQ(get("/a").body, "new");
    EXPECT_EQ(origin_.count(), 2);
}

TEST_F(ViewerTest, FiftyRequestsAtOnceAreOneOriginRequest) {
    serve(distribution());
    std::atomic<bool> release{false};
    origin_.set_answer([&](net::Exchange& exchange, const TestOrigin::Seen&) -> net::Task<> {
        co_await until(release);
        respond(exchange, 200, "", "shared");
    });
    constexpr std::size_t kViewers = 50;
    std::vector<std::unique_ptr<TestViewer>> viewers;
    for (std::size_t i = 0; i < kViewers; ++i) {
        viewers.push_back(std::make_unique<TestViewer>(port_));
        viewers.back()->send("GET /a HTTP/1.1\r\nHost: e1.cloudfront.net\r\n\r\n");
    }
    ASSERT_TRUE(eventually([&] { return engine_->flights().reader_count() == kViewers; }));
    release = true;
    int misses = 0;
    int collapsed = 0;
    for (const auto& viewer : viewers) {
        const Response response = viewer->read();
        EXPECT_EQ(response.body, "shared");
        misses += x_cache(response) == kMiss ? 1 : 0;
        collapsed += reason(response) == "HIT_COLLAPSED" ? 1 : 0;
    }
    EXPECT_EQ(misses, 1);
    EXPECT_EQ(collapsed, 49);
    EXPECT_EQ(origin_.count(), 1);
}

TEST_F(ViewerTest, AFailureThatASecondAttemptMendsIsSeenByNobodyWhoWaits) {
    cdn::Distribution d = distribution();
    d.origins[0].connection_attempts = 2;
    serve(std::move(d));
    std::atomic<bool> release{false};
    std::atomic<int> number{0};
    origin_.set_answer([&](net::Exchange& exchange, const TestOrigin::Seen&) -> net::Task<> {
        if (number++ > 0) {
            respond(exchange, 200, "", "second");
            co_return;
        }
        co_await until(release);
        exchange.head().begin_response(200);
        co_await exchange.start(1);
        exchange.close();  // before a byte of the answer
    });
    TestViewer first(port_);
    TestViewer second(port_);
    for (const TestViewer* viewer : {&first, &second})
        viewer->send("GET /a HTTP/1.1\r\nHost: e1.cloudfront.net\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return engine_->flights().reader_count() == 2; }));
    release = true;
    EXPECT_EQ(first.read().body, "second");
    EXPECT_EQ(second.read().body, "second");
    EXPECT_EQ(origin_.count(), 2);
}

TEST_F(ViewerTest, AnUncacheableAnswerReleasesAllWaitersAtOnce) {
    serve(distribution());
    std::atomic<bool> release_first{false};
    std::atomic<bool> release_others{false};
    std::atomic<int> number{0};
    origin_.set_answer([&](net::Exchange& exchange, const TestOrigin::Seen&) -> net::Task<> {
        const int mine = number++;
        co_await until(mine == 0 ? release_first : release_others);
        respond(exchange, 200, "Cache-Control: no-store\r\n", "mine " + std::to_string(mine));
    });
    constexpr std::size_t kViewers = 20;
    std::vector<std::unique_ptr<TestViewer>> viewers;
    for (std::size_t i = 0; i < kViewers; ++i) {
        viewers.push_back(std::make_unique<TestViewer>(port_));
        viewers.back()->send("GET /a HTTP/1.1\r\nHost: e1.cloudfront.net\r\n\r\n");
    }
    ASSERT_TRUE(eventually([&] { return engine_->flights().reader_count() == kViewers; }));
    release_first = true;
    // All are at the origin side by side, before any of them is answered.
    ASSERT_TRUE(eventually([&] { return origin_.count() == kViewers; }));
    release_others = true;
    std::set<std::string> bodies;
    for (const auto& viewer : viewers)
        bodies.insert(viewer->read().body);
    EXPECT_EQ(bodies.size(), kViewers);
}

}  // namespace
}  // namespace tarn::edge
