#include "common/aws/policy_pattern.h"

#include "common/aws/policy_conditions.h"
#include "common/base/text.h"

#include <algorithm>

namespace tarn::aws {
namespace {

// A glyph is a byte or a wildcard.  A byte that a variable brought in carries a mark, so that it
// never takes part in the structure of an ARN.
constexpr char16_t kAnyRun = 0x100;
constexpr char16_t kAnyOne = 0x101;
constexpr char16_t kFromVariable = 0x200;
constexpr char16_t kColon = u':';

char byte_of(char16_t glyph) {
    return static_cast<char>(glyph & 0xff);
}

void append_bytes(std::u16string& glyphs, std::string_view bytes, char16_t mark) {
    for (const char c : bytes)
        glyphs.push_back(static_cast<char16_t>(static_cast<unsigned char>(c) | mark));
}

// The length of the UTF-8 character at the start; 1 where it is none.
std::size_t character_size(std::string_view text) {
    std::size_t size = 1;
    if ((static_cast<unsigned char>(text.front()) & 0xc0) != 0xc0) return size;
    while (size < text.size() && size < 4 &&
           (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) {
        ++size;
    }
    return size;
}

struct SameCase {
    char operator()(char c) const { return c; }
};
struct AnyCase {
    char operator()(char c) const { return to_lower(c); }
};

// Goes back to the last '*' only: what an earlier one matched cannot matter any more, so the time
// is at most the product of the lengths.
template <class Fold>
bool matches_glyphs(std::u16string_view pattern, std::string_view text, Fold fold) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t after_star = std::u16string_view::npos;
    std::size_t star_end = 0;  // up to where the last '*' reaches
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == kAnyRun) {
            after_star = ++p;
            star_end = t;
        } else if (p < pattern.size() && pattern[p] == kAnyOne) {
            t += character_size(text.substr(t));
            ++p;
        } else if (p < pattern.size() && fold(byte_of(pattern[p])) == fold(text[t])) {
            ++p;
            ++t;
        } else if (after_star != std::u16string_view::npos) {
            p = after_star;
            t = ++star_end;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == kAnyRun)
        ++p;
    return p == pattern.size();
}

constexpr std::size_t kArnColons = 5;

bool matches_arn_parts(std::u16string_view pattern, std::string_view arn) {
    if (pattern.find(kColon) == std::u16string_view::npos) {
        return matches_glyphs(pattern, arn, SameCase{});
    }
    for (std::size_t i = 0; i < kArnColons; ++i) {
        const std::size_t pattern_end = pattern.find(kColon);
        const std::size_t arn_end = arn.find(':');
        if (pattern_end == std::u16string_view::npos || arn_end == std::string_view::npos) {
            return false;
        }
        if (!matches_glyphs(pattern.substr(0, pattern_end), arn.substr(0, arn_end), SameCase{})) {
            return false;
        }
        pattern.remove_prefix(pattern_end + 1);
        arn.remove_prefix(arn_end + 1);
    }
    return matches_glyphs(pattern, arn, SameCase{});
}

// The request's value of a variable; nothing if it has none or several.
std::optional<std::string_view> value_of(std::string_view key, const ConditionContext& context) {
    const std::vector<std::string>* values = context.find(key);
    if (!values || values->size() != 1) return std::nullopt;
    return values->front();
}

}  // namespace

Pattern::Pattern(std::string_view text, Variables variables) : text_(text) {
    std::size_t i = 0;
    while (i < text.size()) {
        const std::string_view rest = text.substr(i);
        if (variables == Variables::Yes && rest.starts_with("${")) {
            if (const std::size_t size = add_variable(rest); size > 0) {
                i += size;
                continue;
            }
        }
        if (rest.front() == '*') {
            tokens_.push_back({.kind = Kind::AnyRun, .text = "*"});
        } else if (rest.front() == '?') {
            tokens_.push_back({.kind = Kind::AnyOne, .text = "?"});
        } else {
            add_literal(rest.substr(0, 1));
        }
        ++i;
    }
    if (!has_variables_) glyphs_ = glyphs_for(ConditionContext{}).value_or(u"");
}

void Pattern::add_literal(std::string_view text) {
    if (tokens_.empty() || tokens_.back().kind != Kind::Literal) tokens_.emplace_back();
    tokens_.back().text.append(text);
}

// Takes "${...}" from the start of rest; the bytes taken, or 0 where it does not end.
std::size_t Pattern::add_variable(std::string_view rest) {
    constexpr std::size_t kOpening = 2;
    const std::size_t end = rest.find('}');
    if (end == std::string_view::npos) return 0;
    const std::string_view inside = rest.substr(kOpening, end - kOpening);
    if (inside == "*" || inside == "?" || inside == "$") {
        add_literal(inside);
        return end + 1;
    }
    Token token{.kind = Kind::Variable};
    const std::size_t comma = inside.find(',');
    token.text = trim(inside.substr(0, comma));
    if (comma != std::string_view::npos) {
        std::string_view text = trim(inside.substr(comma + 1));
        if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'') {
            text = text.substr(1, text.size() - 2);
        }
        token.default_text = text;
    }
    tokens_.push_back(std::move(token));
    has_variables_ = true;
    return end + 1;
}

std::optional<std::u16string> Pattern::glyphs_for(const ConditionContext& context) const {
    std::u16string glyphs;
    for (const Token& token : tokens_) {
        switch (token.kind) {
            case Kind::Literal:
                append_bytes(glyphs, token.text, 0);
                break;
            case Kind::AnyRun:
                glyphs.push_back(kAnyRun);
                break;
            case Kind::AnyOne:
                glyphs.push_back(kAnyOne);
                break;
            case Kind::Variable: {
                const auto value = value_of(token.text, context);
                if (!value && !token.default_text) return std::nullopt;
                append_bytes(glyphs, value ? *value : std::string_view(*token.default_text),
                             kFromVariable);
                break;
            }
        }
    }
    return glyphs;
}

template <class Match>
bool Pattern::with_glyphs(const ConditionContext& context, Match match) const {
    if (!has_variables_) return match(std::u16string_view(glyphs_));
    const auto glyphs = glyphs_for(context);
    return glyphs && match(std::u16string_view(*glyphs));
}

bool Pattern::matches(std::string_view text, const ConditionContext& context) const {
    return with_glyphs(context, [text](std::u16string_view glyphs) {
        return matches_glyphs(glyphs, text, SameCase{});
    });
}

bool Pattern::matches_ignoring_case(std::string_view text, const ConditionContext& context) const {
    return with_glyphs(context, [text](std::u16string_view glyphs) {
        return matches_glyphs(glyphs, text, AnyCase{});
    });
}

bool Pattern::matches_arn(std::string_view arn, const ConditionContext& context) const {
    return with_glyphs(
        context, [arn](std::u16string_view glyphs) { return matches_arn_parts(glyphs, arn); });
}

std::optional<std::string> Pattern::expand(const ConditionContext& context) const {
    std::string expanded;
    for (const Token& token : tokens_) {
        if (token.kind != Kind::Variable) {
            expanded += token.text;
        } else if (const auto value = value_of(token.text, context)) {
            expanded += *value;
        } else if (token.default_text) {
            expanded += *token.default_text;
        } else {
            return std::nullopt;
        }
    }
    return expanded;
}

}  // namespace tarn::aws
