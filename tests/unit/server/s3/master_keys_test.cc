#include "server/s3/master_keys.h"

#include <gtest/gtest.h>

namespace tarn::s3 {
namespace {

TEST(MasterKeysTest, TheFirstWrapsAndAllAreFound) {
    SeededRandom random(1);
    const std::string old_line = MasterKeys::new_line(random);
    const std::string new_line = MasterKeys::new_line(random);
    const auto keys = MasterKeys::parse(new_line + old_line);
    ASSERT_TRUE(keys);
    EXPECT_EQ(keys->current_id(), new_line.substr(0, 12));
    EXPECT_EQ(keys->find(keys->current_id())->view(), keys->current().view());
    const crypto::SecretKey* const old_key = keys->find(old_line.substr(0, 12));
    ASSERT_NE(old_key, nullptr);
    EXPECT_NE(old_key->view(), keys->current().view());
    EXPECT_EQ(keys->find("another"), nullptr);
}

TEST(MasterKeysTest, WhatIsNoKeyFileIsRefused) {
    const std::string key(64, 'a');
    EXPECT_TRUE(MasterKeys::parse("id " + key));
    EXPECT_TRUE(MasterKeys::parse("\nid " + key + " \n\n"));
    for (const std::string& text :
         {std::string(), std::string("\n"), key, "id " + key.substr(1), "id " + key + "aa",
          "id " + std::string(64, 'x'), "id " + key + " more", "id " + key + "\nid " + key}) {
        EXPECT_FALSE(MasterKeys::parse(text)) << text;
    }
}

}  // namespace
}  // namespace tarn::s3
