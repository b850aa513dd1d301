// The Cookie field of a request (RFC 6265, section 4.2).

#pragma once

#include <string_view>
#include <vector>

namespace tarn::http {

struct Cookie {
    std::string_view name;
    std::string_view value;  // as received: quotes are part of it
    std::string_view pair;   // "name=value" as received, to pass on unchanged
};

// The cookies in order of appearance, also repeated ones.  Names and values are bytes and compare
// with case.  A pair without '=' is a name without value; empty pairs are dropped.  The views point
// into value.
std::vector<Cookie> split_cookies(std::string_view value);

}  // namespace tarn::http
