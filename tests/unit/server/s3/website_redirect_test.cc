// x-amz-website-redirect-location: stored with the object, given back, never copied along.

#include "tests/unit/server/s3/uploads_under_test.h"

namespace tarn::s3 {
namespace {

constexpr std::string_view kHeader = "x-amz-website-redirect-location";

class WebsiteRedirectTest : public UploadsTest {
  protected:
    static Headers redirect(std::string location) {
        return {{std::string(kHeader), std::move(location)}};
    }
    // Of the object, as GET and HEAD say it.
    std::string location_of(std::string_view key) {
        const std::string target = "/b/" + std::string(key);
        const std::string location = send({.target = target}).field(kHeader);
        EXPECT_EQ(send({.method = "HEAD", .target = target}).field(kHeader), location);
        return location;
    }
    Answer copy(std::string_view to, Headers headers = {}) {
        headers.emplace_back("x-amz-copy-source", "b/k");
        return send(
            {.method = "PUT", .target = "/b/" + std::string(to), .headers = std::move(headers)});
    }
};

TEST_F(WebsiteRedirectTest, IsGivenBackAsItWasPut) {
    for (const std::string location :
         {"/other.html", "http://www.example.com/", "https://example.com/a?b#c", "/"}) {
        ASSERT_EQ(put("k", "body", redirect(location)).status, 200) << location;
        EXPECT_EQ(location_of("k"), location);
    }
    ASSERT_EQ(put("k", "body").status, 200);
    EXPECT_EQ(location_of("k"), "");
}

TEST_F(WebsiteRedirectTest, IsRefusedWithoutOneOfThePrefixes) {
    ASSERT_EQ(put("k", "before").status, 200);
    for (const std::string location : {"", "other.html", "ftp://example.com/",
                                       "HTTP://example.com/", "http:/example.com", "//"}) {
        const Answer answer = put("k", "after", redirect(location));
        if (location == "//") {
            EXPECT_EQ(answer.status, 200);  // a path like any other
            continue;
        }
        EXPECT_EQ(answer.status, 400) << location;
        EXPECT_EQ(answer.code(), "InvalidRedirectLocation") << location;
        EXPECT_EQ(answer.element("Message"),
                  "The website redirect location must have a prefix of 'http://' or 'https://' or "
                  "'/'.");
        EXPECT_EQ(send({.target = "/b/k"}).body, "before");
    }
}

TEST_F(WebsiteRedirectTest, IsTwoKibibytesLongAtMost) {
    EXPECT_EQ(put("k", "body", redirect("/" + std::string(2047, 'a'))).status, 200);
    EXPECT_EQ(location_of("k").size(), 2048u);
    const Answer answer = put("k", "after", redirect("/" + std::string(2048, 'a')));
    EXPECT_EQ(answer.code(), "InvalidRedirectLocation");
    EXPECT_EQ(answer.element("Message"),
              "The length of website redirect location cannot exceed 2,048 characters.");
    EXPECT_EQ(send({.target = "/b/k"}).body, "body");
}

TEST_F(WebsiteRedirectTest, ACopyHasTheRequestsOwn) {
    ASSERT_EQ(put("k", "body", redirect("/source")).status, 200);
    ASSERT_EQ(copy("c").status, 200);
    EXPECT_EQ(location_of("c"), "");
    ASSERT_EQ(copy("c", redirect("/copy")).status, 200);
    EXPECT_EQ(location_of("c"), "/copy");
    Headers replacing = redirect("/replaced");
    replacing.emplace_back("x-amz-metadata-directive", "REPLACE");
    ASSERT_EQ(copy("c", replacing).status, 200);
    EXPECT_EQ(location_of("c"), "/replaced");
    ASSERT_EQ(copy("c", {{"x-amz-metadata-directive", "REPLACE"}}).status, 200);
    EXPECT_EQ(location_of("c"), "");
    EXPECT_EQ(copy("c", redirect("copy")).code(), "InvalidRedirectLocation");
}

// A copy to itself must change something, and this is a change.
TEST_F(WebsiteRedirectTest, CanBeGivenToAnObjectByCopyingItToItself) {
    ASSERT_EQ(put("k", "body", {{"x-amz-meta-a", "1"}}).status, 200);
    EXPECT_EQ(copy("k").code(), "InvalidRequest");
    ASSERT_EQ(copy("k", redirect("/new")).status, 200);
    EXPECT_EQ(location_of("k"), "/new");
    EXPECT_EQ(send({.target = "/b/k"}).field("x-amz-meta-a"), "1");
}

TEST_F(WebsiteRedirectTest, OfAnUploadIsSaidWhenItIsCreated) {
    const std::string id = create(redirect("/uploaded"));
    EXPECT_EQ(send_part(id, 1, "body", redirect("/part")).code(), "NotImplemented");
    const std::string etag = upload_part(id, 1, "body");
    ASSERT_EQ(complete(id, part_xml(1, etag)).status, 200);
    EXPECT_EQ(location_of("k"), "/uploaded");
    EXPECT_EQ(send({.method = "POST", .target = "/b/k?uploads", .headers = redirect("x")}).code(),
              "InvalidRedirectLocation");
}

// In the query of a presigned URL, too; what the policy sees is what is stored.
TEST_F(WebsiteRedirectTest, ComesInThePresignedQueryAndThePolicySeesIt) {
    const auto put_with = [&](std::string_view location) {
        const std::string key = access_key(kOwner);
        const std::string target = aws::presign_target(
            {.method = "PUT",
             .target = "/b/p?x-amz-website-redirect-location=" + std::string(location),
             .host = kHost},
            {.access_key_id = key, .secret = "secret", .region = "us-east-1"}, clock_.now(),
            std::chrono::seconds(60));
        return send({.method = "PUT", .target = target, .body = "body", .account = ""});
    };
    EXPECT_EQ(put_with("%2Fquery").status, 200);
    EXPECT_EQ(location_of("p"), "/query");
    EXPECT_EQ(put_with("query").code(), "InvalidRedirectLocation");
    set_policy(R"({"Effect":"Deny","Principal":"*","Action":"s3:PutObject",)"
               R"("Resource":"arn:aws:s3:::b/*","Condition":{"StringLike":)"
               R"({"s3:x-amz-website-redirect-location":"http*"}}})");
    EXPECT_EQ(put_with("http%3A%2F%2Fexample.com").status, 403);
    EXPECT_EQ(put_with("%2Fquery").status, 200);
}

}  // namespace
}  // namespace tarn::s3
