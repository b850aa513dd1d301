#include "server/storage/file_blob_reader.h"

#include "common/base/check.h"
#include "common/crypto/crc.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>

namespace tarn::storage {
namespace {

class FileBlobReader final : public BlobReader {
  public:
    FileBlobReader(FileDescriptor file, std::uint64_t size, std::vector<std::uint32_t> block_crcs)
        : file_(std::move(file)), size_(size), block_crcs_(std::move(block_crcs)) {}

    std::uint64_t size() const override { return size_; }

    Result<void, StoreError> read(std::uint64_t offset, std::span<char> buffer) const override {
        CHECK(offset <= size_);
        CHECK(buffer.size() <= size_ - offset);
        while (!buffer.empty()) {
            auto count = offset % kBlockBytes == 0 ? read_whole_blocks(offset, buffer)
                                                   : Result<std::size_t, StoreError>(0);
            if (count && *count == 0) count = read_part_of_block(offset, buffer);
            if (!count) return fail(count.error());
            offset += *count;
            buffer = buffer.subspan(*count);
        }
        return {};
    }

  private:
    std::size_t bytes_of_block(std::uint64_t block) const {
        return static_cast<std::size_t>(
            std::min<std::uint64_t>(kBlockBytes, size_ - block * kBlockBytes));
    }
    bool matches(std::uint64_t block, std::span<const char> bytes) const {
        return crypto::crc32c({bytes.data(), bytes.size()}) == block_crcs_[block];
    }

    // Reads the whole blocks at the front of buffer in one call; how many bytes that are.
    Result<std::size_t, StoreError> read_whole_blocks(std::uint64_t offset,
                                                      std::span<char> buffer) const {
        const bool to_the_end = buffer.size() == size_ - offset;
        const std::size_t count =
            to_the_end ? buffer.size() : buffer.size() - buffer.size() % kBlockBytes;
        if (count == 0) return 0;
        const auto bytes = buffer.first(count);
        if (auto done = read_all(file_.get(), bytes, kBlobHeaderBytes + offset); !done) {
            return fail(done.error());
        }
        for (std::size_t at = 0; at < count; at += kBlockBytes) {
            const auto block = bytes.subspan(at, std::min(kBlockBytes, count - at));
            if (!matches((offset + at) / kBlockBytes, block)) return fail(StoreError::Corrupt);
        }
        return count;
    }

    Result<std::size_t, StoreError> read_part_of_block(std::uint64_t offset,
                                                       std::span<char> buffer) const {
        thread_local std::vector<char> scratch(kBlockBytes);
        const std::uint64_t block = offset / kBlockBytes;
        const auto within = static_cast<std::size_t>(offset % kBlockBytes);
        const auto bytes = std::span(scratch).first(bytes_of_block(block));
        const std::uint64_t at = kBlobHeaderBytes + block * kBlockBytes;
        if (auto done = read_all(file_.get(), bytes, at); !done) return fail(done.error());
        if (!matches(block, bytes)) return fail(StoreError::Corrupt);
        const std::size_t count = std::min(bytes.size() - within, buffer.size());
        std::memcpy(buffer.data(), bytes.data() + within, count);
        return count;
    }

    const FileDescriptor file_;
    const std::uint64_t size_;
    const std::vector<std::uint32_t> block_crcs_;
};

struct OpenHeader {
    FileDescriptor file;
    BlobHeader header;
    std::uint32_t crc = 0;
};

Result<OpenHeader, StoreError> open_header(const std::filesystem::path& path, const BlobId& id) {
    TARN_TRY(FileDescriptor file, open_file(path, O_RDONLY));
    std::array<char, kBlobHeaderBytes> bytes;
    if (auto done = read_all(file.get(), bytes, 0); !done) return fail(done.error());
    const std::string_view view(bytes.data(), bytes.size());
    auto header = decode_blob_header(view);
    if (!header || header->id != id) return fail(StoreError::Corrupt);
    return OpenHeader{
        .file = std::move(file), .header = *std::move(header), .crc = blob_header_crc(view)};
}

}  // namespace

Result<std::shared_ptr<const BlobReader>, StoreError> open_blob_file(
    const std::filesystem::path& path, const BlobId& id) {
    TARN_TRY(OpenHeader open, open_header(path, id));
    struct stat status{};
    if (::fstat(open.file.get(), &status) != 0) return fail(store_error_of_errno(errno));
    const auto file_bytes = static_cast<std::uint64_t>(status.st_size);
    const auto size = blob_size_of_file(file_bytes);
    if (!size) return fail(StoreError::Corrupt);

    std::string tail(blob_tail_bytes(*size), '\0');
    if (auto done = read_all(open.file.get(), tail, file_bytes - tail.size()); !done) {
        return fail(done.error());
    }
    auto block_crcs = decode_blob_tail(tail, *size, open.crc);
    if (!block_crcs) return fail(StoreError::Corrupt);
    return std::make_shared<const FileBlobReader>(std::move(open.file), *size,
                                                  *std::move(block_crcs));
}

Result<BlobHeader, StoreError> read_blob_header(const std::filesystem::path& path,
                                                const BlobId& id) {
    TARN_TRY(OpenHeader open, open_header(path, id));
    return std::move(open.header);
}

}  // namespace tarn::storage
