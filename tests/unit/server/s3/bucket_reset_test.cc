#include "server/s3/bucket_reset.h"

#include "common/crypto/digest.h"
#include "server/s3/blob_references.h"
#include "server/storage/blob_collector.h"
#include "tests/unit/server/s3/uploads_under_test.h"

#include <functional>
#include <set>

#include <gmock/gmock.h>

namespace tarn::s3 {
namespace {

using storage::Table;

class BucketResetTest : public UploadsTest {
  protected:
    void reset() { ASSERT_TRUE(reset_buckets(*services_).has_value()); }
    void make_bucket(const std::string& name) {
        ASSERT_TRUE(run(create_bucket_rows(
                            *services_, name,
                            {.owner_account_id = std::string(kOwner), .region = "us-east-1"}))
                        .has_value());
    }
    // Bucket "b" with objects of all kinds, and bucket "empty" without any.
    void fill() {
        if (!buckets_.find("b")) make_bucket("b");
        make_bucket("empty");
        ASSERT_EQ(send({.method = "PUT",
                        .target = "/b?versioning",
                        .body = "<VersioningConfiguration><Status>Enabled</Status>"
                                "</VersioningConfiguration>"})
                      .status,
                  200);
        for (const std::string& body : {std::string("small"), std::string(100'000, 'l')}) {
            ASSERT_EQ(put("k", body).status, 200);
            ASSERT_EQ(put("other", body).status, 200);
        }
        ASSERT_EQ(send({.method = "DELETE", .target = "/b/other"}).status, 204);
        const std::string done = create();
        const std::string first = upload_part(done, 1, std::string(kMinPartBytes, '1'));
        const std::string second = upload_part(done, 2, "2");
        ASSERT_EQ(complete(done, part_xml(1, first) + part_xml(2, second)).status, 200);
        upload_ = create();
        part_ = upload_part(upload_, 1, std::string(100'000, 'p'));
    }
    // What buckets have in the store: "Objects", "System" …
    std::vector<std::string> tables_with_rows() {
        const std::pair<Table, std::string> kTables[] = {
            {Table::System, "System"}, {Table::Objects, "Objects"}, {Table::Versions, "Versions"},
            {Table::Bodies, "Bodies"}, {Table::Uploads, "Uploads"},
        };
        std::vector<std::string> found;
        for (const auto& [table, name] : kTables) {
            auto partitions = *store_->partitions(table);
            std::erase(partitions, storage::kSystemPartition);
            if (!partitions.empty()) found.push_back(name);
        }
        const auto cursor = store_->scan(Table::System, storage::kSystemPartition, kBucketPrefix);
        if (cursor->valid() && cursor->key().starts_with(kBucketPrefix))
            found.emplace_back("Record");
        return found;
    }
    std::size_t blob_count() {
        std::size_t count = 0;
        EXPECT_TRUE(
            engine_->blobs().for_each([&](const storage::BlobId&) { ++count; }).has_value());
        return count;
    }
    Answer send_document(const std::string& target, std::string document) {
        const std::string digest = to_base64(crypto::md5(document));
        return send({.method = "POST",
                     .target = target,
                     .headers = {{"content-md5", digest}},
                     .body = std::move(document)});
    }

    std::string upload_;  // in progress
    std::string part_;    // the ETag of its part 1
};

TEST_F(BucketResetTest, RemovesEverything) {
    fill();
    ASSERT_GT(blob_count(), 0u);
    reset();
    EXPECT_EQ(send({.target = "/"}).body.find("<Bucket>"), std::string::npos);
    EXPECT_EQ(send({.target = "/empty?versions"}).code(), "NoSuchBucket");
    EXPECT_NE(send({.target = "/b/k"}).status, 200);
    EXPECT_NE(put("k", "body").status, 200);
    EXPECT_THAT(tables_with_rows(), testing::IsEmpty());

    storage::BlobCollector collector(
        *engine_, pins_, clock_, {.visit_references = blob_reference_visitor(engine_->metadata())});
    ASSERT_TRUE(collector.collect_trash().has_value());
    ASSERT_TRUE(collector.collect_trash().has_value());
    EXPECT_EQ(blob_count(), 0u);
}

TEST_F(BucketResetTest, ABucketOfTheSameNameIsANewOne) {
    fill();
    reset();
    make_bucket("b");
    EXPECT_EQ(send({.target = "/b?versions"}).body.find("<Version>"), std::string::npos);
    EXPECT_EQ(send({.target = "/b?versioning"}).element("Status"), "");
    EXPECT_EQ(send({.target = "/b?uploads"}).body.find("<Upload>"), std::string::npos);
    EXPECT_EQ(put("k", "new").status, 200);
    EXPECT_EQ(send({.target = "/b/k"}).body, "new");
    // And can be reset again.
    reset();
    EXPECT_THAT(tables_with_rows(), testing::IsEmpty());
}

TEST_F(BucketResetTest, LockedVersionsGoToo) {
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/locked",
                    .headers = {{"x-amz-bucket-object-lock-enabled", "true"}}})
                  .status,
              200);
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/locked/k",
                    .headers = {{"x-amz-object-lock-legal-hold", "ON"},
                                {"content-md5", to_base64(crypto::md5("body"))}},
                    .body = "body"})
                  .status,
              200);
    reset();
    EXPECT_THAT(tables_with_rows(), testing::IsEmpty());
}

