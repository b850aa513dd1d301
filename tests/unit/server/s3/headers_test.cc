// Headers that ask for something: honoured or refused, never ignored.

#include "common/base/encoding.h"
#include "common/crypto/checksum.h"
#include "tests/unit/server/s3/s3_under_test.h"

namespace tarn::s3 {
namespace {

TEST_F(S3Test, ADeleteWithAConditionOfDirectoryBucketsIsRefusedAndDeletesNothing) {
    ASSERT_EQ(put("k", "body").status, 200);
    const Headers conditions = {
        {"x-amz-if-match-size", "4"},
        {"x-amz-if-match-last-modified-time", "Tue, 14 Nov 2023 22:13:20 GMT"}};
    for (const auto& condition : conditions) {
        const Answer answer = send({.method = "DELETE", .target = "/b/k", .headers = {condition}});
        EXPECT_EQ(answer.status, 501) << condition.first;
        EXPECT_EQ(answer.code(), "NotImplemented");
        EXPECT_EQ(answer.element("Header"), condition.first);
        EXPECT_TRUE(exists("k")) << condition.first;
    }
    EXPECT_EQ(send({.method = "DELETE", .target = "/b/k"}).status, 204);
    EXPECT_FALSE(exists("k"));
}

// SigV2, and some SDKs in SigV4, put every x-amz-* header into the query of a presigned URL.
TEST_F(S3Test, APresignedUrlCarriesItsHeadersInTheQuery) {
    const auto put_with = [&](std::string_view query) {
        const std::string key = access_key(kOwner);
        const std::string target = aws::presign_target(
            {.method = "PUT", .target = "/b/k?" + std::string(query), .host = kHost},
            {.access_key_id = key, .secret = "secret", .region = "us-east-1"}, clock_.now(),
            std::chrono::seconds(60));
        return send({.method = "PUT", .target = target, .body = "body", .account = ""}).code();
    };
    EXPECT_EQ(put_with("x-amz-server-side-encryption=aws%3Akms"), "NotImplemented");
    EXPECT_EQ(put_with("x-amz-tagging=a%3D1%26a%3D2"), "InvalidArgument");
    EXPECT_EQ(put_with("x-amz-copy-source=b%2Fother"), "NotImplemented");
    EXPECT_EQ(put_with("x-amz-grant-read=id%3D0123"), "AccessControlListNotSupported");
    EXPECT_EQ(put_with("x-amz-expected-bucket-owner=111111111111"), "AccessDenied");
    EXPECT_FALSE(exists("k"));
    EXPECT_EQ(put_with("x-amz-expected-bucket-owner=000000000000"), "");
    EXPECT_TRUE(exists("k"));
}

TEST_F(S3Test, APresignedDeleteWithAConditionInItsQueryIsRefused) {
    ASSERT_EQ(put("k", "body").status, 200);
    const std::string key = access_key(kOwner);
    const std::string target = aws::presign_target(
        {.method = "DELETE", .target = "/b/k?x-amz-if-match-size=9", .host = kHost},
        {.access_key_id = key, .secret = "secret", .region = "us-east-1"}, clock_.now(),
        std::chrono::seconds(60));
    EXPECT_EQ(send({.method = "DELETE", .target = target, .account = ""}).status, 501);
    EXPECT_TRUE(exists("k"));
}

TEST_F(S3Test, AMethodThatAResourceDoesNotHaveIsNotAllowed) {
    const struct {
        std::string_view method;
        std::string target;
        std::string_view resource;
        std::string_view allow;
    } kCases[] = {
        {"PATCH", "/b/k", "OBJECT", "GET, HEAD, PUT, DELETE"},
        {"PATCH", "/b", "BUCKET", "GET, HEAD, PUT, POST, DELETE"},
        {"PATCH", "/", "SERVICE", "GET"},
        {"POST", "/", "SERVICE", "GET"},
        {"DELETE", "/", "SERVICE", "GET"},
        {"POST", "/b/k", "OBJECT", "GET, HEAD, PUT, DELETE"},
        {"PUT", "/b/k?uploads", "OBJECT", "GET, HEAD, POST"},
    };
    for (const auto& c : kCases) {
        const Answer answer = send({.method = c.method, .target = c.target});
        EXPECT_EQ(answer.status, 405) << c.method << c.target;
        EXPECT_EQ(answer.code(), "MethodNotAllowed");
        EXPECT_TRUE(answer.body.contains("</Message><Method>" + std::string(c.method) +
                                         "</Method><ResourceType>" + std::string(c.resource) +
                                         "</ResourceType><RequestId>"))
            << answer.body;
        EXPECT_EQ(answer.field("Allow"), c.allow) << c.method << c.target;
    }
}

TEST_F(S3Test, AnEntryOfDeleteObjectsWithAConditionIsRefusedAndTheOthersAreDeleted) {
    for (const std::string_view key : {"size", "time", "etag", "plain"})
        ASSERT_EQ(put(key, "body").status, 200);
    const std::string document =
        "<Delete><Object><Key>size</Key><Size>9</Size></Object>"
        "<Object><Key>time</Key><LastModifiedTime>Tue, 14 Nov 2023 22:13:20 GMT"
        "</LastModifiedTime></Object>"
        "<Object><Key>etag</Key><ETag>x</ETag></Object><Object><Key>plain</Key></Object></Delete>";
    const Answer answer =
        send({.method = "POST",
              .target = "/b?delete",
              .headers = {{"x-amz-checksum-crc32",
                           [&] {
                               crypto::Checksum sum(crypto::ChecksumAlgorithm::CRC32);
                               sum.update(document);
                               return to_base64(sum.finish());
                           }()}},
              .body = document});
    ASSERT_EQ(answer.status, 200) << answer.body;
    for (const std::string_view key : {"size", "time", "etag"}) {
        EXPECT_TRUE(exists(key)) << key;
        EXPECT_NE(answer.body.find("<Error><Key>" + std::string(key) +
                                   "</Key><Code>NotImplemented</Code>"),
                  std::string::npos)
            << answer.body;
    }
    EXPECT_FALSE(exists("plain"));
}

TEST_F(S3Test, ReadingWithAHeaderOfEncryptionIsRefused) {
    ASSERT_EQ(put("k", "body").status, 200);
    for (const std::string_view method : {"GET", "HEAD"}) {
        const Answer answer = send({.method = method,
                                    .target = "/b/k",
                                    .headers = {{"x-amz-server-side-encryption", "AES256"}}});
        EXPECT_EQ(answer.status, 400) << method;
    }
    const Answer answer =
        send({.target = "/b/k", .headers = {{"x-amz-server-side-encryption", "AES256"}}});
    EXPECT_EQ(answer.code(), "InvalidArgument");
    EXPECT_EQ(answer.element("Message"),
              "x-amz-server-side-encryption header is not supported for this operation.");
    EXPECT_EQ(send({.target = "/b/k",
                    .headers = {{"x-amz-server-side-encryption-customer-algorithm", "AES256"}}})
                  .status,
              400);
}

TEST_F(S3Test, CompletingAnUploadWithAHeaderOfEncryptionIsRefused) {
    const std::string id = send({.method = "POST", .target = "/b/k?uploads"}).element("UploadId");
    const std::string target = "/b/k?uploadId=" + id;
    EXPECT_EQ(send({.method = "POST",
                    .target = target,
                    .headers = {{"x-amz-server-side-encryption", "AES256"}}})
                  .code(),
              "InvalidArgument");
}

TEST_F(S3Test, ABucketIsNotCreatedWithAnAclThatItsOwnershipForbids) {
    const Headers acls = {{"x-amz-acl", "public-read"},
                          {"x-amz-grant-read", "id=0123"},
                          {"x-amz-grant-full-control", "id=0123"}};
    for (const auto& acl : acls) {
        const Answer answer = send({.method = "PUT", .target = "/new", .headers = {acl}});
        EXPECT_EQ(answer.status, 400) << acl.first;
        EXPECT_EQ(answer.code(), "InvalidBucketAclWithObjectOwnership") << acl.first;
        EXPECT_EQ(answer.element("Message"),
                  "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
    }
    EXPECT_EQ(
        send({.method = "PUT", .target = "/new", .headers = {{"x-amz-acl", "private"}}}).status,
        200);
}

TEST_F(S3Test, ContentEncodingComesBackByteForByteWithoutAwsChunked) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"gzip", "gzip"},
        {"deflate, gzip", "deflate, gzip"},
        {"deflate,gzip", "deflate,gzip"},
        {"deflate ,  gzip", "deflate ,  gzip"},
        {"aws-chunked,gzip", "gzip"},
        {"aws-chunked, deflate, gzip", "deflate, gzip"},
        {"deflate, AWS-Chunked, gzip", "deflate, gzip"},
        {"deflate, gzip,aws-chunked", "deflate, gzip"},
    };
    for (const auto& [sent, kept] : cases) {
        ASSERT_EQ(put("k", "body", {{"Content-Encoding", std::string(sent)}}).status, 200);
        const Answer answer = send({.method = "HEAD", .target = "/b/k"});
        EXPECT_NE(answer.head.find("Content-Encoding: " + std::string(kept) + "\r\n"),
                  std::string::npos)
            << sent << "\n"
            << answer.head;
    }
    ASSERT_EQ(put("k", "body", {{"Content-Encoding", "aws-chunked"}}).status, 200);
    EXPECT_EQ(send({.method = "HEAD", .target = "/b/k"}).head.find("Content-Encoding"),
              std::string::npos);
}

