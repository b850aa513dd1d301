#include "edge/viewer/private_content.h"

#include "common/base/encoding.h"
#include "edge_fixture.h"

#include <memory>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace tarn::edge {
namespace {

using std::chrono::seconds;

// A key pair that signs as a user's application does.
class SigningKey {
  public:
    explicit SigningKey(EVP_PKEY* key) : key_(key) {}
    ~SigningKey() { EVP_PKEY_free(key_); }

    std::string public_pem() const {
        BIO* bio = BIO_new(BIO_s_mem());
        PEM_write_bio_PUBKEY(bio, key_);
        char* data = nullptr;
        const long size = BIO_get_mem_data(bio, &data);
        std::string pem(data, static_cast<std::size_t>(size));
        BIO_free(bio);
        return pem;
    }
    std::string sign(std::string_view message, const EVP_MD* digest = EVP_sha1()) const {
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        EVP_DigestSignInit(context, nullptr, digest, nullptr, key_);
        std::size_t size = 0;
        const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
        EVP_DigestSign(context, nullptr, &size, bytes, message.size());
        std::string signature(size, '\0');
        EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                       message.size());
        signature.resize(size);
        EVP_MD_CTX_free(context);
        return safe(signature);
    }
    static std::string safe(std::string_view bytes) {
        std::string text = to_base64(bytes);
        for (char& c : text) {
            if (c == '+') c = '-';
            if (c == '=') c = '_';
            if (c == '/') c = '~';
        }
        return text;
    }

  private:
    EVP_PKEY* key_;
};

const SigningKey& rsa_key() {
    static const SigningKey key(EVP_RSA_gen(2048));
    return key;
}
const SigningKey& ec_key() {
    static const SigningKey key(EVP_EC_gen("P-256"));
    return key;
}

struct PermissionTest : testing::Test {
    PermissionTest()
        : trusted_{{.key_group_id = "g", .key_id = "K1", .pem = rsa_key().public_pem()},
                   {.key_group_id = "g", .key_id = "K2", .pem = ec_key().public_pem()},
                   {.key_group_id = "other", .key_id = "K3", .pem = rsa_key().public_pem()},
                   {.key_group_id = "g", .key_id = "K4", .pem = "no key"}},
          keys_(trusted_) {}

    std::optional<PermissionError> check(const std::string& query,
                                         const std::string& path = "/a.jpg",
                                         const std::string& own_query = "",
                                         const std::string& cookies = "") {
        http::Fields fields;
        if (!cookies.empty()) fields.add("Cookie", cookies);
        const Permission permission = read_permission(query, fields);
        return check_permission(permission,
                                {.keys = keys_,
                                 .key_group_ids = groups_,
                                 .urls = urls_of_request("E1.cloudfront.localhost:9080",
                                                         "e1.cloudfront.net", path, own_query),
                                 .viewer_address = "203.0.113.9",
                                 .now = now_});
    }
    static std::string canned(const std::string& url, std::uint64_t expires) {
        return R"({"Statement":[{"Resource":")" + url +
               R"(","Condition":{"DateLessThan":{"AWS:EpochTime":)" + std::to_string(expires) +
               "}}}]}";
    }
    std::string signed_query(const std::string& url, std::uint64_t expires,
                             const std::string& key_id = "K1") {
        return "Expires=" + std::to_string(expires) +
               "&Signature=" + rsa_key().sign(canned(url, expires)) + "&Key-Pair-Id=" + key_id;
    }
    std::string custom_query(const std::string& policy) {
        return "Policy=" + SigningKey::safe(policy) + "&Signature=" + rsa_key().sign(policy) +
               "&Key-Pair-Id=K1";
    }

    std::vector<cdn::TrustedKey> trusted_;
    TrustedKeys keys_;
    std::vector<std::string> groups_ = {"g"};
    WallTime now_{seconds(1000)};
};

