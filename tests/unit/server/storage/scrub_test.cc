#include "server/storage/scrub.h"

#include "server/storage/blob_format.h"
#include "tests/contract/stores.h"

#include <fstream>

#include <gmock/gmock.h>

namespace tarn::storage {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

class ScrubTest : public testing::Test {
  protected:
    BlobId write(std::size_t size, const std::string& key = "the/key") {
        auto writer = *engine_->blobs().create({.bucket_id = 5, .key = key});
        EXPECT_TRUE(writer->append(std::string(size, 'x')).has_value());
        EXPECT_TRUE(writer->finish().has_value());
        return writer->id();
    }
    fs::path file_of(const BlobId& id) {
        const std::string name = to_text(id);
        return engine_.directory() / "blobs" / name.substr(0, 2) / name.substr(2, 2) / name;
    }
    static void flip(const fs::path& path, std::uint64_t offset, int bit = 0) {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(offset));
        const auto byte = static_cast<char>(file.get() ^ (1 << bit));
        file.seekp(static_cast<std::streamoff>(offset));
        file.put(byte);
    }
    ScrubReport run(ScrubOptions options = {}) { return scrub(*engine_, engine_.clock(), options); }

    EngineUnderTest engine_{EngineKind::Disk};
};

TEST_F(ScrubTest, ReadsEverythingAndFindsNothingWhereNothingIsWrong) {
    write(100);
    write(3 * kBlockBytes);
    const auto unfinished = *engine_->blobs().create({});
    const ScrubReport report = run();
    EXPECT_TRUE(report.clean());
    EXPECT_EQ(report.blobs, 2u);
    EXPECT_EQ(report.bytes, 100 + 3 * kBlockBytes);
    EXPECT_THAT(to_text(report), HasSubstr("2 blobs, 196708 bytes read, 0 bad"));
}

TEST_F(ScrubTest, EveryFlippedBitOfABlobIsFoundByReadingAndByScrub) {
    constexpr std::size_t kSize = 2 * kBlockBytes + 100;
    const BlobId id = write(kSize);
    const fs::path file = file_of(id);
    const std::uint64_t crcs = kBlobHeaderBytes + kSize;
    const std::uint64_t end = fs::file_size(file);
    ASSERT_EQ(end, crcs + 3 * 4 + kBlobFooterBytes);
    std::vector<std::uint64_t> offsets{kBlobHeaderBytes, kBlobHeaderBytes + kBlockBytes - 1,
                                       kBlobHeaderBytes + kBlockBytes, crcs - 1};
    for (std::uint64_t at = 0; at < kBlobHeaderBytes; at += 61)
        offsets.push_back(at);
    for (std::uint64_t at = crcs; at < end; ++at)
        offsets.push_back(at);

    for (const std::uint64_t offset : offsets) {
        const int bit = static_cast<int>(offset % 8);
        flip(file, offset, bit);
        std::string bytes(kSize, '\0');
        const auto reader = engine_->blobs().open(id);
        const bool read = reader && (*reader)->read(0, bytes).has_value();
        EXPECT_FALSE(read) << offset;
        const ScrubReport report = run();
        ASSERT_EQ(report.damaged_blobs.size(), 1u) << offset;
        EXPECT_EQ(report.damaged_blobs[0].error, StoreError::Corrupt) << offset;
        EXPECT_FALSE(report.clean());
        flip(file, offset, bit);
    }
    const ScrubReport report = run();
    EXPECT_TRUE(report.clean());
}

TEST_F(ScrubTest, RangesOfUndamagedBlocksAreStillRead) {
    const BlobId id = write(3 * kBlockBytes);
    flip(file_of(id), kBlobHeaderBytes + kBlockBytes + 5);
    const auto reader = *engine_->blobs().open(id);
    std::string bytes(10, '\0');
    EXPECT_TRUE(reader->read(0, bytes).has_value());
    EXPECT_TRUE(reader->read(2 * kBlockBytes, bytes).has_value());
    EXPECT_EQ(reader->read(kBlockBytes + 100, bytes).error(), StoreError::Corrupt);
    EXPECT_EQ(reader->read(kBlockBytes - 5, bytes).error(), StoreError::Corrupt);
}

