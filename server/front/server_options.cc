#include "server/front/server_options.h"

#include "common/base/text.h"
#include "common/observe/log.h"
#include "server/auth/credential_store.h"
#include "server/s3/compat.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iostream>

#include <boost/program_options.hpp>

namespace tarn::front {
namespace {

namespace po = boost::program_options;

constexpr int kExitUsage = 2;
constexpr int kExitConfiguration = 3;
constexpr std::uint32_t kMaxLogDeliverySeconds = 24 * 60 * 60;

constexpr std::string_view kIntroduction =
    "tarn-server: S3 and the CloudFront control API on this machine.\n"
    "\n"
    "Usage: tarn-server [flags]\n"
    "\n"
    "Examples:\n"
    "  tarn-server                          data in ./.tarn, S3 on http://127.0.0.1:9000\n"
    "  tarn-server --ephemeral --listen 127.0.0.1:0 --ready-file ready.json\n"
    "  tarn-server --credential alice:s3cr3tkey:111111111111:alice\n";

po::options_description describe(ServerOptions& options) {
    po::options_description all("Flags (each also as TARN_SERVER_<NAME> and in the --config file)");
    auto add = all.add_options();
    const auto list = [](std::vector<std::string>& target, const std::vector<std::string>& initial,
                         const char* shown) {
        return po::value(&target)->composing()->default_value(initial, shown);
    };
    add("data", po::value(&options.data)->default_value(".tarn"), "data directory");
    add("ephemeral", po::bool_switch(&options.ephemeral), "keep everything in memory only");
    add("listen",
        list(options.listen, {"127.0.0.1:9000", "[::1]:9000"}, "127.0.0.1:9000 [::1]:9000"),
        "address of the AWS APIs; may repeat; port 0 picks one");
    add("admin-listen", list(options.admin_listen, {"127.0.0.1:9001"}, "127.0.0.1:9001"),
        "address of metrics, health, the edges' log");
    add("ready-file", po::value(&options.ready_file),
        "written as JSON {\"api\":PORT,\"admin\":PORT} when ready");
    add("credential", list(options.credentials, {}, ""),
        "access key KEY:SECRET[:ACCOUNT[:NAME[:EMAIL]]]; may repeat");
    add("bucket", list(options.buckets, {}, ""), "create bucket NAME[:public-read]; may repeat");
    add("domain", list(options.domains, {}, ""), "host suffix of virtual-hosted buckets");
    add("insecure-default-credentials", po::bool_switch(&options.insecure_default_credentials),
        "accept keys whose secret equals them also off loopback");
    add("region", po::value(&options.region)->default_value("us-east-1"), "the region served");
    add("strict-regions", po::bool_switch(&options.strict_regions),
        "refuse signatures for another region");
    add("compat", po::value(&options.compat),
        "switches NAME,... for clients that expect S3 as it was; classic: all of them (README)");
    add("durability", po::value(&options.durability)->default_value("strict"),
        "strict, or relaxed (no fsync: acknowledged writes can be lost)");
    add("accept-loss", po::bool_switch(&options.accept_loss),
        "open the data although commits are missing");
    add("fence", po::bool_switch(&options.fence),
        "an edge that is cut off does not hold up invalidations; run edges with --fence too");
    add("test-reset", po::bool_switch(&options.test_reset),
        "for test suites: POST /api/v1/reset on the admin port removes everything (README)");
    add("log-delivery-seconds", po::value(&options.log_delivery_seconds)->default_value(60),
        "deliver server access logs after so many seconds");
    add("threads", po::value(&options.threads)->default_value(0), "I/O threads; 0: one per core");
    add("log-level", po::value(&options.log_level)->default_value("info"),
        "debug, info, warning, error, off");
    add("log-format", po::value(&options.log_format)->default_value("auto"), "auto, text, json");
    add("config", po::value<std::string>(), "configuration file, lines name=value");
    add("scrub", po::bool_switch(&options.scrub),
        "verify every stored byte, print what is damaged and exit (0 whole, 5 damaged)");
    add("list-failpoints", po::bool_switch(&options.list_failpoints), "print failpoints and exit");
    add("print-operations", po::bool_switch(&options.print_operations),
        "print the table of S3 operations as Markdown and exit");
    add("help,h", "this text");
    add("version", "print the version");
    return all;
}

// TARN_SERVER_ADMIN_LISTEN -> admin-listen; empty for other variables.
std::string option_of_variable(const po::options_description& all, const std::string& variable) {
    constexpr std::string_view kPrefix = "TARN_SERVER_";
    if (!variable.starts_with(kPrefix)) return {};
    std::string name = to_lower(std::string_view(variable).substr(kPrefix.size()));
    std::ranges::replace(name, '_', '-');
    return all.find_nothrow(name, false) ? name : std::string{};
}

std::string compat_names() {
    std::string names;
    for (const s3::CompatRow& row : s3::kCompatSwitches) {
        if (!names.empty()) names += ", ";
        names += row.name;
    }
    return names;
}

std::vector<std::string> find_faults(const ServerOptions& options) {
    std::vector<std::string> faults;
    const auto check_all = [&](const std::vector<std::string>& values, const char* flag,
                               auto valid) {
        for (const std::string& value : values) {
            if (!valid(value)) faults.push_back(std::string(flag) + " " + value + ": malformed");
        }
    };
    const auto is_address = [](const std::string& text) {
        return parse_listen_address(text).has_value();
    };
    check_all(options.listen, "--listen", is_address);
    check_all(options.admin_listen, "--admin-listen", is_address);
    check_all({options.log_level}, "--log-level",
              [](const std::string& text) { return parse_log_level(text).has_value(); });
    check_all({options.log_format}, "--log-format",
              [](const std::string& text) { return parse_log_format(text).has_value(); });
    if (const auto compat = s3::parse_compat(options.compat); !compat) {
        faults.push_back("--compat " + compat.error() + ": say classic, or of " + compat_names());
    }
    if (options.durability != "strict" && options.durability != "relaxed") {
        faults.push_back("--durability " + options.durability + ": say strict or relaxed");
    }
    if (options.log_delivery_seconds < 1 || options.log_delivery_seconds > kMaxLogDeliverySeconds) {
        faults.push_back(fmt::format("--log-delivery-seconds {}: say a number from 1 to {}",
                                     options.log_delivery_seconds, kMaxLogDeliverySeconds));
    }
    for (const std::string& credential : options.credentials) {
        // The value holds a secret: it is not repeated.
        if (!auth::parse_credential_option(credential)) {
            faults.push_back(
                "--credential: say KEY:SECRET[:ACCOUNT[:NAME[:EMAIL]]], ACCOUNT with 12 digits");
        }
    }
    for (const std::string& listen : options.listen) {
        const auto address = parse_listen_address(listen);
        const bool own_keys = !options.credentials.empty();
        if (address && !address->loopback() && !own_keys && !options.insecure_default_credentials) {
            faults.push_back("--listen " + listen +
                             ": refused off loopback with well-known keys; give --credential, or "
                             "--insecure-default-credentials");
        }
    }
    return faults;
}

}  // namespace

bool ListenAddress::loopback() const {
    return host == "::1" || host.starts_with("127.");
}

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_uint(text.substr(colon + 1));
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (!port || *port > UINT16_MAX || host.empty()) return std::nullopt;
    return ListenAddress{.host = std::string(host), .port = static_cast<std::uint16_t>(*port)};
}

