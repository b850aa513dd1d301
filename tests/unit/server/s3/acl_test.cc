// What ACLs say and how they are written; what they decide is in acl_access_test.cc.

#include "server/s3/bucket_registry.h"
#include "tests/unit/server/s3/acl_under_test.h"

namespace tarn::s3 {
namespace {

const std::string kFull = "FULL_CONTROL";

TEST_F(AclTest, AnAclReadsExactlyAsS3WritesIt) {
    EXPECT_EQ(acl_of("/acl"),
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>" +
                  id_of(kOwner) +
                  "</ID></Owner><AccessControlList><Grant><Grantee "
                  "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                  "xsi:type=\"CanonicalUser\"><ID>" +
                  id_of(kOwner) +
                  "</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>"
                  "</AccessControlList></AccessControlPolicy>");
}

TEST_F(AclTest, ACannedAclStandsForItsGrants) {
    const std::string owner = user_grant(kOwner, kFull);
    const std::string everybody = group_grant("global/AllUsers", "READ");
    const std::string za_team = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";
    struct Case {
        std::string name;
        std::string of_bucket;  // empty: refused
        std::string of_object;
    };
    const Case cases[] = {
        {"private", owner, owner},
        {"public-read", owner + everybody, owner + everybody},
        {"public-read-write", owner + everybody + group_grant("global/AllUsers", "WRITE"),
         owner + everybody + group_grant("global/AllUsers", "WRITE")},
        {"authenticated-read", owner + group_grant("global/AuthenticatedUsers", "READ"),
         owner + group_grant("global/AuthenticatedUsers", "READ")},
        {"aws-exec-read", owner + grant_xml("CanonicalUser", "ID", za_team, "READ"),
         owner + grant_xml("CanonicalUser", "ID", za_team, "READ")},
        {"log-delivery-write",
         owner + group_grant("s3/LogDelivery", "WRITE") + group_grant("s3/LogDelivery", "READ_ACP"),
         ""},
        {"bucket-owner-read", owner, owner},
        {"bucket-owner-full-control", owner, owner},
        {"public-ready", "", ""},
    };
    ASSERT_EQ(write("/acl/k").status, 200);
    for (const Case& row : cases) {
        for (const auto& [target, grants] : {std::pair{std::string("/acl"), row.of_bucket},
                                             std::pair{std::string("/acl/k"), row.of_object}}) {
            ASSERT_EQ(set_canned(target, "private").status, 200);
            const Answer answer = set_canned(target, row.name);
            if (grants.empty()) {
                EXPECT_EQ(answer.code(), "InvalidArgument") << row.name;
                EXPECT_EQ(answer.element("ArgumentName"), "x-amz-acl");
                EXPECT_EQ(answer.element("ArgumentValue"), row.name);
                EXPECT_EQ(acl_of(target), shown(kOwner, owner));
            } else {
                EXPECT_EQ(answer.status, 200) << row.name << answer.body;
                EXPECT_EQ(acl_of(target), shown(kOwner, grants)) << row.name;
            }
        }
    }
}

TEST_F(AclTest, ACannedAclOfAnObjectInAnothersBucketSpeaksOfItsOwner) {
    ASSERT_EQ(set_canned("/acl", "public-read-write").status, 200);
    const std::pair<std::string, std::string> cases[] = {
        {"bucket-owner-read", user_grant(kOther, kFull) + user_grant(kOwner, "READ")},
        {"bucket-owner-full-control", user_grant(kOther, kFull) + user_grant(kOwner, kFull)},
    };
    for (const auto& [name, grants] : cases) {
        ASSERT_EQ(write("/acl/k", {{"x-amz-acl", name}}, kOther).status, 200);
        EXPECT_EQ(acl_of("/acl/k", kOther), shown(kOther, grants)) << name;
    }
}

TEST_F(AclTest, GrantHeadersGrantWhatTheyNameAndNothingToTheOwner) {
    const Headers headers = {
        {"x-amz-grant-full-control", "id=\"" + id_of(kOther) + "\""},
        {"x-amz-grant-read",
         "id=" + id_of(kOwner) + ", uri=\"http://acs.amazonaws.com/groups/global/AllUsers\""},
        {"x-amz-grant-write-acp", "id=\"" + id_of(kOwner) + "\""}};
    const std::string grants = user_grant(kOwner, "READ") + group_grant("global/AllUsers", "READ") +
                               user_grant(kOwner, "WRITE_ACP") + user_grant(kOther, kFull);
    EXPECT_EQ(set_acl("/acl", headers).status, 200);
    EXPECT_EQ(acl_of("/acl"), shown(kOwner, grants));
    ASSERT_EQ(write("/acl/k", headers).status, 200);
    EXPECT_EQ(acl_of("/acl/k"), shown(kOwner, grants));
}

TEST_F(AclTest, AGrantHeaderThatNamesNobodyIsRefused) {
    struct Case {
        std::string value;
        std::string code;
        std::string message;
        std::string name;
        std::string argument;
    };
    const Case cases[] = {
        {"id=\"0123\"", "InvalidArgument", "Invalid id", "id", "0123"},
        {"uri=\"http://acs.amazonaws.com/groups/global/Everyone\"", "InvalidArgument",
         "Invalid group uri", "uri", "http://acs.amazonaws.com/groups/global/Everyone"},
        {"name=me", "InvalidArgument", "Argument format not recognized", "x-amz-grant-read",
         "name=me"},
        {"nobody", "InvalidArgument", "Argument format not recognized", "x-amz-grant-read",
         "nobody"},
        {"emailAddress=\"a@example.com\"", "MethodNotAllowed",
         "The specified method is not allowed against this resource.", "", ""},
    };
    for (const Case& row : cases) {
        const Answer answer = set_acl("/acl", {{"x-amz-grant-read", row.value}});
        EXPECT_EQ(answer.code(), row.code) << row.value;
        EXPECT_EQ(answer.element("Message"), row.message);
        EXPECT_EQ(answer.element("ArgumentName"), row.name);
        EXPECT_EQ(answer.element("ArgumentValue"), row.argument);
    }
    EXPECT_EQ(acl_of("/acl"), shown(kOwner, user_grant(kOwner, kFull)));
}

TEST_F(AclTest, TheThreeWaysToNameAnAclExcludeOneAnother) {
    const Headers canned = {{"x-amz-acl", "private"}};
    const Headers grant = {{"x-amz-grant-read", "id=" + id_of(kOther)}};
    const Answer nothing = set_acl("/acl", {});
    EXPECT_EQ(nothing.status, 400);
    EXPECT_EQ(nothing.code(), "MissingSecurityHeader");
    EXPECT_EQ(nothing.element("Message"), "Your request was missing a required header");
    EXPECT_EQ(nothing.element("MissingHeaderName"), "x-amz-acl");
    const Answer both = set_acl("/acl", {canned[0], grant[0]});
    EXPECT_EQ(both.code(), "InvalidRequest");
    EXPECT_EQ(both.element("Message"),
              "Specifying both Canned ACLs and Header Grants is not allowed");
    for (const Headers& headers : {canned, grant}) {
        const Answer answer = send({.method = "PUT",
                                    .target = "/acl?acl",
                                    .headers = headers,
                                    .body = document(kOwner, user_grant(kOwner, kFull))});
        EXPECT_EQ(answer.status, 400);
        EXPECT_EQ(answer.code(), "UnexpectedContent");
        EXPECT_EQ(answer.element("Message"), "This request does not support content");
    }
}

TEST_F(AclTest, ADocumentIsKeptInItsOrder) {
    const std::string grants = group_grant("s3/LogDelivery", "WRITE") + user_grant(kOther, "READ") +
                               group_grant("global/AuthenticatedUsers", "READ_ACP") +
                               user_grant(kOwner, kFull);
    ASSERT_EQ(write("/acl/k").status, 200);
    for (const std::string target : {"/acl", "/acl/k"}) {
        ASSERT_EQ(put_document(target + "?acl", document(kOwner, grants)).status, 200);
        EXPECT_EQ(acl_of(target), shown(kOwner, grants));
        ASSERT_EQ(put_document(target + "?acl", document(kOwner, "")).status, 200);
        EXPECT_EQ(acl_of(target), shown(kOwner, ""));
    }
    EXPECT_EQ(send({.target = "/acl/k"}).body, "body");
}

TEST_F(AclTest, ADocumentThatNamesNobodyIsRefused) {
    struct Case {
        std::string body;
        std::string code;
        std::string message;
        std::string name;
    };
    const std::string malformed =
        "The XML you provided was not well-formed or did not validate against our published schema";
    const std::string good = user_grant(kOwner, kFull);
    std::string too_many;
    for (std::size_t i = 0; i <= auth::kMaxGrants; ++i)
        too_many += good;
    const Case cases[] = {
        {"<AccessControlPolicy>", "MalformedACLError", malformed, ""},
        {"<Other/>", "MalformedACLError", malformed, ""},
        {"<AccessControlPolicy/>", "MalformedACLError", malformed, ""},
        {"<AccessControlPolicy><AccessControlList/></AccessControlPolicy>", "MalformedACLError",
         malformed, ""},
        {"<AccessControlPolicy><Owner><ID>" + id_of(kOwner) + "</ID></Owner></AccessControlPolicy>",
         "MalformedACLError", malformed, ""},
        {document(kOwner, "<Grant/>"), "MalformedACLError", malformed, ""},
        {document(kOwner, "<Other/>"), "MalformedACLError", malformed, ""},
        {document(kOwner, user_grant(kOwner, "OWN")), "MalformedACLError", malformed, ""},
        {document(kOwner, grant_xml("Person", "ID", id_of(kOwner), kFull)), "MalformedACLError",
         malformed, ""},
        {document(kOwner, grant_xml("Group", "ID", id_of(kOwner), kFull)), "MalformedACLError",
         malformed, ""},
        {document(kOwner, too_many), "MalformedACLError", malformed, ""},
        {document(kOwner, grant_xml("CanonicalUser", "ID", "_foo", kFull)), "InvalidArgument",
         "Invalid id", "CanonicalUser/ID"},
        {document(kOwner, grant_xml("Group", "URI", "http://x", kFull)), "InvalidArgument",
         "Invalid group uri", "Group/URI"},
        {document("999999999999", good), "InvalidArgument", "Invalid id", "CanonicalUser/ID"},
        {document(kOther, good), "AccessDenied", "Access Denied", ""},
        {document(kOwner, grant_xml("AmazonCustomerByEmail", "EmailAddress", "a@b.c", kFull)),
         "MethodNotAllowed", "The specified method is not allowed against this resource.", ""},
    };
    ASSERT_EQ(write("/acl/k").status, 200);
    for (const std::string target : {"/acl", "/acl/k"}) {
        for (const Case& row : cases) {
            const Answer answer = put_document(target + "?acl", row.body);
            EXPECT_EQ(answer.code(), row.code) << row.body;
            EXPECT_EQ(answer.element("Message"), row.message) << row.body;
            EXPECT_EQ(answer.element("ArgumentName"), row.name) << row.body;
        }
        EXPECT_EQ(acl_of(target), shown(kOwner, good));
    }
    const std::string most = too_many.substr(good.size());
    EXPECT_EQ(put_document("/acl?acl", document(kOwner, most)).status, 200);
}

TEST_F(AclTest, WhatAclsCannotBeReadOfIsMissing) {
    const Answer answer = send({.target = "/acl/missing?acl"});
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.code(), "NoSuchKey");
    EXPECT_EQ(set_canned("/acl/missing", "private").code(), "NoSuchKey");
}

TEST_F(AclTest, ACopyHasTheAclOfItsOwnRequest) {
    ASSERT_EQ(write("/acl/k", {{"x-amz-acl", "public-read"}}).status, 200);
    const auto copy = [&](Headers headers) {
        headers.emplace_back("x-amz-copy-source", "/acl/k");
        return send({.method = "PUT", .target = "/acl/copy", .headers = headers}).status;
    };
    ASSERT_EQ(copy({}), 200);
    EXPECT_EQ(acl_of("/acl/copy"), shown(kOwner, user_grant(kOwner, kFull)));
    ASSERT_EQ(copy({{"x-amz-acl", "authenticated-read"}}), 200);
    EXPECT_EQ(acl_of("/acl/copy"),
              shown(kOwner,
                    user_grant(kOwner, kFull) + group_grant("global/AuthenticatedUsers", "READ")));
}

TEST_F(AclTest, AnUploadKeepsTheAclThatItBeganWith) {
    const std::string id = send({.method = "POST",
                                 .target = "/acl/k?uploads",
                                 .headers = {{"x-amz-acl", "public-read"}}})
                               .element("UploadId");
    const Answer part = write("/acl/k?partNumber=1&uploadId=" + id);
    ASSERT_EQ(part.status, 200);
    const std::string etag = "841a2d689ad86bd1611447453c22c6fc";  // of "body"
    ASSERT_EQ(send({.method = "POST",
                    .target = "/acl/k?uploadId=" + id,
                    .body = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" +
                            etag + "</ETag></Part></CompleteMultipartUpload>"})
                  .status,
              200);
    EXPECT_EQ(send({.target = "/acl/k", .account = ""}).body, "body");
}

TEST_F(AclTest, OverwritingAnObjectForgetsItsAcl) {
    ASSERT_EQ(write("/acl/k", {{"x-amz-acl", "public-read"}}).status, 200);
    EXPECT_EQ(status_of_get("/acl/k", ""), 200);
    ASSERT_EQ(write("/acl/k").status, 200);
    EXPECT_EQ(status_of_get("/acl/k", ""), 403);
}

TEST_F(AclTest, ABucketsAclIsThereAfterARestart) {
    ASSERT_EQ(set_canned("/acl", "public-read").status, 200);
    BucketRegistry reloaded;
    ASSERT_TRUE(reloaded.load(*store_));
    const BucketPtr bucket = reloaded.find("acl");
    ASSERT_TRUE(bucket);
    EXPECT_EQ(bucket->access.acl, buckets_.find("acl")->access.acl);
    EXPECT_EQ(bucket->access.acl.size(), 2u);
    EXPECT_EQ(bucket->access.ownership, ObjectOwnership::ObjectWriter);
}

TEST_F(AclTest, ABucketIsCreatedWithItsAcl) {
    make_bucket("public", "BucketOwnerPreferred", {{"x-amz-acl", "public-read"}});
    EXPECT_EQ(acl_of("/public"),
              shown(kOwner, user_grant(kOwner, kFull) + group_grant("global/AllUsers", "READ")));
    EXPECT_EQ(status_of_get("/public", ""), 200);
    // Creating it again is a success in us-east-1, and resets the ACL.
    make_bucket("public", "BucketOwnerPreferred");
    EXPECT_EQ(status_of_get("/public", ""), 403);
    EXPECT_EQ(acl_of("/public"), shown(kOwner, user_grant(kOwner, kFull)));
    make_bucket("public", "BucketOwnerPreferred", {{"x-amz-acl", "public-read"}});
    EXPECT_EQ(status_of_get("/public", ""), 200);
}

TEST_F(AclTest, TheOwnerCanTakeItsOwnGrantsBack) {
    ASSERT_EQ(put_document("/acl?acl", document(kOwner, "")).status, 200);
    EXPECT_EQ(set_canned("/acl", "private").status, 200);
}

TEST_F(AclTest, DisplayNamesComeWithTheirSwitchOnly) {
    ASSERT_EQ(write("/acl/k").status, 200);
    for (const std::string target : {"/acl?acl", "/acl/k?acl", "/acl", "/"})
        EXPECT_EQ(send({.target = target}).element("DisplayName"), "") << target;
    services_->compat.owner_display_name = true;
    for (const std::string target : {"/acl?acl", "/acl/k?acl", "/acl", "/"})
        EXPECT_EQ(send({.target = target}).element("DisplayName"), "tarn") << target;
}

TEST_F(AclTest, GroupsComeFirstWithTheirSwitchOnly) {
    ASSERT_EQ(set_canned("/acl", "public-read").status, 200);
    const std::string owner = user_grant(kOwner, kFull);
    const std::string group = group_grant("global/AllUsers", "READ");
    EXPECT_EQ(acl_of("/acl"), shown(kOwner, owner + group));
    services_->compat.acl_groups_first = true;
    EXPECT_EQ(acl_of("/acl"), shown(kOwner, group + owner));
}

TEST_F(AclTest, EmailGranteesAreLookedUpWithTheirSwitchOnly) {
    services_->compat.email_grantees = true;
    const Answer unknown =
        set_acl("/acl", {{"x-amz-grant-read", "emailAddress=\"nobody@example.com\""}});
    EXPECT_EQ(unknown.status, 400);
    EXPECT_EQ(unknown.code(), "UnresolvableGrantByEmailAddress");
    EXPECT_EQ(unknown.element("Message"),
              "The email address you provided does not match any account on record.");
    EXPECT_EQ(
        put_document("/acl?acl", document(kOwner, grant_xml("AmazonCustomerByEmail", "EmailAddress",
                                                            "other@example.com", "READ")))
            .status,
        200);
    EXPECT_EQ(acl_of("/acl"), shown(kOwner, user_grant(kOther, "READ")));
}

}  // namespace
}  // namespace tarn::s3
