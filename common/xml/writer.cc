#include "common/xml/writer.h"

#include "common/base/check.h"

#include <cstdint>

namespace tarn::xml {
namespace {

// What is appended in place of each byte; empty where the byte stays.
struct Escapes {
    struct Reference {
        char text[7] = {};
        std::uint8_t size = 0;
    };
    std::array<Reference, 256> references{};

    constexpr void set(char c, std::string_view text) {
        Reference& reference = references[static_cast<std::uint8_t>(c)];
        for (const char part : text)
            reference.text[reference.size++] = part;
    }
    constexpr void set_number(char c) {
        const auto code = static_cast<std::uint8_t>(c);
        const char text[] = {'&', '#', static_cast<char>('0' + code / 10),
                             static_cast<char>('0' + code % 10), ';'};
        if (code >= 10) {
            set(c, {text, sizeof(text)});
        } else {
            const char short_text[] = {'&', '#', static_cast<char>('0' + code), ';'};
            set(c, {short_text, sizeof(short_text)});
        }
    }
};

constexpr Escapes text_escapes() {
    Escapes escapes;
    for (char c = 0; c < 0x20; ++c) {
        if (c != '\t' && c != '\n') escapes.set_number(c);
    }
    escapes.set('&', "&amp;");
    escapes.set('<', "&lt;");
    escapes.set('>', "&gt;");
    escapes.set('"', "&quot;");
    return escapes;
}

// A reader turns white space in an attribute's value into spaces (XML 1.0, section 3.3.3).
constexpr Escapes attribute_escapes() {
    Escapes escapes = text_escapes();
    escapes.set_number('\t');
    escapes.set_number('\n');
    return escapes;
}

constexpr Escapes kTextEscapes = text_escapes();
constexpr Escapes kAttributeEscapes = attribute_escapes();

void append_with(const Escapes& escapes, std::string& out, std::string_view text) {
    std::size_t copied = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto& reference = escapes.references[static_cast<std::uint8_t>(text[i])];
        if (reference.size == 0) continue;
        out.append(text, copied, i - copied);
        out.append(reference.text, reference.size);
        copied = i + 1;
    }
    out.append(text, copied);
}

}  // namespace

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
