#include "common/aws/sigv2.h"

#include "common/base/time_text.h"
#include "tests/unit/common/aws/test_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::aws {
namespace {

using testing::ElementsAre;
using testing::Pair;

// The examples of AWS's page.
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationExamples
constexpr std::string_view kKeyId = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const WallTime kNow = *parse_http_date("Tue, 27 Mar 2007 19:36:42 GMT");

struct Context {
    WallTime now = kNow;
    std::optional<std::string_view> secret = kSecret;
    std::string_view bucket = "awsexamplebucket1";
};

Result<void, AuthError> authenticate(const TestRequest& request, const Context& context = {}) {
    const ParsedRequest parsed(request);
    TARN_TRY(const auto carrier, find_credential_carrier(parsed.head(), parsed.query()));
    TARN_TRY(const auto credentials, parse_sigv2(parsed.view(), carrier));
    if (auto checked = check_sigv2(credentials, {.real_now = context.now, .now = context.now});
        !checked) {
        return checked;
    }
    return verify_sigv2(parsed.view(), credentials, context.secret, context.bucket);
}

AuthError error_of(const TestRequest& request, const Context& context = {}) {
    auto result = authenticate(request, context);
    return result ? AuthError{.message = "accepted"} : std::move(result).error();
}

TestRequest get_puppy() {
    TestRequest request{.target = "/photos/puppy.jpg",
                        .host = "awsexamplebucket1.us-west-1.s3.amazonaws.com"};
    request.add("Date", "Tue, 27 Mar 2007 19:36:42 +0000");
    return request;
}

// Signs with our own code: where the text that is signed is given by AWS's page, it is the test.
std::string string_to_sign(const TestRequest& request, std::string_view bucket) {
    const ParsedRequest parsed(request);
    return sigv2_string_to_sign(parsed.view(), {.date = request.headers[0].second}, bucket);
}

TEST(SigV2Test, MakesTheStringsToSignOfAwsDocumentation) {
    EXPECT_EQ(string_to_sign(get_puppy(), "awsexamplebucket1"),
              "GET\n\n\nTue, 27 Mar 2007 19:36:42 +0000\n/awsexamplebucket1/photos/puppy.jpg");

    TestRequest put{.method = "PUT", .target = "/db-backup.dat.gz", .host = "static.example:8080"};
    put.add("Date", "Tue, 27 Mar 2007 21:06:08 +0000");
    put.add("x-amz-acl", "public-read");
    put.add("content-type", "application/x-download");
    put.add("Content-MD5", "4gJE4saaMU4BqNR0kLY+lw==");
    put.add("X-Amz-Meta-ReviewedBy", "joe@example.com");
    put.add("X-Amz-Meta-ReviewedBy", "jane@example.com");
    put.add("X-Amz-Meta-FileChecksum", "0x02661779");
    EXPECT_EQ(string_to_sign(put, "static.example.com"),
              "PUT\n4gJE4saaMU4BqNR0kLY+lw==\napplication/x-download\n"
              "Tue, 27 Mar 2007 21:06:08 +0000\nx-amz-acl:public-read\n"
              "x-amz-meta-filechecksum:0x02661779\n"
              "x-amz-meta-reviewedby:joe@example.com,jane@example.com\n"
              "/static.example.com/db-backup.dat.gz");

    TestRequest acl{.target = "/?acl&prefix=photos"};
    acl.add("Date", "Tue, 27 Mar 2007 19:44:46 +0000");
    EXPECT_EQ(string_to_sign(acl, "awsexamplebucket1"),
              "GET\n\n\nTue, 27 Mar 2007 19:44:46 +0000\n/awsexamplebucket1/?acl");
}

TEST(SigV2Test, XAmzDateTakesThePlaceOfDate) {
    TestRequest request = get_puppy();
    request.add("x-amz-date", "Tue, 27 Mar 2007 19:36:42 GMT");
    EXPECT_EQ(string_to_sign(request, ""),
              "GET\n\n\n\nx-amz-date:Tue, 27 Mar 2007 19:36:42 GMT\n/photos/puppy.jpg");
}

TEST(SigV2Test, SubResourcesAreSortedAndTheirValuesDecoded) {
    const TestRequest request{.target = "/b/k?versionId=1&x=y&response-content-type=a%2Fb&acl&acl=",
                              .headers = {{"Date", "d"}}};
    EXPECT_EQ(string_to_sign(request, ""),
              "GET\n\n\nd\n/b/k?acl&acl=&response-content-type=a/b&versionId=1");
}

TestRequest signed_puppy() {
    TestRequest request = get_puppy();
    request.value("Date") = "Tue, 27 Mar 2007 19:36:42 GMT";
    request.add("Authorization",
                "AWS AKIAIOSFODNN7EXAMPLE:" +
                    sigv2_signature(kSecret, string_to_sign(request, "awsexamplebucket1")));
    return request;
}

TEST(SigV2Test, AcceptsASignedHeaderWithinTheSkew) {
    EXPECT_TRUE(authenticate(signed_puppy()));
    EXPECT_TRUE(authenticate(signed_puppy(), {.now = kNow + kMaxSkew}));
    EXPECT_EQ(error_of(signed_puppy(), {.now = kNow + kMaxSkew + std::chrono::seconds(1)}).code,
              "RequestTimeTooSkewed");
    EXPECT_EQ(error_of(signed_puppy(), {.bucket = ""}).code, "SignatureDoesNotMatch");
    const AuthError unknown = error_of(signed_puppy(), {.secret = std::nullopt});
    EXPECT_THAT(unknown.details, ElementsAre(Pair("AWSAccessKeyId", kKeyId)));
    EXPECT_EQ(unknown.code, "InvalidAccessKeyId");
}

// What botocore signs for a bucket in path style.
TEST(SigV2Test, ABucketByPathMayBeSignedWithASlashBehindIt) {
    const auto signed_for = [](std::string_view target, std::string_view resource) {
        TestRequest request{.method = "HEAD", .target = std::string(target)};
        request.add("Date", "Tue, 27 Mar 2007 19:36:42 GMT");
        request.add("Authorization",
                    "AWS AKIAIOSFODNN7EXAMPLE:" +
                        sigv2_signature(kSecret, "HEAD\n\n\nTue, 27 Mar 2007 19:36:42 GMT\n" +
                                                     std::string(resource)));
        return request;
    };
    const Context by_path{.bucket = ""};
    EXPECT_TRUE(authenticate(signed_for("/b", "/b/"), by_path));
    EXPECT_TRUE(authenticate(signed_for("/b", "/b"), by_path));
    EXPECT_TRUE(authenticate(signed_for("/b?acl&x=y", "/b/?acl"), by_path));
    EXPECT_TRUE(authenticate(signed_for("/b/", "/b/"), by_path));
    EXPECT_EQ(error_of(signed_for("/b/", "/b"), by_path).code, "SignatureDoesNotMatch");
    EXPECT_EQ(error_of(signed_for("/b/k", "/b/k/"), by_path).code, "SignatureDoesNotMatch");
    EXPECT_EQ(error_of(signed_for("/", "//"), by_path).code, "SignatureDoesNotMatch");
    // The host names the bucket, and the path an object of it.
    EXPECT_EQ(error_of(signed_for("/k", "/b/k/"), {.bucket = "b"}).code, "SignatureDoesNotMatch");
}

struct HeaderCase {
    std::string_view authorization;
    std::string_view date;
    std::string_view code;
    int status;
};

TEST(SigV2Test, AMalformedHeaderIsAnsweredAsByS3) {
    constexpr std::string_view kDate = "Tue, 27 Mar 2007 19:36:42 GMT";
    const HeaderCase cases[] = {
        {"AWS", kDate, "InvalidArgument", 400},  // once read past its end
        {"AWS ", kDate, "InvalidArgument", 400},
        {"AWS HAHAHA", kDate, "InvalidArgument", 400},
        {"AWS :signature", kDate, "InvalidArgument", 400},
        {"AWS id:", kDate, "InvalidArgument", 400},
        {"AWSid:signature", kDate, "InvalidArgument", 400},
        {"AWS id:signature", "", "AccessDenied", 403},
        {"AWS id:signature", "Bad Date", "AccessDenied", 403},
        {"AWS id:signature", "Tue, 07 Jul 1950 21:53:04 GMT", "AccessDenied", 403},
        {"AWS id:signature", kDate, "SignatureDoesNotMatch", 403},
    };
    for (const HeaderCase& c : cases) {
        TestRequest request{.target = "/b"};
        request.add("Authorization", c.authorization);
        if (!c.date.empty()) request.add("Date", c.date);
        const AuthError error = error_of(request);
        EXPECT_EQ(error.code, c.code) << c.authorization;
        EXPECT_EQ(error.status, c.status) << c.authorization;
    }
}

// The example of AWS's page for query string authentication.  Its signature is of the time when the
// page's bucket was still called johnsmith.
constexpr std::string_view kPresignedBucket = "johnsmith";
TestRequest presigned_puppy() {
    return {.target =
                "/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&"
                "Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620",
            .host = "johnsmith.s3.amazonaws.com"};
}

TEST(SigV2Test, AcceptsThePresignedExampleOfAwsDocumentation) {
    const auto result = authenticate(presigned_puppy(), {.bucket = kPresignedBucket});
    EXPECT_TRUE(result) << result.error().details[1].second;
}

TEST(SigV2Test, APresignedUrlExpires) {
    const WallTime expires{std::chrono::seconds(1175139620)};
    EXPECT_TRUE(authenticate(presigned_puppy(), {.now = expires, .bucket = kPresignedBucket}));
    const AuthError error = error_of(presigned_puppy(), {.now = expires + std::chrono::seconds(1)});
    EXPECT_EQ(error.code, "AccessDenied");
    EXPECT_EQ(error.message, "Request has expired");
    EXPECT_THAT(error.details, ElementsAre(Pair("Expires", "2007-03-29T03:40:20Z"),
                                           Pair("ServerTime", "2007-03-29T03:40:21Z")));
}

TEST(SigV2Test, AnIncompletePresignedUrlIsAnsweredAsByS3) {
    for (const std::string_view query :
         {"Signature=a", "AWSAccessKeyId=a", "AWSAccessKeyId=a&Signature=b",
          "AWSAccessKeyId=a&Expires=1", "Signature=b&Expires=1"}) {
        const TestRequest request{.target = "/b?" + std::string(query)};
        EXPECT_EQ(error_of(request).message,
                  "Query-string authentication requires the Signature, Expires and AWSAccessKeyId "
                  "parameters")
            << query;
    }
    for (const std::string_view expires : {"", "x", "-1", "1.5", "99999999999999999999"}) {
        const TestRequest request{.target = "/b?AWSAccessKeyId=a&Signature=b&Expires=" +
                                            std::string(expires)};
        EXPECT_EQ(error_of(request).fault, AuthFault::V2ExpiresMalformed) << expires;
    }
}

TEST(SigV2Test, AWrongContentTypeIsRefusedBecauseItIsSigned) {
    TestRequest request = presigned_puppy();
    request.add("Content-Type", "text/plain");
    EXPECT_EQ(error_of(request, {.bucket = kPresignedBucket}).code, "SignatureDoesNotMatch");
}

TEST(SigV2Test, FormsSignTheirPolicy) {
    const std::string policy = "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoifQ==";
    const std::string signature = sigv2_signature(kSecret, policy);
    EXPECT_TRUE(verify_sigv2_form(kKeyId, policy, signature, kSecret));
    EXPECT_EQ(verify_sigv2_form(kKeyId, policy + "=", signature, kSecret).error().fault,
              AuthFault::SignatureDoesNotMatch);
    EXPECT_EQ(verify_sigv2_form(kKeyId, policy, signature, std::nullopt).error().fault,
              AuthFault::UnknownAccessKey);
}

}  // namespace
}  // namespace tarn::aws