const auto kAdmitted = std::optional<PermissionError>();

TEST_F(PermissionTest, ACannedPolicyAdmitsUntilItsSecond) {
    const std::string query = signed_query("https://e1.cloudfront.net/a.jpg", 1001);
    EXPECT_EQ(check(query), kAdmitted);
    now_ = WallTime(seconds(1001));
    EXPECT_EQ(check(query), PermissionError::Denied);
}

TEST_F(PermissionTest, TheSignerMayNameTheUrlInAnyWayThatLeadsHere) {
    for (const char* url :
         {"https://e1.cloudfront.net/a.jpg", "http://e1.cloudfront.net/a.jpg",
          "http://e1.cloudfront.localhost/a.jpg", "http://E1.cloudfront.localhost:9080/a.jpg"}) {
        EXPECT_EQ(check(signed_query(url, 2000)), kAdmitted) << url;
    }
    EXPECT_EQ(check(signed_query("https://e2.cloudfront.net/a.jpg", 2000)),
              PermissionError::Denied);
}

TEST_F(PermissionTest, WhatWasSignedIsNotForAnotherObject) {
    const std::string query = signed_query("https://e1.cloudfront.net/a.jpg?v=1", 2000);
    EXPECT_EQ(check(query, "/a.jpg", "v=1"), kAdmitted);
    EXPECT_EQ(check(query, "/a.jpg", "v=2"), PermissionError::Denied);
    EXPECT_EQ(check(query, "/a.jpg"), PermissionError::Denied);
    EXPECT_EQ(check(query, "/b.jpg", "v=1"), PermissionError::Denied);
}

TEST_F(PermissionTest, SaysWhatIsWrongWithTheKey) {
    EXPECT_EQ(check(""), PermissionError::MissingKey);
    EXPECT_EQ(check("Expires=2000&Signature=x"), PermissionError::MissingKey);
    const std::string url = "https://e1.cloudfront.net/a.jpg";
    EXPECT_EQ(check(signed_query(url, 2000, "K9")), PermissionError::UnknownKey);
    EXPECT_EQ(check(signed_query(url, 2000, "K3")), PermissionError::UnknownKey)
        << "another group's";
    EXPECT_EQ(check(signed_query(url, 2000, "K4")), PermissionError::UnknownKey) << "no key at all";
    EXPECT_EQ(check(signed_query(url, 2000, "K2")), PermissionError::Denied)
        << "another's signature";
    EXPECT_EQ(check("Expires=2000&Key-Pair-Id=K1"), PermissionError::Denied);
}

TEST_F(PermissionTest, TheExpiryIsPartOfWhatIsSigned) {
    std::string query = signed_query("https://e1.cloudfront.net/a.jpg", 1001);
    query.replace(query.find("1001"), 4, "9999");
    EXPECT_EQ(check(query), PermissionError::Denied);
}

TEST_F(PermissionTest, Sha256AndEllipticCurvesAreAccepted) {
    const std::string policy = canned("https://e1.cloudfront.net/a.jpg", 2000);
    const std::string tail = "&Expires=2000&Hash-Algorithm=SHA256&Key-Pair-Id=";
    EXPECT_EQ(check("Signature=" + rsa_key().sign(policy, EVP_sha256()) + tail + "K1"), kAdmitted);
    EXPECT_EQ(check("Signature=" + ec_key().sign(policy, EVP_sha256()) + tail + "K2"), kAdmitted);
    EXPECT_EQ(check("Signature=" + rsa_key().sign(policy) + tail + "K1"), PermissionError::Denied);
    EXPECT_EQ(check("Signature=" + rsa_key().sign(policy) +
                    "&Expires=2000&Hash-Algorithm=MD5&Key-Pair-Id=K1"),
              PermissionError::Denied);
}

