// What every MetadataStore promises (server/storage/metadata_store.h).

#include "tests/contract/stores.h"

#include <atomic>
#include <barrier>
#include <latch>
#include <map>
#include <random>
#include <thread>

#include <gmock/gmock.h>

namespace tarn::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Partition kBucket = 7;

Mutation put(std::string key, std::string value, Table table = Table::Objects) {
    return {.kind = Mutation::Kind::Put,
            .table = table,
            .key = std::move(key),
            .value = std::move(value)};
}
Mutation remove(std::string key, Table table = Table::Objects) {
    return {.kind = Mutation::Kind::Delete, .table = table, .key = std::move(key), .value = {}};
}
Mutation remove_prefix(std::string prefix, Table table = Table::Objects) {
    return {.kind = Mutation::Kind::DeletePrefix,
            .table = table,
            .key = std::move(prefix),
            .value = {}};
}
Guard guard(std::string key, Revision revision, Table table = Table::Objects) {
    return {.table = table, .key = std::move(key), .revision = revision};
}

class MetadataStoreTest : public testing::TestWithParam<EngineKind> {
  protected:
    MetadataStore& store() { return engine_->metadata(); }

    CommitResult commit(std::vector<Mutation> mutations, std::vector<Guard> guards = {},
                        Partition partition = kBucket) {
        return commit_and_wait(store(), {.partition = partition,
                                         .guards = std::move(guards),
                                         .mutations = std::move(mutations)});
    }
    // Hands all over before it waits, so that they can become one group.
    std::vector<CommitResult> commit_together(std::vector<Batch> batches) {
        std::vector<CommitResult> results(batches.size(), CommitResult(0));
        std::latch open(static_cast<std::ptrdiff_t>(batches.size()));
        for (std::size_t i = 0; i < batches.size(); ++i) {
            store().commit(std::move(batches[i]), [&, i](CommitResult result) {
                results[i] = result;
                open.count_down();
            });
        }
        open.wait();
        return results;
    }
    std::string value(std::string_view key, Table table = Table::Objects,
                      Partition partition = kBucket) {
        const auto row = store().get(table, partition, key);
        return row ? row->value : "(" + std::string(to_text(row.error())) + ")";
    }
    std::vector<std::string> keys(Table table = Table::Objects, Partition partition = kBucket,
                                  std::string_view from = "") {
        return rest(*store().scan(table, partition, from));
    }
    static std::vector<std::string> rest(RowCursor& cursor) {
        std::vector<std::string> found;
        for (; cursor.valid(); cursor.next())
            found.emplace_back(cursor.key());
        EXPECT_EQ(cursor.error(), std::nullopt);
        return found;
    }

    EngineUnderTest engine_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Stores, MetadataStoreTest,
                         testing::Values(EngineKind::Memory, EngineKind::Disk), engine_name);

TEST_P(MetadataStoreTest, ARowThatWasNeverPutIsNotFound) {
    EXPECT_EQ(store().get(Table::Objects, kBucket, "a").error(), StoreError::NotFound);
    EXPECT_EQ(store().last_revision(kBucket), 0u);
    EXPECT_TRUE(store().healthy());
}

