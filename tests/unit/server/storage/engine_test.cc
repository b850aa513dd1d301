// The data directory as a whole: what a start accepts, and what it refuses.

#include "server/storage/engine.h"

#include "common/base/random.h"
#include "tests/contract/stores.h"

#include <fstream>
#include <functional>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tarn::storage {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr Partition kBucket = 1;

class EngineTest : public testing::Test {
  protected:
    fs::path data() const { return root_.path() / "data"; }

    // Empty where the engine opened.
    std::string open(const fs::path& directory, bool accept_loss = false,
                     Durability durability = Durability::Strict) {
        engine_.reset();
        auto opened = open_engine(
            {.directory = directory, .durability = durability, .accept_loss = accept_loss}, clock_,
            random_);
        if (!opened) {
            kind_ = opened.error().kind;
            EXPECT_NE(opened.error().message, "");
            return opened.error().message;
        }
        engine_ = *std::move(opened);
        return "";
    }
    void put(const std::string& key, const std::string& value) {
        const auto result =
            commit_and_wait(engine_->metadata(), {.partition = kBucket,
                                                  .guards = {},
                                                  .mutations = {{.kind = Mutation::Kind::Put,
                                                                 .table = Table::Objects,
                                                                 .key = key,
                                                                 .value = value}}});
        ASSERT_TRUE(result.has_value());
    }
    std::string get(const std::string& key) {
        const auto row = engine_->metadata().get(Table::Objects, kBucket, key);
        return row ? row->value : std::string(to_text(row.error()));
    }
    // What kill -9 would leave now: the files as they are, while the engine is running.
    fs::path killed_copy() {
        const fs::path copy = root_.path() / ("copy" + std::to_string(++copies_));
        fs::copy(data(), copy, fs::copy_options::recursive);
        return copy;
    }
    static fs::path newest(const fs::path& folder, const std::string& extension) {
        fs::path found;
        for (const auto& entry : fs::directory_iterator(folder)) {
            if (entry.path().extension() == extension) found = std::max(found, entry.path());
        }
        EXPECT_NE(found, "");
        return found;
    }
    static void flip(const fs::path& path, std::uint64_t offset) {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(offset));
        const auto byte = static_cast<char>(file.get() ^ 0x10);
        file.seekp(static_cast<std::streamoff>(offset));
        file.put(byte);
    }
    static void write_file(const fs::path& path, const std::string& contents) {
        std::ofstream(path, std::ios::binary) << contents;
    }

    TempDirectory root_;
    ManualClock clock_;
    SystemRandom random_;
    std::unique_ptr<Engine> engine_;
    EngineError::Kind kind_ = EngineError::Kind::Io;
    int copies_ = 0;
};

TEST_F(EngineTest, MakesAPrivateDirectoryWithItsFolders) {
    ASSERT_EQ(open(data() / "below"), "");
    struct stat status{};
    for (const char* const folder :
         {"", "meta", "blobs", "tmp", "quarantine", "edges", "tls", "keys", "log"}) {
        ASSERT_EQ(::stat((data() / "below" / folder).c_str(), &status), 0) << folder;
        EXPECT_EQ(status.st_mode & 0777u, 0700u) << folder;
    }
    EXPECT_TRUE(fs::exists(data() / "below" / "VERSION"));
    EXPECT_TRUE(fs::exists(data() / "below" / "WITNESS"));
}

TEST_F(EngineTest, ADirectoryInUseIsRefusedWithItsHolder) {
    ASSERT_EQ(open(data()), "");
    const auto second = open_engine({.directory = data()}, clock_, random_);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().kind, EngineError::Kind::Locked);
    EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
    engine_.reset();
    EXPECT_EQ(open(data()), "");
}

TEST_F(EngineTest, ANewerFormatIsRefusedAndLeftAlone) {
    ASSERT_EQ(open(data()), "");
    engine_.reset();
    write_file(data() / "VERSION", "2\n");
    write_file(data() / "tmp" / "theirs", "x");
    EXPECT_THAT(open(data()), HasSubstr("newer Tarn"));
    EXPECT_EQ(kind_, EngineError::Kind::NewerFormat);
    EXPECT_TRUE(fs::exists(data() / "tmp" / "theirs"));
}

TEST_F(EngineTest, ADamagedOrMissingVersionIsRefused) {
    ASSERT_EQ(open(data()), "");
    put("a", "1");
    engine_.reset();
    for (const char* const contents : {"", "x\n", "0\n", "-1\n", "1", "1\nx", "1 \n"}) {
        write_file(data() / "VERSION", contents);
        EXPECT_NE(open(data()), "") << contents;
        EXPECT_EQ(kind_, EngineError::Kind::Corrupt) << contents;
    }
    fs::remove(data() / "VERSION");
    EXPECT_THAT(open(data()), HasSubstr("VERSION is missing"));
    write_file(data() / "VERSION", "1\n");
    ASSERT_EQ(open(data()), "");
    EXPECT_EQ(get("a"), "1");
}