TEST_F(PermissionTest, ACustomPolicyLimitsTimeAndAddress) {
    const auto statement = [](const std::string& condition) {
        return R"({"Statement":[{"Resource":"https://e1.cloudfront.net/*","Condition":{)" +
               condition + "}}]}";
    };
    const std::string until = R"("DateLessThan":{"AWS:EpochTime":2000})";
    EXPECT_EQ(check(custom_query(statement(until))), kAdmitted);
    const std::pair<std::string, bool> conditions[] = {
        {R"("DateLessThan":{"AWS:EpochTime":1000})", false},
        {until + R"(,"DateGreaterThan":{"AWS:EpochTime":999})", true},
        {until + R"(,"DateGreaterThan":{"AWS:EpochTime":1000})", false},
        {until + R"(,"IpAddress":{"AWS:SourceIp":"203.0.113.0/24"})", true},
        {until + R"(,"IpAddress":{"AWS:SourceIp":"203.0.113.9"})", true},
        {until + R"(,"IpAddress":{"AWS:SourceIp":"0.0.0.0/0"})", true},
        {until + R"(,"IpAddress":{"AWS:SourceIp":"203.0.114.0/24"})", false},
        {until + R"(,"IpAddress":{"AWS:SourceIp":"203.0.113.0/33"})", false},
        {until + R"(,"IpAddress":{"AWS:SourceIp":7})", false},
        {"", false},  // a policy without an end
    };
    for (const auto& [condition, admitted] : conditions) {
        EXPECT_EQ(check(custom_query(statement(condition))),
                  admitted ? kAdmitted : std::optional(PermissionError::Denied))
            << condition;
    }
    EXPECT_EQ(check(custom_query("{}")), PermissionError::Denied);
    EXPECT_EQ(check(custom_query("no json")), PermissionError::Denied);
}

TEST_F(PermissionTest, CookiesServeWhereTheQueryShowsNothing) {
    const std::string policy = canned("https://e1.cloudfront.net/a.jpg", 2000);
    const std::string cookies =
        "x=1; CloudFront-Expires=2000; CloudFront-Signature=" + rsa_key().sign(policy) +
        "; CloudFront-Key-Pair-Id=K1";
    EXPECT_EQ(check("", "/a.jpg", "", cookies), kAdmitted);
    EXPECT_EQ(check("Signature=x&Key-Pair-Id=K1&Expires=2000", "/a.jpg", "", cookies),
              PermissionError::Denied);
}

TEST(StripPermissionTest, LeavesTheObjectsOwnQuery) {
    EXPECT_EQ(strip_permission(
                  "a=1&Expires=5&b=2&Signature=x&Key-Pair-Id=K&Policy=p&Hash-Algorithm=SHA256"),
              "a=1&b=2");
    EXPECT_EQ(strip_permission("Expires=5"), "");
    EXPECT_EQ(strip_permission("expires=5"), "expires=5");
}

TEST(ResourceCoversTest, WildcardsStayInTheirSection) {
    struct Case {
        const char* resource;
        const char* url;
        bool covers;
    };
    const Case cases[] = {
        {"*", "https://d/a", true},
        {"https://d/a", "https://d/a", true},
        {"https://d/a", "http://d/a", false},
        {"http*://d/a", "https://d/a", true},
        {"https://d/*", "https://d/a/b", true},
        {"https://d/*", "https://d/a?x=1", true},
        {"https://d/*.jpg", "https://d/a/b.jpg", true},
        {"https://d/*.jpg", "https://d/a.jpg?x=1", false},
        {"https://d/a?.jpg", "https://d/a1.jpg", false},  // reads as a query
        {"https://d/a\\?x=*", "https://d/a?x=1", true},
        {"https://d/a\\?x=*", "https://d/a", false},
        {"https://d*", "https://d.example/a?b", true},
        {"*d/a", "http://d/a", true},
        {"https://*/a", "https://d/b/a", false},
    };
    for (const Case& c : cases)
        EXPECT_EQ(resource_covers(c.resource, c.url), c.covers) << c.resource << " " << c.url;
}

