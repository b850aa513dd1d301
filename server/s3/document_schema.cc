#include "server/s3/document_schema.h"

#include "common/base/text.h"
#include "common/xml/scalar.h"
#include "server/s3/owner_xml.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace tarn::s3 {
namespace {

template <class T>
std::optional<std::string> normalized(const std::string& text) {
    const auto value = xml::Scalar<T>::from_text(text);
    if (!value) return std::nullopt;
    return std::string(xml::Scalar<T>::to_text(*value));
}

std::optional<std::string> normalized_date(const std::string& text) {
    constexpr std::string_view kDateOnly = "2006-01-02";
    const bool has_time = xml::collapse(text).size() > kDateOnly.size();
    return normalized<WallTime>(has_time ? text : std::string(xml::collapse(text)) + "T00:00:00Z");
}

std::optional<std::string> normalized_text(const std::string& text, const ElementRow& row) {
    switch (row.kind) {
        case ElementKind::Integer:
            return normalized<std::int32_t>(text);
        case ElementKind::Long:
            return normalized<std::int64_t>(text);
        case ElementKind::Boolean:
            return normalized<bool>(text);
        case ElementKind::Date:
            return normalized_date(text);
        case ElementKind::Text:
        case ElementKind::Group:
            break;
    }
    if (row.choices.empty()) return text;
    const auto choices = split(row.choices, '|');
    if (std::ranges::find(choices, std::string_view(text)) == choices.end()) return std::nullopt;
    return text;
}

Result<xml::Node, Error> fit_element(xml::ElementView element, const ElementRow& row) {
    if (row.kind == ElementKind::Group) return fit_to_shape(element, *row.shape);
    auto text = normalized_text(element.text(), row);
    if (!text || element.first_child()) return fail(s3_error(ErrorCode::MalformedXML));
    return xml::Node{.name = std::string(row.name), .text = *std::move(text)};
}

// The second one is what documents of the first years had (BucketLoggingStatus still does in
// examples), and what old clients send.
constexpr std::array<std::string_view, 2> kNamespaces = {kS3Xmlns,
                                                         "http://doc.s3.amazonaws.com/2006-03-01"};

bool is_known(std::string_view name, const Shape& shape) {
    return std::ranges::find(shape.elements, name, &ElementRow::name) != shape.elements.end();
}

bool is_allowed(std::size_t count, Count allowed) {
    switch (allowed) {
        case Count::Optional:
            return count <= 1;
        case Count::One:
            return count == 1;
        case Count::Some:
            return count >= 1;
        case Count::Any:
            break;
    }
    return true;
}

}  // namespace

Result<xml::Node, Error> fit_to_shape(xml::ElementView element, const Shape& shape) {
    for (auto child = element.first_child(); child; child = child.next_sibling()) {
        if (!is_known(child.name(), shape)) return fail(s3_error(ErrorCode::MalformedXML));
    }
    xml::Node node{.name = std::string(element.name())};
    for (const ElementRow& row : shape.elements) {
        std::size_t count = 0;
        for (auto child = element.find_child(row.name); child; child = child.find_next(row.name)) {
            TARN_TRY(xml::Node fitted, fit_element(child, row));
            node.children.push_back(std::move(fitted));
            ++count;
        }
        if (!is_allowed(count, row.count)) return fail(s3_error(ErrorCode::MalformedXML));
    }
    return node;
}

Result<xml::Document, Error> parse_document(std::string_view text, std::string_view root,
                                            xml::DocumentRules rules) {
    rules.namespaces = kNamespaces;
    auto parsed = xml::Document::parse(text, rules);
    if (!parsed || parsed->root().name() != root) return fail(s3_error(ErrorCode::MalformedXML));
    return *std::move(parsed);
}

Result<xml::Node, Error> parse_shaped(std::string_view text, std::string_view root,
                                      const Shape& shape, const xml::DocumentRules& rules) {
    TARN_TRY(const xml::Document document, parse_document(text, root, rules));
    return fit_to_shape(document.root(), shape);
}

}  // namespace tarn::s3
