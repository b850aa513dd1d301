// Bodies in the aws-chunked framing of S3.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
//
//   hex-size [";chunk-signature=" 64hex] CRLF  bytes CRLF      any number of times
//   "0"      [";chunk-signature=" 64hex] CRLF
//   name ":" value CRLF ...  ["x-amz-trailer-signature:" 64hex CRLF]     modes with a trailer
//   CRLF
//
// A chunk's signature covers its bytes and the signature before it, so it is known to be right only
// at the chunk's end: body bytes are handed out as they come, to be hashed and written aside, and
// nothing may be committed before done().

#pragma once

#include "common/aws/auth_error.h"
#include "common/aws/payload_mode.h"
#include "common/aws/signing_key.h"
#include "common/base/result.h"
#include "common/crypto/digest.h"
#include "common/http/head.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::aws {

// Only the last chunk with bytes may be smaller.
inline constexpr std::uint64_t kMinChunkBytes = 8192;
inline constexpr std::size_t kMaxChunkLineBytes = 4096;  // chunk headers and trailer lines
inline constexpr std::size_t kMaxTrailerCount = 16;

// What signs the chunks: taken from the request whose signature was verified.
struct ChunkSigning {
    SigningKey key;
    std::string amz_date;
    std::string scope;           // "<day>/<region>/<service>/aws4_request"
    std::string seed_signature;  // of the request's head
    std::string access_key_id;   // for error details
};

struct AwsChunkedOptions {
    PayloadMode mode = PayloadMode::StreamingUnsignedTrailer;  // one of the three non-ECDSA modes
    std::uint64_t decoded_length = 0;                          // x-amz-decoded-content-length
    std::vector<std::string> announced_trailers;               // x-amz-trailer, lower case
    ChunkSigning signing;                                      // for modes with chunk signatures
};

// The options that the head gives; signing stays empty.  Errors: MissingContentLength (411) where
// x-amz-decoded-content-length is missing or malformed, MalformedTrailerError where x-amz-trailer
// is.
Result<AwsChunkedOptions, AuthError> aws_chunked_options(const http::Fields& fields,
                                                         PayloadMode mode);

class AwsChunkedDecoder {
  public:
    explicit AwsChunkedDecoder(AwsChunkedOptions options);

    struct Step {
        std::size_t consumed = 0;  // bytes of input that are used up (the body bytes among them)
        std::string_view body;     // points into input; may be empty
    };
    // Consumes as much as it can and returns at the first run of body bytes.  Call it until
    // consumed is 0 or the input is used up.  After an error the decoder must not be used.  Bytes
    // after the end are an error.
    Result<Step, AuthError> next(std::string_view input);

    // The last chunk, the trailer and every signature were read and right, and the length matched.
    bool done() const { return state_ == State::Done; }
    // Body bytes whose chunk is complete and (where signed) whose signature is right.
    std::uint64_t verified() const { return verified_; }
    std::uint64_t decoded() const { return decoded_; }
    // Of the announced trailers, in order of appearance; names in lower case.
    const std::vector<std::pair<std::string, std::string>>& trailers() const { return trailers_; }
    // What to answer when the message ended before done().
    AuthError unexpected_end() const;

  private:
    enum class State : std::uint8_t { ChunkHeader, Data, DataCr, DataLf, Trailer, Done };

    Result<bool, AuthError> take_line(std::string_view& input);
    Result<void, AuthError> on_chunk_header();
    Result<void, AuthError> start_chunk(std::uint64_t size, std::string_view signature);
    Result<void, AuthError> finish_chunk();
    Result<void, AuthError> on_trailer_line();
    Result<void, AuthError> on_trailer_field(std::string_view name, std::string_view value);
    Result<void, AuthError> finish_trailers();
    Result<void, AuthError> check_signature(std::string_view string_to_sign,
                                            std::string_view signature) const;

    AwsChunkedOptions options_;
    crypto::Digest digest_;
    State state_ = State::ChunkHeader;
    std::string line_;  // the line being read, without its end
    bool line_had_cr_ = false;
    std::string previous_signature_;
    std::string chunk_signature_;
    std::uint64_t chunk_size_ = 0;
    std::uint64_t chunk_remaining_ = 0;
    std::uint64_t chunk_count_ = 0;
    std::uint64_t decoded_ = 0;
    std::uint64_t verified_ = 0;
    std::vector<std::pair<std::string, std::string>> trailers_;
    std::string signed_trailer_;  // "name:value\n" of each
    std::string trailer_signature_;
    bool blank_before_signature_ = false;
};

// The encoding side, for tests and clients: one chunk with its signature.  Updates
// signing.seed_signature.  An empty body makes the last chunk ("0;chunk-signature=...CRLF"), after
// which come the trailer and CRLF.
std::string encode_signed_chunk(ChunkSigning& signing, std::string_view body);
// "name:value CRLF ... x-amz-trailer-signature:... CRLF CRLF".
std::string encode_signed_trailer(ChunkSigning& signing,
                                  const std::vector<std::pair<std::string, std::string>>& trailers);

}  // namespace tarn::aws
