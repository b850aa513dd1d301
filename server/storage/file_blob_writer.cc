#include "server/storage/file_blob_writer.h"

#include "common/crypto/crc.h"
#include "server/storage/failpoint.h"
#include "server/storage/free_space.h"

#include <algorithm>
#include <filesystem>

#include <fcntl.h>

namespace tarn::storage {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
// The disk starts on a large blob while it still arrives, so that finish() waits for its end only.
constexpr std::uint64_t kWriteBackBytes = 8u << 20;

}  // namespace

FileBlobWriter::FileBlobWriter(FileBlobStore& store, const BlobId& id, FileDescriptor file,
                               std::shared_ptr<BlobDirectory> directory)
    : store_(store), id_(id), file_(std::move(file)), directory_(std::move(directory)) {}

FileBlobWriter::~FileBlobWriter() {
    if (state_ != State::Finished) {
        // Where this fails the file is an orphan, and is collected as one.
        std::error_code ignored;
        std::filesystem::remove(store_.path_of(id_), ignored);
    }
    store_.ended(id_);
}

Result<void, StoreError> FileBlobWriter::start(const BlobHeader& header) {
    const auto bytes = encode_blob_header(header);
    const std::string_view view(bytes.data(), bytes.size());
    header_crc_ = blob_header_crc(view);
    if (auto done = write_all(file_.get(), view, 0); !done) return failed(done.error());
    written_ = kBlobHeaderBytes;
    if (failpoint("blob.after_create")) return failed(StoreError::Io);
    return {};
}

Result<void, StoreError> FileBlobWriter::append(std::string_view bytes) {
    if (state_ != State::Writing) return fail(StoreError::Io);
    checksum(bytes);
    if (buffer_.size() + bytes.size() < kBufferBytes) {
        buffer_.reserve(kBufferBytes);
        buffer_.append(bytes);
    } else {
        if (room_above_reserve(directory_->path) < bytes.size()) return failed(StoreError::NoSpace);
        if (auto done = write_out(bytes); !done) return failed(done.error());
        if (written_ - writing_back_ >= kWriteBackBytes && store_.is_strict()) {
            // Only a hint: fdatasync() reports what goes wrong.
            ::sync_file_range(file_.get(), static_cast<off_t>(writing_back_),
                              static_cast<off_t>(written_ - writing_back_), SYNC_FILE_RANGE_WRITE);
            writing_back_ = written_;
        }
    }
    if (failpoint("blob.after_append")) return failed(StoreError::Io);
    return {};
}

Result<void, StoreError> FileBlobWriter::finish() {
    if (state_ != State::Writing) return fail(StoreError::Io);
    const std::string tail = encode_blob_tail(size_, block_crcs_, header_crc_);
    if (auto done = write_out(tail); !done) return failed(done.error());
    if (store_.is_strict()) {
        if (auto done = make_durable(); !done) {
            // What is on the disk is not known any more, for this file and for others.
            store_.health_.fail();
            return failed(done.error());
        }
    }
    state_ = State::Finished;
    file_.close();
    return {};
}

void FileBlobWriter::checksum(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::uint64_t within = size_ % kBlockBytes;
        if (within == 0) block_crcs_.push_back(0);
        const std::string_view piece = bytes.substr(0, kBlockBytes - within);
        block_crcs_.back() = crypto::crc32c(piece, block_crcs_.back());
        size_ += piece.size();
        bytes.remove_prefix(piece.size());
    }
}

Result<void, StoreError> FileBlobWriter::write_out(std::string_view bytes) {
    if (auto done = write_all(file_.get(), buffer_, bytes, written_); !done) return done;
    written_ += buffer_.size() + bytes.size();
    buffer_.clear();
    return {};
}

Result<void, StoreError> FileBlobWriter::make_durable() {
    if (failpoint("blob.before_fdatasync")) return fail(StoreError::Io);
    if (failpoint_outcome("blob.fdatasync") != FailpointOutcome::Skip) {
        if (auto done = sync_data(file_.get()); !done) return done;
    }
    if (failpoint("blob.after_fdatasync")) return fail(StoreError::Io);
    if (failpoint_outcome("blob.dirsync") != FailpointOutcome::Skip) {
        if (auto done = directory_->entries.run(); !done) return done;
    }
    if (failpoint("blob.after_dirsync")) return fail(StoreError::Io);
    return {};
}

Result<void, StoreError> FileBlobWriter::failed(StoreError error) {
    state_ = State::Failed;
    return fail(error);
}

}  // namespace tarn::storage
