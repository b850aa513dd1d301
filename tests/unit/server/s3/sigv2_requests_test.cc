// Requests signed with SigV2, which signs less than V4.

#include "common/aws/sigv2.h"
#include "common/base/encoding.h"
#include "tests/unit/server/s3/s3_under_test.h"

namespace tarn::s3 {
namespace {

class SigV2RequestsTest : public S3Test {
  protected:
    // Signed for the path alone; what follows is for the bearer to add.
    std::string presigned(std::string_view method, const std::string& path) {
        const std::string expires =
            std::to_string(std::chrono::floor<std::chrono::seconds>(
                               clock_.now().time_since_epoch() + std::chrono::hours(1))
                               .count());
        const std::string text = std::string(method) + "\n\n\n" + expires + "\n" + path;
        return path + "?AWSAccessKeyId=" + access_key(kOwner) + "&Expires=" + expires +
               "&Signature=" + percent_encode(aws::sigv2_signature("secret", text), KeepSlash::No);
    }
    Answer use(std::string_view method, std::string target, std::string body = {}) {
        return send({.method = method,
                     .target = std::move(target),
                     .body = std::move(body),
                     .account = ""});
    }
};

TEST_F(SigV2RequestsTest, APresignedUrlDoesWhatItWasSignedFor) {
    EXPECT_EQ(use("PUT", presigned("PUT", "/b/k"), "body").status, 200);
    EXPECT_EQ(use("GET", presigned("GET", "/b/k")).body, "body");
    EXPECT_EQ(use("GET", presigned("GET", "/b/k") + "&tagging").code(), "SignatureDoesNotMatch");
    EXPECT_EQ(use("GET", presigned("GET", "/b") + "&list-type=2").element("KeyCount"), "1");
}

// Found by an attacker: these names are younger than SigV2 and not signed.
TEST_F(SigV2RequestsTest, ItsBearerCannotMakeAnotherOperationOfIt) {
    put("k", "body");
    for (const char* const added : {"&retention", "&legal-hold", "&encryption"})
        EXPECT_EQ(use("PUT", presigned("PUT", "/b/k") + added, "x").code(), "AccessDenied")
            << added;
    for (const char* const added : {"&publicAccessBlock", "&ownershipControls", "&encryption"}) {
        EXPECT_EQ(use("DELETE", presigned("DELETE", "/b") + added).code(), "AccessDenied") << added;
    }
    EXPECT_EQ(use("GET", presigned("GET", "/b/k") + "&attributes").code(), "AccessDenied");
}

}  // namespace
}  // namespace tarn::s3
