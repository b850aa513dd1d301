// The parts of the viewer's side that need no socket.

#include "common/base/random.h"
#include "edge/viewer/admission.h"
#include "edge/viewer/edge_options.h"
#include "edge/viewer/request_id.h"
#include "edge/viewer/trace.h"
#include "edge/viewer/viewer_response.h"

#include <set>

#include <gtest/gtest.h>

namespace tarn::edge {
namespace {

TEST(RequestIdTest, IdsAreUniqueAndLeadBackToTheirPlace) {
    SeededRandom random(7);
    constexpr std::uint64_t kMask = 0x0123456789abcdef;
    RequestIdSource source(kMask, 3, random);
    std::set<std::string> seen;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        const RequestId id = source.next();
        EXPECT_TRUE(seen.insert(std::string(id.view())).second);
        EXPECT_EQ(source.last_number(), i);
        const auto place = place_of(id.view(), kMask);
        ASSERT_TRUE(place);
        EXPECT_EQ(place->loop, 3);
        EXPECT_EQ(place->number, i);
        EXPECT_EQ(id.view().find_first_not_of(
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="),
                  std::string_view::npos);
    }
    EXPECT_EQ(place_of("short==", kMask), std::nullopt);
    EXPECT_EQ(place_of(std::string(54, '!') + "==", kMask), std::nullopt);
}

TEST(TraceRingTest, TheOldestGivesWay) {
    TraceRing ring(4);
    SeededRandom random(7);
    RequestIdSource source(1, 0, random);
    std::vector<RequestId> ids;
    for (std::uint64_t i = 0; i < 6; ++i) {
        ids.push_back(source.next());
        ring.begin(i).id = ids.back();
    }
    EXPECT_EQ(ring.find(0, ids[0].view()), nullptr);
    EXPECT_EQ(ring.find(1, ids[1].view()), nullptr);
    for (std::uint64_t i = 2; i < 6; ++i)
        ASSERT_NE(ring.find(i, ids[i].view()), nullptr);
    EXPECT_EQ(ring.find(2, ids[3].view()), nullptr) << "the id of another request";
    EXPECT_EQ(ring.find(6, ids[5].view()), nullptr);
}

TEST(ShortTextTest, WhatIsTooLongIsCutOff) {
    ShortText<4> text;
    text.assign("abcdef");
    EXPECT_EQ(text.view(), "abcd");
    text.assign("x");
    text.append("yz");
    EXPECT_EQ(text.view(), "xyz");
}

struct CacheStatusCase {
    AnswerNotes notes;
    const char* value;
};

TEST(CacheStatusTest, SaysWhatHappened) {
    using std::chrono::seconds;
    const EdgeIdentity identity = make_identity("FRA50-P1", "0123456789abcdef0123456789abcdef");
    EXPECT_EQ(identity.via, "1.1 0123456789abcdef0123456789abcdef.cloudfront.net (CloudFront)");
    const CacheStatusCase cases[] = {
        {{.reason = Reason::HitFresh, .ttl_left = seconds(9)},
         "FRA50-P1; hit; ttl=9; detail=HIT_FRESH"},
        {{.reason = Reason::HitStaleError, .ttl_left = seconds(-9)},
         "FRA50-P1; hit; ttl=-9; detail=HIT_STALE_ERROR"},
        {{.reason = Reason::MissCold, .forward_status = 200, .stored = true},
         "FRA50-P1; fwd=uri-miss; fwd-status=200; stored; detail=MISS_COLD"},
        {{.reason = Reason::HitCollapsed, .stored = true, .collapsed = true},
         "FRA50-P1; fwd=uri-miss; stored; collapsed; detail=HIT_COLLAPSED"},
        {{.reason = Reason::Refresh304, .forward_status = 304, .stored = true},
         "FRA50-P1; fwd=stale; fwd-status=304; stored; detail=REFRESH_304"},
        {{.reason = Reason::PassMethod}, "FRA50-P1; fwd=method; detail=PASS_METHOD"},
        {{.reason = Reason::PassPolicy}, "FRA50-P1; fwd=bypass; detail=PASS_POLICY"},
        {{.reason = Reason::MissRangePart}, "FRA50-P1; fwd=partial; detail=MISS_RANGE_PART"},
        {{.reason = Reason::RefusedHost}, "FRA50-P1; detail=ERR_UNKNOWN_HOST"},
    };
    for (const CacheStatusCase& c : cases)
        EXPECT_EQ(cache_status(identity, c.notes), c.value);
}

http::RequestHead request_to(std::string_view host, std::string_view target) {
    http::RequestHead head;
    head.method = http::Method::Get;
    head.host = host;
    head.target = target;
    return head;
}

TEST(HttpsLocationTest, KeepsTheTargetAndMindsThePort) {
    EXPECT_EQ(https_location(request_to("a.example", "/x?y=%20"), 443),
              "https://a.example/x?y=%20");
    EXPECT_EQ(https_location(request_to("a.example:9080", "/"), 9443), "https://a.example:9443/");
    EXPECT_EQ(https_location(request_to("a.example", "/"), 9443), "https://a.example/");
    EXPECT_EQ(https_location(request_to("[::1]:9080", "/"), 9443), "https://[::1]:9443/");
}

TEST(HeaderScanTest, FindsWhatMattersInAnyCase) {
    http::Fields fields;
    fields.add("RANGE", "bytes=0-1");
    fields.add("if-none-match", "\"a\"");
    fields.add("Accept-encoding", "gzip");
    fields.add("oRigin", "https://a");
    fields.add("X-Range", "no");
    const HeaderScan scan = scan_headers(fields);
    EXPECT_TRUE(scan.has_range);
    EXPECT_EQ(scan.range, "bytes=0-1");
    EXPECT_TRUE(scan.has_conditions);
    EXPECT_EQ(scan.accept_encoding, "gzip");
    EXPECT_EQ(scan.origin, "https://a");
    EXPECT_FALSE(scan.has_via);
    EXPECT_FALSE(scan.has_cookie);
    for (const char* condition :
         {"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"}) {
        http::Fields one;
        one.add(condition, "x");
        EXPECT_TRUE(scan_headers(one).has_conditions) << condition;
    }
}

TEST(EdgeOptionsTest, ReadsAddresses) {
    EXPECT_EQ(parse_listen_address("127.0.0.1:9080"), (ListenAddress{"127.0.0.1", 9080}));
    EXPECT_EQ(parse_listen_address("[::1]:9080"), (ListenAddress{"::1", 9080}));
    EXPECT_EQ(parse_listen_address("127.0.0.1:0"), (ListenAddress{"127.0.0.1", 0}));
    for (const char* bad :
         {"", "9080", ":9080", "::1:9080", "127.0.0.1:", "127.0.0.1:65536", "a:b"}) {
        EXPECT_EQ(parse_listen_address(bad), std::nullopt) << bad;
    }
    const auto plain = parse_http_url("http://127.0.0.1:9000/");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->port, 9000);
    EXPECT_FALSE(plain->tls);
    EXPECT_EQ(parse_http_url("https://origin.example")->port, 443);
    EXPECT_TRUE(parse_http_url("https://origin.example")->tls);
    EXPECT_EQ(parse_http_url("http://[::1]")->host, "::1");
    for (const char* bad : {"127.0.0.1:9000", "ftp://a", "http://a/b", "http://"}) {
        EXPECT_FALSE(parse_http_url(bad)) << bad;
    }
    EXPECT_EQ(parse_byte_size("512MiB"), std::uint64_t{512} << 20);
    EXPECT_EQ(parse_byte_size("1GiB"), std::uint64_t{1} << 30);
    EXPECT_EQ(parse_byte_size("1000"), 1000);
    EXPECT_EQ(parse_byte_size("12MB"), std::nullopt);
    EXPECT_EQ(parse_byte_size("99999999999GiB"), std::nullopt);
}

Result<EdgeOptions, EarlyExit> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "tarn-edge");
    return parse_edge_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(EdgeOptionsTest, TheDefaultsListenOnLoopback) {
    const auto options = parse({});
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->listen, (std::vector<ListenAddress>{{"127.0.0.1", 9080}, {"::1", 9080}}));
    EXPECT_TRUE(options->tls_listen.empty());
    EXPECT_TRUE(options->admin.empty());
    EXPECT_EQ(options->server.port, 9001);
    EXPECT_EQ(options->s3_origin.port, 9000);
    EXPECT_EQ(options->memory_bytes, std::uint64_t{512} << 20);
    EXPECT_GE(options->threads, 1);
    EXPECT_FALSE(options->fence);
}

TEST(EdgeOptionsTest, FaultsHaveTheirExitCodes) {
    EXPECT_EQ(parse({"--no-such"}).error().code, 2);
    EXPECT_EQ(parse({"--help"}).error().code, 0);
    EXPECT_NE(parse({"--help"}).error().message.find("--token-file"), std::string::npos);
    EXPECT_EQ(parse({"--version"}).error().code, 0);
    const auto faulty = parse({"--listen", "nowhere", "--pop", "a b", "--log-level", "loud"});
    ASSERT_FALSE(faulty);
    EXPECT_EQ(faulty.error().code, 3);
    for (const char* word : {"--listen nowhere", "--pop a b", "--log-level loud"}) {
        EXPECT_NE(faulty.error().message.find(word), std::string::npos) << "all faults at once";
    }
}

TEST(EdgeOptionsTest, RepeatedAddressesAreAllTaken) {
    const auto options = parse({"--listen", "127.0.1.1:80", "--listen", "127.0.1.2:80", "--fence"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->listen.size(), 2);
    EXPECT_TRUE(options->fence);
    EXPECT_EQ(options->edge_id, "FRA50-P1-127.0.1.1-80");
}

}  // namespace
}  // namespace tarn::edge
