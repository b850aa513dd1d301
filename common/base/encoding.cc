#include "common/base/encoding.h"

#include <array>

namespace tarn {
namespace {

constexpr char kHexLower[] = "0123456789abcdef";
constexpr char kHexUpper[] = "0123456789ABCDEF";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t kNoDigit = 0xff;
using DigitTable = std::array<std::uint8_t, 256>;

constexpr DigitTable hex_digits() {
    DigitTable table;
    table.fill(kNoDigit);
    for (std::uint8_t i = 0; i < 16; ++i) {
        table[static_cast<std::uint8_t>(kHexLower[i])] = i;
        table[static_cast<std::uint8_t>(kHexUpper[i])] = i;
    }
    return table;
}

constexpr DigitTable base64_digits() {
    DigitTable table;
    table.fill(kNoDigit);
    for (std::uint8_t i = 0; i < 64; ++i)
        table[static_cast<std::uint8_t>(kBase64[i])] = i;
    return table;
}

constexpr DigitTable kHexDigits = hex_digits();
constexpr DigitTable kBase64Digits = base64_digits();

// The bytes that a percent-encoding leaves as they are.
using KeepTable = std::array<bool, 256>;

constexpr KeepTable unreserved_and(std::string_view more) {
    KeepTable keep{};
    for (char c = 'A'; c <= 'Z'; ++c)
        keep[static_cast<std::uint8_t>(c)] = true;
    for (char c = 'a'; c <= 'z'; ++c)
        keep[static_cast<std::uint8_t>(c)] = true;
    for (char c = '0'; c <= '9'; ++c)
        keep[static_cast<std::uint8_t>(c)] = true;
    for (char c : std::string_view("-_.~"))
        keep[static_cast<std::uint8_t>(c)] = true;
    for (char c : more)
        keep[static_cast<std::uint8_t>(c)] = true;
    return keep;
}

constexpr KeepTable kKeepUnreserved = unreserved_and("");
constexpr KeepTable kKeepUnreservedAndSlash = unreserved_and("/");
constexpr KeepTable kKeepInListing = unreserved_and("/*");

constexpr std::uint8_t byte(char c) {
    return static_cast<std::uint8_t>(c);
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void append_percent(std::string& out, char c) {
    const char encoded[] = {'%', kHexUpper[byte(c) >> 4], kHexUpper[byte(c) & 15]};
    out.append(encoded, sizeof(encoded));
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
    std::string out(bytes.size() * 2, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        out[2 * i] = kHexLower[bytes[i] >> 4];
        out[2 * i + 1] = kHexLower[bytes[i] & 15];
    }
    return out;
}

std::string to_hex(std::string_view bytes) {
    return to_hex(as_bytes(bytes));
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string out(text.size() / 2, '\0');
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::uint8_t high = kHexDigits[byte(text[2 * i])];
        const std::uint8_t low = kHexDigits[byte(text[2 * i + 1])];
        if (high == kNoDigit || low == kNoDigit) return std::nullopt;
        out[i] = static_cast<char>(high << 4 | low);
    }
    return out;
}

std::string to_base64(std::span<const std::uint8_t> bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    std::size_t i = 0;
    for (; i + 3 <= bytes.size(); i += 3) {
        const std::uint32_t group = std::uint32_t{bytes[i]} << 16 |
                                    std::uint32_t{bytes[i + 1]} << 8 | std::uint32_t{bytes[i + 2]};
        const char digits[] = {kBase64[group >> 18], kBase64[group >> 12 & 63],
                               kBase64[group >> 6 & 63], kBase64[group & 63]};
        out.append(digits, sizeof(digits));
    }
    const std::size_t left = bytes.size() - i;
    if (left > 0) {
        const std::uint32_t group =
            std::uint32_t{bytes[i]} << 16 | (left == 2 ? std::uint32_t{bytes[i + 1]} << 8 : 0u);
        const char digits[] = {kBase64[group >> 18], kBase64[group >> 12 & 63],
                               left == 2 ? kBase64[group >> 6 & 63] : '=', '='};
        out.append(digits, sizeof(digits));
    }
    return out;
}

std::string to_base64(std::string_view bytes) {
    return to_base64(as_bytes(bytes));
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    const std::string_view digits = text.substr(0, text.size() - padding);

    std::string out;
    out.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    int bit_count = 0;
    for (const char c : digits) {
        const std::uint8_t digit = kBase64Digits[byte(c)];
        if (digit == kNoDigit) return std::nullopt;
        bits = bits << 6 | digit;
        bit_count += 6;
        if (bit_count < 8) continue;
        bit_count -= 8;
        out += static_cast<char>(bits >> bit_count & 0xff);
    }
    // The unused bits of the last digit must be zero (RFC 4648, section 3.5), or one value would
    // have several texts.
    if ((bits & ((1u << bit_count) - 1)) != 0) return std::nullopt;
    return out;
}

void percent_encode_to(std::string& out, std::string_view bytes, KeepSlash keep_slash) {
    const KeepTable& keep =
        keep_slash == KeepSlash::Yes ? kKeepUnreservedAndSlash : kKeepUnreserved;
    std::size_t copied = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (keep[byte(bytes[i])]) continue;
        out.append(bytes, copied, i - copied);
        append_percent(out, bytes[i]);
        copied = i + 1;
    }
    out.append(bytes, copied);
}

std::string percent_encode(std::string_view bytes, KeepSlash keep_slash) {
    std::string out;
    out.reserve(bytes.size());
    percent_encode_to(out, bytes, keep_slash);
    return out;
}

std::string url_encode_listing(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    for (const char c : bytes) {
        if (kKeepInListing[byte(c)]) {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            append_percent(out, c);
        }
    }
    return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    std::size_t copied = 0;
    for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', copied)) {
        if (text.size() - i < 3) return std::nullopt;
        const std::uint8_t high = kHexDigits[byte(text[i + 1])];
        const std::uint8_t low = kHexDigits[byte(text[i + 2])];
        if (high == kNoDigit || low == kNoDigit) return std::nullopt;
        out.append(text, copied, i - copied);
        out += static_cast<char>(high << 4 | low);
        copied = i + 3;
    }
    out.append(text, copied);
    return out;
}

}  // namespace tarn
