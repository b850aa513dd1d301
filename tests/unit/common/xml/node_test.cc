#include "common/xml/node.h"

#include <gtest/gtest.h>

namespace tarn::xml {
namespace {

constexpr std::size_t kBytes = 10'000;

const Node kDistribution{
    .name = "DistributionConfig",
    .children = {
        {.name = "CallerReference", .text = "a & b"},
        {.name = "Aliases",
         .children = {{.name = "Quantity", .text = "2"},
                      {.name = "Items",
                       .children = {{.name = "CNAME", .text = "a.example.com"},
                                    {.name = "CNAME", .text = "b.example.com"}}}}},
        {.name = "Comment"},
    }};

TEST(ParseTreeTest, DropsPrefixesCommentsAndIndentation) {
    const auto node = parse_tree(R"(<?xml version="1.0"?>
        <cf:DistributionConfig xmlns:cf="x">
            <CallerReference>a <![CDATA[&]]><!-- comment --> b</CallerReference>
            <!-- comment -->
            <cf:Aliases>
                <Quantity>2</Quantity>
                <Items><CNAME>a.example.com</CNAME> <CNAME>b.example.com</CNAME></Items>
            </cf:Aliases>
            <Comment>
            </Comment>
        </cf:DistributionConfig>)",
                                 {.max_bytes = kBytes});
    ASSERT_TRUE(node);
    EXPECT_EQ(*node, kDistribution);
}

TEST(ParseTreeTest, SaysWhyItRefuses) {
    EXPECT_EQ(parse_tree("<a/>", {.max_bytes = 3}).error().kind, ReadErrorKind::TooLarge);
    EXPECT_EQ(parse_tree("<a>", {.max_bytes = kBytes}).error().kind, ReadErrorKind::Malformed);
    EXPECT_EQ(parse_tree("<a></b>", {.max_bytes = kBytes}).error().kind, ReadErrorKind::Malformed);
    EXPECT_EQ(parse_tree("<a><b></a></b>", {.max_bytes = kBytes}).error().kind,
              ReadErrorKind::Malformed);
    EXPECT_FALSE(parse_tree("<a></b>", {.max_bytes = kBytes}).error().reason.empty());
    EXPECT_EQ(parse_tree("<!DOCTYPE a><a/>", {.max_bytes = kBytes}).error().reason,
              "a document type or processing instruction");
}

TEST(ParseTreeTest, AcceptsTheFullDepth) {
    std::string text;
    for (int i = 0; i < 32; ++i)
        text += "<a>";
    for (int i = 0; i < 32; ++i)
        text += "</a>";
    const auto node = parse_tree(text, {.max_bytes = kBytes});
    ASSERT_TRUE(node);
    EXPECT_TRUE(write_tree(*node, "").ends_with(text));
}

TEST(ParseTreeTest, KeepsToTheNamespacesOfTheCaller) {
    constexpr std::string_view kNamespaces[] = {"urn:a", "urn:b"};
    const auto foreign = [&](std::string_view text) {
        const auto tree = parse_tree(text, {.namespaces = kNamespaces});
        if (tree) return std::string();
        EXPECT_EQ(tree.error().kind, ReadErrorKind::ForeignElement) << text;
        return tree.error().element;
    };
    for (const std::string_view own :
         {"<a/>", "<a xmlns=''/>", "<a xmlns='urn:a'><b/></a>", "<a xmlns='urn:b'/>",
          "<a xmlns='urn:a'><b xmlns=''/></a>", "<x:a xmlns:x='urn:a'><x:b/><c/></x:a>",
          "<a xmlns:x='urn:x' x:type='t'/>", "<a><x:b xmlns:x='urn:a'/></a>"}) {
        EXPECT_EQ(foreign(own), "") << own;
    }
    const std::pair<std::string_view, std::string_view> others[] = {
        {"<a xmlns='urn:x'/>", "a"},
        {"<a xmlns='urn:A'/>", "a"},
        {"<a><b xmlns='urn:x'/></a>", "b"},
        {"<x:a/>", "a"},
        {"<a><x:b xmlns:x='urn:a'/><x:c/></a>", "c"},
        {"<x:a xmlns:x='urn:a'><x:b xmlns:x='urn:x'/></x:a>", "b"},
        {"<a xmlns='urn:x'><b xmlns='urn:a'/></a>", "a"},
    };
    for (const auto& [text, element] : others) {
        EXPECT_EQ(foreign(text), element) << text;
        EXPECT_TRUE(parse_tree(text, {})) << text;
    }
}

TEST(WriteTreeTest, WritesTheWholeTree) {
    EXPECT_EQ(write_tree(kDistribution, "http://x/"),
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<DistributionConfig xmlns=\"http://x/\"><CallerReference>a &amp; b</CallerReference>"
              "<Aliases><Quantity>2</Quantity><Items><CNAME>a.example.com</CNAME>"
              "<CNAME>b.example.com</CNAME></Items></Aliases><Comment></Comment>"
              "</DistributionConfig>");
    const auto again = parse_tree(write_tree(kDistribution, ""), {.max_bytes = kBytes});
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, kDistribution);
}

TEST(WriteTreeTest, PutsTheTextBeforeTheChildren) {
    const auto leaf = parse_tree("<a>&lt;</a>", {.max_bytes = kBytes});
    ASSERT_TRUE(leaf);
    EXPECT_TRUE(write_tree(*leaf, "").ends_with("\n<a>&lt;</a>"));
    const auto mixed = parse_tree("<a>x<b>y</b>z</a>", {.max_bytes = kBytes});
    ASSERT_TRUE(mixed);
    EXPECT_TRUE(write_tree(*mixed, "").ends_with("\n<a>xz<b>y</b></a>"));
}

TEST(NodeTest, FindsAndAddsChildren) {
    Node node = kDistribution;
    ASSERT_NE(node.find("Aliases"), nullptr);
    EXPECT_EQ(node.find("Aliases")->text_of("Quantity"), "2");
    EXPECT_EQ(node.find("Quantity"), nullptr);  // children only
    EXPECT_EQ(node.text_of("Quantity"), "");
    EXPECT_EQ(std::as_const(node).find("Aliases")->find("Items")->find("CNAME")->text,
              "a.example.com");
    node.find("Comment")->text = "changed";
    node.add("Logging").add("Enabled", "false");
    EXPECT_EQ(node.text_of("Comment"), "changed");
    EXPECT_EQ(node.children.back().text_of("Enabled"), "false");
}

}  // namespace
}  // namespace tarn::xml
