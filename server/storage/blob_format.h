// The layout of a blob file:
//
//   header   kBlobHeaderBytes: magic, format, ids, the key it was written for, CRC32C
//   data     the bytes of the blob
//   CRCs     CRC32C of each block of kBlockBytes of the data, 4 bytes each
//   footer   kBlobFooterBytes: magic, size, block count, CRC32C of the CRCs and the footer
//
// All numbers are little-endian.  The footer's CRC starts from the header's, so that the two belong
// together.  Every byte of the file is under some CRC.

#pragma once

#include "server/storage/blob_store.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::storage {

inline constexpr std::size_t kBlobHeaderBytes = 4096;  // the data is aligned to pages
inline constexpr std::size_t kBlobFooterBytes = 32;

struct BlobHeader {
    BlobId id;
    BlobOrigin origin;
    // The metadata's sequence known to be durable when the blob was begun: metadata that ends
    // before it has lost commits.
    std::uint64_t synced_sequence = 0;
    std::uint64_t epoch = 0;  // the opening of the data directory that wrote the blob
};

// Keys longer than S3 allows are cut off.
std::array<char, kBlobHeaderBytes> encode_blob_header(const BlobHeader& header);
// Nothing where bytes are not a whole header of this format.
std::optional<BlobHeader> decode_blob_header(std::string_view bytes);
// What the footer's CRC starts from.
std::uint32_t blob_header_crc(std::string_view header_bytes);

// The end of the file: the CRCs and the footer.
std::string encode_blob_tail(std::uint64_t size, const std::vector<std::uint32_t>& block_crcs,
                             std::uint32_t header_crc);
std::uint64_t blob_block_count(std::uint64_t size);
std::uint64_t blob_tail_bytes(std::uint64_t size);
// The size of the blob whose file is that long; nothing where there can be no such blob.
std::optional<std::uint64_t> blob_size_of_file(std::uint64_t file_bytes);
// The CRCs of the blocks; nothing where bytes are not the tail of a blob of that size and header.
std::optional<std::vector<std::uint32_t>> decode_blob_tail(std::string_view bytes,
                                                           std::uint64_t size,
                                                           std::uint32_t header_crc);

}  // namespace tarn::storage
