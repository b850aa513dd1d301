// What tarn-server can be told, by flag, environment or file.

#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::front {

struct ServerOptions {
    std::string data;  // the data directory; unused if ephemeral
    bool ephemeral = false;
    std::vector<std::string> listen;        // "address:port"
    std::vector<std::string> admin_listen;  // "address:port"
    std::string ready_file;
    std::vector<std::string> credentials;  // "KEY:SECRET[:ACCOUNT[:NAME[:EMAIL]]]"
    std::vector<std::string> buckets;      // "NAME[:public-read]"
    std::vector<std::string> domains;      // further suffixes of virtual-hosted names
    bool insecure_default_credentials = false;
    std::string compat;  // names of s3::kCompatSwitches, separated by commas, or "classic"
    bool strict_regions = false;
    std::string region = "us-east-1";
    std::string durability = "strict";
    bool accept_loss = false;
    bool fence = false;
    bool test_reset = false;
    std::uint32_t log_delivery_seconds = 60;  // how long records of server access logs wait
    std::uint32_t threads = 0;                // 0: one per core
    std::string log_level = "info";
    std::string log_format = "auto";
    bool scrub = false;
    bool list_failpoints = false;
    bool print_operations = false;
};

struct ParsedOptions {
    ServerOptions options;
    std::optional<int>
        exit_status;  // set where the program is to end now (--help, --version, faults)
};
// Precedence: flag, then TARN_SERVER_<NAME>, then the file named by --config.  Prints help and all
// faults at once.
ParsedOptions parse_server_options(int argc, char** argv, std::ostream& out, std::ostream& err);

struct ListenAddress {
    std::string host;
    std::uint16_t port = 0;
    bool loopback() const;
};
// "127.0.0.1:9000", "[::1]:9000"; nothing if malformed.
std::optional<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace tarn::front
