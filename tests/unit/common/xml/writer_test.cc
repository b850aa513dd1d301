#include "common/xml/writer.h"

#include "common/xml/node.h"

#include <gtest/gtest.h>

namespace tarn::xml {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    append_escaped(out, text);
    return out;
}

TEST(EscapeTest, EscapesMarkupAndControlCharacters) {
    EXPECT_EQ(escaped("a&b<c>d\"e'f"), "a&amp;b&lt;c&gt;d&quot;e'f");
    EXPECT_EQ(escaped("\r\n\t"), "&#13;\n\t");
    EXPECT_EQ(escaped(std::string_view("\0\x01\x09\x0a\x0b\x1f\x20\x7f", 8)),
              "&#x0;&#x1;\t\n&#xb;&#x1f; \x7f");
    EXPECT_EQ(escaped("gr\xc3\xbc\xc3\x9f \xf0\x9f\x92\xa9"),
              "gr\xc3\xbc\xc3\x9f \xf0\x9f\x92\xa9");
    EXPECT_EQ(escaped(""), "");
}

// Bytes of a request came back as they were, and no reader could read the answer.
TEST(EscapeTest, WhatIsNoUtf8IsReplaced) {
    const std::string replacement = "\xef\xbf\xbd";
    const struct {
        std::string_view text;
        std::string expected;
    } kCases[] = {
        {"a\xff"
         "b",
         "a" + replacement + "b"},
        {"\xc3", replacement},  // breaks off
        {"\xc3(", replacement + "("},
        {"\xe2\x82", replacement + replacement},
        {"\xc0\xaf", replacement + replacement},                    // overlong
        {"\xed\xa0\x80", replacement + replacement + replacement},  // a surrogate
        {"\xf4\x90\x80\x80", replacement + replacement + replacement + replacement},
        {"\x80&", replacement + "&amp;"},
        {"\xf0\x9f\x92\xa9\xff", "\xf0\x9f\x92\xa9" + replacement},
    };
    for (const auto& c : kCases) {
        EXPECT_EQ(escaped(c.text), c.expected);
        if (!c.text.ends_with('&')) EXPECT_EQ(only_characters(c.text), c.expected);
        std::string out;
        Writer(out).open("a", {{"b", c.text}}).close();
        EXPECT_EQ(out, "<a b=\"" + c.expected + "\"></a>");
    }
}

TEST(EscapeTest, CharactersThatXmlDoesNotHaveAreReferencesOrReplaced) {
    EXPECT_EQ(escaped("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd"), "&#xfffe;&#xffff;\xef\xbf\xbd");
    EXPECT_EQ(only_characters("a\x01\t\r\n\xef\xbf\xbe\xc3\xbc<"),
              "a\xef\xbf\xbd\t\r\n\xef\xbf\xbd\xc3\xbc<");
    EXPECT_EQ(only_characters(std::string_view("\0", 1)), "\xef\xbf\xbd");
}

TEST(WriterTest, WritesADocument) {
    std::string out = "kept ";
    Writer writer(out);
    writer.declaration()
        .open("ListBucketResult", {{"xmlns", "http://s3"}})
        .element("Name", "a&b")
        .element("Prefix", "")
        .element("MaxKeys", 1000)
        .element("Size", UINT64_MAX)
        .element("Delta", -1)
        .element("IsTruncated", false)
        .open("Owner")
        .text("<")
        .raw("<ID/>")
        .close()
        .close();
    EXPECT_EQ(out,
              "kept <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<ListBucketResult xmlns=\"http://s3\"><Name>a&amp;b</Name><Prefix></Prefix>"
              "<MaxKeys>1000</MaxKeys><Size>18446744073709551615</Size><Delta>-1</Delta>"
              "<IsTruncated>false</IsTruncated><Owner>&lt;<ID/></Owner></ListBucketResult>");
}

TEST(WriterTest, AddsAndEscapesAttributes) {
    std::string out;
    Writer writer(out);
    writer.open("a", {{"b", "1"}, {"c", "\"<\n\t"}}).attribute("d", "").close();
    EXPECT_EQ(out, "<a b=\"1\" c=\"&quot;&lt;&#10;&#9;\" d=\"\"></a>");
}

TEST(WriterDeathTest, RefusesAnAttributeAfterContent) {
    std::string out;
    Writer writer(out);
    writer.open("a").element("b", "");
    EXPECT_DEATH(writer.attribute("c", "d"), "CHECK failed");
}

TEST(WriterDeathTest, RefusesToCloseWhatIsNotOpen) {
    std::string out;
    Writer writer(out);
    EXPECT_DEATH(writer.close(), "CHECK failed");
}

// All pairs of characters that XML has, through a reader.
TEST(WriterTest, TextComesBackFromTheReader) {
    std::string alphabet = "\t\n\r";
    for (char c = 0x20; c > 0; ++c)
        alphabet += c;
    for (const char a : alphabet) {
        for (const char b : std::string_view(" \n\r&<]>;a")) {
            const std::string text{a, b, 'x'};
            std::string document;
            Writer(document).element("a", text);
            const auto node = parse_tree(document, {.max_bytes = 100});
            ASSERT_TRUE(node) << document;
            ASSERT_EQ(node->text, text) << document;
        }
    }
}

}  // namespace
}  // namespace tarn::xml
