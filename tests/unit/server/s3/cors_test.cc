// Cross-origin requests: which rule matches, what answers carry, what preflights are told.

#include "server/s3/cors.h"

#include "tests/unit/server/s3/s3_under_test.h"

namespace tarn::s3 {
namespace {

constexpr std::string_view kNotAllowed =
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
    "Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are "
    "not whitelisted by the resource's CORS spec.";

std::string configuration(std::string_view rules) {
    return "<CORSConfiguration>" + std::string(rules) + "</CORSConfiguration>";
}

struct OriginCase {
    std::string_view pattern;
    std::string_view origin;
    bool matches;
};

TEST(CorsRules, AnOriginHasOneWildcardThatMayBeNothing) {
    const OriginCase cases[] = {
        {"*", "https://a.example", true},
        {"https://a.example", "https://a.example", true},
        {"https://a.example", "http://a.example", false},
        {"https://a.example", "https://a.example/", false},
        {"https://*.example", "https://a.example", true},
        {"https://*.example", "https://.example", true},
        {"https://*.example", "https://a.example.net", false},
        {"start*end", "startend", true},
        {"start*end", "start12end", true},
        {"start*end", "0startend", false},
        {"aba*aba", "aba", false},  // the two ends may not overlap
        {"a?c", "abc", false},
        {"", "https://a.example", false},
    };
    for (const OriginCase& c : cases) {
        const CorsRules rules = {{.origins = {std::string(c.pattern)}, .methods = {"GET"}}};
        const bool matched = match_cors(rules, {.origin = c.origin, .method = "GET"}) != nullptr;
        EXPECT_EQ(matched, c.matches) << c.pattern << " " << c.origin;
    }
}

TEST(CorsRules, TheFirstRuleThatAllowsAllOfItCounts) {
    const CorsRules rules = {
        {.origins = {"*"}, .methods = {"GET"}},
        {.origins = {"https://a.example"},
         .methods = {"PUT"},
         .headers = {"x-amz-*", "content-md5"}},
        {.origins = {"*"}, .methods = {"PUT"}, .headers = {"*"}},
    };
    const auto index_of = [&](std::string_view method, std::string_view headers) {
        const CorsRule* const rule = match_cors(
            rules, {.origin = "https://a.example", .method = method, .requested_headers = headers});
        return rule ? rule - rules.data() : -1;
    };
    EXPECT_EQ(index_of("GET", ""), 0);
    EXPECT_EQ(index_of("GET", "x-amz-date"), -1);
    EXPECT_EQ(index_of("PUT", "X-Amz-Date, Content-MD5"), 1);
    EXPECT_EQ(index_of("PUT", "x-amz-date,content-type"), 2);
    EXPECT_EQ(index_of("DELETE", ""), -1);
    EXPECT_EQ(index_of("get", ""), -1);
    EXPECT_EQ(match_cors(rules, {.method = "GET"}), nullptr);
}

class CorsTest : public S3Test {
  protected:
    Answer put_cors(std::string_view rules) {
        return send({.method = "PUT", .target = "/b?cors", .body = configuration(rules)});
    }
    Answer preflight(std::string target, std::string origin, std::string method = "",
                     std::string headers = "") {
        Sent sent{.method = "OPTIONS", .target = std::move(target), .account = ""};
        if (!origin.empty()) sent.headers.emplace_back("Origin", origin);
        if (!method.empty()) sent.headers.emplace_back("Access-Control-Request-Method", method);
        if (!headers.empty()) sent.headers.emplace_back("Access-Control-Request-Headers", headers);
        return send(sent);
    }
    static std::string field(const Answer& answer, std::string_view name) {
        const std::string start = "\r\n" + std::string(name) + ": ";
        const std::size_t at = answer.head.find(start);
        if (at == std::string::npos) return {};
        const std::size_t begin = at + start.size();
        return answer.head.substr(begin, answer.head.find("\r\n", begin) - begin);
    }
};

constexpr std::string_view kRule =
    "<CORSRule><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>"
    "<AllowedOrigin>https://*.example</AllowedOrigin><AllowedHeader>X-Amz-*</AllowedHeader>"
    "<ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-amz-meta-a</ExposeHeader>"
    "<MaxAgeSeconds>3000</MaxAgeSeconds></CORSRule>";
constexpr std::string_view kVary =
    "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

TEST_F(CorsTest, APreflightThatARuleAllows) {
    ASSERT_EQ(put_cors(kRule).status, 200);
    const Answer answer = preflight("/b/k", "https://a.example", "PUT", "X-Amz-Date, x-amz-acl");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(field(answer, "Access-Control-Allow-Origin"), "https://a.example");
    EXPECT_EQ(field(answer, "Access-Control-Allow-Methods"), "GET, PUT");
    EXPECT_EQ(field(answer, "Access-Control-Allow-Headers"), "x-amz-date, x-amz-acl");
    EXPECT_EQ(field(answer, "Access-Control-Expose-Headers"), "ETag, x-amz-meta-a");
    EXPECT_EQ(field(answer, "Access-Control-Max-Age"), "3000");
    EXPECT_EQ(field(answer, "Access-Control-Allow-Credentials"), "true");
    EXPECT_EQ(field(answer, "Vary"), kVary);
}

TEST_F(CorsTest, ForAnyOriginThereAreNoCredentials) {
    ASSERT_EQ(put_cors("<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET"
                       "</AllowedMethod></CORSRule>")
                  .status,
              200);
    const Answer answer = preflight("/b", "https://a.example", "GET");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(field(answer, "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(field(answer, "Access-Control-Allow-Credentials"), "");
    EXPECT_EQ(field(answer, "Access-Control-Max-Age"), "");
}

TEST_F(CorsTest, PreflightsThatAreRefused) {
    struct Case {
        std::string_view target, origin, method, headers, code, message, of_method, resource;
        int status;
    };
    const Answer early = preflight("/b/k", "https://a.example", "PUT");
    EXPECT_EQ(early.status, 403);
    EXPECT_EQ(early.element("Message"), "CORSResponse: CORS is not enabled for this bucket.");
    EXPECT_EQ(early.element("ResourceType"), "BUCKET");
    EXPECT_EQ(preflight("/b/k", "https://a.example").element("Method"), "OPTIONS");
    ASSERT_EQ(put_cors(kRule).status, 200);
    const Case cases[] = {
        {"/b", "", "GET", "", "BadRequest",
         "Insufficient information. Origin request header needed.", "", "", 400},
        {"/none", "", "", "", "BadRequest",
         "Insufficient information. Origin request header needed.", "", "", 400},
        {"/none/k", "https://a.example", "", "", "AccessForbidden",
         "CORSResponse: Bucket not found", "OPTIONS", "BUCKET", 403},
        {"/b", "https://a.example", "", "", "BadRequest",
         "Invalid Access-Control-Request-Method: null", "", "", 400},
        {"/b", "https://a.example", "PATCH", "", "BadRequest",
         "Invalid Access-Control-Request-Method: PATCH", "", "", 400},
        {"/b", "https://a.test", "GET", "", "AccessForbidden", kNotAllowed, "GET", "BUCKET", 403},
        {"/b/k", "https://a.example", "DELETE", "", "AccessForbidden", kNotAllowed, "DELETE",
         "OBJECT", 403},
        {"/b/k", "https://a.example", "PUT", "content-type", "AccessForbidden", kNotAllowed, "PUT",
         "OBJECT", 403},
    };
    for (const Case& c : cases) {
        const Answer answer = preflight(std::string(c.target), std::string(c.origin),
                                        std::string(c.method), std::string(c.headers));
        EXPECT_EQ(answer.status, c.status) << c.target << c.origin << c.method;
        EXPECT_EQ(answer.code(), c.code) << c.target << c.origin << c.method;
        EXPECT_EQ(answer.element("Message"), c.message);
        EXPECT_EQ(answer.element("Method"), c.of_method);
        EXPECT_EQ(answer.element("ResourceType"), c.resource);
        EXPECT_EQ(field(answer, "Access-Control-Allow-Origin"), "");
    }
}

TEST_F(CorsTest, ActualAnswersAndErrorsCarryTheFieldsWhereTheOriginMatches) {
    ASSERT_EQ(put_cors(kRule).status, 200);
    const auto allowed = [&](Sent sent, Headers headers) {
        sent.headers = std::move(headers);
        return field(send(sent), "Access-Control-Allow-Origin");
    };
    const std::pair<std::string, std::string> origin = {"Origin", "https://a.example"};
    ASSERT_EQ(put("k", "body", {origin}).status, 200);
    EXPECT_EQ(allowed({.target = "/b/k"}, {origin}), "https://a.example");
    EXPECT_TRUE(answered_now_);
    EXPECT_EQ(allowed({.target = "/b/k"}, {}), "");
    EXPECT_EQ(allowed({.target = "/b/k"}, {{"Origin", "https://a.test"}}), "");
    EXPECT_EQ(allowed({.target = "/b/none"}, {origin}), "https://a.example");
    EXPECT_EQ(allowed({.target = "/b/k", .account = ""}, {origin}), "https://a.example");
    EXPECT_EQ(allowed({.method = "DELETE", .target = "/b/k"}, {origin}), "");
    // What the browser announced decides, also on the request itself.
    EXPECT_EQ(allowed({.target = "/b/k"}, {origin, {"Access-Control-Request-Method", "DELETE"}}),
              "");
    EXPECT_EQ(allowed({.method = "DELETE", .target = "/b/k"},
                      {origin, {"Access-Control-Request-Method", "GET"}}),
              "https://a.example");
}

TEST_F(CorsTest, ARefusedSignatureCarriesTheFieldsToo) {
    ASSERT_EQ(put_cors(kRule).status, 200);
    const Answer answer = send({.target = "/b/k",
                                .headers = {{"Origin", "https://a.example"},
                                            {"Authorization", "AWS4-HMAC-SHA256 nonsense"}},
                                .account = ""});
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(field(answer, "Access-Control-Allow-Origin"), "https://a.example");
}

TEST_F(CorsTest, AConfigurationIsKeptAsItWasWritten) {
    EXPECT_EQ(send({.target = "/b?cors"}).code(), "NoSuchCORSConfiguration");
    ASSERT_EQ(put_cors(kRule).status, 200);
    const Answer stored = send({.target = "/b?cors"});
    EXPECT_NE(stored.body.find("<AllowedHeader>X-Amz-*</AllowedHeader>"), std::string::npos);
    EXPECT_NE(stored.body.find("<AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT<"),
              std::string::npos);
    EXPECT_EQ(send({.method = "DELETE", .target = "/b?cors"}).status, 204);
    EXPECT_EQ(send({.method = "DELETE", .target = "/b?cors"}).status, 204);
    EXPECT_EQ(send({.target = "/b?cors"}).code(), "NoSuchCORSConfiguration");
    EXPECT_EQ(preflight("/b/k", "https://a.example", "PUT").status, 403);
}

TEST_F(CorsTest, RulesAreReadAgainWhenTheServerStarts) {
    ASSERT_EQ(put_cors(kRule).status, 200);
    BucketRegistry reloaded;
    ASSERT_TRUE(reloaded.load(*store_).has_value());
    ASSERT_TRUE(reloaded.find("b")->cors);
    EXPECT_EQ(reloaded.find("b")->cors->front().max_age_seconds, "3000");
}

TEST_F(CorsTest, RulesThatAreRefused) {
    const std::string origin = "<AllowedOrigin>*</AllowedOrigin>";
    const std::string method = "<AllowedMethod>GET</AllowedMethod>";
    std::string too_many;
    for (int i = 0; i < 101; ++i)
        too_many += "<CORSRule>" + origin + method + "</CORSRule>";
    const std::tuple<std::string, std::string_view, std::string_view> cases[] = {
        {"", "MalformedXML", ""},
        {"<CORSRule/>", "MalformedXML", ""},
        {"<CORSRule>" + origin + "</CORSRule>", "MalformedXML", ""},
        {"<CORSRule>" + method + "</CORSRule>", "MalformedXML", ""},
        {"<CORSRule>" + origin + method + "<Other/></CORSRule>", "MalformedXML", ""},
        {"<CORSRule>" + origin + method + "<MaxAgeSeconds>x</MaxAgeSeconds></CORSRule>",
         "MalformedXML", ""},
        {too_many, "MalformedXML", ""},
        {"<CORSRule>" + origin + "<AllowedMethod>PATCH</AllowedMethod></CORSRule>",
         "InvalidRequest",
         "Found unsupported HTTP method in CORS config. Unsupported method is PATCH"},
        {"<CORSRule>" + origin + "<AllowedMethod/></CORSRule>", "InvalidRequest",
         "Found unsupported HTTP method in CORS config. Unsupported method is "},
        {"<CORSRule>" + method + "<AllowedOrigin>*a*</AllowedOrigin></CORSRule>", "InvalidRequest",
         "AllowedOrigin &quot;*a*&quot; can not have more than one wildcard."},
        {"<CORSRule>" + origin + method + "<AllowedHeader>*-*</AllowedHeader></CORSRule>",
         "InvalidRequest", "AllowedHeader &quot;*-*&quot; can not have more than one wildcard."},
        {"<CORSRule>" + origin + method + "<ExposeHeader>x-*</ExposeHeader></CORSRule>",
         "InvalidRequest",
         "ExposeHeader &quot;x-*&quot; contains wildcard. We currently do not support wildcard for "
         "ExposeHeader."},
    };
    ASSERT_EQ(put_cors(kRule).status, 200);
    for (const auto& [rules, code, message] : cases) {
        const Answer answer = put_cors(rules);
        EXPECT_EQ(answer.status, 400) << rules.substr(0, 100);
        EXPECT_EQ(answer.code(), code) << rules.substr(0, 100);
        if (!message.empty()) {
            EXPECT_EQ(answer.element("Message"), message);
        }
    }
    EXPECT_EQ(preflight("/b", "https://a.example", "GET").status, 200);
}

}  // namespace
}  // namespace tarn::s3
