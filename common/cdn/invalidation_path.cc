#include "common/cdn/invalidation_path.h"

#include "common/base/text.h"
#include "common/cdn/percent.h"

#include <algorithm>

namespace tarn::cdn {
namespace {

constexpr bool is_printable(char c) {
    return c > 0x20 && c < 0x7f;
}
// What a URL must not hold as it is: RFC 3986 names these as excluded, RFC 1738 as unsafe.
constexpr bool must_be_escaped(char c) {
    return !is_printable(c) || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' ||
           c == '`' || c == '{' || c == '|' || c == '}';
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
        if (const auto byte = escaped_byte(text, i)) {
            if (is_unreserved(*byte)) {
                key += *byte;
            } else {
                append_escaped(key, static_cast<unsigned char>(*byte));
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
