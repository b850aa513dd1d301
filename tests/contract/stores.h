// The implementations that the contract suites run on.

#pragma once

#include "common/base/random.h"
#include "server/storage/engine.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace tarn::storage {

// A directory that is gone after the test.
class TempDirectory {
  public:
    TempDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "tarn-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    ~TempDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

enum class EngineKind { Memory, Disk };

inline std::string engine_name(const testing::TestParamInfo<EngineKind>& param) {
    return param.param == EngineKind::Memory ? "Memory" : "Disk";
}

// An open engine of either kind on injected time and randomness.
class EngineUnderTest {
  public:
    explicit EngineUnderTest(EngineKind kind) : kind_(kind) { open(); }

    Engine& operator*() { return *engine_; }
    Engine* operator->() { return engine_.get(); }
    EngineKind kind() const { return kind_; }
    ManualClock& clock() { return clock_; }
    std::filesystem::path directory() const { return directory_.path() / "data"; }

    // What is in memory outlives no engine, so only a disk engine is opened anew.
    bool reopen() {
        if (kind_ == EngineKind::Memory) return false;
        engine_.reset();
        open();
        return true;
    }

  private:
    void open() {
        EngineOptions options;
        // Contracts are about order and atomicity; the fault tests are about power loss.
        options.durability = Durability::Relaxed;
        if (kind_ == EngineKind::Disk) options.directory = directory();
        auto engine = open_engine(options, clock_, random_);
        if (!engine) {
            std::fprintf(stderr, "%s\n", engine.error().message.c_str());
            std::abort();
        }
        engine_ = *std::move(engine);
    }

    const EngineKind kind_;
    TempDirectory directory_;
    ManualClock clock_;
    SystemRandom random_;
    std::unique_ptr<Engine> engine_;
};

inline std::uint64_t test_seed() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment
    const char* const text = std::getenv("TARN_TEST_SEED");
    return text != nullptr ? std::strtoull(text, nullptr, 10) : std::random_device{}();
}

}  // namespace tarn::storage
