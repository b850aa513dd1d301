#include "common/cdn/invalidation_rules.h"

#include "common/cdn/invalidation_path.h"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tarn::cdn {
namespace {

std::uint64_t match(const InvalidationRules& rules, std::string_view key,
                    const std::vector<std::string>& tags = {}) {
    return rules.newest_match(key, tags).sequence;
}

TEST(InvalidationRulesTest, APlainPathCoversThatPathOnly) {
    InvalidationRules rules;
    rules.add(5, "/a/b.html");
    EXPECT_EQ(match(rules, "/a/b.html"), 5u);
    EXPECT_EQ(match(rules, "/a/b.htm"), 0u);
    EXPECT_EQ(match(rules, "/a/b.html5"), 0u);
    EXPECT_EQ(match(rules, "/a/b.html?x=1"), 0u);
    EXPECT_EQ(match(rules, "/A/b.html"), 0u);
    // With and without a slash at the end are different objects.
    EXPECT_EQ(match(rules, "/a/b.html/"), 0u);
}

TEST(InvalidationRulesTest, AStarAtTheEndCoversEveryContinuation) {
    InvalidationRules rules;
    rules.add(7, "/images/cat*");
    EXPECT_EQ(match(rules, "/images/cat"), 7u);
    EXPECT_EQ(match(rules, "/images/cats/a.jpg?w=1"), 7u);
    EXPECT_EQ(match(rules, "/images/ca"), 0u);
    EXPECT_EQ(match(rules, "/images/dog"), 0u);
}

TEST(InvalidationRulesTest, AStarElsewhereIsAnOrdinaryCharacter) {
    InvalidationRules rules;
    rules.add(3, "/a*b");
    EXPECT_EQ(match(rules, "/axb"), 0u);
    EXPECT_EQ(match(rules, "/a*b"), 3u);
    rules.add(4, "/c*d*");
    EXPECT_EQ(match(rules, "/c*dx"), 4u);
    EXPECT_EQ(match(rules, "/cxdx"), 0u);
}

TEST(InvalidationRulesTest, SlashStarCoversEverything) {
    InvalidationRules rules;
    rules.add(9, "/*");
    EXPECT_EQ(match(rules, "/"), 9u);
    EXPECT_EQ(match(rules, "/any?thing"), 9u);
    EXPECT_EQ(rules.size(), 1u);
}

TEST(InvalidationRulesTest, TheNewestOfAllThatCoverWinsInWhateverOrderTheyCame) {
    InvalidationRules rules;
    rules.add(8, "/a/*");
    rules.add(3, "/a/b");
    rules.add(5, "/*");
    rules.add(6, "/a/b*");
    rules.add(2, "/a/*");
    EXPECT_EQ(match(rules, "/a/b"), 8u);
    EXPECT_EQ(match(rules, "/x"), 5u);
    rules.add(10, "/a/b");
    EXPECT_EQ(match(rules, "/a/b"), 10u);
    EXPECT_EQ(match(rules, "/a/bc"), 8u);
}

TEST(InvalidationRulesTest, TagsCompareWithoutCase) {
    InvalidationRules rules;
    rules.add(4, "#Product-7");
    EXPECT_EQ(match(rules, "/a", {"product-7"}), 4u);
    EXPECT_EQ(match(rules, "/a", {"x", "product-7"}), 4u);
    EXPECT_EQ(match(rules, "/a", {"product-70"}), 0u);
    EXPECT_EQ(match(rules, "/a"), 0u);
    // A path of that name is no tag.
    EXPECT_EQ(match(rules, "#Product-7"), 0u);
}

TEST(InvalidationRulesTest, EscapedAndPlainSpellingsAreOne) {
    InvalidationRules rules;
    rules.add(1, "/%7Euser/%c3%a9");
    rules.add(2, "/dir%41/*");
    EXPECT_EQ(match(rules, normalize_invalidation_key("/~user/\xc3\xa9")), 1u);
    EXPECT_EQ(match(rules, normalize_invalidation_key("/~user/%C3%A9")), 1u);
    EXPECT_EQ(match(rules, "/dirA/x"), 2u);
}

TEST(InvalidationRulesTest, DroppedRulesAreGoneAndNewerOnesStay) {
    InvalidationRules rules;
    rules.add(1, "/a*");
    rules.add(2, "/ab*");
    rules.add(3, "/abc*");
    rules.add(4, "/x");
    rules.add(2, "#t");
    rules.add(5, "/*");
    EXPECT_EQ(rules.size(), 6u);
    rules.drop_up_to(2);
    EXPECT_EQ(rules.size(), 3u);
    EXPECT_EQ(match(rules, "/x"), 5u);
    rules.drop_up_to(5);
    EXPECT_EQ(rules.size(), 0u);
    EXPECT_EQ(match(rules, "/abcd", {"t"}), 0u);
    rules.add(6, "/ab*");
    EXPECT_EQ(match(rules, "/abcd"), 6u);
}

// The rules as a plain list: what they mean, without any structure.
class NaiveRules {
  public:
    void add(std::uint64_t sequence, std::string path) {
        rules_.emplace_back(sequence, std::move(path));
    }
    std::uint64_t newest_match(std::string_view key, const std::vector<std::string>& tags) const {
        std::uint64_t newest = 0;
        for (const auto& [sequence, path] : rules_) {
            bool covers = path == key;
            if (path.starts_with('#')) {
                covers = std::ranges::find(tags, path.substr(1)) != tags.end();
            } else if (path.ends_with('*')) {
                covers = key.starts_with(path.substr(0, path.size() - 1));
            }
            if (covers) newest = std::max(newest, sequence);
        }
        return newest;
    }
    void drop_up_to(std::uint64_t bound) {
        std::erase_if(rules_, [bound](const auto& rule) { return rule.first <= bound; });
    }

