// A record of a bucket's server access log, as the line that log objects hold.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html

#pragma once

#include "common/base/clock.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::s3 {

// How often a key is URL-encoded: S3 encodes it twice, but once for what no request names itself
// (BATCH.DELETE.OBJECT), as those who parse these logs have found.
enum class KeyEncoding : std::uint8_t { Twice, Once };

// What is empty, 0 or nothing is written as "-".
struct AccessLogRecord {
    std::string_view bucket_owner;  // canonical user id
    std::string_view bucket;
    WallTime time;  // when the request came
    std::string_view remote_ip;
    std::string_view requester;
    std::string_view request_id;
    std::string_view operation;  // "REST.GET.OBJECT"
    std::string_view key;        // as it is, not encoded
    KeyEncoding key_encoding = KeyEncoding::Twice;
    // These three are in quotes where the record is of a request; nothing: it is of something that
    // a request did besides.
    std::optional<std::string_view> request_line;  // "GET /bucket/key HTTP/1.1"
    std::optional<std::string_view> referer;
    std::optional<std::string_view> user_agent;
    int status = 0;
    std::string_view error_code;
    std::uint64_t bytes_sent = 0;
    std::optional<std::uint64_t> object_size;
    std::optional<std::chrono::milliseconds> total_time;
    std::optional<std::chrono::milliseconds> turn_around_time;
    std::string_view version_id;  // as the request names it
    std::string_view host_id;
    std::string_view signature_version;  // "SigV4"
    std::string_view cipher_suite;
    std::string_view authentication_type;  // "AuthHeader"
    std::string_view host_header;
    std::string_view tls_version;  // "TLSv1.3"
    bool acl_required = false;
};

// The line with its end.  Whatever the fields hold, it is one line with as many fields as any
// other: what could end a field or the line is percent-encoded.  Unlike S3, which leaves quotes in
// Referer and User-Agent as they are.
std::string format_access_log_line(const AccessLogRecord& record);

}  // namespace tarn::s3
