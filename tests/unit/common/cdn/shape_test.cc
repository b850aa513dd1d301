// The shape tables against shapes.txt, which lists the members of AWS's service model (2020-05-31).

#include "common/cdn/shape.h"

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tarn::cdn {
namespace {

std::string kind_text(const Member& member) {
    switch (member.kind) {
        case MemberKind::Text:
            return "text";
        case MemberKind::Integer:
            return "integer";
        case MemberKind::Long:
            return "long";
        case MemberKind::Double:
            return "double";
        case MemberKind::Boolean:
            return "boolean";
        case MemberKind::Quantity:
            return "quantity";
        case MemberKind::Structure:
            return "structure";
        case MemberKind::List:
            break;
    }
    const char* items = member.shape ? "structure" : member.integer_items ? "integer" : "text";
    return std::string("list of ") + items + " <" + std::string(member.item_tag) + ">";
}

void list_members(const std::string& path, const Shape& shape, std::vector<std::string>& lines) {
    for (const Member& member : shape.members) {
        const std::string place = path + "." + std::string(member.name);
        const bool required = member.presence == Presence::Required && member.name != "Items";
        std::string line = place + (required ? "* " : " ") + kind_text(member);
        if (!member.choices.empty()) line += " {" + std::string(member.choices) + "}";
        lines.push_back(std::move(line));
        if (member.shape) list_members(place, *member.shape, lines);
    }
}

TEST(ShapeTest, TablesHoldEveryMemberOfTheServiceModelInItsOrder) {
    std::vector<std::string> lines;
    for (const Shape* shape :
         {&kDistributionConfigShape, &kCachePolicyConfigShape, &kOriginRequestPolicyConfigShape,
          &kResponseHeadersPolicyConfigShape, &kOriginAccessControlConfigShape,
          &kPublicKeyConfigShape, &kKeyGroupConfigShape, &kInvalidationBatchShape, &kTagsShape,
          &kTagKeysShape}) {
        list_members(std::string(shape->name), *shape, lines);
    }
    std::ifstream file(TARN_SOURCE_DIR "/tests/unit/common/cdn/shapes.txt");
    std::size_t at = 0;
    for (std::string expected; std::getline(file, expected); ++at) {
        ASSERT_LT(at, lines.size()) << "missing: " << expected;
        ASSERT_EQ(lines[at], expected);
    }
    EXPECT_EQ(at, lines.size());
    EXPECT_GT(at, 250u);
}

TEST(ShapeTest, ChoicesMatchWholeWordsOnly) {
    EXPECT_TRUE(is_choice("a|bc|d", "a"));
    EXPECT_TRUE(is_choice("a|bc|d", "bc"));
    EXPECT_TRUE(is_choice("a|bc|d", "d"));
    EXPECT_FALSE(is_choice("a|bc|d", "b"));
    EXPECT_FALSE(is_choice("a|bc|d", "a|bc"));
    EXPECT_FALSE(is_choice("a|bc|d", ""));
}

}  // namespace
}  // namespace tarn::cdn
