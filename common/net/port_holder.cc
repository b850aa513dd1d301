#include "common/net/port_holder.h"

#include "common/base/text.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace tarn::net {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kListenState = "0A";
constexpr std::size_t kMaxCommandBytes = 200;

// Adds the inodes of the sockets in a table such as /proc/net/tcp that listen on the port.
void add_listening_inodes(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
    std::ifstream file(table);
    std::string line;
    std::getline(file, line);  // the column names
    while (std::getline(file, line)) {
        std::istringstream columns(line);
        std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
        columns >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
            timeout >> inode;
        const std::size_t colon = local.find(':');
        if (state != kListenState || colon == std::string::npos) continue;
        unsigned local_port = 0;
        std::from_chars(local.data() + colon + 1, local.data() + local.size(), local_port, 16);
        if (local_port == port) inodes.insert("socket:[" + inode + "]");
    }
}

bool holds_one_of(const fs::path& process, const std::set<std::string>& sockets) {
    std::error_code error;
    for (fs::directory_iterator fd(process / "fd", error), end; !error && fd != end;
         fd.increment(error)) {
        std::error_code unreadable;
        const fs::path target = fs::read_symlink(fd->path(), unreadable);
        if (!unreadable && sockets.contains(target.string())) return true;
    }
    return false;
}

std::string command_of(const fs::path& process) {
    std::ifstream file(process / "cmdline", std::ios::binary);
    std::string command{std::istreambuf_iterator<char>(file), {}};
    while (!command.empty() && command.back() == '\0')
        command.pop_back();
    for (char& c : command) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';  // arguments end in NUL
    }
    if (command.size() > kMaxCommandBytes) command.resize(kMaxCommandBytes);
    return command;
}

}  // namespace

std::optional<PortHolder> find_port_holder(std::uint16_t port) {
    std::set<std::string> sockets;
    add_listening_inodes("/proc/net/tcp", port, sockets);
    add_listening_inodes("/proc/net/tcp6", port, sockets);
    if (sockets.empty()) return std::nullopt;

    std::error_code error;
    for (fs::directory_iterator process("/proc", error), end; !error && process != end;
         process.increment(error)) {
        const auto pid = parse_uint(process->path().filename().string());
        if (!pid || !holds_one_of(process->path(), sockets)) continue;
        return PortHolder{.pid = static_cast<int>(*pid), .command = command_of(process->path())};
    }
    return std::nullopt;
}

}  // namespace tarn::net
