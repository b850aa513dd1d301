// A fixed set of field names, asked about for each field of each message.

#pragma once

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tarn::http {

// Names in lower case, none longer than 63.  Almost every other name is told apart by its length
// and first letter, without a comparison.
template <std::size_t N>
class NameSet {
  public:
    template <class... Names>
    explicit consteval NameSet(Names... names) : names_{std::string_view(names)...} {
        for (const std::string_view name : names_)
            lengths_ |= std::uint64_t{1} << name.size();
    }

    constexpr bool contains(std::string_view name) const {
        if (name.size() >= 64 || (lengths_ >> name.size() & 1) == 0) return false;
        const char first = name.empty() ? '\0' : to_lower(name.front());
        return std::ranges::any_of(names_, [&](std::string_view known) {
            return known.size() == name.size() && known.front() == first && iequals(known, name);
        });
    }

  private:
    std::array<std::string_view, N> names_;
    std::uint64_t lengths_ = 0;
};
template <class... Names>
NameSet(Names...) -> NameSet<sizeof...(Names)>;

}  // namespace tarn::http
