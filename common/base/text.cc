#include "common/base/text.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace tarn {
namespace {

// One row of table 3-7 of the Unicode standard: the lead bytes with the range of the second byte.
// Every further byte is 80..BF.
struct Utf8Row {
    std::uint8_t lead_first, lead_last;
    std::uint8_t second_first, second_last;
    std::uint8_t length;
};
constexpr Utf8Row kUtf8Rows[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2},                               // C0 and C1 would be overlong
    {0xe0, 0xe0, 0xa0, 0xbf, 3},                               // below A0 overlong
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},  // above 9F surrogates
    {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},  // below 90 overlong
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},  // above 8F past U+10FFFF
};

}  // namespace

std::string to_lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        c = to_lower(c);
    return lower;
}

bool iequals_of_same_size(std::string_view a, std::string_view b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
        // Most texts are in the same case already.
        if (a[i] != b[i] && to_lower(a[i]) != to_lower(b[i])) return false;
    }
    return true;
}

bool istarts_with(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && iequals(text.substr(0, prefix.size()), prefix);
}

std::vector<std::string_view> split_list(std::string_view text, char separator) {
    std::vector<std::string_view> members;
    for (const std::string_view member : split(text, separator)) {
        const std::string_view trimmed = trim(member);
        if (!trimmed.empty()) members.push_back(trimmed);
    }
    return members;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> members;
    std::size_t start = 0;
    for (std::size_t end = text.find(separator); end != std::string_view::npos;
         end = text.find(separator, start)) {
        members.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    members.push_back(text.substr(start));
    return members;
}

std::optional<std::uint64_t> parse_uint(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::int64_t> parse_int(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::size_t utf8_sequence_length(std::string_view bytes) {
    const auto lead = static_cast<std::uint8_t>(bytes[0]);
    if (lead < 0x80) return 1;
    for (const Utf8Row& row : kUtf8Rows) {
        if (lead < row.lead_first || lead > row.lead_last) continue;
        if (bytes.size() < row.length) return 0;
        const auto second = static_cast<std::uint8_t>(bytes[1]);
        if (second < row.second_first || second > row.second_last) return 0;
        for (std::size_t i = 2; i < row.length; ++i) {
            if ((static_cast<std::uint8_t>(bytes[i]) & 0xc0) != 0x80) return 0;
        }
        return row.length;
    }
    return 0;
}

bool is_utf8(std::string_view text) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080;
    std::size_t i = 0;
    while (i < text.size()) {
        if (text.size() - i >= sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data() + i, sizeof(word));
            if ((word & kHighBits) == 0) {
                i += sizeof(word);
                continue;
            }
        }
        if (static_cast<std::uint8_t>(text[i]) < 0x80) {
            ++i;
            continue;
        }
        const std::size_t length = utf8_sequence_length(text.substr(i));
        if (length == 0) return false;
        i += length;
    }
    return true;
}

// Remembers only the last '*': if the text after it does not match, that star takes one character
// more.  An earlier star never needs to take more, since the later one can take what it left.
bool wildcard_match(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::optional<std::size_t> after_star;  // in the pattern
    std::size_t star_end = 0;               // where in the text the star's run ends
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            after_star = ++p;
            star_end = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (after_star) {
            p = *after_star;
            t = ++star_end;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    // volatile: the compiler must not leave the loop at the first difference.
    volatile std::uint8_t difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference = difference | static_cast<std::uint8_t>(a[i] ^ b[i]);
    return difference == 0;
}

}  // namespace tarn
