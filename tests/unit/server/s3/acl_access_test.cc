// What ACLs let whom do.

#include "tests/unit/server/s3/acl_under_test.h"

namespace tarn::s3 {
namespace {

TEST_F(AclTest, ABucketGrantAllowsItsOperationsOnly) {
    ASSERT_EQ(write("/acl/k").status, 200);
    struct Operation {
        std::string_view name;
        std::string_view permission;  // READ …
        std::string_view method;
        std::string target;
        Headers headers;
    };
    const Operation operations[] = {
        {"ListObjects", "READ", "GET", "/acl", {}},
        {"ListObjectsV2", "READ", "GET", "/acl?list-type=2", {}},
        {"HeadBucket", "READ", "HEAD", "/acl", {}},
        {"ListMultipartUploads", "READ", "GET", "/acl?uploads", {}},
        {"PutObject", "WRITE", "PUT", "/acl/new", {}},
        {"PutObject with tags", "WRITE", "PUT", "/acl/new", {{"x-amz-tagging", "a=1"}}},
        {"CreateMultipartUpload", "WRITE", "POST", "/acl/new?uploads", {}},
        {"DeleteObject", "WRITE", "DELETE", "/acl/gone", {}},
        {"GetBucketAcl", "READ_ACP", "GET", "/acl?acl", {}},
        {"PutBucketAcl", "WRITE_ACP", "PUT", "/acl?acl", {{"x-amz-acl", "private"}}},
        {"GetObject", "", "GET", "/acl/k", {}},
        {"PutObjectTagging", "", "PUT", "/acl/k?tagging", {}},
        {"GetBucketPolicy", "", "GET", "/acl?policy", {}},
        {"GetBucketLocation", "", "GET", "/acl?location", {}},
        {"DeleteBucket", "", "DELETE", "/acl", {}},
    };
    for (const char* granted : {"READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"}) {
        for (const Operation& operation : operations) {
            const std::string grants =
                user_grant(kOwner, "FULL_CONTROL") + user_grant(kOther, granted);
            ASSERT_EQ(put_document("/acl?acl", document(kOwner, grants)).status, 200);
            const bool allowed =
                operation.permission == granted ||
                (!operation.permission.empty() && std::string_view(granted) == "FULL_CONTROL");
            const int status = send({.method = operation.method,
                                     .target = operation.target,
                                     .headers = operation.headers,
                                     .account = kOther})
                                   .status;
            EXPECT_EQ(status < 300, allowed) << granted << " " << operation.name << " " << status;
            EXPECT_EQ(status == 403, !allowed) << granted << " " << operation.name << " " << status;
        }
    }
}

TEST_F(AclTest, AnObjectGrantAllowsItsOperationsOnly) {
    ASSERT_EQ(write("/acl/k").status, 200);
    struct Operation {
        std::string_view name;
        std::string_view permission;
        std::string_view method;
        std::string target;
        Headers headers;
    };
    const Operation operations[] = {
        {"GetObject", "READ", "GET", "/acl/k", {}},
        {"HeadObject", "READ", "HEAD", "/acl/k", {}},
        {"GetObjectAcl", "READ_ACP", "GET", "/acl/k?acl", {}},
        {"PutObjectAcl", "WRITE_ACP", "PUT", "/acl/k?acl", {{"x-amz-acl", "private"}}},
        {"PutObject", "", "PUT", "/acl/k", {}},
        {"DeleteObject", "", "DELETE", "/acl/k", {}},
        {"GetObjectTagging", "", "GET", "/acl/k?tagging", {}},
        {"ListObjects", "", "GET", "/acl", {}},
    };
    for (const char* granted : {"READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"}) {
        for (const Operation& operation : operations) {
            const std::string grants =
                user_grant(kOwner, "FULL_CONTROL") + user_grant(kOther, granted);
            ASSERT_EQ(put_document("/acl/k?acl", document(kOwner, grants)).status, 200);
            const bool allowed =
                operation.permission == granted ||
                (!operation.permission.empty() && std::string_view(granted) == "FULL_CONTROL");
            const int status = send({.method = operation.method,
                                     .target = operation.target,
                                     .headers = operation.headers,
                                     .account = kOther})
                                   .status;
            EXPECT_EQ(status, allowed ? 200 : 403) << granted << " " << operation.name;
        }
    }
}

TEST_F(AclTest, EverybodyReadsAPublicObjectAndListsAPublicBucket) {
    ASSERT_EQ(write("/acl/k", {{"x-amz-acl", "public-read"}}).status, 200);
    ASSERT_EQ(write("/acl/secret").status, 200);
    for (const std::string_view account : {std::string_view(), kOther}) {
        EXPECT_EQ(send({.target = "/acl/k", .account = account}).body, "body");
        EXPECT_EQ(status_of_get("/acl/secret", account), 403);
        EXPECT_EQ(status_of_get("/acl", account), 403);
        EXPECT_EQ(status_of_get("/acl/missing", account), 403);
    }
    ASSERT_EQ(set_canned("/acl", "public-read").status, 200);
    for (const std::string_view account : {std::string_view(), kOther}) {
        EXPECT_EQ(status_of_get("/acl", account), 200);
        EXPECT_EQ(status_of_get("/acl/secret", account), 403);
        EXPECT_EQ(status_of_get("/acl/missing", account), 404);
        EXPECT_EQ(write("/acl/new", {}, account).status, 403);
    }
}

TEST_F(AclTest, OnlyAccountsReadWhatAuthenticatedUsersMay) {
    ASSERT_EQ(write("/acl/k", {{"x-amz-acl", "authenticated-read"}}).status, 200);
    EXPECT_EQ(status_of_get("/acl/k", kOther), 200);
    EXPECT_EQ(status_of_get("/acl/k", ""), 403);
}

TEST_F(AclTest, ASmallPublicObjectIsAnsweredWithoutWaiting) {
    ASSERT_EQ(write("/acl/k", {{"x-amz-acl", "public-read"}}).status, 200);
    EXPECT_EQ(status_of_get("/acl/k", ""), 200);
    EXPECT_TRUE(answered_now_);
    EXPECT_EQ(status_of_get("/acl/k", kOwner), 200);
    EXPECT_TRUE(answered_now_);
}

TEST_F(AclTest, AnybodyWritesWhereTheAclLetsThem) {
    ASSERT_EQ(set_canned("/acl", "public-read-write").status, 200);
    ASSERT_EQ(write("/acl/k", {}, "").status, 200);
    // Owned by nobody with an account: the bucket's owner may remove it.
    EXPECT_EQ(status_of_get("/acl/k", ""), 200);
    EXPECT_EQ(status_of_get("/acl/k", kOwner), 403);
    EXPECT_NE(acl_of("/acl/k", "").find("<Owner><ID>65a011a29cdf8ec533ec3d1ccaae921c</ID></Owner>"),
              std::string::npos);
    EXPECT_EQ(send({.method = "DELETE", .target = "/acl/k"}).status, 204);
    // Uploads in parts need somebody to name.
    EXPECT_EQ(send({.method = "POST", .target = "/acl/k?uploads", .account = ""}).status, 403);
}

TEST_F(AclTest, AnObjectOfAnotherAccountIsThatAccountsToRead) {
    ASSERT_EQ(set_canned("/acl", "public-read-write").status, 200);
    ASSERT_EQ(write("/acl/k", {}, kOther).status, 200);
    for (const std::string target : {"/acl/k", "/acl/k?acl"}) {
        EXPECT_EQ(status_of_get(target, kOther), 200) << target;
        EXPECT_EQ(status_of_get(target, kOwner), 403) << target;
    }
    EXPECT_EQ(set_canned("/acl/k", "private", kOwner).status, 403);
    EXPECT_EQ(
        send({.method = "PUT", .target = "/b/copy", .headers = {{"x-amz-copy-source", "/acl/k"}}})
            .status,
        403);
    // Whatever the bucket's policy says of it.
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/acl?policy",
                    .body = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                            R"("Principal":"*","Action":"s3:GetObject",)"
                            R"("Resource":"arn:aws:s3:::acl/*"}]})"})
                  .status,
              204);
    EXPECT_EQ(status_of_get("/acl/k", ""), 403);
    EXPECT_EQ(set_canned("/acl/k", "bucket-owner-read", kOther).status, 200);
    EXPECT_EQ(status_of_get("/acl/k", kOwner), 200);
    EXPECT_EQ(
        send({.method = "PUT", .target = "/b/copy", .headers = {{"x-amz-copy-source", "/acl/k"}}})
            .status,
        200);
    EXPECT_EQ(send({.method = "DELETE", .target = "/acl/k"}).status, 204);
}

TEST_F(AclTest, ADenyInThePolicyBeatsTheAcl) {
    ASSERT_EQ(write("/acl/k", {{"x-amz-acl", "public-read"}}).status, 200);
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/acl?policy",
                    .body = R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny",)"
                            R"("Principal":"*","Action":"s3:GetObject",)"
                            R"("Resource":"arn:aws:s3:::acl/*"}]})"})
                  .status,
              204);
    EXPECT_EQ(status_of_get("/acl/k", ""), 403);
    EXPECT_EQ(status_of_get("/acl/k", kOwner), 403);
}

// Between admitting the caller and reading the object another one may have come in its place.
TEST_F(AclTest, WhoeverWasAdmittedToAPublicObjectDoesNotGetThePrivateOneThatFollowed) {
    const std::string large(200'000, 'x');  // not answered at once
    const Headers is_public = {{"x-amz-acl", "public-read"}};
    ASSERT_EQ(
        send({.method = "PUT", .target = "/acl/k", .headers = is_public, .body = large}).status,
        200);
    ASSERT_EQ(status_of_get("/acl/k", ""), 200);
    ASSERT_FALSE(answered_now_);
    const storage::Partition partition = buckets_.find("acl")->partition();
    const auto row = store_->get(storage::Table::Objects, partition, "k");
    ASSERT_TRUE(row);
    auto record = decode_object(row->value);
    ASSERT_TRUE(record);
    record->attributes.acl.reset();
    // The quick path reads first, then who may is decided.
    store_->after_reads(storage::Table::Objects, 2, [&](storage::MetadataStore& store) {
        ASSERT_TRUE(storage::commit_and_wait(
            store,
            {.partition = partition,
             .mutations = {
                 {.table = storage::Table::Objects, .key = "k", .value = encode(*record)}}}));
    });
    EXPECT_EQ(status_of_get("/acl/k", ""), 403);
}

TEST_F(AclTest, NorIsTheAclOfWhatFollowedReadOrChanged) {
    const Sent cases[] = {
        {.method = "GET", .target = "/acl/k?acl", .account = kOther},
        {.method = "PUT",
         .target = "/acl/k?acl",
         .headers = {{"x-amz-acl", "public-read"}},
         .account = kOther},
    };
    const storage::Partition partition = buckets_.find("acl")->partition();
    for (const Sent& sent : cases) {
        ASSERT_EQ(write("/acl/k", {{"x-amz-grant-full-control", "id=" + id_of(kOther)}}).status,
                  200);
        auto record =
            decode_object(store_->get(storage::Table::Objects, partition, "k").value().value);
        ASSERT_TRUE(record);
        record->attributes.acl.reset();
        store_->after_reads(storage::Table::Objects, 1, [&](storage::MetadataStore& store) {
            ASSERT_TRUE(storage::commit_and_wait(
                store,
                {.partition = partition,
                 .mutations = {
                     {.table = storage::Table::Objects, .key = "k", .value = encode(*record)}}}));
        });
        EXPECT_EQ(send(sent).status, 403) << sent.method;
        EXPECT_EQ(acl_of("/acl/k"), shown(kOwner, user_grant(kOwner, "FULL_CONTROL")));
    }
}

TEST_F(S3Test, AclsThatWereWrittenEarlierNoLongerCountUnderTheOwnersEnforcedOwnership) {
    const auto with_ownership = [&](std::string value) {
        return send({.method = "PUT",
                     .target = "/b?ownershipControls",
                     .body = "<OwnershipControls><Rule><ObjectOwnership>" + value +
                             "</ObjectOwnership></Rule></OwnershipControls>"})
            .status;
    };
    ASSERT_EQ(with_ownership("ObjectWriter"), 200);
    ASSERT_EQ(put("k", "body", {{"x-amz-acl", "public-read"}}).status, 200);
    const auto status_of = [&] { return send({.target = "/b/k", .account = ""}).status; };
    EXPECT_EQ(status_of(), 200);
    ASSERT_EQ(with_ownership("BucketOwnerEnforced"), 200);
    EXPECT_EQ(status_of(), 403);
    EXPECT_EQ(send({.target = "/b/k?acl"}).body.find("AllUsers"), std::string::npos);
    ASSERT_EQ(with_ownership("BucketOwnerPreferred"), 200);
    EXPECT_EQ(status_of(), 200);
}

}  // namespace
}  // namespace tarn::s3
