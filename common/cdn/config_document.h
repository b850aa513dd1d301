// Configuration documents of the CloudFront API: validated, completed and put in order.
//
// A document is a tree of elements (common/xml/node.h) checked against a shape, a table made from
// AWS's model (cloudfront.md, appendix A).  Clients send members in any order and leave out
// optional ones; what is stored, and echoed by every later answer, is the normalised document:
// members in the order of the schema, AWS's defaults filled in, unknown elements gone.  Terraform
// and its like compare what they sent with what they read back, so no known member is ever dropped,
// and 0 is never mistaken for an absent value.

#pragma once

#include "common/base/result.h"
#include "common/cdn/shape.h"
#include "common/xml/node.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cdn {

inline constexpr std::string_view kApiNamespace = "http://cloudfront.amazonaws.com/doc/2020-05-31/";
inline constexpr std::size_t kMaxDocumentBytes = 1 << 20;

struct DocumentError {
    enum class Kind : std::uint8_t {
        MissingBody,             // nothing was sent
        MalformedXml,            // no XML, another root element, an element of another namespace
        MalformedInput,          // a required member is missing, or is no number or boolean
        InvalidArgument,         // not one of the values that the model allows
        InconsistentQuantities,  // Quantity is not the number of items
    };
    Kind kind = Kind::MalformedInput;
    std::string message;
};

// Checks a tree against shape and puts it in order, with its defaults.  Idempotent.
Result<xml::Node, DocumentError> normalize(const xml::Node& node, const Shape& shape);
// Parses body and normalises it with its defaults.  The root must be called as shape.
Result<xml::Node, DocumentError> read_document(std::string_view body, const Shape& shape);

// ---- reading normalised documents ----

// The text of the member at path ("Logging/Enabled"); empty if absent.
std::string_view text_at(const xml::Node& node, std::string_view path);
const xml::Node* node_at(const xml::Node& node, std::string_view path);
bool flag_at(const xml::Node& node, std::string_view path);  // false if absent
std::int64_t number_at(const xml::Node& node, std::string_view path, std::int64_t absent = 0);
// Makes a leaf; makes <name><Quantity>n</Quantity><Items>…</Items></name>, without Items for none.
xml::Node leaf(std::string_view name, std::string_view text);
xml::Node list_of(std::string_view name, std::vector<xml::Node> items);
// The Items of the {Quantity, Items} member at path (of node itself for ""); none if absent.
const std::vector<xml::Node>& items_at(const xml::Node& node, std::string_view path);

}  // namespace tarn::cdn
