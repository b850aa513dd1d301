#include "edge/cache/stored_head.h"

#include "common/base/text.h"
#include "common/base/time_text.h"
#include "common/cdn/invalidation_path.h"
#include "common/http/hop_by_hop.h"
#include "common/http/name_set.h"
#include "edge/cache/vary.h"

#include <algorithm>

namespace tarn::edge {
namespace {

// Made by the edge for each answer.
constexpr http::NameSet kMadeByEdge("age", "via", "x-cache", "x-amz-cf-pop", "x-amz-cf-id");

// What a 304 does not change: the fields that describe the stored bytes.
constexpr http::NameSet kOfTheBody("content-encoding", "content-range", "content-type", "etag",
                                   "content-md5");

bool forwards_cookies(const cdn::CacheBehavior& behavior) {
    using Kind = cdn::NameSelection::Kind;
    return behavior.cache.cookies.kind != Kind::None ||
           (behavior.origin_request && behavior.origin_request->cookies.kind != Kind::None);
}

// Which fields of the origin's answer viewers get.
class KeptFields {
  public:
    KeptFields(const http::Fields& fields, const StoreRules& rules)
        : hop_by_hop_(fields), rules_(rules) {}

    bool contains(std::string_view name) const {
        if (hop_by_hop_.covers(name)) {
            return rules_.keep_content_length && iequals(name, "content-length");
        }
        if (kMadeByEdge.contains(name)) return false;
        if (iequals(name, "set-cookie")) {
            return forwards_cookies(rules_.behavior) && !rules_.drop_set_cookie;
        }
        return !(rules_.is_part && iequals(name, "content-range"));
    }

  private:
    const http::HopByHop hop_by_hop_;
    const StoreRules& rules_;
};

void append_line(std::string& lines, std::string_view name, std::string_view value) {
    append_with(lines, name.size() + 2 + value.size() + 2, [&](char* at) {
        at = copy_to(at, name);
        *at++ = ':';
        *at++ = ' ';
        at = copy_to(at, value);
        *at++ = '\r';
        *at = '\n';
    });
}

void append_vary(std::string& lines, const http::Fields& fields, const StoreRules& rules) {
    std::string joined;
    for (const http::Field& field : fields) {
        if (!iequals(field.name, "vary")) continue;
        if (!joined.empty()) joined += ", ";
        joined += field.value;
    }
    if (joined.empty() && rules.content_coding.empty()) return;
    std::string vary = edit_vary(rules.behavior, joined);
    if (!rules.content_coding.empty() && vary != "*") {
        const auto names = split_list(vary);
        const bool has = std::any_of(names.begin(), names.end(), [](std::string_view name) {
            return iequals(name, "accept-encoding");
        });
        if (!has) vary += vary.empty() ? "Accept-Encoding" : ", Accept-Encoding";
    }
    if (!vary.empty()) append_line(lines, "Vary", vary);
}

bool is_tag_character(char c) {
    return c >= 33 && c <= 126;
}

}  // namespace

std::string stored_lines(const http::Fields& fields, const StoreRules& rules) {
    std::string lines;
    lines.reserve(512);
    const KeptFields kept(fields, rules);
    for (const http::Field& field : fields) {
        if (iequals(field.name, "vary") || !kept.contains(field.name)) continue;
        if (!rules.content_coding.empty() && iequals(field.name, "etag")) {
            const std::string weak = weakened_etag(field.value);
            if (!weak.empty()) append_line(lines, field.name, weak);
            continue;
        }
        append_line(lines, field.name, field.value);
    }
    if (!fields.has("date")) append_line(lines, "Date", format_http_date(rules.now));
    append_vary(lines, fields, rules);
    if (!rules.content_coding.empty()) {
        append_line(lines, "Content-Encoding", rules.content_coding);
    }
    return lines;
}

std::string updated_lines(std::string_view stored, const http::Fields& fields,
                          const StoreRules& rules) {
    std::string lines;
    lines.reserve(stored.size());
    const KeptFields kept(fields, rules);
    const auto replaces = [&](std::string_view name) {
        return fields.has(name) && !kOfTheBody.contains(name) && !iequals(name, "vary") &&
               kept.contains(name);
    };
    for_each_line(stored, [&](std::string_view name, std::string_view, std::string_view line) {
        if (!replaces(name)) lines += line;
    });
    for (const http::Field& field : fields) {
        if (replaces(field.name)) append_line(lines, field.name, field.value);
    }
    return lines;
}

EntityTag parse_etag(std::string_view value) {
    EntityTag tag;
    value = trim(value);
    if (value.starts_with("W/")) {
        tag.weak = true;
        value.remove_prefix(2);
    }
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return {};
    const std::string_view inside = value.substr(1, value.size() - 2);
    if (inside.find('"') != std::string_view::npos || inside.size() > UINT16_MAX) return {};
    tag.value = inside;
    return tag;
}

std::string weakened_etag(std::string_view value) {
    const EntityTag tag = parse_etag(value);
    if (tag.value.empty()) return {};
    return "W/\"" + std::string(tag.value) + "\"";
}

std::vector<std::string> read_tags(const http::Fields& fields, std::string_view tag_header) {
    std::vector<std::string> tags;
    if (tag_header.empty()) return tags;
    for (const http::Field& field : fields) {
        if (!iequals(field.name, tag_header)) continue;
        for (const std::string_view tag : split_list(field.value)) {
            if (tags.size() == kMaxTags) return tags;
            const bool valid = tag.size() <= cdn::kMaxInvalidationTagLength &&
                               std::all_of(tag.begin(), tag.end(), is_tag_character);
            if (valid) tags.push_back(cdn::normalize_tag(tag));
        }
    }
    return tags;
}

std::optional<ContentRange> parse_content_range(std::string_view value) {
    constexpr std::string_view kUnit = "bytes ";
    if (!istarts_with(value, kUnit)) return std::nullopt;
    value.remove_prefix(kUnit.size());
    const std::size_t dash = value.find('-');
    const std::size_t slash = value.find('/');
    if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) {
        return std::nullopt;
    }
    const auto first = parse_uint(value.substr(0, dash));
    const auto last = parse_uint(value.substr(dash + 1, slash - dash - 1));
    const auto size = parse_uint(value.substr(slash + 1));
    if (!first || !last || !size || *last < *first || *last >= *size) return std::nullopt;
    return ContentRange{.offset = *first, .length = *last - *first + 1, .size = *size};
}

}  // namespace tarn::edge
