// Small pieces of file I/O shared by the stores: an owned descriptor, whole reads and writes, and
// what errno means to them.

#pragma once

#include "common/base/result.h"
#include "server/storage/metadata_store.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tarn::storage {

// Owns a file descriptor.
class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
    ~FileDescriptor() { close(); }
    FileDescriptor(FileDescriptor&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        if (this != &other) {
            close();
            descriptor_ = std::exchange(other.descriptor_, -1);
        }
        return *this;
    }
    int get() const { return descriptor_; }
    explicit operator bool() const { return descriptor_ >= 0; }
    void close();

  private:
    int descriptor_ = -1;
};

// ENOENT: NotFound, EEXIST: AlreadyExists, ENOSPC and EDQUOT: NoSpace, anything else: Io.
StoreError store_error_of_errno(int error);

// All of these block, and go on after EINTR and short transfers.
Result<FileDescriptor, StoreError> open_file(const std::filesystem::path& path, int flags,
                                             unsigned mode = 0600);
Result<void, StoreError> write_all(int file, std::string_view bytes, std::uint64_t offset);
// Two pieces one after the other, in one call where the kernel takes them whole.
Result<void, StoreError> write_all(int file, std::string_view first, std::string_view second,
                                   std::uint64_t offset);
// Corrupt where the file ends before the buffer is full.
Result<void, StoreError> read_all(int file, std::span<char> buffer, std::uint64_t offset);
Result<std::string, StoreError> read_file(const std::filesystem::path& path);

Result<void, StoreError> sync_data(int file);  // fdatasync
// Makes the entries of a directory durable.
Result<void, StoreError> sync_directory(const std::filesystem::path& directory);
// Replaces a small file: after a crash it has the old contents or the new ones.
Result<void, StoreError> replace_file(const std::filesystem::path& path, std::string_view contents);

}  // namespace tarn::storage
