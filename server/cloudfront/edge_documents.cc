#include "server/cloudfront/edge_documents.h"

#include "common/base/time_text.h"

#include <algorithm>

#include <boost/json.hpp>

namespace tarn::cloudfront {
namespace {

namespace json = boost::json;

bool read_text(const json::object& object, std::string_view name, std::string& value) {
    const json::value* found = object.if_contains(name);
    if (!found || !found->is_string() || found->get_string().empty()) return false;
    value = std::string_view(found->get_string());
    return true;
}

bool read_number(const json::object& object, std::string_view name, std::uint64_t& value) {
    const json::value* found = object.if_contains(name);
    if (!found) return true;
    json::error_code error;
    value = found->to_number<std::uint64_t>(error);
    return !error;
}

}  // namespace

std::optional<EdgeMessage> read_edge_message(std::string_view body) {
    json::error_code error;
    const json::value value = json::parse(body, error);
    if (error || !value.is_object()) return std::nullopt;
    const json::object& object = value.get_object();
    EdgeMessage message;
    if (!read_text(object, "edge", message.edge_id) ||
        !read_text(object, "boot", message.boot_id) ||
        !read_number(object, "applied", message.applied) ||
        !read_number(object, "dropped", message.dropped)) {
        return std::nullopt;
    }
    return message;
}

std::string edges_document(const std::vector<EdgeState>& edges, std::uint64_t newest,
                           SteadyTime now) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    json::array list;
    for (const EdgeState& edge : edges) {
        list.emplace_back(json::object{
            {"edge", edge.edge_id},
            {"boot", edge.boot_id},
            {"pop", edge.pop},
            {"applied", edge.applied},
            {"behind", newest - std::min(newest, edge.applied)},
            {"dropped", edge.dropped},
            {"connected", edge.stream_count > 0},
            {"lease", edge.lease_live ? "live" : "expired"},
            {"silent_ms", duration_cast<milliseconds>(now - edge.heard).count()},
        });
    }
    return json::serialize(json::object{{"newest", newest}, {"edges", std::move(list)}});
}

std::string proof_document(const InvalidationRow& row, const std::vector<EdgeState>& edges) {
    json::object document{
        {"invalidation", row.id},
        {"distribution", row.distribution_id},
        {"sequence", row.sequence},
        {"created", format_iso8601_ms(row.created)},
        {"status", row.completed ? "Completed" : "InProgress"},
    };
    if (row.completed) {
        document["completed"] = format_iso8601_ms(*row.completed);
        json::array list;
        for (const EdgeProof& edge : row.proof) {
            json::object one{{"edge", edge.edge_id}, {"boot", edge.boot_id}, {"pop", edge.pop}};
            if (edge.lease_expired) {
                one["lease_expired"] = true;
            } else if (edge.acknowledged != WallTime{}) {
                one["acknowledged"] = format_iso8601_ms(edge.acknowledged);
            }
            one["dropped"] = edge.dropped;
            list.emplace_back(std::move(one));
        }
        document["edges"] = std::move(list);
    } else {
        json::array waiting;
        for (const EdgeState& edge : edges) {
            if (edge.applied >= row.sequence) continue;
            waiting.emplace_back(json::object{{"edge", edge.edge_id},
                                              {"applied", edge.applied},
                                              {"lease", edge.lease_live ? "live" : "expired"}});
        }
        document["waiting_for"] = std::move(waiting);
    }
    return json::serialize(document);
}

}  // namespace tarn::cloudfront
