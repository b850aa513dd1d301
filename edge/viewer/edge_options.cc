#include "edge/viewer/edge_options.h"

#include "common/base/text.h"
#include "common/observe/log.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include <boost/program_options.hpp>
#include <fmt/format.h>

namespace tarn::edge {
namespace {

namespace po = boost::program_options;
using Texts = std::vector<std::string>;

constexpr std::string_view kUsage =
    "tarn-edge: one point of presence of Tarn's CloudFront, a caching reverse proxy.\n"
    "\n"
    "Usage: tarn-edge [options]\n"
    "\n"
    "Examples:\n"
    "  tarn-edge --token-file .tarn/edge.token\n"
    "  tarn-edge --pop SYD62-P1 --listen 127.0.1.2:9080 --token-file .tarn/edge.token\n"
    "  curl -H 'Host: d111111abcdef8.cloudfront.net' http://127.0.0.1:9080/index.html\n"
    "\n"
    "Every option is also a variable: --memory-bytes is TARN_EDGE_MEMORY_BYTES.\n"
    "\n";

po::options_description described_options() {
    po::options_description options("Options");
    auto add = options.add_options();
    add("listen", po::value<Texts>()->composing(),
        "address for viewers, HTTP and HTTPS; repeatable (127.0.0.1:9080 and [::1]:9080)");
    add("tls-listen", po::value<Texts>()->composing(),
        "address for viewers that HTTPS redirects lead to; repeatable (127.0.0.1:9443)");
    add("admin", po::value<Texts>()->composing(),
        "address for /metrics and traces; keep it on loopback (none)");
    add("server", po::value<std::string>()->default_value("http://127.0.0.1:9001"),
        "tarn-server's admin address, whose log is followed");
    add("s3-origin", po::value<std::string>()->default_value("http://127.0.0.1:9000"),
        "where <bucket>.s3.amazonaws.com is served");
    add("token-file", po::value<std::string>()->default_value(""),
        "file with the edge token, mode 0600");
    add("pop", po::value<std::string>()->default_value("FRA50-P1"),
        "name of the point of presence, in X-Amz-Cf-Pop");
    add("edge-id", po::value<std::string>()->default_value(""),
        "name of this edge to the server; the same after a restart (from --pop and --listen)");
    add("tls-directory", po::value<std::string>()->default_value(""),
        "directory of the local certificate authority; without it there is no TLS");
    add("memory-bytes", po::value<std::string>()->default_value("512MiB"),
        "memory for cached objects");
    add("threads", po::value<std::size_t>()->default_value(0), "event loops (one per core)");
    add("fence", po::bool_switch(),
        "serve nothing from the cache while cut off from the server's log");
    add("finish-fills", po::bool_switch(), "go on filling the cache when the viewers have left");
    add("log-level", po::value<std::string>()->default_value("info"),
        "debug, info, warning, error or off");
    add("log-format", po::value<std::string>()->default_value("auto"), "auto, text or json");
    add("ready-fd", po::value<int>()->default_value(-1),
        "file descriptor to write \"ready <port>\" to");
    add("config", po::value<std::string>()->default_value(""), "file of \"option = value\" lines");
    add("help,h", "this text");
    add("version", "the version");
    return options;
}

// TARN_EDGE_MEMORY_BYTES -> memory-bytes; other variables are none of ours.
std::string option_of_variable(const po::options_description& options, const std::string& name) {
    constexpr std::string_view kPrefix = "TARN_EDGE_";
    if (!name.starts_with(kPrefix)) return {};
    std::string option = to_lower(std::string_view(name).substr(kPrefix.size()));
    std::replace(option.begin(), option.end(), '_', '-');
    return options.find_nothrow(option, false) != nullptr ? option : std::string();
}

// Collects every fault, so that all are told at once.
class Reader {
  public:
    explicit Reader(const po::variables_map& values) : values_(values) {}

    std::vector<ListenAddress> addresses(const std::string& name, const Texts& otherwise) {
        std::vector<ListenAddress> addresses;
        const Texts texts = values_.count(name) != 0 ? values_[name].as<Texts>() : otherwise;
        for (const std::string& text : texts) {
            if (const auto address = parse_listen_address(text)) {
                addresses.push_back(*address);
            } else {
                fault("--{} {}: an address is 127.0.0.1:9080 or [::1]:9080", name, text);
            }
        }
        return addresses;
    }
    net::Endpoint endpoint(const std::string& name) {
        const auto endpoint = parse_http_url(text(name));
        if (!endpoint) fault("--{} {}: an address is http://127.0.0.1:9000", name, text(name));
        return endpoint.value_or(net::Endpoint{});
    }
    std::string text(const std::string& name) const { return values_[name].as<std::string>(); }
    template <class... Args>
    void fault(fmt::format_string<Args...> format, Args&&... args) {
        faults_ += "tarn-edge: " + fmt::format(format, std::forward<Args>(args)...) + "\n";
    }
    const std::string& faults() const { return faults_; }

