// No text of a configuration can end a header, a request line or a message early, and no account
// can take another one's host name.

#include "server/cloudfront/wire_text.h"
#include "tests/unit/server/cloudfront/control_fixture.h"

#include <fmt/format.h>

namespace tarn::cloudfront {
namespace {

constexpr std::string_view kComment = "<Comment>c</Comment>";
constexpr std::string_view kPolicyId =
    "<CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId>";

std::string leaf(std::string_view name, std::string_view text) {
    return fmt::format("<{0}>{1}</{0}>", name, text);
}

std::string list(std::string_view name, std::initializer_list<std::string> items) {
    std::string text;
    for (const std::string& item : items)
        text += item;
    return fmt::format("<{0}><Quantity>{1}</Quantity><Items>{2}</Items></{0}>", name, items.size(),
                       text);
}

std::string origin_header(std::string_view name, std::string_view value) {
    return leaf("OriginCustomHeader", leaf("HeaderName", name) + leaf("HeaderValue", value));
}

std::string response_header(std::string_view name, std::string_view value) {
    return leaf("ResponseHeadersPolicyCustomHeader",
                leaf("Header", name) + leaf("Value", value) + leaf("Override", "true"));
}

std::string removed_header(std::string_view name) {
    return leaf("ResponseHeadersPolicyRemoveHeader", leaf("Header", name));
}

std::string cors(std::string_view origin, std::string_view header, std::string_view exposed) {
    return leaf("CorsConfig", list("AccessControlAllowOrigins", {leaf("Origin", origin)}) +
                                  list("AccessControlAllowHeaders", {leaf("Header", header)}) +
                                  list("AccessControlAllowMethods", {leaf("Method", "GET")}) +
                                  leaf("AccessControlAllowCredentials", "false") +
                                  list("AccessControlExposeHeaders", {leaf("Header", exposed)}) +
                                  leaf("OriginOverride", "true"));
}

std::string policy(std::string_view shape, std::string_view content) {
    return fmt::format("<{0}><Name>p</Name>{1}</{0}>", shape, content);
}

class WireRuleTest : public ControlTest {
  protected:
    // The error of a distribution that has text before anchor; empty where it is made.
    std::string code_with(std::string_view anchor, std::string_view text) {
        const std::string reference = fmt::format("r{}", ++count_);
        return call("POST", "/distribution",
                    replaced(minimal_config(reference), anchor, std::string(text).append(anchor)))
            .code();
    }
    std::string code_in_origin(std::string_view text) {
        return code_with("<S3OriginConfig>", text);
    }
    std::string code_with_alias(std::string_view alias) {
        return code_with(kComment, list("Aliases", {leaf("CNAME", alias)}));
    }
    std::string code_with_origin_header(std::string_view name, std::string_view value) {
        return code_in_origin(list("CustomHeaders", {origin_header(name, value)}));
    }
    std::string code_of_response_policy(std::string_view content) {
        std::string body = policy("ResponseHeadersPolicyConfig", content);
        body = replaced(body, "<Name>p<", fmt::format("<Name>p{}<", ++count_));
        return call("POST", "/response-headers-policy", body).code();
    }
    std::string code_with_custom_header(std::string_view name, std::string_view value) {
        return code_of_response_policy(list("CustomHeadersConfig", {response_header(name, value)}));
    }

