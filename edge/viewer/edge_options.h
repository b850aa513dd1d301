// The options of tarn-edge: flags, TARN_EDGE_* variables, and a file of "key = value" lines; a flag
// wins over a variable, a variable over the file.

#pragma once

#include "common/base/result.h"
#include "common/net/client.h"
#include "edge/origin/fetch.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::edge {

struct ListenAddress {
    std::string host;
    std::uint16_t port = 0;
    friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

struct EdgeOptions {
    std::vector<ListenAddress> listen;
    std::vector<ListenAddress> tls_listen;
    std::vector<ListenAddress> admin;
    net::Endpoint server;
    S3Endpoint s3_origin;
    std::string pop;
    std::string edge_id;
    std::string token_file;
    std::string tls_directory;  // empty: no TLS
    std::uint64_t memory_bytes = 0;
    std::size_t threads = 0;
    bool fence = false;
    bool finish_fills = false;
    std::string log_level;
    std::string log_format;
    int ready_fd = -1;
};

// What parsing the command line leads to where it is not "run".
struct EarlyExit {
    int code = 0;         // 0: help or version; 2: usage; 3: a value makes no sense
    std::string message;  // for standard output if code is 0, else for standard error
};
Result<EdgeOptions, EarlyExit> parse_edge_options(int argc, const char* const* argv);

// "127.0.0.1:9080", "[::1]:9080".  Nothing if malformed.
std::optional<ListenAddress> parse_listen_address(std::string_view text);
// "http://127.0.0.1:9000" -> an endpoint.  Nothing if malformed.
std::optional<net::Endpoint> parse_http_url(std::string_view text);
// "512MiB", "1GiB", "1000000".
std::optional<std::uint64_t> parse_byte_size(std::string_view text);

}  // namespace tarn::edge