  private:
    const po::variables_map& values_;
    std::string faults_;
};

Result<EdgeOptions, EarlyExit> read_options(const po::variables_map& values) {
    Reader reader(values);
    EdgeOptions options;
    options.listen = reader.addresses("listen", {"127.0.0.1:9080", "[::1]:9080"});
    options.tls_directory = reader.text("tls-directory");
    const Texts no_address;
    const Texts tls_address = {"127.0.0.1:9443"};
    options.tls_listen =
        reader.addresses("tls-listen", options.tls_directory.empty() ? no_address : tls_address);
    options.admin = reader.addresses("admin", {});
    options.server = reader.endpoint("server");
    const net::Endpoint s3 = reader.endpoint("s3-origin");
    options.s3_origin = {.host = s3.host, .port = s3.port, .tls = s3.tls};
    options.pop = reader.text("pop");
    options.edge_id = reader.text("edge-id");
    if (options.edge_id.empty() && !options.listen.empty()) {
        options.edge_id = fmt::format("{}-{}-{}", options.pop, options.listen.front().host,
                                      options.listen.front().port);
    }
    options.token_file = reader.text("token-file");
    const auto memory = parse_byte_size(reader.text("memory-bytes"));
    if (!memory) reader.fault("--memory-bytes {}: a size is 512MiB", reader.text("memory-bytes"));
    options.memory_bytes = memory.value_or(0);
    options.threads = values["threads"].as<std::size_t>();
    if (options.threads == 0) options.threads = std::max(1U, std::thread::hardware_concurrency());
    options.fence = values["fence"].as<bool>();
    options.finish_fills = values["finish-fills"].as<bool>();
    options.log_level = reader.text("log-level");
    if (!parse_log_level(options.log_level)) {
        reader.fault("--log-level {}: debug, info, warning, error or off", options.log_level);
    }
    options.log_format = reader.text("log-format");
    if (!parse_log_format(options.log_format)) {
        reader.fault("--log-format {}: auto, text or json", options.log_format);
    }
    options.ready_fd = values["ready-fd"].as<int>();
    const bool bad_pop =
        options.pop.empty() ||
        options.pop.find_first_not_of(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos;
    if (bad_pop) reader.fault("--pop {}: letters, digits and '-'", options.pop);
    if (!options.tls_listen.empty() && options.tls_directory.empty()) {
        reader.fault("--tls-listen needs --tls-directory");
    }
    if (!reader.faults().empty()) return fail(EarlyExit{.code = 3, .message = reader.faults()});
    return options;
}

}  // namespace

Result<EdgeOptions, EarlyExit> parse_edge_options(int argc, const char* const* argv) {
    const po::options_description described = described_options();
    po::variables_map values;
    try {
        po::store(po::parse_command_line(argc, argv, described), values);
        if (values.count("help") != 0) {
            return fail(EarlyExit{.message = fmt::format("{}{}", kUsage, [&] {
                                      std::ostringstream text;
                                      text << described;
                                      return text.str();
                                  }())});
        }
        if (values.count("version") != 0) return fail(EarlyExit{.message = "tarn-edge 0.1.0\n"});
        po::store(po::parse_environment(
                      described,
                      [&](const std::string& name) { return option_of_variable(described, name); }),
                  values);
        const std::string file = values["config"].as<std::string>();
        if (!file.empty()) {
            std::ifstream stream(file);
            if (!stream) {
                return fail(
                    EarlyExit{.code = 3, .message = "tarn-edge: cannot read " + file + "\n"});
            }
            po::store(po::parse_config_file(stream, described), values);
        }
        po::notify(values);
    } catch (const po::error& error) {
        return fail(EarlyExit{
            .code = 2,
            .message = fmt::format("tarn-edge: {}; see tarn-edge --help\n", error.what())});
    }
    return read_options(values);
}

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return std::nullopt;  // an IPv6 address without brackets
    }
    const auto port = parse_uint(text.substr(colon + 1));
    if (host.empty() || !port || *port > UINT16_MAX) return std::nullopt;
    return ListenAddress{.host = std::string(host), .port = static_cast<std::uint16_t>(*port)};
}

std::optional<net::Endpoint> parse_http_url(std::string_view text) {
    net::Endpoint endpoint;
    if (text.starts_with("https://")) {
        endpoint.tls = true;
    } else if (!text.starts_with("http://")) {
        return std::nullopt;
    }
    text.remove_prefix(text.find("//") + 2);
    if (text.ends_with('/')) text.remove_suffix(1);
    const bool has_port = text.rfind(':') != std::string_view::npos && !text.ends_with(']');
    const std::string address =
        has_port ? std::string(text) : std::string(text) + (endpoint.tls ? ":443" : ":80");
    const auto parsed = parse_listen_address(address);
    if (!parsed || parsed->host.find('/') != std::string::npos) return std::nullopt;
    endpoint.host = parsed->host;
    endpoint.port = parsed->port;
    return endpoint;
}

std::optional<std::uint64_t> parse_byte_size(std::string_view text) {
    struct Unit {
        std::string_view suffix;
        std::uint64_t factor;
    };
    constexpr Unit kUnits[] = {{"KiB", std::uint64_t{1} << 10},
                               {"MiB", std::uint64_t{1} << 20},
                               {"GiB", std::uint64_t{1} << 30},
                               {"", 1}};
    for (const Unit& unit : kUnits) {
        if (!text.ends_with(unit.suffix)) continue;
        const auto number = parse_uint(text.substr(0, text.size() - unit.suffix.size()));
        if (!number || *number > UINT64_MAX / unit.factor) return std::nullopt;
        return *number * unit.factor;
    }
    return std::nullopt;
}

}  // namespace tarn::edge
