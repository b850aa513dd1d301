#include "server/storage/failpoint.h"

#include "common/base/random.h"
#include "server/storage/blob_collector.h"
#include "tests/contract/stores.h"

#include <csignal>

#include <gmock/gmock.h>

namespace tarn::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FailpointTest : public testing::Test {
  protected:
    void TearDown() override { arm_failpoints(""); }

    std::unique_ptr<Engine> open() {
        auto engine = open_engine({.directory = directory_.path() / "data"}, clock_, random_);
        EXPECT_TRUE(engine.has_value());
        return *std::move(engine);
    }
    static Result<void, StoreError> write_blob(Engine& engine) {
        TARN_TRY(const auto writer, engine.blobs().create({}));
        if (auto done = writer->append(std::string(100'000, 'x')); !done) return done;
        return writer->finish();
    }
    static CommitResult put(Engine& engine, std::string key = "k") {
        return commit_and_wait(engine.metadata(), {.partition = 1,
                                                   .guards = {},
                                                   .mutations = {{.kind = Mutation::Kind::Put,
                                                                  .table = Table::BlobTrash,
                                                                  .key = std::move(key),
                                                                  .value = {}}}});
    }

    TempDirectory directory_;
    ManualClock clock_;
    SystemRandom random_;
};

TEST_F(FailpointTest, NothingHappensUnlessArmed) {
    EXPECT_FALSE(failpoint("commit.before_write"));
    EXPECT_EQ(failpoint_passes("commit.before_write"), 0u);
}

TEST_F(FailpointTest, TellsWhatItDoesNotUnderstand) {
    EXPECT_THAT(arm_failpoints("commit.before_write=error,,blob.fdatasync=skip@2"), IsEmpty());
    EXPECT_THAT(arm_failpoints("nowhere=error,commit.sync,commit.sync=explode,commit.sync=skip@0,"
                               "commit.sync=sleep:x,commit.sync=sleep:1"),
                ElementsAre("nowhere=error", "commit.sync", "commit.sync=explode",
                            "commit.sync=skip@0", "commit.sync=sleep:x"));
}

TEST_F(FailpointTest, FiresAtTheGivenPassOnly) {
    arm_failpoints("blob.after_append=error@3,blob.fdatasync=skip");
    EXPECT_FALSE(failpoint("blob.after_append"));
    EXPECT_FALSE(failpoint("blob.after_append"));
    EXPECT_TRUE(failpoint("blob.after_append"));
    EXPECT_FALSE(failpoint("blob.after_append"));
    EXPECT_EQ(failpoint_passes("blob.after_append"), 4u);
    EXPECT_EQ(failpoint_outcome("blob.fdatasync"), FailpointOutcome::Skip);
    EXPECT_EQ(failpoint_outcome("blob.dirsync"), FailpointOutcome::GoOn);
}

TEST_F(FailpointTest, CrashKillsTheProcess) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(
        {
            arm_failpoints("commit.before_write=crash");
            failpoint("commit.before_write");
        },
        testing::KilledBySignal(SIGKILL), "");
}

TEST_F(FailpointTest, EveryPointIsPassedByTheWritePath) {
    const auto engine = open();
    ReadPins pins;
    BlobCollectorOptions options;
    options.visit_references = [](const auto&) -> Result<void, StoreError> { return {}; };
    BlobCollector collector(*engine, pins, clock_, std::move(options));

    arm_failpoints("blob.after_create=sleep:0");
    ASSERT_TRUE(write_blob(*engine).has_value());
    ASSERT_TRUE(put(*engine, std::string(16, 'i')).has_value());
    ASSERT_TRUE(collector.collect_trash().has_value());
    ASSERT_EQ(*collector.collect_trash(), 1u);
    for (const std::string_view name : kFailpoints)
        EXPECT_GT(failpoint_passes(name), 0u) << name;
}

TEST_F(FailpointTest, AfterAFailedSyncNothingIsWrittenUntilAReopening) {
    for (const char* const point : {"commit.before_write=error@1", "commit.after_write=error@1",
                                    "blob.before_fdatasync=error@1", "blob.after_fdatasync=error@1",
                                    "blob.after_dirsync=error@1"}) {
        auto engine = open();
        ASSERT_TRUE(put(*engine, "before").has_value());
        arm_failpoints(point);
        const bool of_commit = std::string_view(point).starts_with("commit");
        if (of_commit) {
            EXPECT_EQ(put(*engine).error(), StoreError::Io) << point;
        } else {
            EXPECT_EQ(write_blob(*engine).error(), StoreError::Io) << point;
        }
        EXPECT_FALSE(engine->metadata().healthy()) << point;
        EXPECT_EQ(put(*engine).error(), StoreError::Io) << point;
        EXPECT_EQ(write_blob(*engine).error(), StoreError::Io) << point;
        // Reads go on.
        EXPECT_TRUE(engine->metadata().get(Table::BlobTrash, 1, "before").has_value()) << point;

        arm_failpoints("");
        engine.reset();
        engine = open();
        EXPECT_TRUE(engine->metadata().healthy()) << point;
        EXPECT_TRUE(put(*engine).has_value()) << point;
        EXPECT_TRUE(write_blob(*engine).has_value()) << point;
    }
}

TEST_F(FailpointTest, AFailedAppendFailsThatBlobOnly) {
    const auto engine = open();
    for (const char* const point : {"blob.after_create=error@1", "blob.after_append=error@1"}) {
        arm_failpoints(point);
        EXPECT_EQ(write_blob(*engine).error(), StoreError::Io) << point;
        EXPECT_TRUE(engine->metadata().healthy()) << point;
        EXPECT_TRUE(write_blob(*engine).has_value()) << point;
    }
    std::size_t count = 0;
    ASSERT_TRUE(engine->blobs().for_each([&](const BlobId&) { ++count; }).has_value());
    EXPECT_EQ(count, 2u);
}

}  // namespace
}  // namespace tarn::storage
