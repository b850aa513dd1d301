#include "common/aws/canonical_request.h"

#include "common/aws/header_name.h"
#include "common/base/encoding.h"
#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace tarn::aws {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

constexpr std::array<bool, 256> unreserved_table() {
    std::array<bool, 256> table{};
    for (int c = 'A'; c <= 'Z'; ++c)
        table[static_cast<std::size_t>(c)] = true;
    for (int c = 'a'; c <= 'z'; ++c)
        table[static_cast<std::size_t>(c)] = true;
    for (int c = '0'; c <= '9'; ++c)
        table[static_cast<std::size_t>(c)] = true;
    for (const char c : {'-', '_', '.', '~'})
        table[static_cast<unsigned char>(c)] = true;
    return table;
}
constexpr std::array<bool, 256> kUnreserved = unreserved_table();

bool is_unreserved(char c) {
    return kUnreserved[static_cast<unsigned char>(c)];
}

void append_encoded(std::string& out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kHexDigits[byte >> 4]);
    out.push_back(kHexDigits[byte & 15]);
}

// Decodes once and encodes again, byte by byte.
void append_s3_path(std::string& out, std::string_view path) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        char c = path[i];
        if (c == '%' && i + 2 < path.size() && hex_value(path[i + 1]) >= 0 &&
            hex_value(path[i + 2]) >= 0) {
            c = static_cast<char>(hex_value(path[i + 1]) * 16 + hex_value(path[i + 2]));
            i += 2;
        }
        if (is_unreserved(c) || c == '/') {
            out.push_back(c);
        } else {
            append_encoded(out, c);
        }
    }
}

}  // namespace

PathRule path_rule_of(std::string_view service) {
    const bool is_s3 = service == "s3" || service == "s3express" || service == "s3-outposts" ||
                       service == "s3-object-lambda";
    return is_s3 ? PathRule::S3 : PathRule::Standard;
}

std::string normalized_path(std::string_view path) {
    std::vector<std::string_view> kept;
    for (const std::string_view segment : split(path, '/')) {
        if (segment.empty() || segment == ".") continue;
        if (segment != "..") {
            kept.push_back(segment);
        } else if (!kept.empty()) {
            kept.pop_back();
        }
    }
    std::string result;
    for (const std::string_view segment : kept) {
        result.append("/").append(segment);
    }
    if (result.empty() || path.ends_with('/')) result.push_back('/');
    return result;
}

void append_folded(std::string& out, std::string_view value) {
    value = trim(value);
    // The SDKs fold tabs as they fold spaces.
    bool after_blank = false;
    for (const char c : value) {
        const bool is_blank = c == ' ' || c == '\t';
        if (!is_blank) {
            out.push_back(c);
        } else if (!after_blank) {
            out.push_back(' ');
        }
        after_blank = is_blank;
    }
}

void string_to_sign_to(std::string& out, std::string_view algorithm, std::string_view amz_date,
                       std::string_view scope, std::string_view hash_hex) {
    out.clear();
    out.append(algorithm).append("\n");
    out.append(amz_date).append("\n");
    out.append(scope).append("\n");
    out.append(hash_hex);
}

std::string_view CanonicalRequestBuilder::build(const CanonicalInput& input) {
    out_.clear();
    out_.append(input.method).append("\n");
    append_path(input);
    out_.append("\n");
    append_query(input);
    out_.append("\n");
    append_headers(input);
    out_.append("\n");
    out_.append(input.payload_hash);
    return out_;
}

void CanonicalRequestBuilder::append_path(const CanonicalInput& input) {
    if (input.path.empty()) {
        out_.push_back('/');
    } else if (input.path_rule == PathRule::S3) {
        append_s3_path(out_, input.path);
    } else {
        percent_encode_to(out_, normalized_path(input.path), KeepSlash::Yes);
    }
}

// Sorted by encoded name, then by encoded value.
void CanonicalRequestBuilder::append_query(const CanonicalInput& input) {
    scratch_.clear();
    spans_.clear();
    for (const http::QueryParameter& parameter : input.query) {
        if (input.is_query && parameter.name == "X-Amz-Signature") continue;
        Span span{.offset = static_cast<std::uint32_t>(scratch_.size())};
        percent_encode_to(scratch_, parameter.name, KeepSlash::No);
        span.name_size = static_cast<std::uint32_t>(scratch_.size()) - span.offset;
        percent_encode_to(scratch_, parameter.value, KeepSlash::No);
        span.value_size =
            static_cast<std::uint32_t>(scratch_.size()) - span.offset - span.name_size;
        spans_.push_back(span);
    }
    const std::string_view text = scratch_;
    const auto name = [text](const Span& span) { return text.substr(span.offset, span.name_size); };
    const auto value = [text](const Span& span) {
        return text.substr(span.offset + span.name_size, span.value_size);
    };
    std::sort(spans_.begin(), spans_.end(), [&](const Span& a, const Span& b) {
        const int order = name(a).compare(name(b));
        return order != 0 ? order < 0 : value(a) < value(b);
    });
    for (const Span& span : spans_) {
        if (&span != spans_.data()) out_.push_back('&');
        out_.append(name(span)).append("=").append(value(span));
    }
}

// The canonical headers, an empty line, and the list of their names.
void CanonicalRequestBuilder::append_headers(const CanonicalInput& input) {
    scratch_.clear();
    for (const char c : input.signed_headers)
        scratch_.push_back(to_lower(c));
    names_.clear();
    for (std::string_view rest = scratch_; !rest.empty();) {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        if (end > 0) names_.push_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    std::sort(names_.begin(), names_.end());

    for (const std::string_view name : names_) {
        out_.append(name).push_back(':');
        if (name == "host") {
            append_folded(out_, input.host);
        } else {
            bool is_first = true;
            for (const http::Field& field : input.fields) {
                if (!same_name(field.name, name)) continue;
                if (!is_first) out_.push_back(',');
                append_folded(out_, field.value);
                is_first = false;
            }
        }
        out_.push_back('\n');
    }
    out_.push_back('\n');
    for (const std::string_view& name : names_) {
        if (&name != names_.data()) out_.push_back(';');
        out_.append(name);
    }
}

}  // namespace tarn::aws
