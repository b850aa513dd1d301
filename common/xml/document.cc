#include "common/xml/document.h"

#include <algorithm>
#include <optional>

#include <tinyxml2.h>

namespace tarn::xml {
namespace {

// tinyxml2 9.0 drops text that consists of blanks only, though an object key may be " ".  It keeps
// such text when it starts with a character reference.
std::string protect_blank_texts(std::string_view text, const GateReport& report) {
    std::string protected_text;
    protected_text.reserve(text.size() + report.blank_texts.size() * 5);
    std::size_t copied = 0;
    for (const std::size_t blank : report.blank_texts) {
        protected_text.append(text, copied, blank - copied);
        protected_text += "&#" + std::to_string(static_cast<int>(text[blank])) + ";";
        copied = blank + 1;
    }
    protected_text.append(text, copied);
    return protected_text;
}

ReadError read_error_of(GateError error) {
    const auto kind =
        error == GateError::TooLarge ? ReadErrorKind::TooLarge : ReadErrorKind::Malformed;
    return {.kind = kind, .reason = gate_error_text(error)};
}

std::string_view local_name(const tinyxml2::XMLElement& element) {
    const std::string_view name = element.Name();
    return name.substr(name.find(':') + 1);
}

const tinyxml2::XMLElement* find_from(const tinyxml2::XMLElement* element, std::string_view name) {
    while (element && local_name(*element) != name)
        element = element->NextSiblingElement();
    return element;
}

// The namespace of the element's name, empty for none; nothing: its prefix stands for nothing.
// https://www.w3.org/TR/xml-names/#scoping
std::optional<std::string_view> namespace_of(const tinyxml2::XMLElement& element) {
    const std::string_view name = element.Name();
    const std::size_t colon = name.find(':');
    const bool has_prefix = colon != std::string_view::npos;
    const std::string declaration =
        has_prefix ? "xmlns:" + std::string(name.substr(0, colon)) : "xmlns";
    for (const tinyxml2::XMLNode* node = &element; node; node = node->Parent()) {
        const tinyxml2::XMLElement* const scope = node->ToElement();
        const char* const value = scope ? scope->Attribute(declaration.c_str()) : nullptr;
        if (value) return value;
    }
    return has_prefix ? std::nullopt : std::optional<std::string_view>("");
}

// The first element at or below this one that is in another namespace; null: there is none.
const tinyxml2::XMLElement* find_foreign(const tinyxml2::XMLElement& element,
                                         std::span<const std::string_view> namespaces) {
    const auto own = namespace_of(element);
    if (!own) return &element;
    if (!own->empty() && std::ranges::find(namespaces, *own) == namespaces.end()) return &element;
    for (const auto* child = element.FirstChildElement(); child;
         child = child->NextSiblingElement()) {
        if (const auto* const foreign = find_foreign(*child, namespaces)) return foreign;
    }
    return nullptr;
}

}  // namespace

std::string_view ElementView::name() const {
    return local_name(*element_);
}

std::string ElementView::text() const {
    std::string text;
    for (const auto* child = element_->FirstChild(); child; child = child->NextSibling()) {
        if (const auto* piece = child->ToText()) text += piece->Value();
    }
    return text;
}

std::string_view ElementView::attribute(const char* name) const {
    const char* value = element_->Attribute(name);
    return value ? std::string_view(value) : std::string_view();
}

ElementView ElementView::first_child() const {
    return ElementView(element_->FirstChildElement());
}

ElementView ElementView::next_sibling() const {
    return ElementView(element_->NextSiblingElement());
}

ElementView ElementView::find_child(std::string_view name) const {
    return ElementView(find_from(element_->FirstChildElement(), name));
}

ElementView ElementView::find_next(std::string_view name) const {
    return ElementView(find_from(element_->NextSiblingElement(), name));
}

struct Document::State {
    tinyxml2::XMLDocument tree;
};

Document::Document(std::unique_ptr<State> state) : state_(std::move(state)) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

Result<Document, ReadError> Document::parse(std::string_view text, const DocumentRules& rules) {
    const auto report = pass_gate(text, rules.max_bytes, rules.references);
    if (!report) return fail(read_error_of(report.error()));

    std::string protected_text;
    if (!report->blank_texts.empty()) {
        protected_text = protect_blank_texts(text, *report);
        text = protected_text;
    }
    auto state = std::make_unique<State>();
    if (state->tree.Parse(text.data(), text.size()) != tinyxml2::XML_SUCCESS) {
        return fail(
            ReadError{.reason = tinyxml2::XMLDocument::ErrorIDToName(state->tree.ErrorID())});
    }
    if (!rules.namespaces.empty()) {
        if (const auto* foreign = find_foreign(*state->tree.RootElement(), rules.namespaces)) {
            return fail(ReadError{.kind = ReadErrorKind::ForeignElement,
                                  .element = std::string(local_name(*foreign))});
        }
    }
    return Document(std::move(state));
}

ElementView Document::root() const {
    return ElementView(state_->tree.RootElement());
}

}  // namespace tarn::xml
