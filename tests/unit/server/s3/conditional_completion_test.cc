// Conditional completions: 404, 412, and 409 for what happened since the upload began (s3.md 3.6).

#include "server/s3/object_store.h"
#include "tests/unit/server/s3/uploads_under_test.h"

namespace tarn::s3 {
namespace {

using storage::Table;

const Headers kIfNoneMatch = {{"if-none-match", "*"}};

class ConditionalCompletionTest : public UploadsTest {
  protected:
    struct Begun {
        std::string id;
        std::string parts;
    };
    Begun begin() {
        const std::string id = create();
        return {.id = id, .parts = part_xml(1, upload_part(id, 1, "body"))};
    }
    Answer end(const Begun& begun, Headers condition) {
        return complete(begun.id, begun.parts, std::move(condition));
    }
    Headers if_match() {
        return {{"if-match", send({.method = "HEAD", .target = "/b/k"}).field("ETag")}};
    }
    void expect_conflict(const Answer& answer, std::string_view condition) {
        EXPECT_EQ(answer.status, 409) << answer.body;
        EXPECT_EQ(answer.code(), "ConditionalRequestConflict");
        EXPECT_EQ(answer.element("Message"),
                  "The conditional request cannot succeed due to a conflicting operation against "
                  "this resource.");
        EXPECT_EQ(answer.element("Condition"), condition);
        EXPECT_EQ(answer.element("Key"), "k");
    }
    void remove(const std::vector<std::string>& keys) {
        std::vector<ObjectRemoval> removals;
        for (const std::string& key : keys)
            removals.push_back({.key = key});
        const auto removed = run(remove_objects(*services_, buckets_.find("b"), removals));
        ASSERT_TRUE(removed.has_value());
        for (const auto& effect : *removed)
            ASSERT_TRUE(effect.has_value());
    }
    void enable_versioning() {
        const Answer answer = send({.method = "PUT",
                                    .target = "/b?versioning",
                                    .body = "<VersioningConfiguration><Status>Enabled</Status>"
                                            "</VersioningConfiguration>"});
        ASSERT_EQ(answer.status, 200) << answer.body;
    }
    bool has_deletion_row(const std::string& key) {
        return store_->get(Table::Uploads, buckets_.find("b")->partition(), deletion_key(key))
            .has_value();
    }
};

TEST_F(ConditionalCompletionTest, HoldsForAKeyThatNobodyTouched) {
    EXPECT_EQ(end(begin(), kIfNoneMatch).status, 200);
    EXPECT_EQ(end(begin(), if_match()).status, 200);
}

TEST_F(ConditionalCompletionTest, FailsAsAPutWouldBeforeAnythingElseIsSaid) {
    const Begun begun = begin();
    EXPECT_EQ(end(begun, {{"if-match", "\"0123\""}}).code(), "NoSuchKey");
    ASSERT_EQ(put("k", "new").status, 200);
    const Answer exists_now = end(begun, kIfNoneMatch);
    EXPECT_EQ(exists_now.status, 412);
    EXPECT_EQ(exists_now.element("Condition"), "If-None-Match");
    EXPECT_EQ(end(begun, {{"if-match", "\"0123\""}}).status, 412);
    EXPECT_EQ(end(begun, {{"if-none-match", "\"0123\""}}).status, 501);
}

TEST_F(ConditionalCompletionTest, ConflictsWithALaterPutOfTheSameBytes) {
    ASSERT_EQ(put("k", "same").status, 200);
    const Begun begun = begin();
    EXPECT_EQ(put("k", "same").status, 200);
    expect_conflict(end(begun, if_match()), "If-Match");
    EXPECT_EQ(end(begun, {}).status, 200) << "without a condition";
}

TEST_F(ConditionalCompletionTest, ConflictsWithALaterDelete) {
    ASSERT_EQ(put("k", "body").status, 200);
    const Begun begun = begin();
    remove({"k"});
    expect_conflict(end(begun, kIfNoneMatch), "If-None-Match");
    EXPECT_EQ(end(begin(), kIfNoneMatch).status, 200) << "begun after the delete";
    EXPECT_EQ(abort(begun.id).status, 204);
    EXPECT_FALSE(has_deletion_row("k"));
}

TEST_F(ConditionalCompletionTest, ConflictsWithADeleteBetweenItsJudgementAndItsCommit) {
    const Begun begun = begin();
    store_->before_next_commit([&](auto& store) {
        ASSERT_EQ(storage::commit_and_wait(
                      store, {.partition = buckets_.find("b")->partition(),
                              .mutations = {{.table = Table::Uploads, .key = deletion_key("k")}}})
                      .has_value(),
                  true);
    });
    expect_conflict(end(begun, kIfNoneMatch), "If-None-Match");
    EXPECT_FALSE(exists("k"));
}

TEST_F(ConditionalCompletionTest, ConflictsWithALaterDeleteMarker) {
    enable_versioning();
    ASSERT_EQ(put("k", "body").status, 200);
    const Begun begun = begin();
    remove({"k"});
    expect_conflict(end(begun, kIfNoneMatch), "If-None-Match");
    EXPECT_EQ(end(begun, {{"if-match", "\"0123\""}}).code(), "NoSuchKey");
    EXPECT_EQ(end(begin(), kIfNoneMatch).status, 200) << "begun after the delete";
}

TEST_F(ConditionalCompletionTest, ConflictsWithTheLaterRemovalOfANewerVersion) {
    enable_versioning();
    ASSERT_EQ(put("k", "old").status, 200);
    const Headers old_etag = if_match();
    const Answer newer = put("k", "new");
    const Begun begun = begin();
    ASSERT_EQ(
        send({.method = "DELETE", .target = "/b/k?versionId=" + newer.field("x-amz-version-id")})
            .status,
        204);
    expect_conflict(end(begun, old_etag), "If-Match");
    EXPECT_EQ(end(begun, {}).status, 200) << "without a condition";
}

TEST_F(ConditionalCompletionTest, OnlyKeysWithUploadsRememberTheirDeletion) {
    const auto put_and_remove = [&](const std::vector<std::string>& keys) {
        for (const std::string& key : keys)
            ASSERT_EQ(put(key, "body").status, 200);
        remove(keys);
    };
    put_and_remove({"j", "k"});
    EXPECT_EQ(row_count(Table::Uploads), 0u);
    const std::string id = create();
    remove({"k"});
    EXPECT_FALSE(has_deletion_row("k")) << "there was nothing to delete";
    put_and_remove({"z", "k", "a", "k2", "K"});
    EXPECT_TRUE(has_deletion_row("k"));
    EXPECT_EQ(row_count(Table::Uploads), 2u);
    EXPECT_EQ(abort(id).status, 204);
    EXPECT_EQ(row_count(Table::Uploads), 0u);
}

TEST_F(ConditionalCompletionTest, TheDeletionIsForgottenWithTheLastUploadOfTheKey) {
    const Begun first = begin();
    const Begun second = begin();
    ASSERT_EQ(put("k", "body").status, 200);
    remove({"k"});
    EXPECT_EQ(abort(second.id).status, 204);
    EXPECT_TRUE(has_deletion_row("k"));
    EXPECT_EQ(end(first, {}).status, 200);
    EXPECT_EQ(row_count(Table::Uploads), 0u);
}

TEST_F(ConditionalCompletionTest, AnUploadOfALongerKeyIsAnotherKeysUpload) {
    ASSERT_EQ(send({.method = "POST", .target = "/b/k2?uploads"}).status, 200);
    ASSERT_EQ(put("k", "body").status, 200);
    remove({"k"});
    EXPECT_FALSE(has_deletion_row("k"));
    EXPECT_EQ(send({.target = "/b?uploads"}).element("Key"), "k2");
}

}  // namespace
}  // namespace tarn::s3
