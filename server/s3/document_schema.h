// The shapes of the XML documents that requests bring, as tables, and what makes a document fit
// one.

#pragma once

#include "common/xml/document.h"
#include "common/xml/node.h"
#include "server/s3/error.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace tarn::s3 {

enum class Count : std::uint8_t {
    Optional,  // 0 or 1
    One,
    Any,   // 0 and more
    Some,  // 1 and more
};

enum class ElementKind : std::uint8_t {
    Text,
    Integer,  // 32 bits
    Long,     // 64 bits
    Boolean,
    Date,   // ISO 8601
    Group,  // of elements
};

struct Shape;

struct ElementRow {
    std::string_view name;
    Count count = Count::Optional;
    ElementKind kind = ElementKind::Text;
    std::string_view choices;      // of a Text: "a|b|c"; empty: any
    const Shape* shape = nullptr;  // of a Group
};

struct Shape {
    std::span<const ElementRow> elements;
};

// The document in the order of the table, numbers, booleans and dates in their normal form.
// Error: MalformedXML for whatever the table does not allow; namespaces and attributes are not
// looked at.
Result<xml::Node, Error> fit_to_shape(xml::ElementView element, const Shape& shape);

// The document of a request, whose root is called so and whose elements are all in S3's namespace
// or in none; rules: what else it has to keep to.  Error: MalformedXML.
Result<xml::Document, Error> parse_document(std::string_view text, std::string_view root,
                                            xml::DocumentRules rules = {});
// The same, fitted to shape.
Result<xml::Node, Error> parse_shaped(std::string_view text, std::string_view root,
                                      const Shape& shape, const xml::DocumentRules& rules = {});

}  // namespace tarn::s3
