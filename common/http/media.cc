#include "common/http/media.h"

#include "common/base/text.h"

#include <algorithm>

namespace tarn::http {
namespace {

// Reads the quoted string or token at the start of rest, and leaves rest at the ';' behind it.
std::string take_value(std::string_view& rest) {
    std::string value;
    if (rest.starts_with('"')) {
        std::size_t i = 1;
        for (; i < rest.size() && rest[i] != '"'; ++i) {
            if (rest[i] == '\\' && i + 1 < rest.size()) ++i;  // quoted-pair
            value += rest[i];
        }
        rest.remove_prefix(std::min(i + 1, rest.size()));
        rest.remove_prefix(std::min(rest.find(';'), rest.size()));
        return value;
    }
    const std::size_t end = std::min(rest.find(';'), rest.size());
    value = trim(rest.substr(0, end));
    rest.remove_prefix(end);
    return value;
}

// Whether a weight is 0: "0", "0.", "0.000".
bool is_zero_weight(std::string_view weight) {
    return weight.starts_with('0') && weight.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

std::string media_essence(std::string_view value) {
    return to_lower(trim(value.substr(0, value.find(';'))));
}

std::optional<std::string> media_parameter(std::string_view value, std::string_view name) {
    std::string_view rest = value.substr(std::min(value.find(';'), value.size()));
    while (rest.starts_with(';')) {
        rest.remove_prefix(1);
        const std::size_t name_end = std::min(rest.find_first_of("=;"), rest.size());
        const std::string_view found = trim(rest.substr(0, name_end));
        rest.remove_prefix(name_end);
        if (!rest.starts_with('=')) continue;  // a parameter without a value
        rest.remove_prefix(1);
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        std::string parameter = take_value(rest);
        if (iequals(found, name)) return parameter;
    }
    return std::nullopt;
}

bool accepts_coding(std::string_view accept_encoding, std::string_view coding) {
    std::optional<bool> by_star;
    for (const std::string_view member : split_list(accept_encoding)) {
        const std::string_view name = trim(member.substr(0, member.find(';')));
        const bool accepted = !is_zero_weight(media_parameter(member, "q").value_or("1"));
        if (iequals(name, coding)) return accepted;
        if (name == "*") by_star = accepted;
    }
    return by_star.value_or(false);
}

}  // namespace tarn::http
