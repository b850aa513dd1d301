#include "tests/unit/server/s3/acl_under_test.h"

namespace tarn::s3 {
namespace {

std::string controls(std::string_view ownership) {
    return fmt::format(
        "<OwnershipControls><Rule><ObjectOwnership>{}</ObjectOwnership></Rule></OwnershipControls>",
        ownership);
}

class OwnershipTest : public AclTest {
  protected:
    Answer get(const std::string& bucket) {
        return send({.target = "/" + bucket + "?ownershipControls"});
    }
    Answer set(const std::string& bucket, std::string document) {
        return put_document("/" + bucket + "?ownershipControls", std::move(document));
    }
    void let_everybody_write(const std::string& bucket) {
        ASSERT_EQ(send({.method = "PUT",
                        .target = "/" + bucket + "?policy",
                        .body = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                                R"("Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::)" +
                                bucket + R"(/*"}]})"})
                      .status,
                  204);
    }
    // The account whose id the ACL of the object shows as owner's, as the owner reads it.
    std::string owner_of_object(const std::string& target) {
        for (const std::string_view account : {kOwner, kOther}) {
            const std::string shown = acl_of(target, account);
            for (const std::string_view owner : {kOwner, kOther}) {
                if (shown.find("<Owner><ID>" + id_of(owner) + "</ID></Owner>") !=
                    std::string::npos) {
                    return std::string(owner);
                }
            }
        }
        return {};
    }
};

TEST_F(OwnershipTest, ANewBucketEnforcesItsOwnersOwnership) {
    EXPECT_EQ(get("b").body,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OwnershipControls "
              "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ObjectOwnership>"
              "BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>");
    for (const std::string target : {"/b", "/b/k"}) {
        const Answer answer = set_canned(target, "private");
        EXPECT_EQ(answer.status, 400);
        EXPECT_EQ(answer.code(), "AccessControlListNotSupported");
        EXPECT_EQ(answer.element("Message"), "The bucket does not allow ACLs");
    }
    EXPECT_EQ(acl_of("/b"), shown(kOwner, user_grant(kOwner, "FULL_CONTROL")));
}

TEST_F(OwnershipTest, WithoutAclsAWriteMayOnlySayThatTheOwnerHasFullControl) {
    ASSERT_EQ(set("b", controls("BucketOwnerEnforced")).status, 200);
    for (const char* acl : {"private", "public-read", "nonsense"})
        EXPECT_EQ(write("/b/k", {{"x-amz-acl", acl}}).code(), "AccessControlListNotSupported");
    EXPECT_EQ(write("/b/k", {{"x-amz-grant-read", "id=" + id_of(kOther)}}).code(),
              "AccessControlListNotSupported");
    EXPECT_FALSE(exists("k"));
    EXPECT_EQ(write("/b/k", {{"x-amz-acl", "bucket-owner-full-control"}}).status, 200);
    EXPECT_EQ(
        send(
            {.method = "POST", .target = "/b/k?uploads", .headers = {{"x-amz-acl", "public-read"}}})
            .code(),
        "AccessControlListNotSupported");
    EXPECT_EQ(send({.method = "PUT",
                    .target = "/b/copy",
                    .headers = {{"x-amz-acl", "public-read"}, {"x-amz-copy-source", "/b/k"}}})
                  .code(),
              "AccessControlListNotSupported");
}

TEST_F(OwnershipTest, WhatOldClientsAlwaysSendIsTakenWhereNobodyChoseToHaveNoAcls) {
    EXPECT_EQ(write("/b/k", {{"x-amz-acl", "private"}}).status, 200);
    EXPECT_EQ(write("/b/k", {{"x-amz-acl", "public-read"}}).code(),
              "AccessControlListNotSupported");
    EXPECT_EQ(
        send({.method = "POST", .target = "/b/k?uploads", .headers = {{"x-amz-acl", "private"}}})
            .status,
        200);
}

