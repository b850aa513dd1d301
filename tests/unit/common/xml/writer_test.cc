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
              "&#0;&#1;\t\n&#11;&#31; \x7f");
    EXPECT_EQ(escaped("gr\xc3\xbc\xc3\x9f \xf0\x9f\x92\xa9"),
              "gr\xc3\xbc\xc3\x9f \xf0\x9f\x92\xa9");
    EXPECT_EQ(escaped(""), "");
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
            const auto node = parse_tree(document, 100);
            ASSERT_TRUE(node) << document;
            ASSERT_EQ(node->text, text) << document;
        }
    }
}

}  // namespace
}  // namespace tarn::xml
