// Percent-encoding, as far as paths are compared (RFC 3986, section 2).  Internal to common/cdn.

#pragma once

#include "common/base/encoding.h"
#include "common/base/text.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace tarn::cdn {

// RFC 3986, section 2.3.
constexpr bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

// The byte that the three characters from at on mean; nothing where they are no "%XX".
constexpr std::optional<char> escaped_byte(std::string_view text, std::size_t at) {
    if (text[at] != '%' || text.size() - at < 3) return std::nullopt;
    const int high = hex_value(text[at + 1]);
    const int low = hex_value(text[at + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    return static_cast<char>(high * 16 + low);
}

}  // namespace tarn::cdn
