#include "server/storage/blob_format.h"

#include "common/crypto/crc.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace tarn::storage {
namespace {

constexpr std::array<char, 8> kHeaderMagic{'T', 'A', 'R', 'N', 'B', 'L', 'O', 'B'};
constexpr std::array<char, 8> kFooterMagic{'T', 'A', 'R', 'N', 'F', 'O', 'O', 'T'};
constexpr std::uint32_t kFormatVersion = 1;
constexpr std::size_t kStoredKeyMax = 2048;

struct StoredHeader {
    std::array<char, 8> magic = kHeaderMagic;
    std::uint32_t format_version = kFormatVersion;
    std::uint32_t block_bytes = kBlockBytes;
    std::array<std::uint8_t, 16> id{};
    std::uint64_t bucket_id = 0;
    std::uint64_t synced_sequence = 0;
    std::uint64_t epoch = 0;
    std::uint32_t key_bytes = 0;
    std::array<char, kStoredKeyMax> key{};
    std::array<char, 1984> reserved{};
    std::uint32_t crc = 0;  // of all before it
};
static_assert(sizeof(StoredHeader) == kBlobHeaderBytes);

struct StoredFooter {
    std::array<char, 8> magic = kFooterMagic;
    std::uint64_t size = 0;
    std::uint64_t block_count = 0;
    std::uint32_t reserved = 0;
    std::uint32_t crc = 0;  // of the block CRCs and all before it, begun with the header's CRC
};
static_assert(sizeof(StoredFooter) == kBlobFooterBytes);

std::uint32_t tail_crc(std::string_view tail, std::uint32_t header_crc) {
    return crypto::crc32c(tail.substr(0, tail.size() - sizeof(std::uint32_t)), header_crc);
}

std::uint32_t load32(const char* bytes) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

}  // namespace

std::array<char, kBlobHeaderBytes> encode_blob_header(const BlobHeader& header) {
    StoredHeader stored{.id = header.id.bytes,
                        .bucket_id = header.origin.bucket_id,
                        .synced_sequence = header.synced_sequence,
                        .epoch = header.epoch};
    stored.key_bytes =
        static_cast<std::uint32_t>(header.origin.key.copy(stored.key.data(), kStoredKeyMax));

    std::array<char, kBlobHeaderBytes> bytes;
    std::memcpy(bytes.data(), &stored, sizeof stored);
    const std::uint32_t crc = crypto::crc32c({bytes.data(), offsetof(StoredHeader, crc)});
    std::memcpy(bytes.data() + offsetof(StoredHeader, crc), &crc, sizeof crc);
    return bytes;
}

std::uint32_t blob_header_crc(std::string_view header_bytes) {
    return load32(header_bytes.data() + offsetof(StoredHeader, crc));
}

std::optional<BlobHeader> decode_blob_header(std::string_view bytes) {
    if (bytes.size() < kBlobHeaderBytes) return std::nullopt;
    StoredHeader stored;
    std::memcpy(&stored, bytes.data(), sizeof stored);
    if (stored.magic != kHeaderMagic || stored.format_version != kFormatVersion ||
        stored.block_bytes != kBlockBytes || stored.key_bytes > kStoredKeyMax) {
        return std::nullopt;
    }
    if (stored.crc != crypto::crc32c(bytes.substr(0, offsetof(StoredHeader, crc)))) {
        return std::nullopt;
    }
    return BlobHeader{.id = {.bytes = stored.id},
                      .origin = {.bucket_id = stored.bucket_id,
                                 .key = std::string(stored.key.data(), stored.key_bytes)},
                      .synced_sequence = stored.synced_sequence,
                      .epoch = stored.epoch};
}

std::uint64_t blob_block_count(std::uint64_t size) {
    return size / kBlockBytes + (size % kBlockBytes != 0 ? 1 : 0);
}

std::uint64_t blob_tail_bytes(std::uint64_t size) {
    return blob_block_count(size) * sizeof(std::uint32_t) + kBlobFooterBytes;
}

std::optional<std::uint64_t> blob_size_of_file(std::uint64_t file_bytes) {
    constexpr std::uint64_t kFixed = kBlobHeaderBytes + kBlobFooterBytes;
    if (file_bytes < kFixed) return std::nullopt;
    // Each block of data brings a CRC with it.
    const std::uint64_t data_and_crcs = file_bytes - kFixed;
    constexpr std::uint64_t kBlockAndCrc = kBlockBytes + sizeof(std::uint32_t);
    const std::uint64_t block_count =
        data_and_crcs / kBlockAndCrc + (data_and_crcs % kBlockAndCrc != 0 ? 1 : 0);
    const std::uint64_t crc_bytes = block_count * sizeof(std::uint32_t);
    if (data_and_crcs < crc_bytes) return std::nullopt;
    const std::uint64_t size = data_and_crcs - crc_bytes;
    if (blob_block_count(size) != block_count) return std::nullopt;
    return size;
}

std::string encode_blob_tail(std::uint64_t size, const std::vector<std::uint32_t>& block_crcs,
                             std::uint32_t header_crc) {
    std::string tail(blob_tail_bytes(size), '\0');
    if (!block_crcs.empty()) {
        std::memcpy(tail.data(), block_crcs.data(), block_crcs.size() * sizeof(std::uint32_t));
    }
    StoredFooter footer{.size = size, .block_count = block_crcs.size()};
    char* const footer_bytes = tail.data() + tail.size() - sizeof footer;
    std::memcpy(footer_bytes, &footer, sizeof footer);
    footer.crc = tail_crc(tail, header_crc);
    std::memcpy(footer_bytes, &footer, sizeof footer);
    return tail;
}

std::optional<std::vector<std::uint32_t>> decode_blob_tail(std::string_view bytes,
                                                           std::uint64_t size,
                                                           std::uint32_t header_crc) {
    if (bytes.size() != blob_tail_bytes(size)) return std::nullopt;
    StoredFooter footer;
    std::memcpy(&footer, bytes.data() + bytes.size() - sizeof footer, sizeof footer);
    if (footer.magic != kFooterMagic || footer.size != size ||
        footer.block_count != blob_block_count(size) || footer.crc != tail_crc(bytes, header_crc)) {
        return std::nullopt;
    }
    std::vector<std::uint32_t> crcs(footer.block_count);
    if (!crcs.empty()) {
        std::memcpy(crcs.data(), bytes.data(), crcs.size() * sizeof(std::uint32_t));
    }
    return crcs;
}

}  // namespace tarn::storage
