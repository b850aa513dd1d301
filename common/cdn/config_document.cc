#include "common/cdn/config_document.h"

#include "common/base/text.h"
#include "common/cdn/distribution_defaults.h"

#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace tarn::cdn {
namespace {

using xml::Node;
using Kind = DocumentError::Kind;

// Where we are in the document, for messages: distributionConfig.origins.items.
struct Place {
    const Place* parent = nullptr;
    std::string_view name;
};

void append_place(std::string& out, const Place& place) {
    if (place.parent) {
        append_place(out, *place.parent);
        out += '.';
    }
    const std::size_t start = out.size();
    out += place.name;
    if (start < out.size()) out[start] = to_lower(out[start]);
}

// The wording of AWS's validation errors.
DocumentError violation(Kind kind, std::string_view value, const Place& place,
                        std::string_view constraint) {
    std::string where;
    append_place(where, place);
    return {kind, fmt::format("1 validation error detected: Value {} at '{}' failed to satisfy "
                              "constraint: {}",
                              value, where, constraint)};
}

DocumentError missing(const Place& place) {
    return violation(Kind::MalformedInput, "null", place, "Member must not be null");
}

std::string quoted(std::string_view value) {
    return fmt::format("'{}'", value.substr(0, 256));
}

std::optional<std::int64_t> integer_of(std::string_view text, MemberKind kind) {
    const auto value = parse_int(text);
    if (!value || kind == MemberKind::Long) return value;
    using Limits = std::numeric_limits<std::int32_t>;
    if (*value < Limits::min() || *value > Limits::max()) return std::nullopt;
    return value;
}

bool is_decimal(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

// The text of a scalar as it is stored, or what is wrong with it.
Result<std::string, DocumentError> scalar_text(std::string_view raw, const Member& member,
                                               const Place& place) {
    const std::string_view text = trim(raw);
    switch (member.kind) {
        case MemberKind::Integer:
        case MemberKind::Long:
        case MemberKind::Quantity: {
            const auto value = integer_of(text, member.kind);
            if (value) return std::to_string(*value);
            return fail(
                violation(Kind::MalformedInput, quoted(text), place, "Member must be an integer"));
        }
        case MemberKind::Double:
            if (is_decimal(text)) return std::string(text);
            return fail(
                violation(Kind::MalformedInput, quoted(text), place, "Member must be a number"));
        case MemberKind::Boolean:
            if (text == "true" || text == "false") return std::string(text);
            return fail(violation(Kind::MalformedInput, quoted(text), place,
                                  "Member must be true or false"));
        case MemberKind::Text:
        case MemberKind::List:
        case MemberKind::Structure:
            break;
    }
    if (member.choices.empty()) return std::string(raw);
    if (is_choice(member.choices, text)) return std::string(text);
    return fail(violation(Kind::InvalidArgument, quoted(text), place,
                          fmt::format("Member must satisfy enum value set: [{}]",
                                      fmt::join(split(member.choices, '|'), ", "))));
}

// node may be null: the structure is absent and made of its defaults.
Result<Node, DocumentError> normalize_structure(const Node* node, const Shape& shape,
                                                std::string_view name, const Place& place);

Result<Node, DocumentError> normalize_item(const Node& item, const Member& list,
                                           const Place& place) {
    if (list.shape) return normalize_structure(&item, *list.shape, list.item_tag, place);
    const Member element{.name = list.item_tag,
                         .kind = list.integer_items ? MemberKind::Integer : MemberKind::Text,
                         .choices = list.choices};
    TARN_TRY(std::string text, scalar_text(item.text, element, place));
    return leaf(list.item_tag, text);
}

Result<Node, DocumentError> normalize_list(const Node& node, const Member& list,
                                           const Place& place) {
    Node result{.name = std::string(list.name)};
    for (const Node& item : node.children) {
        if (item.name != list.item_tag) continue;
        TARN_TRY(Node normalized, normalize_item(item, list, place));
        result.children.push_back(std::move(normalized));
    }
    return result;
}

// An optional choice that is sent empty counts as absent, as AWS takes it: <PriceClass/>.
bool counts_as_absent(const Node* child, const Member& member) {
    if (!child) return true;
    return member.presence != Presence::Required && !member.choices.empty() &&
           member.kind == MemberKind::Text && trim(child->text).empty();
}

// A member that the caller left out: its default, if it has one.
Result<std::optional<Node>, DocumentError> absent_member(const Member& member, const Place& place,
                                                         bool whole_structure_absent) {
    const bool may_be_absent =
        whole_structure_absent &&
        (member.kind == MemberKind::Quantity || !member.default_text.empty() || member.shape);
    if (member.presence == Presence::Required && !may_be_absent) return fail(missing(place));
    if (member.presence == Presence::Optional) return std::optional<Node>{};
    if (member.kind == MemberKind::Structure) {
        TARN_TRY(Node filled_in, normalize_structure(nullptr, *member.shape, member.name, place));
        return std::optional(std::move(filled_in));
    }
    return std::optional(leaf(member.name, member.kind == MemberKind::Quantity
                                               ? std::string_view("0")
                                               : member.default_text));
}

Result<std::optional<Node>, DocumentError> normalize_member(const Node* parent,
                                                            const Member& member,
                                                            const Place& place) {
    const Node* child = parent ? parent->find(member.name) : nullptr;
    if (counts_as_absent(child, member)) return absent_member(member, place, parent == nullptr);
    switch (member.kind) {
        case MemberKind::Structure: {
            TARN_TRY(Node value, normalize_structure(child, *member.shape, member.name, place));
            return std::optional(std::move(value));
        }
        case MemberKind::List: {
            TARN_TRY(Node value, normalize_list(*child, member, place));
            return std::optional(std::move(value));
        }
        default: {
            TARN_TRY(std::string text, scalar_text(child->text, member, place));
            return std::optional(leaf(member.name, text));
        }
    }
}

// Quantity states the number of Items beside it; without items the list itself is not written.
std::optional<DocumentError> check_quantity(Node& node, const Place& place) {
    const Node* quantity = node.find("Quantity");
    if (!quantity) return std::nullopt;
    const Node* items = node.find("Items");
    const std::size_t count = items ? items->children.size() : 0;
    if (quantity->text != std::to_string(count)) {
        std::string where;
        append_place(where, place);
        return DocumentError{Kind::InconsistentQuantities,
                             fmt::format("The value of Quantity ({}) and the number of Items ({}) "
                                         "of {} don't match.",
                                         quantity->text, count, where)};
    }
    if (count == 0) std::erase_if(node.children, [](const Node& n) { return n.name == "Items"; });
    return std::nullopt;
}

Result<Node, DocumentError> normalize_structure(const Node* node, const Shape& shape,
                                                std::string_view name, const Place& place) {
    Node result{.name = std::string(name)};
    for (const Member& member : shape.members) {
        const Place here{&place, member.name};
        TARN_TRY(std::optional<Node> value, normalize_member(node, member, here));
        if (value) result.children.push_back(*std::move(value));
    }
    if (auto error = check_quantity(result, place)) return fail(*std::move(error));
    return result;
}

}  // namespace

bool is_choice(std::string_view choices, std::string_view text) {
    while (!choices.empty()) {
        const std::size_t bar = choices.find('|');
        if (choices.substr(0, bar) == text) return true;
        if (bar == std::string_view::npos) return false;
        choices.remove_prefix(bar + 1);
    }
    return false;
}

Result<Node, DocumentError> normalize(const Node& node, const Shape& shape) {
    const Place root{nullptr, shape.name};
    TARN_TRY(Node result, normalize_structure(&node, shape, shape.name, root));
    if (&shape == &kDistributionConfigShape) complete_distribution_config(result);
    if (&shape == &kDistributionConfigWithTagsShape) {
        complete_distribution_config(result.children.front());
    }
    return result;
}

Result<Node, DocumentError> read_document(std::string_view body, const Shape& shape) {
    if (trim(body).empty()) {
        return fail(DocumentError{
            Kind::MissingBody,
            "This operation requires a body. Ensure that the body is present and the Content-Type "
            "header is set."});
    }
    const auto tree =
        xml::parse_tree(body, {.max_bytes = kMaxDocumentBytes, .namespaces = {&kApiNamespace, 1}});
    if (!tree || tree->name != shape.name) {
        return fail(DocumentError{Kind::MalformedXml,
                                  fmt::format("The request body is no {} document.", shape.name)});
    }
    return normalize(*tree, shape);
}

const Node* node_at(const Node& node, std::string_view path) {
    const Node* at = &node;
    while (at && !path.empty()) {
        const std::size_t slash = path.find('/');
        at = at->find(path.substr(0, slash));
        path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    }
    return at;
}

std::string_view text_at(const Node& node, std::string_view path) {
    const Node* found = node_at(node, path);
    return found ? std::string_view(found->text) : std::string_view{};
}

bool flag_at(const Node& node, std::string_view path) {
    return text_at(node, path) == "true";
}

std::int64_t number_at(const Node& node, std::string_view path, std::int64_t absent) {
    return parse_int(text_at(node, path)).value_or(absent);
}

const std::vector<Node>& items_at(const Node& node, std::string_view path) {
    static const std::vector<Node> none;
    const Node* found = node_at(node, path);
    const Node* items = found ? found->find("Items") : nullptr;
    return items ? items->children : none;
}

Node leaf(std::string_view name, std::string_view text) {
    return {.name = std::string(name), .text = std::string(text)};
}

Node list_of(std::string_view name, std::vector<Node> items) {
    Node result{.name = std::string(name)};
    result.children.push_back(leaf("Quantity", std::to_string(items.size())));
    if (!items.empty()) {
        result.children.push_back({.name = "Items", .children = std::move(items)});
    }
    return result;
}

}  // namespace tarn::cdn