  private:
    int count_ = 0;
};

TEST_F(WireRuleTest, AnAliasCannotTakeTheHostNameOfAnotherDistribution) {
    for (const char* alias :
         {"d111111abcdef8.cloudfront.net", "*.cloudfront.net", "cloudfront.net",
          "E1.CloudFront.NET", "a.b.cloudfront.net", "e1.cloudfront.localhost",
          "*.cloudfront.localhost", "cloudfront.localhost", "*.x.cloudfront.net"}) {
        EXPECT_EQ(code_with_alias(alias), "InvalidArgument") << alias;
    }
    for (const char* alias : {"mycloudfront.net", "a.cloudfront.localhostcloudfront.net",
                              "cloudfront.net.example", "*.example.com"})
        EXPECT_EQ(code_with_alias(alias), "") << alias;
}

TEST_F(WireRuleTest, AnAliasIsADnsName) {
    for (const char* alias : {"a b.example", "a.example.", ".example", "a..example", "a.example:80",
                              "*", "a.*.example", "a.example&#13;&#10;x", "b&#233;.example"}) {
        EXPECT_EQ(code_with_alias(alias), "InvalidArgument") << alias;
    }
}

TEST_F(WireRuleTest, AnOriginHeaderCannotFrameOrInjectARequest) {
    for (const char* name : {"Content-Length",
                             "host",
                             "Transfer-Encoding",
                             "TE",
                             "Connection",
                             "Keep-Alive",
                             "Expect",
                             "X-Amz-Date",
                             "x-edge-location",
                             "X-Real-Ip",
                             "Via",
                             "Proxy-Authenticate",
                             "Upgrade",
                             "Cookie",
                             "Range",
                             "If-None-Match",
                             "Cache-Control",
                             "X-A B",
                             "X-A:",
                             "X-A&#10;X-B",
                             "X-A&#13;",
                             "",
                             " X-A",
                             "X-\u00e9"}) {
        EXPECT_EQ(code_with_origin_header(name, "v"), "InvalidArgument") << name;
    }
    for (const char* value :
         {"a&#13;&#10;X-B: c", "a&#10;b", "a&#13;b", " a", "a&#9;", "\u00e9", "a&#127;"}) {
        EXPECT_EQ(code_with_origin_header("X-A", value), "InvalidArgument") << value;
    }
    EXPECT_EQ(code_with_origin_header("X-Amzn-Trace", "a b&#9;c; d=\"e\""), "");
    EXPECT_EQ(code_with_origin_header("Authorization", ""), "");
}

TEST_F(WireRuleTest, OriginHeadersHaveAwsLengthsAndAreNotRepeated) {
    EXPECT_EQ(code_with_origin_header(std::string(256, 'n'), std::string(1783, 'v')), "");
    EXPECT_EQ(code_with_origin_header(std::string(257, 'n'), "v"), "InvalidArgument");
    EXPECT_EQ(code_with_origin_header("n", std::string(1784, 'v')), "InvalidArgument");
    const std::string value(1783, 'v');
    EXPECT_EQ(code_in_origin(
                  list("CustomHeaders", {origin_header("a", value), origin_header("b", value),
                                         origin_header("c", value), origin_header("d", value),
                                         origin_header("e", value), origin_header("f", value)})),
              "InvalidArgument");
    EXPECT_EQ(code_in_origin(
                  list("CustomHeaders", {origin_header("X-A", "1"), origin_header("x-a", "2")})),
              "InvalidArgument");
}

TEST_F(WireRuleTest, APathOfAConfigurationCannotEndTheRequestLine) {
    for (const char* path : {"/a b", "/a&#13;&#10;b", "/a&#10;", "/a#b", "/a?b", "/\u00e9",
                             "/a&#9;b", "/a\\b", "a", "/", "/a/"}) {
        EXPECT_EQ(code_in_origin(leaf("OriginPath", path)), "InvalidArgument") << path;
    }
    EXPECT_EQ(code_in_origin(leaf("OriginPath", "/production/images%20x")), "");
    for (const char* root : {"a b", "a&#10;b", "a#b", "a?b", "a%b", "\u00e9", "/a"}) {
        EXPECT_EQ(code_with(kComment, leaf("DefaultRootObject", root)), "InvalidDefaultRootObject")
            << root;
    }
    EXPECT_EQ(code_with(kComment, leaf("DefaultRootObject", "a/index_1-2.html")), "");
    for (const char* page : {"/a b", "/a&#13;&#10;b", "/a#b", "/\u00e9", "a"}) {
        const std::string response =
            leaf("CustomErrorResponse", leaf("ErrorCode", "404") + leaf("ResponsePagePath", page) +
                                            leaf("ResponseCode", "200"));
        EXPECT_EQ(code_with(kComment, list("CustomErrorResponses", {response})),
                  "InvalidRelativePath")
            << page;
    }
}

TEST_F(WireRuleTest, AnOriginIsAHostNameOrAnAddress) {
    for (const char* name : {"a b.s3.amazonaws.com", "a&#10;.s3.amazonaws.com", ".s3.amazonaws.com",
                             "b.s3.amazonaws.com:80", "user@b.s3.amazonaws.com",
                             "b.s3.amazonaws.com.", "b..s3.amazonaws.com"}) {
        const std::string body = replaced(minimal_config(), "b.s3.amazonaws.com", name);
        EXPECT_EQ(call("POST", "/distribution", body).code(), "InvalidArgument") << name;
    }
    EXPECT_TRUE(is_origin_host("127.0.0.1"));
    EXPECT_TRUE(is_origin_host("2001:db8::1"));
    EXPECT_FALSE(is_origin_host("2001:db8::1 x"));
    EXPECT_FALSE(is_origin_host("example.com:80"));
}

TEST_F(WireRuleTest, NoTextHasControlCharactersButComments) {
    EXPECT_EQ(code_with(kComment, leaf("WebACLId", "a&#10;b")), "InvalidArgument");
    EXPECT_EQ(code_with("<TargetOriginId>", leaf("RealtimeLogConfigArn", "a&#13;b")),
              "InvalidArgument");
    EXPECT_EQ(call("POST", "/distribution",
                   replaced(minimal_config("r"), kComment, leaf("Comment", "two&#10;lines")))
                  .status(),
              201);
}

TEST_F(WireRuleTest, TheCacheTagHeaderIsAHeader) {
    EXPECT_EQ(code_with(kComment, leaf("CacheTagConfig", leaf("HeaderName", "a b"))),
              "InvalidArgument");
    EXPECT_EQ(code_with(kComment, leaf("CacheTagConfig", leaf("HeaderName", "Cache-Tag"))), "");
}

TEST_F(WireRuleTest, AResponseHeadersPolicyCannotFrameOrInjectAnAnswer) {
    for (const char* name :
         {"Content-Length", "transfer-encoding", "Connection", "Keep-Alive", "TE", "Upgrade",
          "Trailer", "Via", "X-Cache", "X-Amz-Cf-Id", "X-Edge-Trace", "Proxy-Authenticate",
          "Content-Encoding", "X-A B", "X-A:", "X-A&#10;X-B", "", "X-\u00e9"}) {
        EXPECT_EQ(code_with_custom_header(name, "v"), "InvalidArgument") << name;
        EXPECT_EQ(code_of_response_policy(list("RemoveHeadersConfig", {removed_header(name)})),
                  "InvalidArgument")
            << name;
    }
    for (const char* value : {"a&#13;&#10;X-B: c", "a&#10;b", " a", "a&#127;", "\u00e9"})
        EXPECT_EQ(code_with_custom_header("X-A", value), "InvalidArgument") << value;
    EXPECT_EQ(code_with_custom_header("Cache-Control", "no-store, max-age=0"), "");
    EXPECT_EQ(code_with_custom_header("X-Empty", ""), "");
    EXPECT_EQ(code_of_response_policy(list("RemoveHeadersConfig", {removed_header("Server")})), "");
    EXPECT_EQ(code_of_response_policy(list("CustomHeadersConfig", {response_header("X-A", "1"),
                                                                   response_header("x-a", "2")})),
              "InvalidArgument");
}

TEST_F(WireRuleTest, EveryValueOfAResponseHeadersPolicyIsOneLine) {
    EXPECT_EQ(code_of_response_policy(cors("https://*.example.org", "X-A", "*")), "");
    EXPECT_EQ(code_of_response_policy(cors("https://a&#10;b", "X-A", "X-B")), "InvalidArgument");
    EXPECT_EQ(code_of_response_policy(cors("https://a b", "X-A", "X-B")), "InvalidArgument");
    EXPECT_EQ(code_of_response_policy(cors("*", "X-A&#13;&#10;X", "X-B")), "InvalidArgument");
    EXPECT_EQ(code_of_response_policy(cors("*", "X-A", "X B")), "InvalidArgument");
    const auto security = [](std::string_view member, std::string_view content) {
        return leaf("SecurityHeadersConfig",
                    leaf(member, leaf("Override", "true").append(content)));
    };
    const auto csp = [&](std::string_view text) {
        return security("ContentSecurityPolicy", leaf("ContentSecurityPolicy", text));
    };
    const auto report = [&](std::string_view uri) {
        return security("XSSProtection", leaf("Protection", "true") + leaf("ReportUri", uri));
    };
    EXPECT_EQ(code_of_response_policy(csp("default-src 'self'; img-src *")), "");
    EXPECT_EQ(code_of_response_policy(csp("default-src&#13;&#10;X: y")), "InvalidArgument");
    EXPECT_EQ(code_of_response_policy(csp("default-src \u00e9")), "InvalidArgument");
    EXPECT_EQ(code_of_response_policy(report("https://example.com/r")), "");
    EXPECT_EQ(code_of_response_policy(report("https://a&#10;X: y")), "InvalidArgument");
    EXPECT_EQ(code_of_response_policy(report("https://a; x")), "InvalidArgument");
}

TEST_F(WireRuleTest, PoliciesNameHeadersCookiesAndParameters) {
    const auto code_of = [&](std::string_view member, std::string_view tag, std::string_view name) {
        const std::string config(member);
        const std::string word = config.substr(0, config.size() - 1);
        const std::string selection =
            leaf(word == "QueryString" ? "QueryStringsConfig" : config + "Config",
                 leaf(word + "Behavior", "whitelist") + list(config, {leaf(tag, name)}));
        return call(
                   "POST", "/origin-request-policy",
                   policy("OriginRequestPolicyConfig",
                          replaced(
                              leaf("HeadersConfig", leaf("HeaderBehavior", "none")) +
                                  leaf("CookiesConfig", leaf("CookieBehavior", "none")) +
                                  leaf("QueryStringsConfig", leaf("QueryStringBehavior", "none")),
                              leaf(config + "Config", leaf(word + "Behavior", "none")), selection)))
            .code();
    };
    for (const char* name : {"a b", "a&#10;b", "Transfer-Encoding", "Connection", "X-Edge-A", "TE"})
        EXPECT_EQ(code_of("Headers", "Name", name), "InvalidArgument") << name;
    for (const char* name : {"a b", "a;b", "a=b", "a&#13;b"})
        EXPECT_EQ(code_of("Cookies", "Name", name), "InvalidArgument") << name;
    for (const char* name : {"a b", "a&amp;b", "a=b", "a&#10;b"})
        EXPECT_EQ(code_of("QueryStrings", "Name", name), "InvalidArgument") << name;
    EXPECT_EQ(code_of("QueryStrings", "Name", "filter[name]"), "");
}

TEST_F(WireRuleTest, ForwardedValuesNameHeadersCookiesAndParameters) {
    const auto code_of = [&](std::string_view header, std::string_view cookie,
                             std::string_view parameter) {
        const std::string values =
            leaf("ForwardedValues",
                 leaf("QueryString", "true") +
                     leaf("Cookies", leaf("Forward", "whitelist") +
                                         list("WhitelistedNames", {leaf("Name", cookie)})) +
                     list("Headers", {leaf("Name", header)}) +
                     list("QueryStringCacheKeys", {leaf("Name", parameter)}));
        return call("POST", "/distribution", replaced(minimal_config(), kPolicyId, values)).code();
    };
    EXPECT_EQ(code_of("Connection", "c", "p"), "InvalidArgument");
    EXPECT_EQ(code_of("X A", "c", "p"), "InvalidArgument");
    EXPECT_EQ(code_of("X-A", "c;d", "p"), "InvalidArgument");
    EXPECT_EQ(code_of("X-A", "c", "p q"), "InvalidArgument");
    EXPECT_EQ(code_of("X-A", "session_*", "p"), "");
}

}  // namespace
}  // namespace tarn::cloudfront
