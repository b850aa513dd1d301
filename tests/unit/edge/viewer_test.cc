// What viewers see, through sockets.

#include "edge_fixture.h"

#include <algorithm>
#include <set>

#include <zlib.h>

namespace tarn::edge {
namespace {

using std::chrono::seconds;

std::string x_cache(const Response& response) {
    return response.header("x-cache");
}

constexpr const char* kHit = "Hit from cloudfront";
constexpr const char* kMiss = "Miss from cloudfront";
constexpr const char* kRefreshHit = "RefreshHit from cloudfront";
constexpr const char* kError = "Error from cloudfront";

// The DETAIL of Cache-Status: our reason.
std::string reason(const Response& response) {
    const std::string status = response.header("cache-status");
    const std::size_t at = status.find("detail=");
    return at == std::string::npos ? status : status.substr(at + 7);
}

struct ViewerTest : EdgeTest {};

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
    origin_.answer_with(200, "ETag: \"a\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "x");
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
    invalidate("/*");
    EXPECT_EQ(get("/b").body, "v2");
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
    for (const auto& viewer : viewers) bodies.insert(viewer->read().body);
    EXPECT_EQ(bodies.size(), kViewers);
}

TEST_F(ViewerTest, FollowersReadALargeBodyWhileItArrives) {
    serve(distribution());
    std::atomic<bool> release{false};
    const std::string half(1'500'000, 'h');
    origin_.set_answer([&](net::Exchange& exchange, const TestOrigin::Seen&) -> net::Task<> {
        exchange.head().begin_response(200);
        co_await exchange.start(half.size() * 2);
        co_await exchange.write(half);
        co_await until(release);
        co_await exchange.write(half);
        co_await exchange.finish();
    });
    TestViewer first(port_);
    first.send("GET /a HTTP/1.1\r\nHost: e1.cloudfront.net\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return origin_.count() == 1; }));
    TestViewer second(port_);
    second.send("GET /a HTTP/1.1\r\nHost: e1.cloudfront.net\r\n\r\n");
    EXPECT_GE(second.read_some_body(1'000'000).size(), 1'000'000);  // before the origin is done
    release = true;
    EXPECT_EQ(first.read().body.size(), half.size() * 2);
    EXPECT_EQ(second.read_some_body(half.size() * 2).size(), half.size() * 2);
    EXPECT_EQ(origin_.count(), 1);
    ASSERT_TRUE(eventually([&] { return engine_->flights().size() == 0; }));
    EXPECT_EQ(reason(get("/a")), "HIT_FRESH");
}

TEST_F(ViewerTest, ABodyThatBreaksOffIsCutAndNotKept) {
    serve(distribution());
    const std::string half(1'500'000, 'h');
    origin_.set_answer([&](net::Exchange& exchange, const TestOrigin::Seen&) -> net::Task<> {
        exchange.head().begin_response(200);
        co_await exchange.start(half.size() * 2);
        co_await exchange.write(half);
        exchange.close();
    });
    const Response cut = get("/a");
    EXPECT_FALSE(cut.whole);
    EXPECT_LT(cut.body.size(), half.size() * 2);
    get("/a");
    EXPECT_EQ(origin_.count(), 2);
}

TEST_F(ViewerTest, AChunkedBodyIsStoredOnceItIsWhole) {
    serve(distribution());
    origin_.set_answer([&](net::Exchange& exchange, const TestOrigin::Seen&) -> net::Task<> {
        exchange.head().begin_response(200);
        co_await exchange.start(std::nullopt);
        co_await exchange.write("one ");
        co_await exchange.write("two");
        co_await exchange.finish();
    });
    EXPECT_EQ(get("/a").body, "one two");
    ASSERT_TRUE(eventually([&] { return engine_->flights().size() == 0; }));
    const Response hit = get("/a");
    EXPECT_EQ(hit.body, "one two");
    EXPECT_EQ(hit.header("content-length"), "7");
    EXPECT_EQ(x_cache(hit), kHit);
}

// A large object whose origin understands Range and If-Range.
struct LargeObjectTest : ViewerTest {
    LargeObjectTest() : bytes_(5 * kChunkBytes + 1234, '\0') {
        for (std::size_t i = 0; i < bytes_.size(); ++i) {
            bytes_[i] = static_cast<char>('a' + (i * 7 + i / 1000) % 26);
        }
        origin_.set_answer([this](net::Exchange& exchange, const TestOrigin::Seen& seen) -> net::Task<> {
            co_await answer(exchange, seen);
        });
    }

    net::Task<> answer(net::Exchange& exchange, const TestOrigin::Seen& seen) {
        const auto range = seen.headers.find("range");
        const auto if_range = seen.headers.find("if-range");
        const bool whole = range == seen.headers.end() || ignores_range_ ||
                           (if_range != seen.headers.end() && if_range->second != etag_);
        if (whole) {
            respond(exchange, 200, "ETag: " + etag_ + "\r\nAccept-Ranges: bytes\r\n", bytes_);
            co_return;
        }
        const auto spec = http::parse_range_header(range->second);
        const auto part = http::resolve_range(*spec, bytes_.size());
        respond(exchange, 206,
                "ETag: " + etag_ + "\r\nContent-Range: " +
                    http::format_content_range(*part, bytes_.size()) + "\r\n",
                std::string_view(bytes_).substr(part->offset, part->length));
    }

    Response range(std::uint64_t first, std::uint64_t last) {
        return get("/video", "Range: bytes=" + std::to_string(first) + "-" + std::to_string(last) +
                                 "\r\n");
    }
    void expect_part(const Response& response, std::uint64_t first, std::uint64_t last) {
        EXPECT_EQ(response.status, 206);
        EXPECT_EQ(response.body == bytes_.substr(first, last - first + 1), true)
            << first << "-" << last << ": " << response.body.size();
        EXPECT_EQ(response.header("content-range"),
                  http::format_content_range({.offset = first, .length = last - first + 1},
                                             bytes_.size()));
    }

    std::string bytes_;
    std::string etag_ = "\"v1\"";
    std::atomic<bool> ignores_range_{false};
};

TEST_F(LargeObjectTest, ARangeHitsAfterItsFirstMiss) {
    serve(distribution());
    const Response first = range(2'000'000, 2'000'099);
    expect_part(first, 2'000'000, 2'000'099);
    EXPECT_EQ(x_cache(first), kMiss);
    EXPECT_EQ(origin_.last().headers.at("range"), "bytes=1048576-2097151");
    const Response second = range(2'000'050, 2'000'199);
    expect_part(second, 2'000'050, 2'000'199);
    EXPECT_EQ(x_cache(second), kHit);
    EXPECT_EQ(origin_.count(), 1);
}

TEST_F(LargeObjectTest, MissingChunksAreAskedForWithIfRange) {
    serve(distribution());
    range(0, 9);
    const Response part = range(kChunkBytes - 5, kChunkBytes + 4);  // across the boundary
    expect_part(part, kChunkBytes - 5, kChunkBytes + 4);
    EXPECT_EQ(origin_.count(), 2);
    EXPECT_EQ(origin_.last().headers.at("range"), "bytes=1048576-2097151");
    EXPECT_EQ(origin_.last().headers.at("if-range"), "\"v1\"");
    const Response other = range(3 * kChunkBytes, 3 * kChunkBytes + 1);
    expect_part(other, 3 * kChunkBytes, 3 * kChunkBytes + 1);
    EXPECT_EQ(reason(other), "MISS_RANGE_PART");
    EXPECT_EQ(x_cache(other), kMiss);
}

TEST_F(LargeObjectTest, TheWholeIsMadeOfItsParts) {
    serve(distribution());
    range(kChunkBytes, kChunkBytes);
    const Response whole = get("/video");
    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(whole.body == bytes_, true);
    EXPECT_EQ(x_cache(get("/video")), kHit);
    EXPECT_EQ(get("/video").body == bytes_, true);
}

TEST_F(LargeObjectTest, SuffixesAndOpenEndsAreFilledToo) {
    serve(distribution());
    const Response suffix = get("/video", "Range: bytes=-10\r\n");
    expect_part(suffix, bytes_.size() - 10, bytes_.size() - 1);
    const Response open = get("/video", "Range: bytes=4000000-\r\n");
    expect_part(open, 4'000'000, bytes_.size() - 1);
    const std::size_t asked = origin_.count();
    expect_part(get("/video", "Range: bytes=-2000\r\n"), bytes_.size() - 2000, bytes_.size() - 1);
    EXPECT_EQ(origin_.count(), asked);
}

TEST_F(LargeObjectTest, EveryRangeIsRightWhateverIsStored) {
    serve(distribution());
    const std::uint64_t size = bytes_.size();
    const std::uint64_t kEdges[] = {0, 1, kChunkBytes - 1, kChunkBytes, kChunkBytes + 1,
                                    3 * kChunkBytes, 5 * kChunkBytes, size - 1};
    for (const std::uint64_t first : kEdges) {
        for (const std::uint64_t last : kEdges) {
            if (last >= first) expect_part(range(first, last), first, last);
        }
    }
}

TEST_F(LargeObjectTest, AnOriginThatIgnoresRangeIsCachedWhole) {
    ignores_range_ = true;
    serve(distribution());
    expect_part(range(5, 14), 5, 14);
    ASSERT_TRUE(eventually([&] { return engine_->flights().size() == 0; }));
    expect_part(range(4'000'000, 4'000'009), 4'000'000, 4'000'009);
    EXPECT_EQ(origin_.count(), 1);
}

TEST_F(LargeObjectTest, AChangedObjectIsNotMixedWithItsOldChunks) {
    serve(distribution());
    range(0, 9);
    etag_ = "\"v2\"";
    std::reverse(bytes_.begin(), bytes_.end());
    const Response response = range(2 * kChunkBytes, 2 * kChunkBytes + 9);
    expect_part(response, 2 * kChunkBytes, 2 * kChunkBytes + 9);
    EXPECT_EQ(response.header("etag"), "\"v2\"");
    expect_part(range(0, 9), 0, 9);
}

TEST_F(LargeObjectTest, WithoutAStrongETagTheWholeIsFetched) {
    etag_ = "W/\"v1\"";
    serve(distribution());
    expect_part(range(100, 199), 100, 199);
    EXPECT_FALSE(origin_.last().headers.contains("range"));
    ASSERT_TRUE(eventually([&] { return engine_->flights().size() == 0; }));
    expect_part(range(4'000'000, 4'000'009), 4'000'000, 4'000'009);
    EXPECT_EQ(origin_.count(), 2);
}

TEST_F(ViewerTest, ACustomErrorPageReplacesTheError) {
    cdn::Distribution d = distribution();
    d.custom_errors = {{.error_code = 404, .page_path = "/index.html", .response_code = 200}};
    serve(std::move(d));
    origin_.set_answer([](net::Exchange& exchange, const TestOrigin::Seen& seen) -> net::Task<> {
        const bool page = seen.target == "/index.html";
        respond(exchange, page ? 200 : 404, "", page ? "app" : "missing");
        co_return;
    });
    for (int i = 0; i < 2; ++i) {
        const Response response = get("/deep/link");
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.body, "app");
        EXPECT_EQ(x_cache(response), kError);
    }
    EXPECT_EQ(origin_.count(), 2);
}

TEST_F(ViewerTest, AFailingErrorPageGivesItsOwnStatus) {
    cdn::Distribution d = distribution();
    d.custom_errors = {{.error_code = 404, .page_path = "/oops.html", .response_code = 200}};
    serve(std::move(d));
    origin_.set_answer([](net::Exchange& exchange, const TestOrigin::Seen& seen) -> net::Task<> {
        respond(exchange, seen.target == "/oops.html" ? 403 : 404, "", "no");
        co_return;
    });
    EXPECT_EQ(get("/a").status, 403);
}

TEST_F(ViewerTest, PostPassesWithItsBody) {
    serve(distribution());
    origin_.answer_with(201, "Location: /new\r\n", "made");
    const Response response = request("POST", "/form", "Content-Type: a/b\r\n", "a=1");
    EXPECT_EQ(response.status, 201);
    EXPECT_EQ(response.body, "made");
    EXPECT_EQ(reason(response), "PASS_METHOD");
    EXPECT_EQ(origin_.last().body, "a=1");
    EXPECT_EQ(origin_.last().headers.at("content-type"), "a/b");
}

TEST_F(ViewerTest, ADisabledPolicyPassesConditionsAndRanges) {
    cdn::Distribution d = distribution();
    d.behaviors[0].cache.caching_disabled = true;
    serve(std::move(d));
    origin_.answer_with(200, "", "x");
    EXPECT_EQ(reason(get("/a", "Range: bytes=0-0\r\nIf-None-Match: \"a\"\r\n")), "PASS_POLICY");
    EXPECT_EQ(origin_.last().headers.at("range"), "bytes=0-0");
    EXPECT_EQ(origin_.last().headers.at("if-none-match"), "\"a\"");
    get("/a");
    EXPECT_EQ(origin_.count(), 2);
}

TEST_F(ViewerTest, RefusalsAreCloudFrontsPages) {
    cdn::Distribution d = distribution();
    d.behaviors[0].allowed_methods.bits = cdn::MethodSet::Get | cdn::MethodSet::Head;
    d.behaviors.insert(d.behaviors.begin(), d.behaviors[0]);
    d.behaviors[0].path_pattern = "/secure/*";
    d.behaviors[0].viewer_protocol = cdn::ViewerProtocol::HttpsOnly;
    d.behaviors.insert(d.behaviors.begin(), d.behaviors[0]);
    d.behaviors[0].path_pattern = "/redirect/*";
    d.behaviors[0].viewer_protocol = cdn::ViewerProtocol::RedirectToHttps;
    serve(std::move(d));
    EXPECT_EQ(request("POST", "/a", "", "x").status, 403);
    EXPECT_EQ(request("GET", "/a", "", "body").status, 403);
    const Response secure = get("/secure/a");
    EXPECT_EQ(secure.status, 403);
    EXPECT_EQ(x_cache(secure), kError);
    const Response redirect = get("/redirect/a?b=1");
    EXPECT_EQ(redirect.status, 301);
    EXPECT_EQ(redirect.header("location"), "https://e1.cloudfront.net/redirect/a?b=1");
    EXPECT_EQ(x_cache(redirect), "Redirect from cloudfront");
    EXPECT_EQ(raw("GET / HTTP/1.1\r\nHost: unknown.example.com\r\n\r\n").status, 403);
    const std::string long_url = "/" + std::string(8192, 'x');
    const Response too_long = get(long_url);
    EXPECT_EQ(too_long.status, 413);
    EXPECT_EQ(x_cache(too_long), kError);
    EXPECT_EQ(get("/a", "X-Big: " + std::string(20480, 'x') + "\r\n").status, 413);
    const std::string looped = "Via: 1.1 a.cloudfront.net (CloudFront), 1.1 b.cloudfront.net "
                               "(CloudFront), 1.1 c.cloudfront.net (CloudFront)\r\n";
    EXPECT_EQ(get("/a", looped).status, 403);
    EXPECT_EQ(origin_.count(), 0);
}

TEST_F(ViewerTest, ADistributionIsReachedByEveryName) {
    cdn::Distribution d = distribution();
    d.aliases = {"www.example.com", "*.example.org"};
    d.default_root_object = "index.html";
    serve(std::move(d));
    origin_.answer_with(200, "", "x");
    for (const char* host : {"e1.cloudfront.net", "E1.CloudFront.NET:9080", "e1.cloudfront.localhost",
                             "www.example.com", "a.b.example.org"}) {
        const Response response = raw("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
        EXPECT_EQ(response.status, 200) << host;
    }
    EXPECT_EQ(origin_.last().target, "/index.html");
    EXPECT_EQ(raw("GET /_edge/d/E1/x/y?z HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").status, 200);
    EXPECT_EQ(origin_.last().target, "/x/y");
    EXPECT_EQ(raw("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n").status, 403);
}

TEST_F(ViewerTest, ResponseHeadersPoliciesApplyToHitsAndMisses) {
    cdn::Distribution d = distribution();
    cdn::ResponseHeadersPolicy policy;
    policy.headers = {{.name = "X-Frame-Options", .value = "SAMEORIGIN"},
                      {.name = "X-Content-Type-Options", .value = "nosniff", .override_origin = true},
                      {.name = "Access-Control-Allow-Origin", .value = "", .cors = true}};
    policy.remove = {"Server"};
    policy.cors_allow_origins = {"https://a.example"};
    d.behaviors[0].response_headers = policy;
    serve(std::move(d));
    origin_.answer_with(200, "Server: o\r\nX-Frame-Options: DENY\r\nX-Content-Type-Options: x\r\n", "x");
    for (int i = 0; i < 2; ++i) {
        const Response response = get("/a", "Origin: https://a.example\r\n");
        EXPECT_EQ(response.header("x-frame-options"), "DENY");
        EXPECT_EQ(response.header("x-content-type-options"), "nosniff");
        EXPECT_EQ(response.headers.count("x-content-type-options"), 1);
        EXPECT_EQ(response.headers.count("server"), 0);
        EXPECT_EQ(response.header("access-control-allow-origin"), "https://a.example");
        EXPECT_EQ(response.header("vary"), "Origin");
    }
    EXPECT_EQ(get("/a").headers.count("access-control-allow-origin"), 0);
    EXPECT_EQ(get("/a", "Origin: https://b.example\r\n").headers.count("access-control-allow-origin"), 0);
}

std::string gunzip(const std::string& bytes) {
    z_stream stream{};
    inflateInit2(&stream, 15 + 16);
    std::string out(1 << 20, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

TEST_F(ViewerTest, TextIsCompressedOnItsWayIntoTheCache) {
    cdn::Distribution d = distribution();
    d.behaviors[0].compress = true;
    d.behaviors[0].cache.gzip = true;
    serve(std::move(d));
    std::string text;
    for (int i = 0; i < 60'000; ++i) text += "word" + std::to_string(i % 97) + " ";
    for (const std::size_t size : {std::size_t{2'000}, std::size_t{400'000}}) {
        const std::string body = text.substr(0, size);
        origin_.answer_with(200, "Content-Type: text/css\r\nETag: \"a\"\r\n", body);
        const std::string path = "/" + std::to_string(size);
        const Response miss = get(path, "Accept-Encoding: gzip, deflate\r\n");
        EXPECT_EQ(miss.header("content-encoding"), "gzip");
        EXPECT_EQ(gunzip(miss.body), body);
        ASSERT_TRUE(eventually([&] { return engine_->flights().size() == 0; }));
        const Response hit = get(path, "Accept-Encoding: deflate, gzip\r\n");
        EXPECT_EQ(x_cache(hit), kHit);
        EXPECT_EQ(hit.header("etag"), "W/\"a\"");
        EXPECT_EQ(gunzip(hit.body), body);
        EXPECT_EQ(get(path).body, body);  // another key
    }
}

TEST_F(ViewerTest, ATraceTellsWhatTheCacheDid) {
    serve(distribution());
    origin_.answer_with(200, "Cache-Control: max-age=5\r\n", "x");
    get("/a?utm=1");
    advance(seconds(2));
    const Response hit = get("/a?utm=2", "Cookie: sid=secret\r\n");
    const Response trace = admin("/_edge/trace/" + hit.header("x-amz-cf-id"));
    EXPECT_EQ(trace.status, 200);
    for (const char* part :
         {"\"decision\":\"HIT_FRESH\"", "\"age\":2", "\"ttl\":5", "\"ttl_rule\":\"max-age\"",
          "\"query utm\"", "\"cookie sid\"", "\"uri\":\"/a?utm=2\"", "\"distribution\":\"E1\""}) {
        EXPECT_NE(trace.body.find(part), std::string::npos) << part << " in " << trace.body;
    }
    EXPECT_EQ(trace.body.find("secret"), std::string::npos);
    EXPECT_EQ(admin("/_edge/trace/unknown").status, 404);
    const Response metrics = admin("/metrics");
    EXPECT_NE(metrics.body.find("tarn_edge_requests_total{reason=\"HIT_FRESH\"} 1\n"),
              std::string::npos);
    EXPECT_NE(metrics.body.find("tarn_edge_origin_requests_total 1\n"), std::string::npos);
}

TEST_F(ViewerTest, AnOriginGroupFailsOver) {
    cdn::Distribution d = distribution();
    d.origins.push_back(d.origins[0]);
    d.origins[1].id = "second";
    d.origins[1].origin_path = "/second";
    d.origin_groups = {{.id = "g", .primary_origin_id = "o", .secondary_origin_id = "second",
                        .failover_statuses = {404}}};
    d.behaviors[0].target_origin_id = "g";
    serve(std::move(d));
    origin_.set_answer([](net::Exchange& exchange, const TestOrigin::Seen& seen) -> net::Task<> {
        const bool second = seen.target.starts_with("/second");
        respond(exchange, second ? 200 : 404, "", second ? "second" : "first");
        co_return;
    });
    EXPECT_EQ(get("/a").body, "second");
    EXPECT_EQ(origin_.count(), 2);
}

TEST_F(ViewerTest, AnS3OriginIsAskedByItsOwnNameAndSigned) {
    cdn::Distribution d = distribution();
    d.origins[0].domain_name = "photos.s3.eu-west-1.amazonaws.com";
    d.origins[0].is_s3 = true;
    d.origins[0].access_control = cdn::OriginSigning::Always;
    d.signing_key_id = "AKEDGE";
    d.signing_secret = "secret";
    serve(std::move(d));
    origin_.answer_with(200, "", "x");
    EXPECT_EQ(get("/a").status, 200);
    const auto headers = origin_.last().headers;
    EXPECT_EQ(headers.at("host"), "photos.s3.eu-west-1.amazonaws.com");
    EXPECT_TRUE(headers.at("authorization").starts_with("AWS4-HMAC-SHA256 Credential=AKEDGE/"));
    EXPECT_NE(headers.at("authorization").find("/eu-west-1/s3/aws4_request"), std::string::npos);
    EXPECT_NE(headers.at("authorization").find("x-amz-cf-id"), std::string::npos);
}

TEST_F(ViewerTest, AnEdgeWithoutItsConfigurationAnswers503) {
    serve(distribution());
    EdgeState empty(*loops_, *engine_, nullptr);
    ViewerHandler viewers({.pop = "X1"}, *loops_, empty, *engine_, random_);
    net::Server server(*loops_, viewers, net::ServerLimits{}, nullptr);
    TestViewer viewer(*server.listen("127.0.0.1", 0));
    viewer.send("GET / HTTP/1.1\r\nHost: e1.cloudfront.net\r\n\r\n");
    EXPECT_EQ(viewer.read().status, 503);
    server.drain(seconds(0));
}

}  // namespace
}  // namespace tarn::edge
