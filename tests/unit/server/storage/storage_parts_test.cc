// The small pure parts: row names, pending rows, blob files, ids, free space.

#include "server/storage/blob_format.h"
#include "server/storage/blob_references.h"
#include "server/storage/free_space.h"
#include "server/storage/pending_rows.h"
#include "server/storage/row_format.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace tarn::storage {
namespace {

TEST(RowFormatTest, NamesSortByPartitionThenKey) {
    EXPECT_EQ(row_name(1, "k"), std::string("\0\0\0\0\0\0\0\1k", 9));
    EXPECT_LT(row_name(255, "\xff"), row_name(256, ""));
    EXPECT_LT(row_name(1, ""), row_name(1, std::string_view("\0", 1)));
    EXPECT_EQ(decode_number(row_name(0x0102030405060708, "")), 0x0102030405060708u);
}

TEST(RowFormatTest, TheEndOfAPrefixIsTheFirstNameAfterIt) {
    struct Case {
        std::string prefix;
        std::optional<std::string> end;
    };
    const Case cases[] = {
        {"a", "b"},         {"ab\xff", "ac"}, {"a\xff\xff", "b"}, {"\xff", std::nullopt},
        {"", std::nullopt}, {"\x7f", "\x80"}, {"a/", "a0"},       {std::string("\0", 1), "\1"}};
    for (const Case& test : cases)
        EXPECT_EQ(end_of_prefix(test.prefix), test.end) << test.prefix;
}

// Random operations against a map, with enough keys to make the table grow and collide.
TEST(PendingRowsTest, AgreesWithAMap) {
    std::mt19937 random(7);
    PendingRows rows;
    for (int group = 0; group < 20; ++group) {
        rows.clear();
        std::map<std::string, Revision> model;
        std::vector<std::string> prefixes;
        std::vector<std::string> keys(2000);  // the rows keep views of them
        for (std::size_t i = 0; i < keys.size(); ++i) {
            keys[i] = std::to_string(random() % 3000);
            if (random() % 200 == 0) {
                keys[i] = std::to_string(random() % 30);
                std::size_t seen = 0;
                rows.delete_prefix(Table::Objects, 1, keys[i], [&](std::string_view) { ++seen; });
                for (auto& [key, revision] : model) {
                    if (!key.starts_with(keys[i]) || revision == 0) continue;
                    revision = 0;
                    --seen;
                }
                EXPECT_EQ(seen, 0u);
                prefixes.push_back(keys[i]);
                continue;
            }
            const Revision revision = random() % 3;
            rows.set(Table::Objects, 1, keys[i], revision);
            model[keys[i]] = revision;
        }
        for (int key = 0; key < 3000; ++key) {
            const std::string text = std::to_string(key);
            std::optional<Revision> expected;
            for (const std::string& prefix : prefixes) {
                if (text.starts_with(prefix)) expected = 0;
            }
            if (const auto known = model.find(text); known != model.end()) expected = known->second;
            ASSERT_EQ(rows.find(Table::Objects, 1, text), expected) << text;
            ASSERT_EQ(rows.find(Table::Uploads, 1, text), std::nullopt);
            ASSERT_EQ(rows.find(Table::Objects, 2, text), std::nullopt);
        }
    }
}

TEST(BlobFormatTest, TheSizeFollowsFromTheFilesLength) {
    for (const std::uint64_t size : {0ul, 1ul, kBlockBytes - 1, kBlockBytes, kBlockBytes + 1,
                                     10 * kBlockBytes, 10 * kBlockBytes + 7, 5ul << 40}) {
        const std::uint64_t file = kBlobHeaderBytes + size + blob_tail_bytes(size);
        EXPECT_EQ(blob_size_of_file(file), size);
    }
    EXPECT_EQ(blob_size_of_file(0), std::nullopt);
    EXPECT_EQ(blob_size_of_file(kBlobHeaderBytes + kBlobFooterBytes - 1), std::nullopt);
    // One byte of data brings a CRC of four.
    EXPECT_EQ(blob_size_of_file(kBlobHeaderBytes + kBlobFooterBytes + 4), std::nullopt);
    EXPECT_EQ(blob_size_of_file(kBlobHeaderBytes + kBlobFooterBytes + 5), 1u);
}

TEST(BlobFormatTest, AHeaderIsReadBackAndLongKeysAreCut) {
    BlobHeader header{.origin = {.bucket_id = 9, .key = std::string(1024, 'k')},
                      .synced_sequence = 77,
                      .epoch = 3};
    header.id.bytes[0] = 0xab;
    auto bytes = encode_blob_header(header);
    auto read = decode_blob_header({bytes.data(), bytes.size()});
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->id, header.id);
    EXPECT_EQ(read->origin.bucket_id, 9u);
    EXPECT_EQ(read->origin.key, header.origin.key);
    EXPECT_EQ(read->synced_sequence, 77u);
    EXPECT_EQ(read->epoch, 3u);

