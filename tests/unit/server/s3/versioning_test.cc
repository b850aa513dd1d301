#include "common/base/encoding.h"
#include "common/crypto/digest.h"
#include "server/s3/object_store.h"
#include "tests/unit/server/s3/s3_under_test.h"

#include <algorithm>
#include <functional>

namespace tarn::s3 {
namespace {

std::string version_of(const Answer& answer) {
    return answer.field("x-amz-version-id");
}

class VersioningTest : public S3Test {
  protected:
    void set_versioning(std::string_view status) {
        const Answer answer = send(
            {.method = "PUT",
             .target = "/b?versioning",
             .body = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                     "<Status>" +
                     std::string(status) + "</Status></VersioningConfiguration>"});
        ASSERT_EQ(answer.status, 200) << answer.body;
    }
    std::string put_version(std::string_view key, std::string body) {
        return version_of(put(key, std::move(body)));
    }
    Answer get(std::string_view key, std::string_view version_id = {}) {
        return send({.target = target(key, version_id)});
    }
    Answer remove(std::string_view key, std::string_view version_id = {}, Headers headers = {}) {
        return send(
            {.method = "DELETE", .target = target(key, version_id), .headers = std::move(headers)});
    }
    // "a=v1* b=v2 …": what ListObjectVersions lists, in order; * is the latest, - a delete marker.
    std::string listed(std::string query = {}) {
        const Answer answer = send({.target = "/b?versions" + query});
        EXPECT_EQ(answer.status, 200) << answer.body;
        std::string text;
        std::string_view rest = answer.body;
        for (;;) {
            const std::size_t version = rest.find("<Version>");
            const std::size_t marker = rest.find("<DeleteMarker>");
            const std::size_t at = std::min(version, marker);
            if (at == std::string_view::npos) break;
            rest.remove_prefix(at + 1);
            const auto element = [&](std::string_view name) {
                const std::string open = "<" + std::string(name) + ">";
                const std::size_t start = rest.find(open) + open.size();
                return std::string(rest.substr(start, rest.find('<', start) - start));
            };
            if (!text.empty()) text += ' ';
            text +=
                (at == marker ? "-" : "") + element("Key") + "=" + name_of(element("VersionId"));
            if (element("IsLatest") == "true") text += '*';
        }
        last_listing_ = answer;
        return text;
    }
    // What another request does meanwhile to a key that has versions.
    void change_versions(storage::MetadataStore& store, const std::string& key,
                         const std::function<void(KeyVersions&)>& change) {
        const storage::Partition partition = buckets_.find("b")->partition();
        auto row = store.get(storage::Table::Objects, partition, key);
        ASSERT_TRUE(row.has_value());
        KeyVersions versions(store, partition, key, *to_version(*std::move(row), true));
        change(versions);
        storage::Batch batch{.partition = partition};
        versions.append_to(batch);
        ASSERT_TRUE(storage::commit_and_wait(store, std::move(batch)).has_value());
    }
    void remove_current(storage::MetadataStore& store, const std::string& key) {
        change_versions(store, key, [](KeyVersions& versions) {
            ASSERT_TRUE(versions.remove(ObjectVersion(*versions.current()), true).has_value());
        });
    }
    // Names an id in what listed() gives.
    void name(const std::string& id, std::string text) { names_[id] = std::move(text); }
    std::string name_of(const std::string& id) {
        const auto found = names_.find(id);
        return found == names_.end() ? id : found->second;
    }

    static std::string target(std::string_view key, std::string_view version_id) {
        std::string target = "/b/" + std::string(key);
        if (!version_id.empty()) target += "?versionId=" + std::string(version_id);
        return target;
    }

