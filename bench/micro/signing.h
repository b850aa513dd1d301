// Signed request heads for the benchmarks.

#pragma once

#include "common/aws/sigv4_sign.h"
#include "common/base/clock.h"

#include <string>
#include <string_view>

namespace tarn {

inline constexpr std::string_view kAccessKey = "AKIAIOSFODNN7EXAMPLE";
inline constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

// The head that an SDK sends for a GET.
inline std::string signed_get_head(std::string_view target, WallTime now) {
    constexpr std::string_view kHost = "127.0.0.1:9000";
    const auto fields = aws::sign_request(
        {.method = "GET", .target = target, .host = kHost},
        {.access_key_id = kAccessKey, .secret = kSecret, .region = "us-east-1"}, now);
    std::string head =
        "GET " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(kHost) +
        "\r\nAccept-Encoding: identity\r\n"
        "User-Agent: Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.1.0 "
        "md/arch#x86_64 lang/python#3.11.2 md/pyimpl#CPython cfg/retry-mode#legacy\r\n"
        "amz-sdk-invocation-id: 5a3b7e8e-6d5b-4c6f-9b8a-0c7f6e5d4c3b\r\n"
        "amz-sdk-request: attempt=1\r\n";
    for (const auto& [name, value] : fields)
        head.append(name).append(": ").append(value).append("\r\n");
    return head.append("\r\n");
}

}  // namespace tarn
