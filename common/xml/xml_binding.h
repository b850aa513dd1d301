// Reading and writing the XML documents of the S3 and CloudFront APIs.
//
// A wire type is a plain struct plus one list of its elements, which serves both directions:
//
//   struct CompletedPart {
//       int part_number = 0;
//       std::string etag;
//   };
//   template <>
//   inline constexpr auto xml::kElements<CompletedPart> = xml::elements(
//       xml::element("PartNumber", &CompletedPart::part_number),
//       xml::element("ETag", &CompletedPart::etag));
//
//   xml::read<CompletedPart>(body, "Part")      xml::write(part, "Part")
//
// The type of the member says the rest: std::optional is an element that may be absent, std::vector
// an element that repeats (also no time), a struct with kElements a nested element.  A scalar or a
// struct must be present.  What may not repeat and does is an error.
//
//   xml::wrapped("TagSet", "Tag", &Tagging::tags)     a vector inside an element of its own, which
//                                                     must be present unless the member is
//                                                     std::optional<std::vector<...>>
//   xml::attribute("xsi:type", &Grantee::type)        a std::string; empty if absent
//   xml::constant_attribute("xmlns:xsi", "http://…")  written, never read
//
// Scalars are strings, bool, integers, WallTime (ISO 8601) and enums that list their words:
// scalar.h.

#pragma once

#include "common/base/result.h"
#include "common/xml/document.h"
#include "common/xml/scalar.h"
#include "common/xml/writer.h"

#include <concepts>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace tarn::xml {

// ---- declaring ----

template <class Owner, class Member>
struct ElementBinding {
    const char* name;
    Member Owner::* member;
};

template <class Owner, class Member>
struct WrappedBinding {
    const char* name;
    const char* item_name;
    Member Owner::* member;
};

template <class Owner>
struct AttributeBinding {
    const char* name;
    std::string Owner::* member;
};

struct ConstantAttribute {
    const char* name;
    const char* value;
};

template <class Owner, class Member>
constexpr ElementBinding<Owner, Member> element(const char* name, Member Owner::* member) {
    return {name, member};
}

template <class Owner, class Member>
constexpr WrappedBinding<Owner, Member> wrapped(const char* name, const char* item_name,
                                                Member Owner::* member) {
    return {name, item_name, member};
}

template <class Owner>
constexpr AttributeBinding<Owner> attribute(const char* name, std::string Owner::* member) {
    return {name, member};
}

constexpr ConstantAttribute constant_attribute(const char* name, const char* value) {
    return {name, value};
}

template <class... Bindings>
constexpr std::tuple<Bindings...> elements(Bindings... list) {
    return {list...};
}

struct NotBound {};
template <class T>
inline constexpr NotBound kElements{};

template <class T>
concept Bound = !std::same_as<std::remove_cvref_t<decltype(kElements<T>)>, NotBound>;

// ---- reading ----

enum class UnknownElements : std::uint8_t { Ignore, Reject };

struct ReadOptions {
    std::size_t max_bytes = kDefaultMaxBytes;
    UnknownElements unknown = UnknownElements::Ignore;
};

using MaybeError = std::optional<ReadError>;

// Parses text and checks the name of its root.
Result<Document, ReadError> parse(std::string_view text, std::string_view root_name,
                                  std::size_t max_bytes = kDefaultMaxBytes);

namespace detail {

MaybeError invalid_value(ElementView element);
// The one child called name, or nothing.  More than one is an error.
Result<ElementView, ReadError> only_child(ElementView parent, const char* name);
Result<ElementView, ReadError> required_child(ElementView parent, const char* name);

template <class T>
MaybeError read_value(ElementView element, T& value, const ReadOptions& options);

template <class T>
MaybeError read_items(ElementView parent, const char* name, std::vector<T>& items,
                      const ReadOptions& options) {
    for (auto item = parent.find_child(name); item; item = item.find_next(name)) {
        if (auto error = read_value(item, items.emplace_back(), options)) return error;
    }
    return std::nullopt;
}

template <class T>
MaybeError read_child(ElementView parent, const char* name, T& value, const ReadOptions& options) {
    const auto child = required_child(parent, name);
    if (!child) return child.error();
    return read_value(*child, value, options);
}

template <class T>
MaybeError read_child(ElementView parent, const char* name, std::optional<T>& value,
                      const ReadOptions& options) {
    const auto child = only_child(parent, name);
    if (!child) return child.error();
    if (!*child) return std::nullopt;
    return read_value(*child, value.emplace(), options);
}

template <class T>
MaybeError read_child(ElementView parent, const char* name, std::vector<T>& values,
                      const ReadOptions& options) {
    return read_items(parent, name, values, options);
}

template <class Owner, class Member>
MaybeError read_binding(ElementView parent, const ElementBinding<Owner, Member>& binding,
                        Owner& owner, const ReadOptions& options) {
    return read_child(parent, binding.name, owner.*binding.member, options);
}

MaybeError check_known(ElementView parent, const char* const* names, std::size_t name_count,
                       const ReadOptions& options);

template <class Owner, class T>
MaybeError read_binding(ElementView parent, const WrappedBinding<Owner, std::vector<T>>& binding,
                        Owner& owner, const ReadOptions& options) {
    const auto wrapper = required_child(parent, binding.name);
    if (!wrapper) return wrapper.error();
    if (auto error = check_known(*wrapper, &binding.item_name, 1, options)) return error;
    return read_items(*wrapper, binding.item_name, owner.*binding.member, options);
}

template <class Owner, class T>
MaybeError read_binding(ElementView parent,
                        const WrappedBinding<Owner, std::optional<std::vector<T>>>& binding,
                        Owner& owner, const ReadOptions& options) {
    const auto wrapper = only_child(parent, binding.name);
    if (!wrapper) return wrapper.error();
    if (!*wrapper) return std::nullopt;
    if (auto error = check_known(*wrapper, &binding.item_name, 1, options)) return error;
    return read_items(*wrapper, binding.item_name, (owner.*binding.member).emplace(), options);
}

template <class Owner>
MaybeError read_binding(ElementView parent, const AttributeBinding<Owner>& binding, Owner& owner,
                        const ReadOptions&) {
    owner.*binding.member = parent.attribute(binding.name);
    return std::nullopt;
}

template <class Owner>
MaybeError read_binding(ElementView, const ConstantAttribute&, Owner&, const ReadOptions&) {
    return std::nullopt;
}

template <class Binding>
inline constexpr bool kIsAttribute = std::same_as<Binding, ConstantAttribute>;
template <class Owner>
inline constexpr bool kIsAttribute<AttributeBinding<Owner>> = true;

template <class T>
MaybeError read_value(ElementView element, T& value, const ReadOptions& options) {
    if constexpr (Bound<T>) {
        return std::apply(
            [&]<class... Bindings>(const Bindings&... binding) {
                // An attribute's name stands for no element.
                const char* const names[] = {(kIsAttribute<Bindings> ? "" : binding.name)...};
                MaybeError error = check_known(element, names, std::size(names), options);
                // Stops at the first binding that fails.
                (void)(error || ... || (error = read_binding(element, binding, value, options)));
                return error;
            },
            kElements<T>);
    } else {
        auto scalar = Scalar<T>::from_text(element.text());
        if (!scalar) return invalid_value(element);
        value = *std::move(scalar);
        return std::nullopt;
    }
}

}  // namespace detail

