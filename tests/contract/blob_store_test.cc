// What every BlobStore promises (server/storage/blob_store.h).

#include "tests/contract/stores.h"

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

namespace tarn::storage {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Bytes that differ at every offset and between seeds.
std::string pattern(std::size_t size, unsigned seed = 1) {
    std::string bytes(size, '\0');
    std::uint32_t state = seed * 2654435761u + 1;
    for (char& byte : bytes) {
        state = state * 1664525u + 1013904223u;
        byte = static_cast<char>(state >> 24);
    }
    return bytes;
}

class BlobStoreTest : public testing::TestWithParam<EngineKind> {
  protected:
    BlobStore& store() { return engine_->blobs(); }

    BlobId write(std::string_view bytes, std::size_t piece = SIZE_MAX) {
        auto writer = *store().create({.bucket_id = 3, .key = "a/key"});
        while (!bytes.empty()) {
            const std::size_t count = std::min(piece, bytes.size());
            EXPECT_TRUE(writer->append(bytes.substr(0, count)).has_value());
            bytes.remove_prefix(count);
        }
        EXPECT_TRUE(writer->finish().has_value());
        return writer->id();
    }
    static std::string read(const BlobReader& reader, std::uint64_t offset, std::size_t size) {
        std::string bytes(size, '?');
        const auto done = reader.read(offset, bytes);
        return done ? bytes : "(" + std::string(to_text(done.error())) + ")";
    }
    std::vector<BlobId> all() {
        std::vector<BlobId> ids;
        EXPECT_TRUE(store().for_each([&](const BlobId& id) { ids.push_back(id); }).has_value());
        return ids;
    }

