// Names to addresses, by the system's resolver.

#pragma once

#include "common/net/socket.h"
#include "common/net/task.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tarn::net {

// The addresses of a host in the order to try them; a literal address is itself.  Empty where the
// name is unknown or nobody knew in time.
Task<std::vector<SocketAddress>> resolve(std::string host, std::uint16_t port,
                                         std::chrono::milliseconds timeout);

}  // namespace tarn::net