TEST_F(BucketResetTest, WhatWasUnderWayIsTurnedBack) {
    const struct {
        std::string name;
        std::function<Answer()> send;
    } kWrites[] = {
        {"PutObject", [this] { return put("k", "late"); }},
        {"PutObject of a blob", [this] { return put("k", std::string(100'000, 'x')); }},
        {"CopyObject", [this] { return put("copy", "", {{"x-amz-copy-source", "b/k"}}); }},
        {"DeleteObject", [this] { return send({.method = "DELETE", .target = "/b/k"}); }},
        {"DeleteObjects",
         [this] {
             return send_document("/b?delete", "<Delete><Object><Key>k</Key></Object></Delete>");
         }},
        {"PutObjectTagging",
         [this] {
             return send({.method = "PUT",
                          .target = "/b/k?tagging",
                          .body = "<Tagging><TagSet></TagSet></Tagging>"});
         }},
        {"CreateMultipartUpload",
         [this] { return send({.method = "POST", .target = "/b/k?uploads"}); }},
        {"UploadPart", [this] { return send_part(upload_, 2, "late"); }},
        {"UploadPart again", [this] { return send_part(upload_, 1, std::string(100'000, 'x')); }},
        {"CompleteMultipartUpload", [this] { return complete(upload_, part_xml(1, part_)); }},
        {"AbortMultipartUpload", [this] { return abort(upload_); }},
        {"PutBucketVersioning",
         [this] {
             return send({.method = "PUT",
                          .target = "/b?versioning",
                          .body = "<VersioningConfiguration><Status>Suspended</Status>"
                                  "</VersioningConfiguration>"});
         }},
        {"DeleteBucket", [this] { return send({.method = "DELETE", .target = "/empty"}); }},
    };
    for (const auto& write : kWrites) {
        fill();
        store_->before_next_commit([this](storage::MetadataStore&) { reset(); });
        const Answer answer = write.send();
        EXPECT_GE(answer.status, 400) << write.name << answer.body;
        EXPECT_LT(answer.status, 500) << write.name << answer.body;
        EXPECT_THAT(tables_with_rows(), testing::IsEmpty()) << write.name;
        // It does not reach a bucket of the same name either.
        make_bucket("b");
        EXPECT_EQ(send({.target = "/b?versions"}).body.find("<Key>"), std::string::npos)
            << write.name;
        reset();
    }
    // Whatever blob is still there, the collector knows.
    std::set<storage::BlobId> trash;
    for (const storage::Partition partition : *store_->partitions(Table::BlobTrash)) {
        const auto cursor = store_->scan(Table::BlobTrash, partition, "");
        for (; cursor->valid(); cursor->next())
            trash.insert(*storage::blob_id_of_raw(cursor->key()));
    }
    ASSERT_TRUE(engine_->blobs()
                    .for_each([&](const storage::BlobId& id) {
                        EXPECT_TRUE(trash.contains(id)) << storage::to_text(id);
                    })
                    .has_value());
}

TEST_F(BucketResetTest, ABucketThatIsBeingMadeIsTurnedBack) {
    const auto create_while = [this](const std::function<void()>& prepare) {
        prepare();
        const Answer answer = send({.method = "PUT", .target = "/new"});
        EXPECT_EQ(answer.status, 409) << answer.body;
        EXPECT_EQ(answer.code(), "OperationAborted");
        EXPECT_EQ(send({.method = "HEAD", .target = "/new"}).status, 404);
        EXPECT_THAT(tables_with_rows(), testing::Not(testing::Contains("Record")));
    };
    const auto reset_it = [this](storage::MetadataStore&) { reset(); };
    create_while([&] { store_->before_next_commit(reset_it); });  // of its partition
    create_while([&] { store_->after_commits(1, reset_it); });
    create_while([&] { store_->after_commits(2, reset_it); });  // the record is written
    // What the first one left, nothing names.
    reset();
    EXPECT_THAT(tables_with_rows(), testing::IsEmpty());
    make_bucket("new");
    EXPECT_EQ(send({.method = "HEAD", .target = "/new"}).status, 200);
}

TEST_F(BucketResetTest, ADeletionUnderWayDoesNotRemoveTheNextBucketOfThatName) {
    make_bucket("empty");
    store_->after_commits(1, [this](storage::MetadataStore& store) {
        reset();
        ASSERT_TRUE(storage::commit_and_wait(store, {.partition = storage::kSystemPartition,
                                                     .mutations = {{.key = bucket_key("empty"),
                                                                    .value = "a later one"}}})
                        .has_value());
    });
    EXPECT_EQ(send({.method = "DELETE", .target = "/empty"}).code(), "NoSuchBucket");
    EXPECT_TRUE(
        store_->get(Table::System, storage::kSystemPartition, bucket_key("empty")).has_value());
}

TEST_F(BucketResetTest, TheFenceHoldsAfterARestart) {
    reset();
    BucketRegistry restarted;
    ASSERT_TRUE(restarted.load(*store_).has_value());
    const auto guard = restarted.reset_guard(restarted.reset_count());
    ASSERT_TRUE(guard.has_value());
    EXPECT_EQ(guard->revision,
              store_->get(Table::System, storage::kSystemPartition, kResetKey)->revision);
    restarted.begin_reset();
    EXPECT_FALSE(restarted.reset_guard(restarted.reset_count()).has_value());
    restarted.end_reset();
    EXPECT_TRUE(restarted.reset_guard(restarted.reset_count()).has_value());
    EXPECT_FALSE(restarted.reset_guard(restarted.reset_count() - 1).has_value());
}

}  // namespace
}  // namespace tarn::s3
