// CRC-64/NVME by folding, after "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
// Instruction" (Intel, 2009), in the reflected form.
//
// A message is a polynomial over GF(2) whose highest coefficient is bit 0 of its first byte.  Its
// CRC is what is left of it, times x^64, after division by the polynomial P.  A 16-byte piece that
// lies n bits before another may be replaced by (piece * x^n mod P) added to that other one, which
// keeps the remainder and shortens the message: that is one fold.  Eight pieces are folded side by
// side, since a multiplication takes several cycles but a new one can start on every cycle.
//
// With words a and b in reflected form (bit i is x^(63-i)), the 128-bit product of PCLMULQDQ is the
// reflected form of a * b * x; hence the exponents n - 1 below.

#include "common/crypto/crc64nvme.h"

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tarn::crypto {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t times_x(std::uint64_t a) {
    return a >> 1 ^ ((a & 1) != 0 ? kCrc64NvmePolynomial : 0);
}

using Tables = std::array<std::array<std::uint64_t, 256>, 8>;

// tables[k][b] is the remainder of byte b followed by k zero bytes.
constexpr Tables make_tables() {
    Tables tables{};
    for (std::uint64_t b = 0; b < 256; ++b) {
        std::uint64_t remainder = b;
        for (int i = 0; i < 8; ++i)
            remainder = times_x(remainder);
        tables[0][b] = remainder;
    }
    for (std::size_t k = 1; k < tables.size(); ++k) {
        for (std::size_t b = 0; b < 256; ++b) {
            const std::uint64_t before = tables[k - 1][b];
            tables[k][b] = before >> 8 ^ tables[0][before & 0xff];
        }
    }
    return tables;
}

constexpr Tables kTables = make_tables();

// The first eight bytes, of which there must be as many.
std::uint64_t load_word(std::string_view bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    return word;
}

}  // namespace

std::uint64_t crc64nvme_by_tables(std::string_view bytes, std::uint64_t remainder) {
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
        const std::uint64_t word = remainder ^ load_word(bytes);
        remainder = 0;
        for (std::size_t i = 0; i < 8; ++i)
            remainder ^= kTables[7 - i][word >> 8 * i & 0xff];
    }
    for (const char c : bytes)
        remainder = remainder >> 8 ^ kTables[0][(remainder ^ static_cast<std::uint8_t>(c)) & 0xff];
    return remainder;
}

#if defined(__x86_64__)

namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kStepBytes = kLanes * sizeof(__m128i);

// x^exponent mod P.
constexpr std::uint64_t power_of_x(unsigned exponent) {
    std::uint64_t power = std::uint64_t{1} << 63;
    for (unsigned i = 0; i < exponent; ++i)
        power = times_x(power);
    return power;
}

// What moves a piece kBits towards the end: for its first and for its second word.
template <unsigned kBits>
struct Fold {
    static constexpr std::uint64_t kFirst = power_of_x(kBits + 64 - 1);
    static constexpr std::uint64_t kSecond = power_of_x(kBits - 1);
};

template <unsigned kBits>
[[gnu::target("pclmul"), gnu::always_inline]] inline __m128i fold(__m128i piece, __m128i onto) {
    const __m128i keys = _mm_set_epi64x(static_cast<long long>(Fold<kBits>::kSecond),
                                        static_cast<long long>(Fold<kBits>::kFirst));
    const __m128i first = _mm_clmulepi64_si128(piece, keys, 0x00);
    const __m128i second = _mm_clmulepi64_si128(piece, keys, 0x11);
    return _mm_xor_si128(_mm_xor_si128(first, second), onto);
}

// The piece with this index, which must lie within bytes.
__m128i load_piece(std::string_view bytes, std::size_t index) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data()) + index);
}

}  // namespace

bool has_carryless_multiply() {
    return __builtin_cpu_supports("pclmul") != 0;
}

[[gnu::target("pclmul")]] std::uint64_t crc64nvme_by_folding(std::string_view bytes,
                                                             std::uint64_t remainder) {
    if (bytes.size() < kStepBytes) return crc64nvme_by_tables(bytes, remainder);

    std::array<__m128i, kLanes> lanes;
    for (std::size_t i = 0; i < kLanes; ++i)
        lanes[i] = load_piece(bytes, i);
    lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi64_si128(static_cast<long long>(remainder)));
    bytes.remove_prefix(kStepBytes);

    for (; bytes.size() >= kStepBytes; bytes.remove_prefix(kStepBytes)) {
        for (std::size_t i = 0; i < kLanes; ++i)
            lanes[i] = fold<kStepBytes * 8>(lanes[i], load_piece(bytes, i));
    }
    __m128i piece = lanes[0];
    for (std::size_t i = 1; i < kLanes; ++i)
        piece = fold<128>(piece, lanes[i]);
    for (; bytes.size() >= sizeof(__m128i); bytes.remove_prefix(sizeof(__m128i)))
        piece = fold<128>(piece, load_piece(bytes, 0));

    // The last piece stands for everything before it, so the tables divide it as if it were the
    // message.
    std::array<char, sizeof(__m128i)> last;
    _mm_storeu_si128(reinterpret_cast<__m128i*>(last.data()), piece);
    return crc64nvme_by_tables(bytes, crc64nvme_by_tables({last.data(), last.size()}, 0));
}

#else

bool has_carryless_multiply() {
    return false;
}

std::uint64_t crc64nvme_by_folding(std::string_view bytes, std::uint64_t remainder) {
    return crc64nvme_by_tables(bytes, remainder);
}

#endif

}  // namespace tarn::crypto
