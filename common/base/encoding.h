// Text forms of bytes: hex, base64 (RFC 4648) and percent-encoding (RFC 3986).

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tarn {

// The value of a hexadecimal digit in either case; -1 for what is none.
constexpr int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string to_hex(std::span<const std::uint8_t> bytes);  // lower case
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);  // either case; nothing if malformed

std::string to_base64(std::span<const std::uint8_t> bytes);  // with padding
std::string to_base64(std::string_view bytes);
// Strict: canonical padding required, no white space.  Nothing if malformed.
std::optional<std::string> from_base64(std::string_view text);

// Which bytes besides A-Z a-z 0-9 - _ . ~ stay as they are.
enum class KeepSlash { No, Yes };
// Percent-encodes as SigV4 wants it: upper-case hex, space as %20.
std::string percent_encode(std::string_view bytes, KeepSlash keep_slash);
void percent_encode_to(std::string& out, std::string_view bytes, KeepSlash keep_slash);
// The form of S3's encoding-type=url: as percent_encode with slashes kept, space as '+', and '*'
// kept.
std::string url_encode_listing(std::string_view bytes);
// Decodes %XX once.  '+' stays '+'.  Nothing where a '%' is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace tarn
