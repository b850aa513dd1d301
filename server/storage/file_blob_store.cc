#include "server/storage/file_blob_store.h"

#include "common/base/encoding.h"
#include "server/storage/file_blob_reader.h"
#include "server/storage/file_blob_writer.h"
#include "server/storage/free_space.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tarn::storage {

namespace fs = std::filesystem;

BlobDirectory::BlobDirectory(fs::path where, FileDescriptor descriptor)
    : path(std::move(where)),
      file(std::move(descriptor)),
      entries([this]() -> Result<void, StoreError> {
          if (::fsync(file.get()) != 0) return fail(store_error_of_errno(errno));
          return {};
      }) {}

FileBlobStore::FileBlobStore(FileBlobStoreOptions options, Random& random, Clock& clock,
                             StoreHealth& health)
    : options_(std::move(options)), random_(random), clock_(clock), health_(health) {}

Result<std::unique_ptr<BlobWriter>, StoreError> FileBlobStore::create(const BlobOrigin& origin) {
    if (health_.failed()) return fail(StoreError::Io);
    if (room_above_reserve(options_.blobs) < kBlobHeaderBytes) return fail(StoreError::NoSpace);
    TARN_TRY(Place place, next_place());
    auto file = open_file(path_of(place.id), O_WRONLY | O_CREAT | O_EXCL);
    if (!file) {
        ended(place.id);
        return fail(file.error());
    }
    auto writer = std::make_unique<FileBlobWriter>(*this, place.id, *std::move(file),
                                                   std::move(place.directory));
    auto started = writer->start({.id = place.id,
                                  .origin = origin,
                                  .synced_sequence = options_.synced_sequence(),
                                  .epoch = options_.epoch});
    if (!started) return fail(started.error());
    return writer;
}

Result<std::shared_ptr<const BlobReader>, StoreError> FileBlobStore::open(const BlobId& id) {
    return open_blob_file(path_of(id), id);
}

Result<void, StoreError> FileBlobStore::remove(const BlobId& id) {
    if (::unlink(path_of(id).c_str()) != 0 && errno != ENOENT) {
        return fail(store_error_of_errno(errno));
    }
    return {};
}

Result<BlobDescription, StoreError> FileBlobStore::describe(const BlobId& id) {
    {
        const std::lock_guard lock(mutex_);
        if (being_written_.contains(id)) {
            return BlobDescription{.from_this_run = true, .being_written = true};
        }
    }
    TARN_TRY(BlobHeader header, read_blob_header(path_of(id), id));
    return BlobDescription{.origin = std::move(header.origin),
                           .synced_sequence = header.synced_sequence,
                           .from_this_run = header.epoch == options_.epoch};
}

Result<void, StoreError> FileBlobStore::quarantine(const BlobId& id) {
    // The time is part of the name, because a file's own times survive neither copies nor backups.
    const auto now = clock_.real_now().time_since_epoch().count();
    const fs::path aside = options_.quarantine / (std::to_string(now) + "-" + to_text(id));
    if (std::rename(path_of(id).c_str(), aside.c_str()) != 0) {
        return fail(store_error_of_errno(errno));
    }
    return {};
}

Result<std::size_t, StoreError> FileBlobStore::purge_quarantine(WallTime before) {
    std::size_t removed = 0;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(options_.quarantine, error)) {
        const std::string name = entry.path().filename().string();
        std::int64_t since = 0;
        const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), since);
        if (failure != std::errc{} || end == name.data() + name.size() || *end != '-') continue;
        if (WallTime(std::chrono::milliseconds(since)) >= before) continue;
        if (fs::remove(entry.path(), error)) ++removed;
    }
    if (error) return fail(store_error_of_errno(error.value()));
    return removed;
}

Result<void, StoreError> FileBlobStore::for_each(const std::function<void(const BlobId&)>& visit) {
    std::error_code error;
    auto entry = fs::recursive_directory_iterator(options_.blobs, error);
    while (!error && entry != fs::recursive_directory_iterator()) {
        const auto id = parse_blob_id(entry->path().filename().string());
        if (id && entry.depth() == 2) visit(*id);
        entry.increment(error);
    }
    if (error) return fail(store_error_of_errno(error.value()));
    return {};
}

fs::path FileBlobStore::path_of(const BlobId& id) const {
    const std::string name = to_text(id);
    return options_.blobs / name.substr(0, 2) / name.substr(2, 2) / name;
}

Result<FileBlobStore::Place, StoreError> FileBlobStore::next_place() {
    const std::lock_guard lock(mutex_);
    if (!directory_ || directory_count_ >= kBlobsPerDirectory) {
        if (auto done = change_directory(); !done) return fail(done.error());
    }
    ++directory_count_;
    Place place{.directory = directory_};
    random_.fill(place.id.bytes);
    std::ranges::copy(directory_bytes_, place.id.bytes.begin());
    being_written_.insert(place.id);
    return place;
}

Result<void, StoreError> FileBlobStore::change_directory() {
    std::array<std::uint8_t, 2> bytes{};
    random_.fill(bytes);
    const fs::path parent = options_.blobs / to_hex(std::span(bytes).first(1));
    const fs::path path = parent / to_hex(std::span(bytes).last(1));
    for (const fs::path& made : {parent, path}) {
        if (auto done = make_directory(made); !done) return done;
    }
    TARN_TRY(FileDescriptor file, open_file(path, O_RDONLY | O_DIRECTORY));
    directory_ = std::make_shared<BlobDirectory>(path, std::move(file));
    directory_bytes_ = bytes;
    directory_count_ = 0;
    return {};
}

Result<void, StoreError> FileBlobStore::make_directory(const fs::path& path) const {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        return fail(store_error_of_errno(errno));
    }
    // Also where it was there: who made it may have been killed before this.
    if (!is_strict()) return {};
    auto synced = sync_directory(path.parent_path());
    if (!synced) health_.fail();
    return synced;
}

void FileBlobStore::ended(const BlobId& id) {
    const std::lock_guard lock(mutex_);
    being_written_.erase(id);
}

}  // namespace tarn::storage
