#include "server/s3/listing.h"

#include "common/base/clock.h"
#include "common/base/random.h"
#include "server/storage/engine.h"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace tarn::s3 {
namespace {

constexpr storage::Partition kPartition = 7;

class ListingTest : public testing::Test {
  protected:
    void put(const std::string& key) {
        keys_.insert(key);
        ASSERT_TRUE(storage::commit_and_wait(
            engine_->metadata(), {.partition = kPartition,
                                  .mutations = {{.table = storage::Table::Objects, .key = key}}}));
    }

    struct Collected final : ListingSink {
        std::vector<std::string> items;  // in order; common prefixes marked with '>'
        Result<void, storage::StoreError> object(std::string_view key, std::string_view) override {
            items.emplace_back(key);
            return {};
        }
        void common_prefix(std::string_view prefix) override {
            items.push_back(">" + std::string(prefix));
        }
    };

    // Everything, page by page.
    std::vector<std::string> list_all(ListingQuery query) {
        Collected sink;
        for (int pages = 0; pages < 10'000; ++pages) {
            const auto end = list_keys(engine_->metadata(), kPartition, query, sink);
            EXPECT_TRUE(end);
            EXPECT_LE(end->count, query.max);
            if (!end->truncated) return sink.items;
            query.after = end->last;
        }
        ADD_FAILURE() << "the listing does not end";
        return {};
    }

    std::vector<std::string> list_naively(const ListingQuery& query) const {
        std::vector<std::string> items;
        for (const std::string& key : keys_) {
            if (!key.starts_with(query.prefix)) continue;
            const std::size_t at = query.delimiter.empty()
                                       ? std::string::npos
                                       : key.find(query.delimiter, query.prefix.size());
            const std::string item =
                at == std::string::npos ? key : ">" + key.substr(0, at + query.delimiter.size());
            if (items.empty() || items.back() != item) items.push_back(item);
        }
        return items;
    }

    ManualClock clock_;
    SeededRandom random_{1};
    std::unique_ptr<storage::Engine> engine_ = *storage::open_engine({}, clock_, random_);
    // As the store sorts: by unsigned bytes.
    struct Bytes {
        bool operator()(const std::string& a, const std::string& b) const {
            return std::lexicographical_compare(
                a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
                    return static_cast<unsigned char>(x) < static_cast<unsigned char>(y);
                });
        }
    };
    std::set<std::string, Bytes> keys_;
};

TEST_F(ListingTest, RollsUpOnTheFirstDelimiterAfterThePrefix) {
    for (const char* key : {"a/b/c", "a/b/d", "a/c", "a/", "b", "a-b"})
        put(key);
    using Items = std::vector<std::string>;
    EXPECT_EQ(list_all({.delimiter = "/"}), (Items{"a-b", ">a/", "b"}));
    EXPECT_EQ(list_all({.prefix = "a/", .delimiter = "/"}), (Items{"a/", ">a/b/", "a/c"}));
    EXPECT_EQ(list_all({.prefix = "a", .delimiter = "/"}), (Items{"a-b", ">a/"}));
}

TEST_F(ListingTest, AMarkerInsideACommonPrefixMeansThatThePrefixWasListed) {
    for (const char* key : {"folder/a/1", "folder/a/2", "folder/b/1", "folder/c"})
        put(key);
    using Items = std::vector<std::string>;
    const Items rest{">folder/b/", "folder/c"};
    EXPECT_EQ(list_all({.prefix = "folder/", .delimiter = "/", .after = "folder/a/"}), rest);
    EXPECT_EQ(list_all({.prefix = "folder/", .delimiter = "/", .after = "folder/a/1"}), rest);
}

TEST_F(ListingTest, NoKeysAreAskedForMeansNoneAndNotTruncated) {
    put("a");
    Collected sink;
    const auto end = list_keys(engine_->metadata(), kPartition, {.max = 0}, sink);
    ASSERT_TRUE(end);
    EXPECT_FALSE(end->truncated);
    EXPECT_TRUE(sink.items.empty());
}

TEST_F(ListingTest, AgreesWithANaiveListingOfRandomKeysForEveryPageSize) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment
    const char* configured = std::getenv("TARN_TEST_SEED");
    const auto seed = configured ? std::strtoull(configured, nullptr, 10) : 20261122ull;
    SCOPED_TRACE("TARN_TEST_SEED=" + std::to_string(seed));
    std::mt19937_64 engine(seed);
    constexpr std::string_view kAlphabet = "ab/-\xc3\xbf";
    for (int i = 0; i < 200; ++i) {
        std::string key;
        const std::size_t length = 1 + engine() % 7;
        for (std::size_t j = 0; j < length; ++j)
            key.push_back(kAlphabet[engine() % kAlphabet.size()]);
        put(key);
    }
    for (const char* prefix : {"", "a", "a/", "b-", "/", "\xc3"}) {
        for (const char* delimiter : {"", "/", "-", "/-", "ab"}) {
            for (const std::size_t max : {1u, 2u, 7u, 1000u}) {
                const ListingQuery query{.prefix = prefix, .delimiter = delimiter, .max = max};
                EXPECT_EQ(list_all(query), list_naively(query))
                    << "prefix '" << prefix << "' delimiter '" << delimiter << "' max " << max;
            }
        }
    }
}

TEST(AfterPrefix, IsTheNextStringThatDoesNotStartWithIt) {
    EXPECT_EQ(after_prefix("a/"), "a0");
    EXPECT_EQ(after_prefix("a\xff"), "b");
    EXPECT_EQ(after_prefix("\xff\xff"), "");
}

}  // namespace
}  // namespace tarn::s3
