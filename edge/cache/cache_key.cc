// The cache key, the most consequential setting of a CDN.
//
// Too much in the key, and each viewer fills the cache for himself: ?utm_source=… alone makes a
// copy of a page per campaign.  Too little, and viewers get each other's pages.  So CloudFront
// starts from the least, the distribution and the path, and a cache policy names what else the
// answer depends on (Developer Guide, "Understand the cache key"):
//
//   query     the whole "name=value" of each named parameter, in the order of arrival: ?a=1&b=2 and
//             ?b=2&a=1 are two objects, ?A=1 is a third
//   headers   named ones, by their exact values
//   cookies   named ones, sorted by name
//   Accept-Encoding   reduced to which of br and gzip both sides support, so that the dozens of
//             spellings in use share three copies
//
// Not in the key: the scheme (http and https share a copy), GET against HEAD, and Vary, which
// CloudFront does not use to select.
//
// The text is a row of fields, each with a tag and its length ("u9:/a.jpg?x"): no value can pose as
// the beginning of another field, so no two different requests write the same key.  The config
// epoch is in it (always eight bytes), so a change of policy leaves the old copies unreachable.

#include "edge/cache/cache_key.h"

#include "common/base/text.h"

#include <array>
#include <bit>
#include <charconv>

namespace tarn::edge {
namespace {

using Kind = cdn::NameSelection::Kind;

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

// As bytes, since it is long in digits and always there.
void append_epoch(std::string& out, std::uint64_t epoch) {
    const auto bytes = std::bit_cast<std::array<char, sizeof(epoch)>>(epoch);
    out.append("e").append(bytes.data(), bytes.size());
}

void append_field(std::string& out, char tag, std::string_view value) {
    out += tag;
    append_number(out, value.size());
    out += ':';
    out += value;
}

std::size_t selected_query_size(const KeyInputs& inputs) {
    if (inputs.policy.query.kind == Kind::All) return inputs.query.size();
    std::size_t size = 0;
    for_each_parameter(inputs.query, [&](std::string_view name, std::string_view whole) {
        if (!selects_parameter(inputs.policy.query, name)) return;
        size += whole.size() + (size == 0 ? 0 : 1);
    });
    return size;
}

void append_selected_query(const KeyInputs& inputs, std::string& out) {
    if (inputs.policy.query.kind == Kind::All) {
        out += inputs.query;
        return;
    }
    bool first = true;
    for_each_parameter(inputs.query, [&](std::string_view name, std::string_view whole) {
        if (!selects_parameter(inputs.policy.query, name)) return;
        if (!first) out += '&';
        first = false;
        out += whole;
    });
}

// "path?query", the query as far as the policy names it.
InvalidationPart append_uri(const KeyInputs& inputs, std::string& out) {
    const std::size_t query_size =
        inputs.policy.query.kind == Kind::None ? 0 : selected_query_size(inputs);
    const std::size_t size = inputs.path.size() + (query_size == 0 ? 0 : 1 + query_size);
    out += 'u';
    append_number(out, size);
    out += ':';
    const InvalidationPart part{.offset = static_cast<std::uint32_t>(out.size()),
                                .length = static_cast<std::uint32_t>(size)};
    out += inputs.path;
    if (query_size != 0) {
        out += '?';
        append_selected_query(inputs, out);
    }
    return part;
}

// The value under which a named header is in the key: the viewer's lines joined, or what the edge
// itself says for a CloudFront-* header.  Nothing if absent.
std::optional<std::string> header_value(const KeyInputs& inputs, std::string_view name) {
    if (is_edge_header(name)) {
        std::string value = edge_header_value(to_lower(name), inputs.facts);
        if (value.empty()) return std::nullopt;
        return value;
    }
    std::optional<std::string> value;
    for (const http::Field& field : inputs.fields) {
        if (!iequals(field.name, name)) continue;
        if (value) {
            value->append(",").append(field.value);
        } else {
            value = std::string(field.value);
        }
    }
    return value;
}

void append_headers(const KeyInputs& inputs, std::string& out) {
    for (const std::string& name : inputs.policy.headers.names) {
        const bool normalised =
            (inputs.policy.gzip || inputs.policy.brotli) && iequals(name, "accept-encoding");
        if (normalised) continue;
        const auto value = header_value(inputs, name);
        if (!value) continue;
        append_field(out, 'n', name);
        append_field(out, 'v', *value);
    }
}

}  // namespace

InvalidationPart write_cache_key(const KeyInputs& inputs, std::string& out) {
    out.clear();
    append_field(out, 'd', inputs.distribution_id);
    append_epoch(out, inputs.config_epoch);
    const InvalidationPart part = append_uri(inputs, out);
    if (inputs.method == KeyMethod::Options) out += "mO";
    if (inputs.method == KeyMethod::HeadOnly) out += "mH";
    const std::string_view encoding = inputs.accept_encoding.text();
    if (!encoding.empty()) append_field(out, 'a', encoding);
    if (inputs.policy.headers.kind == Kind::Whitelist) append_headers(inputs, out);
    if (inputs.policy.cookies.kind != Kind::None) {
        for (const CookiePair& cookie : selected_cookies(inputs.fields, inputs.policy.cookies)) {
            append_field(out, 'c', cookie.whole);
        }
    }
    return part;
}

KeyExplanation explain_key(const KeyInputs& inputs) {
    KeyExplanation explanation;
    auto& parts = explanation.parts;
    parts.emplace_back("distribution", inputs.distribution_id);
    parts.emplace_back("path", inputs.path);
    for_each_parameter(inputs.query, [&](std::string_view name, std::string_view whole) {
        if (selects_parameter(inputs.policy.query, name)) {
            parts.emplace_back("query", whole);
        } else {
            explanation.dropped.push_back("query " + std::string(name));
        }
    });
    if (!inputs.accept_encoding.text().empty()) {
        parts.emplace_back("accept-encoding", inputs.accept_encoding.text());
    }
    for (const std::string& name : inputs.policy.headers.names) {
        if (inputs.policy.headers.kind != Kind::Whitelist) break;
        if (const auto value = header_value(inputs, name)) {
            parts.emplace_back("header", name + ": " + *value);
        }
    }
    const cdn::NameSelection all{.kind = Kind::All};
    for (const CookiePair& cookie : selected_cookies(inputs.fields, all)) {
        if (selects_cookie(inputs.policy.cookies, cookie.name)) {
            parts.emplace_back("cookie",
                               cookie.name);  // not its value: a trace may be shown around
        } else {
            explanation.dropped.push_back("cookie " + std::string(cookie.name));
        }
    }
    for (const http::Field& field : inputs.fields) {
        const bool apart = iequals(field.name, "cookie") ||
                           iequals(field.name, "accept-encoding") || iequals(field.name, "host");
        if (apart || selects_header(inputs.policy.headers, field.name)) continue;
        explanation.dropped.push_back("header " + to_lower(field.name));
    }
    return explanation;
}

}  // namespace tarn::edge
