// What `tarn up` leaves for the other commands to find: where things listen and which processes
// they are.  One file for each user, so that it is found from every directory.

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tarn::cli {

struct EdgeProcess {
    std::string pop;
    std::string address;  // "127.0.1.1"
    std::uint16_t port = 0;
    std::uint16_t admin_port = 0;
    int pid = 0;
};

struct RunState {
    int pid = 0;  // of `tarn up`
    int server_pid = 0;
    std::uint16_t api_port = 9000;
    std::uint16_t admin_port = 9001;
    std::uint16_t edge_port = 9080;
    std::uint16_t tls_port = 9443;
    std::string directory;  // of keys/ and tls/
    std::vector<EdgeProcess> edges;

    std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(api_port); }
};

// $TARN_STATE, else $XDG_RUNTIME_DIR/tarn/up.json, else /tmp/tarn-<uid>/up.json.
std::filesystem::path state_file();
void write_state(const RunState& state);
void remove_state(int pid);  // only where it is that process's
// Nothing where no `tarn up` of this user runs.
std::optional<RunState> read_state();

// A token of the server, from directory/keys/; empty where it cannot be read.
std::string read_token(const RunState& state, const std::string& name);

}  // namespace tarn::cli
