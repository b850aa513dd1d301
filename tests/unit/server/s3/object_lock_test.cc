#include "server/s3/object_lock.h"

#include "common/base/encoding.h"
#include "common/base/time_text.h"
#include "common/crypto/digest.h"
#include "server/s3/object_store.h"
#include "tests/unit/server/s3/s3_under_test.h"

namespace tarn::s3 {
namespace {

using std::chrono::hours;

constexpr WallTime kNow{std::chrono::seconds(1'800'000'000)};

Retention until(LockMode mode, WallTime::duration from_now) {
    return {.mode = mode, .until = kNow + from_now};
}

TEST(ObjectLock, ProtectsByHoldAndByRetentionUntilItEnds) {
    const Retention governance = until(LockMode::Governance, hours(1));
    const Retention compliance = until(LockMode::Compliance, hours(1));
    EXPECT_FALSE(is_protected({}, kNow, false));
    EXPECT_TRUE(is_protected({.legal_hold = true}, kNow, true));
    EXPECT_FALSE(is_protected({.legal_hold = false}, kNow, false));
    EXPECT_TRUE(is_protected({.retention = governance}, kNow, false));
    EXPECT_FALSE(is_protected({.retention = governance}, kNow, true));
    EXPECT_TRUE(is_protected({.retention = compliance}, kNow, true));
    EXPECT_FALSE(is_protected({.retention = compliance}, kNow + hours(1), false));
    EXPECT_TRUE(is_protected({.retention = governance, .legal_hold = true}, kNow, true));
}

TEST(ObjectLock, RetentionsOnlyGrowUnlessGovernanceIsBypassed) {
    const auto governance = [](int h) { return until(LockMode::Governance, hours(h)); };
    const auto compliance = [](int h) { return until(LockMode::Compliance, hours(h)); };
    struct Case {
        std::optional<Retention> old;
        std::optional<Retention> wanted;
        bool allowed;
        bool allowed_with_bypass;
    };
    const Case cases[] = {
        {std::nullopt, compliance(1), true, true},    {governance(-1), std::nullopt, true, true},
        {compliance(-1), std::nullopt, true, true},   {governance(2), governance(3), true, true},
        {governance(2), governance(2), true, true},   {governance(2), governance(1), false, true},
        {governance(2), std::nullopt, false, true},   {governance(2), compliance(3), false, true},
        {compliance(2), compliance(3), true, true},   {compliance(2), compliance(1), false, false},
        {compliance(2), governance(3), false, false}, {compliance(2), std::nullopt, false, false},
    };
    for (const Case& c : cases) {
        const auto i = &c - cases;
        EXPECT_EQ(check_retention_change(c.old, c.wanted, kNow, false).has_value(), c.allowed) << i;
        EXPECT_EQ(check_retention_change(c.old, c.wanted, kNow, true).has_value(),
                  c.allowed_with_bypass)
            << i;
    }
}

class ObjectLockTest : public S3Test {
  protected:
    ObjectLockTest() {
        const Answer made = send({.method = "PUT",
                                  .target = "/locked",
                                  .headers = {{"x-amz-bucket-object-lock-enabled", "true"}}});
        CHECK(made.status == 200);
    }
    Answer put_locked(std::string_view key, Headers headers = {}) {
        headers.emplace_back("Content-MD5", to_base64(crypto::md5("body")));
        return send({.method = "PUT",
                     .target = "/locked/" + std::string(key),
                     .headers = std::move(headers),
                     .body = "body"});
    }
    Answer put_document(std::string target, std::string body, Headers headers = {}) {
        return send({.method = "PUT",
                     .target = std::move(target),
                     .headers = std::move(headers),
                     .body = std::move(body)});
    }
    Answer put_rules(std::string retention, std::string_view bucket = "locked") {
        return put_document("/" + std::string(bucket) + "?object-lock",
                            "<ObjectLockConfiguration><ObjectLockEnabled>Enabled"
                            "</ObjectLockEnabled><Rule><DefaultRetention>" +
                                retention + "</DefaultRetention></Rule></ObjectLockConfiguration>");
    }
    Answer put_retention(std::string_view mode, WallTime::duration from_now, Headers headers = {}) {
        return put_document("/locked/k?retention",
                            "<Retention><Mode>" + std::string(mode) + "</Mode><RetainUntilDate>" +
                                format_iso8601_ms(clock_.now() + from_now) +
                                "</RetainUntilDate></Retention>",
                            std::move(headers));
    }
    static std::string version_of(const Answer& answer) { return answer.field("x-amz-version-id"); }
    Answer remove(std::string_view version_id, Headers headers = {}) {
        return send({.method = "DELETE",
                     .target = "/locked/k?versionId=" + std::string(version_id),
                     .headers = std::move(headers)});
    }
    const Headers bypass_ = {{"x-amz-bypass-governance-retention", "true"}};
};

TEST_F(ObjectLockTest, ABucketWithItHasVersioningForGood) {
    EXPECT_EQ(send({.target = "/locked?versioning"}).element("Status"), "Enabled");
    const Answer suspended = put_document(
        "/locked?versioning",
        "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>");
    EXPECT_EQ(suspended.status, 409);
    EXPECT_EQ(suspended.code(), "InvalidBucketState");
    EXPECT_EQ(send({.target = "/locked?object-lock"}).element("ObjectLockEnabled"), "Enabled");
    EXPECT_EQ(send({.target = "/b?object-lock"}).code(), "ObjectLockConfigurationNotFoundError");
    EXPECT_EQ(send({.target = "/b?object-lock"}).element("BucketName"), "b");
}

TEST_F(ObjectLockTest, AnExistingBucketGetsItOnceItHasVersioning) {
    EXPECT_EQ(put_rules("<Mode>GOVERNANCE</Mode><Days>1</Days>", "b").code(), "InvalidBucketState");
    put_document("/b?versioning",
                 "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    EXPECT_EQ(put_rules("<Mode>GOVERNANCE</Mode><Days>1</Days>", "b").status, 200);
    EXPECT_EQ(send({.target = "/b?object-lock"}).element("Days"), "1");
}

TEST_F(ObjectLockTest, RefusesRulesThatMeanNothing) {
    for (const char* const rule :
         {"", "<Mode>GOVERNANCE</Mode>", "<Days>1</Days>", "<Mode>governance</Mode><Days>1</Days>",
          "<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>",
          "<Mode>GOVERNANCE</Mode><Days>x</Days>"}) {
        EXPECT_EQ(put_rules(rule).code(), "MalformedXML") << rule;
    }
    const Answer zero = put_rules("<Mode>GOVERNANCE</Mode><Days>0</Days>");
    EXPECT_EQ(zero.code(), "InvalidArgument");
    EXPECT_EQ(zero.element("Message"),
              "Default retention period must be a positive integer value.");
    EXPECT_EQ(zero.element("ArgumentName"), "Days");
    EXPECT_EQ(put_rules("<Mode>GOVERNANCE</Mode><Years>101</Years>").element("Message"),
              "Default retention period too large.");
    EXPECT_EQ(put_document("/locked?object-lock",
                           "<ObjectLockConfiguration><ObjectLockEnabled>"
                           "Disabled</ObjectLockEnabled>"
                           "</ObjectLockConfiguration>")
                  .code(),
              "MalformedXML");
    EXPECT_EQ(put_document("/locked?object-lock", "").code(), "MalformedXML");
}

TEST_F(ObjectLockTest, TheDefaultRetentionLocksNewVersions) {
    ASSERT_EQ(put_rules("<Mode>COMPLIANCE</Mode><Years>1</Years>").status, 200);
    const std::string id = version_of(put_locked("k"));
    const Answer head = send({.method = "HEAD", .target = "/locked/k"});
    EXPECT_EQ(head.field("x-amz-object-lock-mode"), "COMPLIANCE");
    EXPECT_EQ(head.field("x-amz-object-lock-retain-until-date"),
              format_iso8601_ms(clock_.now() + std::chrono::days(365)));
    EXPECT_EQ(remove(id).code(), "AccessDenied");
    clock_.advance(std::chrono::days(365));
    EXPECT_EQ(remove(id).status, 204);
}

TEST_F(ObjectLockTest, AWriteThatIsLockedMustStateItsIntegrity) {
    put_rules("<Mode>GOVERNANCE</Mode><Days>1</Days>");
    const Answer answer = send({.method = "PUT", .target = "/locked/k", .body = "body"});
    EXPECT_EQ(answer.code(), "InvalidRequest");
    EXPECT_EQ(send({.target = "/locked/k"}).status, 404);
}

TEST_F(ObjectLockTest, HeadersLockAVersionAndItSaysSo) {
    const std::string date = format_iso8601_ms(clock_.now() + std::chrono::milliseconds(3'600'123));
    const Answer made = put_locked("k", {{"x-amz-object-lock-mode", "GOVERNANCE"},
                                         {"x-amz-object-lock-retain-until-date", date},
                                         {"x-amz-object-lock-legal-hold", "ON"}});
    ASSERT_EQ(made.status, 200) << made.body;
    const Answer read = send({.target = "/locked/k"});
    EXPECT_EQ(read.field("x-amz-object-lock-mode"), "GOVERNANCE");
    EXPECT_EQ(read.field("x-amz-object-lock-retain-until-date"), date);
    EXPECT_EQ(read.field("x-amz-object-lock-legal-hold"), "ON");
    EXPECT_EQ(send({.target = "/locked/k?retention"}).element("RetainUntilDate"), date);
    EXPECT_EQ(send({.target = "/locked/k?legal-hold"}).element("Status"), "ON");

    // The hold protects whatever becomes of the retention.
    EXPECT_EQ(remove(version_of(made), bypass_).element("Message"),
              "Access Denied because object protected by object lock.");
    EXPECT_EQ(
        put_document("/locked/k?legal-hold", "<LegalHold><Status>OFF</Status></LegalHold>").status,
        200);
    EXPECT_EQ(remove(version_of(made)).code(), "AccessDenied");
    EXPECT_EQ(remove(version_of(made), bypass_).status, 204);
    EXPECT_EQ(send({.target = "/locked/k"}).status, 404);
}

TEST_F(ObjectLockTest, RefusesHeadersThatMeanNothing) {
    const std::string date = format_iso8601_ms(clock_.now() + hours(1));
    struct Case {
        Headers headers;
        const char* argument;
    };
    const Case cases[] = {
        {{{"x-amz-object-lock-mode", "GOVERNANCE"}}, "x-amz-object-lock-retain-until-date"},
        {{{"x-amz-object-lock-retain-until-date", date}}, "x-amz-object-lock-mode"},
        {{{"x-amz-object-lock-mode", "x"}, {"x-amz-object-lock-retain-until-date", date}},
         "x-amz-object-lock-mode"},
        {{{"x-amz-object-lock-mode", "GOVERNANCE"}, {"x-amz-object-lock-retain-until-date", "x"}},
         "x-amz-object-lock-retain-until-date"},
        {{{"x-amz-object-lock-mode", "GOVERNANCE"},
          {"x-amz-object-lock-retain-until-date", format_iso8601_ms(clock_.now())}},
         "x-amz-object-lock-retain-until-date"},
        {{{"x-amz-object-lock-legal-hold", "on"}}, "x-amz-object-lock-legal-hold"},
    };
    for (const Case& c : cases) {
        const Answer answer = put_locked("k", c.headers);
        EXPECT_EQ(answer.code(), "InvalidArgument") << c.argument;
        EXPECT_EQ(answer.element("ArgumentName"), c.argument);
    }
    const Answer unlocked = put("k", "body", {{"x-amz-object-lock-legal-hold", "ON"}});
    EXPECT_EQ(unlocked.code(), "InvalidRequest");
    EXPECT_EQ(unlocked.element("Message"), "Bucket is missing Object Lock Configuration");
}

TEST_F(ObjectLockTest, RetentionsArePutGrownAndGuarded) {
    put_locked("k");
    EXPECT_EQ(send({.target = "/locked/k?retention"}).code(), "NoSuchObjectLockConfiguration");
    EXPECT_EQ(send({.target = "/locked/k?legal-hold"}).code(), "NoSuchObjectLockConfiguration");
    EXPECT_EQ(put_retention("GOVERNANCE", hours(2)).status, 200);
    EXPECT_EQ(put_retention("GOVERNANCE", hours(3)).status, 200);
    EXPECT_EQ(put_retention("GOVERNANCE", hours(1)).code(), "AccessDenied");
    EXPECT_EQ(send({.target = "/locked/k?retention"}).element("RetainUntilDate"),
              format_iso8601_ms(clock_.now() + hours(3)));
    EXPECT_EQ(put_retention("GOVERNANCE", hours(1), bypass_).status, 200);
    EXPECT_EQ(put_document("/locked/k?retention", "<Retention/>").code(), "AccessDenied");
    EXPECT_EQ(put_document("/locked/k?retention", "<Retention/>", bypass_).status, 200);
    EXPECT_EQ(put_retention("COMPLIANCE", hours(1)).status, 200);
    EXPECT_EQ(put_document("/locked/k?retention", "<Retention/>", bypass_).code(), "AccessDenied");

    EXPECT_EQ(put_retention("governance", hours(9)).code(), "MalformedXML");
    EXPECT_EQ(put_retention("COMPLIANCE", -hours(1)).element("Message"),
              "The retain until date must be in the future!");
    EXPECT_EQ(put_document("/locked/k?retention", "<Retention><Mode>GOVERNANCE</Mode></Retention>")
                  .code(),
              "MalformedXML");
    EXPECT_EQ(put_document("/locked/k?retention", "").code(), "MalformedXML");
    EXPECT_EQ(put_document("/locked/none?legal-hold", "<LegalHold><Status>ON</Status></LegalHold>")
                  .code(),
              "NoSuchKey");
    EXPECT_EQ(
        put_document("/locked/k?legal-hold", "<LegalHold><Status>x</Status></LegalHold>").code(),
        "MalformedXML");
    put("k", "body");
    for (const char* const what : {"retention", "legal-hold"}) {
        EXPECT_EQ(send({.target = "/b/k?" + std::string(what)}).element("Message"),
                  "Bucket is missing Object Lock Configuration");
    }
}

TEST_F(ObjectLockTest, ALockedVersionStaysUnderMarkersAndMultiDeletes) {
    const std::string id = version_of(put_locked("k"));
    put_retention("GOVERNANCE", hours(1));
    const Answer marker = send({.method = "DELETE", .target = "/locked/k"});
    EXPECT_EQ(marker.status, 204);
    EXPECT_EQ(send({.target = "/locked/k?retention&versionId=" + version_of(marker)}).status, 405);
    const std::string body =
        "<Delete><Object><Key>k</Key><VersionId>" + id + "</VersionId></Object></Delete>";
    const auto multi_delete = [&](Headers headers) {
        headers.emplace_back("Content-MD5", to_base64(crypto::md5(body)));
        return send({.method = "POST",
                     .target = "/locked?delete",
                     .headers = std::move(headers),
                     .body = body});
    };
    const Answer refused = multi_delete({});
    EXPECT_EQ(refused.status, 200);
    EXPECT_EQ(refused.code(), "AccessDenied");
    EXPECT_EQ(refused.element("VersionId"), id);
    EXPECT_EQ(send({.target = "/locked/k?versionId=" + id}).body, "body");
    EXPECT_EQ(multi_delete(bypass_).code(), "");
    EXPECT_EQ(send({.target = "/locked/k?versionId=" + id}).code(), "NoSuchVersion");
}

TEST_F(ObjectLockTest, ACopyDoesNotInheritTheLock) {
    put_locked("k");
    put_retention("COMPLIANCE", hours(1));
    const Answer copied = send({.method = "PUT",
                                .target = "/locked/copy",
                                .headers = {{"x-amz-copy-source", "/locked/k"}}});
    EXPECT_EQ(copied.status, 200) << copied.body;
    EXPECT_EQ(send({.target = "/locked/copy?retention"}).code(), "NoSuchObjectLockConfiguration");
}

// Found by an attacker: a write that began before the bucket had versioning and a lock overwrote
// the null version that was locked meanwhile.
TEST_F(ObjectLockTest, AWriteOfBeforeMeetsTheLocksOfAfter) {
    put("k", "kept");
    const BucketPtr before = buckets_.find("b");
    put_document("/b?versioning",
                 "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    put_rules("<Mode>COMPLIANCE</Mode><Days>1</Days>", "b");
    ASSERT_EQ(put_document("/b/k?retention&versionId=null",
                           "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>" +
                               format_iso8601_ms(clock_.now() + hours(1)) +
                               "</RetainUntilDate></Retention>")
                  .status,
              200);
    ObjectWrite late{.key = "k", .record = {.last_modified = clock_.now(), .etag = "late"}};
    ASSERT_TRUE(run(write_object(*services_, before, std::move(late))));
    EXPECT_EQ(send({.target = "/b/k?versionId=null"}).body, "kept");
    EXPECT_EQ(send({.target = "/b/k?retention&versionId=null"}).element("Mode"), "COMPLIANCE");
    // And it has the default retention itself.
    EXPECT_EQ(send({.target = "/b/k?retention"}).element("RetainUntilDate"),
              format_iso8601_ms(clock_.now() + hours(24)));
}

// Found by an attacker: what a deletion that gave up wrote was lost to a change of configuration
// that went on meanwhile, and every write after it answered 503.
TEST_F(ObjectLockTest, AChangeOfConfigurationKeepsTheStateOfABucketThatWasNearlyDeleted) {
    store_->before_next_commit([this](storage::MetadataStore& store) {
        const BucketPtr bucket = buckets_.find("b");
        storage::Batch batch{.partition = bucket->partition(), .guards = {bucket->state_guard()}};
        batch.mutations.push_back({.table = storage::Table::System,
                                   .key = std::string(kBucketStateKey),
                                   .value = std::string(kBucketExists)});
        const auto state = storage::commit_and_wait(store, std::move(batch));
        ASSERT_TRUE(state.has_value());
        ASSERT_TRUE(buckets_.change("b", bucket->record.id,
                                    [&](Bucket& shown) { shown.state_revision = *state; }));
    });
    EXPECT_EQ(put_document("/b?versioning",
                           "<VersioningConfiguration><Status>Enabled</Status>"
                           "</VersioningConfiguration>")
                  .status,
              200);
    EXPECT_EQ(put("k", "body").status, 200);
}

TEST(BucketRegistry, ChangesAndForgetsTheBucketThatIsMeantOnly) {
    BucketRegistry buckets;
    auto bucket = std::make_shared<Bucket>();
    bucket->name = "b";
    bucket->record.id = 5;
    buckets.put(bucket);
    EXPECT_FALSE(buckets.change("b", 4, [](Bucket&) { FAIL(); }));
    EXPECT_FALSE(buckets.change("c", 5, [](Bucket&) { FAIL(); }));
    EXPECT_TRUE(buckets.change("b", 5, [](Bucket& shown) { shown.state_revision = 9; }));
    EXPECT_EQ(buckets.find("b")->state_revision, 9u);
    buckets.erase("b", 4);
    EXPECT_TRUE(buckets.find("b"));
    buckets.erase("b", 5);
    EXPECT_FALSE(buckets.find("b"));
}

TEST_F(ObjectLockTest, BypassMeansNothingWithoutALock) {
    put("k", "body");
    const Answer answer = send({.method = "DELETE", .target = "/b/k", .headers = bypass_});
    EXPECT_EQ(answer.code(), "InvalidArgument");
    EXPECT_TRUE(exists("k"));
}

TEST_F(ObjectLockTest, ADocumentThatNoLongerParsesStillLocks) {
    Bucket bucket;
    bucket.record.configurations.emplace(kObjectLockConfiguration, "nonsense");
    parse_record(bucket);
    EXPECT_TRUE(bucket.object_lock.has_value());
}

}  // namespace
}  // namespace tarn::s3