    header.origin.key.assign(5000, 'k');
    bytes = encode_blob_header(header);
    read = decode_blob_header({bytes.data(), bytes.size()});
    EXPECT_EQ(read->origin.key, std::string(2048, 'k'));
}

TEST(BlobFormatTest, ATailBelongsToItsHeader) {
    const std::vector<std::uint32_t> crcs{1, 2};
    const std::string tail = encode_blob_tail(kBlockBytes + 1, crcs, 42);
    EXPECT_EQ(decode_blob_tail(tail, kBlockBytes + 1, 42), crcs);
    EXPECT_EQ(decode_blob_tail(tail, kBlockBytes + 1, 43), std::nullopt);
    EXPECT_EQ(decode_blob_tail(tail, kBlockBytes + 2, 42), std::nullopt);
    EXPECT_EQ(decode_blob_tail("", 0, 42), std::nullopt);
}

TEST(BlobIdTest, HasOneText) {
    BlobId id;
    id.bytes = {0x00, 0x01, 0xab, 0xff};
    EXPECT_EQ(to_text(id), "0001abff000000000000000000000000");
    EXPECT_EQ(parse_blob_id(to_text(id)), id);
    EXPECT_EQ(blob_id_of_raw(raw_bytes(id)), id);
    for (const char* const text :
         {"", "0001", "0001ABFF000000000000000000000000", "0001abff0000000000000000000000000",
          "LOCK", "0001abff00000000000000000000000g"}) {
        EXPECT_EQ(parse_blob_id(text), std::nullopt) << text;
    }
    EXPECT_EQ(blob_id_of_raw("short"), std::nullopt);
}

TEST(FreeSpaceTest, SmallDeletesAreAdmittedToAFullDisk) {
    const auto admitted = [](std::vector<Mutation> mutations, std::uint64_t room) {
        return admit_batch({.partition = 1, .guards = {}, .mutations = std::move(mutations)}, room);
    };
    const Mutation small{.kind = Mutation::Kind::Put, .table = {}, .key = "k", .value = "12345"};
    const Mutation large{
        .kind = Mutation::Kind::Put, .table = {}, .key = "k", .value = std::string(20'000, 'x')};
    const Mutation removal{.kind = Mutation::Kind::Delete, .table = {}, .key = "k", .value = {}};
    EXPECT_TRUE(admitted({small}, 6));
    EXPECT_FALSE(admitted({small}, 5));
    EXPECT_TRUE(admitted({removal, small}, 0));
    EXPECT_FALSE(admitted({removal, large}, 0));
    EXPECT_TRUE(admitted({removal, large}, 30'000));
}

TEST(FreeSpaceTest, TheBatchesOfAGroupShareTheRoom) {
    std::uint64_t room = 10;
    const Batch batch{
        .partition = 1,
        .guards = {},
        .mutations = {{.kind = Mutation::Kind::Put, .table = {}, .key = "k", .value = "12345"}}};
    EXPECT_TRUE(admit_batch(batch, room));
    EXPECT_FALSE(admit_batch(batch, room));
}

}  // namespace
}  // namespace tarn::storage
