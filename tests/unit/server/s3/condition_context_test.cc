// Condition keys of bucket policies: each is there when the request has a value for it, and only
// then.

#include "common/base/time_text.h"
#include "tests/unit/server/s3/s3_under_test.h"

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

std::string statement(std::string_view effect, std::string_view action, std::string_view condition,
                      std::string_view principal = "\"*\"") {
    return fmt::format(R"({{"Effect":"{}","Principal":{},"Action":"{}",)"
                       R"("Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{}}})",
                       effect, principal, action, condition);
}

struct DenyCase {
    std::string_view operation;
    std::string_view key;
    std::string_view value;
};

// With a key that is not there none of these Denies would hold.
TEST_F(S3Test, ADenyHoldsForEveryKeyOfTheRequestItself) {
    peer_ = {.address = "192.0.2.7", .tls = true, .tls_protocol = "TLSv1.2"};
    const DenyCase cases[] = {
        {"DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"},
        {"NumericGreaterThan", "aws:EpochTime", "1600000000"},
        {"StringEquals", "aws:PrincipalType", "Account"},
        {"StringEquals", "aws:userid", "111111111111"},
        {"StringEquals", "aws:PrincipalAccount", "111111111111"},
        {"ArnEquals", "aws:PrincipalArn", "arn:aws:iam::111111111111:root"},
        {"Bool", "aws:PrincipalIsAWSService", "false"},
        {"Bool", "aws:ViaAWSService", "false"},
        {"Bool", "aws:SecureTransport", "true"},
        {"IpAddress", "aws:SourceIp", "192.0.2.0/24"},
        {"StringEquals", "aws:RequestedRegion", "us-east-1"},
        {"StringEquals", "aws:ResourceAccount", "000000000000"},
        {"StringEquals", "s3:ResourceAccount", "000000000000"},
        {"StringEquals", "s3:authType", "REST-HEADER"},
        {"StringEquals", "s3:signatureversion", "AWS4-HMAC-SHA256"},
        {"NumericLessThan", "s3:TlsVersion", "1.3"},
        {"StringEquals", "s3:x-amz-content-sha256", "UNSIGNED-PAYLOAD"},
    };
    ASSERT_EQ(put("k", "body").status, 200);
    const std::string allow = statement("Allow", "s3:*", "{}");
    for (const DenyCase& c : cases) {
        set_policy(allow);
        ASSERT_EQ(send({.target = "/b/k", .account = kOther}).status, 200) << c.key;
        set_policy(
            allow + "," +
            statement("Deny", "s3:GetObject",
                      fmt::format(R"({{"{}":{{"{}":"{}"}}}})", c.operation, c.key, c.value)));
        EXPECT_EQ(send({.target = "/b/k", .account = kOther}).status, 403) << c.key;
    }
}

TEST_F(S3Test, AnAnonymousCallerHasATypeAndNoAccountOrSignature) {
    ASSERT_EQ(put("k", "body").status, 200);
    const auto status_with = [&](std::string_view condition) {
        set_policy(statement("Allow", "s3:GetObject", condition));
        return send({.target = "/b/k", .account = ""}).status;
    };
    EXPECT_EQ(status_with(R"({"StringEquals":{"aws:PrincipalType":"Anonymous"}})"), 200);
    EXPECT_EQ(status_with(R"({"StringEquals":{"aws:userid":"anonymous"}})"), 200);
    for (const std::string_view key :
         {"aws:PrincipalArn", "aws:PrincipalAccount", "s3:authType", "s3:signatureversion",
          "s3:signatureAge", "s3:TlsVersion", "s3:x-amz-content-sha256"}) {
        EXPECT_EQ(status_with(fmt::format(R"({{"Null":{{"{}":"true"}}}})", key)), 200) << key;
    }
}

TEST_F(S3Test, ADenyOfOldSignaturesHoldsForPresignedUrls) {
    ASSERT_EQ(put("k", "body").status, 200);
    const std::string key = access_key(kOther);
    const std::string target =
        aws::presign_target({.method = "GET", .target = "/b/k", .host = kHost},
                            {.access_key_id = key, .secret = "secret", .region = "us-east-1"},
                            clock_.now(), std::chrono::hours(24));
    set_policy(statement("Allow", "s3:GetObject", "{}") + "," +
               statement("Deny", "s3:*", R"({"NumericGreaterThan":{"s3:signatureAge":"600000"}})"));
    clock_.advance(std::chrono::minutes(10));
    EXPECT_EQ(send({.target = target, .account = ""}).status, 200);
    clock_.advance(std::chrono::milliseconds(1));
    EXPECT_EQ(send({.target = target, .account = ""}).status, 403);

    set_policy(statement("Allow", "s3:GetObject",
                         R"({"StringEquals":{"s3:authType":"REST-QUERY-STRING",)"
                         R"("s3:x-amz-content-sha256":"UNSIGNED-PAYLOAD"}})"));
    EXPECT_EQ(send({.target = target, .account = ""}).status, 200);
    EXPECT_EQ(send({.target = "/b/k", .account = kOther}).status, 403);
}

