#include "server/s3/version_id.h"

#include <gtest/gtest.h>

namespace tarn::s3 {
namespace {

TEST(VersionId, LeadsBackToItsSequenceNumber) {
    for (const storage::Revision sequence : {1ull, 2ull, 255ull, 1ull << 40, ~0ull}) {
        const std::string id = make_version_id(7, "a/b", sequence);
        EXPECT_EQ(id.size(), 32u);
        EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789._"),
                  std::string::npos)
            << id;
        const auto which = read_version_id(7, "a/b", id);
        ASSERT_TRUE(which.has_value());
        EXPECT_FALSE(which->is_null);
        EXPECT_EQ(which->sequence, sequence);
    }
}

TEST(VersionId, OfAnotherKeyOrBucketSelectsNothing) {
    const std::string id = make_version_id(7, "a", 5);
    EXPECT_EQ(read_version_id(7, "b", id)->sequence, 0u);
    EXPECT_EQ(read_version_id(8, "a", id)->sequence, 0u);
}

TEST(VersionId, AChangedCharacterSelectsNothing) {
    const std::string id = make_version_id(7, "a", 5);
    for (std::size_t i = 0; i < id.size(); ++i) {
        std::string other = id;
        other[i] = other[i] == 'A' ? 'B' : 'A';
        const auto which = read_version_id(7, "a", other);
        ASSERT_TRUE(which.has_value()) << other;
        EXPECT_EQ(which->sequence, 0u) << other;
    }
}

TEST(VersionId, OtherTextIsNoId) {
    EXPECT_TRUE(read_version_id(7, "a", "null")->is_null);
    for (const char* const text :
         {"", "Null", "1", "0123456789012345678901234567890",
          "0123456789012345678901234567890=", "0123456789012345678901234567890+",
          "0123456789012345678901234567890/", "01234567890123456789012345678901234"}) {
        EXPECT_FALSE(read_version_id(7, "a", text).has_value()) << text;
    }
}

}  // namespace
}  // namespace tarn::s3
