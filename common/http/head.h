// The head of an HTTP/1.1 message, as views into the bytes it was parsed from.
//
// One strict gate stands before everything: parse_request_head and parse_response_head refuse every
// message that two implementations might frame differently (reliability.md 3.1; RFC 9112 sections
// 2.2, 5.1, 6, 7), also those that Boost.Beast lets pass.

#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tarn::http {

enum class Method : std::uint8_t { Get, Head, Put, Post, Delete, Options, Patch, Other };
std::string_view method_name(Method method);  // "GET"; "OTHER" for Other

struct Field {
    std::string_view name;   // as received
    std::string_view value;  // without surrounding white space
};

// Fields in arrival order.  Names compare without case.
class Fields {
  public:
    void clear() { list_.clear(); }
    void reserve(std::size_t count) { list_.reserve(count); }
    void add(std::string_view name, std::string_view value) { list_.push_back({name, value}); }
    // The first field of that name; nothing if absent.
    std::optional<std::string_view> find(std::string_view name) const;
    // find(), or an empty view.
    std::string_view get(std::string_view name) const {
        return find(name).value_or(std::string_view{});
    }
    bool has(std::string_view name) const { return find(name).has_value(); }
    std::size_t count(std::string_view name) const;
    auto begin() const { return list_.begin(); }
    auto end() const { return list_.end(); }
    std::size_t size() const { return list_.size(); }

  private:
    std::vector<Field> list_;  // keeps its capacity from one request to the next
};

// How the body that follows is delimited.
struct BodyFraming {
    enum class Kind : std::uint8_t { None, Length, Chunked, UntilClose };
    Kind kind = Kind::None;
    std::uint64_t length = 0;  // for Length
};

struct RequestHead {
    Method method = Method::Other;
    std::string_view method_text;
    std::string_view target;  // as received; origin form, or "*" for OPTIONS
    int minor_version = 1;    // of HTTP/1.x
    std::string_view host;    // Host, or the authority of an absolute-form target; as received
    Fields fields;
    BodyFraming framing;
    bool keep_alive = true;
    bool expects_continue = false;  // Expect: 100-continue, in any case

    void clear();
};

struct ResponseHead {
    int status = 0;
    int minor_version = 1;
    std::string_view reason;
    Fields fields;
    BodyFraming framing;  // UntilClose where neither length nor chunked is said
    bool keep_alive = true;

    void clear();
};

struct HeadLimits {
    std::size_t target_bytes = 16 * 1024;
    std::size_t head_bytes = 32 * 1024;  // request line, fields and the empty line
    std::size_t field_count = 100;
};

enum class HeadError : std::uint8_t {
    Malformed,                  // 400
    UnsupportedVersion,         // 505
    TargetTooLong,              // 414
    HeadTooLarge,               // 431
    TooManyFields,              // 431
    UnsupportedTransferCoding,  // 501
};
int status_of(HeadError error);

// Bytes up to and including the empty line that ends the head; nothing while it is incomplete.
// Call it only for up to limits.head_bytes; searched_bytes says how much an earlier call has seen.
std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t searched_bytes = 0);

// Parses a whole head (find_head_end bytes) into out, whose storage is reused.  The views in out
// point into bytes.
Result<void, HeadError> parse_request_head(std::string_view bytes, const HeadLimits& limits,
                                           RequestHead& out);
// request_method: a response to HEAD has no body whatever its fields say.
Result<void, HeadError> parse_response_head(std::string_view bytes, const HeadLimits& limits,
                                            Method request_method, ResponseHead& out);

}  // namespace tarn::http