TEST_F(S3Test, ADenyHoldsForTheHeadersOfAWrite) {
    const std::pair<std::string_view, std::string> cases[] = {
        {"x-amz-acl", "bucket-owner-full-control"},
        {"x-amz-grant-read", "id=0123"},
        {"x-amz-server-side-encryption", "AES256"},
        {"x-amz-server-side-encryption-aws-kms-key-id", "key-1"},
        {"x-amz-storage-class", "STANDARD_IA"},
        {"x-amz-website-redirect-location", "/elsewhere"},
        {"x-amz-metadata-directive", "REPLACE"},
        {"if-none-match", "*"},
    };
    for (const auto& [name, value] : cases) {
        set_policy(statement("Deny", "s3:PutObject",
                             fmt::format(R"({{"StringEquals":{{"s3:{}":"{}"}}}})", name, value)));
        EXPECT_EQ(put("k", "body", {{std::string(name), value}}).code(), "AccessDenied") << name;
        // Written once with the header absent, so that the condition is what decides.
        EXPECT_EQ(put("k", "body").status, 200) << name;
    }
}

TEST_F(S3Test, AHeaderOfAWriteSaysNothingAboutARead) {
    ASSERT_EQ(put("k", "body").status, 200);
    set_policy(statement("Allow", "s3:*", R"({"StringEquals":{"s3:x-amz-acl":"private"}})"));
    EXPECT_EQ(
        send({.target = "/b/k", .headers = {{"x-amz-acl", "private"}}, .account = kOther}).status,
        403);
}

TEST_F(S3Test, TheCopySourceIsSeenDecodedAndWithoutItsLeadingSlash) {
    ASSERT_EQ(put("public/a", "body").status, 200);
    ASSERT_EQ(put("secret/a", "body").status, 200);
    set_policy(statement("Deny", "s3:PutObject",
                         R"({"StringNotLike":{"s3:x-amz-copy-source":"b/public/*"}})"));
    const auto copy = [&](std::string source) {
        return send({.method = "PUT",
                     .target = "/b/copy",
                     .headers = {{"x-amz-copy-source", std::move(source)}}})
            .status;
    };
    for (const std::string_view source :
         {"b/public/a", "/b/public/a", "b%2Fpublic%2Fa", "/b/public/a?versionId=null"})
        EXPECT_EQ(copy(std::string(source)), 200) << source;
    for (const std::string_view source : {"b/secret/a", "/b/secret/a", "b/%73ecret/a"})
        EXPECT_EQ(copy(std::string(source)), 403) << source;
}

TEST_F(S3Test, ConditionalWritesCanBeEnforcedButForTheStepsOfAnUpload) {
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    set_policy(statement("Deny", "s3:PutObject",
                         R"({"Null":{"s3:if-none-match":"true"},)"
                         R"("Bool":{"s3:ObjectCreationOperation":"true"}})"));
    EXPECT_EQ(put("k", "body").status, 403);
    EXPECT_EQ(put("k", "body", {{"If-None-Match", "*"}}).status, 200);
    EXPECT_EQ(send({.method = "POST", .target = "/b/k?uploads"}).status, 200);
}

TEST_F(S3Test, AParameterOfAListingMeansNothingInAnotherOperation) {
    set_policy(statement("Allow", "s3:GetObject", "{}") + "," +
               statement("Allow", "s3:ListBucket", R"({"StringEquals":{"s3:prefix":"public/"}})"));
    EXPECT_EQ(send({.target = "/b?prefix=public/", .account = kOther}).status, 200);
    EXPECT_EQ(send({.target = "/b?prefix=secret/", .account = kOther}).status, 403);
    // Who may list learns that a key is missing; a parameter does not make the caller one.
    EXPECT_EQ(send({.target = "/b/missing?prefix=public/", .account = kOther}).code(),
              "AccessDenied");
    EXPECT_EQ(send({.method = "HEAD", .target = "/b?prefix=public/", .account = kOther}).status,
              403);
}

}  // namespace
}  // namespace tarn::s3
