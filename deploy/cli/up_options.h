// What `tarn up` can be told.

#pragma once

#include "deploy/cli/command.h"

#include <optional>
#include <string>
#include <vector>

namespace tarn::cli {

struct UpOptions {
    std::string data = ".tarn";
    bool ephemeral = false;
    int edges = 1;
    std::vector<std::string> buckets;
    int port = 9000;
    int admin_port = 9001;
    int edge_port = 9080;
    int tls_port = 9443;
    std::string ready_file;
    std::vector<std::string> server_arguments;  // flags not known here
};

struct ParsedUp {
    UpOptions options;
    std::optional<int> exit_status;
};
ParsedUp parse_up(const Arguments& arguments);

}  // namespace tarn::cli
