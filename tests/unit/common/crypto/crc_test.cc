#include "common/crypto/crc.h"

#include "common/crypto/crc64nvme.h"
#include "tests/unit/common/base/seed.h"

#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace tarn::crypto {
namespace {

// The definition: bit by bit.
template <class Word>
Word crc_by_definition(std::string_view bytes, Word polynomial) {
    Word crc = std::numeric_limits<Word>::max();
    for (const char c : bytes) {
        crc ^= static_cast<std::uint8_t>(c);
        for (int i = 0; i < 8; ++i)
            crc = static_cast<Word>(crc >> 1 ^ ((crc & 1) != 0 ? polynomial : 0));
    }
    return static_cast<Word>(~crc);
}

std::uint64_t crc64nvme_by_definition(std::string_view bytes) {
    return crc_by_definition<std::uint64_t>(bytes, 0x9A6C9329AC4BC9B5);
}

class CrcTest : public testing::Test {
  protected:
    std::string random_bytes(std::size_t size) {
        std::string bytes(size, '\0');
        for (char& c : bytes)
            c = static_cast<char>(random_());
        return bytes;
    }
    std::size_t random_below(std::size_t end) { return random_() % end; }

  private:
    const std::uint64_t seed_ = test_seed();
    const testing::ScopedTrace trace_{__FILE__, __LINE__, seed_message(seed_)};
    std::mt19937_64 random_{seed_};
};

TEST_F(CrcTest, GivesTheCheckValuesOfTheCatalogue) {
    EXPECT_EQ(crc32("123456789"), 0xcbf43926u);
    EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
    EXPECT_EQ(crc64nvme("123456789"), 0xae8b14860a799888u);
    EXPECT_EQ(crc32(""), 0u);
    EXPECT_EQ(crc32c(""), 0u);
    EXPECT_EQ(crc64nvme(""), 0u);
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);  // RFC 3720, appendix B.4
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST_F(CrcTest, AgreesWithTheDefinitionAtEveryLengthAndAlignment) {
    const std::string bytes = random_bytes(700);
    for (std::size_t size = 0; size < 600; ++size) {
        const auto piece = std::string_view(bytes).substr(random_below(100), size);
        ASSERT_EQ(crc32(piece), crc_by_definition<std::uint32_t>(piece, 0xEDB88320)) << size;
        ASSERT_EQ(crc32c(piece), crc_by_definition<std::uint32_t>(piece, 0x82F63B78)) << size;
        ASSERT_EQ(crc64nvme(piece), crc64nvme_by_definition(piece)) << size;
    }
}

TEST_F(CrcTest, TablesAndFoldingAgree) {
    if (!has_carryless_multiply()) GTEST_SKIP() << "this processor has no PCLMULQDQ";
    for (int i = 0; i < 300; ++i) {
        const std::string bytes = random_bytes(random_below(20'000));
        const std::uint64_t start = crc64nvme(random_bytes(8));
        ASSERT_EQ(crc64nvme_by_folding(bytes, start), crc64nvme_by_tables(bytes, start))
            << bytes.size();
    }
}

TEST_F(CrcTest, GoesOnFromWhatCameBefore) {
    for (int i = 0; i < 200; ++i) {
        const std::string bytes = random_bytes(random_below(3'000));
        const std::size_t cut = random_below(bytes.size() + 1);
        const std::string_view first = std::string_view(bytes).substr(0, cut);
        const std::string_view rest = std::string_view(bytes).substr(cut);
        ASSERT_EQ(crc32(rest, crc32(first)), crc32(bytes));
        ASSERT_EQ(crc32c(rest, crc32c(first)), crc32c(bytes));
        ASSERT_EQ(crc64nvme(rest, crc64nvme(first)), crc64nvme(bytes));
    }
}

TEST_F(CrcTest, CombinesAdjacentPieces) {
    for (int i = 0; i < 200; ++i) {
        const std::string a = random_bytes(random_below(3'000));
        const std::string b = random_bytes(i == 0 ? 0 : random_below(70'000));
        ASSERT_EQ(crc32_combine(crc32(a), crc32(b), b.size()), crc32(a + b));
        ASSERT_EQ(crc32c_combine(crc32c(a), crc32c(b), b.size()), crc32c(a + b));
        ASSERT_EQ(crc64nvme_combine(crc64nvme(a), crc64nvme(b), b.size()), crc64nvme(a + b));
    }
}

// Lengths that no test can hash: appending b bytes and then c is appending b + c.
TEST_F(CrcTest, CombinesLengthsBeyondMemory) {
    constexpr std::uint64_t kLong = (std::uint64_t{1} << 62) + 12'345;
    const auto twice = [](auto combine, auto a) {
        return combine(combine(a, decltype(a){0}, kLong), decltype(a){0}, kLong + 1);
    };
    const std::uint32_t a = crc32("a");
    EXPECT_EQ(twice(crc32_combine, a), crc32_combine(a, 0, 2 * kLong + 1));
    EXPECT_EQ(twice(crc32c_combine, a), crc32c_combine(a, 0, 2 * kLong + 1));
    const std::uint64_t wide = crc64nvme("a");
    EXPECT_EQ(twice(crc64nvme_combine, wide), crc64nvme_combine(wide, 0, 2 * kLong + 1));
}

}  // namespace
}  // namespace tarn::crypto
