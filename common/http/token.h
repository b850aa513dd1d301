// The words that HTTP is made of: field names, methods, codings (RFC 9110, section 5.6.2).

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tarn::http {

inline constexpr auto kNoTokenChar = [] {
    constexpr std::string_view kTokenChars =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::array<std::uint8_t, 256> table{};
    table.fill(1);
    for (const char c : kTokenChars)
        table[static_cast<unsigned char>(c)] = 0;
    return table;
}();

constexpr bool is_token_char(char c) {
    return kNoTokenChar[static_cast<unsigned char>(c)] == 0;
}

// 1*tchar.  Without a branch per character: nearly every text that is asked about is one.
constexpr bool is_token(std::string_view text) {
    unsigned found = 0;
    for (const char c : text)
        found |= kNoTokenChar[static_cast<unsigned char>(c)];
    return found == 0 && !text.empty();
}

}  // namespace tarn::http