TEST_F(OwnershipTest, WithoutAclsAnObjectsMayBeSetToWhatHoldsAnyway) {
    ASSERT_EQ(put("k", "body").status, 200);
    const std::string full = user_grant(kOwner, "FULL_CONTROL");
    EXPECT_EQ(put_document("/b/k?acl", document(kOwner, full)).status, 200);
    EXPECT_EQ(set_canned("/b/k", "bucket-owner-full-control").status, 200);
    EXPECT_EQ(put_document("/b/missing?acl", document(kOwner, full)).code(), "NoSuchKey");
    for (const std::string& grants :
         {std::string(), full + group_grant("global/AllUsers", "READ"), user_grant(kOwner, "READ"),
          user_grant(kOther, "FULL_CONTROL")}) {
        EXPECT_EQ(put_document("/b/k?acl", document(kOwner, grants)).code(),
                  "AccessControlListNotSupported")
            << grants;
    }
    EXPECT_EQ(acl_of("/b/k"), shown(kOwner, full));
    EXPECT_EQ(send({.method = "PUT",
                    .target = "/b/k?acl",
                    .body = document(kOwner, full),
                    .account = kOther})
                  .code(),
              "AccessDenied");
}

TEST_F(OwnershipTest, TheSettingComesBackAndMayBeDeleted) {
    for (const char* ownership : {"ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"}) {
        EXPECT_EQ(set("b", controls(ownership)).status, 200);
        EXPECT_EQ(get("b").element("ObjectOwnership"), ownership);
    }
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(send({.method = "DELETE", .target = "/b?ownershipControls"}).status, 204);
        const Answer answer = get("b");
        EXPECT_EQ(answer.status, 404);
        EXPECT_EQ(answer.code(), "OwnershipControlsNotFoundError");
        EXPECT_EQ(answer.element("Message"), "The bucket ownership controls were not found");
        EXPECT_EQ(answer.element("BucketName"), "b");
    }
    EXPECT_EQ(set_canned("/b", "public-read").status, 200);
}

TEST_F(OwnershipTest, OnlyTheOwnerChangesIt) {
    EXPECT_EQ(send({.method = "PUT",
                    .target = "/b?ownershipControls",
                    .body = controls("ObjectWriter"),
                    .account = kOther})
                  .status,
              403);
    EXPECT_EQ(send({.target = "/b?ownershipControls", .account = kOther}).status, 403);
}

TEST_F(OwnershipTest, ADocumentThatIsNotOneRuleIsMalformed) {
    const std::string rule = "<Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>";
    for (const std::string& document :
         {std::string(), std::string("<OwnershipControls"), std::string("<OwnershipControls/>"),
          "<Other>" + rule + "</Other>",
          "<OwnershipControls>" + rule + rule + "</OwnershipControls>",
          std::string("<OwnershipControls><Rule/></OwnershipControls>"),
          std::string("<OwnershipControls><R/></OwnershipControls>"), controls("Anybody")}) {
        EXPECT_EQ(set("b", document).code(), "MalformedXML") << document;
    }
    EXPECT_EQ(get("b").element("ObjectOwnership"), "BucketOwnerEnforced");
}

TEST_F(OwnershipTest, WhatAnAclGrantsToOthersDoesNotGoAwaySilently) {
    ASSERT_EQ(set_canned("/acl", "public-read").status, 200);
    const Answer answer = set("acl", controls("BucketOwnerEnforced"));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.code(), "InvalidBucketAclWithObjectOwnership");
    EXPECT_EQ(get("acl").element("ObjectOwnership"), "ObjectWriter");
    ASSERT_EQ(set_canned("/acl", "private").status, 200);
    EXPECT_EQ(set("acl", controls("BucketOwnerEnforced")).status, 200);
}

TEST_F(OwnershipTest, ABucketIsCreatedWithItsSetting) {
    make_bucket("preferred", "BucketOwnerPreferred");
    EXPECT_EQ(get("preferred").element("ObjectOwnership"), "BucketOwnerPreferred");
    const Answer answer = send(
        {.method = "PUT", .target = "/new", .headers = {{"x-amz-object-ownership", "Anybody"}}});
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.code(), "InvalidArgument");
    EXPECT_EQ(answer.element("ArgumentName"), "x-amz-object-ownership");
    EXPECT_EQ(answer.element("ArgumentValue"), "Anybody");
    EXPECT_FALSE(buckets_.find("new"));
}

