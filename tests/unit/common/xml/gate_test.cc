#include "common/xml/gate.h"

#include <ostream>
#include <span>
#include <string>

#include <gtest/gtest.h>

namespace tarn::xml {

void PrintTo(GateError error, std::ostream* out) {
    *out << gate_error_text(error);
}

namespace {

constexpr std::size_t kBytes = 1 << 20;

std::string repeat(std::string_view piece, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += piece;
    return text;
}

std::string nested(std::size_t depth) {
    return repeat("<a>", depth) + repeat("</a>", depth);
}

std::string with_attributes(std::size_t count) {
    return "<a" + repeat(" b='c'", count) + "/>";
}

TEST(GateTest, LetsDocumentsThrough) {
    const std::string passing[] = {
        "<a/>",
        "<a></a >",
        "<a />",
        "\xef\xbb\xbf<a/>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<a/>\n",
        "<?xml version='1.0'?><!-- <!DOCTYPE ?> & < --><a/><!---->",
        "<a xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\" b = 'x>y\"' \n\tc=\"'/>\"/>",
        "<s3:a xsi:type=\"b\">&amp;&lt;&gt;&quot;&apos;</s3:a>",
        "<a b='&#65;'>&#13;&#x1F4a9;&#9;&#x0010FFFF;&#xD7FF;&#xE000;&#xFFFD;</a>",
        "<a>x > y ]] &#38;nbsp; \t\r\n\x7f</a>",
        "<a><![CDATA[<b> & ]] > <!DOCTYPE]]></a>",
        "<a><b/>text<b></b><!-- - --></a>",
        "<gr\xc3\xbc\xc3\x9f.1-_>\xf0\x9f\x92\xa9</gr\xc3\xbc\xc3\x9f.1-_>",
        nested(kMaxDepth),
        with_attributes(kMaxAttributesPerTag),
        "<a>" + repeat("<b/>", kMaxElementCount - 1) + "</a>",
    };
    for (const std::string& text : passing) {
        const auto report = pass_gate(text, kBytes);
        EXPECT_TRUE(report) << text.substr(0, 100) << ": " << gate_error_text(report.error());
    }
}

struct RefusedCase {
    std::string text;
    GateError error;
};

void expect_refused(std::span<const RefusedCase> cases) {
    for (const auto& [text, error] : cases) {
        const auto report = pass_gate(text, kBytes);
        ASSERT_FALSE(report) << text.substr(0, 100);
        EXPECT_EQ(report.error(), error) << text.substr(0, 100);
    }
}

TEST(GateTest, RefusesWhatIsTooLarge) {
    EXPECT_TRUE(pass_gate("<a/>", 4));
    EXPECT_EQ(pass_gate("<a/>", 3).error(), GateError::TooLarge);
    const RefusedCase cases[] = {
        {nested(kMaxDepth + 1), GateError::TooDeep},
        {repeat("<a>", kMaxDepth) + "<b/>", GateError::TooDeep},
        {repeat("<a>", 100'000), GateError::TooDeep},
        {with_attributes(kMaxAttributesPerTag + 1), GateError::TooManyAttributes},
        {with_attributes(20'000), GateError::TooManyAttributes},
        {"<a>" + repeat("<b/>", kMaxElementCount) + "</a>", GateError::TooManyElements},
    };
    expect_refused(cases);
}

TEST(GateTest, RefusesCharactersThatXmlDoesNotHave) {
    const RefusedCase cases[] = {
        {"<a>\xff</a>", GateError::NotUtf8},
        {"<a>\xc0\x80</a>", GateError::NotUtf8},
        {"<a>\xed\xa0\x80</a>", GateError::NotUtf8},
        {"\xff\xfe<\x01", GateError::NotUtf8},
        {std::string("<a>\0</a>", 8), GateError::ForbiddenCharacter},
        {std::string("<a/>\0", 5), GateError::ForbiddenCharacter},
        {"<a>\x01</a>", GateError::ForbiddenCharacter},
        {"<a>\x1f</a>", GateError::ForbiddenCharacter},
        {"<a>\x0b</a>", GateError::ForbiddenCharacter},
        {"<a b='\x0c'/>", GateError::ForbiddenCharacter},
        {"<a>\xef\xbf\xbe</a>", GateError::ForbiddenCharacter},
        {"<a>\xef\xbf\xbf</a>", GateError::ForbiddenCharacter},
    };
    expect_refused(cases);
    EXPECT_TRUE(pass_gate("<a>\xef\xbf\xbd</a>", kBytes));
}

TEST(GateTest, RefusesDeclarationsAndInstructions) {
    const RefusedCase cases[] = {
        {"<!DOCTYPE a><a/>", GateError::ForbiddenMarkup},
        {"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", GateError::ForbiddenMarkup},
        {"<!doctype a><a/>", GateError::ForbiddenMarkup},
        {"<a><!ELEMENT b></a>", GateError::ForbiddenMarkup},
        {"<a><!></a>", GateError::ForbiddenMarkup},
        {"<a><![cdata[x]]></a>", GateError::ForbiddenMarkup},
        {"<?php x?><a/>", GateError::ForbiddenMarkup},
        {"<?xml-stylesheet href='x'?><a/>", GateError::ForbiddenMarkup},
        {"<?xml?><a/>", GateError::ForbiddenMarkup},
        {"<?xml version='1.0'><a/>", GateError::ForbiddenMarkup},
        {" <?xml version='1.0'?><a/>", GateError::ForbiddenMarkup},
        {"<?xml version='1.0'?><?xml version='1.0'?><a/>", GateError::ForbiddenMarkup},
        {"<a><?xml version='1.0'?></a>", GateError::ForbiddenMarkup},
        {"<a/><?x?>", GateError::ForbiddenMarkup},
        {"<?xml", GateError::ForbiddenMarkup},
        {"<?xml ", GateError::ForbiddenMarkup},
    };
    expect_refused(cases);
}

TEST(GateTest, RefusesUnknownEntitiesAndBadReferences) {
    const RefusedCase cases[] = {
        {"<a>&nbsp;</a>", GateError::UnknownEntity},
        {"<a>&AMP;</a>", GateError::UnknownEntity},
        {"<a>&;</a>", GateError::UnknownEntity},
        {"<a b='&x;'/>", GateError::UnknownEntity},
        {"<a>& </a>", GateError::BadReference},
        {"<a>&</a>", GateError::BadReference},
        {"<a>&amp</a>", GateError::BadReference},
        {"<a b='&amp'/>;", GateError::BadReference},
        {"<a>&#;</a>", GateError::BadReference},
        {"<a>&#x;</a>", GateError::BadReference},
        {"<a>&#X41;</a>", GateError::BadReference},
        {"<a>&#6a;</a>", GateError::BadReference},
        {"<a>&#-1;</a>", GateError::BadReference},
        {"<a>&#xg;</a>", GateError::BadReference},
        {"<a>&#0;</a>", GateError::BadReference},
        {"<a>&#1;</a>", GateError::BadReference},
        {"<a>&#31;</a>", GateError::BadReference},
        {"<a>&#xD800;</a>", GateError::BadReference},
        {"<a>&#xDFFF;</a>", GateError::BadReference},
        {"<a>&#xFFFE;</a>", GateError::BadReference},
        {"<a>&#x110000;</a>", GateError::BadReference},
        {"<a>&#4294967361;</a>", GateError::BadReference},  // 2^32 + 65
        {"<a>&#x100000041;</a>", GateError::BadReference},
        {"<a>&amp;&bad;</a>", GateError::UnknownEntity},
    };
    expect_refused(cases);
}

TEST(GateTest, RefusesMoreOrLessThanOneRoot) {
    const RefusedCase cases[] = {
        {"", GateError::NotOneRoot},
        {" \n", GateError::NotOneRoot},
        {"<!-- x -->", GateError::NotOneRoot},
        {"text", GateError::NotOneRoot},
        {"<a/><b/>", GateError::NotOneRoot},
        {"<a></a><a></a>", GateError::NotOneRoot},
        {"x<a/>", GateError::NotOneRoot},
        {"<a/>x", GateError::NotOneRoot},
        {"<a/>&amp;", GateError::NotOneRoot},
        {"<![CDATA[]]><a/>", GateError::NotOneRoot},
        {"<a/><![CDATA[x]]>", GateError::NotOneRoot},
    };
    expect_refused(cases);
}

TEST(GateTest, RefusesMalformedMarkup) {
    const std::string_view malformed[] = {
        "<",
        "<a",
        "<a ",
        "<a>",
        "<a/",
        "</a>",
        "<a></a></a>",
        "</a><a>",
        "<a></",
        "<a></a",
        "<a></a x>",
        "<a></ a>",
        "< a/>",
        "<1/>",
        "<-a/>",
        "<a:/>",
        "<:a/>",
        "<a:b:c/>",
        "<a b/>",
        "<a b=/>",
        "<a b=c/>",
        "<a b='c/>",
        "<a b='c\"/>",
        "<a b='c'd='e'/>",
        "<a 'b'/>",
        "<a b='<'/>",
        "<a ='b'/>",
        "<a / >",
        "<a//>",
        "<a><!-- </a>",
        "<a><![CDATA[ </a>",
        "<!--",
        "<!-->",
        "<a><b></a>",
        "<a b",
        "<a b=",
        "<a b='",
        "<a>\xe2\x80\x8b<</a>",
        "<a@b/>",
        "<a></>",
        "<></>",
    };
    for (const std::string_view text : malformed) {
        const auto report = pass_gate(text, kBytes);
        ASSERT_FALSE(report) << text;
        EXPECT_EQ(report.error(), GateError::Malformed) << text;
    }
}

TEST(GateTest, ReferencesMayNameMoreWhereTheCallerSaysSo) {
    const auto passes = [](std::string_view reference, References allowed) {
        return pass_gate("<a>" + std::string(reference) + "</a>", kBytes, allowed).has_value();
    };
    for (const std::string_view reference :
         {"&#1;", "&#x1;", "&#x1F;", "&#xfffe;", "&#xFFFF;", "&#x7f;"}) {
        EXPECT_TRUE(passes(reference, References::AnyCharacter)) << reference;
        EXPECT_EQ(passes(reference, References::Xml10), reference == "&#x7f;") << reference;
    }
    for (const std::string_view reference :
         {"&#0;", "&#x0;", "&#xd800;", "&#xdfff;", "&#x110000;", "&#;", "&#xg;", "&x;"}) {
        EXPECT_FALSE(passes(reference, References::AnyCharacter)) << reference;
    }
    EXPECT_FALSE(passes("\x01", References::AnyCharacter));
}

TEST(GateTest, ReportsTextsOfBlanksOnly) {
    using Offsets = std::vector<std::size_t>;
    const auto blank_texts = [](std::string_view text) {
        return pass_gate(text, kBytes)->blank_texts;
    };
    EXPECT_EQ(blank_texts("<a> </a>"), Offsets{3});
    EXPECT_EQ(blank_texts("<a>\n <b> \t</b>\n<c>x</c>\n <d/> </a>\n"), Offsets{8});
    EXPECT_EQ(blank_texts("<a></a>"), Offsets{});
    EXPECT_EQ(blank_texts("<a> <!-- --> </a>"), Offsets{});
    EXPECT_EQ(blank_texts("<a> x </a>"), Offsets{});
}

TEST(GateTest, EveryErrorHasAText) {
    for (int i = 0; i <= static_cast<int>(GateError::NotOneRoot); ++i)
        EXPECT_FALSE(gate_error_text(static_cast<GateError>(i)).empty());
}

}  // namespace
}  // namespace tarn::xml
