#include "server/s3/access_log_line.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/base/time_text.h"
#include "tests/unit/server/s3/access_log_fields.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tarn::s3 {
namespace {

using std::chrono::milliseconds;

AccessLogRecord get_of_an_object() {
    return {.bucket_owner = "0a1b",
            .bucket = "photos",
            .time = *parse_iso8601("2026-02-06T00:01:57.250Z"),
            .remote_ip = "192.0.2.3",
            .requester = "2c3d",
            .request_id = "3E57427F33A59F07",
            .operation = "REST.GET.OBJECT",
            .key = "2026/puppy.jpg",
            .request_line = "GET /photos/2026/puppy.jpg?x=y HTTP/1.1",
            .referer = "http://www.example.com/a b",
            .user_agent = "curl/7.15.1",
            .status = 200,
            .bytes_sent = 2662992,
            .object_size = 3462992,
            .total_time = milliseconds(70),
            .turn_around_time = milliseconds(10),
            .version_id = "3HL4kqtJvjVBH40N",
            .host_id = "s9lzHYrFp76ZVxRcpX9+5cjAnE=",
            .signature_version = "SigV4",
            .cipher_suite = "TLS_AES_128_GCM_SHA256",
            .authentication_type = "AuthHeader",
            .host_header = "photos.localhost:9000",
            .tls_version = "TLSv1.3"};
}

TEST(AccessLogLine, HasEveryFieldInItsPlace) {
    EXPECT_EQ(format_access_log_line(get_of_an_object()),
              "0a1b photos [06/Feb/2026:00:01:57 +0000] 192.0.2.3 2c3d 3E57427F33A59F07 "
              "REST.GET.OBJECT 2026/puppy.jpg \"GET /photos/2026/puppy.jpg?x=y HTTP/1.1\" 200 - "
              "2662992 3462992 70 10 \"http://www.example.com/a b\" \"curl/7.15.1\" "
              "3HL4kqtJvjVBH40N s9lzHYrFp76ZVxRcpX9+5cjAnE= SigV4 TLS_AES_128_GCM_SHA256 "
              "AuthHeader photos.localhost:9000 TLSv1.3 - - -\n");
}

TEST(AccessLogLine, SaysWhatIsMissingWithADash) {
    AccessLogRecord record;
    record.bucket_owner = "0a1b";
    record.bucket = "b";
    record.request_line = "GET /b?policy HTTP/1.1";
    record.referer = "";
    record.user_agent = "";
    record.status = 404;
    record.error_code = "NoSuchBucketPolicy";
    record.object_size = 0;
    record.total_time = milliseconds(0);
    record.acl_required = true;
    EXPECT_EQ(format_access_log_line(record),
              "0a1b b [01/Jan/1970:00:00:00 +0000] - - - - - \"GET /b?policy HTTP/1.1\" 404 "
              "NoSuchBucketPolicy - 0 0 - \"-\" \"-\" - - - - - - - - Yes -\n");
}

TEST(AccessLogLine, OfWhatNoRequestAskedForItselfHasNothingInQuotes) {
    EXPECT_EQ(format_access_log_line({.bucket_owner = "0a1b",
                                      .bucket = "b",
                                      .operation = "BATCH.DELETE.OBJECT",
                                      .key = "a b%",
                                      .key_encoding = KeyEncoding::Once,
                                      .status = 204,
                                      .version_id = "v"}),
              "0a1b b [01/Jan/1970:00:00:00 +0000] - - - BATCH.DELETE.OBJECT a%20b%25 - 204 - - - "
              "- - - - v - - - - - - - - -\n");
}

TEST(AccessLogLine, EncodesTheKeyOfARequestTwice) {
    AccessLogRecord record;
    record.key = "a b/\xc3\xbc%";
    const std::string line = format_access_log_line(record);
    EXPECT_NE(line.find(" a%2520b/%25C3%25BC%2525 "), std::string::npos) << line;
}

TEST(AccessLogLine, ATimeBeforeItsBeginIsNone) {
    AccessLogRecord record;
    record.total_time = milliseconds(-5);
    EXPECT_NE(format_access_log_line(record).find(" - 0 - - - -"), std::string::npos);
}

TEST(AccessLogLine, NoTextCanForgeAFieldOrALine) {
    const std::size_t field_count = fields_of(format_access_log_line(get_of_an_object())).size();
    std::vector<std::string> texts = {"\" 200 - 1", "a\nb", "a\r\nforged line",  "ends with \\",
                                      "\"",         "\"\"", "[06/Feb/2026] \"x", "a\tb c"};
    texts.emplace_back("nul \0 byte", 10);
    for (int byte = 0; byte < 256; ++byte)
        texts.emplace_back(3, static_cast<char>(byte));
    std::string_view AccessLogRecord::* const kWords[] = {
        &AccessLogRecord::requester,   &AccessLogRecord::operation,  &AccessLogRecord::key,
        &AccessLogRecord::error_code,  &AccessLogRecord::version_id, &AccessLogRecord::host_header,
        &AccessLogRecord::cipher_suite};
    std::optional<std::string_view> AccessLogRecord::* const kQuoted[] = {
        &AccessLogRecord::request_line, &AccessLogRecord::referer, &AccessLogRecord::user_agent};
    const auto check = [&](const AccessLogRecord& record, const std::string& text) {
        const std::string line = format_access_log_line(record);
        EXPECT_EQ(fields_of(line).size(), field_count) << to_hex(text) << ": " << line;
        EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
        EXPECT_EQ(line.find('\\'), std::string::npos) << line;
        EXPECT_TRUE(std::ranges::all_of(line.substr(0, line.size() - 1), [](char c) {
            return c >= ' ' && c < 127;
        })) << line;
    };
    for (const std::string& text : texts) {
        for (const auto member : kWords) {
            AccessLogRecord record = get_of_an_object();
            record.*member = text;
            check(record, text);
        }
        for (const auto member : kQuoted) {
            AccessLogRecord record = get_of_an_object();
            record.*member = text;
            check(record, text);
        }
    }
}

TEST(AccessLogLine, LeavesTheReaderWhatWasSaidInQuotes) {
    AccessLogRecord record;
    record.user_agent = "Mozilla/5.0 (\"x\\y\"; 50%)";
    EXPECT_NE(format_access_log_line(record).find("\"Mozilla/5.0 (%22x%5Cy%22; 50%)\""),
              std::string::npos);
}

}  // namespace
}  // namespace tarn::s3