TEST_F(OwnershipTest, WhoOwnsAnObjectGoesByTheSettingAndTheWriter) {
    struct Case {
        std::string ownership;
        std::string acl;  // of the write; empty: none
        std::string_view owner;
    };
    const Case cases[] = {
        {"ObjectWriter", "", kOther},
        {"ObjectWriter", "bucket-owner-full-control", kOther},
        {"ObjectWriter", "private", kOther},
        {"BucketOwnerPreferred", "", kOther},
        {"BucketOwnerPreferred", "bucket-owner-full-control", kOwner},
        {"BucketOwnerPreferred", "private", kOther},
        {"BucketOwnerEnforced", "", kOwner},
        {"BucketOwnerEnforced", "bucket-owner-full-control", kOwner},
    };
    let_everybody_write("acl");
    for (const Case& row : cases) {
        ASSERT_EQ(set("acl", controls(row.ownership)).status, 200);
        Headers headers;
        if (!row.acl.empty()) headers.emplace_back("x-amz-acl", row.acl);
        const std::string what = row.ownership + " " + row.acl;
        ASSERT_EQ(write("/acl/k", headers, kOther).status, 200) << what;
        EXPECT_EQ(owner_of_object("/acl/k"), row.owner) << what;

        ASSERT_EQ(put("source", "body").status, 200);
        ASSERT_EQ(send({.method = "POST",
                        .target = "/acl/up?uploads",
                        .headers = headers,
                        .account = kOther})
                      .status,
                  200)
            << what;
        const std::string uploads = send({.target = "/acl?uploads"}).body;
        EXPECT_NE(uploads.find("<Initiator><ID>" + id_of(kOther) + "</ID></Initiator><Owner><ID>" +
                               id_of(row.owner) + "</ID></Owner>"),
                  std::string::npos)
            << what << uploads;
        const std::string id = send({.target = "/acl?uploads"}).element("UploadId");
        ASSERT_EQ(send({.method = "DELETE", .target = "/acl/up?uploadId=" + id}).status, 204);
    }
}

TEST_F(OwnershipTest, UnderEnforcedOwnershipWhatOthersWroteEarlierIsTheOwnersToo) {
    let_everybody_write("acl");
    ASSERT_EQ(write("/acl/k", {}, kOther).status, 200);
    EXPECT_EQ(status_of_get("/acl/k", kOwner), 403);
    const auto owner_in_listing = [&] { return send({.target = "/acl"}).element("ID"); };
    EXPECT_EQ(owner_in_listing(), id_of(kOther));
    ASSERT_EQ(set("acl", controls("BucketOwnerEnforced")).status, 200);
    EXPECT_EQ(status_of_get("/acl/k", kOwner), 200);
    EXPECT_EQ(owner_in_listing(), id_of(kOwner));
    EXPECT_EQ(acl_of("/acl/k"), shown(kOwner, user_grant(kOwner, "FULL_CONTROL")));
}

TEST_F(OwnershipTest, OldBucketsHaveAclsAndNoSetting) {
    services_->compat.acl_enabled_by_default = true;
    ASSERT_EQ(
        send({.method = "PUT", .target = "/old", .headers = {{"x-amz-acl", "public-read"}}}).status,
        200);
    EXPECT_EQ(get("old").code(), "OwnershipControlsNotFoundError");
    EXPECT_EQ(status_of_get("/old", ""), 200);
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/new",
                    .headers = {{"x-amz-object-ownership", "BucketOwnerEnforced"}}})
                  .status,
              200);
    EXPECT_EQ(get("new").element("ObjectOwnership"), "BucketOwnerEnforced");
    EXPECT_EQ(set_canned("/new", "private").code(), "AccessControlListNotSupported");
}

TEST(BucketAccess, WhatCannotBeReadCountsAsTheStrictest) {
    BucketRecord record{.owner_account_id = std::string(kOwner)};
    record.configurations = {{std::string(kOwnershipControls), "Anybody"},
                             {std::string(kBucketAcl), "\x05"},
                             {std::string(kPublicAccessBlock), "BlockNothing"}};
    const BucketAccess access = parse_bucket_access(record);
    EXPECT_FALSE(access.acls_enabled());
    EXPECT_EQ(access.acl, auth::owner_acl(kOwner));
    for (const PublicAccessBlockRow& row : kPublicAccessBlockRows)
        EXPECT_TRUE(access.public_access.*row.flag) << row.element;
}

}  // namespace
}  // namespace tarn::s3