// Reads an element of a document that was parsed by hand.
template <class T>
Result<T, ReadError> read_element(ElementView element, const ReadOptions& options = {}) {
    T value{};
    if (auto error = detail::read_value(element, value, options)) return fail(*std::move(error));
    return value;
}

template <Bound T>
Result<T, ReadError> read(std::string_view text, std::string_view root_name,
                          const ReadOptions& options = {}) {
    TARN_TRY(const Document document, parse(text, root_name, options.max_bytes));
    return read_element<T>(document.root(), options);
}

// ---- writing ----

template <class T>
void write_element(Writer& writer, const char* name, const T& value);

namespace detail {

template <class T>
void write_child(Writer& writer, const char* name, const T& value) {
    write_element(writer, name, value);
}

template <class T>
void write_child(Writer& writer, const char* name, const std::optional<T>& value) {
    if (value) write_child(writer, name, *value);
}

template <class T>
void write_child(Writer& writer, const char* name, const std::vector<T>& values) {
    for (const T& value : values)
        write_element(writer, name, value);
}

template <class Owner, class Member>
void write_binding(Writer& writer, const ElementBinding<Owner, Member>& binding,
                   const Owner& owner) {
    write_child(writer, binding.name, owner.*binding.member);
}

template <class Owner, class T>
void write_binding(Writer& writer, const WrappedBinding<Owner, std::vector<T>>& binding,
                   const Owner& owner) {
    writer.open(binding.name);
    write_child(writer, binding.item_name, owner.*binding.member);
    writer.close();
}

template <class Owner, class T>
void write_binding(Writer& writer,
                   const WrappedBinding<Owner, std::optional<std::vector<T>>>& binding,
                   const Owner& owner) {
    const std::optional<std::vector<T>>& items = owner.*binding.member;
    if (!items) return;
    writer.open(binding.name);
    write_child(writer, binding.item_name, *items);
    writer.close();
}

template <class Owner>
void write_attribute(Writer& writer, const AttributeBinding<Owner>& binding, const Owner& owner) {
    if (!(owner.*binding.member).empty()) {
        writer.attribute(binding.name, owner.*binding.member);
    }
}

template <class Owner>
void write_attribute(Writer& writer, const ConstantAttribute& binding, const Owner&) {
    writer.attribute(binding.name, binding.value);
}

// The attributes first, wherever they stand in the list: they belong into the start tag.
template <Bound T>
void write_content(Writer& writer, const T& value) {
    const auto attribute_of = [&]<class Binding>(const Binding& binding) {
        if constexpr (kIsAttribute<Binding>) write_attribute(writer, binding, value);
    };
    const auto element_of = [&]<class Binding>(const Binding& binding) {
        if constexpr (!kIsAttribute<Binding>) write_binding(writer, binding, value);
    };
    std::apply([&](const auto&... binding) { (attribute_of(binding), ...); }, kElements<T>);
    std::apply([&](const auto&... binding) { (element_of(binding), ...); }, kElements<T>);
}

}  // namespace detail

// Writes one element in the middle of a document that is written by hand.
template <class T>
void write_element(Writer& writer, const char* name, const T& value) {
    if constexpr (Bound<T>) {
        writer.open(name);
        detail::write_content(writer, value);
        writer.close();
    } else {
        writer.element(name, std::string_view(Scalar<T>::to_text(value)));
    }
}

// A whole document; xmlns is left out if empty.
template <Bound T>
std::string write(const T& value, std::string_view root_name, std::string_view xmlns = {}) {
    std::string text;
    Writer writer(text);
    writer.declaration().open(root_name);
    if (!xmlns.empty()) writer.attribute("xmlns", xmlns);
    detail::write_content(writer, value);
    writer.close();
    return text;
}

}  // namespace tarn::xml
