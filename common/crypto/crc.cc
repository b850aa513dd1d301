#include "common/crypto/crc.h"

#include "common/crypto/crc64nvme.h"

#include <algorithm>
#include <array>
#include <climits>

#include <isa-l/crc.h>

namespace tarn::crypto {
namespace {

constexpr std::uint32_t kCrc32Polynomial = 0xEDB88320;   // reflected, as in RFC 1952
constexpr std::uint32_t kCrc32cPolynomial = 0x82F63B78;  // reflected, as in RFC 3720

// Arithmetic with polynomials over GF(2) modulo P, in reflected form: the highest bit of a Word
// stands for x^0.
template <class Word, Word kPolynomial>
struct Modulo {
    static constexpr Word kOne = static_cast<Word>(Word{1} << (sizeof(Word) * CHAR_BIT - 1));

    static constexpr Word times(Word a, Word b) {
        Word product = 0;
        for (Word bit = kOne; bit != 0; bit >>= 1) {
            if ((a & bit) != 0) product ^= b;
            b = b >> 1 ^ ((b & 1) != 0 ? kPolynomial : 0);
        }
        return product;
    }

    // kSquares[i] is x^(8 * 2^i): it appends 2^i zero bytes.
    static constexpr std::array<Word, 64> squares() {
        std::array<Word, 64> squares{};
        Word power = kOne >> 8;  // x^8
        for (Word& square : squares) {
            square = power;
            power = times(power, power);
        }
        return squares;
    }

    // A CRC is linear but for its inversions, which cancel out here: the CRC of A B is that of A
    // moved past the bytes of B, plus that of B.
    static Word combine(Word a, Word b, std::uint64_t b_bytes) {
        static constexpr std::array<Word, 64> kSquares = squares();
        for (std::size_t i = 0; b_bytes != 0; ++i, b_bytes >>= 1) {
            if ((b_bytes & 1) != 0) a = times(a, kSquares[i]);
        }
        return a ^ b;
    }
};

// crc32_iscsi() takes its length as int.
constexpr std::size_t kMaxIscsiBytes = std::size_t{1} << 30;

}  // namespace

std::uint32_t crc32(std::string_view bytes, std::uint32_t previous) {
    // crc32_ieee() is the unreflected CRC; this one also inverts before and after.
    return crc32_gzip_refl(previous, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                           bytes.size());
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t previous) {
    std::uint32_t remainder = ~previous;
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, kMaxIscsiBytes);
        // The parameter lacks a const; the function does not write.
        auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(piece.data()));
        remainder = crc32_iscsi(data, static_cast<int>(piece.size()), remainder);
        bytes.remove_prefix(piece.size());
    }
    return ~remainder;
}

std::uint64_t crc64nvme(std::string_view bytes, std::uint64_t previous) {
    static const auto function =
        has_carryless_multiply() ? crc64nvme_by_folding : crc64nvme_by_tables;
    return ~function(bytes, ~previous);
}

std::uint32_t crc32_combine(std::uint32_t a, std::uint32_t b, std::uint64_t b_bytes) {
    return Modulo<std::uint32_t, kCrc32Polynomial>::combine(a, b, b_bytes);
}

std::uint32_t crc32c_combine(std::uint32_t a, std::uint32_t b, std::uint64_t b_bytes) {
    return Modulo<std::uint32_t, kCrc32cPolynomial>::combine(a, b, b_bytes);
}

std::uint64_t crc64nvme_combine(std::uint64_t a, std::uint64_t b, std::uint64_t b_bytes) {
    return Modulo<std::uint64_t, kCrc64NvmePolynomial>::combine(a, b, b_bytes);
}

}  // namespace tarn::crypto
