#include "server/storage/log_prefix.h"

#include "common/crypto/crc.h"

#include <algorithm>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

namespace tarn::storage {
namespace {

constexpr std::size_t kBlock = 32 * 1024;

std::string fragment(unsigned char type, const std::string& data) {
    std::string typed(1, static_cast<char>(type));
    typed += data;
    const std::uint32_t crc = crypto::crc32c(typed);
    const std::uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
    std::string bytes(4, '\0');
    std::memcpy(bytes.data(), &masked, 4);
    bytes += static_cast<char>(data.size() & 0xff);
    bytes += static_cast<char>(data.size() >> 8);
    return bytes + typed;
}

// Appends a record as RocksDB's log writer does.
void append(std::string& log, std::string data) {
    bool first = true;
    do {
        std::size_t left = kBlock - log.size() % kBlock;
        if (left < 7) {
            log.append(left, '\0');
            left = kBlock;
        }
        const std::size_t count = std::min(left - 7, data.size());
        const bool last = count == data.size();
        const unsigned char type = first ? (last ? 1 : 2) : (last ? 4 : 3);
        log += fragment(type, data.substr(0, count));
        data.erase(0, count);
        first = false;
    } while (!data.empty());
}

TEST(LogPrefixTest, AnIntactLogIsWhole) {
    std::string log;
    EXPECT_EQ(whole_log_prefix(log), 0u);
    for (const std::size_t size : {0u, 1u, 100u, 32'000u, 700u, 100'000u, 5u}) {
        append(log, std::string(size, 'x'));
        EXPECT_EQ(whole_log_prefix(log), log.size()) << size;
    }
}

TEST(LogPrefixTest, ARecordThatEndsNearABlocksEndLeavesZeros) {
    for (std::size_t left = 0; left < 9; ++left) {
        std::string log;
        append(log, std::string(kBlock - 7 - left, 'x'));
        append(log, "next");
        EXPECT_EQ(whole_log_prefix(log), log.size()) << left;
    }
}

TEST(LogPrefixTest, ACutRecordIsNotPartOfThePrefix) {
    std::string log;
    append(log, "first");
    const std::size_t first = log.size();
    append(log, std::string(50'000, 'x'));  // two fragments
    const std::size_t second = log.size();
    for (const std::size_t size :
         {first, first + 1, first + 6, first + 7, kBlock - 1, kBlock, kBlock + 1, second - 1}) {
        EXPECT_EQ(whole_log_prefix(std::string_view(log).substr(0, size)), first) << size;
    }
}

TEST(LogPrefixTest, EveryFlippedBitEndsThePrefix) {
    std::string log;
    append(log, "first");
    const std::size_t first = log.size();
    append(log, "second");
    const std::size_t second = log.size();
    append(log, "third");
    for (std::size_t bit = first * 8; bit < second * 8; ++bit) {
        std::string damaged = log;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_EQ(whole_log_prefix(damaged), first) << bit;
    }
}

TEST(LogPrefixTest, FragmentsOutOfOrderEndThePrefix) {
    EXPECT_EQ(whole_log_prefix(fragment(3, "middle")), 0u);
    EXPECT_EQ(whole_log_prefix(fragment(4, "last")), 0u);
    EXPECT_EQ(whole_log_prefix(fragment(2, "first") + fragment(1, "full")), 0u);
    EXPECT_EQ(whole_log_prefix(fragment(2, "first") + fragment(2, "first")), 0u);
    EXPECT_EQ(whole_log_prefix(std::string(100, '\0')), 0u);
    EXPECT_EQ(whole_log_prefix(fragment(9, "unknown")), 0u);
}

// A power cut in CI's twentieth image left a log that RocksDB refused with "checksum mismatch".
TEST(LogPrefixTest, ARecordWithPagesThatWereNeverWrittenIsATornTail) {
    constexpr std::size_t kPage = 4096;
    std::string log;
    append(log, std::string(3000, 'x'));
    const std::size_t first = log.size();
    append(log, std::string(100'000, 'y'));
    for (std::size_t page = 0; page * kPage < log.size(); ++page) {
        std::string torn = log;
        const std::size_t from = std::max(page * kPage, first);
        const std::size_t to = std::min((page + 1) * kPage, log.size());
        torn.replace(from, to - from, to - from, '\0');
        EXPECT_EQ(whole_log_prefix(torn), first) << page;
        EXPECT_TRUE(has_torn_tail(torn, first)) << page;
        // With a record behind it, it had been written whole: one write at a time is under way.
        std::string followed = log;
        append(followed, std::string(kBlock, 'z'));
        append(followed, "end");
        followed.replace(from, to - from, to - from, '\0');
        EXPECT_FALSE(has_torn_tail(followed, whole_log_prefix(followed))) << page;
    }
}

TEST(LogPrefixTest, AWholeLogAndAFlippedBitAreNoTornTail) {
    std::string log;
    append(log, "first");
    const std::size_t first = log.size();
    append(log, std::string(50'000, 'y'));
    EXPECT_FALSE(has_torn_tail(log, log.size()));
    for (std::size_t byte = first; byte < log.size(); byte += 97) {
        std::string damaged = log;
        damaged[byte] = static_cast<char>(damaged[byte] ^ 4);
        EXPECT_FALSE(has_torn_tail(damaged, whole_log_prefix(damaged))) << byte;
    }
}

}  // namespace
}  // namespace tarn::storage
