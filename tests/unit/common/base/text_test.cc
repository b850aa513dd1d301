#include "common/base/text.h"

#include "tests/unit/common/base/seed.h"

#include <random>

#include <gtest/gtest.h>

namespace tarn {
namespace {

using Views = std::vector<std::string_view>;

TEST(CaseTest, FoldsAsciiLettersOnly) {
    EXPECT_EQ(to_lower(std::string_view("AZaz09@[`{\xc3\x84")), "azaz09@[`{\xc3\x84");
    EXPECT_TRUE(iequals("Content-TYPE", "content-type"));
    EXPECT_TRUE(iequals("", ""));
    EXPECT_FALSE(iequals("a", "ab"));
    EXPECT_FALSE(iequals("@", "`"));
    EXPECT_FALSE(iequals("[", "{"));
    EXPECT_TRUE(istarts_with("Bytes=0", "bytes="));
    EXPECT_TRUE(istarts_with("x", ""));
    EXPECT_FALSE(istarts_with("byte", "bytes"));
    EXPECT_FALSE(istarts_with("xbytes", "bytes"));
}

TEST(TrimTest, TakesSpacesAndTabsOnly) {
    EXPECT_EQ(trim(" \t a b\t "), "a b");
    EXPECT_EQ(trim("\na\r"), "\na\r");
    EXPECT_EQ(trim(" \t "), "");
    EXPECT_EQ(trim(""), "");
}

TEST(SplitTest, KeepsEveryMember) {
    EXPECT_EQ(split("", ','), Views{""});
    EXPECT_EQ(split("a", ','), Views{"a"});
    EXPECT_EQ(split(",a,, b ,", ','), (Views{"", "a", "", " b ", ""}));
}

TEST(SplitListTest, TrimsAndDropsEmptyMembers) {
    EXPECT_EQ(split_list("a, b"), (Views{"a", "b"}));
    EXPECT_EQ(split_list(" ,a c\t,, ,b,"), (Views{"a c", "b"}));
    EXPECT_EQ(split_list(""), Views{});
    EXPECT_EQ(split_list("a; b,c", ';'), (Views{"a", "b,c"}));
}

TEST(ParseNumberTest, AcceptsWholeDecimalNumbersOnly) {
    EXPECT_EQ(parse_uint("0"), 0u);
    EXPECT_EQ(parse_uint("007"), 7u);
    EXPECT_EQ(parse_uint("18446744073709551615"), UINT64_MAX);
    EXPECT_EQ(parse_int("-9223372036854775808"), INT64_MIN);
    EXPECT_EQ(parse_int("9223372036854775807"), INT64_MAX);
    EXPECT_EQ(parse_int("-0"), 0);
    for (const std::string_view text :
         {"", "-", "+1", " 1", "1 ", "1x", "0x1", "1.0", "--1", "18446744073709551616"}) {
        EXPECT_EQ(parse_uint(text), std::nullopt) << text;
        EXPECT_EQ(parse_int(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_uint("-1"), std::nullopt);
    EXPECT_EQ(parse_int("9223372036854775808"), std::nullopt);
    EXPECT_EQ(parse_int("-9223372036854775809"), std::nullopt);
}

// ---- UTF-8 ----

std::string encode_utf8(std::uint32_t code, int length) {
    static constexpr std::uint32_t kLeads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    if (length == 1) return {static_cast<char>(code)};
    std::string text(static_cast<std::size_t>(length), '\0');
    for (std::size_t i = text.size() - 1; i > 0; --i, code >>= 6)
        text[i] = static_cast<char>(0x80 | (code & 0x3f));
    text[0] = static_cast<char>(kLeads[length] | code);
    return text;
}

int shortest_length(std::uint32_t code) {
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

// Every code point in every length in which it fits: only the shortest form is well-formed, and no
// surrogate is.
TEST(Utf8Test, AcceptsExactlyTheShortestFormsOfScalarValues) {
    constexpr std::uint32_t kLimits[] = {0, 0x80, 0x800, 0x10000, 0x200000};
    for (int length = 1; length <= 4; ++length) {
        for (std::uint32_t code = 0; code < kLimits[length]; ++code) {
            const bool is_scalar = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
            ASSERT_EQ(is_utf8(encode_utf8(code, length)),
                      is_scalar && length == shortest_length(code))
                << code << " in " << length;
        }
    }
}

TEST(Utf8Test, FindsAFaultWhereverItStands) {
    for (const std::string_view fault :
         {"\x80", "\xc3", "\xe2\x82", "\xf0\x9f\x92", "\xff", "\xc3\xc3", "\xf8\x88\x80\x80\x80"}) {
        for (std::size_t before = 0; before < 20; ++before) {
            for (const std::size_t after : {0u, 1u, 9u}) {
                const std::string text =
                    std::string(before, 'a') + std::string(fault) + std::string(after, 'z');
                EXPECT_FALSE(is_utf8(text)) << before << " " << after;
            }
        }
    }
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(
        is_utf8("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x92\xa9, and some text after it"));
}

// Never looks past the end, where the rest of the character follows.
TEST(Utf8Test, RefusesACharacterThatIsCutOff) {
    constexpr std::string_view kText = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x92\xa9";
    for (std::size_t size = 0; size <= kText.size(); ++size) {
        const bool is_boundary = size <= 1 || size == 3 || size == 6 || size == 10;
        EXPECT_EQ(is_utf8(kText.substr(0, size)), is_boundary) << size;
    }
}

// ---- wildcards ----

// The definition, at exponential cost.
bool matches_by_definition(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) return text.empty();
    if (pattern[0] == '*') {
        return matches_by_definition(pattern.substr(1), text) ||
               (!text.empty() && matches_by_definition(pattern, text.substr(1)));
    }
    if (text.empty() || (pattern[0] != '?' && pattern[0] != text[0])) return false;
    return matches_by_definition(pattern.substr(1), text.substr(1));
}

// All strings over alphabet of up to max_length characters.
std::vector<std::string> all_strings(std::string_view alphabet, std::size_t max_length) {
    std::vector<std::string> strings{""};
    for (std::size_t start = 0, length = 1; length <= max_length; ++length) {
        const std::size_t end = strings.size();
        for (; start < end; ++start) {
            for (const char c : alphabet)
                strings.push_back(strings[start] + c);
        }
    }
    return strings;
}

TEST(WildcardTest, AgreesWithTheDefinitionOnAllSmallCases) {
    const auto patterns = all_strings("ab*?", 5);
    const auto texts = all_strings("ab", 5);
    for (const std::string& pattern : patterns) {
        for (const std::string& text : texts) {
            ASSERT_EQ(wildcard_match(pattern, text), matches_by_definition(pattern, text))
                << pattern << " " << text;
        }
    }
}

TEST(WildcardTest, AgreesWithTheDefinitionOnRandomStrings) {
    const std::uint64_t seed = test_seed();
    SCOPED_TRACE(seed_message(seed));
    std::mt19937_64 random(seed);
    const auto random_string = [&](std::string_view alphabet, std::size_t max_length) {
        std::string text(random() % (max_length + 1), '\0');
        for (char& c : text)
            c = alphabet[random() % alphabet.size()];
        return text;
    };
    for (int i = 0; i < 20'000; ++i) {
        const std::string pattern = random_string("aab*?/", 10);
        const std::string text = random_string("aab/*?", 14);
        ASSERT_EQ(wildcard_match(pattern, text), matches_by_definition(pattern, text))
            << pattern << " " << text;
    }
}

TEST(WildcardTest, DoesNotBacktrackExponentially) {
    std::string pattern;
    for (int i = 0; i < 50; ++i)
        pattern += "*a";
    pattern += "*b";
    EXPECT_FALSE(wildcard_match(pattern, std::string(10'000, 'a')));
}

TEST(ConstantTimeTest, ComparesEveryByte) {
    const std::string text = "0123456789abcdef";
    EXPECT_TRUE(equal_constant_time(text, text));
    EXPECT_TRUE(equal_constant_time("", ""));
    EXPECT_FALSE(equal_constant_time(text, text.substr(1)));
    EXPECT_FALSE(equal_constant_time("", text));
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string other = text;
        other[i] = static_cast<char>(other[i] ^ 0x80);
        EXPECT_FALSE(equal_constant_time(text, other)) << i;
    }
}

}  // namespace
}  // namespace tarn
