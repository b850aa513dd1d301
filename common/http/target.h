// Splits a request target into path and query without changing a byte of either (DESIGN 3.4).

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::http {

struct Target {
    std::string_view path;   // raw, starts with '/' (or is "*")
    std::string_view query;  // raw, without '?'
    bool has_query = false;
};
Target split_target(std::string_view target);

struct QueryParameter {
    std::string_view raw_name;
    std::string_view raw_value;
    bool has_value = false;  // "a=" has one, "a" has none
    std::string name;        // percent-decoded once
    std::string value;       // percent-decoded once; '+' stays '+'
};

// The parameters in order of appearance.  Nothing where a percent-escape is malformed.
std::optional<std::vector<QueryParameter>> parse_query(std::string_view query);

inline constexpr std::size_t kMaxQueryParameters = 200;

// Host without port, lower case, without brackets of an IPv6 address.
struct HostPort {
    std::string host;
    std::string_view port;  // empty if absent
};
HostPort split_host(std::string_view host);

}  // namespace tarn::http
