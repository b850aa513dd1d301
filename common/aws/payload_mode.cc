#include "common/aws/payload_mode.h"

#include <algorithm>

namespace tarn::aws {
namespace {

struct ModeRow {
    std::string_view word;
    PayloadMode mode;
};
constexpr ModeRow kModes[] = {
    {kUnsignedPayload, PayloadMode::Unsigned},
    {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", PayloadMode::Streaming},
    {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", PayloadMode::StreamingTrailer},
    {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", PayloadMode::StreamingUnsignedTrailer},
    {"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", PayloadMode::StreamingEcdsa},
    {"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER", PayloadMode::StreamingEcdsaTrailer},
};

bool is_lower_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

PayloadMode parse_payload_mode(std::string_view x_amz_content_sha256) {
    if (x_amz_content_sha256.size() == kEmptySha256.size() &&
        std::all_of(x_amz_content_sha256.begin(), x_amz_content_sha256.end(), is_lower_hex)) {
        return PayloadMode::Literal;
    }
    for (const ModeRow& row : kModes) {
        if (row.word == x_amz_content_sha256) return row.mode;
    }
    return PayloadMode::Invalid;
}

}  // namespace tarn::aws