    std::map<std::string, std::string> names_;
    Answer last_listing_;
};

TEST_F(VersioningTest, IsUnsetUntilItIsPut) {
    const Answer before = send({.target = "/b?versioning"});
    EXPECT_EQ(before.status, 200);
    EXPECT_EQ(before.body.find("Status"), std::string::npos) << before.body;
    set_versioning("Enabled");
    EXPECT_EQ(send({.target = "/b?versioning"}).element("Status"), "Enabled");
    set_versioning("Suspended");
    EXPECT_EQ(send({.target = "/b?versioning"}).element("Status"), "Suspended");
}

TEST_F(VersioningTest, RefusesOtherDocuments) {
    const auto code = [this](std::string body) {
        return send({.method = "PUT", .target = "/b?versioning", .body = std::move(body)}).code();
    };
    EXPECT_EQ(code("<VersioningConfiguration><Status>enabled</Status></VersioningConfiguration>"),
              "MalformedXML");
    EXPECT_EQ(code("<VersioningConfiguration/>"), "IllegalVersioningConfigurationException");
    EXPECT_EQ(code("<Versioning><Status>Enabled</Status></Versioning>"), "MalformedXML");
    EXPECT_EQ(code("<VersioningConfiguration>"), "MalformedXML");
    EXPECT_EQ(code(""), "MissingRequestBodyError");
    EXPECT_EQ(code("<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>"
                   "</VersioningConfiguration>"),
              "NotImplemented");
    EXPECT_EQ(send({.target = "/b?versioning"}).body.find("Status"), std::string::npos);
}

TEST_F(VersioningTest, ABucketThatNeverHadItShowsNoIds) {
    const Answer made = put("k", "one");
    EXPECT_EQ(version_of(made), "");
    EXPECT_EQ(version_of(get("k")), "");
    EXPECT_EQ(get("k", "null").body, "one");
    EXPECT_EQ(get("k", make_version_id(1, "k", 1)).code(), "InvalidArgument");
    EXPECT_EQ(listed(), "k=null*");
    EXPECT_EQ(version_of(remove("k")), "");
    EXPECT_EQ(listed(), "");
}

TEST_F(VersioningTest, EveryPutIsAVersionThatCanBeRead) {
    set_versioning("Enabled");
    const std::string v1 = put_version("k", "one");
    const std::string v2 = put_version("k", "two");
    EXPECT_NE(v1, v2);
    EXPECT_EQ(get("k").body, "two");
    EXPECT_EQ(version_of(get("k")), v2);
    EXPECT_EQ(get("k", v1).body, "one");
    EXPECT_EQ(version_of(get("k", v1)), v1);
    EXPECT_EQ(get("k", v2).body, "two");
    EXPECT_EQ(send({.method = "HEAD", .target = target("k", v1)}).status, 200);
}

TEST_F(VersioningTest, AnUnknownIdIsNoSuchVersionAndABadOneInvalid) {
    set_versioning("Enabled");
    put_version("k", "one");
    const std::string other = put_version("l", "one");
    EXPECT_EQ(get("k", other).code(), "NoSuchVersion");
    EXPECT_EQ(get("k", other).element("VersionId"), other);
    EXPECT_EQ(get("k", "null").code(), "NoSuchVersion");
    EXPECT_EQ(get("k", "nonsense").code(), "InvalidArgument");
    EXPECT_EQ(send({.target = "/b/k?versionId="}).element("Message"),
              "Version id cannot be the empty string");
    EXPECT_EQ(remove("k", other).status, 204);
    EXPECT_EQ(remove("k", "nonsense").code(), "InvalidArgument");
    EXPECT_EQ(get("k").body, "one");
}

TEST_F(VersioningTest, DeletingAKeyMakesAMarkerAndKeepsTheVersions) {
    set_versioning("Enabled");
    const std::string v1 = put_version("k", "one");
    const Answer deleted = remove("k");
    EXPECT_EQ(deleted.status, 204);
    EXPECT_EQ(deleted.field("x-amz-delete-marker"), "true");
    const std::string marker = version_of(deleted);
    const Answer gone = get("k");
    EXPECT_EQ(gone.code(), "NoSuchKey");
    EXPECT_EQ(gone.field("x-amz-delete-marker"), "true");
    EXPECT_EQ(version_of(gone), marker);
    EXPECT_EQ(get("k", v1).body, "one");
    EXPECT_EQ(send({.target = "/b?list-type=2"}).element("KeyCount"), "0");

    const Answer named = get("k", marker);
    EXPECT_EQ(named.status, 405);
    EXPECT_EQ(named.code(), "MethodNotAllowed");
    EXPECT_EQ(named.element("Method"), "GET");
    EXPECT_EQ(named.element("ResourceType"), "DeleteMarker");
    EXPECT_EQ(named.field("Allow"), "DELETE");
    EXPECT_FALSE(named.field("Last-Modified").empty());

    // Deleting again makes another marker; deleting a marker brings back what was below it.
    const std::string marker2 = version_of(remove("k"));
    name(v1, "v1");
    name(marker, "m1");
    name(marker2, "m2");
    EXPECT_EQ(listed(), "-k=m2* -k=m1 k=v1");
    const Answer undone = remove("k", marker2);
    EXPECT_EQ(undone.field("x-amz-delete-marker"), "true");
    EXPECT_EQ(version_of(undone), marker2);
    EXPECT_EQ(get("k").status, 404);
    remove("k", marker);
    EXPECT_EQ(get("k").body, "one");
    EXPECT_EQ(version_of(get("k")), v1);
    EXPECT_EQ(listed(), "k=v1*");
}

TEST_F(VersioningTest, DeletingAMissingKeyMakesAMarker) {
    set_versioning("Enabled");
    const std::string marker = version_of(remove("k"));
    name(marker, "m");
    EXPECT_EQ(listed(), "-k=m*");
    EXPECT_EQ(send({.method = "DELETE", .target = "/b"}).code(), "BucketNotEmpty");
    remove("k", marker);
    EXPECT_EQ(listed(), "");
    EXPECT_EQ(row_count(storage::Table::Objects), 0u);
    EXPECT_EQ(row_count(storage::Table::Versions), 0u);
    EXPECT_EQ(send({.method = "DELETE", .target = "/b"}).status, 204);
}

TEST_F(VersioningTest, RemovingVersionsLeavesTheOthersInTheirOrder) {
    set_versioning("Enabled");
    std::vector<std::string> ids;
    for (int i = 0; i < 4; ++i) {
        ids.push_back(put_version("k", std::to_string(i)));
        name(ids.back(), "v" + std::to_string(i));
    }
    remove("k", ids[1]);  // an older one
    EXPECT_EQ(listed(), "k=v3* k=v2 k=v0");
    remove("k", ids[3]);  // the current one: the next becomes current and keeps its id
    EXPECT_EQ(listed(), "k=v2* k=v0");
    EXPECT_EQ(get("k").body, "2");
    EXPECT_EQ(version_of(get("k")), ids[2]);
    name(put_version("k", "4"), "v4");
    EXPECT_EQ(listed(), "k=v4* k=v2 k=v0");
    EXPECT_EQ(get("k", ids[2]).body, "2");
    EXPECT_EQ(get("k", ids[1]).code(), "NoSuchVersion");
    EXPECT_EQ(row_count(storage::Table::Bodies), 3u);
}

TEST_F(VersioningTest, ObjectsOfBeforeAreTheNullVersion) {
    put("k", "old");
    set_versioning("Enabled");
    EXPECT_EQ(version_of(get("k")), "null");
    const std::string v1 = put_version("k", "new");
    name(v1, "v1");
    EXPECT_EQ(listed(), "k=v1* k=null");
    EXPECT_EQ(get("k", "null").body, "old");
    EXPECT_EQ(version_of(get("k", "null")), "null");
    remove("k", "null");
    EXPECT_EQ(get("k", "null").code(), "NoSuchVersion");
    EXPECT_EQ(listed(), "k=v1*");
    EXPECT_EQ(row_count(storage::Table::Bodies), 1u);
}

TEST_F(VersioningTest, SuspendedWritesReplaceOnlyTheNullVersion) {
    put("k", "n0");
    set_versioning("Enabled");
    const std::string v1 = put_version("k", "v1");
    name(v1, "v1");
    set_versioning("Suspended");
    EXPECT_EQ(version_of(put("k", "n1")), "");
    EXPECT_EQ(version_of(get("k")), "null");
    EXPECT_EQ(listed(), "k=null* k=v1");
    put("k", "n2");
    EXPECT_EQ(get("k").body, "n2");
    EXPECT_EQ(listed(), "k=null* k=v1");
    EXPECT_EQ(get("k", v1).body, "v1");
    EXPECT_EQ(row_count(storage::Table::Bodies), 2u);

    const Answer deleted = remove("k");
    EXPECT_EQ(version_of(deleted), "null");
    EXPECT_EQ(deleted.field("x-amz-delete-marker"), "true");
    EXPECT_EQ(listed(), "-k=null* k=v1");
    EXPECT_EQ(row_count(storage::Table::Bodies), 1u);
    remove("k", "null");
    EXPECT_EQ(listed(), "k=v1*");
    EXPECT_EQ(get("k").body, "v1");
}

TEST_F(VersioningTest, TheNullVersionIsFoundBelowAPromotedVersion) {
    put("k", "n");
    set_versioning("Enabled");
    const std::string v1 = put_version("k", "1");
    const std::string v2 = put_version("k", "2");
    remove("k", v2);
    EXPECT_EQ(get("k", "null").body, "n");
    remove("k", v1);
    EXPECT_EQ(get("k").body, "n");
    set_versioning("Suspended");
    put("k", "m");
    EXPECT_EQ(listed(), "k=null*");
    EXPECT_EQ(row_count(storage::Table::Bodies), 1u);
}

// A write that began before versioning was enabled must not take away what was written after.
TEST_F(VersioningTest, AWriteOfBeforeKeepsTheVersionsOfAfter) {
    const BucketPtr before = buckets_.find("b");
    set_versioning("Enabled");
    const std::string v1 = put_version("k", "acknowledged");
    ObjectWrite late{.key = "k", .record = {.etag = "late"}};
    ASSERT_TRUE(run(write_object(*services_, before, std::move(late))));
    EXPECT_EQ(get("k", v1).body, "acknowledged");
    std::vector<ObjectRemoval> removals;
    removals.push_back({.key = "k"});
    ASSERT_TRUE(run(remove_objects(*services_, before, std::move(removals))));
    EXPECT_EQ(get("k", v1).body, "acknowledged");
}

// Found by an attacker: the version that a removal looked for moved from one table to the other
// while it looked, and a 204 left it in place.
TEST_F(VersioningTest, AVersionThatBecomesCurrentMeanwhileIsRemovedAndFound) {
    set_versioning("Enabled");
    const std::string v1 = put_version("k", "1");
    put_version("k", "2");
    put_version("k", "3");
    const auto remove_it = [this](storage::MetadataStore& store) { remove_current(store, "k"); };
    remove("k", version_of(get("k")));
    store_->after_reads(storage::Table::Objects, 1, remove_it);
    EXPECT_EQ(get("k", v1).body, "1");
    put_version("k", "4");
    store_->before_next_get(storage::Table::Versions, remove_it);
    EXPECT_EQ(remove("k", v1).status, 204);
    EXPECT_EQ(get("k", v1).code(), "NoSuchVersion");
    EXPECT_EQ(listed(), "");
}

TEST_F(VersioningTest, AMultiDeleteTakesVersionsAndKeysOfOneKeyInOneCommit) {
    set_versioning("Enabled");
    const std::string v1 = put_version("k", "1");
    const std::string v2 = put_version("k", "2");
    const std::string v3 = put_version("k", "3");
    put_version("l", "1");
    const auto object = [](std::string_view key, std::string_view id) {
        return "<Object><Key>" + std::string(key) + "</Key>" +
               (id.empty() ? "" : "<VersionId>" + std::string(id) + "</VersionId>") + "</Object>";
    };
    const std::string body = "<Delete>" + object("k", v3) + object("k", v1) + object("k", v2) +
                             object("l", "") + object("m", "nonsense") + object("k", v1) +
                             "</Delete>";
    const Answer answer = send({.method = "POST",
                                .target = "/b?delete",
                                .headers = {{"Content-MD5", to_base64(crypto::md5(body))}},
                                .body = body});
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.element("Code"), "NoSuchVersion");
    EXPECT_EQ(answer.element("DeleteMarker"), "true");
    const std::string marker = answer.element("DeleteMarkerVersionId");
    EXPECT_EQ(get("l", marker).status, 405);
    EXPECT_EQ(get("k").status, 404);
    EXPECT_EQ(get("k").field("x-amz-delete-marker"), "");
    EXPECT_EQ(row_count(storage::Table::Bodies), 1u);
    EXPECT_EQ(row_count(storage::Table::Objects), 1u);
}

TEST_F(VersioningTest, AMultiDeleteMakesNoMarkerOfAKeyThatNoUrlCanName) {
    set_versioning("Enabled");
    const std::string body =
        "<Delete><Object><Key>" + std::string(1025, 'k') + "</Key></Object></Delete>";
    const Answer answer = send({.method = "POST",
                                .target = "/b?delete",
                                .headers = {{"Content-MD5", to_base64(crypto::md5(body))}},
                                .body = body});
    EXPECT_EQ(answer.code(), "KeyTooLongError");
    EXPECT_EQ(row_count(storage::Table::Objects), 0u);
}

TEST_F(VersioningTest, AMultiDeleteCanRemoveAVersionBelowTheMarkerItMakes) {
    set_versioning("Enabled");
    const std::string v1 = put_version("k", "1");
    const std::string body =
        "<Delete><Object><Key>k</Key></Object><Object><Key>k</Key><VersionId>" + v1 +
        "</VersionId></Object></Delete>";
    const Answer answer = send({.method = "POST",
                                .target = "/b?delete",
                                .headers = {{"Content-MD5", to_base64(crypto::md5(body))}},
                                .body = body});
    EXPECT_EQ(answer.status, 200) << answer.body;
    name(answer.element("DeleteMarkerVersionId"), "m");
    EXPECT_EQ(listed(), "-k=m*");
    EXPECT_EQ(row_count(storage::Table::Versions), 0u);
}

TEST_F(VersioningTest, ConditionsSeeNoObjectBelowAMarker) {
    set_versioning("Enabled");
    put_version("k", "1");
    EXPECT_EQ(put("k", "2", {{"If-None-Match", "*"}}).code(), "PreconditionFailed");
    remove("k");
    EXPECT_EQ(put("k", "2", {{"If-Match", "\"c4ca4238a0b923820dcc509a6f75849b\""}}).code(),
              "NoSuchKey");
    EXPECT_EQ(put("k", "2", {{"If-None-Match", "*"}}).status, 200);
}

TEST_F(VersioningTest, CopiesNameVersions) {
    set_versioning("Enabled");
    const std::string v1 = put_version("k", "1");
    put_version("k", "2");
    const Answer restored = put("k", "", {{"x-amz-copy-source", "/b/k?versionId=" + v1}});
    EXPECT_EQ(restored.status, 200) << restored.body;
    EXPECT_EQ(restored.field("x-amz-copy-source-version-id"), v1);
    EXPECT_FALSE(version_of(restored).empty());
    EXPECT_EQ(get("k").body, "1");
    const std::string marker = version_of(remove("k"));
    EXPECT_EQ(put("l", "", {{"x-amz-copy-source", "/b/k?versionId=" + marker}}).code(),
              "InvalidRequest");
    EXPECT_EQ(put("l", "", {{"x-amz-copy-source", "/b/k"}}).code(), "NoSuchKey");
}

TEST_F(VersioningTest, ReadingAVersionIsAnActionOfItsOwn) {
    set_versioning("Enabled");
    const std::string v1 = put_version("k", "1");
    set_policy(R"({"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],
                   "Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]})");
    EXPECT_EQ(send({.target = "/b/k", .account = ""}).status, 200);
    EXPECT_EQ(send({.target = target("k", v1), .account = ""}).code(), "AccessDenied");
    set_policy(R"({"Effect":"Allow","Principal":"*","Action":"s3:GetObjectVersion",
                   "Resource":"arn:aws:s3:::b/*"})");
    EXPECT_EQ(send({.target = target("k", v1), .account = ""}).status, 200);
    EXPECT_EQ(send({.target = "/b/k", .account = ""}).code(), "AccessDenied");
}

