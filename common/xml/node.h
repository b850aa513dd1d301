// A whole document as a plain tree of names and texts.  It serves the CloudFront configurations,
// which are kept and echoed whole: also the parts of them that Tarn does not act upon.

#pragma once

#include "common/base/result.h"
#include "common/xml/document.h"

#include <string>
#include <string_view>
#include <vector>

namespace tarn::xml {

struct Node {
    std::string name;  // without namespace prefix
    std::string text;
    std::vector<Node> children;

    // The first child called child_name, or nullptr.
    const Node* find(std::string_view child_name) const;
    Node* find(std::string_view child_name);
    // The text of that child; empty if there is none.
    std::string_view text_of(std::string_view child_name) const;
    // Appends a child and returns it.  The reference is valid until the next one is added.
    Node& add(std::string_view child_name, std::string_view child_text = {});

    friend bool operator==(const Node&, const Node&) = default;
};

// Attributes, comments and text that consists of white space only are dropped; CDATA sections
// become text.
Result<Node, ReadError> parse_tree(std::string_view text, const DocumentRules& rules);
Node to_node(ElementView element);

// Text stands before the children.  xmlns is left out if empty.  The tree must be at most kMaxDepth
// deep, as every parsed one is.
std::string write_tree(const Node& root, std::string_view xmlns);

}  // namespace tarn::xml
