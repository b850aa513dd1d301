#include "common/aws/explain.h"

#include "common/aws/sigv4_sign.h"
#include "common/base/time_text.h"
#include "tests/unit/common/aws/test_request.h"

#include <gtest/gtest.h>

namespace tarn::aws {
namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const WallTime kNow = *parse_amz_date("20130524T000000Z");

struct Client {
    RequestToSign request{.method = "GET", .target = "/b/a%20b?versionId=1&x", .host = "h:9000"};
    SigningCredentials credentials{
        .access_key_id = "AKID", .secret = kSecret, .region = "us-east-1"};
    WallTime now = kNow;
};

// What the client signed, and what then became of it on its way.
struct ExplainCase {
    const char* name;
    void (*sign)(Client&);
    void (*change)(TestRequest&);
    CauseKind kind;
    std::string_view says;  // part of the text
};

std::optional<SignatureCause> explained(const TestRequest& request) {
    const ParsedRequest parsed(request);
    const auto credentials = parse_sigv4(parsed.view(), CredentialCarrier::HeaderV4);
    EXPECT_TRUE(credentials) << credentials.error().message;
    SigV4Verifier verifier;
    EXPECT_FALSE(verifier.verify(parsed.view(), *credentials, kSecret));
    constexpr std::string_view kHosts[] = {"files.example:8443"};
    return explain_signature({.request = parsed.view(),
                              .credentials = *credentials,
                              .secret = kSecret,
                              .hosts = kHosts,
                              .regions = {}});
}

TestRequest signed_by(const Client& client) {
    TestRequest request{.method = std::string(client.request.method),
                        .target = std::string(client.request.target),
                        .host = std::string(client.request.host),
                        .headers = client.request.headers};
    for (const auto& [name, value] : sign_request(client.request, client.credentials, client.now))
        request.add(name, value);
    return request;
}

void nothing(Client&) {}
void unchanged(TestRequest&) {}

const ExplainCase kCases[] = {
    {"LineFeedAfterSecret",
     [](Client& c) { c.credentials.secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"; },
     unchanged, CauseKind::SecretHasWhiteSpace, "line feed"},
    {"NoSecret", [](Client& c) { c.credentials.secret = ""; }, unchanged, CauseKind::SecretEmpty,
     "empty secret"},
    {"PortLost", nothing, [](TestRequest& r) { r.host = "h"; }, CauseKind::HostDiffers,
     "'h:9000', but the request arrived with 'h'"},
    {"PortAdded", [](Client& c) { c.request.host = "h"; }, [](TestRequest& r) { r.host = "h:80"; },
     CauseKind::HostDiffers, "'h', but"},
    {"PublicName", [](Client& c) { c.request.host = "files.example:8443"; },
     [](TestRequest& r) { r.host = "10.0.0.1:9000"; }, CauseKind::HostDiffers,
     "files.example:8443"},
    {"ForwardedHost", [](Client& c) { c.request.host = "cdn.example"; },
     [](TestRequest& r) {
         r.host = "10.0.0.1:9000";
         r.add("X-Forwarded-Host", "cdn.example");
     },
     CauseKind::HostDiffers, "cdn.example"},
    {"HeadForGet", nothing, [](TestRequest& r) { r.method = "HEAD"; }, CauseKind::MethodDiffers,
     "signed a GET, but a HEAD arrived"},
    {"TrailingSlash", nothing, [](TestRequest& r) { r.target = "/b/a%20b/?versionId=1&x"; },
     CauseKind::PathDiffers, "without the slash"},
    {"TrailingSlashLost", [](Client& c) { c.request.target = "/b/a/"; },
     [](TestRequest& r) { r.target = "/b/a"; }, CauseKind::PathDiffers, "with a slash"},
    {"Normalized", [](Client& c) { c.request.target = "/b/c"; },
     [](TestRequest& r) { r.target = "/b//a/../c"; }, CauseKind::PathDiffers, "dot segments"},
    {"EncodedTwice", [](Client& c) { c.request.target = "/b/a%2520b"; },
     [](TestRequest& r) { r.target = "/b/a%20b"; }, CauseKind::PathDiffers, "twice"},
    {"BucketInHost", [](Client& c) { c.request.target = "/key"; },
     [](TestRequest& r) { r.target = "/b/key"; }, CauseKind::PathDiffers, "first segment"},
    {"ParameterAdded", nothing, [](TestRequest& r) { r.target += "&utm_source=mail"; },
     CauseKind::QueryDiffers, "'utm_source=mail' was added"},
    {"QueryNotSigned", [](Client& c) { c.request.target = "/b/k"; },
     [](TestRequest& r) { r.target = "/b/k?a=1&b=2"; }, CauseKind::QueryDiffers,
     "without its query"},
    {"PlusForSpace", [](Client& c) { c.request.target = "/b?prefix=a%20b"; },
     [](TestRequest& r) { r.target = "/b?prefix=a+b"; }, CauseKind::QueryDiffers, "'+'"},
    {"AcceptEncoding", [](Client& c) { c.request.headers = {{"Accept-Encoding", "identity"}}; },
     [](TestRequest& r) { r.value("Accept-Encoding") = "gzip, br"; }, CauseKind::HeaderChanged,
     "accept-encoding 'identity', but it arrived as 'gzip, br'"},
    {"HeaderStripped", [](Client& c) { c.request.headers = {{"Content-Type", "text/plain"}}; },
     [](TestRequest& r) { r.erase("Content-Type"); }, CauseKind::HeaderChanged, "content-type"},
    {"CharsetAdded", [](Client& c) { c.request.headers = {{"Content-Type", "text/csv"}}; },
     [](TestRequest& r) { r.value("Content-Type") = "text/csv; charset=utf-8"; },
     CauseKind::HeaderChanged, "content-type 'text/csv'"},
    {"Region", nothing,
     [](TestRequest& r) {
         std::string& text = r.value("Authorization");
         text.replace(text.find("us-east-1"), 9, "eu-west-9");
     },
     CauseKind::RegionDiffers, "'us-east-1', but names 'eu-west-9'"},
    {"Service",
     [](Client& c) {
         c.credentials.service = "sts";
         c.request.target = "/";
     },
     [](TestRequest& r) {
         std::string& text = r.value("Authorization");
         text.replace(text.find("/sts/"), 5, "/s3/");
     },
     CauseKind::ServiceDiffers, "'sts'"},
    {"LocalTime", [](Client& c) { c.now = kNow + std::chrono::hours(2); },
     [](TestRequest& r) { r.value("x-amz-date") = "20130524T000000Z"; }, CauseKind::DateDiffers,
     "'20130524T020000Z'"},
};

TEST(ExplainTest, ProvesTheCause) {
    for (const ExplainCase& c : kCases) {
        SCOPED_TRACE(c.name);
        Client client;
        c.sign(client);
        TestRequest request = signed_by(client);
        c.change(request);
        const auto cause = explained(request);
        ASSERT_TRUE(cause);
        EXPECT_EQ(cause->kind, c.kind) << cause->text;
        EXPECT_NE(cause->text.find(c.says), std::string::npos) << cause->text;
    }
}

// The library hashed one thing and sent another in x-amz-content-sha256, which it did not sign.
TEST(ExplainTest, ProvesAnotherPayloadHash) {
    Client client{
        .credentials = {
            .access_key_id = "AKID", .secret = kSecret, .region = "us-east-1", .service = "s3"}};
    client.request.payload_hash = kUnsignedPayload;
    TestRequest request = signed_by(client);
    std::string& authorization = request.value("Authorization");
    const std::string to_sign =
        "GET\n/b/a%20b\nversionId=1&x=\nhost:h:9000\nx-amz-date:20130524T000000Z\n\n"
        "host;x-amz-date\n" +
        std::string(kUnsignedPayload);
    const KeyScope scope{.day = "20130524", .region = "us-east-1", .service = "s3"};
    const SignatureHex signature =
        sign_hex(*derive_signing_key(kSecret, scope),
                 "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n" +
                     crypto::sha256_hex(to_sign));
    authorization =
        "AWS4-HMAC-SHA256 Credential=AKID/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=";
    authorization += view(signature);
    request.value("x-amz-content-sha256") = kEmptySha256;
    const auto cause = explained(request);
    ASSERT_TRUE(cause);
    EXPECT_EQ(cause->kind, CauseKind::PayloadHashDiffers) << cause->text;
}

TEST(ExplainTest, ProvesUnsortedHeaders) {
    TestRequest request = signed_by(Client{});
    const std::string hash(kEmptySha256);
    const std::string canonical =
        "GET\n/b/a%20b\nversionId=1&x=\nx-amz-date:20130524T000000Z\n"
        "host:h:9000\nx-amz-content-sha256:" +
        hash + "\n\nx-amz-date;host;x-amz-content-sha256\n" + hash;
    const SignatureHex signature = sign_hex(
        *derive_signing_key(kSecret, {.day = "20130524", .region = "us-east-1", .service = "s3"}),
        "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n" +
            crypto::sha256_hex(canonical));
    std::string& authorization = request.value("Authorization");
    authorization =
        "AWS4-HMAC-SHA256 Credential=AKID/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=x-amz-date;host;x-amz-content-sha256, Signature=";
    authorization += view(signature);
    const auto cause = explained(request);
    ASSERT_TRUE(cause);
    EXPECT_NE(cause->text.find("must be sorted"), std::string::npos) << cause->text;
}

TEST(ExplainTest, SaysNothingWhereTheSecretIsAnother) {
    Client client;
    client.credentials.secret = "another";
    EXPECT_FALSE(explained(signed_by(client)));
}

}  // namespace
}  // namespace tarn::aws
