// What a distribution's settings do to viewers' requests.

#include "edge_fixture.h"

#include <zlib.h>

namespace tarn::edge {
namespace {

using std::chrono::seconds;

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
    const std::string looped =
        "Via: 1.1 a.cloudfront.net (CloudFront), 1.1 b.cloudfront.net "
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
    for (const char* host : {"e1.cloudfront.net", "E1.CloudFront.NET:9080",
                             "e1.cloudfront.localhost", "www.example.com", "a.b.example.org"}) {
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
    policy.headers = {
        {.name = "X-Frame-Options", .value = "SAMEORIGIN"},
        {.name = "X-Content-Type-Options", .value = "nosniff", .override_origin = true},
        {.name = "Access-Control-Allow-Origin", .value = "", .cors = true}};
    policy.remove = {"Server"};
    policy.cors_allow_origins = {"https://a.example"};
    d.behaviors[0].response_headers = policy;
    serve(std::move(d));
    origin_.answer_with(200, "Server: o\r\nX-Frame-Options: DENY\r\nX-Content-Type-Options: x\r\n",
                        "x");
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
    EXPECT_EQ(
        get("/a", "Origin: https://b.example\r\n").headers.count("access-control-allow-origin"), 0);
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
    for (int i = 0; i < 60'000; ++i)
        text += "word" + std::to_string(i % 97) + " ";
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
    d.origin_groups = {{.id = "g",
                        .primary_origin_id = "o",
                        .secondary_origin_id = "second",
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