TEST_F(EngineTest, SomebodyElsesDirectoryIsRefusedAndLeftAlone) {
    fs::create_directories(data() / "tmp");
    write_file(data() / "tmp" / "mine", "x");
    EXPECT_THAT(open(data()), HasSubstr("not a data directory"));
    EXPECT_TRUE(fs::exists(data() / "tmp" / "mine"));
    fs::remove_all(data() / "tmp");
    write_file(data() / "notes.txt", "x");
    EXPECT_THAT(open(data()), HasSubstr("notes.txt"));
    fs::remove(data() / "notes.txt");
    EXPECT_EQ(open(data()), "");
}

TEST_F(EngineTest, TmpIsEmptiedAtStart) {
    ASSERT_EQ(open(data()), "");
    fs::create_directories(data() / "tmp" / "folder");
    write_file(data() / "tmp" / "folder" / "file", "x");
    ASSERT_EQ(open(data()), "");
    EXPECT_TRUE(fs::is_empty(data() / "tmp"));
}

TEST_F(EngineTest, AKillLosesNothing) {
    ASSERT_EQ(open(data()), "");
    for (int i = 0; i < 100; ++i)
        put("k" + std::to_string(i), std::string(1000, 'x'));
    const fs::path copy = killed_copy();
    ASSERT_EQ(open(copy), "");
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(get("k" + std::to_string(i)), std::string(1000, 'x'));
    // Also of a start that was itself killed.
    put("later", "1");
    engine_.reset();
    ASSERT_EQ(open(copy), "");
    EXPECT_EQ(get("later"), "1");
}

TEST_F(EngineTest, AWriteThatAKillCutOffIsDropped) {
    ASSERT_EQ(open(data()), "");
    put("a", "1");
    const fs::path copy = killed_copy();
    // The first bytes of a record that was never acknowledged.
    std::ofstream(newest(copy / "meta", ".log"), std::ios::binary | std::ios::app)
        << std::string("\x12\x34\x56\x78\x00\x01\x01half", 11);
    ASSERT_EQ(open(copy), "");
    EXPECT_EQ(get("a"), "1");
}

// ext4 makes a file longer before the data is on the disk; what is missing reads as zeros.
TEST_F(EngineTest, AWriteThatAPowerCutToreIsDropped) {
    const std::string header("\x12\x34\x56\x78\x70\x17\x01", 7);  // a full record of 6000 bytes
    const std::string torn = header + std::string(1000, 'x') + std::string(5000, '\0');
    ASSERT_EQ(open(data()), "");
    put("a", "1");
    const fs::path killed = killed_copy();
    // Of the files without extension, MANIFEST-000005 is the last by name.
    for (const char* const extension : {".log", ""}) {
        const fs::path copy = root_.path() / ("torn" + std::string(extension));
        fs::copy(killed, copy, fs::copy_options::recursive);
        const fs::path log = newest(copy / "meta", extension);
        std::ofstream(log, std::ios::binary | std::ios::app) << torn;
        ASSERT_EQ(open(copy), "") << log;
        EXPECT_EQ(get("a"), "1");
    }
}

struct LossCase {
    const char* name;
    std::function<void(const fs::path& data)> damage;
};

class LossTest : public EngineTest, public testing::WithParamInterface<LossCase> {
  protected:
    static void truncate(const fs::path& path, std::uint64_t by) {
        fs::resize_file(path, fs::file_size(path) - by);
    }
};

std::uint64_t size_of(const fs::path& path) {
    return fs::file_size(path);
}

class Damage : public EngineTest {
  public:
    using EngineTest::flip;
    using EngineTest::newest;
    void TestBody() override {}
};

const LossCase kLosses[] = {
    {"LogDeleted", [](const fs::path& data) { fs::remove(Damage::newest(data / "meta", ".log")); }},
    {"LogEmptied",
     [](const fs::path& data) { fs::resize_file(Damage::newest(data / "meta", ".log"), 0); }},
    {"LogCutInHalf",
     [](const fs::path& data) {
         const fs::path log = Damage::newest(data / "meta", ".log");
         fs::resize_file(log, size_of(log) / 2);
     }},
    {"LastByteOfTheLogCutOff",
     [](const fs::path& data) {
         const fs::path log = Damage::newest(data / "meta", ".log");
         fs::resize_file(log, size_of(log) - 1);
     }},
    {"BitFlippedAtTheStartOfTheLog",
     [](const fs::path& data) { Damage::flip(Damage::newest(data / "meta", ".log"), 1); }},
    {"BitFlippedInTheMiddleOfTheLog",
     [](const fs::path& data) {
         const fs::path log = Damage::newest(data / "meta", ".log");
         Damage::flip(log, size_of(log) / 2);
     }},
    {"BitFlippedInTheLastByteOfTheLog",
     [](const fs::path& data) {
         const fs::path log = Damage::newest(data / "meta", ".log");
         Damage::flip(log, size_of(log) - 1);
     }},
    {"WitnessDeleted", [](const fs::path& data) { fs::remove(data / "WITNESS"); }},
    {"WitnessDamaged",
     [](const fs::path& data) {
         Damage::flip(data / "WITNESS", 20);
         Damage::flip(data / "WITNESS", 4096 + 20);
     }},
    {"ManifestCutByOneByte",
     [](const fs::path& data) {
         for (const auto& entry : fs::directory_iterator(data / "meta")) {
             if (entry.path().filename().string().starts_with("MANIFEST")) {
                 fs::resize_file(entry.path(), size_of(entry.path()) - 1);
             }
         }
     }},
};

