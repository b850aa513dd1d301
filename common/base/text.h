// Small helpers on ASCII text.  None of them looks at the locale.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn {

constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
std::string to_lower(std::string_view text);
// Of two texts of the same length.
bool iequals_of_same_size(std::string_view a, std::string_view b);
inline bool iequals(std::string_view a, std::string_view b) {
    return a.size() == b.size() && iequals_of_same_size(a, b);
}
bool istarts_with(std::string_view text, std::string_view prefix);
constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t';
}
constexpr std::string_view trim(std::string_view text) {  // spaces and tabs, both ends
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}
// "a, b" -> {"a", "b"}; empty members dropped, white space trimmed.
std::vector<std::string_view> split_list(std::string_view text, char separator = ',');
// Every member, also empty ones, untrimmed.
std::vector<std::string_view> split(std::string_view text, char separator);
// The whole text must be 1*DIGIT and fit.
std::optional<std::uint64_t> parse_uint(std::string_view text);
// As parse_uint, with an optional leading '-'.
std::optional<std::int64_t> parse_int(std::string_view text);
// Well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
bool is_utf8(std::string_view text);
// The length of the UTF-8 sequence at the start of bytes, which are not empty; 0 if it is
// malformed.
std::size_t utf8_sequence_length(std::string_view bytes);
// '*' matches any run of characters, '?' exactly one; linear in practice (no exponential
// backtracking).
bool wildcard_match(std::string_view pattern, std::string_view text);
// Compares in time that depends on the length only.
bool equal_constant_time(std::string_view a, std::string_view b);
// Copies text to at and returns the end of the copy.
inline char* copy_to(char* at, std::string_view text) {
    std::char_traits<char>::copy(at, text.data(), text.size());
    return at + text.size();
}
// Appends size bytes, which write(char*) fills in.
template <class Write>
void append_with(std::string& out, std::size_t size, Write write) {
    const std::size_t old_size = out.size();
    const std::size_t new_size = old_size + size;
    // libstdc++ 12 tells the operation the new capacity, not the size that was asked for.
    out.resize_and_overwrite(new_size, [&](char* data, std::size_t) {
        write(data + old_size);
        return new_size;
    });
}

}  // namespace tarn
