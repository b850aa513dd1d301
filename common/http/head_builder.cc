#include "common/http/head_builder.h"

#include "common/base/text.h"
#include "common/http/token.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>

namespace tarn::http {
namespace {

// The status lines of the IANA registry (2024), ready to send.
constexpr std::string_view kStatusLines[] = {
    "HTTP/1.1 100 Continue\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "HTTP/1.1 102 Processing\r\n",
    "HTTP/1.1 103 Early Hints\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 201 Created\r\n",
    "HTTP/1.1 202 Accepted\r\n",
    "HTTP/1.1 203 Non-Authoritative Information\r\n",
    "HTTP/1.1 204 No Content\r\n",
    "HTTP/1.1 205 Reset Content\r\n",
    "HTTP/1.1 206 Partial Content\r\n",
    "HTTP/1.1 207 Multi-Status\r\n",
    "HTTP/1.1 208 Already Reported\r\n",
    "HTTP/1.1 226 IM Used\r\n",
    "HTTP/1.1 300 Multiple Choices\r\n",
    "HTTP/1.1 301 Moved Permanently\r\n",
    "HTTP/1.1 302 Found\r\n",
    "HTTP/1.1 303 See Other\r\n",
    "HTTP/1.1 304 Not Modified\r\n",
    "HTTP/1.1 305 Use Proxy\r\n",
    "HTTP/1.1 307 Temporary Redirect\r\n",
    "HTTP/1.1 308 Permanent Redirect\r\n",
    "HTTP/1.1 400 Bad Request\r\n",
    "HTTP/1.1 401 Unauthorized\r\n",
    "HTTP/1.1 402 Payment Required\r\n",
    "HTTP/1.1 403 Forbidden\r\n",
    "HTTP/1.1 404 Not Found\r\n",
    "HTTP/1.1 405 Method Not Allowed\r\n",
    "HTTP/1.1 406 Not Acceptable\r\n",
    "HTTP/1.1 407 Proxy Authentication Required\r\n",
    "HTTP/1.1 408 Request Timeout\r\n",
    "HTTP/1.1 409 Conflict\r\n",
    "HTTP/1.1 410 Gone\r\n",
    "HTTP/1.1 411 Length Required\r\n",
    "HTTP/1.1 412 Precondition Failed\r\n",
    "HTTP/1.1 413 Content Too Large\r\n",
    "HTTP/1.1 414 URI Too Long\r\n",
    "HTTP/1.1 415 Unsupported Media Type\r\n",
    "HTTP/1.1 416 Range Not Satisfiable\r\n",
    "HTTP/1.1 417 Expectation Failed\r\n",
    "HTTP/1.1 421 Misdirected Request\r\n",
    "HTTP/1.1 422 Unprocessable Content\r\n",
    "HTTP/1.1 423 Locked\r\n",
    "HTTP/1.1 424 Failed Dependency\r\n",
    "HTTP/1.1 425 Too Early\r\n",
    "HTTP/1.1 426 Upgrade Required\r\n",
    "HTTP/1.1 428 Precondition Required\r\n",
    "HTTP/1.1 429 Too Many Requests\r\n",
    "HTTP/1.1 431 Request Header Fields Too Large\r\n",
    "HTTP/1.1 451 Unavailable For Legal Reasons\r\n",
    "HTTP/1.1 500 Internal Server Error\r\n",
    "HTTP/1.1 501 Not Implemented\r\n",
    "HTTP/1.1 502 Bad Gateway\r\n",
    "HTTP/1.1 503 Service Unavailable\r\n",
    "HTTP/1.1 504 Gateway Timeout\r\n",
    "HTTP/1.1 505 HTTP Version Not Supported\r\n",
    "HTTP/1.1 506 Variant Also Negotiates\r\n",
    "HTTP/1.1 507 Insufficient Storage\r\n",
    "HTTP/1.1 508 Loop Detected\r\n",
    "HTTP/1.1 511 Network Authentication Required\r\n",
};
constexpr std::string_view kVersion = "HTTP/1.1 ";
constexpr std::size_t kReasonOffset = kVersion.size() + 4;
constexpr std::size_t kUsualHeadBytes = 512;
constexpr int kFirstStatus = 100;
constexpr int kStatusCount = 500;

// The line of each status at [status - 100].
constexpr auto kLineByStatus = [] {
    std::array<std::string_view, kStatusCount> lines{};
    for (const std::string_view line : kStatusLines) {
        int status = 0;
        for (const char digit : line.substr(kVersion.size(), 3))
            status = status * 10 + digit - '0';
        lines[static_cast<std::size_t>(status - kFirstStatus)] = line;
    }
    return lines;
}();

// Empty for a status without a registered reason.
std::string_view status_line(int status) {
    if (status < kFirstStatus || status >= kFirstStatus + kStatusCount) return {};
    return kLineByStatus[static_cast<std::size_t>(status - kFirstStatus)];
}

constexpr bool breaks_line(char c) {
    return c == '\r' || c == '\n' || c == '\0';
}

// Whether a byte below 0x20 is in value: eight bytes at a time, the last eight overlapping (the
// "hasless" of Bit Twiddling Hacks; a byte of 0x80 and above is never reported).
bool has_control_byte(std::string_view value) {
    constexpr std::uint64_t kEach = 0x0101010101010101;
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    if (value.size() < kWord) {
        return std::ranges::any_of(value,
                                   [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    }
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < value.size(); i += kWord) {
        std::uint64_t word = 0;
        std::memcpy(&word, value.data() + std::min(i, value.size() - kWord), kWord);
        found |= (word - kEach * 0x20) & ~word & (kEach * 0x80);
    }
    return found != 0;
}

// Copies text to at, safe inside a line, and returns the end of the copy.
char* copy_defused(char* at, std::string_view text) {
    char* const end = copy_to(at, text);
    if (has_control_byte(text)) [[unlikely]] {
        std::replace_if(at, end, breaks_line, ' ');
    }
    return end;
}

}  // namespace

std::string_view reason_phrase(int status) {
    const std::string_view line = status_line(status);
    return line.empty() ? line : line.substr(kReasonOffset, line.size() - kReasonOffset - 2);
}

void HeadBuilder::begin_response(int status) {
    status_ = status;
    if (const std::string_view line = status_line(status); !line.empty()) {
        text_.assign(line);
        return;
    }
    text_.assign(kVersion);
    text_.append(std::to_string(status));
    text_.append(" \r\n");  // the space stays where the reason is empty (RFC 9112, section 4)
}

void HeadBuilder::begin_request(std::string_view method, std::string_view target) {
    constexpr std::string_view kEnd = " HTTP/1.1\r\n";
    status_ = 0;
    text_.clear();
    text_.reserve(kUsualHeadBytes);
    append_with(text_, method.size() + 1 + target.size() + kEnd.size(), [&](char* at) {
        at = copy_defused(at, method);
        *at++ = ' ';
        at = copy_defused(at, target);
        copy_to(at, kEnd);
    });
}

void HeadBuilder::add(std::string_view name, std::string_view value) {
    if (!is_token(name)) [[unlikely]]
        return;
    append_with(text_, name.size() + 2 + value.size() + 2, [&](char* at) {
        at = copy_to(at, name);
        *at++ = ':';
        *at++ = ' ';
        at = copy_defused(at, value);
        *at++ = '\r';
        *at = '\n';
    });
}

void HeadBuilder::add(std::string_view name, std::uint64_t value) {
    char digits[20];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    add(name, std::string_view(digits, end));
}

}  // namespace tarn::http
