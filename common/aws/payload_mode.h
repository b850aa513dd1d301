// What x-amz-content-sha256 says about the body of a signed request.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html

#pragma once

#include <cstdint>
#include <string_view>

namespace tarn::aws {

enum class PayloadMode : std::uint8_t {
    Literal,                   // 64 hex digits: the SHA-256 of the body
    Unsigned,                  // UNSIGNED-PAYLOAD
    Streaming,                 // STREAMING-AWS4-HMAC-SHA256-PAYLOAD
    StreamingTrailer,          // STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
    StreamingUnsignedTrailer,  // STREAMING-UNSIGNED-PAYLOAD-TRAILER
    StreamingEcdsa,            // STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD: SigV4A
    StreamingEcdsaTrailer,     // STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER
    Invalid,
};

PayloadMode parse_payload_mode(std::string_view x_amz_content_sha256);

// The body is framed in aws-chunks (aws_chunked.h decodes the HMAC and unsigned forms).
constexpr bool is_aws_chunked(PayloadMode mode) {
    return mode >= PayloadMode::Streaming && mode <= PayloadMode::StreamingEcdsaTrailer;
}
constexpr bool is_ecdsa(PayloadMode mode) {
    return mode == PayloadMode::StreamingEcdsa || mode == PayloadMode::StreamingEcdsaTrailer;
}
// Each chunk carries a signature.
constexpr bool has_chunk_signatures(PayloadMode mode) {
    return mode == PayloadMode::Streaming || mode == PayloadMode::StreamingTrailer;
}
constexpr bool has_trailer(PayloadMode mode) {
    return mode == PayloadMode::StreamingTrailer || mode == PayloadMode::StreamingUnsignedTrailer;
}

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
// SHA-256 of no bytes.
inline constexpr std::string_view kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

}  // namespace tarn::aws
