// AWS Signature Version 4 on the sending side: the edge's origin access control, `tarn presign`,
// tests.

#pragma once

#include "common/aws/canonical_request.h"
#include "common/aws/payload_mode.h"
#include "common/base/clock.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::aws {

struct SigningCredentials {
    std::string_view access_key_id;
    std::string_view secret;
    std::string_view security_token;  // empty if none
    std::string_view region;
    std::string_view service = "s3";
};

struct RequestToSign {
    std::string_view method;
    std::string_view target;  // as it will be sent: raw path, with or without a query
    std::string_view host;    // as it will be sent
    // Further headers to be signed, e.g. every x-amz-* that is sent.  Not host, not x-amz-date, not
    // x-amz-content-sha256, not x-amz-security-token: those are added.
    std::vector<std::pair<std::string, std::string>> headers;
    // A hash in hex, UNSIGNED-PAYLOAD, or a STREAMING-... word.
    std::string_view payload_hash = kEmptySha256;
};

// The fields to be added to the request: x-amz-date, x-amz-content-sha256, x-amz-security-token (if
// there is one) and Authorization, in this order.
std::vector<std::pair<std::string, std::string>> sign_request(const RequestToSign& request,
                                                              const SigningCredentials& credentials,
                                                              WallTime now);

// The target with X-Amz-Algorithm ... X-Amz-Signature added to its query.  The payload hash is
// UNSIGNED-PAYLOAD for S3, request.payload_hash for other services.
std::string presign_target(const RequestToSign& request, const SigningCredentials& credentials,
                           WallTime now, std::chrono::seconds expires);

}  // namespace tarn::aws
