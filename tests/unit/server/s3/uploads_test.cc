// Multipart uploads: whose they are, and what is left of them when requests race.

#include "server/s3/uploads.h"

#include "tests/unit/server/s3/uploads_under_test.h"

namespace tarn::s3 {
namespace {

using storage::Table;

class UploadTest : public UploadsTest {
  protected:
    // A part with an inline body, as write_part() commits it; false if the upload is gone.
    bool commit_part(storage::MetadataStore& store, const std::string& id, std::uint32_t number) {
        const BucketPtr bucket = buckets_.find("b");
        const auto guard_of = [&](const std::string& key) {
            const auto row = store.get(Table::Uploads, bucket->partition(), key);
            return storage::Guard{Table::Uploads, key, row ? row->revision : 0};
        };
        const storage::Guard upload = guard_of(upload_key("k", id));
        if (upload.revision == 0) return false;
        NewBody body{.ref = {.kind = BodyRef::Kind::Inline, .id = new_body_id(random_), .size = 4},
                     .inline_bytes = "late"};
        const std::string key = part_key(id, number);
        storage::Batch batch{.partition = bucket->partition(), .guards = {upload, guard_of(key)}};
        batch.mutations.push_back(
            {.table = Table::Uploads,
             .key = key,
             .value = encode(PartRecord{.body = body.ref, .etag = std::string(32, '0')})});
        append_body_rows(batch.mutations, body);
        return storage::commit_and_wait(store, std::move(batch)).has_value();
    }
};

TEST_F(UploadTest, TheInitiatorIsWhoCreatedTheUploadAndTheOwnerIsTheBuckets) {
    set_policy(R"({"Effect":"Allow","Principal":"*","Action":"s3:*",)"
               R"("Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]})");
    const std::string id = create({}, kOther);
    ASSERT_FALSE(id.empty());
    const auto person = [](std::string_view element, std::string_view account) {
        return fmt::format("<{0}><ID>{1}</ID></{0}>", element, auth::canonical_id_of(account));
    };
    for (const std::string& where : {std::string("/b?uploads"), target(id)}) {
        const Answer answer = send({.target = where});
        EXPECT_NE(answer.body.find(person("Initiator", kOther)), std::string::npos) << answer.body;
        EXPECT_NE(answer.body.find(person("Owner", kOwner)), std::string::npos) << answer.body;
    }
}

TEST_F(UploadTest, APageBeginsBehindAnUploadThatMayHaveEndedButMustHaveBeenOne) {
    const std::string first = create();
    clock_.advance(std::chrono::seconds(1));
    const std::string second = create();
    const auto page = [&](const std::string& query) {
        return send({.target = "/b?uploads" + query});
    };
    EXPECT_EQ(page("&max-uploads=1").element("NextUploadIdMarker"), first);
    ASSERT_EQ(abort(first).status, 204);
    EXPECT_EQ(page("&key-marker=k&upload-id-marker=" + first).element("UploadId"), second);
    EXPECT_EQ(page("&key-marker=k&upload-id-marker=" + second).element("UploadId"), "");
    for (const std::string& marker : {std::string("x"), first + "0", std::string(52, 'g')}) {
        const Answer answer = page("&key-marker=k&upload-id-marker=" + marker);
        EXPECT_EQ(answer.status, 400);
        EXPECT_EQ(answer.code(), "InvalidArgument");
        EXPECT_EQ(answer.element("Message"), "Invalid uploadId marker");
        EXPECT_EQ(answer.element("ArgumentName"), "upload-id-marker");
        EXPECT_EQ(answer.element("ArgumentValue"), marker);
        EXPECT_EQ(page("&upload-id-marker=" + marker).status, 200) << "means nothing alone";
    }
}

TEST_F(UploadTest, APageOfNothingIsNotTruncated) {
    const std::string id = create();
    upload_part(id, 1, "body");
    for (const std::string& where :
         {std::string("/b?uploads&max-uploads=0"), target(id) + "&max-parts=0"}) {
        const Answer answer = send({.target = where});
        EXPECT_EQ(answer.element("IsTruncated"), "false") << answer.body;
        EXPECT_EQ(answer.body.find("<Upload>"), std::string::npos);
        EXPECT_EQ(answer.body.find("<Part>"), std::string::npos);
    }
}

