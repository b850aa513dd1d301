// S3's additional checksums (x-amz-checksum-*): which there are, and a running value of one.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html

#pragma once

#include "common/crypto/digest.h"
#include "common/crypto/xxhash.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::crypto {

// The numbers are stored: new algorithms come last.
enum class ChecksumAlgorithm : std::uint8_t {
    CRC32,
    CRC32C,
    CRC64NVME,
    SHA1,
    SHA256,
    SHA512,
    MD5,
    XXHASH64,
    XXHASH3,
    XXHASH128
};
inline constexpr ChecksumAlgorithm kChecksumAlgorithms[] = {
    ChecksumAlgorithm::CRC32,     ChecksumAlgorithm::CRC32C,   ChecksumAlgorithm::CRC64NVME,
    ChecksumAlgorithm::SHA1,      ChecksumAlgorithm::SHA256,   ChecksumAlgorithm::SHA512,
    ChecksumAlgorithm::MD5,       ChecksumAlgorithm::XXHASH64, ChecksumAlgorithm::XXHASH3,
    ChecksumAlgorithm::XXHASH128,
};

std::string_view checksum_name(ChecksumAlgorithm algorithm);         // "CRC32C", as in the API
std::string_view checksum_header(ChecksumAlgorithm algorithm);       // "x-amz-checksum-crc32c"
std::string_view checksum_xml_element(ChecksumAlgorithm algorithm);  // "ChecksumCRC32C"
std::size_t checksum_bytes(ChecksumAlgorithm algorithm);             // length of the raw value
std::optional<ChecksumAlgorithm> parse_checksum_name(std::string_view name);   // any case
std::optional<ChecksumAlgorithm> checksum_of_header(std::string_view header);  // any case
bool is_crc(ChecksumAlgorithm algorithm);  // has a combine function

// A running checksum.  Not thread-safe.
class Checksum {
  public:
    explicit Checksum(ChecksumAlgorithm algorithm);
    void update(std::string_view bytes);
    std::string finish();  // raw bytes, big-endian for the CRCs and xxHashes
    ChecksumAlgorithm algorithm() const { return algorithm_; }

  private:
    ChecksumAlgorithm algorithm_;
    std::uint64_t crc_ = 0;
    std::optional<Digest> digest_;
    std::optional<XxHash> xxhash_;
};

struct PartChecksum {
    std::string value;  // raw
    std::uint64_t size = 0;
};
// FULL_OBJECT value of parts in order.  Only for the CRCs.
std::string combine_full_object(ChecksumAlgorithm algorithm,
                                const std::vector<PartChecksum>& parts);
// COMPOSITE value: the checksum of the parts' raw values joined, without the "-N" suffix.
std::string combine_composite(ChecksumAlgorithm algorithm, const std::vector<PartChecksum>& parts);

}  // namespace tarn::crypto