ParsedOptions parse_server_options(int argc, char** argv, std::ostream& out, std::ostream& err) {
    ParsedOptions parsed;
    const po::options_description all = describe(parsed.options);
    try {
        po::variables_map values;
        po::store(po::command_line_parser(argc, argv).options(all).positional({}).run(), values);
        if (values.contains("help")) {
            out << kIntroduction << "\n" << all;
            parsed.exit_status = 0;
            return parsed;
        }
        if (values.contains("version")) {
            out << "tarn-server " TARN_VERSION "\n";
            parsed.exit_status = 0;
            return parsed;
        }
        po::store(po::parse_environment(all,
                                        [&](const std::string& variable) {
                                            return option_of_variable(all, variable);
                                        }),
                  values);
        if (values.contains("config")) {
            const std::string path = values["config"].as<std::string>();
            std::ifstream file(path);
            if (!file) throw po::error("cannot read the configuration file " + path);
            po::store(po::parse_config_file(file, all), values);
        }
        po::notify(values);
    } catch (const po::error& fault) {
        err << "tarn-server: " << fault.what() << "\nTry 'tarn-server --help'.\n";
        parsed.exit_status = kExitUsage;
        return parsed;
    }
    const auto faults = find_faults(parsed.options);
    for (const std::string& fault : faults)
        err << "tarn-server: " << fault << "\n";
    if (!faults.empty()) parsed.exit_status = kExitConfiguration;
    return parsed;
}

}  // namespace tarn::front