TEST_F(UploadTest, PartsComeInPages) {
    const std::string id = create();
    EXPECT_EQ(send({.target = target(id)}).element("NextPartNumberMarker"), "0");
    for (const int number : {10'000, 1, 7})
        upload_part(id, number, "body");
    const Answer first = send({.target = target(id) + "&max-parts=2"});
    EXPECT_EQ(first.element("PartNumberMarker"), "0");
    EXPECT_EQ(first.element("NextPartNumberMarker"), "7");
    EXPECT_EQ(first.element("MaxParts"), "2");
    EXPECT_EQ(first.element("IsTruncated"), "true");
    const Answer last = send({.target = target(id) + "&part-number-marker=7"});
    EXPECT_EQ(last.element("PartNumber"), "10000");
    EXPECT_EQ(last.element("IsTruncated"), "false");
    const Answer wrong = send({.target = target(id) + "&part-number-marker=x"});
    EXPECT_EQ(wrong.code(), "InvalidArgument");
}

TEST_F(UploadTest, AbortingOnConditionsOfDirectoryBucketsIsRefused) {
    const std::string id = create();
    EXPECT_EQ(
        send({.method = "DELETE",
              .target = target(id),
              .headers = {{"x-amz-if-match-initiated-time", "Tue, 14 Nov 2023 22:13:20 GMT"}}})
            .status,
        501);
    EXPECT_EQ(abort(id).status, 204);
    EXPECT_EQ(abort(id).code(), "NoSuchUpload");
}

TEST_F(UploadTest, APartThatArrivesWhileTheUploadIsAbortedLeavesNothingBehind) {
    const std::string id = create();
    upload_part(id, 1, "body");
    bool arrived = false;
    store_->before_next_commit([&](auto& store) { arrived = commit_part(store, id, 2); });
    EXPECT_EQ(send({.method = "DELETE", .target = target(id)}).status, 204);
    EXPECT_TRUE(arrived);
    EXPECT_EQ(row_count(Table::Uploads), 0u);
    EXPECT_EQ(row_count(Table::Bodies), 0u);
}

TEST_F(UploadTest, APartThatIsReplacedWhileTheUploadIsAbortedLeavesNothingBehind) {
    const std::string id = create();
    upload_part(id, 1, "");  // no body of its own, which commit_part() would not drop
    bool arrived = false;
    store_->before_next_commit([&](auto& store) { arrived = commit_part(store, id, 1); });
    EXPECT_EQ(send({.method = "DELETE", .target = target(id)}).status, 204);
    EXPECT_TRUE(arrived);
    EXPECT_EQ(row_count(Table::Uploads), 0u);
    EXPECT_EQ(row_count(Table::Bodies), 0u);
}

TEST_F(UploadTest, PartsThatComeWhileTheUploadIsCompletedLeaveNothingBehind) {
    for (const std::uint32_t late : {2u, 3u}) {  // replaces an unused part; is a new one
        const std::string id = create();
        const std::string etag = upload_part(id, 1, "body");
        upload_part(id, 2, "");
        bool arrived = false;
        store_->before_next_commit([&](auto& store) { arrived = commit_part(store, id, late); });
        const Answer answer = complete(id, part_xml(1, etag));
        EXPECT_EQ(answer.status, 200) << answer.body;
        EXPECT_TRUE(arrived);
        EXPECT_EQ(row_count(Table::Uploads), 0u);
        EXPECT_EQ(row_count(Table::Bodies), 2u) << "the part's body and the manifest";
        EXPECT_EQ(send({.target = "/b/k"}).body, "body");
        ASSERT_EQ(send({.method = "DELETE", .target = "/b/k"}).status, 204);
        EXPECT_EQ(row_count(Table::Bodies), 0u);
    }
}

TEST_F(UploadTest, APartThatIsReplacedWhileItsUploadIsCompletedIsNotTheOneThatWasNamed) {
    services_->compat.bucket_encryption_unset = true;  // commit_part() seals nothing
    const std::string id = create();
    const std::string etag = upload_part(id, 1, "");
    store_->before_next_commit([&](auto& store) { commit_part(store, id, 1); });
    EXPECT_EQ(complete(id, part_xml(1, etag)).code(), "InvalidPart");
    EXPECT_EQ(complete(id, part_xml(1, std::string(32, '0'))).status, 200);
    EXPECT_EQ(send({.target = "/b/k"}).body, "late");
}

}  // namespace
}  // namespace tarn::s3
