// Who listens on a port: for the error message that a taken port deserves.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tarn::net {

struct PortHolder {
    int pid = 0;
    std::string command;  // its command line
};

// A process that listens on the TCP port, from /proc; nothing where there is none that we may see
// (another user's process, another container).  Blocks.
std::optional<PortHolder> find_port_holder(std::uint16_t port);

}  // namespace tarn::net
