// The proved cause of a refused SigV4 signature: the change of the request, or of our view of it,
// under which the signature would have matched.
//
// Each candidate is tried with the real secret, so an answer is not a guess: the client signed
// exactly that.  For development only; the caller decides whether to tell the client.

#pragma once

#include "common/aws/sigv4.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tarn::aws {

enum class CauseKind : std::uint8_t {
    SecretHasWhiteSpace,
    SecretEmpty,
    HostDiffers,
    PathDiffers,
    QueryDiffers,
    MethodDiffers,
    RegionDiffers,
    ServiceDiffers,
    DateDiffers,
    HeaderChanged,
    PayloadHashDiffers,
};

struct SignatureCause {
    CauseKind kind{};
    std::string text;  // one sentence: what the client signed, what arrived, what to do
};

struct ExplainInput {
    SignedRequest request;
    SigV4Credentials credentials;
    std::string_view secret;
    std::string_view body_sha256_hex = kEmptySha256;
    // Names under which the endpoint is known: "127.0.0.1:9000", "localhost:9000", public names.
    std::span<const std::string_view> hosts;
    std::span<const std::string_view> regions;
};

// Nothing if no candidate matches: then the secret is wrong, or more than one thing changed.  Costs
// some hundred hashes.
std::optional<SignatureCause> explain_signature(const ExplainInput& input);

}  // namespace tarn::aws