TEST_F(ScrubTest, CutOffAndLengthenedBlobsAreFound) {
    const BlobId id = write(kBlockBytes + 1);
    const fs::path file = file_of(id);
    const std::uint64_t size = fs::file_size(file);
    std::vector<std::uint64_t> sizes{
        0,        1,         100,      kBlobHeaderBytes, size - 1,
        size - 4, size - 36, size + 1, size + 4,         size + kBlockBytes + 4};
    for (const std::uint64_t wrong : sizes) {
        fs::copy_file(file, engine_.directory() / "kept", fs::copy_options::overwrite_existing);
        fs::resize_file(file, wrong);
        EXPECT_EQ(engine_->blobs().open(id).error(), StoreError::Corrupt) << wrong;
        EXPECT_EQ(run().damaged_blobs.size(), 1u) << wrong;
        fs::copy_file(engine_.directory() / "kept", file, fs::copy_options::overwrite_existing);
    }
    EXPECT_TRUE(run().clean());
}

TEST_F(ScrubTest, ABlobUnderAnotherNameIsFound) {
    const BlobId a = write(100);
    const BlobId b = write(100);
    fs::copy_file(file_of(a), file_of(b), fs::copy_options::overwrite_existing);
    EXPECT_EQ(engine_->blobs().open(b).error(), StoreError::Corrupt);
}

TEST_F(ScrubTest, NamesTheKeyThatADamagedBlobWasWrittenFor) {
    const BlobId id = write(100);
    flip(file_of(id), kBlobHeaderBytes);
    EXPECT_THAT(to_text(run()), HasSubstr("blob " + to_text(id) +
                                          ": corrupt data (written for bucket 5, key the/key)"));
}

TEST_F(ScrubTest, FindsBlobsThatAreMissing) {
    const BlobId present = write(100);
    BlobId missing;
    missing.bytes.fill(7);
    const auto report =
        run({.visit_references = [&](const auto& visit) -> Result<void, StoreError> {
            visit(present);
            visit(missing);
            return {};
        }});
    ASSERT_EQ(report.damaged_blobs.size(), 1u);
    EXPECT_EQ(report.damaged_blobs[0].id, missing);
    EXPECT_EQ(report.damaged_blobs[0].error, StoreError::NotFound);
}

TEST_F(ScrubTest, ABlobThatWasDroppedMeanwhileIsNotMissing) {
    BlobId dropped;
    dropped.bytes.fill(7);
    int visits = 0;
    const auto report =
        run({.visit_references = [&](const auto& visit) -> Result<void, StoreError> {
            if (++visits == 1) visit(dropped);
            return {};
        }});
    EXPECT_TRUE(report.clean());
}

TEST_F(ScrubTest, ABlobThatKnowsOfLaterCommitsProvesALoss) {
    for (int i = 0; i < 10; ++i) {
        commit_and_wait(engine_->metadata(), {.partition = 1,
                                              .guards = {},
                                              .mutations = {{.kind = Mutation::Kind::Put,
                                                             .table = Table::Objects,
                                                             .key = "k",
                                                             .value = "v"}}});
    }
    write(100, "later");
    const fs::path kept = engine_.directory() / "kept";
    fs::copy(engine_.directory() / "blobs", kept, fs::copy_options::recursive);
    // A data directory that never saw those commits gets the blob.
    EngineUnderTest other(EngineKind::Disk);
    fs::copy(kept, other.directory() / "blobs",
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    other.reopen();
    const ScrubReport report = scrub(*other, other.clock(), {});
    ASSERT_EQ(report.beyond_metadata.size(), 1u);
    EXPECT_EQ(report.beyond_metadata[0].origin.key, "later");
    EXPECT_FALSE(report.clean());
}

TEST_F(ScrubTest, AStoppedScrubIsNotClean) {
    write(100);
    EXPECT_FALSE(run({.stop = [] { return true; }}).clean());
}

}  // namespace
}  // namespace tarn::storage
