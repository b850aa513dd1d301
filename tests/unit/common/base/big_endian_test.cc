#include "common/base/big_endian.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace tarn {
namespace {

TEST(BigEndianTest, TheMostSignificantByteComesFirst) {
    EXPECT_EQ(big_endian(std::uint64_t{0x0102030405060708}), "\x01\x02\x03\x04\x05\x06\x07\x08");
    EXPECT_EQ(big_endian(std::uint32_t{0xfffefdfc}), "\xff\xfe\xfd\xfc");
    std::string text = "x";
    append_big_endian(text, std::uint32_t{1});
    EXPECT_EQ(text, std::string_view("x\0\0\0\x01", 5));
}

TEST(BigEndianTest, ReadsWhatItWroteAndNothingBehindIt) {
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{255},
                                       std::uint64_t{1} << 63, UINT64_MAX}) {
        EXPECT_EQ(read_big_endian<std::uint64_t>(big_endian(number) + "more"), number);
    }
    EXPECT_EQ(read_big_endian<std::uint32_t>(std::string_view("\0\0\x01\0\xff", 5)), 256u);
}

TEST(BigEndianTest, BytesSortAsTheNumbersDo) {
    EXPECT_LT(big_endian(std::uint64_t{255}), big_endian(std::uint64_t{256}));
    EXPECT_LT(big_endian(std::uint64_t{1}), big_endian(UINT64_MAX));
}

}  // namespace
}  // namespace tarn
