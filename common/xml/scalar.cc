#include "common/xml/scalar.h"

namespace tarn::xml {

std::string_view collapse(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t start = text.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(kBlanks) - start + 1);
}

std::optional<bool> Scalar<bool>::from_text(std::string_view text) {
    text = collapse(text);
    if (text == "true") return true;
    if (text == "false") return false;
    return std::nullopt;
}

}  // namespace tarn::xml
