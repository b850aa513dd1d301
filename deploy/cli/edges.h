// The edges that the server waits for, as its registry has them
// (server/cloudfront/edge_registry.h).

#pragma once

#include "deploy/cli/run_state.h"

#include <string>
#include <vector>

namespace tarn::cli {

struct RegisteredEdge {
    std::string id;  // "edge-2"
    std::string pop;
    bool connected = false;
};

// The id of the edge that `tarn up` starts at this place, counted from 0.
std::string edge_id_at(int index);

// None where the server does not answer.
std::vector<RegisteredEdge> registered_edges(const RunState& state);
// Those that are not connected.  Until one is back, or forgotten, no change counts as deployed and
// no invalidation as completed.
std::vector<RegisteredEdge> missing_edges(const RunState& state);
// Forgets the edges of an earlier `tarn up` that this one, with so many edges, does not start.
// Edges that somebody else started under names of their own are left to him.
void forget_earlier_edges(const RunState& state, int count);
// The command with which a person forgets an edge.
std::string forget_command(const RunState& state, const RegisteredEdge& edge);

}  // namespace tarn::cli
