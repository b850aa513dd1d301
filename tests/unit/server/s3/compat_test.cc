#include "server/s3/compat.h"

#include <fstream>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tarn::s3 {
namespace {

TEST(Compat, EachNameSetsItsSwitchOnly) {
    for (const CompatRow& row : kCompatSwitches) {
        const auto parsed = parse_compat(row.name);
        ASSERT_TRUE(parsed) << row.name;
        for (const CompatRow& other : kCompatSwitches)
            EXPECT_EQ((*parsed).*other.flag, &row == &other) << row.name << " " << other.name;
    }
}

TEST(Compat, ClassicIsAllOfThemAndNothingIsNone) {
    for (const CompatRow& row : kCompatSwitches) {
        EXPECT_TRUE(parse_compat("classic").value().*row.flag) << row.name;
        EXPECT_FALSE(parse_compat("").value().*row.flag) << row.name;
    }
}

TEST(Compat, AListSetsEachAndTheFirstUnknownNameIsTold) {
    const auto two = parse_compat("email-grantees,owner-display-name");
    ASSERT_TRUE(two);
    EXPECT_TRUE(two->email_grantees);
    EXPECT_TRUE(two->owner_display_name);
    EXPECT_FALSE(two->acl_groups_first);
    EXPECT_EQ(parse_compat("email-grantees,modern,other").error(), "modern");
    EXPECT_EQ(parse_compat("email-grantees,").error(), "");
}

TEST(Compat, TheReadmeListsEverySwitch) {
    std::ifstream file(std::string(TARN_SOURCE_DIR) + "/README.md");
    std::stringstream text;
    text << file.rdbuf();
    std::string readme = text.str();
    std::erase(readme, '`');
    for (const CompatRow& row : kCompatSwitches) {
        const std::string line = fmt::format("| {} | {} |", row.name, row.meaning);
        EXPECT_NE(readme.find(line), std::string::npos) << line;
    }
}

}  // namespace
}  // namespace tarn::s3
