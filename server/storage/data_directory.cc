#include "server/storage/data_directory.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tarn::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolders[] = {"meta",  "blobs", "tmp",  "quarantine",
                                         "edges", "tls",   "keys", "log"};
constexpr std::string_view kFiles[] = {"LOCK", "VERSION", "VERSION.new", "WITNESS"};

std::unexpected<EngineError> error(EngineError::Kind kind, std::string message) {
    return fail(EngineError{.kind = kind, .message = std::move(message)});
}

std::unexpected<EngineError> io_error(const fs::path& path, StoreError reason) {
    return error(EngineError::Kind::Io,
                 fmt::format("{} cannot be used: {}.", path.string(), to_text(reason)));
}

Result<void, EngineError> make_folder(const fs::path& path) {
    if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return io_error(path, store_error_of_errno(errno));
}

Result<FileDescriptor, EngineError> lock(const fs::path& directory) {
    const fs::path path = directory / "LOCK";
    auto file = open_file(path, O_RDWR | O_CREAT);
    if (!file) return io_error(path, file.error());
    if (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
        std::string holder = read_file(path).value_or("");
        while (!holder.empty() && holder.back() == '\n')
            holder.pop_back();
        return error(EngineError::Kind::Locked,
                     fmt::format("{} is in use by process {}. Stop it, or use another data "
                                 "directory.",
                                 directory.string(), holder.empty() ? "unknown" : holder));
    }
    // Only to tell others who holds it: the lock itself is the kernel's, and ends with the process.
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(file->get(), 0) != 0) return io_error(path, store_error_of_errno(errno));
    if (auto done = write_all(file->get(), pid, 0); !done) return io_error(path, done.error());
    return *std::move(file);
}

// Whether a directory without VERSION may become a data directory.  Guards against --data /home/me,
// whose tmp/ would be emptied, and against taking a damaged data directory for a new one.
Result<void, EngineError> check_new(const fs::path& directory) {
    std::error_code failure;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory, failure)) {
        const std::string name = entry.path().filename().string();
        const bool known = std::ranges::find(kFolders, name) != std::end(kFolders) ||
                           std::ranges::find(kFiles, name) != std::end(kFiles);
        if (!known) {
            return error(EngineError::Kind::Corrupt,
                         fmt::format("{} is not empty and not a data directory (it has {} and no "
                                     "VERSION). Use an empty or a new directory.",
                                     directory.string(), name));
        }
    }
    for (const char* const used : {"meta/CURRENT", "WITNESS"}) {
        if (fs::exists(directory / used, failure)) {
            return error(
                EngineError::Kind::Corrupt,
                fmt::format("{} holds data but its file VERSION is missing. Restore it (its "
                            "contents are the line \"{}\"), or the whole directory from a "
                            "backup.",
                            directory.string(), kDataFormat));
        }
    }
    if (fs::exists(directory / "tmp", failure) && !fs::is_empty(directory / "tmp", failure)) {
        return error(
            EngineError::Kind::Corrupt,
            fmt::format("{} has files in tmp/ and is not a data directory. Use an empty or "
                        "a new directory.",
                        directory.string()));
    }
    return {};
}

Result<void, EngineError> check_version(const fs::path& directory) {
    const fs::path path = directory / "VERSION";
    const auto contents = read_file(path);
    if (!contents && contents.error() == StoreError::NotFound) {
        if (auto done = check_new(directory); !done) return done;
        if (auto done = replace_file(path, fmt::format("{}\n", kDataFormat)); !done) {
            return io_error(path, done.error());
        }
        return {};
    }
    if (!contents) return io_error(path, contents.error());

    int format = 0;
    const char* const end = contents->data() + contents->size();
    const auto [stop, failure] = std::from_chars(contents->data(), end, format);
    if (failure != std::errc{} || format < 1 || std::string_view(stop, end) != "\n") {
        return error(EngineError::Kind::Corrupt,
                     fmt::format("{} is damaged: its contents should be the line \"{}\".",
                                 path.string(), kDataFormat));
    }
    if (format > kDataFormat) {
        return error(
            EngineError::Kind::NewerFormat,
            fmt::format("{} has data format {}, written by a newer Tarn; this one knows up "
                        "to {}. Use the newer version, or restore a backup made before the "
                        "upgrade.",
                        directory.string(), format, kDataFormat));
    }
    return {};
}

void empty_folder(const fs::path& folder) {
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
        fs::remove_all(entry.path(), ignored);
    }
}

}  // namespace

Result<DataDirectory, EngineError> DataDirectory::open(const fs::path& path) {
    std::error_code failure;
    if (path.has_parent_path()) fs::create_directories(path.parent_path(), failure);
    if (auto done = make_folder(path); !done) return fail(done.error());
    // Secrets live in it.  Where this fails it is somebody else's directory, and their decision.
    fs::permissions(path, fs::perms::owner_all, failure);

    TARN_TRY(FileDescriptor held, lock(path));
    if (auto done = check_version(path); !done) return fail(done.error());
    for (const std::string_view folder : kFolders) {
        if (auto done = make_folder(path / folder); !done) return fail(done.error());
    }
    if (auto done = sync_directory(path); !done) return io_error(path, done.error());
    empty_folder(path / "tmp");
    return DataDirectory(path, std::move(held));
}

}  // namespace tarn::storage
