#include "server/storage/witness.h"

#include "tests/contract/stores.h"

#include <fstream>

#include <gtest/gtest.h>

namespace tarn::storage {
namespace {

class WitnessFileTest : public testing::Test {
  protected:
    std::filesystem::path path() const { return directory_.path() / "WITNESS"; }
    std::optional<Witness> found() { return WitnessFile::open(path())->found(); }
    void flip(std::uint64_t offset) {
        std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(offset));
        const auto byte = static_cast<char>(file.get() ^ 1);
        file.seekp(static_cast<std::streamoff>(offset));
        file.put(byte);
    }
    static Witness note(std::uint64_t sequence) {
        return {.database_id = "b757ec55-88df-499b-acd0-0123456789ab",
                .sequence = sequence,
                .log_number = 4,
                .log_bytes = 1000 + sequence,
                .manifest_number = 5,
                .manifest_bytes = 600,
                .epoch = 3,
                .relaxed = sequence % 2 == 0};
    }

    TempDirectory directory_;
};

TEST_F(WitnessFileTest, ANewFileHasNoNote) {
    EXPECT_EQ(found(), std::nullopt);
    EXPECT_EQ(found(), std::nullopt);
}

TEST_F(WitnessFileTest, TheLastNoteIsFoundAcrossOpenings) {
    for (std::uint64_t sequence = 1; sequence < 8; ++sequence) {
        auto file = *WitnessFile::open(path());
        ASSERT_TRUE(file.write(note(sequence)).has_value());
        ASSERT_TRUE(file.sync().has_value());
        EXPECT_EQ(found(), note(sequence));
    }
}

TEST_F(WitnessFileTest, ATornNoteLeavesTheOneBefore) {
    auto file = *WitnessFile::open(path());
    ASSERT_TRUE(file.write(note(1)).has_value());  // into the second slot
    ASSERT_TRUE(file.write(note(2)).has_value());
    for (std::uint64_t offset = 0; offset < 144; ++offset) {
        flip(offset);
        EXPECT_EQ(found(), note(1)) << offset;
        flip(offset);
        EXPECT_EQ(found(), note(2)) << offset;
        flip(4096 + offset);
        EXPECT_EQ(found(), note(2)) << offset;
        flip(4096 + offset);
    }
    flip(0);
    flip(4096);
    EXPECT_EQ(found(), std::nullopt);
}

TEST_F(WitnessFileTest, WritingGoesOnAfterATornNote) {
    {
        auto file = *WitnessFile::open(path());
        ASSERT_TRUE(file.write(note(1)).has_value());
        ASSERT_TRUE(file.write(note(2)).has_value());
    }
    flip(0);
    auto file = *WitnessFile::open(path());
    ASSERT_TRUE(file.write(note(3)).has_value());
    EXPECT_EQ(found(), note(3));
}

}  // namespace
}  // namespace tarn::storage