    EngineUnderTest engine_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Stores, BlobStoreTest,
                         testing::Values(EngineKind::Memory, EngineKind::Disk), engine_name);

constexpr std::size_t kSizes[] = {0,
                                  1,
                                  kBlockBytes - 1,
                                  kBlockBytes,
                                  kBlockBytes + 1,
                                  3 * kBlockBytes,
                                  3 * kBlockBytes + 17,
                                  (1u << 20) + 5};

TEST_P(BlobStoreTest, WhatWasWrittenIsReadBackWhateverTheSizes) {
    for (const std::size_t size : kSizes) {
        for (const std::size_t piece :
             {std::size_t{1000}, kBlockBytes, std::size_t{100'000}, SIZE_MAX}) {
            const std::string bytes = pattern(size);
            const BlobId id = write(bytes, piece);
            const auto reader = store().open(id);
            ASSERT_TRUE(reader.has_value()) << size << " " << piece;
            EXPECT_EQ((*reader)->size(), size);
            EXPECT_TRUE(read(**reader, 0, size) == bytes) << size << " " << piece;
        }
    }
}

TEST_P(BlobStoreTest, AnyRangeIsReadExactly) {
    const std::string bytes = pattern(3 * kBlockBytes + 17);
    const auto reader = *store().open(write(bytes));
    const std::uint64_t edges[] = {0,
                                   1,
                                   kBlockBytes - 1,
                                   kBlockBytes,
                                   kBlockBytes + 1,
                                   2 * kBlockBytes,
                                   3 * kBlockBytes - 1,
                                   3 * kBlockBytes,
                                   3 * kBlockBytes + 16,
                                   3 * kBlockBytes + 17};
    for (const std::uint64_t first : edges) {
        for (const std::uint64_t end : edges) {
            if (end < first) continue;
            ASSERT_TRUE(read(*reader, first, end - first) == bytes.substr(first, end - first))
                << first << "-" << end;
        }
    }
}

TEST_P(BlobStoreTest, ABlobThatWasNeverWrittenIsNotFound) {
    EXPECT_EQ(store().open(BlobId{}).error(), StoreError::NotFound);
    EXPECT_EQ(store().describe(BlobId{}).error(), StoreError::NotFound);
    EXPECT_EQ(store().quarantine(BlobId{}).error(), StoreError::NotFound);
}

TEST_P(BlobStoreTest, AnUnfinishedBlobLeavesNothing) {
    {
        auto writer = *store().create({});
        ASSERT_TRUE(writer->append(pattern(200'000)).has_value());
        EXPECT_EQ(store().open(writer->id()).has_value(), false);
    }
    EXPECT_THAT(all(), IsEmpty());
}

TEST_P(BlobStoreTest, RemovalIsIdempotentAndSparesOpenReaders) {
    const std::string bytes = pattern(200'000);
    const BlobId id = write(bytes);
    const BlobId other = write("other");
    const auto reader = *store().open(id);
    ASSERT_TRUE(store().remove(id).has_value());
    ASSERT_TRUE(store().remove(id).has_value());
    EXPECT_EQ(store().open(id).error(), StoreError::NotFound);
    EXPECT_TRUE(read(*reader, 0, bytes.size()) == bytes);
    EXPECT_THAT(all(), UnorderedElementsAre(other));
}

TEST_P(BlobStoreTest, NamesEveryBlob) {
    const BlobId a = write("a");
    const BlobId b = write(pattern(100'000));
    EXPECT_THAT(all(), UnorderedElementsAre(a, b));
}

TEST_P(BlobStoreTest, DescribesWhatABlobWasWrittenFor) {
    const BlobId id = write("a");
    auto description = store().describe(id);
    ASSERT_TRUE(description.has_value());
    EXPECT_EQ(description->origin.bucket_id, 3u);
    EXPECT_EQ(description->origin.key, "a/key");
    EXPECT_TRUE(description->from_this_run);
    if (!engine_.reopen()) return;
    description = store().describe(id);
    ASSERT_TRUE(description.has_value());
    EXPECT_EQ(description->origin.key, "a/key");
    EXPECT_FALSE(description->from_this_run);
    const auto writing = *store().create({});
    EXPECT_TRUE(store().describe(writing->id())->from_this_run);
}

TEST_P(BlobStoreTest, QuarantinedBlobsAreGoneFromSightAndPurgedWhenOld) {
    const BlobId id = write("a");
    ASSERT_TRUE(store().quarantine(id).has_value());
    EXPECT_EQ(store().open(id).error(), StoreError::NotFound);
    EXPECT_THAT(all(), IsEmpty());

    const WallTime then = engine_.clock().real_now();
    EXPECT_EQ(*store().purge_quarantine(then), 0u);
    EXPECT_EQ(*store().purge_quarantine(then + std::chrono::milliseconds(1)), 1u);
    EXPECT_EQ(*store().purge_quarantine(then + std::chrono::milliseconds(1)), 0u);
}

TEST_P(BlobStoreTest, ConcurrentWritersAndReadersDoNotMix) {
    constexpr unsigned kWriters = 8;
    constexpr unsigned kBlobs = 20;
    std::vector<std::set<BlobId>> ids(kWriters);
    std::vector<std::thread> writers;
    for (unsigned writer = 0; writer < kWriters; ++writer) {
        writers.emplace_back([&, writer] {
            for (unsigned i = 0; i < kBlobs; ++i) {
                const std::string bytes = pattern(70'000 + i, writer * kBlobs + i);
                const BlobId id = write(bytes, 9'999);
                ids[writer].insert(id);
                const auto reader = *store().open(id);
                EXPECT_TRUE(read(*reader, 0, bytes.size()) == bytes);
            }
        });
    }
    for (std::thread& writer : writers)
        writer.join();
    std::set<BlobId> distinct;
    for (const auto& of_writer : ids)
        distinct.insert(of_writer.begin(), of_writer.end());
    EXPECT_EQ(distinct.size(), kWriters * kBlobs);
    EXPECT_EQ(all().size(), kWriters * kBlobs);
}

TEST_P(BlobStoreTest, OneReaderServesManyThreads) {
    const std::string bytes = pattern(5 * kBlockBytes + 3);
    const auto reader = *store().open(write(bytes));
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (std::size_t at = thread; at < bytes.size(); at += 7'919) {
                const std::size_t size = std::min<std::size_t>(90'000, bytes.size() - at);
                ASSERT_TRUE(read(*reader, at, size) == bytes.substr(at, size));
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
}

}  // namespace
}  // namespace tarn::storage
