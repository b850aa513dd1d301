#include "common/xml/gate.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

namespace tarn::xml {
namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

constexpr std::string_view kGateErrorTexts[] = {
    "the document is too large",
    "malformed UTF-8",
    "a character that XML does not allow",
    "a document type or processing instruction",
    "malformed markup",
    "too many attributes in one tag",
    "elements nested too deeply",
    "too many elements",
    "an unknown entity",
    "a malformed character reference",
    "not exactly one root element",
};
static_assert(std::size(kGateErrorTexts) == static_cast<std::size_t>(GateError::NotOneRoot) + 1);

constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

constexpr bool is_control(char c) {
    return static_cast<std::uint8_t>(c) < 0x20 && !is_blank(c);
}

// The ASCII part of NCName (Namespaces in XML 1.0, section 3); beyond ASCII every character passes.
constexpr bool starts_name(char c) {
    return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '_' ||
           static_cast<std::uint8_t>(c) >= 0x80;
}

constexpr bool continues_name(char c) {
    return starts_name(c) || is_digit(c) || c == '-' || c == '.';
}

// Char of XML 1.0, section 2.2.
constexpr bool is_xml_character(std::uint32_t code) {
    return code == 0x9 || code == 0xa || code == 0xd || (code >= 0x20 && code <= 0xd7ff) ||
           (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

// A scalar value of Unicode.  U+0000 would end the text for tinyxml2.
constexpr bool is_character(std::uint32_t code) {
    return code != 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

constexpr bool may_name(References references, std::uint32_t code) {
    return references == References::AnyCharacter ? is_character(code) : is_xml_character(code);
}

using MaybeError = std::optional<GateError>;

MaybeError check_characters(std::string_view text) {
    if (!is_utf8(text)) return GateError::NotUtf8;
    if (std::ranges::any_of(text, is_control)) return GateError::ForbiddenCharacter;
    for (std::size_t i = text.find("\xef\xbf"); i != kNowhere; i = text.find("\xef\xbf", i + 2)) {
        if (text[i + 2] == '\xbe' || text[i + 2] == '\xbf') return GateError::ForbiddenCharacter;
    }
    return std::nullopt;
}

// reference is what stands between '&' and ';'.
MaybeError check_reference(std::string_view reference, References allowed) {
    if (!reference.starts_with('#')) {
        constexpr std::string_view kEntities[] = {"amp", "lt", "gt", "quot", "apos"};
        return std::ranges::find(kEntities, reference) != std::end(kEntities)
                   ? std::nullopt
                   : MaybeError(GateError::UnknownEntity);
    }
    reference.remove_prefix(1);
    const bool is_hex = reference.starts_with('x');
    if (is_hex) reference.remove_prefix(1);

    if (reference.empty()) return GateError::BadReference;
    std::uint32_t code = 0;
    for (const char c : reference) {
        if (is_digit(c)) {
            code = code * (is_hex ? 16 : 10) + static_cast<std::uint32_t>(c - '0');
        } else if (is_hex && to_lower(c) >= 'a' && to_lower(c) <= 'f') {
            code = code * 16 + static_cast<std::uint32_t>(to_lower(c) - 'a') + 10;
        } else {
            return GateError::BadReference;
        }
    }
    return may_name(allowed, code) ? std::nullopt : MaybeError(GateError::BadReference);
}

// The references in character data or in an attribute's value.
MaybeError check_references(std::string_view text, References allowed) {
    for (std::size_t start = text.find('&'); start != kNowhere; start = text.find('&', start + 1)) {
        // Also keeps the number below 2^32.
        constexpr std::size_t kLongest = sizeof("&#x0010FFFF;") - 1;
        const std::size_t end = text.substr(start, kLongest).find(';');
        if (end == kNowhere) return GateError::BadReference;
        if (auto error = check_reference(text.substr(start + 1, end - 1), allowed)) return error;
    }
    return std::nullopt;
}

// Walks over the markup from left to right.
class Scan {
  public:
    Scan(std::string_view text, References references) : text_(text), references_(references) {}

    Result<GateReport, GateError> run() {
        skip_start();
        while (at_ < text_.size()) {
            if (auto error = text_[at_] == '<' ? scan_markup() : scan_text()) return fail(*error);
        }
        if (depth_ != 0) return fail(GateError::Malformed);
        if (!has_root_) return fail(GateError::NotOneRoot);
        return std::move(report_);
    }

  private:
    // A byte order mark and the XML declaration, which are allowed nowhere else.
    void skip_start() {
        if (rest().starts_with("\xef\xbb\xbf")) at_ += 3;
        constexpr std::string_view kDeclaration = "<?xml";
        if (!rest().starts_with(kDeclaration)) return;
        const std::size_t end = text_.find("?>", at_);
        const std::size_t next = at_ + kDeclaration.size();
        // What is not skipped here is refused by scan_markup().
        if (end != kNowhere && is_blank(text_[next])) at_ = end + 2;
    }

    MaybeError scan_text() {
        const std::size_t end = std::min(text_.find('<', at_), text_.size());
        const std::string_view piece = text_.substr(at_, end - at_);
        const bool is_all_blank = std::ranges::all_of(piece, is_blank);
        if (depth_ == 0 && !is_all_blank) return GateError::NotOneRoot;
        // Directly between a start tag and an end tag.
        if (after_start_tag_ && is_all_blank && text_.substr(end).starts_with("</")) {
            report_.blank_texts.push_back(at_);
        }
        at_ = end;
        return check_references(piece, references_);
    }

    MaybeError scan_markup() {
        after_start_tag_ = false;
        if (rest().starts_with("</")) return scan_end_tag();
        if (rest().starts_with("<!--")) return skip_past("<!--", "-->");
        if (rest().starts_with("<![CDATA[")) {
            if (depth_ == 0) return GateError::NotOneRoot;
            return skip_past("<![CDATA[", "]]>");
        }
        if (rest().starts_with("<!") || rest().starts_with("<?")) return GateError::ForbiddenMarkup;
        return scan_start_tag();
    }

    MaybeError skip_past(std::string_view start, std::string_view end) {
        const std::size_t found = text_.find(end, at_ + start.size());
        if (found == kNowhere) return GateError::Malformed;
        at_ = found + end.size();
        return std::nullopt;
    }

    MaybeError scan_end_tag() {
        at_ += 2;
        if (!skip_name()) return GateError::Malformed;
        skip_blanks();
        if (!skip(">") || depth_ == 0) return GateError::Malformed;
        --depth_;
        return std::nullopt;
    }

    MaybeError scan_start_tag() {
        at_ += 1;
        if (!skip_name()) return GateError::Malformed;
        if (depth_ == 0 && has_root_) return GateError::NotOneRoot;
        has_root_ = true;
        if (++element_count_ > kMaxElementCount) return GateError::TooManyElements;
        if (depth_ == kMaxDepth) return GateError::TooDeep;
        for (std::size_t attribute_count = 0;;) {
            const bool is_separated = skip_blanks();
            if (skip("/>")) return std::nullopt;
            if (skip(">")) {
                ++depth_;
                after_start_tag_ = true;
                return std::nullopt;
            }
            if (!is_separated) return GateError::Malformed;
            if (++attribute_count > kMaxAttributesPerTag) return GateError::TooManyAttributes;
            if (auto error = scan_attribute()) return error;
        }
    }

    MaybeError scan_attribute() {
        if (!skip_name()) return GateError::Malformed;
        skip_blanks();
        if (!skip("=")) return GateError::Malformed;
        skip_blanks();
        if (at_ == text_.size()) return GateError::Malformed;
        const char quote = text_[at_];
        if (quote != '"' && quote != '\'') return GateError::Malformed;
        const std::size_t end = text_.find(quote, at_ + 1);
        if (end == kNowhere) return GateError::Malformed;
        const std::string_view value = text_.substr(at_ + 1, end - at_ - 1);
        if (value.contains('<')) return GateError::Malformed;
        at_ = end + 1;
        return check_references(value, references_);
    }

    std::string_view rest() const { return text_.substr(at_); }
    bool skip(std::string_view piece) {
        if (!rest().starts_with(piece)) return false;
        at_ += piece.size();
        return true;
    }
    bool skip_blanks() {
        const std::size_t start = at_;
        while (at_ < text_.size() && is_blank(text_[at_]))
            ++at_;
        return at_ > start;
    }
    // A name, with a prefix or without.
    bool skip_name() { return skip_name_part() && (!skip(":") || skip_name_part()); }
    bool skip_name_part() {
        if (at_ == text_.size() || !starts_name(text_[at_])) return false;
        while (at_ < text_.size() && continues_name(text_[at_]))
            ++at_;
        return true;
    }

    std::string_view text_;
    References references_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;  // start tags not yet closed
    std::size_t element_count_ = 0;
    bool has_root_ = false;
    bool after_start_tag_ = false;
    GateReport report_;
};

}  // namespace

std::string_view gate_error_text(GateError error) {
    return kGateErrorTexts[static_cast<std::size_t>(error)];
}

Result<GateReport, GateError> pass_gate(std::string_view text, std::size_t max_bytes,
                                        References references) {
    if (text.size() > max_bytes) return fail(GateError::TooLarge);
    if (auto error = check_characters(text)) return fail(*error);
    return Scan(text, references).run();
}

}  // namespace tarn::xml
