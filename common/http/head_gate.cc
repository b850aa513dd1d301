#include "common/http/head_gate.h"

#include "common/base/text.h"
#include "common/http/token.h"

#include <algorithm>
#include <array>

namespace tarn::http {
namespace {

constexpr bool is_alnum(char c) {
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
}

constexpr bool is_host_char(char c) {
    return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

template <class Predicate>
constexpr std::array<bool, 256> table_of(Predicate predicate) {
    std::array<bool, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i)
        table[i] = predicate(static_cast<char>(i));
    return table;
}

constexpr auto kHostChar = table_of(is_host_char);

bool all_in(const std::array<bool, 256>& table, std::string_view text) {
    return std::ranges::all_of(text, [&](char c) { return table[static_cast<unsigned char>(c)]; });
}

// Compares without case to a literal in lower case of the same length, in a few instructions.  What
// 0x20 turns into a letter is that letter in upper case; '-' can only come from itself or from CR,
// which no line contains.
template <std::size_t N>
bool equals_literal(std::string_view text, const char (&literal)[N]) {
    if (text.size() != N - 1) return false;
    int difference = 0;
    for (std::size_t i = 0; i < N - 1; ++i)
        difference |= (text[i] | 0x20) ^ literal[i];
    return difference == 0;
}

// Whether a reader that takes every separator for '-' (as CGI does) reads name as known.
bool resembles(std::string_view name, std::string_view known) {
    return std::ranges::equal(
        name, known, [](char a, char b) { return (is_alnum(a) ? to_lower(a) : '-') == b; });
}

// Whether the name of a framing field follows a byte above 0x7f: a reader that takes such a byte
// for a blank or a line end ("\x8a" without its high bit is LF) would see the field.
bool hides_framing_field(std::string_view head) {
    constexpr std::string_view kNames[] = {"transfer-encoding", "content-length"};
    for (std::size_t i = 1; i < head.size(); ++i) {
        if (static_cast<unsigned char>(head[i - 1]) < 0x80) continue;
        for (const std::string_view name : kNames) {
            if (resembles(head.substr(i, name.size()), name)) return true;
        }
    }
    return false;
}

bool is_valid_port(std::string_view port) {
    const auto number = parse_uint(port);
    return number && port.size() <= 5 && *number <= 65535;
}

// Printable ASCII.  Not '#': a fragment never belongs into a request, and readers disagree whether
// it ends the path.  Characters that URIs forbid but curl sends as they are ('|', '"', '{') pass.
bool is_valid_target(std::string_view target) {
    bool valid = true;
    for (const char c : target) {
        const auto byte = static_cast<unsigned char>(c);
        valid &= byte > 0x20 && byte < 0x7f && byte != '#';
    }
    return valid;
}

// RFC 9112, section 3.2.2.  Reduces http://authority/path to its parts.
bool reduce_absolute_form(RequestHead& head) {
    std::string_view rest = head.target;
    if (istarts_with(rest, "http://")) {
        rest.remove_prefix(7);
    } else if (istarts_with(rest, "https://")) {
        rest.remove_prefix(8);
    } else {
        return false;
    }
    const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
    const std::string_view authority = rest.substr(0, authority_end);
    rest.remove_prefix(authority_end);
    if (!is_valid_host(authority)) return false;  // a userinfo, too
    // RFC 9112 says to ignore Host here; a reader behind us might not, so they must agree.
    if (!head.host.empty() && !iequals(head.host, authority)) return false;
    if (rest.empty()) rest = head.method == Method::Options ? "*" : "/";
    if (rest.front() == '?') return false;  // "/?..." has no place in the received bytes
    head.host = authority;
    head.target = rest;
    return true;
}

bool admit_target(RequestHead& head) {
    // CONNECT asks for a tunnel; its target is an authority, whatever it looks like.
    if (head.method_text == "CONNECT") return false;
    if (!is_valid_target(head.target)) return false;
    if (head.target.starts_with('/')) return true;
    if (head.target == "*") return head.method == Method::Options;
    return reduce_absolute_form(head);
}

}  // namespace

// Branch-free, so that the compiler turns it into vector instructions: this is the one pass over
// all bytes of every message.
bool has_strict_lines(std::string_view head) {
    if (head.empty() || head.front() == '\n' || head.back() == '\r') return false;
    const auto* bytes = reinterpret_cast<const unsigned char*>(head.data());
    bool bad = (bytes[0] < 0x20 && bytes[0] != '\r') || bytes[0] == 0x7f;
    unsigned char all_bits = 0;
    for (std::size_t i = 1; i < head.size(); ++i) {
        const unsigned char before = bytes[i - 1];
        const unsigned char byte = bytes[i];
        const bool half_line_end = (before == '\r') != (byte == '\n');
        // A line that starts with a blank continues the one before; other low bytes but CR and LF
        // are bad anywhere.
        const bool low = (byte <= 0x20) & (byte != '\r');
        const bool allowed = (byte == ' ') | (byte == '\t') | (byte == '\n');
        bad |= half_line_end | (low & ((before == '\n') | !allowed)) | (byte == 0x7f);
        all_bits |= byte;
    }
    if (bad) return false;
    return all_bits < 0x80 || !hides_framing_field(head);
}

bool is_valid_host(std::string_view host) {
    if (host.empty()) return false;
    if (host.front() == '[') {  // an IPv6 address
        const std::size_t close = host.find(']');
        if (close == std::string_view::npos || close == 1) return false;
        const std::string_view address = host.substr(1, close - 1);
        const std::string_view rest = host.substr(close + 1);
        return address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos &&
               (rest.empty() || (rest.front() == ':' && is_valid_port(rest.substr(1))));
    }
    const std::size_t colon = host.find(':');
    if (colon == 0) return false;
    if (colon == std::string_view::npos) return all_in(kHostChar, host);
    return all_in(kHostChar, host.substr(0, colon)) && is_valid_port(host.substr(colon + 1));
}

void FramingFields::observe(std::string_view name, std::string_view value) {
    switch (name.size()) {  // tells almost every other field apart at no cost
        case 4:
            if (!equals_literal(name, "host")) return;
            host_ = value;
            ++host_count_;
            return;
        case 6:
            // Any other expectation is ignored, as RFC 9110, section 10.1.1 allows.
            if (equals_literal(name, "expect") && equals_literal(value, "100-continue")) {
                expects_continue_ = true;
            }
            return;
        case 10:
            if (equals_literal(name, "connection")) observe_connection(value);
            return;
        case 14:
            if (equals_literal(name, "content-length")) {
                content_length_ = value;
                ++content_length_count_;
            } else if (resembles(name, "content-length")) {
                look_alike_ = true;
            }
            return;
        case 17:
            if (equals_literal(name, "transfer-encoding")) {
                transfer_encoding_ = value;
                ++transfer_encoding_count_;
            } else if (resembles(name, "transfer-encoding")) {
                look_alike_ = true;
            }
            return;
        default:
            return;
    }
}

void FramingFields::observe_connection(std::string_view value) {
    while (!value.empty()) {
        const std::size_t comma = std::min(value.find(','), value.size());
        const std::string_view option = trim(value.substr(0, comma));
        connection_close_ |= equals_literal(option, "close");
        connection_keep_alive_ |= equals_literal(option, "keep-alive");
        value.remove_prefix(std::min(comma + 1, value.size()));
    }
}

// RFC 9112, section 5: "field-name ":" OWS field-value OWS", no blank before the colon.
Result<void, HeadError> read_fields(std::string_view lines, std::size_t max_fields, Fields& fields,
                                    FramingFields& framing) {
    constexpr std::size_t kUsualFields = 16;
    fields.reserve(kUsualFields);
    while (!lines.starts_with("\r\n")) {
        const std::size_t end = lines.find('\n');
        const std::size_t colon = lines.find(':');
        if (end == std::string_view::npos || colon >= end || colon == 0) {
            return fail(HeadError::Malformed);
        }
        const std::string_view name = lines.substr(0, colon);
        if (!is_token(name)) return fail(HeadError::Malformed);
        if (fields.size() == max_fields) return fail(HeadError::TooManyFields);
        // Between the colon and the CR.
        const std::string_view value = trim(lines.substr(colon + 1, end - colon - 2));
        fields.add(name, value);
        framing.observe(name, value);
        lines.remove_prefix(end + 1);
    }
    if (lines.size() != 2) return fail(HeadError::Malformed);
    return {};
}

bool FramingFields::keep_alive(int minor_version) const {
    if (connection_close_) return false;
    return minor_version >= 1 || connection_keep_alive_;
}

// RFC 9112, section 6.3, without its leniencies: no Content-Length beside Transfer-Encoding, no
// repeated Content-Length even where the values agree, no transfer coding but chunked alone.
Result<BodyFraming, HeadError> FramingFields::framing(int minor_version) const {
    if (transfer_encoding_count_ > 0) {
        if (transfer_encoding_count_ > 1 || content_length_count_ > 0 || minor_version == 0) {
            return fail(HeadError::Malformed);
        }
        if (equals_literal(transfer_encoding_, "chunked")) {
            return BodyFraming{.kind = BodyFraming::Kind::Chunked};
        }
        for (const std::string_view coding : split_list(transfer_encoding_)) {
            // "chunked, gzip" hides the end of the body, "\xa0chunked" is nothing at all.
            const std::string_view name = trim(coding.substr(0, coding.find(';')));
            if (!name.empty() && !is_token(name)) return fail(HeadError::Malformed);
        }
        return fail(HeadError::UnsupportedTransferCoding);
    }
    if (content_length_count_ == 0) return BodyFraming{};
    const auto length = parse_uint(content_length_);
    if (content_length_count_ > 1 || !length) return fail(HeadError::Malformed);
    return BodyFraming{.kind = BodyFraming::Kind::Length, .length = *length};
}

Result<void, HeadError> admit_request(const FramingFields& fields, RequestHead& head) {
    if (fields.has_look_alike()) return fail(HeadError::Malformed);
    // RFC 9112, section 3.2: exactly one Host; HTTP/1.0 may go without.
    if (fields.host_count() > 1) return fail(HeadError::Malformed);
    if (fields.host_count() == 0 && head.minor_version >= 1) return fail(HeadError::Malformed);
    if (fields.host_count() == 1 && !is_valid_host(fields.host())) {
        return fail(HeadError::Malformed);
    }
    head.host = fields.host();
    if (!admit_target(head)) return fail(HeadError::Malformed);

    const auto framing = fields.framing(head.minor_version);
    if (!framing) return fail(framing.error());
    head.framing = *framing;
    head.keep_alive = fields.keep_alive(head.minor_version);
    // RFC 9110, section 10.1.1: an expectation in HTTP/1.0 is ignored.
    head.expects_continue = fields.expects_continue() && head.minor_version >= 1;
    return {};
}

Result<void, HeadError> admit_response(const FramingFields& fields, Method request_method,
                                       ResponseHead& head) {
    if (fields.has_look_alike() || head.status < 100) return fail(HeadError::Malformed);
    const auto framing = fields.framing(head.minor_version);
    if (!framing) return fail(framing.error());
    head.framing = *framing;
    head.keep_alive = fields.keep_alive(head.minor_version);

    const bool never_has_body = head.status / 100 == 1 || head.status == 204;
    if (never_has_body || head.status == 304 || request_method == Method::Head) {
        // A body announced where none may be is on its way, perhaps: do not read it as the next
        // response.  (To HEAD and in a 304 the fields describe the body that a GET would bring.)
        const bool announced =
            head.framing.kind == BodyFraming::Kind::Chunked || head.framing.length > 0;
        if (never_has_body && announced) head.keep_alive = false;
        head.framing = {};
    } else if (head.framing.kind == BodyFraming::Kind::None) {
        head.framing.kind = BodyFraming::Kind::UntilClose;
        head.keep_alive = false;
    }
    return {};
}

HeadError classify_bad_request_line(std::string_view head) {
    const std::string_view line = head.substr(0, head.find_first_of("\r\n"));
    const std::size_t space = line.rfind(' ');
    if (space == std::string_view::npos) return HeadError::Malformed;
    const std::string_view version = line.substr(space + 1);
    const bool is_version = version.size() == 8 && version.starts_with("HTTP/") &&
                            is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
    const bool is_ours = version == "HTTP/1.1" || version == "HTTP/1.0";
    // Three parts, or the line is not what its last word says.
    const bool has_three_parts = std::ranges::count(line, ' ') == 2;
    return is_version && !is_ours && has_three_parts ? HeadError::UnsupportedVersion
                                                     : HeadError::Malformed;
}

HeadError classify_oversized_request(std::string_view head, const HeadLimits& limits) {
    const std::string_view line = head.substr(0, head.find_first_of("\r\n"));
    const std::size_t target = line.find(' ');
    if (target == std::string_view::npos) return HeadError::HeadTooLarge;
    const std::size_t target_end = std::min(line.find(' ', target + 1), line.size());
    return target_end - target - 1 > limits.target_bytes ? HeadError::TargetTooLong
                                                         : HeadError::HeadTooLarge;
}

}  // namespace tarn::http
