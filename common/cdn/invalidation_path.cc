#include "common/cdn/invalidation_path.h"

#include "common/base/text.h"

#include <algorithm>

namespace tarn::cdn {
namespace {

// RFC 3986, section 2.3.
constexpr bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' ||
           c == '.' || c == '_' || c == '~';
}
constexpr bool is_printable(char c) {
    return c > 0x20 && c < 0x7f;
}
// What a URL must not hold as it is: RFC 3986 names these as excluded, RFC 1738 as unsafe.
constexpr bool must_be_escaped(char c) {
    return !is_printable(c) || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' ||
           c == '`' || c == '{' || c == '|' || c == '}';
}
constexpr int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
void append_escaped(std::string& out, unsigned char byte) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
}

// AWS: Invalidating by tag.
std::optional<InvalidationPathError> validate_tag(std::string_view tag) {
    const bool fits = !tag.empty() && tag.size() <= kMaxInvalidationTagLength;
    if (!fits || !std::ranges::all_of(tag, [](char c) { return is_printable(c) && c != ','; })) {
        return InvalidationPathError::BadTag;
    }
    return std::nullopt;
}

}  // namespace

std::optional<InvalidationPathError> validate_invalidation_path(std::string_view path) {
    if (path.empty()) return InvalidationPathError::Empty;
    if (path.front() == '#') return validate_tag(path.substr(1));
    if (path.front() != '/') return InvalidationPathError::NoLeadingSlash;
    if (path.size() > kMaxInvalidationPathLength) return InvalidationPathError::TooLong;
    if (!std::ranges::all_of(path, is_printable)) return InvalidationPathError::BadCharacter;
    return std::nullopt;
}

bool is_wildcard_path(std::string_view path) {
    return path.starts_with('/') && path.ends_with('*');
}

std::string normalize_invalidation_key(std::string_view text) {
    std::string key;
    key.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const int high = c == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            const auto byte = static_cast<unsigned char>(high * 16 + low);
            if (is_unreserved(static_cast<char>(byte))) {
                key += static_cast<char>(byte);
            } else {
                append_escaped(key, byte);
            }
            i += 2;
        } else if (must_be_escaped(c)) {
            append_escaped(key, static_cast<unsigned char>(c));
        } else {
            key += c;
        }
    }
    return key;
}

std::string normalize_tag(std::string_view tag) {
    return to_lower(tag);
}

}  // namespace tarn::cdn
