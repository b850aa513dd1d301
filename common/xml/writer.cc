#include "common/xml/writer.h"

#include "common/base/check.h"
#include "common/base/text.h"

#include <cstdint>

namespace tarn::xml {
namespace {

// What is appended in place of each byte; empty where the byte stays.
struct Escapes {
    struct Reference {
        char text[7] = {};
        std::uint8_t size = 0;
        bool begins_sequence = false;  // not ASCII: what to do depends on the bytes that follow
    };
    std::array<Reference, 256> references{};

    constexpr void set(char c, std::string_view text) {
        Reference& reference = references[static_cast<std::uint8_t>(c)];
        for (const char part : text)
            reference.text[reference.size++] = part;
    }
    constexpr void set_decimal(char c) {
        const auto code = static_cast<std::uint8_t>(c);
        const char digits[] = {static_cast<char>('0' + code / 10),
                               static_cast<char>('0' + code % 10)};
        set(c, "&#");
        set(c, code < 10 ? std::string_view(digits + 1, 1) : std::string_view(digits, 2));
        set(c, ";");
    }
    constexpr void set_hex(char c) {
        const auto code = static_cast<std::uint8_t>(c);
        const char digits[] = {'1', "0123456789abcdef"[code % 16]};
        set(c, "&#x");
        set(c, code < 16 ? std::string_view(digits + 1, 1) : std::string_view(digits, 2));
        set(c, ";");
    }
};

constexpr Escapes text_escapes() {
    Escapes escapes;
    for (char c = 0; c < 0x20; ++c) {
        if (c != '\t' && c != '\n' && c != '\r') escapes.set_hex(c);
    }
    escapes.set_decimal('\r');
    escapes.set('&', "&amp;");
    escapes.set('<', "&lt;");
    escapes.set('>', "&gt;");
    escapes.set('"', "&quot;");
    for (std::size_t byte = 0x80; byte < escapes.references.size(); ++byte)
        escapes.references[byte].begins_sequence = true;
    return escapes;
}

// A reader turns white space in an attribute's value into spaces (XML 1.0, section 3.3.3).
constexpr Escapes attribute_escapes() {
    Escapes escapes = text_escapes();
    escapes.set_decimal('\t');
    escapes.set_decimal('\n');
    return escapes;
}

constexpr Escapes kTextEscapes = text_escapes();
constexpr Escapes kAttributeEscapes = attribute_escapes();

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// A run of text and what stands for it; empty where the run stays.
struct Escaped {
    std::size_t length = 1;
    std::string_view instead;
};

// The sequence at the start of text, which is not ASCII.
Escaped escape_sequence(std::string_view text) {
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0) return {.length = 1, .instead = kReplacement};
    // The two that UTF-8 has and XML has not.
    const std::string_view sequence = text.substr(0, length);
    if (sequence == "\xef\xbf\xbe") return {.length = length, .instead = "&#xfffe;"};
    if (sequence == "\xef\xbf\xbf") return {.length = length, .instead = "&#xffff;"};
    return {.length = length, .instead = {}};
}

void append_with(const Escapes& escapes, std::string& out, std::string_view text) {
    std::size_t copied = 0;
    for (std::size_t i = 0; i < text.size();) {
        const auto& reference = escapes.references[static_cast<std::uint8_t>(text[i])];
        Escaped escaped{.instead = {reference.text, reference.size}};
        if (reference.begins_sequence) escaped = escape_sequence(text.substr(i));
        const std::size_t start = i;
        i += escaped.length;
        if (escaped.instead.empty()) continue;
        out.append(text, copied, start - copied);
        out.append(escaped.instead);
        copied = i;
    }
    out.append(text, copied);
}

bool is_illegal_control(char c) {
    return static_cast<std::uint8_t>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

}  // namespace

std::string only_characters(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Escaped escaped = escape_sequence(text);
        const bool is_character = escaped.instead.empty() && !is_illegal_control(text.front());
        out.append(is_character ? text.substr(0, escaped.length) : kReplacement);
        text.remove_prefix(escaped.length);
    }
    return out;
}

void append_escaped(std::string& out, std::string_view text) {
    append_with(kTextEscapes, out, text);
}

Writer& Writer::declaration() {
    out_ += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    return *this;
}

Writer& Writer::open(std::string_view name, std::initializer_list<Attribute> attributes) {
    CHECK(depth_ < open_names_.size());
    open_names_[depth_++] = name;
    out_ += '<';
    out_ += name;
    out_ += '>';
    tag_end_ = out_.size();
    for (const Attribute& each : attributes)
        attribute(each.name, each.value);
    return *this;
}

Writer& Writer::attribute(std::string_view name, std::string_view value) {
    CHECK(depth_ > 0);
    CHECK(out_.size() == tag_end_);
    out_.back() = ' ';
    out_ += name;
    out_ += "=\"";
    append_with(kAttributeEscapes, out_, value);
    out_ += "\">";
    tag_end_ = out_.size();
    return *this;
}

Writer& Writer::close() {
    CHECK(depth_ > 0);
    out_ += "</";
    out_ += open_names_[--depth_];
    out_ += '>';
    return *this;
}

Writer& Writer::text(std::string_view text) {
    append_escaped(out_, text);
    return *this;
}

Writer& Writer::raw(std::string_view markup) {
    out_ += markup;
    return *this;
}

Writer& Writer::element(std::string_view name, std::string_view text) {
    out_ += '<';
    out_ += name;
    out_ += '>';
    append_escaped(out_, text);
    out_ += "</";
    out_ += name;
    out_ += '>';
    return *this;
}

Writer& Writer::element_raw(std::string_view name, std::string_view text) {
    out_ += '<';
    out_ += name;
    out_ += '>';
    out_ += text;
    out_ += "</";
    out_ += name;
    out_ += '>';
    return *this;
}

}  // namespace tarn::xml
