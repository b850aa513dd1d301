// The CRCs of S3's checksums, with the function that joins CRCs of adjacent pieces.

#pragma once

#include <cstdint>
#include <string_view>

namespace tarn::crypto {

// Each takes the CRC of what came before (0 at the start) and returns that of the whole.
std::uint32_t crc32(std::string_view bytes, std::uint32_t previous = 0);
std::uint32_t crc32c(std::string_view bytes, std::uint32_t previous = 0);
// CRC-64/NVME: reflected, polynomial 0x9A6C9329AC4BC9B5 (reversed form), all ones in and out.
std::uint64_t crc64nvme(std::string_view bytes, std::uint64_t previous = 0);

// The CRC of A followed by B, from the CRC of each and the length of B in bytes.
std::uint32_t crc32_combine(std::uint32_t a, std::uint32_t b, std::uint64_t b_bytes);
std::uint32_t crc32c_combine(std::uint32_t a, std::uint32_t b, std::uint64_t b_bytes);
std::uint64_t crc64nvme_combine(std::uint64_t a, std::uint64_t b, std::uint64_t b_bytes);

}  // namespace tarn::crypto
