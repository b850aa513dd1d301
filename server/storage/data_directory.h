// The data directory itself: who owns it, which format it has, and what is in it.

#pragma once

#include "server/storage/engine.h"
#include "server/storage/file.h"

#include <filesystem>

namespace tarn::storage {

inline constexpr int kDataFormat = 1;

// A data directory that is locked for this process until destroyed.
class DataDirectory {
  public:
    // Makes the directory and what is in it where it is missing, locks it, checks its format and
    // empties tmp/.  Locked, NewerFormat, Corrupt, Io.  Blocks.
    static Result<DataDirectory, EngineError> open(const std::filesystem::path& path);

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path witness() const { return path_ / "WITNESS"; }
    std::filesystem::path metadata() const { return path_ / "meta"; }
    std::filesystem::path blobs() const { return path_ / "blobs"; }
    std::filesystem::path quarantine() const { return path_ / "quarantine"; }

  private:
    DataDirectory(std::filesystem::path path, FileDescriptor lock)
        : path_(std::move(path)), lock_(std::move(lock)) {}

    std::filesystem::path path_;
    FileDescriptor lock_;
};

}  // namespace tarn::storage
