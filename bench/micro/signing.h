// Signed request heads for the benchmarks.

#pragma once

#include "common/aws/sigv4_sign.h"
#include "common/base/clock.h"
#include "common/crypto/digest.h"

#include <string>
#include <string_view>

namespace tarn {

inline constexpr std::string_view kAccessKey = "AKIAIOSFODNN7EXAMPLE";
inline constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

struct BenchRequest {
    std::string_view method = "GET";
    std::string_view target;
    std::string_view body;
};

// The head that an SDK sends.
inline std::string signed_head(const BenchRequest& request, WallTime now) {
    constexpr std::string_view kHost = "127.0.0.1:9000";
    const std::string hash = crypto::sha256_hex(request.body);
    const auto fields = aws::sign_request(
        {.method = request.method, .target = request.target, .host = kHost, .payload_hash = hash},
        {.access_key_id = kAccessKey, .secret = kSecret, .region = "us-east-1"}, now);
    std::string head =
        std::string(request.method) + " " + std::string(request.target) +
        " HTTP/1.1\r\nHost: " + std::string(kHost) +
        "\r\nAccept-Encoding: identity\r\n"
        "User-Agent: Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.1.0 "
        "md/arch#x86_64 lang/python#3.11.2 md/pyimpl#CPython cfg/retry-mode#legacy\r\n"
        "amz-sdk-invocation-id: 5a3b7e8e-6d5b-4c6f-9b8a-0c7f6e5d4c3b\r\n"
        "amz-sdk-request: attempt=1\r\n";
    for (const auto& [name, value] : fields)
        head.append(name).append(": ").append(value).append("\r\n");
    if (!request.body.empty()) {
        head.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    }
    return head.append("\r\n");
}

inline std::string signed_get_head(std::string_view target, WallTime now) {
    return signed_head({.target = target}, now);
}

}  // namespace tarn
