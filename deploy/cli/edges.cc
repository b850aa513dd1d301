#include "deploy/cli/edges.h"

#include "common/base/text.h"
#include "deploy/cli/http_get.h"

#include <algorithm>

#include <boost/json.hpp>

namespace tarn::cli {
namespace {

constexpr std::string_view kIdPrefix = "edge-";
constexpr const char* kEdgesPath = "/_ctl/edges";

// Whether an earlier `tarn up`, with more edges than count, may have given this id.
bool is_left_over(std::string_view id, int count) {
    if (!id.starts_with(kIdPrefix)) return false;
    const auto number = parse_uint(id.substr(kIdPrefix.size()));
    return number && *number > static_cast<std::uint64_t>(count);
}

}  // namespace

std::string edge_id_at(int index) {
    return std::string(kIdPrefix) + std::to_string(index + 1);
}

std::vector<RegisteredEdge> registered_edges(const RunState& state) {
    const auto answer = http_get(state.admin_port, kEdgesPath, read_token(state, "edge-token"));
    if (!answer || answer->status != 200) return {};
    std::vector<RegisteredEdge> edges;
    for (const auto& value : boost::json::parse(answer->body).at("edges").as_array()) {
        edges.push_back({.id = std::string(value.at("edge").as_string()),
                         .pop = std::string(value.at("pop").as_string()),
                         .connected = value.at("connected").as_bool()});
    }
    return edges;
}

std::vector<RegisteredEdge> missing_edges(const RunState& state) {
    std::vector<RegisteredEdge> edges = registered_edges(state);
    std::erase_if(edges, [](const RegisteredEdge& edge) { return edge.connected; });
    return edges;
}

void forget_earlier_edges(const RunState& state, int count) {
    for (const RegisteredEdge& edge : registered_edges(state)) {
        if (edge.connected || !is_left_over(edge.id, count)) continue;
        http_get(state.admin_port, std::string(kEdgesPath) + "/" + edge.id,
                 read_token(state, "edge-token"), "DELETE");
    }
}

std::string forget_command(const RunState& state, const RegisteredEdge& edge) {
    return "curl -X DELETE -H \"Authorization: Bearer $(cat '" + state.directory +
           "/keys/edge-token')\" http://127.0.0.1:" + std::to_string(state.admin_port) +
           kEdgesPath + "/" + edge.id;
}

}  // namespace tarn::cli
