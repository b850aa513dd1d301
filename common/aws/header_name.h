// Comparison of header names on the hot path.

#pragma once

#include "common/base/text.h"

#include <string_view>

namespace tarn::aws {

// As iequals(), but most names differ in length or first letter: those are decided without a call.
inline bool same_name(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    return a.empty() || (to_lower(a.front()) == to_lower(b.front()) && iequals(a, b));
}

inline constexpr std::string_view kAmzPrefix = "x-amz-";

inline bool is_amz_name(std::string_view name) {
    return name.size() > kAmzPrefix.size() && to_lower(name.front()) == 'x' &&
           istarts_with(name, kAmzPrefix);
}

}  // namespace tarn::aws
