// The JSON documents of the /_ctl/ endpoints.

#pragma once

#include "common/base/clock.h"
#include "server/cloudfront/edge_registry.h"
#include "server/cloudfront/rows.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cloudfront {

// {"edge":"…","boot":"…","applied":N,"dropped":N}; a goodbye has no numbers.
struct EdgeMessage {
    std::string edge_id;
    std::string boot_id;
    std::uint64_t applied = 0;
    std::uint64_t dropped = 0;
};
std::optional<EdgeMessage> read_edge_message(std::string_view body);

std::string edges_document(const std::vector<EdgeState>& edges, std::uint64_t newest,
                           SteadyTime now);
// The claim that it proves, once completed: no answer to a request sent after "completed" carries a
// body that an edge asked the origin for before "created".
std::string proof_document(const InvalidationRow& row, const std::vector<EdgeState>& edges);

}  // namespace tarn::cloudfront
