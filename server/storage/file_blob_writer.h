// Writes one blob file; see file_blob_store.h.

#pragma once

#include "server/storage/blob_format.h"
#include "server/storage/file_blob_store.h"

#include <string>
#include <vector>

namespace tarn::storage {

class FileBlobWriter final : public BlobWriter {
  public:
    // file is new and empty.  start() must be called first.
    FileBlobWriter(FileBlobStore& store, const BlobId& id, FileDescriptor file,
                   std::shared_ptr<BlobDirectory> directory);
    ~FileBlobWriter() override;

    Result<void, StoreError> start(const BlobHeader& header);
    const BlobId& id() const override { return id_; }
    Result<void, StoreError> append(std::string_view bytes) override;
    Result<void, StoreError> finish() override;

  private:
    enum class State : std::uint8_t { Writing, Failed, Finished };

    void checksum(std::string_view bytes);
    Result<void, StoreError> write_out(std::string_view bytes);
    Result<void, StoreError> make_durable();
    Result<void, StoreError> failed(StoreError error);

    FileBlobStore& store_;
    const BlobId id_;
    FileDescriptor file_;
    std::shared_ptr<BlobDirectory> directory_;
    State state_ = State::Writing;
    std::uint32_t header_crc_ = 0;

    std::uint64_t size_ = 0;                 // of the data
    std::uint64_t written_ = 0;              // of the file
    std::uint64_t writing_back_ = 0;         // the kernel was told to start writing up to here
    std::string buffer_;                     // small appends, until they are worth a system call
    std::vector<std::uint32_t> block_crcs_;  // the last one may be of an unfinished block
};

}  // namespace tarn::storage