TEST_F(S3Test, WhatIsNotImplementedSaysSoToEverybodyOnceTheBucketExists) {
    EXPECT_EQ(send({.target = "/b?session", .account = ""}).code(), "NotImplemented");
    EXPECT_EQ(send({.target = "/b?session", .account = kOther}).code(), "NotImplemented");
    EXPECT_EQ(send({.target = "/b?session"}).code(), "NotImplemented");
    EXPECT_EQ(send({.target = "/none?session", .account = ""}).code(), "NoSuchBucket");
    // What is implemented keeps its guard.
    EXPECT_EQ(send({.target = "/b?policy", .account = kOther}).code(), "AccessDenied");
}

TEST_F(S3Test, OnlyWhatIsInMemoryIsAnsweredAtOnce) {
    ASSERT_EQ(put("small", "body").status, 200);
    ASSERT_EQ(put("large", std::string(1u << 20, 'x')).status, 200);
    EXPECT_EQ(send({.target = "/b/small"}).body, "body");
    EXPECT_TRUE(answered_now_);
    EXPECT_EQ(send({.target = "/b/large"}).body.size(), 1u << 20);
    EXPECT_FALSE(answered_now_);
    EXPECT_EQ(send({.method = "HEAD", .target = "/b/large"}).status, 200);
    EXPECT_TRUE(answered_now_);
    EXPECT_EQ(send({.target = "/b/small", .account = ""}).status, 403);
    EXPECT_FALSE(answered_now_);
}

}  // namespace
}  // namespace tarn::s3
