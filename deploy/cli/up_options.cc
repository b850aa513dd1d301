#include "deploy/cli/up_options.h"

#include <iostream>

#include <boost/program_options.hpp>

namespace tarn::cli {
namespace {

namespace po = boost::program_options;

constexpr int kMaxEdges = 64;
constexpr int kMaxPort = 65535;

constexpr std::string_view kIntroduction =
    "Starts tarn-server and its edges in the foreground; Ctrl-C stops all of them.\n"
    "\n"
    "Usage: tarn up [flags] [flags of tarn-server]\n"
    "\n"
    "Examples:\n"
    "  tarn up                                  data in ./.tarn\n"
    "  tarn up --ephemeral --bucket photos --bucket site:public-read\n"
    "  tarn up --edges 3                        edges on 127.0.1.1, 127.0.1.2, 127.0.1.3\n";

po::options_description describe(UpOptions& options) {
    po::options_description flags("Flags");
    auto add = flags.add_options();
    add("data", po::value(&options.data)->default_value(".tarn"), "data directory");
    add("ephemeral", po::bool_switch(&options.ephemeral), "keep everything in memory only");
    add("edges", po::value(&options.edges)->default_value(1), "how many edges to start");
    add("bucket", po::value(&options.buckets)->composing(),
        "create bucket NAME[:public-read]; may repeat");
    add("port", po::value(&options.port)->default_value(9000), "S3 and CloudFront API; 0: any");
    add("admin-port", po::value(&options.admin_port)->default_value(9001), "metrics, health");
    add("edge-port", po::value(&options.edge_port)->default_value(9080), "viewers, HTTP");
    add("tls-port", po::value(&options.tls_port)->default_value(9443), "viewers, HTTPS");
    add("ready-file", po::value(&options.ready_file), "written as JSON when everything is ready");
    add("help,h", "this text");
    return flags;
}

std::optional<std::string> find_fault(const UpOptions& options) {
    if (options.edges < 0 || options.edges > kMaxEdges) {
        return "--edges: say a number from 0 to " + std::to_string(kMaxEdges);
    }
    for (const int port : {options.port, options.admin_port, options.edge_port, options.tls_port}) {
        if (port < 0 || port > kMaxPort) return "a port is a number from 0 to 65535";
    }
    return std::nullopt;
}

}  // namespace

ParsedUp parse_up(const Arguments& arguments) {
    ParsedUp parsed;
    const po::options_description flags = describe(parsed.options);
    try {
        const auto read =
            po::command_line_parser(arguments).options(flags).allow_unregistered().run();
        po::variables_map values;
        po::store(read, values);
        if (values.contains("help")) {
            std::cout << kIntroduction << "\n"
                      << flags << "\nOther flags go to tarn-server: see 'tarn-server --help'.\n";
            parsed.exit_status = kOk;
            return parsed;
        }
        po::notify(values);
        parsed.options.server_arguments =
            po::collect_unrecognized(read.options, po::include_positional);
    } catch (const po::error& fault) {
        std::cerr << "tarn up: " << fault.what() << "\nTry 'tarn up --help'.\n";
        parsed.exit_status = kUsage;
        return parsed;
    }
    if (const auto fault = find_fault(parsed.options)) {
        std::cerr << "tarn up: " << *fault << "\nTry 'tarn up --help'.\n";
        parsed.exit_status = kUsage;
    }
    return parsed;
}

}  // namespace tarn::cli
