// The two implementations behind crc64nvme(), apart so that a test can hold one against the other.
// Both work on the running remainder, without the inversion before and after.

#pragma once

#include <cstdint>
#include <string_view>

namespace tarn::crypto {

// The polynomial in reflected form: bit 63 stands for x^0, and x^64 is implied.
inline constexpr std::uint64_t kCrc64NvmePolynomial = 0x9A6C9329AC4BC9B5;

// Eight bytes a step from tables; works everywhere.
std::uint64_t crc64nvme_by_tables(std::string_view bytes, std::uint64_t remainder);

// Whether this processor multiplies without carry (PCLMULQDQ).
bool has_carryless_multiply();
// 128 bytes a step.  Only where has_carryless_multiply().
std::uint64_t crc64nvme_by_folding(std::string_view bytes, std::uint64_t remainder);

}  // namespace tarn::crypto
