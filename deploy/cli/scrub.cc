// `tarn scrub`: verifies all stored data, through the running server or, where none runs, by
// opening the data directory.

#include "deploy/cli/command.h"
#include "deploy/cli/http_get.h"
#include "deploy/cli/process.h"
#include "deploy/cli/run_state.h"

#include <iostream>

#include <boost/json.hpp>

namespace tarn::cli {

int run_scrub(const Arguments& arguments) {
    std::string data = ".tarn";
    if (arguments.size() == 2 && arguments.front() == "--data") {
        data = arguments.back();
    } else if (!arguments.empty()) {
        std::cerr
            << "Verifies every stored byte against its checksum.\n\n"
               "Usage: tarn scrub [--data DIR]\n\n"
               "Asks the running server; with --data, or where none runs, opens the data\n"
               "directory itself.  Exit status 0: everything is whole; 5: something is not.\n";
        return arguments.front() == "--help" ? kOk : kUsage;
    }
    const auto state = read_state();
    if (!state || !arguments.empty()) {
        return become(find_program("tarn-server").string(), {"--data", data, "--scrub"});
    }
    const auto answer =
        http_get(state->admin_port, "/api/v1/scrub", read_token(*state, "admin-token"), "POST");
    if (!answer || answer->status != 200) {
        std::cerr << "tarn scrub: the server did not answer; see its log\n";
        return kFailure;
    }
    const auto report = boost::json::parse(answer->body).as_object();
    std::cout << std::string(report.at("text").as_string()) << "\n";
    return report.at("clean").as_bool() ? kOk : kCorrupt;
}

}  // namespace tarn::cli
