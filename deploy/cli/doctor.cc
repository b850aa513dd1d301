// `tarn doctor`: what would make clients miss this server.

#include "deploy/cli/aws_cli.h"
#include "deploy/cli/command.h"
#include "deploy/cli/edges.h"
#include "deploy/cli/http_get.h"
#include "deploy/cli/run_state.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace tarn::cli {
namespace {

// One line each; counts what is wrong.
class Report {
  public:
    void good(const std::string& text) { std::cout << "  ok    " << text << "\n"; }
    void bad(const std::string& text, const std::string& cure) {
        std::cout << "  WRONG " << text << "\n        " << cure << "\n";
        ++faults_;
    }
    void note(const std::string& text) { std::cout << "  note  " << text << "\n"; }
    int faults() const { return faults_; }

  private:
    int faults_ = 0;
};

std::string variable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): there is one thread
    return value ? value : "";
}

void check_server(Report& report, const std::optional<RunState>& state) {
    if (!state) {
        report.bad("no server of yours runs", "start it: tarn up");
        return;
    }
    const auto ready = http_get(state->admin_port, "/readyz");
    if (ready && ready->status == 200) {
        report.good("the server answers at " + state->endpoint());
    } else {
        report.bad("the server at " + state->endpoint() + " is not ready", "see its log");
    }
    for (const EdgeProcess& edge : state->edges) {
        const auto answer = http_get(edge.admin_port, "/health");
        if (answer && answer->status == 200) {
            report.good("edge " + edge.pop + " answers at " + edge.address);
        } else {
            report.bad("edge " + edge.pop + " is not ready", "see its log");
        }
    }
    for (const RegisteredEdge& edge : missing_edges(*state)) {
        report.bad(edge.id + " (" + edge.pop +
                       ") is registered but not connected: invalidations "
                       "and new configurations stay InProgress",
                   "start it again, or forget it: " + forget_command(*state, edge));
    }
}

void check_variables(Report& report, const RunState& state) {
    const std::string cure = "run: eval \"$(tarn env)\"";
    const std::string endpoint = variable("AWS_ENDPOINT_URL");
    if (endpoint == state.endpoint()) {
        report.good("AWS_ENDPOINT_URL points here");
    } else {
        report.bad("AWS_ENDPOINT_URL is " + (endpoint.empty() ? "not set" : endpoint), cure);
    }
    if (variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == "true") {
        report.bad("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS sends calls to AWS", cure);
    }
    if (!variable("AWS_PROFILE").empty()) {
        report.bad("AWS_PROFILE may bring other keys and endpoints", cure);
    }
    if (!variable("AWS_SESSION_TOKEN").empty()) {
        report.note("AWS_SESSION_TOKEN is set; it is not needed here");
    }
    if (variable("AWS_ACCESS_KEY_ID").empty()) report.bad("AWS_ACCESS_KEY_ID is not set", cure);
    if (variable("AWS_DEFAULT_REGION").empty()) {
        report.bad("AWS_DEFAULT_REGION is not set, and boto3 reads only this one", cure);
    }
    if (!variable("AWS_CA_BUNDLE").empty()) {
        report.note("AWS_CA_BUNDLE is set: over HTTPS it must hold the output of 'tarn ca'");
    }
}

void check_tools(Report& report) {
    const auto version = find_aws_cli();
    if (!version) {
        report.note("aws-cli is not installed; SDKs work without it");
    } else if (ignores_endpoint_variable(*version)) {
        report.note("aws-cli " + version->text + " ignores AWS_ENDPOINT_URL: use 'tarn aws'");
    } else {
        report.good("aws-cli " + version->text + " honours AWS_ENDPOINT_URL");
    }
}

void check_disk(Report& report, const RunState& state) {
    if (state.directory.empty()) return;
    std::error_code error;
    const auto space = std::filesystem::space(state.directory, error);
    constexpr std::uintmax_t kLow = 1u << 30;
    if (error) {
        report.bad("cannot look at " + state.directory, error.message());
    } else if (space.available < kLow) {
        report.bad("less than 1 GiB free at " + state.directory, "make room");
    } else {
        report.good(std::to_string(space.available >> 30) + " GiB free at " + state.directory);
    }
}

}  // namespace

int run_doctor(const Arguments& arguments) {
    if (!arguments.empty()) {
        std::cerr << "Looks for what would make clients miss this server.\n\nUsage: tarn doctor\n";
        return arguments.front() == "--help" ? kOk : kUsage;
    }
    Report report;
    const auto state = read_state();
    check_server(report, state);
    check_variables(report, state.value_or(RunState{}));
    check_tools(report);
    check_disk(report, state.value_or(RunState{}));
    if (report.faults() == 0) return kOk;
    std::cout << report.faults() << " thing(s) to mend\n";
    return kFailure;
}

}  // namespace tarn::cli