TEST_F(VersioningTest, APolicySeesTheVersionThatIsMeant) {
    set_versioning("Enabled");
    const std::string v1 = put_version("k", "1");
    const std::string v2 = put_version("k", "2");
    set_policy(R"({"Effect":"Deny","Principal":"*",
                   "Action":["s3:GetObjectVersion","s3:DeleteObjectVersion"],
                   "Resource":"arn:aws:s3:::b/*",
                   "Condition":{"StringEquals":{"s3:VersionId":")" +
               v2 + R"("}}})");
    EXPECT_EQ(get("k", v1).status, 200);
    EXPECT_EQ(get("k", v2).code(), "AccessDenied");
    EXPECT_EQ(remove("k", v2).code(), "AccessDenied");
    const auto copy = [this](const std::string& query, const std::string& version) {
        return put("copy" + query, "", {{"x-amz-copy-source", "/b/k?versionId=" + version}});
    };
    EXPECT_EQ(copy("", v2).code(), "AccessDenied");
    EXPECT_EQ(copy("", v1).status, 200);
    EXPECT_EQ(copy("?versionId=" + v1, v2).element("Message"),
              "This operation does not accept a version-id.");
    const std::string body =
        "<Delete><Object><Key>k</Key><VersionId>" + v2 + "</VersionId></Object></Delete>";
    const Answer answer = send({.method = "POST",
                                .target = "/b?delete&versionId=" + v1,
                                .headers = {{"Content-MD5", to_base64(crypto::md5(body))}},
                                .body = body});
    EXPECT_EQ(answer.code(), "AccessDenied");
    EXPECT_EQ(put("k?versionId=null", "x").code(), "InvalidArgument");
}

