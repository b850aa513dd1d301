// A fixed set of field names, asked about for each field of each message.

#pragma once

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tarn::http {

// Names in lower case, none longer than 31, that begin with a letter.  Almost every other name is
// told apart by its length and first letter, without a comparison.
template <std::size_t N>
class NameSet {
  public:
    template <class... Names>
    explicit consteval NameSet(Names... names) : names_{std::string_view(names)...} {
        for (const std::string_view name : names_)
            first_letters_.at(name.size()) |= letter_bit(name.front());
    }

    constexpr bool contains(std::string_view name) const {
        if (name.empty() || name.size() >= first_letters_.size()) return false;
        if ((first_letters_[name.size()] & letter_bit(name.front())) == 0) return false;
        return std::ranges::any_of(names_,
                                   [&](std::string_view known) { return iequals(known, name); });
    }

  private:
    // The same for both cases; other characters may share one with a letter.
    static constexpr std::uint32_t letter_bit(char c) { return std::uint32_t{1} << (c & 31); }

    std::array<std::string_view, N> names_;
    std::array<std::uint32_t, 32> first_letters_{};  // by the name's length
};
template <class... Names>
NameSet(Names...) -> NameSet<sizeof...(Names)>;

}  // namespace tarn::http
