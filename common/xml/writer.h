// Appends an XML document straight to a string, which costs a listing less than tinyxml2's printer
// or a tree would.

#pragma once

#include "common/xml/gate.h"

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tarn::xml {

// Escapes & < > " and control characters other than TAB and LF.  A bare CR would reach the reader
// as LF (XML 1.0, section 2.11) and change an object key, so it is written as S3 does, &#13;.  What
// is no character of XML 1.0 becomes a reference, too, again as in S3 (&#x1;): the document is not
// well-formed then, but lenient readers get the key, and encoding-type=url serves the others.
// U+FFFD stands for each byte that is no UTF-8.
void append_escaped(std::string& out, std::string_view text);

// text with U+FFFD in place of all that is no character of XML 1.0 or no UTF-8, for documents that
// every reader must be able to read.
std::string only_characters(std::string_view text);

struct Attribute {
    std::string_view name;
    std::string_view value;
};

// Names are written as they are and must be valid; values and text are escaped.  The name of an
// open element must stay valid until it is closed (it usually is a literal).
class Writer {
  public:
    // Appends to out, which must outlive the Writer.
    explicit Writer(std::string& out) : out_(out) {}
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // <?xml version="1.0" encoding="UTF-8"?> and a line feed, as S3 begins its documents.
    Writer& declaration();
    Writer& open(std::string_view name, std::initializer_list<Attribute> attributes = {});
    // Adds an attribute to the element just opened, before anything is put in it.
    Writer& attribute(std::string_view name, std::string_view value);
    // Closes the innermost open element.
    Writer& close();
    Writer& text(std::string_view text);
    // Markup that is already XML.
    Writer& raw(std::string_view markup);

    // <name>text</name>
    Writer& element(std::string_view name, std::string_view text);
    Writer& element(std::string_view name, std::same_as<bool> auto value) {
        return element_raw(name, value ? "true" : "false");
    }
    template <std::integral Integer>
        requires(!std::same_as<Integer, bool> && !std::same_as<Integer, char>)
    Writer& element(std::string_view name, Integer value) {
        std::array<char, 24> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        return element_raw(name, {digits.data(), end});
    }

  private:
    Writer& element_raw(std::string_view name, std::string_view text);

    std::string& out_;
    std::array<std::string_view, kMaxDepth> open_names_;
    std::size_t depth_ = 0;
    std::size_t tag_end_ = 0;  // size of out_ when the last start tag had been written
};

}  // namespace tarn::xml
