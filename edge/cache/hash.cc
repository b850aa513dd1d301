#include "edge/cache/hash.h"

#include "common/base/random.h"

#include <array>
#include <cstring>
#include <span>

namespace tarn::edge {
namespace {

// The multiply-and-fold step of wyhash: both halves of the 128-bit product, mixed.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t load(const char* bytes, std::size_t count = 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, count);
    return word;
}

struct Seed {
    std::array<std::uint64_t, 4> words{};
    Seed() {
        std::array<std::uint8_t, sizeof(words)> bytes{};
        SystemRandom().fill(bytes);
        std::memcpy(words.data(), bytes.data(), bytes.size());
        for (std::uint64_t& word : words)
            word |= 1;  // zero would absorb the product
    }
};

}  // namespace

KeyHash hash_key(std::string_view key) {
    static const Seed seed;
    const auto& s = seed.words;
    std::uint64_t high = s[0] ^ key.size();
    std::uint64_t low = s[1] ^ key.size();
    const char* bytes = key.data();
    std::size_t left = key.size();
    while (left >= 16) {
        const std::uint64_t a = load(bytes);
        const std::uint64_t b = load(bytes + 8);
        high = fold(high ^ a ^ s[2], b ^ s[3]);
        low = fold(low ^ b ^ s[0], a ^ s[1]);
        bytes += 16;
        left -= 16;
    }
    const std::uint64_t a = load(bytes, left < 8 ? left : 8);
    const std::uint64_t b = left > 8 ? load(bytes + 8, left - 8) : 0;
    high = fold(high ^ a ^ s[2], b ^ s[3]);
    low = fold(low ^ b ^ s[0], a ^ s[1]);
    return {.high = fold(high, s[1]), .low = fold(low, s[2])};
}

}  // namespace tarn::edge
