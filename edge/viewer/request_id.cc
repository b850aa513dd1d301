#include "edge/viewer/request_id.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>

namespace tarn::edge {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kDigits = 54;
constexpr std::size_t kDigitsPerWord = 11;  // 66 bits hold a word
constexpr int kLoopBits = 16;

void write_word(char* out, std::uint64_t word) {
    for (std::size_t i = 0; i < kDigitsPerWord; ++i) {
        out[i] = kAlphabet[word & 63];
        word >>= 6;
    }
}

}  // namespace

RequestIdSource::RequestIdSource(std::uint64_t mask, std::uint16_t loop, Random& random)
    : mask_(mask), loop_(loop) {
    std::array<std::uint8_t, sizeof(state_)> bytes{};
    random.fill(bytes);
    std::memcpy(state_.data(), bytes.data(), bytes.size());
    state_[0] |= 1;  // xoroshiro must not start at zero
}

// xoroshiro128+ (Blackman and Vigna, 2018): unpredictable enough for a name, and cheap.
std::uint64_t RequestIdSource::random_word() {
    const std::uint64_t a = state_[0];
    std::uint64_t b = state_[1];
    const std::uint64_t result = a + b;
    b ^= a;
    state_[0] = std::rotl(a, 24) ^ b ^ (b << 16);
    state_[1] = std::rotl(b, 37);
    return result;
}

RequestId RequestIdSource::next() {
    RequestId id;
    char* const out = id.text.data();
    const std::uint64_t place = (number_++ << kLoopBits) | loop_;
    write_word(out, place ^ mask_);
    // The last word's last digit is written over.
    constexpr std::size_t kWords = (kDigits + kDigitsPerWord - 1) / kDigitsPerWord;
    static_assert(kWords * kDigitsPerWord <= RequestId::kLength);
    for (std::size_t word = 1; word < kWords; ++word)
        write_word(out + word * kDigitsPerWord, random_word());
    std::fill(out + kDigits, out + RequestId::kLength, '=');
    return id;
}

std::optional<RequestPlace> place_of(std::string_view id, std::uint64_t mask) {
    if (id.size() != RequestId::kLength || !id.ends_with("==")) return std::nullopt;
    std::uint64_t word = 0;
    for (std::size_t i = kDigitsPerWord; i-- > 0;) {
        const std::size_t digit = kAlphabet.find(id[i]);
        if (digit == std::string_view::npos) return std::nullopt;
        word = (word << 6) | digit;
    }
    word ^= mask;
    return RequestPlace{.loop = static_cast<std::uint16_t>(word & 0xffff),
                        .number = word >> kLoopBits};
}

}  // namespace tarn::edge
