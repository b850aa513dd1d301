#include "server/storage/file.h"

#include <array>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace tarn::storage {
namespace {

// A call that a signal interrupted did nothing, so it is made again.
template <class Call>
auto retry_interrupted(Call call) {
    decltype(call()) result;
    do {
        result = call();
    } while (result < 0 && errno == EINTR);
    return result;
}

}  // namespace

void FileDescriptor::close() {
    // Never retried: Linux frees the descriptor even where close() reports EINTR.
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

StoreError store_error_of_errno(int error) {
    switch (error) {
        case ENOENT:
            return StoreError::NotFound;
        case EEXIST:
            return StoreError::AlreadyExists;
        case ENOSPC:
        case EDQUOT:
            return StoreError::NoSpace;
        default:
            return StoreError::Io;
    }
}

Result<FileDescriptor, StoreError> open_file(const std::filesystem::path& path, int flags,
                                             unsigned mode) {
    const int file =
        retry_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); });
    if (file < 0) return fail(store_error_of_errno(errno));
    return FileDescriptor(file);
}

Result<void, StoreError> write_all(int file, std::string_view bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t written = retry_interrupted(
            [&] { return ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
        if (written < 0) return fail(store_error_of_errno(errno));
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    return {};
}

Result<void, StoreError> write_all(int file, std::string_view first, std::string_view second,
                                   std::uint64_t offset) {
    if (first.empty()) return write_all(file, second, offset);
    // pwritev() does not write through iov_base; its type has no const in POSIX.
    const std::array<iovec, 2> pieces{
        iovec{.iov_base = const_cast<char*>(first.data()), .iov_len = first.size()},
        iovec{.iov_base = const_cast<char*>(second.data()), .iov_len = second.size()}};
    const ssize_t result = retry_interrupted([&] {
        return ::pwritev(file, pieces.data(), static_cast<int>(pieces.size()),
                         static_cast<off_t>(offset));
    });
    if (result < 0) return fail(store_error_of_errno(errno));

    const auto written = static_cast<std::size_t>(result);
    if (written < first.size()) {
        if (auto done = write_all(file, first.substr(written), offset + written); !done)
            return done;
        return write_all(file, second, offset + first.size());
    }
    return write_all(file, second.substr(written - first.size()), offset + written);
}

Result<void, StoreError> read_all(int file, std::span<char> buffer, std::uint64_t offset) {
    while (!buffer.empty()) {
        const ssize_t count = retry_interrupted([&] {
            return ::pread(file, buffer.data(), buffer.size(), static_cast<off_t>(offset));
        });
        if (count < 0) return fail(store_error_of_errno(errno));
        if (count == 0) return fail(StoreError::Corrupt);
        buffer = buffer.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

Result<std::string, StoreError> read_file(const std::filesystem::path& path) {
    TARN_TRY(const FileDescriptor file, open_file(path, O_RDONLY));
    std::string contents;
    std::array<char, 64 * 1024> buffer;
    while (true) {
        const ssize_t count =
            retry_interrupted([&] { return ::read(file.get(), buffer.data(), buffer.size()); });
        if (count < 0) return fail(store_error_of_errno(errno));
        if (count == 0) return contents;
        contents.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

Result<void, StoreError> sync_data(int file) {
    // A failed fdatasync is never tried again: the kernel may have dropped the pages and would
    // report success (Rebello et al., "Can Applications Recover from fsync Failures?", ATC 2020).
    if (::fdatasync(file) != 0) return fail(store_error_of_errno(errno));
    return {};
}

Result<void, StoreError> sync_directory(const std::filesystem::path& directory) {
    TARN_TRY(const FileDescriptor file, open_file(directory, O_RDONLY | O_DIRECTORY));
    if (::fsync(file.get()) != 0) return fail(store_error_of_errno(errno));
    return {};
}

Result<void, StoreError> replace_file(const std::filesystem::path& path,
                                      std::string_view contents) {
    const std::filesystem::path fresh = path.string() + ".new";
    {
        TARN_TRY(const FileDescriptor file, open_file(fresh, O_WRONLY | O_CREAT | O_TRUNC));
        if (auto done = write_all(file.get(), contents, 0); !done) return done;
        if (auto done = sync_data(file.get()); !done) return done;
    }
    if (std::rename(fresh.c_str(), path.c_str()) != 0) return fail(store_error_of_errno(errno));
    return sync_directory(path.parent_path());
}

}  // namespace tarn::storage
