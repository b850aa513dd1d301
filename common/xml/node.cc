#include "common/xml/node.h"

#include "common/xml/writer.h"

#include <algorithm>

namespace tarn::xml {
namespace {

void write_content(Writer& writer, const Node& node) {
    writer.text(node.text);
    for (const Node& child : node.children) {
        if (child.children.empty()) {
            writer.element(child.name, child.text);
            continue;
        }
        writer.open(child.name);
        write_content(writer, child);
        writer.close();
    }
}

}  // namespace

const Node* Node::find(std::string_view child_name) const {
    const auto child = std::ranges::find(children, child_name, &Node::name);
    return child == children.end() ? nullptr : &*child;
}

Node* Node::find(std::string_view child_name) {
    const auto child = std::ranges::find(children, child_name, &Node::name);
    return child == children.end() ? nullptr : &*child;
}

std::string_view Node::text_of(std::string_view child_name) const {
    const Node* child = find(child_name);
    return child ? std::string_view(child->text) : std::string_view();
}

Node& Node::add(std::string_view child_name, std::string_view child_text) {
    return children.emplace_back(
        Node{.name = std::string(child_name), .text = std::string(child_text)});
}

Node to_node(ElementView element) {
    Node node{.name = std::string(element.name()), .text = element.text()};
    if (node.text.find_first_not_of(" \t\r\n") == std::string::npos) node.text.clear();
    for (auto child = element.first_child(); child; child = child.next_sibling())
        node.children.push_back(to_node(child));
    return node;
}

Result<Node, ReadError> parse_tree(std::string_view text, const DocumentRules& rules) {
    TARN_TRY(const Document document, Document::parse(text, rules));
    return to_node(document.root());
}

std::string write_tree(const Node& root, std::string_view xmlns) {
    std::string text;
    Writer writer(text);
    writer.declaration().open(root.name);
    if (!xmlns.empty()) writer.attribute("xmlns", xmlns);
    write_content(writer, root);
    writer.close();
    return text;
}

}  // namespace tarn::xml
