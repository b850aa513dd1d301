// What a hostile viewer, origin or configuration cannot do.

#include "edge_fixture.h"

namespace tarn::edge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct HostileTest : ViewerTest {
    // A distribution with the older ForwardedValues settings on a bucket.
    cdn::Distribution legacy_bucket() {
        cdn::Distribution d = distribution();
        d.origins[0].is_s3 = true;
        d.origins[0].domain_name = "b.s3.us-east-1.amazonaws.com";
        d.behaviors[0].cache.id.clear();
        return d;
    }
};

TEST_F(HostileTest, AViewersS3HeaderDoesNotSpoilAnObjectForOthers) {
    serve(legacy_bucket());
    origin_.set_answer([](net::Exchange& exchange, const TestOrigin::Seen& seen) -> net::Task<> {
        const bool is_encrypted =
            seen.headers.contains("x-amz-server-side-encryption-customer-algorithm");
        respond(exchange, is_encrypted ? 501 : 200, "", is_encrypted ? "" : "x");
        co_return;
    });
    const std::string header = "x-amz-server-side-encryption-customer-algorithm: AES256\r\n";
    EXPECT_EQ(get("/a", header).status, 200);
    request("PUT", "/a", "x-amz-copy-source: /b/private\r\n", "x");
    EXPECT_FALSE(origin_.last().headers.contains("x-amz-copy-source"));
}

TEST_F(HostileTest, ANotImplementedOfS3IsNotServedAgain) {
    serve(legacy_bucket());
    origin_.answer_with(501, "", "");
    EXPECT_EQ(get("/a").status, 501);
    origin_.answer_with(200, "", "x");
    EXPECT_EQ(get("/a").status, 200);
}

TEST_F(HostileTest, AnErrorThatIsNotKeptDoesNotMarkTheObject) {
    serve(distribution());
    origin_.answer_with(403, "", "no");
    EXPECT_EQ(reason(get("/a", "Range: bytes=0-1\r\n")), "PASS_UNCACHEABLE");
    origin_.answer_with(200, "", "0123");
    const Response part = get("/a", "Range: bytes=0-1\r\n");
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(reason(part), "MISS_COLD");
    EXPECT_EQ(x_cache(get("/a", "Range: bytes=2-3\r\n")), kHit);
}

TEST_F(HostileTest, AMalformedUploadGetsAnErrorPage) {
    serve(distribution());
    const Response response =
        raw("PUT /a HTTP/1.1\r\nHost: e1.cloudfront.net\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\nno chunk\r\n");
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(reason(response), "ERR_BAD_UPLOAD");
    EXPECT_EQ(x_cache(response), kError);
    EXPECT_TRUE(response.headers.contains("via"));
    EXPECT_NE(response.body.find(response.header("x-amz-cf-id")), std::string::npos);
    EXPECT_EQ(response.header("connection"), "close");
}

TEST_F(HostileTest, AStalledUploadGetsAnErrorPage) {
    limits_.body_grace = milliseconds(50);
    limits_.deadline_tick = milliseconds(10);
    serve(distribution());
    const Response response =
        raw("PUT /a HTTP/1.1\r\nHost: e1.cloudfront.net\r\nContent-Length: 100000\r\n\r\nabc");
    EXPECT_EQ(response.status, 408);
    EXPECT_EQ(reason(response), "ERR_BAD_UPLOAD");
    EXPECT_NE(response.body.find(response.header("x-amz-cf-id")), std::string::npos);
}

TEST_F(HostileTest, AResponseHeadersPolicyCannotFrameTheAnswer) {
    cdn::Distribution d = distribution();
    cdn::ResponseHeadersPolicy policy;
    for (const char* name : {"Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "A B",
                             "X-Split\r\nX-Other"}) {
        policy.headers.push_back({.name = name, .value = "1", .override_origin = true});
    }
    policy.headers.push_back({.name = "X-Mine", .value = "1"});
    d.behaviors[0].response_headers = policy;
    serve(std::move(d));
    origin_.answer_with(200, "", "hello");
    for (int i = 0; i < 2; ++i) {
        const Response response = get("/a");
        EXPECT_EQ(response.body, "hello");
        EXPECT_EQ(response.headers.count("content-length"), 1);
        EXPECT_EQ(response.header("x-mine"), "1");
        for (const char* name : {"transfer-encoding", "connection", "upgrade", "a b", "x-other"})
            EXPECT_FALSE(response.headers.contains(name)) << name;
    }
}