TEST_F(VersioningTest, ListingGoesOnWhereItStopped) {
    set_versioning("Enabled");
    for (const char* const key : {"a", "a/1", "a/2", "b", "c"}) {
        name(put_version(key, "1"), "1");
        name(put_version(key, "2"), "2");
    }
    name(version_of(remove("b")), "m");
    const std::string all = "a=2* a=1 a/1=2* a/1=1 a/2=2* a/2=1 -b=m* b=2 b=1 c=2* c=1";
    EXPECT_EQ(listed(), all);
    for (int page = 1; page <= 12; ++page) {
        std::string got = listed("&max-keys=" + std::to_string(page));
        while (last_listing_.element("IsTruncated") == "true") {
            const std::string next =
                "&max-keys=" + std::to_string(page) +
                "&key-marker=" + last_listing_.element("NextKeyMarker") +
                "&version-id-marker=" + last_listing_.element("NextVersionIdMarker");
            got += " " + listed(next);
        }
        EXPECT_EQ(got, all) << page;
    }
    EXPECT_EQ(listed("&key-marker=a/1"), "a/2=2* a/2=1 -b=m* b=2 b=1 c=2* c=1");
    EXPECT_EQ(listed("&prefix=a/"), "a/1=2* a/1=1 a/2=2* a/2=1");
    EXPECT_EQ(listed("&delimiter=/"), "a=2* a=1 -b=m* b=2 b=1 c=2* c=1");
    EXPECT_EQ(last_listing_.element("Prefix"), "");
    EXPECT_NE(last_listing_.body.find("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"),
              std::string::npos);
    EXPECT_EQ(listed("&delimiter=/&max-keys=3"), "a=2* a=1");
    EXPECT_EQ(last_listing_.element("NextKeyMarker"), "a/");
    EXPECT_EQ(last_listing_.element("NextVersionIdMarker"), "");
    EXPECT_EQ(listed("&delimiter=/&key-marker=a/"), "-b=m* b=2 b=1 c=2* c=1");
    EXPECT_EQ(listed("&max-keys=0"), "");
}

