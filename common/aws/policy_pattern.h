// A text of a policy with wildcards and policy variables.
//
//   "arn:aws:s3:::home/${aws:username}/*"
//
// '*' is any run of characters, '?' one character.  ${key} is the request's value of that condition
// key, ${key, 'text'} has a default, ${*}, ${?} and ${$} are those characters themselves.  What a
// variable brings in is literal: a user named "*" gains nothing.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html

#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::aws {

class ConditionContext;

class Pattern {
  public:
    enum class Variables : std::uint8_t { No, Yes };

    // with_variables: No for policies of version 2008-10-17, where "${" is plain text.
    explicit Pattern(std::string_view text, Variables variables = Variables::Yes);

    // As it stands in the policy.
    const std::string& text() const { return text_; }
    bool has_variables() const { return has_variables_; }

    // Against the whole of text.  A variable that the request lacks matches nothing.
    bool matches(std::string_view text, const ConditionContext& context) const;
    bool matches_ignoring_case(std::string_view text, const ConditionContext& context) const;
    // As matches(), but each of an ARN's first five parts by itself: a '*' there does not reach
    // over a colon.  A pattern without colons ("*") is matched against the whole.
    bool matches_arn(std::string_view arn, const ConditionContext& context) const;
    // The text that the variables make of it, wildcards taken literally; nothing if one is missing.
    std::optional<std::string> expand(const ConditionContext& context) const;

  private:
    enum class Kind : std::uint8_t { Literal, AnyRun, AnyOne, Variable };
    struct Token {
        Kind kind = Kind::Literal;
        std::string text;                         // of a literal, or a variable's key
        std::optional<std::string> default_text;  // of a variable
    };

    void add_literal(std::string_view text);
    std::size_t add_variable(std::string_view rest);
    std::optional<std::u16string> glyphs_for(const ConditionContext& context) const;
    template <class Match>
    bool with_glyphs(const ConditionContext& context, Match match) const;

    std::string text_;
    std::vector<Token> tokens_;
    bool has_variables_ = false;
    std::u16string glyphs_;  // of a pattern without variables: bytes, and marks for the wildcards
};

}  // namespace tarn::aws
