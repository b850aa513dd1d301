#include "server/s3/records.h"

#include "server/s3/acl_codec.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace tarn::s3 {
namespace {

ObjectRecord full_record() {
    ObjectRecord record;
    record.body = {.kind = BodyRef::Kind::Manifest, .id = {{1, 2, 3}}, .size = 1'234'567'890'123};
    record.last_modified = WallTime(std::chrono::milliseconds(1'700'000'000'123));
    record.etag = "0123456789abcdef0123456789abcdef-3";
    record.checksum = StoredChecksum{.algorithm = crypto::ChecksumAlgorithm::SHA256,
                                     .type = ChecksumType::Composite,
                                     .value = "abc=-3"};
    record.part_count = 3;
    record.upload_id = "upload";
    record.attributes = {.content_type = "text/plain",
                         .system_headers = {{"Cache-Control", "max-age=1"}},
                         .user_metadata = {{"x-amz-meta-a", "b"}, {"x-amz-meta-c", ""}},
                         .storage_class = "STANDARD_IA"};
    record.owner_account_id = "000000000000";
    return record;
}

TEST(ObjectRecord, SurvivesARoundTrip) {
    const ObjectRecord record = full_record();
    const auto read = decode_object(encode(record));
    ASSERT_TRUE(read);
    EXPECT_EQ(encode(*read), encode(record));
    EXPECT_EQ(read->body.size, record.body.size);
    EXPECT_EQ(read->body.id, record.body.id);
    EXPECT_EQ(read->etag, record.etag);
    EXPECT_EQ(read->last_modified, record.last_modified);
    EXPECT_EQ(read->checksum->value, record.checksum->value);
    EXPECT_EQ(read->attributes.user_metadata, record.attributes.user_metadata);
}

TEST(ObjectRecord, TruncatedOrForeignBytesAreNoRecord) {
    const std::string bytes = encode(full_record());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_object(std::string_view(bytes).substr(0, size))) << size;
    std::string newer = bytes;
    newer[0] = 2;
    EXPECT_FALSE(decode_object(newer));
}

TEST(ObjectRecord, KeepsItsAcl) {
    ObjectRecord record = full_record();
    EXPECT_FALSE(decode_object(encode(record))->attributes.acl);
    const auth::Acl acls[] = {
        {},
        auth::owner_acl("000000000000"),
        {{.grantee = {.kind = auth::GranteeKind::AllUsers}, .permission = auth::Permission::Read},
         {.grantee = {.kind = auth::GranteeKind::ExecReader},
          .permission = auth::Permission::WriteAcp}},
    };
    for (const auth::Acl& acl : acls) {
        record.attributes.acl = acl;
        const auto read = decode_object(encode(record));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->attributes.acl, acl);
    }
}

TEST(Acl, ForeignBytesAreNone) {
    const std::string bytes = encode_acl(auth::owner_acl("000000000000"));
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_acl(std::string_view(bytes).substr(0, size))) << size;
    EXPECT_FALSE(decode_acl(bytes + "x"));
    std::string other_kind = bytes;
    other_kind[1] = 9;
    EXPECT_FALSE(decode_acl(other_kind));
    std::string other_permission = bytes;
    other_permission.back() = 9;
    EXPECT_FALSE(decode_acl(other_permission));
}

UploadRecord upload_record() {
    return {.initiated = WallTime(std::chrono::milliseconds(1'700'000'000'123)),
            .attributes = {.content_type = "text/plain"},
            .algorithm = crypto::ChecksumAlgorithm::CRC32C,
            .type = ChecksumType::FullObject,
            .owner_account_id = "000000000000",
            .initiator_account_id = "111111111111"};
}

TEST(UploadRecord, SurvivesARoundTrip) {
    const auto read = decode_upload(encode(upload_record()));
    ASSERT_TRUE(read);
    EXPECT_EQ(encode(*read), encode(upload_record()));
    EXPECT_EQ(read->owner_account_id, "000000000000");
    EXPECT_EQ(read->initiator_account_id, "111111111111");
}

TEST(UploadRecord, OfBeforeThereWasAnInitiatorNamesTheOwner) {
    const std::string bytes = encode(upload_record());
    // Its length and twelve digits.
    const auto read = decode_upload(std::string_view(bytes).substr(0, bytes.size() - 13));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->algorithm, crypto::ChecksumAlgorithm::CRC32C);
    EXPECT_EQ(read->initiator_account_id, "000000000000");
    EXPECT_FALSE(decode_upload(std::string_view(bytes).substr(0, bytes.size() - 12)));
}