INSTANTIATE_TEST_SUITE_P(Losses, LossTest, testing::ValuesIn(kLosses),
                         [](const auto& param) { return std::string(param.param.name); });

TEST_P(LossTest, LostCommitsAreNeverSilentAndCanBeAccepted) {
    ASSERT_EQ(open(data()), "");
    for (int i = 0; i < 50; ++i)
        put("k" + std::to_string(i), std::string(100, 'x'));
    const fs::path copy = killed_copy();
    GetParam().damage(copy);

    // Twice: refusing must not change what the next start sees.
    for (int attempt = 0; attempt < 2; ++attempt) {
        EXPECT_THAT(open(copy), HasSubstr("--accept-loss")) << attempt;
        EXPECT_EQ(kind_, EngineError::Kind::LostCommits) << attempt;
    }
    ASSERT_EQ(open(copy, true), "");
    // No revision that may have been given out before is given out again.
    put("new", "1");
    EXPECT_GT(engine_->metadata().get(Table::Objects, kBucket, "new")->revision, 50u);
    put("new", "2");
    ASSERT_EQ(open(copy), "");
    EXPECT_EQ(get("new"), "2");
}

TEST_F(EngineTest, AnOlderCopyOfTheDatabaseIsRefused) {
    ASSERT_EQ(open(data()), "");
    put("a", "1");
    engine_.reset();
    fs::copy(data() / "meta", root_.path() / "old", fs::copy_options::recursive);
    ASSERT_EQ(open(data()), "");
    put("a", "2");
    engine_.reset();
    fs::remove_all(data() / "meta");
    fs::rename(root_.path() / "old", data() / "meta");
    EXPECT_NE(open(data()), "");
    EXPECT_EQ(kind_, EngineError::Kind::LostCommits);
}

TEST_F(EngineTest, TheDatabaseOfAnotherDirectoryIsRefused) {
    ASSERT_EQ(open(root_.path() / "other"), "");
    for (int i = 0; i < 20; ++i)
        put("k", "1");
    ASSERT_EQ(open(data()), "");
    put("k", "1");
    engine_.reset();
    fs::remove_all(data() / "meta");
    fs::copy(root_.path() / "other" / "meta", data() / "meta", fs::copy_options::recursive);
    EXPECT_NE(open(data()), "");
}

TEST_F(EngineTest, AMissingTableFileIsRefused) {
    ASSERT_EQ(open(data()), "");
    put("a", "1");
    const fs::path copy = killed_copy();
    ASSERT_EQ(open(copy), "");  // recovery writes a table
    engine_.reset();
    fs::remove(newest(copy / "meta", ".sst"));
    EXPECT_NE(open(copy), "");
    EXPECT_EQ(kind_, EngineError::Kind::Corrupt);
}

TEST_F(EngineTest, VerificationFindsAFlippedBitInATable) {
    ASSERT_EQ(open(data()), "");
    put("a", std::string(1000, 'x'));
    const fs::path copy = killed_copy();
    ASSERT_EQ(open(copy), "");
    EXPECT_TRUE(engine_->verify_metadata().empty());
    engine_.reset();
    for (const auto& entry : fs::directory_iterator(copy / "meta")) {
        if (entry.path().extension() == ".sst") flip(entry.path(), size_of(entry.path()) / 3);
    }
    const std::string refused = open(copy);
    if (refused.empty()) {
        EXPECT_FALSE(engine_->verify_metadata().empty());
    }
}

TEST_F(EngineTest, ARelaxedDirectoryOpensWithWhatIsThere) {
    ASSERT_EQ(open(data(), false, Durability::Relaxed), "");
    for (int i = 0; i < 50; ++i)
        put("k" + std::to_string(i), std::string(100, 'x'));
    const fs::path copy = killed_copy();
    const fs::path log = newest(copy / "meta", ".log");
    fs::resize_file(log, fs::file_size(log) / 2);
    ASSERT_EQ(open(copy), "");
    EXPECT_EQ(get("k0"), std::string(100, 'x'));
    // From here on it is strict.
    put("k1", "strict");
    const fs::path second = root_.path() / "second";
    fs::copy(copy, second, fs::copy_options::recursive);
    fs::remove(newest(second / "meta", ".log"));
    EXPECT_NE(open(second), "");
}

TEST_F(EngineTest, AMemoryEngineHasNoDirectory) {
    ASSERT_EQ(open(""), "");
    put("a", "1");
    EXPECT_EQ(get("a"), "1");
    EXPECT_EQ(engine_->directory(), "");
}

}  // namespace
}  // namespace tarn::storage