// An origin whose 206 does not carry the bytes that its Content-Range states, until it mends.
struct LyingRangeTest : HostileTest {
    LyingRangeTest() : bytes_(2 * kChunkBytes, 'x') {
        origin_.set_answer(
            [this](net::Exchange& exchange, const TestOrigin::Seen& seen) -> net::Task<> {
                const auto range = seen.headers.find("range");
                if (range == seen.headers.end() || is_honest_) {
                    respond(exchange, 200, "ETag: \"v\"\r\n", bytes_);
                    co_return;
                }
                exchange.head().begin_response(206);
                exchange.head().add("ETag", "\"v\"");
                exchange.head().add("Content-Range", "bytes 0-1048575/2097152");
                if (!is_chunked_) {
                    exchange.respond(body_);
                    co_return;
                }
                co_await exchange.start(std::nullopt);
                co_await exchange.write(body_);
                co_await exchange.finish();
            });
    }
    void expect_whole_is_right() {
        is_honest_ = true;
        EXPECT_EQ(get("/a").body == bytes_, true);
        ASSERT_TRUE(eventually([&] { return engine_->flights().size() == 0; }));
        EXPECT_EQ(get("/a").body == bytes_, true);
    }

    const std::string bytes_;
    std::string body_ = "short";
    bool is_chunked_ = false;
    std::atomic<bool> is_honest_{false};
};

TEST_F(LyingRangeTest, ABodyShorterThanItsRangeIsNotKept) {
    serve(distribution());
    const Response part = get("/a", "Range: bytes=0-9\r\n");
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, "xxxxxxxxxx") << "from the whole, which was asked for instead";
    expect_whole_is_right();
}

TEST_F(LyingRangeTest, AChunkedBodyShorterThanItsRangeIsNotKept) {
    is_chunked_ = true;
    serve(distribution());
    get("/a", "Range: bytes=0-9\r\n");
    expect_whole_is_right();
}

TEST_F(LyingRangeTest, AChunkedBodyLongerThanItsRangeIsNotKept) {
    is_chunked_ = true;
    body_.assign(kChunkBytes + 5, 'l');
    serve(distribution());
    get("/a", "Range: bytes=0-9\r\n");
    ASSERT_TRUE(eventually([&] { return engine_->cache().stats().entry_count == 0; }));
    expect_whole_is_right();
}

TEST_F(HostileTest, ATraceKeepsWhatWasFoundApartFromWhatWasStored) {
    serve(distribution());
    origin_.answer_with(200, "Cache-Control: max-age=5\r\n", "x");
    const auto trace_of = [&](const Response& response) {
        return admin("/_edge/trace/" + response.header("x-amz-cf-id")).body;
    };
    const std::string cold = trace_of(get("/a"));
    EXPECT_NE(cold.find("\"found\":false}"), std::string::npos) << cold;
    EXPECT_NE(cold.find("\"stored\":{"), std::string::npos) << cold;
    advance(seconds(2));
    const std::string hit = trace_of(get("/a"));
    EXPECT_NE(hit.find("\"found\":true,\"state\":\"fresh\",\"age\":2"), std::string::npos) << hit;
    EXPECT_EQ(hit.find("\"stored\""), std::string::npos) << hit;
    invalidate("/a");
    const std::string invalidated = trace_of(get("/a"));
    EXPECT_NE(invalidated.find("\"found\":true,\"state\":\"invalidated\",\"age\":2"),
              std::string::npos)
        << invalidated;
    EXPECT_NE(invalidated.find("\"stored\":{"), std::string::npos) << invalidated;
    advance(seconds(7));
    const std::string expired = trace_of(get("/a"));
    EXPECT_NE(expired.find("\"found\":true,\"state\":\"stale\",\"age\":7"), std::string::npos)
        << expired;
    EXPECT_NE(expired.find("a Hit with a max-age above 7"), std::string::npos) << expired;
}

}  // namespace
}  // namespace tarn::edge
