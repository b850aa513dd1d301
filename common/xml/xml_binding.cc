#include "common/xml/xml_binding.h"

#include <algorithm>

namespace tarn::xml {

Result<Document, ReadError> parse(std::string_view text, std::string_view root_name,
                                  std::size_t max_bytes) {
    TARN_TRY(Document document, Document::parse(text, {.max_bytes = max_bytes}));
    const std::string_view name = document.root().name();
    if (name != root_name) {
        return fail(ReadError{.kind = ReadErrorKind::UnexpectedRoot, .element = std::string(name)});
    }
    return document;
}

namespace detail {

MaybeError invalid_value(ElementView element) {
    return ReadError{.kind = ReadErrorKind::InvalidValue, .element = std::string(element.name())};
}

Result<ElementView, ReadError> only_child(ElementView parent, const char* name) {
    const ElementView child = parent.find_child(name);
    if (child && child.find_next(name)) {
        return fail(ReadError{.kind = ReadErrorKind::DuplicateElement, .element = name});
    }
    return child;
}

Result<ElementView, ReadError> required_child(ElementView parent, const char* name) {
    TARN_TRY(const ElementView child, only_child(parent, name));
    if (!child) return fail(ReadError{.kind = ReadErrorKind::MissingElement, .element = name});
    return child;
}

MaybeError check_known(ElementView parent, const char* const* names, std::size_t name_count,
                       const ReadOptions& options) {
    if (options.unknown == UnknownElements::Ignore) return std::nullopt;
    for (auto child = parent.first_child(); child; child = child.next_sibling()) {
        const std::string_view name = child.name();
        if (std::find(names, names + name_count, name) != names + name_count) continue;
        return ReadError{.kind = ReadErrorKind::UnknownElement, .element = std::string(name)};
    }
    return std::nullopt;
}

}  // namespace detail
}  // namespace tarn::xml
