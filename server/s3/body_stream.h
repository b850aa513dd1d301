// Reads the bytes of a stored body, wherever they are, verified.

#pragma once

#include "common/http/byte_range.h"
#include "server/s3/records.h"
#include "server/s3/request.h"
#include "server/s3/sealed_body.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tarn::s3 {

// The bytes of an inline body as its row has them, opened where data_key is not null.  Nothing:
// they are not what was sealed.
std::optional<std::string> open_inline(const crypto::SecretKey* data_key, const BodyRef& body,
                                       std::string stored);

// A run of bytes of a body, front to back.  Not thread-safe.
//
// The object may be overwritten or removed while the stream is read: it holds the pin that the
// caller took before it read the object's record, and takes everything but blobs into memory at
// once.
class BodyStream {
  public:
    // range lies inside the body; data_key is that of the object, null where it is stored as it is.
    // Errors: NotFound where a body has gone since its record was read (the caller reads the record
    // again), Corrupt, Io.
    static net::Task<Result<BodyStream, storage::StoreError>> open(
        Services& services, storage::ReadPins::Pin pin, storage::Partition partition,
        const BodyRef& body, http::ByteRange range, const crypto::SecretKey* data_key);
    // Fills buffer as far as the run goes; 0 at its end.
    net::Task<Result<std::size_t, storage::StoreError>> read(std::span<char> buffer);
    // The whole run where it is in memory already (an inline body), else null.
    std::shared_ptr<const std::string> whole() const;
    http::ByteRange range_in_whole() const { return inline_range_; }

  private:
    struct Piece {
        BodyRef body;
        std::uint64_t offset = 0;
        std::uint64_t length = 0;
        std::shared_ptr<const std::string> bytes;  // of an inline body
    };
    explicit BodyStream(Services& services) : services_(&services) {}
    // The row of an inline body, opened where it was sealed.  Blocks.
    Result<std::string, storage::StoreError> load_inline(storage::Partition partition,
                                                         const BodyRef& body);
    Result<void, storage::StoreError> add_pieces(storage::Partition partition, const BodyRef& body,
                                                 http::ByteRange range);
    Result<std::size_t, storage::StoreError> read_blocking(std::span<char> buffer);
    Result<void, storage::StoreError> open_blob(const Piece& piece);
    Result<void, storage::StoreError> read_blob(std::uint64_t offset, std::span<char> buffer);

    Services* services_;
    storage::ReadPins::Pin pin_;
    std::vector<Piece> pieces_;  // in order; the first unread one is next_
    std::size_t next_ = 0;
    std::uint64_t done_in_piece_ = 0;
    std::optional<crypto::SecretKey> data_key_;
    std::shared_ptr<const storage::BlobReader> blob_;
    std::optional<SealedReader> sealed_;  // what blob_ is read through where it was sealed
    std::shared_ptr<const std::string> inline_;
    http::ByteRange inline_range_;
};

}  // namespace tarn::s3
