// A parsed XML document, and views of its elements.  All reading goes through here, and so through
// the gate; no other file sees tinyxml2.

#pragma once

#include "common/base/result.h"
#include "common/xml/gate.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tinyxml2 {
class XMLElement;
}

namespace tarn::xml {

// For the documents whose API states no limit of its own (DeleteObjects and CompleteMultipartUpload
// may have 2 MiB).
inline constexpr std::size_t kDefaultMaxBytes = std::size_t{1} << 20;

enum class ReadErrorKind : std::uint8_t {
    TooLarge,
    Malformed,  // not well-formed, or refused by the gate
    UnexpectedRoot,
    ForeignElement,  // in a namespace that the caller does not take
    MissingElement,
    DuplicateElement,
    UnknownElement,  // only where the caller forbids them
    InvalidValue,
};

struct ReadError {
    ReadErrorKind kind = ReadErrorKind::Malformed;
    std::string element;      // the element at fault; empty for TooLarge and Malformed
    std::string_view reason;  // for TooLarge and Malformed: a phrase for logs and explanations
};

// What a document has to keep to besides being XML.
struct DocumentRules {
    std::size_t max_bytes = kDefaultMaxBytes;
    // Every element is in one of them or in none; no list: namespaces are not looked at.
    std::span<const std::string_view> namespaces;
    References references = References::Xml10;
};

// An element of a Document, or nothing.  Valid as long as the Document.
class ElementView {
  public:
    ElementView() = default;
    explicit operator bool() const { return element_ != nullptr; }

    // The members below need an element.

    // Without a namespace prefix: "Delete" for <s3:Delete>.
    std::string_view name() const;
    // All character data directly in the element, joined across comments and CDATA sections.
    std::string text() const;
    // With its prefix, as written: "xsi:type".  Empty if absent.
    std::string_view attribute(const char* name) const;
    ElementView first_child() const;
    ElementView next_sibling() const;
    // The next of the siblings that is called name; nothing if there is none.
    ElementView find_child(std::string_view name) const;
    ElementView find_next(std::string_view name) const;

  private:
    friend class Document;
    explicit ElementView(const tinyxml2::XMLElement* element) : element_(element) {}
    const tinyxml2::XMLElement* element_ = nullptr;
};

class Document {
  public:
    static Result<Document, ReadError> parse(std::string_view text, const DocumentRules& rules);
    ~Document();
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;

    ElementView root() const;

  private:
    struct State;
    explicit Document(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace tarn::xml
