// The header lines of a stored answer, and what else is read from the origin's head.  Pure.

#pragma once

#include "common/base/clock.h"
#include "common/cdn/distribution.h"
#include "common/http/head.h"
#include "edge/cache/entry.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::edge {

// What changes on the way into the cache.
struct StoreRules {
    const cdn::CacheBehavior& behavior;
    std::string_view tag_header;  // CacheTagConfig; empty if none
    std::string_view
        content_coding;  // set by the edge: "gzip", "br"; empty if it does not compress
    bool keep_content_length = false;  // of an answer to HEAD
    bool drop_set_cookie = false;      // no-cache="Set-Cookie"
    bool is_part = false;              // a 206: its Content-Range goes
    WallTime now;                      // for a missing Date
};

// "Name: value\r\n" lines as viewers get them, before the response headers policy: without fields
// of the connection, framing, Age, and the fields that the edge makes.
std::string stored_lines(const http::Fields& fields, const StoreRules& rules);

// The lines after a 304: fields of the 304 replace the stored ones, but for those that describe the
// body at hand (RFC 9111, section 3.2).
std::string updated_lines(std::string_view stored, const http::Fields& fields,
                          const StoreRules& rules);

// Calls visit(name, value, line) for each stored line; line with its CRLF.
template <class Visit>
void for_each_line(std::string_view lines, Visit visit) {
    while (!lines.empty()) {
        const std::size_t end = lines.find("\r\n");
        const std::string_view line = lines.substr(0, end);
        const std::size_t colon = line.find(": ");
        visit(line.substr(0, colon), line.substr(colon + 2), lines.substr(0, end + 2));
        lines.remove_prefix(end + 2);
    }
}

// "W/"x"" -> {x, weak}.  Empty where it is malformed.
EntityTag parse_etag(std::string_view value);
// The tag of the same content in another coding: strong becomes weak (Developer Guide, "Serve
// compressed files").  Empty where it is malformed: then the header is dropped.
std::string weakened_etag(std::string_view value);

// The tags that an answer carries for invalidation: lower case, the first 50 valid ones.
std::vector<std::string> read_tags(const http::Fields& fields, std::string_view tag_header);
inline constexpr std::size_t kMaxTags = 50;

// "bytes 0-499/1234".  Nothing for other forms, an unknown size, or numbers that contradict.
struct ContentRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::uint64_t size = 0;
    friend bool operator==(const ContentRange&, const ContentRange&) = default;
};
std::optional<ContentRange> parse_content_range(std::string_view value);

}  // namespace tarn::edge
