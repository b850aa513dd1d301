// The scan that stands before tinyxml2.
//
// tinyxml2 never expands a DTD's entities, but it accepts a DOCTYPE, two roots, invalid UTF-8,
// control characters and unknown entities, and takes seconds over a tag with thousands of
// attributes.  What passes here is a document that it reads in linear time and that means the same
// to every reader.

#pragma once

#include "common/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tarn::xml {

inline constexpr std::size_t kMaxAttributesPerTag = 32;
inline constexpr std::size_t kMaxDepth = 32;  // the root is at depth 1
// CompleteMultipartUpload with 10,000 parts and a checksum each has 40,000.
inline constexpr std::size_t kMaxElementCount = 100'000;

enum class GateError : std::uint8_t {
    TooLarge,            // more than max_bytes
    NotUtf8,             // malformed UTF-8
    ForbiddenCharacter,  // outside of XML 1.0's Char: a control character, U+FFFE, U+FFFF
    ForbiddenMarkup,     // DOCTYPE, ENTITY, a processing instruction
    Malformed,           // a tag, comment or CDATA section that is not one, or does not end
    TooManyAttributes,   // more than kMaxAttributesPerTag
    TooDeep,             // more than kMaxDepth
    TooManyElements,     // more than kMaxElementCount
    UnknownEntity,       // other than &amp; &lt; &gt; &quot; &apos;
    BadReference,        // &#...; that is malformed or names no XML character
    NotOneRoot,          // no root, a second one, or text beside it
};

// A phrase for logs and explanations: "too many attributes in one tag".
std::string_view gate_error_text(GateError error);

// Which characters a reference (&#1;) may name.
enum class References : std::uint8_t {
    Xml10,
    // Besides, as in XML 1.1 (section 2.2) and beyond it, all of Unicode but U+0000: for texts that
    // are not limited to what XML can write, such as object keys.
    AnyCharacter,
};

struct GateReport {
    // Where the text of an element consists of blanks only and nothing else is in the element: the
    // offset of its first blank.  tinyxml2 would lose that text.
    std::vector<std::size_t> blank_texts;
};

// Whether text may go on to the parser.  It does not compare the names of start and end tags: the
// parser does.  Unlike XML 1.0, section 4.3.3, the declaration's encoding is not looked at: the
// documents of these APIs are UTF-8.
Result<GateReport, GateError> pass_gate(std::string_view text, std::size_t max_bytes,
                                        References references = References::Xml10);

}  // namespace tarn::xml
