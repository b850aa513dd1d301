// tarn-server as a whole: puts the parts together, runs until a signal, takes them apart.

#pragma once

#include "server/front/server_options.h"

namespace tarn::front {

// Exit statuses, as `tarn --help` documents them.
inline constexpr int kExitFailure = 1;
inline constexpr int kExitBusy = 4;     // a port or the data directory is in use
inline constexpr int kExitCorrupt = 5;  // the stored data is damaged or of a newer format

// Returns the exit status.  Blocks SIGTERM and SIGINT for all threads; call it on the main thread.
int run_server(const ServerOptions& options);
// Verifies the stored data without serving it; the exit status.  Prints its report.
int run_scrub(const ServerOptions& options);

}  // namespace tarn::front
