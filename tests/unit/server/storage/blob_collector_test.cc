#include "server/storage/blob_collector.h"

#include "common/base/random.h"
#include "server/storage/failpoint.h"
#include "tests/contract/stores.h"

#include <fstream>
#include <set>

#include <gmock/gmock.h>

namespace tarn::storage {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

class BlobCollectorTest : public testing::TestWithParam<EngineKind> {
  protected:
    void SetUp() override { make_collector(); }
    void TearDown() override { arm_failpoints(""); }

    void make_collector() {
        BlobCollectorOptions options;
        options.visit_references = [this](const auto& visit) -> Result<void, StoreError> {
            ++visits_;
            if (visits_ == 2 && appears_late_) visit(*appears_late_);
            for (const BlobId& id : references_)
                visit(id);
            return {};
        };
        collector_ =
            std::make_unique<BlobCollector>(*engine_, pins_, engine_.clock(), std::move(options));
    }
    bool reopen() {
        collector_.reset();
        const bool reopened = engine_.reopen();
        make_collector();
        return reopened;
    }
    BlobId write() {
        auto writer = *engine_->blobs().create({.bucket_id = 1, .key = "k"});
        EXPECT_TRUE(writer->append(std::string(100'000, 'x')).has_value());
        EXPECT_TRUE(writer->finish().has_value());
        return writer->id();
    }
    void drop(const BlobId& id, Partition partition = 1) {
        ASSERT_TRUE(
            commit_and_wait(engine_->metadata(), {.partition = partition,
                                                  .guards = {},
                                                  .mutations = {{.kind = Mutation::Kind::Put,
                                                                 .table = Table::BlobTrash,
                                                                 .key = std::string(raw_bytes(id)),
                                                                 .value = {}}}})
                .has_value());
    }
    std::vector<BlobId> blobs() {
        std::vector<BlobId> ids;
        EXPECT_TRUE(engine_->blobs().for_each([&](const BlobId& id) { ids.push_back(id); }));
        return ids;
    }
    std::size_t trash_rows() {
        std::size_t rows = 0;
        const auto partitions = *engine_->metadata().partitions(Table::BlobTrash);
        for (const Partition partition : partitions) {
            for (auto row = engine_->metadata().scan(Table::BlobTrash, partition, ""); row->valid();
                 row->next()) {
                ++rows;
            }
        }
        return rows;
    }

    EngineUnderTest engine_{GetParam()};
    ReadPins pins_;
    std::set<BlobId> references_;
    int visits_ = 0;
    std::optional<BlobId> appears_late_;
    std::unique_ptr<BlobCollector> collector_;
};

INSTANTIATE_TEST_SUITE_P(Engines, BlobCollectorTest,
                         testing::Values(EngineKind::Memory, EngineKind::Disk), engine_name);

TEST_P(BlobCollectorTest, RemovesDroppedBlobsOfAllPartitionsAtTheSecondLook) {
    const BlobId kept = write();
    std::vector<BlobId> dropped;
    for (Partition partition = 0; partition < 700; ++partition) {
        dropped.push_back(write());
        drop(dropped.back(), partition / 300);
    }
    EXPECT_EQ(*collector_->collect_trash(), 0u);
    EXPECT_EQ(blobs().size(), 701u);
    EXPECT_EQ(*collector_->collect_trash(), 700u);
    EXPECT_THAT(blobs(), UnorderedElementsAre(kept));
    EXPECT_EQ(trash_rows(), 0u);
    EXPECT_EQ(*collector_->collect_trash(), 0u);
}

TEST_P(BlobCollectorTest, APinFromBeforeTheDropKeepsTheBlob) {
    const BlobId id = write();
    auto early = pins_.pin();
    drop(id);
    ASSERT_EQ(*collector_->collect_trash(), 0u);
    const auto late = pins_.pin();
    EXPECT_EQ(*collector_->collect_trash(), 0u);
    EXPECT_EQ(*collector_->collect_trash(), 0u);
    EXPECT_THAT(blobs(), UnorderedElementsAre(id));
    early = {};
    EXPECT_EQ(*collector_->collect_trash(), 1u);
    EXPECT_THAT(blobs(), IsEmpty());
}

TEST_P(BlobCollectorTest, AFailureInBetweenIsMadeUpFor) {
    for (const char* const point : {"trash.before_remove=error@2", "trash.after_remove=error@2"}) {
        for (int i = 0; i < 3; ++i)
            drop(write());
        ASSERT_EQ(*collector_->collect_trash(), 0u);
        ASSERT_THAT(arm_failpoints(point), IsEmpty());
        EXPECT_EQ(collector_->collect_trash().error(), StoreError::Io);
        arm_failpoints("");
        // As after a crash.
        reopen();
        ASSERT_TRUE(collector_->collect_trash().has_value());
        ASSERT_TRUE(collector_->collect_trash().has_value());
        EXPECT_THAT(blobs(), IsEmpty()) << point;
        EXPECT_EQ(trash_rows(), 0u) << point;
    }
}

TEST_P(BlobCollectorTest, OrphansOfEarlierRunsAreQuarantinedForADay) {
    const BlobId referenced = write();
    const BlobId orphan = write();
    const BlobId trash = write();
    drop(trash);
    references_ = {referenced};
    // In this run a blob without a reference is one whose commit is still to come.
    EXPECT_EQ(collector_->collect_orphans()->quarantined, 0u);
    if (!reopen()) return;
    const BlobId fresh = write();
    const auto unfinished = *engine_->blobs().create({});

    const auto report = collector_->collect_orphans();
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->quarantined, 1u);
    EXPECT_EQ(report->purged, 0u);
    EXPECT_THAT(report->beyond_metadata, IsEmpty());
    EXPECT_THAT(blobs(), UnorderedElementsAre(referenced, trash, fresh, unfinished->id()));
    EXPECT_EQ(engine_->blobs().open(orphan).error(), StoreError::NotFound);

    engine_.clock().advance(std::chrono::hours(24));
    EXPECT_EQ(collector_->collect_orphans()->purged, 0u);
    engine_.clock().advance(std::chrono::milliseconds(1));
    EXPECT_EQ(collector_->collect_orphans()->purged, 1u);
}

TEST_P(BlobCollectorTest, AReferenceThatMovesDuringTheScanIsSeenAtTheSecondVisit) {
    const BlobId id = write();
    if (!reopen()) return;
    visits_ = 0;
    appears_late_ = id;
    EXPECT_EQ(collector_->collect_orphans()->quarantined, 0u);
    EXPECT_THAT(blobs(), UnorderedElementsAre(id));
}

TEST_P(BlobCollectorTest, AFileThatACrashCutOffIsAnOrphan) {
    const BlobId id = write();
    if (!reopen()) return;
    std::filesystem::path file;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(engine_.directory())) {
        if (entry.path().filename() == to_text(id)) file = entry.path();
    }
    std::filesystem::resize_file(file, 100);
    EXPECT_EQ(collector_->collect_orphans()->quarantined, 1u);
    EXPECT_THAT(blobs(), IsEmpty());
}

TEST_P(BlobCollectorTest, TheThreadCollectsWhatIsAnnounced) {
    BlobCollectorOptions options;
    options.visit_references = [](const auto&) -> Result<void, StoreError> { return {}; };
    options.pause = std::chrono::milliseconds(1);
    BlobCollector collector(*engine_, pins_, engine_.clock(), std::move(options));
    collector.start();
    drop(write());
    collector.announce();
    for (int i = 0; i < 10'000 && !blobs().empty(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_THAT(blobs(), IsEmpty());
}

}  // namespace
}  // namespace tarn::storage
