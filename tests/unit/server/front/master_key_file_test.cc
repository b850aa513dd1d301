#include "server/front/master_key_file.h"

#include "common/base/clock.h"
#include "server/storage/engine.h"
#include "server/storage/file.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

namespace tarn::front {
namespace {

class MasterKeyFile : public testing::Test {
  protected:
    MasterKeyFile() {
        std::string name = (std::filesystem::temp_directory_path() / "tarn-keys-XXXXXX").string();
        directory_ = mkdtemp(name.data());
        file_ = directory_ / "master-keys";
        engine_ = *storage::open_engine({}, clock_, random_);
    }
    ~MasterKeyFile() override { std::filesystem::remove_all(directory_); }

    s3::MasterKeys load() { return load_master_keys(file_, engine_->metadata(), random_); }
    std::string text() { return *storage::read_file(file_); }
    void write(const std::string& contents) { std::ofstream(file_) << contents; }
    // What a start says that is refused.
    std::string refusal() {
        try {
            load();
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "started";
    }

    ManualClock clock_;
    SeededRandom random_{1};
    std::filesystem::path directory_;
    std::filesystem::path file_;
    std::unique_ptr<storage::Engine> engine_;
};

TEST_F(MasterKeyFile, IsMadeOnceAndKept) {
    const std::string id = load().current_id();
    const std::string made = text();
    EXPECT_EQ(load().current_id(), id);
    EXPECT_EQ(text(), made);
}

// A new key in the place of the old one: every object answered 500, and nothing was said.
TEST_F(MasterKeyFile, IsNotMadeAnewWhereObjectsMayBeSealedUnderTheOldOne) {
    load();
    std::filesystem::remove(file_);
    EXPECT_NE(refusal().find("is missing"), std::string::npos) << refusal();
    EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(MasterKeyFile, ALinkToNowhereIsNotReplaced) {
    std::filesystem::create_symlink(directory_ / "unmounted" / "keys", file_);
    EXPECT_NE(refusal().find("is missing"), std::string::npos) << refusal();
    EXPECT_TRUE(std::filesystem::is_symlink(file_));
}

TEST_F(MasterKeyFile, ANewKeyComesBeforeTheOldOne) {
    load();
    const std::string old_line = text();
    const std::string new_line = s3::MasterKeys::new_line(random_);
    write(new_line + old_line);
    EXPECT_EQ(load().current_id(), new_line.substr(0, new_line.find(' ')));
    // Objects may be sealed under either now.
    write(new_line);
    EXPECT_NE(refusal().find("lacks the key"), std::string::npos) << refusal();
    write(old_line);
    EXPECT_NE(refusal().find("lacks the key"), std::string::npos) << refusal();
    write(old_line + new_line);
    EXPECT_EQ(refusal(), "started");
}

TEST_F(MasterKeyFile, AnotherKeyUnderAKnownIdIsNoticed) {
    const std::string id = load().current_id();
    write(id + " " + std::string(64, 'a') + "\n");
    EXPECT_NE(refusal().find("another key called " + id), std::string::npos) << refusal();
}

TEST_F(MasterKeyFile, WhatIsNoListOfKeysIsRefused) {
    load();
    for (const std::string contents : {"", "\n", "garbage", "id abc\n"}) {
        write(contents);
        EXPECT_NE(refusal().find("is no list of keys"), std::string::npos) << contents;
    }
}

}  // namespace
}  // namespace tarn::front
