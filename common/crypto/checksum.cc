#include "common/crypto/checksum.h"

#include "common/base/big_endian.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "common/crypto/crc.h"

#include <cstddef>
#include <iterator>
#include <utility>

namespace tarn::crypto {
namespace {

struct Row {
    ChecksumAlgorithm algorithm;
    std::string_view name;
    std::string_view header;
    std::string_view xml_element;
    std::size_t bytes;
    bool is_crc;
};

// In the order of the enumerators.
constexpr Row kRows[] = {
    {ChecksumAlgorithm::CRC32, "CRC32", "x-amz-checksum-crc32", "ChecksumCRC32", 4, true},
    {ChecksumAlgorithm::CRC32C, "CRC32C", "x-amz-checksum-crc32c", "ChecksumCRC32C", 4, true},
    {ChecksumAlgorithm::CRC64NVME, "CRC64NVME", "x-amz-checksum-crc64nvme", "ChecksumCRC64NVME", 8,
     true},
    {ChecksumAlgorithm::SHA1, "SHA1", "x-amz-checksum-sha1", "ChecksumSHA1", 20, false},
    {ChecksumAlgorithm::SHA256, "SHA256", "x-amz-checksum-sha256", "ChecksumSHA256", 32, false},
    {ChecksumAlgorithm::SHA512, "SHA512", "x-amz-checksum-sha512", "ChecksumSHA512", 64, false},
    {ChecksumAlgorithm::MD5, "MD5", "x-amz-checksum-md5", "ChecksumMD5", 16, false},
    {ChecksumAlgorithm::XXHASH64, "XXHASH64", "x-amz-checksum-xxhash64", "ChecksumXXHASH64", 8,
     false},
    {ChecksumAlgorithm::XXHASH3, "XXHASH3", "x-amz-checksum-xxhash3", "ChecksumXXHASH3", 8, false},
    {ChecksumAlgorithm::XXHASH128, "XXHASH128", "x-amz-checksum-xxhash128", "ChecksumXXHASH128", 16,
     false},
};

constexpr bool rows_are_in_order() {
    for (std::size_t i = 0; i < std::size(kRows); ++i) {
        if (kRows[i].algorithm != kChecksumAlgorithms[i]) return false;
        if (static_cast<std::size_t>(kRows[i].algorithm) != i) return false;
    }
    return std::size(kRows) == std::size(kChecksumAlgorithms);
}
static_assert(rows_are_in_order());

constexpr const Row& row_of(ChecksumAlgorithm algorithm) {
    return kRows[static_cast<std::size_t>(algorithm)];
}

// The wire form of a CRC.
std::string crc_bytes(std::uint64_t crc, std::size_t byte_count) {
    return big_endian(crc).substr(sizeof crc - byte_count);
}

std::uint64_t crc_of_bytes(std::string_view bytes) {
    if (bytes.size() == sizeof(std::uint32_t)) return read_big_endian<std::uint32_t>(bytes);
    return read_big_endian<std::uint64_t>(bytes);
}

std::uint64_t combine_crc(ChecksumAlgorithm algorithm, std::uint64_t a, std::uint64_t b,
                          std::uint64_t b_bytes) {
    const auto a32 = static_cast<std::uint32_t>(a);
    const auto b32 = static_cast<std::uint32_t>(b);
    switch (algorithm) {
        case ChecksumAlgorithm::CRC32:
            return crc32_combine(a32, b32, b_bytes);
        case ChecksumAlgorithm::CRC32C:
            return crc32c_combine(a32, b32, b_bytes);
        case ChecksumAlgorithm::CRC64NVME:
            return crc64nvme_combine(a, b, b_bytes);
        default:
            std::unreachable();
    }
}

std::optional<DigestKind> digest_kind(ChecksumAlgorithm algorithm) {
    switch (algorithm) {
        case ChecksumAlgorithm::SHA1:
            return DigestKind::Sha1;
        case ChecksumAlgorithm::SHA256:
            return DigestKind::Sha256;
        case ChecksumAlgorithm::SHA512:
            return DigestKind::Sha512;
        case ChecksumAlgorithm::MD5:
            return DigestKind::Md5;
        default:
            return std::nullopt;
    }
}

std::optional<XxHashKind> xxhash_kind(ChecksumAlgorithm algorithm) {
    switch (algorithm) {
        case ChecksumAlgorithm::XXHASH64:
            return XxHashKind::XxHash64;
        case ChecksumAlgorithm::XXHASH3:
            return XxHashKind::XxHash3;
        case ChecksumAlgorithm::XXHASH128:
            return XxHashKind::XxHash128;
        default:
            return std::nullopt;
    }
}

}  // namespace

std::string_view checksum_name(ChecksumAlgorithm algorithm) {
    return row_of(algorithm).name;
}

std::string_view checksum_header(ChecksumAlgorithm algorithm) {
    return row_of(algorithm).header;
}

std::string_view checksum_xml_element(ChecksumAlgorithm algorithm) {
    return row_of(algorithm).xml_element;
}

std::size_t checksum_bytes(ChecksumAlgorithm algorithm) {
    return row_of(algorithm).bytes;
}

std::optional<ChecksumAlgorithm> parse_checksum_name(std::string_view name) {
    for (const Row& row : kRows) {
        if (iequals(row.name, name)) return row.algorithm;
    }
    return std::nullopt;
}

std::optional<ChecksumAlgorithm> checksum_of_header(std::string_view header) {
    for (const Row& row : kRows) {
        if (iequals(row.header, header)) return row.algorithm;
    }
    return std::nullopt;
}

bool is_crc(ChecksumAlgorithm algorithm) {
    return row_of(algorithm).is_crc;
}

Checksum::Checksum(ChecksumAlgorithm algorithm) : algorithm_(algorithm) {
    if (const auto kind = digest_kind(algorithm)) digest_.emplace(*kind);
    if (const auto kind = xxhash_kind(algorithm)) xxhash_.emplace(*kind);
}

void Checksum::update(std::string_view bytes) {
    if (digest_) return digest_->update(bytes);
    if (xxhash_) return xxhash_->update(bytes);
    switch (algorithm_) {
        case ChecksumAlgorithm::CRC32:
            crc_ = crc32(bytes, static_cast<std::uint32_t>(crc_));
            return;
        case ChecksumAlgorithm::CRC32C:
            crc_ = crc32c(bytes, static_cast<std::uint32_t>(crc_));
            return;
        case ChecksumAlgorithm::CRC64NVME:
            crc_ = crc64nvme(bytes, crc_);
            return;
        default:
            std::unreachable();
    }
}

std::string Checksum::finish() {
    if (digest_) return digest_->finish();
    if (xxhash_) return xxhash_->finish();
    return crc_bytes(std::exchange(crc_, 0), checksum_bytes(algorithm_));
}

std::string combine_full_object(ChecksumAlgorithm algorithm,
                                const std::vector<PartChecksum>& parts) {
    CHECK(is_crc(algorithm));
    std::uint64_t crc = 0;
    for (const PartChecksum& part : parts) {
        CHECK(part.value.size() == checksum_bytes(algorithm));
        crc = combine_crc(algorithm, crc, crc_of_bytes(part.value), part.size);
    }
    return crc_bytes(crc, checksum_bytes(algorithm));
}

std::string combine_composite(ChecksumAlgorithm algorithm, const std::vector<PartChecksum>& parts) {
    Checksum checksum(algorithm);
    for (const PartChecksum& part : parts)
        checksum.update(part.value);
    return checksum.finish();
}

}  // namespace tarn::crypto
