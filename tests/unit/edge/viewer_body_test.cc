// Bodies too large for one piece: read while they arrive, and in parts.

#include "edge_fixture.h"

#include <algorithm>

namespace tarn::edge {
namespace {

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

TEST_F(ViewerTest, AnEndlessStreamTakesNoMoreMemoryThanItsReadersLag) {
    engine_options_.memory_bytes = 8 << 20;  // objects up to 2 MiB are kept
    serve(distribution());
    constexpr std::size_t kPieces = 400;
    origin_.set_answer([&](net::Exchange& exchange, const TestOrigin::Seen&) -> net::Task<> {
        exchange.head().begin_response(200);
        co_await exchange.start(std::nullopt);
        const std::string piece(256 * 1024, 'p');
        for (std::size_t i = 0; i < kPieces; ++i) {
            if (!co_await exchange.write(piece)) co_return;
        }
        co_await exchange.finish();
    });
    const Response response = get("/stream");
    EXPECT_TRUE(response.whole);
    EXPECT_EQ(response.body.size(), kPieces * 256 * 1024);
    ASSERT_TRUE(eventually([&] { return engine_->flights().size() == 0; }));
    EXPECT_EQ(engine_->cache().stats().entry_count, 0);
}

// A large object whose origin understands Range and If-Range.
struct LargeObjectTest : ViewerTest {
    LargeObjectTest() : bytes_(5 * kChunkBytes + 1234, '\0') {
        for (std::size_t i = 0; i < bytes_.size(); ++i) {
            bytes_[i] = static_cast<char>('a' + (i * 7 + i / 1000) % 26);
        }
        origin_.set_answer(
            [this](net::Exchange& exchange, const TestOrigin::Seen& seen) -> net::Task<> {
                co_await answer(exchange, seen);
            });
    }

    net::Task<> answer(net::Exchange& exchange, const TestOrigin::Seen& seen) const {
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
        return get("/video",
                   "Range: bytes=" + std::to_string(first) + "-" + std::to_string(last) + "\r\n");
    }
    void expect_part(const Response& response, std::uint64_t first, std::uint64_t last) const {
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
    const std::uint64_t edges[] = {
        0,       1, kChunkBytes - 1, kChunkBytes, kChunkBytes + 1, 3 * kChunkBytes, 5 * kChunkBytes,
        size - 1};
    for (const std::uint64_t first : edges) {
        for (const std::uint64_t last : edges) {
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

}  // namespace
}  // namespace tarn::edge
