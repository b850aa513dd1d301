#include "deploy/cli/run_state.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <boost/json.hpp>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tarn::cli {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

// In /tmp anybody could have put a directory of that name.
void require_own_directory(const fs::path& directory) {
    struct stat status{};
    if (::lstat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
        status.st_uid != ::getuid()) {
        throw std::runtime_error(directory.string() + " is not a directory of yours");
    }
}

std::uint16_t port_of(const json::object& object, const char* name) {
    return static_cast<std::uint16_t>(object.at(name).to_number<int>());
}

RunState parse(const json::object& object) {
    RunState state{.pid = object.at("pid").to_number<int>(),
                   .server_pid = object.at("server_pid").to_number<int>(),
                   .api_port = port_of(object, "api_port"),
                   .admin_port = port_of(object, "admin_port"),
                   .edge_port = port_of(object, "edge_port"),
                   .tls_port = port_of(object, "tls_port"),
                   .directory = std::string(object.at("directory").as_string())};
    for (const json::value& value : object.at("edges").as_array()) {
        const json::object& edge = value.as_object();
        state.edges.push_back({.pop = std::string(edge.at("pop").as_string()),
                               .address = std::string(edge.at("address").as_string()),
                               .port = port_of(edge, "port"),
                               .admin_port = port_of(edge, "admin_port"),
                               .pid = edge.at("pid").to_number<int>()});
    }
    return state;
}

}  // namespace

fs::path state_file() {
    // NOLINTBEGIN(concurrency-mt-unsafe): there is one thread
    if (const char* path = std::getenv("TARN_STATE")) return path;
    if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime && *runtime) {
        return fs::path(runtime) / "tarn" / "up.json";
    }
    // NOLINTEND(concurrency-mt-unsafe)
    return fs::path("/tmp") / ("tarn-" + std::to_string(::getuid())) / "up.json";
}

void write_state(const RunState& state) {
    const fs::path path = state_file();
    if (path.has_parent_path() && fs::create_directories(path.parent_path())) {
        fs::permissions(path.parent_path(), fs::perms::owner_all);
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
    if (!std::getenv("TARN_STATE")) require_own_directory(path.parent_path());
    json::array edges;
    for (const EdgeProcess& edge : state.edges) {
        edges.push_back(json::object{{"pop", edge.pop},
                                     {"address", edge.address},
                                     {"port", edge.port},
                                     {"admin_port", edge.admin_port},
                                     {"pid", edge.pid}});
    }
    const json::object object{{"pid", state.pid},
                              {"server_pid", state.server_pid},
                              {"api_port", state.api_port},
                              {"admin_port", state.admin_port},
                              {"edge_port", state.edge_port},
                              {"tls_port", state.tls_port},
                              {"directory", state.directory},
                              {"edges", std::move(edges)}};
    const fs::path temporary = path.string() + ".new";
    std::ofstream(temporary) << json::serialize(object) << "\n";
    fs::rename(temporary, path);
}

void remove_state(int pid) {
    const auto state = read_state();
    std::error_code ignored;
    if (state && state->pid == pid) fs::remove(state_file(), ignored);
}

std::optional<RunState> read_state() {
    std::ifstream file(state_file());
    if (!file) return std::nullopt;
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    try {
        RunState state = parse(json::parse(text).as_object());
        // A process that is gone left the file behind.
        if (::kill(state.pid, 0) != 0 && errno == ESRCH) return std::nullopt;
        return state;
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

std::string read_token(const RunState& state, const std::string& name) {
    std::ifstream file(fs::path(state.directory) / "keys" / name);
    std::string token;
    std::getline(file, token);
    return token;
}

}  // namespace tarn::cli
