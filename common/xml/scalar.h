// How single values are written as the text of an XML element.

#pragma once

#include "common/base/time_text.h"

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace tarn::xml {

// An enum joins in by listing its words, which must cover every enumerator:
//
//   template <>
//   inline constexpr auto xml::kWords<Status> = xml::words<Status>(
//       {{Status::Enabled, "Enabled"}, {Status::Suspended, "Suspended"}});
template <class Enum>
struct Word {
    Enum value;
    const char* text;
};

template <class Enum, std::size_t N>
constexpr std::array<Word<Enum>, N> words(const Word<Enum> (&list)[N]) {
    return std::to_array(list);
}

struct NotWorded {};
template <class Enum>
inline constexpr NotWorded kWords{};

template <class Enum>
concept Worded = !std::same_as<std::remove_cvref_t<decltype(kWords<Enum>)>, NotWorded>;

// Without the white space at both ends, which XML Schema allows around numbers, booleans and dates.
std::string_view collapse(std::string_view text);

// How a scalar is written.  Specialize it for a type of your own.
template <class T>
struct Scalar;

template <>
struct Scalar<std::string> {
    static std::string_view to_text(const std::string& value) { return value; }
    static std::optional<std::string> from_text(std::string text) { return text; }
};

template <>
struct Scalar<bool> {
    static std::string_view to_text(bool value) { return value ? "true" : "false"; }
    static std::optional<bool> from_text(std::string_view text);
};

template <std::integral Integer>
struct Scalar<Integer> {
    static std::string to_text(Integer value) { return std::to_string(value); }
    static std::optional<Integer> from_text(std::string_view text) {
        text = collapse(text);
        Integer value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
        return value;
    }
};

template <>
struct Scalar<WallTime> {
    static std::string to_text(WallTime value) { return format_iso8601_ms(value); }
    static std::optional<WallTime> from_text(std::string_view text) {
        return parse_iso8601(collapse(text));
    }
};

template <Worded Enum>
struct Scalar<Enum> {
    static std::string_view to_text(Enum value) {
        for (const Word<Enum>& word : kWords<Enum>) {
            if (word.value == value) return word.text;
        }
        return {};
    }
    static std::optional<Enum> from_text(std::string_view text) {
        for (const Word<Enum>& word : kWords<Enum>) {
            if (word.text == text) return word.value;
        }
        return std::nullopt;
    }
};

}  // namespace tarn::xml
