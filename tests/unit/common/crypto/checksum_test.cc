#include "common/crypto/checksum.h"

#include "common/base/encoding.h"

#include <gtest/gtest.h>

namespace tarn::crypto {
namespace {

using enum ChecksumAlgorithm;

std::string checksum_of(ChecksumAlgorithm algorithm, std::string_view bytes) {
    Checksum checksum(algorithm);
    checksum.update(bytes);
    return checksum.finish();
}

struct ChecksumCase {
    ChecksumAlgorithm algorithm;
    std::string_view name, header, element;
    std::string_view hex_of_123456789;
};
const ChecksumCase kCases[] = {
    {CRC32, "CRC32", "x-amz-checksum-crc32", "ChecksumCRC32", "cbf43926"},
    {CRC32C, "CRC32C", "x-amz-checksum-crc32c", "ChecksumCRC32C", "e3069283"},
    {CRC64NVME, "CRC64NVME", "x-amz-checksum-crc64nvme", "ChecksumCRC64NVME", "ae8b14860a799888"},
    {SHA1, "SHA1", "x-amz-checksum-sha1", "ChecksumSHA1",
     "f7c3bc1d808e04732adf679965ccc34ca7ae3441"},
    {SHA256, "SHA256", "x-amz-checksum-sha256", "ChecksumSHA256",
     "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"},
    {SHA512, "SHA512", "x-amz-checksum-sha512", "ChecksumSHA512",
     "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274a"
     "d27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85"},
    {MD5, "MD5", "x-amz-checksum-md5", "ChecksumMD5", "25f9e794323b453885f5181f1b624d0b"},
    // As the AWS Common Runtime computes them.
    {XXHASH64, "XXHASH64", "x-amz-checksum-xxhash64", "ChecksumXXHASH64", "8cb841db40e6ae83"},
    {XXHASH3, "XXHASH3", "x-amz-checksum-xxhash3", "ChecksumXXHASH3", "72dcb18b67a17dff"},
    {XXHASH128, "XXHASH128", "x-amz-checksum-xxhash128", "ChecksumXXHASH128",
     "33119477ede5dcd5e9716427681d5860"},
};

TEST(ChecksumTest, EveryAlgorithmHasItsNamesAndValue) {
    ASSERT_EQ(std::size(kCases), std::size(kChecksumAlgorithms));
    for (const ChecksumCase& each : kCases) {
        EXPECT_EQ(checksum_name(each.algorithm), each.name);
        EXPECT_EQ(checksum_header(each.algorithm), each.header);
        EXPECT_EQ(checksum_xml_element(each.algorithm), each.element);
        EXPECT_EQ(parse_checksum_name(each.name), each.algorithm);
        EXPECT_EQ(checksum_of_header(each.header), each.algorithm);
        const std::string value = checksum_of(each.algorithm, "123456789");
        EXPECT_EQ(to_hex(value), each.hex_of_123456789);
        EXPECT_EQ(value.size(), checksum_bytes(each.algorithm));
        EXPECT_EQ(is_crc(each.algorithm), each.name.starts_with("CRC"));
    }
}

TEST(ChecksumTest, NamesAreReadInAnyCaseAndWhole) {
    EXPECT_EQ(parse_checksum_name("crc32c"), CRC32C);
    EXPECT_EQ(checksum_of_header("X-Amz-Checksum-SHA256"), SHA256);
    EXPECT_EQ(parse_checksum_name("CRC3"), std::nullopt);
    EXPECT_EQ(parse_checksum_name("CRC32CC"), std::nullopt);
    EXPECT_EQ(parse_checksum_name(""), std::nullopt);
    EXPECT_EQ(checksum_of_header("x-amz-checksum-type"), std::nullopt);
    EXPECT_EQ(checksum_of_header("x-amz-checksum-"), std::nullopt);
}

TEST(ChecksumTest, RunsOverPiecesAndStartsAnewAfterFinish) {
    for (const ChecksumCase& each : kCases) {
        Checksum checksum(each.algorithm);
        for (int round = 0; round < 2; ++round) {
            checksum.update("1234");
            checksum.update("");
            checksum.update("56789");
            EXPECT_EQ(to_hex(checksum.finish()), each.hex_of_123456789) << each.name;
        }
    }
}

TEST(CombineTest, FullObjectIsTheChecksumOfThePartsJoined) {
    const std::vector<std::string> parts = {std::string(70'000, 'a'), "", "b",
                                            std::string(5'000, 'c')};
    for (const ChecksumAlgorithm algorithm : {CRC32, CRC32C, CRC64NVME}) {
        std::vector<PartChecksum> checksums;
        std::string joined;
        for (const std::string& part : parts) {
            checksums.push_back({.value = checksum_of(algorithm, part), .size = part.size()});
            joined += part;
        }
        EXPECT_EQ(combine_full_object(algorithm, checksums), checksum_of(algorithm, joined));
        checksums.resize(1);
        EXPECT_EQ(combine_full_object(algorithm, checksums), checksums[0].value);
    }
}

TEST(CombineTest, CompositeIsTheChecksumOfThePartsChecksums) {
    for (const ChecksumAlgorithm algorithm : kChecksumAlgorithms) {
        const std::string a = checksum_of(algorithm, "part one");
        const std::string b = checksum_of(algorithm, "part two");
        EXPECT_EQ(combine_composite(algorithm, {{a, 8}, {b, 8}}), checksum_of(algorithm, a + b));
        EXPECT_EQ(combine_composite(algorithm, {{a, 8}}), checksum_of(algorithm, a));
    }
}

}  // namespace
}  // namespace tarn::crypto