TEST_P(MetadataStoreTest, ARowIsReadBackWithTheRevisionOfItsCommit) {
    ASSERT_EQ(commit({put("a", "one")}), 1u);
    ASSERT_EQ(commit({put("b", "two"), put("c", std::string(70'000, 'x'))}), 2u);

    EXPECT_EQ(store().get(Table::Objects, kBucket, "a")->value, "one");
    EXPECT_EQ(store().get(Table::Objects, kBucket, "a")->revision, 1u);
    EXPECT_EQ(store().get(Table::Objects, kBucket, "c")->value, std::string(70'000, 'x'));
    EXPECT_EQ(store().get(Table::Objects, kBucket, "c")->revision, 2u);
}

TEST_P(MetadataStoreTest, ARecentRowIsReadWithoutTheDisk) {
    commit({put("a", "one")});
    const auto row = store().get_cached(Table::Objects, kBucket, "a");
    ASSERT_TRUE(row.has_value());
    EXPECT_EQ((*row)->value, "one");
    EXPECT_EQ((*row)->revision, 1u);
    const auto missing = store().get_cached(Table::Objects, kBucket, "b");
    ASSERT_TRUE(missing.has_value());
    EXPECT_EQ(missing->error(), StoreError::NotFound);
}

TEST_P(MetadataStoreTest, EveryPartitionCountsItsOwnRevisions) {
    EXPECT_EQ(commit({put("a", "")}, {}, 1), 1u);
    EXPECT_EQ(commit({put("a", "")}, {}, 2), 1u);
    EXPECT_EQ(commit({put("a", "")}, {}, 1), 2u);
    EXPECT_EQ(commit({put("a", "")}, {}, kSystemPartition), 1u);
    EXPECT_EQ(store().last_revision(1), 2u);
    EXPECT_EQ(store().last_revision(2), 1u);
    EXPECT_EQ(store().last_revision(3), 0u);
}

TEST_P(MetadataStoreTest, RevisionsGoOnAfterDeletesAndAcrossReopening) {
    commit({put("a", "1")});
    commit({remove("a")});
    EXPECT_THAT(keys(), IsEmpty());
    engine_.reopen();
    EXPECT_EQ(store().last_revision(kBucket), 2u);
    EXPECT_EQ(commit({put("a", "2")}), 3u);
    EXPECT_EQ(store().get(Table::Objects, kBucket, "a")->revision, 3u);
}

TEST_P(MetadataStoreTest, TablesAndPartitionsAreSeparateKeySpaces) {
    commit({put("k", "objects"), put("k", "uploads", Table::Uploads)}, {}, 1);
    commit({put("k", "other")}, {}, 2);
    EXPECT_EQ(value("k", Table::Objects, 1), "objects");
    EXPECT_EQ(value("k", Table::Uploads, 1), "uploads");
    EXPECT_EQ(value("k", Table::Objects, 2), "other");
    EXPECT_EQ(value("k", Table::Bodies, 1), "(not found)");
    commit({remove_prefix("")}, {}, 1);
    EXPECT_EQ(value("k", Table::Objects, 2), "other");
    EXPECT_EQ(value("k", Table::Uploads, 1), "uploads");
}

TEST_P(MetadataStoreTest, KeysAreBytesInUnsignedOrder) {
    const std::vector<std::string> ordered{"",
                                           std::string("\0", 1),
                                           std::string("\0a", 2),
                                           "A",
                                           "a",
                                           std::string("a\0", 2),
                                           "a/",
                                           "b",
                                           "\x7f",
                                           "\x80",
                                           "\xc3",
                                           "\xff",
                                           "\xff\xff"};
    std::vector<Mutation> mutations;
    for (auto key = ordered.rbegin(); key != ordered.rend(); ++key)
        mutations.push_back(put(*key, *key));
    // The neighbouring partitions must not show up.
    commit({put("x", ""), put("", "")}, {}, kBucket - 1);
    commit({put("x", ""), put("", "")}, {}, kBucket + 1);
    commit(mutations);
    EXPECT_EQ(keys(), ordered);
    for (const std::string& key : ordered)
        EXPECT_EQ(value(key), key);
}

TEST_P(MetadataStoreTest, ScansTheLastPartitionToItsEnd) {
    constexpr Partition kLast = UINT64_MAX;
    commit({put("a", ""), put("\xff\xff", "")}, {}, kLast);
    EXPECT_THAT(keys(Table::Objects, kLast), ElementsAre("a", "\xff\xff"));
    commit({remove_prefix("\xff")}, {}, kLast);
    EXPECT_THAT(keys(Table::Objects, kLast), ElementsAre("a"));
    commit({remove_prefix("")}, {}, kLast);
    EXPECT_THAT(keys(Table::Objects, kLast), IsEmpty());
}

struct GuardCase {
    const char* name;
    Guard guard;
    bool holds;
};
// Against the rows a (revision 1) and b (revision 2).
const GuardCase kGuardCases[] = {
    {"ThereIsNoSuchRow", guard("c", 0), true},
    {"ThereIsSuchARow", guard("a", 0), false},
    {"TheRevision", guard("a", 1), true},
    {"TheRevisionOfAnotherRow", guard("a", 2), false},
    {"ALaterRevision", guard("b", 3), false},
    {"AMissingRowsRevision", guard("c", 1), false},
    {"TheSameKeyInAnotherTable", guard("a", 0, Table::Uploads), true},
};

TEST_P(MetadataStoreTest, GuardsCompareRevisions) {
    for (const GuardCase& test : kGuardCases) {
        EngineUnderTest engine(GetParam());
        MetadataStore& fresh = engine->metadata();
        commit_and_wait(fresh, {.partition = kBucket, .guards = {}, .mutations = {put("a", "")}});
        commit_and_wait(fresh, {.partition = kBucket, .guards = {}, .mutations = {put("b", "")}});
        const auto result = commit_and_wait(
            fresh, {.partition = kBucket, .guards = {test.guard}, .mutations = {put("d", "")}});
        EXPECT_EQ(result.has_value(), test.holds) << test.name;
        EXPECT_EQ(fresh.get(Table::Objects, kBucket, "d").has_value(), test.holds) << test.name;
        if (!test.holds) {
            EXPECT_EQ(result.error(), StoreError::Conflict) << test.name;
        }
    }
}

TEST_P(MetadataStoreTest, ARefusedBatchChangesNothingAndUsesNoRevision) {
    commit({put("a", "1")});
    // The second of two guards fails.
    const auto refused = commit({put("a", "2"), remove("a"), remove_prefix(""), put("b", "")},
                                {guard("a", 1), guard("b", 9)});
    EXPECT_EQ(refused.error(), StoreError::Conflict);
    EXPECT_EQ(value("a"), "1");
    EXPECT_THAT(keys(), ElementsAre("a"));
    EXPECT_EQ(store().last_revision(kBucket), 1u);
    EXPECT_EQ(commit({put("a", "3")}, {guard("a", 1)}), 2u);
}

TEST_P(MetadataStoreTest, MutationsOfABatchApplyInOrder) {
    commit({put("p/1", ""), put("p/2", "")});
    EXPECT_EQ(commit({put("a", "1"), put("a", "2"), put("b", ""), remove("b"), remove("c"),
                      put("c", "last"), put("p/3", ""), remove_prefix("p/"), put("p/4", "")}),
              2u);
    EXPECT_THAT(keys(), ElementsAre("a", "c", "p/4"));
    EXPECT_EQ(value("a"), "2");
    EXPECT_EQ(value("c"), "last");
}

TEST_P(MetadataStoreTest, ABatchWithoutMutationsIsACommit) {
    commit({put("a", "")});
    EXPECT_EQ(commit({}, {guard("a", 1)}), 2u);
    EXPECT_EQ(commit({}, {guard("a", 2)}).error(), StoreError::Conflict);
    EXPECT_EQ(store().last_revision(kBucket), 2u);
}

TEST_P(MetadataStoreTest, DeletePrefixDeletesWhatStartsWithItAndNothingElse) {
    const std::vector<std::string> before{"a",  "b", "b/",   "b/1",     "b/\xff",
                                          "b0", "c", "\xff", "\xff\xff"};
    struct Case {
        std::string prefix;
        std::vector<std::string> left;
    };
    const Case cases[] = {
        {"b/", {"a", "b", "b0", "c", "\xff", "\xff\xff"}},
        {"b", {"a", "c", "\xff", "\xff\xff"}},
        {"\xff", {"a", "b", "b/", "b/1", "b/\xff", "b0", "c"}},
        {"b/\xff", {"a", "b", "b/", "b/1", "b0", "c", "\xff", "\xff\xff"}},
        {"x", before},
        {"", {}},
    };
    for (const Case& test : cases) {
        std::vector<Mutation> mutations;
        for (const std::string& key : before)
            mutations.push_back(put(key, ""));
        commit(std::move(mutations));
        commit({remove_prefix(test.prefix)});
        EXPECT_EQ(keys(), test.left) << test.prefix;
    }
}

TEST_P(MetadataStoreTest, DeletePrefixDeletesThousandsOfRows) {
    std::vector<Mutation> mutations;
    for (int i = 0; i < 3000; ++i)
        mutations.push_back(put("p/" + std::to_string(i), "x"));
    mutations.push_back(put("o", ""));
    mutations.push_back(put("q", ""));
    commit(std::move(mutations));
    const auto results = commit_together({
        {.partition = kBucket, .guards = {}, .mutations = {put("p/new", "")}},
        {.partition = kBucket, .guards = {}, .mutations = {remove_prefix("p/"), put("p/kept", "")}},
        {.partition = kBucket, .guards = {guard("p/7", 0), guard("p/kept", 3)}, .mutations = {}},
    });
    EXPECT_TRUE(results.back().has_value());
    EXPECT_THAT(keys(), ElementsAre("o", "p/kept", "q"));
    engine_.reopen();
    if (GetParam() == EngineKind::Disk) {
        EXPECT_THAT(keys(), ElementsAre("o", "p/kept", "q"));
    }
}

TEST_P(MetadataStoreTest, GuardsSeeTheEarlierBatchesOfTheirGroup) {
    // Each batch expects the revision that the one before it gave the row.
    std::vector<Batch> batches;
    for (Revision revision = 0; revision < 500; ++revision) {
        batches.push_back({.partition = kBucket,
                           .guards = {guard("k", revision)},
                           .mutations = {put("k", std::to_string(revision))}});
    }
    const auto results = commit_together(std::move(batches));
    for (std::size_t i = 0; i < results.size(); ++i) {
        ASSERT_EQ(results[i], CommitResult(i + 1)) << i;
    }
    EXPECT_EQ(value("k"), "499");
}

TEST_P(MetadataStoreTest, GuardsSeeDeletesOfTheirGroup) {
    commit({put("a", ""), put("p/a", ""), put("p/b", "")});
    const auto results = commit_together({
        {.partition = kBucket, .guards = {}, .mutations = {remove("a")}},
        {.partition = kBucket, .guards = {guard("a", 1)}, .mutations = {put("x", "wrong")}},
        {.partition = kBucket, .guards = {guard("a", 0)}, .mutations = {put("p/c", "")}},
        {.partition = kBucket, .guards = {}, .mutations = {remove_prefix("p/")}},
        {.partition = kBucket, .guards = {guard("p/a", 1)}, .mutations = {put("x", "wrong")}},
        {.partition = kBucket, .guards = {guard("p/c", 3)}, .mutations = {put("x", "wrong")}},
        {.partition = kBucket,
         .guards = {guard("p/a", 0), guard("p/c", 0)},
         .mutations = {put("p/a", "")}},
        {.partition = 8, .guards = {guard("p/a", 0)}, .mutations = {put("p/a", "")}},
    });
    std::vector<bool> accepted;
    for (const CommitResult& result : results)
        accepted.push_back(result.has_value());
    EXPECT_THAT(accepted, ElementsAre(true, false, true, true, false, false, true, true));
    EXPECT_THAT(keys(), ElementsAre("p/a"));
}

TEST_P(MetadataStoreTest, OfSixteenWritersWithTheSameGuardOneWinsEachRound) {
    constexpr int kWriters = 16;
    constexpr int kRounds = 100;
    std::barrier round_start(kWriters);
    std::atomic<int> winners = 0;
    std::atomic<int> wrong_rounds = 0;
    Revision expected = 0;
    std::vector<std::thread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
        writers.emplace_back([&, writer] {
            for (int round = 0; round < kRounds; ++round) {
                round_start.arrive_and_wait();
                const Revision seen = expected;
                round_start.arrive_and_wait();
                const auto result = commit({put("k", std::to_string(writer))}, {guard("k", seen)});
                if (result) {
                    ++winners;
                    expected = *result;
                }
                round_start.arrive_and_wait();
                if (writer == 0 && winners.exchange(0) != 1) ++wrong_rounds;
            }
        });
    }
    for (std::thread& writer : writers)
        writer.join();
    EXPECT_EQ(wrong_rounds, 0);
    EXPECT_EQ(store().last_revision(kBucket), static_cast<Revision>(kRounds));
}

TEST_P(MetadataStoreTest, CallsDoneOnceForEachBatchOfManyWriters) {
    constexpr int kWriters = 8;
    constexpr int kCommits = 500;
    std::vector<std::atomic<int>> calls(kWriters * kCommits);
    std::latch open(kWriters * kCommits);
    std::vector<std::thread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
        writers.emplace_back([&, writer] {
            for (int i = 0; i < kCommits; ++i) {
                const int index = writer * kCommits + i;
                Batch batch{.partition = static_cast<Partition>(writer % 3),
                            .guards = {},
                            .mutations = {put(std::to_string(index), "v")}};
                store().commit(std::move(batch), [&, index](CommitResult result) {
                    if (result) ++calls[static_cast<std::size_t>(index)];
                    open.count_down();
                });
            }
        });
    }
    for (std::thread& writer : writers)
        writer.join();
    open.wait();
    for (const std::atomic<int>& count : calls)
        ASSERT_EQ(count, 1);
    EXPECT_EQ(store().last_revision(0) + store().last_revision(1) + store().last_revision(2),
              static_cast<Revision>(kWriters * kCommits));
}

TEST_P(MetadataStoreTest, ACursorSeesTheStateOfTheMomentItWasMade) {
    commit({put("a", "1"), put("b", "1"), put("c", "1")});
    const auto cursor = store().scan(Table::Objects, kBucket, "");
    commit({put("a", "2"), remove("b"), put("bb", "new"), put("d", "new")});
    commit({remove_prefix("c")});
    commit({put("b", "again")});

    ASSERT_TRUE(cursor->valid());
    EXPECT_EQ(cursor->key(), "a");
    EXPECT_EQ(cursor->value(), "1");
    EXPECT_EQ(cursor->revision(), 1u);
    EXPECT_THAT(rest(*cursor), ElementsAre("a", "b", "c"));
    cursor->seek("b");
    EXPECT_EQ(cursor->value(), "1");
    cursor->seek("c");
    EXPECT_EQ(cursor->key(), "c");

    EXPECT_THAT(keys(), ElementsAre("a", "b", "bb", "d"));
    EXPECT_EQ(value("b"), "again");
}

TEST_P(MetadataStoreTest, CursorsMadeTogetherSeeOneMoment) {
    commit({put("a", "current"), put("b", "old", Table::Versions)});
    commit({put("other", "partition")}, {}, kBucket + 1);
    const std::array tables = {Table::Objects, Table::Versions, Table::Uploads};
    auto cursors = store().scan_together(tables, kBucket);
    ASSERT_EQ(cursors.size(), 3u);
    // What was in one table is in the other.
    commit({remove("a"), put("a", "current", Table::Versions), remove("b", Table::Versions),
            put("b", "old"), put("u", "", Table::Uploads)});

    EXPECT_EQ(cursors[0]->value(), "current");
    EXPECT_THAT(rest(*cursors[0]), ElementsAre("a"));
    EXPECT_THAT(rest(*cursors[1]), ElementsAre("b"));
    EXPECT_THAT(rest(*cursors[2]), IsEmpty());
    // It is the cursors that keep the moment, each of them.
    cursors[0].reset();
    commit({put("c", "new", Table::Versions)});
    cursors[1]->seek("");
    EXPECT_THAT(rest(*cursors[1]), ElementsAre("b"));
    EXPECT_THAT(rest(*store().scan_together(tables, kBucket)[1]), ElementsAre("a", "c"));
}

TEST_P(MetadataStoreTest, ACursorSeeksForwardsAndBackwards) {
    commit({put("a", "A"), put("c", "C"), put("e", "E")});
    const auto cursor = store().scan(Table::Objects, kBucket, "b");
    ASSERT_TRUE(cursor->valid());
    EXPECT_EQ(cursor->key(), "c");
    cursor->seek("d");
    EXPECT_EQ(cursor->key(), "e");
    EXPECT_EQ(cursor->value(), "E");
    cursor->seek("");
    EXPECT_EQ(cursor->key(), "a");
    cursor->seek("c");
    EXPECT_EQ(cursor->key(), "c");
    cursor->seek("f");
    EXPECT_FALSE(cursor->valid());
    EXPECT_EQ(cursor->error(), std::nullopt);
    cursor->seek("a");
    ASSERT_TRUE(cursor->valid());
    cursor->next();
    EXPECT_EQ(cursor->key(), "c");
}

TEST_P(MetadataStoreTest, ScansWhileWritersChurnShowEveryLastingKeyOnce) {
    std::vector<Mutation> lasting;
    for (int i = 0; i < 200; ++i)
        lasting.push_back(put("k" + std::to_string(1000 + i) + "/", ""));
    commit(std::move(lasting));
    std::atomic<bool> stop = false;
    std::thread churn([&] {
        std::mt19937 random(1);
        while (!stop) {
            const std::string key = "k" + std::to_string(1000 + random() % 200) + "/x";
            commit({random() % 2 == 0 ? put(key, "") : remove(key)});
        }
    });
    for (int scan = 0; scan < 50; ++scan) {
        std::size_t seen = 0;
        std::string previous;
        for (const std::string& key : keys()) {
            EXPECT_LT(previous, key);
            if (key.ends_with('/')) ++seen;
            previous = key;
        }
        EXPECT_EQ(seen, 200u);
    }
    stop = true;
    churn.join();
}

TEST_P(MetadataStoreTest, NamesThePartitionsThatHaveRows) {
    EXPECT_THAT(*store().partitions(Table::Objects), IsEmpty());
    for (const Partition partition : {Partition{9}, Partition{0}, Partition{256}, UINT64_MAX}) {
        commit({put("a", ""), put("b", "")}, {}, partition);
    }
    commit({put("a", "", Table::Uploads)}, {}, 10);
    commit({remove("a"), remove("b")}, {}, 9);
    EXPECT_THAT(*store().partitions(Table::Objects), ElementsAre(0u, 256u, UINT64_MAX));
    EXPECT_THAT(*store().partitions(Table::Uploads), ElementsAre(10u));
}

struct Cell {
    std::string value;
    Revision revision = 0;
};
using Model = std::map<std::pair<Partition, std::string>, Cell>;

void apply_to_model(Model& model, const Batch& batch, Revision revision) {
    for (const Mutation& mutation : batch.mutations) {
        const std::pair name(batch.partition, mutation.key);
        if (mutation.kind == Mutation::Kind::Put) {
            model[name] = {.value = mutation.value, .revision = revision};
        } else if (mutation.kind == Mutation::Kind::Delete) {
            model.erase(name);
        } else {
            std::erase_if(model, [&](const auto& row) {
                return row.first.first == batch.partition &&
                       row.first.second.starts_with(mutation.key);
            });
        }
    }
}

// Random batches against a model, with reopening in between.
TEST_P(MetadataStoreTest, AgreesWithAModel) {
    const std::uint64_t seed = test_seed();
    SCOPED_TRACE("TARN_TEST_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    Model model;
    std::map<Partition, Revision> sequences;
    const auto any_key = [&] {
        std::string key;
        for (std::size_t length = random() % 4; length > 0; --length) {
            key += "ab/\xff"[random() % 4];
        }
        return key;
    };

    for (int step = 0; step < 1500; ++step) {
        Batch batch{.partition = random() % 3, .guards = {}, .mutations = {}};
        const auto cell = [&](const std::string& key) { return std::pair(batch.partition, key); };
        bool accepted = true;
        for (std::size_t i = random() % 3; i > 0; --i) {
            const std::string key = any_key();
            const auto found = model.find(cell(key));
            const Revision actual = found == model.end() ? 0 : found->second.revision;
            const Revision claimed = random() % 4 == 0 ? random() % 5 : actual;
            batch.guards.push_back(guard(key, claimed));
            accepted = accepted && claimed == actual;
        }
        for (std::size_t i = random() % 5; i > 0; --i) {
            switch (random() % 8) {
                case 0:
                    batch.mutations.push_back(remove_prefix(any_key()));
                    break;
                case 1:
                case 2:
                    batch.mutations.push_back(remove(any_key()));
                    break;
                default:
                    batch.mutations.push_back(put(any_key(), std::to_string(random())));
            }
        }
        if (accepted) apply_to_model(model, batch, ++sequences[batch.partition]);
        const Partition partition = batch.partition;
        const auto result = commit_and_wait(store(), std::move(batch));
        ASSERT_EQ(result.has_value(), accepted) << step;
        if (accepted) {
            ASSERT_EQ(*result, sequences[partition]) << step;
        }
        if (random() % 300 == 0) engine_.reopen();

        auto expected = model.lower_bound({partition, ""});
        for (auto row = store().scan(Table::Objects, partition, ""); row->valid(); row->next()) {
            ASSERT_NE(expected, model.end()) << step;
            ASSERT_EQ(std::pair(partition, std::string(row->key())), expected->first) << step;
            ASSERT_EQ(row->value(), expected->second.value) << step;
            ASSERT_EQ(row->revision(), expected->second.revision) << step;
            ++expected;
        }
        ASSERT_EQ(expected, model.lower_bound({partition + 1, ""})) << step;
    }
}

}  // namespace
}  // namespace tarn::storage
