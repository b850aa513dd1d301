// A small blocking HTTP client for the admin ports on this machine.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tarn::cli {

struct HttpAnswer {
    int status = 0;
    std::string body;
};

// Nothing where nobody answers within two seconds.  token: sent as Bearer where not empty.
std::optional<HttpAnswer> http_get(std::uint16_t port, const std::string& target,
                                   const std::string& token = {},
                                   const std::string& method = "GET");

}  // namespace tarn::cli
