// The fields of a browser upload form, as far as signing and policies are concerned.

#pragma once

#include "common/base/text.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tarn::aws {

struct FormField {
    std::string name;  // as sent
    std::string value;
};

// What stands before the file, each name once.
using FormFields = std::span<const FormField>;

// Names compare without case.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
inline std::optional<std::string_view> find_field(FormFields fields, std::string_view name) {
    const auto found = std::ranges::find_if(
        fields, [name](const FormField& field) { return iequals(field.name, name); });
    if (found == fields.end()) return std::nullopt;
    return found->value;
}

}  // namespace tarn::aws
