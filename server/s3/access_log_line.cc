#include "server/s3/access_log_line.h"

#include "common/base/encoding.h"
#include "common/base/time_text.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

constexpr std::string_view kNone = "-";

bool is_visible(char c) {
    return c > ' ' && c < '\x7f';
}

// A backslash before the closing quote would hide it from readers who know that escape.
bool stays_as_it_is(char c) {
    return is_visible(c) && c != '"' && c != '\\';
}

void append_encoded(std::string& line, std::string_view text, bool keep_blanks) {
    for (const char c : text) {
        if (stays_as_it_is(c) || (keep_blanks && c == ' ')) {
            line += c;
        } else {
            fmt::format_to(std::back_inserter(line), "%{:02X}", static_cast<unsigned char>(c));
        }
    }
}

// Appends the fields of a line one by one.
class LineWriter {
  public:
    LineWriter& word(std::string_view text) {
        separate();
        append_encoded(line_, text.empty() ? kNone : text, false);
        return *this;
    }
    LineWriter& quoted(const std::optional<std::string_view>& text) {
        if (!text) return word({});
        separate();
        line_ += '"';
        append_encoded(line_, text->empty() ? kNone : *text, true);
        line_ += '"';
        return *this;
    }
    LineWriter& time(WallTime time) {
        // "Sun, 06 Nov 1994 08:49:37 GMT" has all that "[06/Nov/1994:08:49:37 +0000]" needs.
        const std::string date = format_http_date(time);
        const std::string_view text = date;
        separate();
        fmt::format_to(std::back_inserter(line_), "[{}/{}/{}:{} +0000]", text.substr(5, 2),
                       text.substr(8, 3), text.substr(12, 4), text.substr(17, 8));
        return *this;
    }
    LineWriter& number(std::optional<std::uint64_t> value) {
        return word(value ? std::to_string(*value) : std::string{});
    }
    LineWriter& count(std::uint64_t value) {  // of which there may be none
        return number(value == 0 ? std::nullopt : std::optional(value));
    }
    LineWriter& duration(std::optional<std::chrono::milliseconds> value) {
        if (!value) return word({});
        return number(static_cast<std::uint64_t>(std::max<std::int64_t>(value->count(), 0)));
    }
    std::string finish() && {
        line_ += '\n';
        return std::move(line_);
    }

  private:
    void separate() {
        if (!line_.empty()) line_ += ' ';
    }
    std::string line_;
};

std::string encode_key(std::string_view key, KeyEncoding encoding) {
    std::string once = percent_encode(key, KeepSlash::Yes);
    return encoding == KeyEncoding::Once ? once : percent_encode(once, KeepSlash::Yes);
}

}  // namespace

std::string format_access_log_line(const AccessLogRecord& record) {
    LineWriter line;
    line.word(record.bucket_owner)
        .word(record.bucket)
        .time(record.time)
        .word(record.remote_ip)
        .word(record.requester)
        .word(record.request_id)
        .word(record.operation)
        .word(encode_key(record.key, record.key_encoding))
        .quoted(record.request_line)
        .count(static_cast<std::uint64_t>(record.status))
        .word(record.error_code)
        .count(record.bytes_sent)
        .number(record.object_size)
        .duration(record.total_time)
        .duration(record.turn_around_time)
        .quoted(record.referer)
        .quoted(record.user_agent)
        .word(record.version_id)
        .word(record.host_id)
        .word(record.signature_version)
        .word(record.cipher_suite)
        .word(record.authentication_type)
        .word(record.host_header)
        .word(record.tls_version)
        .word({})  // the access point's ARN: there are none
        .word(record.acl_required ? "Yes" : "")
        .word({});  // the AWS Region that the request came from: none
    return std::move(line).finish();
}

}  // namespace tarn::s3
