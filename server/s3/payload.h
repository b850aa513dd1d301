// The payload of a request: its framing and aws-chunks removed, its digests computed and compared
// with everything that the client said about them, before anything is committed.

#pragma once

#include "common/aws/aws_chunked.h"
#include "common/crypto/checksum.h"
#include "common/crypto/digest.h"
#include "server/s3/records.h"
#include "server/s3/request.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace tarn::s3 {

inline constexpr std::uint64_t kMaxPutBytes = 5ull << 30;  // one PUT, and one part
inline constexpr std::size_t kMaxXmlBodyBytes = 2u << 20;  // DeleteObjects

// The bytes of an object, or of a document, on their way in.
class PayloadSource {
  public:
    virtual ~PayloadSource() = default;
    // Fills buffer as far as the bytes go; less than buffer.size() only at the end, where
    // everything that can be said without the digests has been checked.
    virtual net::Task<Result<std::size_t, Error>> read(std::span<char> buffer) = 0;
    // Trailer fields of the aws-chunked forms, once the end was read.
    virtual std::optional<std::string> trailer(std::string_view name) const = 0;
};

// Reads the decoded bytes of the body.  Not thread-safe; lives in the request's coroutine.
class PayloadReader final : public PayloadSource {
  public:
    // Errors: MissingContentLength, EntityTooLarge, malformed trailer announcements.  What comes in
    // unknown length is cut off by EntityTooLarge while it is read.
    static Result<PayloadReader, Error> open(Request& request, std::uint64_t max_bytes);

    // What the client announced; nothing: its length shows at its end (radosgw-lenient).
    std::optional<std::uint64_t> length() const { return length_; }
    net::Task<Result<std::size_t, Error>> read(std::span<char> buffer) override;
    // Some bytes, as they come; 0 at the end.
    net::Task<Result<std::size_t, Error>> read_available(std::span<char> buffer);
    std::optional<std::string> trailer(std::string_view name) const override;

  private:
    PayloadReader(Request& request, std::optional<std::uint64_t> length, std::uint64_t max_bytes)
        : request_(&request), length_(length), max_bytes_(max_bytes) {}
    net::Task<Result<std::size_t, Error>> read_some(std::span<char> buffer);
    Result<std::size_t, Error> decode_in_place(std::span<char> buffer, std::size_t filled);

    Request* request_;
    std::optional<std::uint64_t> length_;
    std::uint64_t max_bytes_;
    std::uint64_t received_ = 0;
    bool at_end_ = false;
    std::optional<aws::AwsChunkedDecoder> chunks_;
};

// What an x-amz-checksum-* header speaks of: this body, or (CompleteMultipartUpload) the object.
enum class ChecksumSubject : std::uint8_t { Body, Object };

// What the client says the payload's digests are.
struct DigestClaims {
    std::optional<std::string> content_md5;  // raw
    std::string content_md5_text;
    std::optional<std::string> sha256_hex;  // x-amz-content-sha256
    crypto::ChecksumAlgorithm algorithm = crypto::ChecksumAlgorithm::CRC64NVME;
    std::optional<std::string> checksum;  // base64, from the header
    bool in_trailer = false;              // its value comes after the body
    bool announced = false;               // the client named the algorithm
};
// Reads Content-MD5, x-amz-checksum-*, x-amz-trailer and x-amz-sdk-checksum-algorithm.
Result<DigestClaims, Error> read_digest_claims(const Request& request,
                                               ChecksumSubject subject = ChecksumSubject::Body);

// x-amz-checksum-algorithm: what an operation that reads no body (creating an upload, a copy) is
// asked to compute; nothing if absent.  Errors: InvalidRequest, naming the algorithms there are.
Result<std::optional<crypto::ChecksumAlgorithm>, Error> read_checksum_algorithm(
    const Request& request);
// x-amz-checksum-type; nothing if absent.  Errors: InvalidRequest.
Result<std::optional<ChecksumType>, Error> read_checksum_type(const Request& request);

// Computes the digests and compares them.
class PayloadDigests {
  public:
    // kept: the algorithm whose value is to be stored, where it is not the client's own.
    explicit PayloadDigests(DigestClaims claims,
                            std::optional<crypto::ChecksumAlgorithm> kept = std::nullopt);
    void update(std::string_view bytes);
    // The end: all claims compared.  Leaves md5(), checksum(), the one to be stored, and
    // other_checksum(), the client's own where that is of another algorithm.
    Result<void, Error> finish(const PayloadSource& payload);
    const std::string& md5() const { return md5_; }  // raw
    const StoredChecksum& checksum() const { return checksum_; }
    const std::optional<StoredChecksum>& other_checksum() const { return other_checksum_; }
    const DigestClaims& claims() const { return claims_; }

  private:
    DigestClaims claims_;
    crypto::Digest md5_digest_{crypto::DigestKind::Md5};
    std::optional<crypto::Digest> sha256_digest_;
    crypto::Checksum checksum_digest_;
    std::optional<crypto::Checksum> kept_digest_;
    std::string md5_;
    StoredChecksum checksum_;
    std::optional<StoredChecksum> other_checksum_;
};

// A small body as a whole (XML and JSON documents), its digests checked.
// Errors besides: MaxMessageLengthExceeded.
net::Task<Result<std::string, Error>> read_document(
    Request& request, std::size_t max_bytes, ChecksumSubject subject = ChecksumSubject::Body);

// An error of the signing layer in the S3 form.
Error from_auth_error(aws::AuthError error);

}  // namespace tarn::s3
