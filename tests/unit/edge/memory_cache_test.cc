#include "edge/cache/memory_cache.h"

#include "edge/cache/invalidations.h"

#include <string>

#include <gtest/gtest.h>

namespace tarn::edge {
namespace {

std::string key_of(int number) {
    return "d2:E1e0u8:/" + std::to_string(1'000'000 + number);
}

EntryPtr entry_of(const std::string& key, std::size_t body_bytes = 100, std::uint64_t stamp = 0,
                  std::vector<std::string> tags = {}) {
    const std::string body(body_bytes, 'x');
    return std::make_shared<const Entry>(
        EntryParts{.key = key,
                   .invalidation_part = {.offset = 10, .length = 8},
                   .head_lines = "ETag: \"abc\"\r\nContent-Type: text/plain\r\n",
                   .etag = {.value = "abc"},
                   .body = body,
                   .tags = std::move(tags),
                   .stamp = stamp});
}

EntryPtr find(MemoryCache& cache, const std::string& key) {
    return cache.find(hash_key(key), key);
}

TEST(EntryTest, KeepsItsPartsApart) {
    const std::string key = key_of(7);
    const EntryPtr entry = entry_of(key, 5, 9, {"red"});
    EXPECT_EQ(entry->key(), key);
    EXPECT_EQ(entry->invalidation_key(), "/1000007");
    EXPECT_EQ(entry->head_lines(), "ETag: \"abc\"\r\nContent-Type: text/plain\r\n");
    EXPECT_EQ(entry->etag().value, "abc");
    EXPECT_EQ(entry->inline_body(), "xxxxx");
    EXPECT_EQ(entry->body_size(), 5);
    EXPECT_EQ(entry->stamp(), 9);
    EXPECT_EQ(entry->last_modified(), std::nullopt);
    const Entry copy(entry->parts());
    EXPECT_EQ(copy.key(), key);
    EXPECT_EQ(copy.invalidation_key(), "/1000007");
    EXPECT_EQ(copy.inline_body(), "xxxxx");
    EXPECT_EQ(copy.tags().size(), 1);
}

TEST(EntryTest, AnUnnormalisedPathIsInvalidatedByItsNormalForm) {
    const std::string key = "d2:E1e0u5:/%7Ea";
    const Entry entry({.key = key, .invalidation_part = {.offset = 10, .length = 5}, .body = "b"});
    EXPECT_EQ(entry.invalidation_key(), "/~a");
    EXPECT_EQ(entry.inline_body(), "b");
    EXPECT_EQ(entry.key(), key);
}

TEST(EntryTest, ASmallObjectCostsAtMost600BytesBesideItsBody) {
    EXPECT_LE(entry_of(key_of(1), 1024)->charge(), 600 + 1024);
}

TEST(MemoryCacheTest, FindsWhatWasPutUntilItIsRemoved) {
    MemoryCache cache(1 << 20);
    const std::string key = key_of(1);
    EXPECT_EQ(find(cache, key), nullptr);
    const EntryPtr entry = entry_of(key);
    EXPECT_TRUE(cache.put(entry));
    EXPECT_EQ(find(cache, key), entry);
    EXPECT_EQ(cache.stats().entry_count, 1);
    EXPECT_EQ(cache.stats().used_bytes, entry->charge());
    EXPECT_TRUE(cache.remove(*entry));
    EXPECT_FALSE(cache.remove(*entry));
    EXPECT_EQ(find(cache, key), nullptr);
    EXPECT_EQ(cache.stats().used_bytes, 0);
}

TEST(MemoryCacheTest, TheAnswerThatWasAskedForLaterStays) {
    MemoryCache cache(1 << 20);
    const std::string key = key_of(1);
    const EntryPtr late = entry_of(key, 100, 7);
    cache.put(late);
    EXPECT_FALSE(cache.put(entry_of(key, 50, 6)));
    EXPECT_EQ(find(cache, key), late);
    const EntryPtr later = entry_of(key, 10, 7);
    EXPECT_TRUE(cache.put(later));
    EXPECT_EQ(find(cache, key), later);
    EXPECT_EQ(cache.stats().entry_count, 1);
    EXPECT_EQ(cache.stats().used_bytes, later->charge());
}

TEST(MemoryCacheTest, RemovingAnOldAnswerLeavesItsSuccessor) {
    MemoryCache cache(1 << 20);
    const EntryPtr old = entry_of(key_of(1));
    const EntryPtr current = entry_of(key_of(1));
    cache.put(old);
    cache.put(current);
    EXPECT_FALSE(cache.remove(*old));
    EXPECT_EQ(find(cache, key_of(1)), current);
}

TEST(MemoryCacheTest, KeepsItsBudget) {
    constexpr std::size_t kBudget = 1 << 20;
    MemoryCache cache(kBudget);
    for (int i = 0; i < 5000; ++i) {
        cache.put(entry_of(key_of(i), 1000));
        ASSERT_LE(cache.stats().used_bytes, kBudget);
    }
    EXPECT_GT(cache.stats().used_bytes, kBudget * 9 / 10);
    EXPECT_GT(cache.stats().evicted_count, 3000);
}

TEST(MemoryCacheTest, WhatIsUsedSurvivesAScan) {
    MemoryCache cache(1 << 20);
    for (int i = 0; i < 100; ++i)
        cache.put(entry_of(key_of(i), 1000));
    for (int i = 0; i < 100; ++i)
        find(cache, key_of(i));
    for (int i = 1000; i < 6000; ++i)
        cache.put(entry_of(key_of(i), 1000));
    int survivors = 0;
    for (int i = 0; i < 100; ++i)
        survivors += find(cache, key_of(i)) != nullptr ? 1 : 0;
    EXPECT_EQ(survivors, 100);
}

TEST(MemoryCacheTest, WhatWasNeverUsedAgainGoesFirstAndIsRemembered) {
    MemoryCache cache(1 << 20);
    cache.put(entry_of(key_of(0), 1000));
    for (int i = 1; i < 2000; ++i)
        cache.put(entry_of(key_of(i), 1000));
    EXPECT_EQ(find(cache, key_of(0)), nullptr);
    const std::string last_evicted = [&] {
        for (int i = 1999; i >= 0; --i) {
            if (find(cache, key_of(i)) == nullptr) return key_of(i);
        }
        return std::string();
    }();
    EXPECT_TRUE(cache.was_evicted(hash_key(last_evicted)));
    EXPECT_FALSE(cache.was_evicted(hash_key(key_of(9999))));
}

TEST(MemoryCacheTest, ALargeObjectIsNotPunishedForItsShard) {
    MemoryCache cache(16 << 20);
    auto chunks = std::make_shared<ChunkedBody>(2 * kChunkBytes);
    chunks->claim({.first = 0, .count = 2}, 2);
    for (std::uint64_t offset : {std::uint64_t{0}, kChunkBytes}) {
        chunks->space(offset);
        chunks->commit(offset, kChunkBytes);
    }
    const std::string key = key_of(1'000'000);
    cache.put(std::make_shared<const Entry>(EntryParts{
        .key = key, .invalidation_part = {.offset = 10, .length = 1}, .chunks = chunks}));
    find(cache, key);
    for (int i = 0; i < 20'000; ++i)
        cache.put(entry_of(key_of(i), 1000));
    EXPECT_GT(cache.stats().evicted_count, 5'000);
    EXPECT_NE(find(cache, key), nullptr);
}

TEST(MemoryCacheTest, AnObjectAboveAQuarterOfTheBudgetIsNotStored) {
    MemoryCache cache(100'000);
    EXPECT_FALSE(cache.put(entry_of(key_of(1), 30'000)));
    EXPECT_TRUE(cache.put(entry_of(key_of(1), 20'000)));
}

TEST(MemoryCacheTest, AGrownBodyIsChargedAnew) {
    MemoryCache cache(16 << 20);
    auto chunks = std::make_shared<ChunkedBody>(3 * kChunkBytes);
    const std::string key = key_of(1);
    const auto entry = std::make_shared<const Entry>(
        EntryParts{.key = key, .invalidation_part = {.offset = 10, .length = 1}, .chunks = chunks});
    cache.put(entry);
    const std::size_t before = cache.stats().used_bytes;
    chunks->claim({.first = 1, .count = 1}, 1);
    chunks->space(kChunkBytes);
    cache.recharge(*entry);
    EXPECT_EQ(cache.stats().used_bytes, before + kChunkBytes);
    cache.remove(*entry);
    EXPECT_EQ(cache.stats().used_bytes, 0);
}

TEST(MemoryCacheTest, ASweepRemovesWhatItIsTold) {
    MemoryCache cache(1 << 20);
    for (int i = 0; i < 200; ++i)
        cache.put(entry_of(key_of(i), 10, static_cast<std::uint64_t>(i % 2)));
    std::size_t removed = 0;
    for (std::size_t shard = 0; shard < MemoryCache::kShardCount; ++shard) {
        removed += cache.sweep_shard(shard, [](const Entry& entry) { return entry.stamp() == 1; });
    }
    EXPECT_EQ(removed, 100);
    EXPECT_EQ(cache.stats().entry_count, 100);
    EXPECT_EQ(find(cache, key_of(0)), nullptr);
    EXPECT_NE(find(cache, key_of(1)), nullptr);
    for (int i = 0; i < 200; i += 2)
        cache.put(entry_of(key_of(i)));  // freed places are used again
    EXPECT_EQ(cache.stats().entry_count, 200);
}

struct InvalidationCase {
    const char* path;
    std::uint64_t sequence;
    bool dead;
};

TEST(InvalidationsTest, AnEntryIsDeadWhereACoveringRuleIsNewerThanItsStamp) {
    const InvalidationCase cases[] = {
        {"/1000001", 5, false}, {"/1000001", 6, true}, {"/1000002", 6, false}, {"/1*", 6, true},
        {"/2*", 6, false},      {"/*", 6, true},       {"/*", 5, false},       {"#red", 6, true},
        {"#RED", 6, true},      {"#red", 5, false},    {"#blue", 6, false},
    };
    for (const InvalidationCase& c : cases) {
        Invalidations invalidations;
        const EntryPtr entry = entry_of(key_of(1), 10, 5, {"red"});
        EXPECT_FALSE(invalidations.covers(*entry));
        invalidations.add(c.sequence, c.path);
        EXPECT_EQ(invalidations.covers(*entry), c.dead) << c.path << " " << c.sequence;
        EXPECT_EQ(invalidations.covers(*entry), c.dead) << "the second look at " << c.path;
    }
}

TEST(InvalidationsTest, ALaterRuleIsSeenAfterAnEarlierOneWasFoundHarmless) {
    Invalidations invalidations;
    const EntryPtr entry = entry_of(key_of(1), 10, 5);
    invalidations.add(6, "/other");
    EXPECT_FALSE(invalidations.covers(*entry));
    EXPECT_EQ(entry->checked_sequence(), 6);
    invalidations.add(7, "/1000001");
    EXPECT_TRUE(invalidations.covers(*entry));
}

}  // namespace
}  // namespace tarn::edge
