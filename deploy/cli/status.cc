// `tarn status`, `tarn ca`.

#include "deploy/cli/command.h"
#include "deploy/cli/edges.h"
#include "deploy/cli/http_get.h"
#include "deploy/cli/run_state.h"

#include <filesystem>
#include <fstream>
#include <iostream>

#include <boost/json.hpp>

namespace tarn::cli {
namespace {

namespace json = boost::json;

int not_running(std::string_view command) {
    std::cerr << "tarn " << command << ": nothing runs; start 'tarn up'\n";
    return kFailure;
}

json::array distributions(const RunState& state) {
    const auto answer =
        http_get(state.admin_port, "/api/v1/distributions", read_token(state, "admin-token"));
    if (!answer || answer->status != 200) return {};
    return json::parse(answer->body).at("distributions").as_array();
}

json::array absent_edges(const RunState& state) {
    json::array edges;
    for (const RegisteredEdge& edge : missing_edges(state))
        edges.push_back(json::object{{"edge", edge.id}, {"pop", edge.pop}});
    return edges;
}

json::object describe(const RunState& state) {
    const auto health = http_get(state.admin_port, "/readyz");
    json::array edges;
    for (const EdgeProcess& edge : state.edges) {
        const auto ready = http_get(edge.admin_port, "/health");
        edges.push_back(
            json::object{{"pop", edge.pop},
                         {"address", "http://" + edge.address + ":" + std::to_string(edge.port)},
                         {"ready", ready && ready->status == 200}});
    }
    return {{"endpoint", state.endpoint()},
            {"ready", health && health->status == 200},
            {"pid", state.pid},
            {"directory", state.directory},
            {"edges", std::move(edges)},
            {"missing_edges", absent_edges(state)},
            {"distributions", distributions(state)}};
}

void print_text(const json::object& status, const RunState& state) {
    const auto text = [](const json::value& value) { return std::string(value.as_string()); };
    const auto state_word = [](const json::value& value) {
        return value.as_bool() ? "ready" : "NOT READY";
    };
    std::cout << "S3, CloudFront API   " << text(status.at("endpoint")) << "  "
              << state_word(status.at("ready")) << "  (pid " << state.pid << ")\n"
              << "Data, keys           " << text(status.at("directory")) << "\n";
    for (const json::value& edge : status.at("edges").as_array()) {
        std::cout << "Edge " << text(edge.at("pop")) << "        " << text(edge.at("address"))
                  << "  " << state_word(edge.at("ready")) << "\n";
    }
    for (const json::value& edge : status.at("missing_edges").as_array()) {
        std::cout << "Edge " << text(edge.at("pop")) << "        " << text(edge.at("edge"))
                  << " is registered but NOT CONNECTED: changes wait for it; see 'tarn doctor'\n";
    }
    for (const json::value& distribution : status.at("distributions").as_array()) {
        const std::string id = text(distribution.at("id"));
        std::cout << "Distribution " << id << "  " << text(distribution.at("status")) << "  "
                  << text(distribution.at("domain_name")) << "\n"
                  << "  opens at           http://127.0.0.1:" << state.edge_port << "/_edge/d/"
                  << id << "/\n";
    }
}

}  // namespace

int run_status(const Arguments& arguments) {
    const bool as_json = arguments == Arguments{"--json"};
    if (!arguments.empty() && !as_json) {
        std::cerr << "Usage: tarn status [--json]\n";
        return arguments.front() == "--help" ? kOk : kUsage;
    }
    const auto state = read_state();
    if (!state) return not_running("status");
    const json::object status = describe(*state);
    if (as_json) {
        std::cout << json::serialize(status) << "\n";
    } else {
        print_text(status, *state);
    }
    return status.at("ready").as_bool() ? kOk : kFailure;
}

int run_ca(const Arguments& arguments) {
    if (!arguments.empty()) {
        std::cerr
            << "Prints the certificate of the local authority, for clients that use HTTPS.\n\n"
               "Usage: tarn ca\n\n"
               "Example:\n"
               "  tarn ca > ca.pem && curl --cacert ca.pem https://localhost:9000/\n";
        return arguments.front() == "--help" ? kOk : kUsage;
    }
    const auto state = read_state();
    const std::filesystem::path directory = state ? state->directory : ".tarn";
    std::ifstream file(directory / "tls" / "ca.pem");
    if (!file) {
        std::cerr << "tarn ca: there is no " << (directory / "tls/ca.pem").string()
                  << " yet; 'tarn up' makes it\n";
        return kFailure;
    }
    std::cout << file.rdbuf();
    return kOk;
}

}  // namespace tarn::cli