TEST_F(VersioningTest, ListingGoesOnBehindAVersionThatIsGone) {
    set_versioning("Enabled");
    name(put_version("k", "1"), "1");
    const std::string v2 = put_version("k", "2");
    const std::string v3 = put_version("k", "3");
    remove("k", v2);
    EXPECT_EQ(listed("&key-marker=k&version-id-marker=" + v2), "k=1");
    remove("k", v3);
    EXPECT_EQ(listed("&key-marker=k&version-id-marker=" + v3), "k=1*");
}

TEST_F(VersioningTest, ListingRepeatsAKeyRatherThanLoseItsVersions) {
    set_versioning("Enabled");
    name(put_version("k", "1"), "1");
    name(put_version("k", "2"), "2");
    // There is no null version: it was deleted since the page before.
    EXPECT_EQ(listed("&key-marker=k&version-id-marker=null"), "k=2* k=1");
}

// It read one table, and when it read the other the version had moved.
TEST_F(VersioningTest, AVersionThatMovesWhileItIsListedIsListedOnce) {
    set_versioning("Enabled");
    name(put_version("k", "one"), "1");
    name(put_version("k", "two"), "2");

    // The second one becomes an older one ...
    store_->after_next_scan([this](storage::MetadataStore& store) {
        change_versions(store, "k", [](KeyVersions& versions) {
            ASSERT_TRUE(versions.push({.has_version_id = true}).has_value());
        });
    });
    EXPECT_EQ(listed(), "k=2* k=1");
    name(version_of(get("k")), "3");
    EXPECT_EQ(listed(), "k=3* k=2 k=1");
    // ... and the current one again.
    store_->after_next_scan([this](storage::MetadataStore& store) { remove_current(store, "k"); });
    EXPECT_EQ(listed(), "k=3* k=2 k=1");
    EXPECT_EQ(listed(), "k=2* k=1");
}

TEST_F(VersioningTest, ListingRefusesMarkersThatNameNothing) {
    EXPECT_EQ(send({.target = "/b?versions&version-id-marker=null"}).element("Message"),
              "A version-id marker cannot be specified without a key marker.");
    EXPECT_EQ(send({.target = "/b?versions&key-marker=a&version-id-marker="}).code(),
              "InvalidArgument");
    EXPECT_EQ(send({.target = "/b?versions&key-marker=a&version-id-marker=x"}).code(),
              "InvalidArgument");
    EXPECT_EQ(send({.target = "/b?versions&encoding-type=x"}).code(), "InvalidArgument");
}

TEST_F(VersioningTest, APrefixWithMarkersOnlyIsNotListed) {
    set_versioning("Enabled");
    put_version("d/k", "1");
    put_version("e/k", "1");
    remove("d/k");
    const Answer answer = send({.target = "/b?list-type=2&delimiter=/"});
    EXPECT_EQ(answer.element("KeyCount"), "1");
    EXPECT_EQ(answer.body.find("d/"), std::string::npos);
    EXPECT_EQ(send({.target = "/b?list-type=2&max-keys=1"}).element("IsTruncated"), "false");
}

}  // namespace
}  // namespace tarn::s3