  private:
    std::vector<std::pair<std::uint64_t, std::string>> rules_;
};

class RandomRules {
  public:
    explicit RandomRules(std::uint64_t seed) : engine_(seed) {}

    std::size_t below(std::size_t bound) { return engine_() % bound; }
    // Short words over three letters, so that prefixes, splits and joins are frequent.
    std::string word() {
        std::string text = "/";
        for (std::size_t length = below(7); length > 0; --length)
            text += "ab/"[below(3)];
        return text;
    }
    std::string path() {
        if (below(8) == 0) return std::string("#") + "xyz"[below(3)];
        return below(2) == 0 ? word() : word() + "*";
    }

  private:
    std::mt19937_64 engine_;
};

TEST(InvalidationRulesTest, AgreesWithAPlainListOnRandomOperations) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment
    const char* given = std::getenv("TARN_TEST_SEED");
    const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    SCOPED_TRACE(testing::Message() << "TARN_TEST_SEED=" << seed);
    RandomRules random(seed);
    for (int round = 0; round < 200; ++round) {
        InvalidationRules rules;
        NaiveRules naive;
        std::uint64_t sequence = 0;
        for (int step = 0; step < 120; ++step) {
            if (random.below(12) == 0) {
                const std::uint64_t bound = sequence - random.below(sequence + 1);
                rules.drop_up_to(bound);
                naive.drop_up_to(bound);
            } else {
                const std::string path = random.path();
                // Mostly newer, sometimes late.
                const std::uint64_t number =
                    random.below(6) == 0 ? 1 + random.below(sequence + 1) : sequence + 1;
                sequence = std::max(sequence, number);
                rules.add(number, path);
                naive.add(number, path);
            }
            const std::string key = random.word();
            std::vector<std::string> tags;
            if (random.below(2) == 0) tags.push_back(std::string(1, "xyz"[random.below(3)]));
            ASSERT_EQ(rules.newest_match(key, tags).sequence, naive.newest_match(key, tags)) << key;
        }
    }
}

TEST(PrefixTreeTest, CountsDistinctPrefixes) {
    PrefixTree tree;
    tree.add("/abc", 1);
    tree.add("/abd", 2);
    tree.add("/ab", 3);
    tree.add("/ab", 4);
    EXPECT_EQ(tree.size(), 3u);
    tree.drop_up_to(2);
    EXPECT_EQ(tree.size(), 1u);
    EXPECT_EQ(tree.newest_prefix_of("/abc"), 4u);
    EXPECT_EQ(tree.newest_prefix_of("/a"), 0u);
}

TEST(PrefixTreeTest, TakesBytesAboveAscii) {
    PrefixTree tree;
    tree.add("/\xff", 1);
    tree.add("/\x01", 2);
    tree.add("/a", 3);
    EXPECT_EQ(tree.newest_prefix_of("/\xffz"), 1u);
    EXPECT_EQ(tree.newest_prefix_of("/\x01z"), 2u);
    EXPECT_EQ(tree.newest_prefix_of("/az"), 3u);
}

}  // namespace
}  // namespace tarn::cdn