struct PrivateViewerTest : EdgeTest {};

TEST_F(PrivateViewerTest, PrivateContentIsServedToWhoShowsAPermissionOnly) {
    cdn::Distribution d = distribution();
    d.behaviors[0].trusted_key_group_ids = {"g"};
    d.behaviors[0].cache.query.kind = cdn::NameSelection::Kind::All;
    d.trusted_keys = {{.key_group_id = "g", .key_id = "K1", .pem = rsa_key().public_pem()}};
    serve(std::move(d));
    origin_.answer_with(200, "", "secret");
    const Response refused = get("/a");
    EXPECT_EQ(refused.status, 403);
    EXPECT_NE(refused.body.find("<Code>MissingKey</Code>"), std::string::npos);
    const std::string policy =
        R"({"Statement":[{"Resource":"http://e1.cloudfront.net/a","Condition":{"DateLessThan":{"AWS:EpochTime":1800000000}}}]})";
    const std::string path =
        "/a?Expires=1800000000&Signature=" + rsa_key().sign(policy) + "&Key-Pair-Id=K1";
    EXPECT_EQ(get(path).body, "secret");
    EXPECT_EQ(origin_.last().target, "/a") << "the permission is not the origin's business";
    const Response hit = get(path);
    EXPECT_EQ(hit.header("x-cache"), "Hit from cloudfront");
    // What is stored is not for who may not have it.
    EXPECT_EQ(get("/a").status, 403);
    EXPECT_EQ(origin_.count(), 1);
}

TEST_F(PrivateViewerTest, APrivatePathIsPrivateHoweverItIsSpelled) {
    cdn::Distribution d = distribution();
    d.behaviors.insert(d.behaviors.begin(), d.behaviors[0]);
    d.behaviors[0].path_pattern = "/private/*";
    d.behaviors[0].trusted_key_group_ids = {"g"};
    d.trusted_keys = {{.key_group_id = "g", .key_id = "K1", .pem = rsa_key().public_pem()}};
    serve(std::move(d));
    origin_.answer_with(200, "", "x");
    for (const char* path : {"/private/secret.txt", "/%70rivate/secret.txt",
                             "/p%72ivate/secret.txt", "/private%2fsecret.txt",
                             "/public/../private/x", "/public/%2e%2e/private/x", "//private/x"}) {
        EXPECT_EQ(get(path).status, 403) << path;
    }
    EXPECT_EQ(origin_.count(), 0);
    EXPECT_EQ(get("/public/%70rivate").status, 200);
    EXPECT_EQ(origin_.last().target, "/public/%70rivate") << "the origin gets the path as it came";
}

TEST_F(PrivateViewerTest, AWildcardPermissionEndsAtDotSegments) {
    cdn::Distribution d = distribution();
    d.behaviors[0].trusted_key_group_ids = {"g"};
    d.trusted_keys = {{.key_group_id = "g", .key_id = "K1", .pem = rsa_key().public_pem()}};
    serve(std::move(d));
    origin_.answer_with(200, "", "x");
    const std::string policy =
        R"({"Statement":[{"Resource":"http://e1.cloudfront.net/mine/*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000000}}}]})";
    const std::string permission = "?Policy=" + SigningKey::safe(policy) +
                                   "&Signature=" + rsa_key().sign(policy) + "&Key-Pair-Id=K1";
    for (const char* path : {"/mine/a", "/mine/b/../a", "/mine//a", "/mine/%61"})
        EXPECT_EQ(get(path + permission).status, 200) << path;
    for (const char* path : {"/mine/../yours/a", "/mine/%2e%2e/yours/a", "/mine/x%2f../../yours/a",
                             "/yours/../mine/a"}) {
        EXPECT_EQ(get(path + permission).status, 403) << path;
    }
}

}  // namespace
}  // namespace tarn::edge
