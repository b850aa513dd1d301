#include "common/aws/sigv4_sign.h"

#include "common/aws/sigv4.h"
#include "common/base/time_text.h"
#include "tests/unit/common/aws/test_request.h"

#include <gtest/gtest.h>

namespace tarn::aws {
namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const WallTime kNow = *parse_amz_date("20130524T000000Z");

SigningCredentials credentials_for(std::string_view service, std::string_view token = {}) {
    return {.access_key_id = "AKIAIOSFODNN7EXAMPLE",
            .secret = kSecret,
            .security_token = token,
            .region = "us-east-1",
            .service = service};
}

bool verifies(const TestRequest& request) {
    const ParsedRequest parsed(request);
    const auto carrier = find_credential_carrier(parsed.head(), parsed.query());
    if (!carrier || *carrier == CredentialCarrier::None) return false;
    const auto credentials = parse_sigv4(parsed.view(), *carrier);
    if (!credentials) return false;
    if (!check_sigv4(parsed.view(), *credentials, {.real_now = kNow, .now = kNow})) return false;
    SigV4Verifier verifier;
    return verifier.verify(parsed.view(), *credentials, kSecret).has_value();
}

TEST(SignRequestTest, MakesTheSignatureOfAwsDocumentation) {
    const auto added = sign_request({.method = "GET",
                                     .target = "/test.txt",
                                     .host = "examplebucket.s3.amazonaws.com",
                                     .headers = {{"range", "bytes=0-9"}}},
                                    credentials_for("s3"), kNow);
    ASSERT_EQ(added.size(), 3u);
    EXPECT_EQ(added[0].first, "x-amz-date");
    EXPECT_EQ(added[1].first, "x-amz-content-sha256");
    EXPECT_EQ(
        added[2].second,
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(PresignTest, MakesTheUrlOfAwsDocumentation) {
    const std::string target = presign_target(
        {.method = "GET", .target = "/test.txt", .host = "examplebucket.s3.amazonaws.com"},
        credentials_for("s3"), kNow, std::chrono::seconds(86400));
    EXPECT_EQ(target,
              "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE"
              "%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&"
              "X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
              "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

// Whatever one side signs the other accepts.
TEST(SignRequestTest, WhatIsSignedVerifies) {
    constexpr std::string_view kTargets[] = {"/", "/b/k", "/b/a%20b//../x?versionId=1&acl",
                                             "/b/%E6%97%A5?a=+&a=%2B&b"};
    for (const std::string_view service : {"s3", "cloudfront"}) {
        for (const std::string_view target : kTargets) {
            for (const std::string_view token : {"", "token=="}) {
                const RequestToSign to_sign{.method = "PUT",
                                            .target = target,
                                            .host = "h:1",
                                            .headers = {{"X-Amz-Meta-A", "  b   c "}}};
                TestRequest request{.method = "PUT",
                                    .target = std::string(target),
                                    .host = "h:1",
                                    .headers = to_sign.headers};
                for (const auto& [name, value] :
                     sign_request(to_sign, credentials_for(service, token), kNow)) {
                    request.add(name, value);
                }
                EXPECT_TRUE(verifies(request)) << service << " " << target;

                TestRequest presigned{.method = "PUT", .host = "h:1", .headers = to_sign.headers};
                presigned.target = presign_target(to_sign, credentials_for(service, token), kNow,
                                                  std::chrono::seconds(60));
                EXPECT_TRUE(verifies(presigned)) << presigned.target;
                presigned.headers[0].second += "x";
                EXPECT_FALSE(verifies(presigned));
            }
        }
    }
}

}  // namespace
}  // namespace tarn::aws
