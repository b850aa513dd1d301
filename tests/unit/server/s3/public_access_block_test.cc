#include "tests/unit/server/s3/acl_under_test.h"

namespace tarn::s3 {
namespace {

class PublicAccessTest : public AclTest {
  protected:
    static std::string block(std::initializer_list<std::string_view> flags) {
        std::string out = "<PublicAccessBlockConfiguration>";
        for (const std::string_view flag : {"BlockPublicAcls", "IgnorePublicAcls",
                                            "BlockPublicPolicy", "RestrictPublicBuckets"}) {
            const bool set = std::ranges::find(flags, flag) != flags.end();
            out += fmt::format("<{0}>{1}</{0}>", flag, set);
        }
        return out + "</PublicAccessBlockConfiguration>";
    }
    void set_block(std::initializer_list<std::string_view> flags) {
        ASSERT_EQ(put_document("/acl?publicAccessBlock", block(flags)).status, 200);
    }
    int set_policy_for(std::string_view principal) {
        return send({.method = "PUT",
                     .target = "/acl?policy",
                     .body =
                         fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",)"
                                     R"("Principal":{},"Action":"s3:GetObject",)"
                                     R"("Resource":"arn:aws:s3:::acl/*"}}]}})",
                                     principal)})
            .status;
    }
};

TEST_F(PublicAccessTest, WhatWasPutComesBackAndIsDeleted) {
    const auto get = [&] { return send({.target = "/acl?publicAccessBlock"}); };
    const Answer none = get();
    EXPECT_EQ(none.status, 404);
    EXPECT_EQ(none.code(), "NoSuchPublicAccessBlockConfiguration");
    EXPECT_EQ(none.element("Message"), "The public access block configuration was not found");
    EXPECT_EQ(none.element("BucketName"), "acl");
    set_block({"BlockPublicAcls", "RestrictPublicBuckets"});
    EXPECT_EQ(get().body,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PublicAccessBlockConfiguration "
              "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
              "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>false</IgnorePublicAcls>"
              "<BlockPublicPolicy>false</BlockPublicPolicy>"
              "<RestrictPublicBuckets>true</RestrictPublicBuckets>"
              "</PublicAccessBlockConfiguration>");
    EXPECT_EQ(put_document("/acl?publicAccessBlock",
                           "<PublicAccessBlockConfiguration><BlockPublicPolicy>TRUE"
                           "</BlockPublicPolicy></PublicAccessBlockConfiguration>")
                  .status,
              200);
    EXPECT_EQ(get().element("BlockPublicPolicy"), "true");
    EXPECT_EQ(get().element("BlockPublicAcls"), "false");
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(send({.method = "DELETE", .target = "/acl?publicAccessBlock"}).status, 204);
    EXPECT_EQ(get().status, 404);
}

TEST_F(PublicAccessTest, ADocumentThatSaysNothingOrTooMuchIsRefused) {
    const std::pair<std::string, std::string> cases[] = {
        {"<PublicAccessBlockConfiguration/>", "InvalidRequest"},
        {"", "MalformedXML"},
        {"<Other/>", "MalformedXML"},
        {"<PublicAccessBlockConfiguration><Other>true</Other></PublicAccessBlockConfiguration>",
         "MalformedXML"},
        {"<PublicAccessBlockConfiguration><BlockPublicAcls>yes</BlockPublicAcls>"
         "</PublicAccessBlockConfiguration>",
         "MalformedXML"},
    };
    for (const auto& [document, code] : cases)
        EXPECT_EQ(put_document("/acl?publicAccessBlock", document).code(), code) << document;
    EXPECT_EQ(send({.target = "/acl?publicAccessBlock"}).status, 404);
}

TEST_F(PublicAccessTest, BlockPublicAclsRefusesToMakeSomethingPublic) {
    ASSERT_EQ(write("/acl/k").status, 200);
    set_block({"BlockPublicAcls"});
    const std::string everybody = "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"";
    const Headers refused[] = {{{"x-amz-acl", "public-read"}},
                               {{"x-amz-acl", "public-read-write"}},
                               {{"x-amz-acl", "authenticated-read"}},
                               {{"x-amz-grant-read-acp", everybody}}};
    for (const Headers& headers : refused) {
        EXPECT_EQ(set_acl("/acl", headers).code(), "AccessDenied") << headers[0].second;
        EXPECT_EQ(set_acl("/acl/k", headers).code(), "AccessDenied") << headers[0].second;
        EXPECT_EQ(write("/acl/new", headers).code(), "AccessDenied") << headers[0].second;
        EXPECT_EQ(send({.method = "POST", .target = "/acl/new?uploads", .headers = headers}).code(),
                  "AccessDenied");
    }
    EXPECT_EQ(
        put_document("/acl?acl", document(kOwner, group_grant("global/AllUsers", "READ"))).code(),
        "AccessDenied");
    EXPECT_EQ(status_of_get("/acl/new", kOwner), 404);
    const Headers allowed[] = {{{"x-amz-acl", "private"}},
                               {{"x-amz-grant-read", "id=" + id_of(kOther)}}};
    for (const Headers& headers : allowed) {
        EXPECT_EQ(set_acl("/acl", headers).status, 200);
        EXPECT_EQ(set_acl("/acl/k", headers).status, 200);
        EXPECT_EQ(write("/acl/new", headers).status, 200);
    }
}

TEST_F(PublicAccessTest, BlockPublicAclsLeavesWhatIsPublicAlready) {
    ASSERT_EQ(write("/acl/k", {{"x-amz-acl", "public-read"}}).status, 200);
    set_block({"BlockPublicAcls"});
    EXPECT_EQ(status_of_get("/acl/k", ""), 200);
}

TEST_F(PublicAccessTest, IgnorePublicAclsKeepsThePublicOut) {
    ASSERT_EQ(set_canned("/acl", "public-read").status, 200);
    ASSERT_EQ(write("/acl/k", {{"x-amz-acl", "public-read"}}).status, 200);
    ASSERT_EQ(write("/acl/shared", {{"x-amz-grant-read", "id=" + id_of(kOther)}}).status, 200);
    set_block({"IgnorePublicAcls"});
    for (const std::string_view account : {std::string_view(), kOther}) {
        EXPECT_EQ(status_of_get("/acl", account), 403);
        EXPECT_EQ(status_of_get("/acl/k", account), 403);
    }
    EXPECT_EQ(status_of_get("/acl/shared", kOther), 200);
    // New ones may still be written.
    EXPECT_EQ(set_canned("/acl", "public-read").status, 200);
}

TEST_F(PublicAccessTest, BlockPublicPolicyRefusesPublicPoliciesOnly) {
    ASSERT_EQ(set_policy_for(R"("*")"), 204);
    set_block({"BlockPublicPolicy"});
    EXPECT_EQ(set_policy_for(R"("*")"), 403);
    EXPECT_EQ(set_policy_for(R"({"AWS":"111111111111"})"), 204);
    EXPECT_EQ(send({.target = "/acl?policy"}).body.find("\"*\""), std::string::npos);
    EXPECT_EQ(send({.method = "DELETE", .target = "/acl?policy"}).status, 204);
}

TEST_F(PublicAccessTest, RestrictPublicBucketsLeavesAPublicBucketToItsOwner) {
    ASSERT_EQ(write("/acl/k").status, 200);
    ASSERT_EQ(set_policy_for(R"("*")"), 204);
    EXPECT_EQ(status_of_get("/acl/k", ""), 200);
    set_block({"RestrictPublicBuckets"});
    EXPECT_EQ(status_of_get("/acl/k", ""), 403);
    EXPECT_EQ(status_of_get("/acl/k", kOther), 403);
    EXPECT_EQ(status_of_get("/acl/k", kOwner), 200);
    ASSERT_EQ(set_policy_for(R"({"AWS":"111111111111"})"), 204);
    EXPECT_EQ(status_of_get("/acl/k", kOther), 200);
}

TEST_F(PublicAccessTest, ThePolicyStatusSaysWhetherThePolicyIsPublic) {
    const auto get = [&] { return send({.target = "/acl?policyStatus"}); };
    EXPECT_EQ(get().status, 404);
    EXPECT_EQ(get().code(), "NoSuchBucketPolicy");
    ASSERT_EQ(set_policy_for(R"("*")"), 204);
    EXPECT_EQ(get().body,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PolicyStatus "
              "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsPublic>true</IsPublic>"
              "</PolicyStatus>");
    ASSERT_EQ(set_policy_for(R"({"AWS":"111111111111"})"), 204);
    EXPECT_EQ(get().element("IsPublic"), "false");
}

TEST_F(PublicAccessTest, AclsCountForThePolicyStatusWithTheirSwitchOnly) {
    services_->compat.policy_status_counts_acls = true;
    const auto get = [&] { return send({.target = "/acl?policyStatus"}).element("IsPublic"); };
    EXPECT_EQ(get(), "false");
    ASSERT_EQ(set_canned("/acl", "authenticated-read").status, 200);
    EXPECT_EQ(get(), "true");
    ASSERT_EQ(set_policy_for(R"({"AWS":"111111111111"})"), 204);
    EXPECT_EQ(get(), "true");
    services_->compat.policy_status_counts_acls = false;
    EXPECT_EQ(get(), "false");
}

}  // namespace
}  // namespace tarn::s3
