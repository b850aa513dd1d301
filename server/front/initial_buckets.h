// `--bucket NAME[:public-read]`: buckets that exist when the server is ready.

#pragma once

#include "common/net/loops.h"
#include "server/s3/services.h"

#include <optional>
#include <string>
#include <vector>

namespace tarn::front {

// Creates those that do not exist.  Blocks; the loops must run.  Returns what is wrong, if
// anything.
std::optional<std::string> create_initial_buckets(s3::Services& services, net::Loops& loops,
                                                  const std::vector<std::string>& specifications,
                                                  const std::string& owner_account_id);

}  // namespace tarn::front