TEST(UploadKey, SortsByObjectKeyThenUploadId) {
    using std::string_literals::operator""s;
    const std::vector<std::pair<std::string, std::string>> in_order = {
        {"a", "1"},     {"a", "2"},   {"a\0"s, "1"}, {"a\0b"s, "1"},
        {"a\x01", "1"}, {"a/b", "1"}, {"b", "0"}};
    std::vector<std::string> keys;
    for (const auto& [key, id] : in_order) {
        keys.push_back(upload_key(key, id));
        const auto name = parse_upload_key(keys.back());
        ASSERT_TRUE(name);
        EXPECT_EQ(name->object_key, key);
        EXPECT_EQ(name->upload_id, id);
        EXPECT_LE(upload_key_from(key), keys.back());
    }
    EXPECT_TRUE(std::ranges::is_sorted(keys));
}

TEST(PartKey, SortsByNumber) {
    EXPECT_LT(part_key("u", 1), part_key("u", 2));
    EXPECT_LT(part_key("u", 255), part_key("u", 256));
    EXPECT_LT(part_key("u", 9999), part_key("u", 10000));
    EXPECT_EQ(part_number_of(part_key("u", 10000)), 10000u);
}

}  // namespace
TEST(Records, OlderVersionsOfAKeySortNewestFirstAndBesideNoOtherKey) {
    const std::string key("a\0b", 3);
    EXPECT_LT(version_key(key, 7), version_key(key, 6));
    EXPECT_TRUE(version_key(key, 7).starts_with(versions_prefix(key)));
    EXPECT_FALSE(version_key(key, 7).starts_with(versions_prefix("a")));
    EXPECT_LT(version_key("a", 1), version_key(key, 9));  // as the keys themselves sort
    const auto name = parse_version_key(version_key(key, 7));
    ASSERT_TRUE(name.has_value());
    EXPECT_EQ(name->object_key, key);
    EXPECT_EQ(name->sequence, 7u);
    EXPECT_FALSE(parse_version_key("a").has_value());
    EXPECT_FALSE(parse_version_key(versions_prefix("a")).has_value());
}

TEST(Records, WhatFewObjectsHaveComesBack) {
    ObjectRecord record{.body = {.kind = BodyRef::Kind::DeleteMarker}};
    record.attributes.tags = {{"colour", "red"}, {"empty", ""}};
    record.has_version_id = true;
    record.sequence = 300;
    record.null_sequence = 12;
    const std::string bytes = encode(record);
    EXPECT_TRUE(is_delete_marker(bytes));
    const auto back = decode_object(bytes);
    ASSERT_TRUE(back.has_value());
    EXPECT_TRUE(back->is_delete_marker());
    EXPECT_EQ(back->attributes.tags, record.attributes.tags);
    EXPECT_TRUE(back->has_version_id);
    EXPECT_EQ(back->sequence, 300u);
    EXPECT_EQ(back->null_sequence, 12u);
    EXPECT_FALSE(is_delete_marker(encode(ObjectRecord{})));
}

TEST(Records, ASectionOfALaterVersionIsNotIgnored) {
    const std::string bytes = encode(ObjectRecord{});
    EXPECT_FALSE(decode_object(bytes + std::string("\x63\x01x", 3)).has_value());
    EXPECT_FALSE(decode_object(bytes + std::string("\x02\x05x", 3)).has_value());
}

TEST(Records, APartKeepsTheChecksumThatItsClientSent) {
    PartRecord record{.etag = "e", .checksum = StoredChecksum{.value = "a"}};
    EXPECT_FALSE(decode_part(encode(record))->other_checksum.has_value());
    record.other_checksum =
        StoredChecksum{.algorithm = crypto::ChecksumAlgorithm::XXHASH128, .value = "b"};
    const auto back = decode_part(encode(record));
    ASSERT_TRUE(back && back->checksum && back->other_checksum);
    EXPECT_EQ(back->checksum->value, "a");
    EXPECT_EQ(back->other_checksum->algorithm, crypto::ChecksumAlgorithm::XXHASH128);
    EXPECT_EQ(back->other_checksum->value, "b");
}

TEST(Records, AnAlgorithmOfALaterVersionIsNotGuessed) {
    PartRecord record;
    record.checksum = StoredChecksum{.algorithm = static_cast<crypto::ChecksumAlgorithm>(10)};
    EXPECT_FALSE(decode_part(encode(record)).has_value());
    UploadRecord upload;
    upload.algorithm = static_cast<crypto::ChecksumAlgorithm>(10);
    EXPECT_FALSE(decode_upload(encode(upload)).has_value());
}

TEST(Records, ABucketKeepsItsVersioningAndConfigurations) {
    BucketRecord record{.id = 5, .region = "us-east-1"};
    record.versioning = Versioning::Suspended;
    record.configurations = {{"cors", "<C/>"}, {"inventory/a", "<I/>"}};
    const auto back = decode_bucket(encode(record));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->versioning, Versioning::Suspended);
    EXPECT_EQ(back->configurations, record.configurations);
}

}  // namespace tarn::s3
