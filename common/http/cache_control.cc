#include "common/http/cache_control.h"

#include "common/base/text.h"

#include <algorithm>

namespace tarn::http {
namespace {

using std::chrono::seconds;

struct Directive {
    std::string_view name;
    std::string_view argument;  // without quotes
};

struct LifetimeRow {
    std::string_view name;
    std::optional<seconds> CacheControl::* member;
    bool is_freshness;
};
constexpr LifetimeRow kLifetimes[] = {
    {"max-age", &CacheControl::max_age, true},
    {"s-maxage", &CacheControl::s_maxage, true},
    {"stale-while-revalidate", &CacheControl::stale_while_revalidate, false},
    {"stale-if-error", &CacheControl::stale_if_error, false},
};

struct FlagRow {
    std::string_view name;
    bool CacheControl::* member;
};
constexpr FlagRow kFlags[] = {
    {"no-store", &CacheControl::no_store},
    {"private", &CacheControl::private_},
    {"public", &CacheControl::public_},
    {"must-revalidate", &CacheControl::must_revalidate},
    {"proxy-revalidate", &CacheControl::proxy_revalidate},
    {"must-understand", &CacheControl::must_understand},
    {"no-transform", &CacheControl::no_transform},
    {"immutable", &CacheControl::immutable},
};

// The end of the quoted string at the start of text (after its quote, if it has one).
std::size_t quoted_string_end(std::string_view text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            return i + 1;
        }
    }
    return text.size();
}

// Takes the first directive off list: name [ "=" ( token / quoted-string ) ].  Recipients must
// accept both forms of every argument (RFC 9111, section 5.2).
Directive take_directive(std::string_view& list) {
    list.remove_prefix(std::min(list.find_first_not_of(" \t,"), list.size()));
    const std::size_t name_end = std::min(list.find_first_of("=,"), list.size());
    Directive directive{.name = list.substr(0, name_end)};
    list.remove_prefix(name_end);
    if (!list.starts_with('=')) {
        directive.name = trim(directive.name);
        return directive;
    }
    list.remove_prefix(1);
    if (list.starts_with('"')) {
        const std::size_t end = quoted_string_end(list);
        const bool closed = end >= 2 && list[end - 1] == '"';
        directive.argument = list.substr(1, end - (closed ? 2 : 1));
        list.remove_prefix(end);
        list.remove_prefix(std::min(list.find(','), list.size()));
        return directive;
    }
    const std::size_t end = std::min(list.find(','), list.size());
    directive.argument = trim(list.substr(0, end));
    list.remove_prefix(end);
    return directive;
}

// 1*DIGIT; too large a number is a large number.
std::optional<seconds> parse_delta_seconds(std::string_view digits) {
    if (digits.empty() || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
    const auto number = parse_uint(digits);
    const auto largest = static_cast<std::uint64_t>(kMaxDeltaSeconds.count());
    return seconds(static_cast<std::int64_t>(std::min(number.value_or(largest), largest)));
}

void apply(const Directive& directive, CacheControl& control) {
    for (const LifetimeRow& row : kLifetimes) {
        if (!iequals(directive.name, row.name)) continue;
        const auto value = parse_delta_seconds(directive.argument);
        auto& member = control.*row.member;
        if (!member) member = value;
        if (!value && row.is_freshness) control.has_invalid_lifetime = true;
        return;
    }
    for (const FlagRow& row : kFlags) {
        if (iequals(directive.name, row.name)) control.*row.member = true;
    }
    if (iequals(directive.name, "no-cache")) {
        const auto names = split_list(directive.argument);
        control.no_cache |= names.empty();
        control.no_cache_fields.insert(control.no_cache_fields.end(), names.begin(), names.end());
    }
}

void apply_all(std::string_view list, CacheControl& control) {
    while (!list.empty())
        apply(take_directive(list), control);
}

}  // namespace

CacheControl parse_cache_control(std::string_view value) {
    CacheControl control;
    apply_all(value, control);
    return control;
}

CacheControl parse_cache_control(const Fields& fields, std::string_view name) {
    CacheControl control;
    for (const Field& field : fields) {
        if (iequals(field.name, name)) apply_all(field.value, control);
    }
    return control;
}

}  // namespace tarn::http
