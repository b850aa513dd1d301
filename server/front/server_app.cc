#include "server/front/server_app.h"

#include "common/base/random.h"
#include "common/net/server.h"
#include "common/net/tls.h"
#include "common/observe/log.h"
#include "server/cloudfront/control_api.h"
#include "server/cloudfront/signing_keys.h"
#include "server/console/admin_front.h"
#include "server/front/api_front.h"
#include "server/front/control_front.h"
#include "server/front/initial_buckets.h"
#include "server/front/master_key_file.h"
#include "server/front/request_metrics.h"
#include "server/front/secrets.h"
#include "server/front/test_reset.h"
#include "server/s3/access_log_delivery.h"
#include "server/s3/address.h"
#include "server/s3/blob_references.h"
#include "server/s3/operation_table.h"
#include "server/storage/blob_collector.h"
#include "server/storage/engine.h"
#include "server/storage/failpoint.h"
#include "server/storage/scrub.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

namespace tarn::front {
namespace {

constexpr std::size_t kBlockingThreads = 8;
constexpr std::chrono::seconds kDrainTime{10};

// Where keys and certificates are: the data directory, or for an ephemeral server a temporary
// directory that goes with it.
class RuntimeDirectory {
  public:
    explicit RuntimeDirectory(const ServerOptions& options) : temporary_(options.ephemeral) {
        if (!temporary_) {
            path_ = options.data;
            return;
        }
        std::string pattern = (std::filesystem::temp_directory_path() / "tarn-XXXXXX").string();
        if (!::mkdtemp(pattern.data())) throw std::runtime_error("cannot make " + pattern);
        path_ = pattern;
    }
    ~RuntimeDirectory() {
        std::error_code ignored;
        if (temporary_) std::filesystem::remove_all(path_, ignored);
    }
    RuntimeDirectory(const RuntimeDirectory&) = delete;
    RuntimeDirectory& operator=(const RuntimeDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    bool temporary_;
    std::filesystem::path path_;
};

int exit_status_of(const storage::EngineError& error) {
    switch (error.kind) {
        case storage::EngineError::Kind::Locked:
            return kExitBusy;
        case storage::EngineError::Kind::NewerFormat:
        case storage::EngineError::Kind::LostCommits:
        case storage::EngineError::Kind::Corrupt:
            return kExitCorrupt;
        case storage::EngineError::Kind::Io:
            break;
    }
    return kExitFailure;
}

std::vector<auth::ConfiguredCredential> read_credentials(const ServerOptions& options) {
    std::vector<auth::ConfiguredCredential> credentials;
    for (const std::string& text : options.credentials) {
        if (auto credential = auth::parse_credential_option(text)) {
            credentials.push_back(*std::move(credential));
        }
    }
    return credentials;
}

s3::CompatSwitches read_compat(const ServerOptions& options) {
    return s3::parse_compat(options.compat).value_or(s3::CompatSwitches{});
}

// Well-known keys work only where nobody from outside can reach them.
bool accepts_any_pair(const ServerOptions& options) {
    if (options.insecure_default_credentials) return true;
    return std::ranges::all_of(options.listen, [](const std::string& text) {
        const auto address = parse_listen_address(text);
        return address && address->loopback();
    });
}

std::vector<std::string> host_suffixes(const ServerOptions& options) {
    std::vector<std::string> suffixes = s3::default_host_suffixes();
    suffixes.insert(suffixes.end(), options.domains.begin(), options.domains.end());
    return suffixes;
}

struct BoundPorts {
    std::uint16_t api = 0;
    std::uint16_t admin = 0;
};

// Binds all addresses of one server; further ones share the port that the first got from port 0.
Result<std::uint16_t, net::ListenError> listen_all(net::Server& server,
                                                   const std::vector<std::string>& addresses) {
    std::uint16_t first = 0;
    for (const std::string& text : addresses) {
        const auto address = parse_listen_address(text);
        if (!address) return fail(net::ListenError{.message = text + ": malformed"});
        const std::uint16_t port = address->port == 0 ? first : address->port;
        auto bound = server.listen(address->host, port);
        if (!bound && first != 0 && !bound.error().address_in_use) {
            // [::1] beside 127.0.0.1, on a machine without IPv6.
            log_warning("{}: {}", text, bound.error().message);
            continue;
        }
        if (!bound) return fail(std::move(bound).error());
        if (first == 0) first = *bound;
    }
    return first;
}

void write_ready_file(const std::string& path, const BoundPorts& ports,
                      const std::filesystem::path& directory) {
    if (path.empty()) return;
    const std::string temporary = path + ".new";
    std::ofstream file(temporary);
    file << fmt::format(R"({{"api":{},"admin":{},"directory":"{}"}})", ports.api, ports.admin,
                        directory.string())
         << "\n";
    file.close();
    std::filesystem::rename(temporary, path);
}

std::vector<std::string_view> s3_operations() {
    std::vector<std::string_view> names;
    for (const s3::OperationRow& row : s3::operations())
        names.push_back(row.name);
    return names;
}

// Its place among s3_operations().
std::size_t place_of(const s3::OperationRow* operation) {
    if (!operation) return ApiMetrics::kNoOperation;
    return static_cast<std::size_t>(operation - s3::operations().data());
}

// Everything that runs.  Members are destroyed in reverse: servers first, the store last.
class App {
  public:
    App(const ServerOptions& options, storage::Engine& engine, SystemClock& clock, Random& random,
        const std::filesystem::path& directory)
        : options_(options),
          directory_(directory),
          secrets_(load_secrets(directory, random)),
          master_keys_(load_master_keys(directory / "keys" / "sse-s3-master-keys",
                                        engine.metadata(), random)),
          credentials_(read_credentials(options), accepts_any_pair(options)),
          engine_(engine),
          pool_(kBlockingThreads),
          collector_(engine, pins_, clock,
                     {.visit_references = s3::blob_reference_visitor(engine.metadata())}),
          services_{.metadata = engine.metadata(),
                    .blobs = engine.blobs(),
                    .pool = pool_,
                    .clock = clock,
                    .random = random,
                    .buckets = buckets_,
                    .pins = pins_,
                    .announce_trash = [this] { collector_.announce(); },
                    .credentials = credentials_,
                    .master_keys = master_keys_,
                    .compat = read_compat(options)},
          loops_(options.threads > 0 ? options.threads
                                     : std::max(1u, std::thread::hardware_concurrency())),
          access_log_(loops_.size()),
          log_delivery_(services_, access_log_, loops_.loop(0),
                        std::chrono::seconds(options.log_delivery_seconds)),
          s3_metrics_("s3", s3_operations()),
          s3_(services_, credentials_, clock,
              {.host_suffixes = host_suffixes(options),
               .strict_region = options.strict_regions ? options.region : std::string{},
               .on_answer =
                   [this](const s3::OperationRow* operation, net::Exchange& exchange,
                          std::chrono::nanoseconds took) {
                       s3_metrics_.count(place_of(operation), exchange, took);
                   },
               .access_log = &access_log_},
              loops_.size()),
          control_options_{.master_secret = secrets_.master_secret,
                           .edge_token = secrets_.edge_token,
                           .fence = options.fence},
          control_(engine.metadata(), pool_, clock, random, control_options_),
          ca_(directory / "tls"),
          tls_(ca_),
          control_front_(control_, credentials_, clock, random, loops_.size()),
          api_front_(s3_, control_front_, engine.metadata(), s3_metrics_),
          test_reset_(services_, control_, collector_, [this] { return create_buckets(); }),
          admin_front_(engine, clock, pool_, control_, s3_.refusals(), admin_options()),
          api_(loops_, api_front_, {}, &tls_),
          admin_(loops_, admin_front_, {}, &tls_) {
        credentials_.set_hook([this](std::string_view id) { return edge_credential(id); });
        add_server_metrics(
            {.api_connections = [this] { return static_cast<double>(api_.connection_count()); },
             .admin_connections = [this] { return static_cast<double>(admin_.connection_count()); },
             .connected_edges = [this] { return count_edges(true); },
             .missing_edges = [this] { return count_edges(false); }});
    }

    // The exit status where it could not start.
    std::optional<int> start();
    // What recurs about once a minute.  Blocks.
    void maintain();
    void stop();

  private:
    std::optional<auth::Credential> edge_credential(std::string_view access_key_id);
    double count_edges(bool connected);
    std::optional<std::string> create_buckets();
    console::AdminOptions admin_options();

    ServerOptions options_;
    std::filesystem::path directory_;
    ServerSecrets secrets_;
    s3::MasterKeys master_keys_;
    auth::CredentialStore credentials_;
    storage::Engine& engine_;
    net::BlockingPool pool_;
    s3::BucketRegistry buckets_;
    storage::ReadPins pins_;
    storage::BlobCollector collector_;
    s3::Services services_;
    net::Loops loops_;
    s3::AccessLogQueue access_log_;
    s3::AccessLogDelivery log_delivery_;
    ApiMetrics s3_metrics_;
    s3::S3Api s3_;
    cloudfront::ControlOptions control_options_;
    cloudfront::ControlApi control_;
    net::LocalCa ca_;
    net::TlsServer tls_;
    ControlFront control_front_;
    ApiFront api_front_;
    TestReset test_reset_;
    console::AdminFront admin_front_;
    net::Server api_;
    net::Server admin_;
};

std::optional<int> App::start() {
    if (const auto loaded = buckets_.load(engine_.metadata()); !loaded) {
        log_error("cannot read the buckets: {}", storage::to_text(loaded.error()));
        return kExitCorrupt;
    }
    BoundPorts ports;
    const auto api = listen_all(api_, options_.listen);
    const auto admin = api ? listen_all(admin_, options_.admin_listen) : api;
    if (!api || !admin) {
        const net::ListenError& error = api ? admin.error() : api.error();
        log_error("{}", error.message);
        return error.address_in_use ? kExitBusy : kExitFailure;
    }
    ports = {.api = *api, .admin = *admin};
    loops_.start();
    if (const auto fault = create_buckets()) {
        log_error("{}", *fault);
        return kExitFailure;
    }
    collector_.start();
    log_delivery_.start();
    admin_front_.set_ready();
    write_ready_file(options_.ready_file, ports, directory_);
    log_info("tarn-server {} ready: API on port {}, admin on port {}, data {}", TARN_VERSION,
             ports.api, ports.admin, options_.ephemeral ? "in memory" : options_.data);
    if (options_.durability == "relaxed") {
        log_warning("durability is relaxed: acknowledged writes can be lost with the power");
    }
    if (options_.test_reset) {
        log_warning("--test-reset: POST /api/v1/reset on the admin port removes everything");
    }
    return std::nullopt;
}

std::optional<std::string> App::create_buckets() {
    return create_initial_buckets(services_, loops_, options_.buckets,
                                  credentials_.default_account()->id);
}

console::AdminOptions App::admin_options() {
    console::AdminOptions admin{.token = secrets_.admin_token};
    if (options_.test_reset) admin.reset = [this] { return test_reset_.run(); };
    return admin;
}

void App::stop() {
    control_.stop();
    api_.drain(kDrainTime);
    admin_.drain(kDrainTime);
    log_delivery_.stop();
    loops_.stop();
    pool_.join();
}

void App::maintain() {
    if (const auto done = control_.maintain(); !done) {
        log_warning("the control plane's upkeep failed: {}", done.error().message);
    }
}

double App::count_edges(bool connected) {
    const auto edges = control_.edges().edges();
    return static_cast<double>(std::ranges::count_if(edges, [&](const cloudfront::EdgeState& edge) {
        return (edge.stream_count > 0) == connected;
    }));
}

// Edges act for the distribution whose key they hold (origin access control).
std::optional<auth::Credential> App::edge_credential(std::string_view access_key_id) {
    auto key = control_.find_edge_key(access_key_id);
    if (!key) return std::nullopt;
    return auth::Credential{.secret = std::move(key->secret),
                            .identity = {.kind = auth::PrincipalKind::Service,
                                         .access_key_id = std::string(access_key_id),
                                         .service = std::string(cloudfront::kEdgeServicePrincipal),
                                         .source_arn = std::move(key->source_arn)}};
}

void block_signals(sigset_t& signals) {
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGTERM);
    ::sigaddset(&signals, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
}

constexpr timespec kUpkeepPeriod{.tv_sec = 60, .tv_nsec = 0};

// Sees to the upkeep until a signal comes.
int wait_for_signal(const sigset_t& signals, App& app) {
    for (;;) {
        const int received = ::sigtimedwait(&signals, nullptr, &kUpkeepPeriod);
        if (received > 0) return received;
        if (errno == EAGAIN) app.maintain();
    }
}

// The options have been checked, so the defaults are never needed.
void start_logging(const ServerOptions& options) {
    init_logging(parse_log_level(options.log_level).value_or(LogLevel::Info),
                 parse_log_format(options.log_format).value_or(LogFormat::Auto));
}

storage::EngineOptions engine_options(const ServerOptions& options) {
    return {.directory = options.ephemeral ? std::string{} : options.data,
            .durability = options.durability == "relaxed" ? storage::Durability::Relaxed
                                                          : storage::Durability::Strict,
            .accept_loss = options.accept_loss};
}

}  // namespace

int run_scrub(const ServerOptions& options) {
    start_logging(options);
    // Opening would make a data directory, and find nothing wrong in it.
    if (!std::filesystem::exists(std::filesystem::path(options.data) / "VERSION")) {
        log_error("{} is no data directory of Tarn: it has no file VERSION", options.data);
        return kExitFailure;
    }
    SystemClock clock;
    SystemRandom random;
    const auto engine = storage::open_engine(engine_options(options), clock, random);
    if (!engine) {
        log_error("{}", engine.error().message);
        return exit_status_of(engine.error());
    }
    const storage::ScrubReport report = storage::scrub(
        **engine, clock, {.visit_references = s3::blob_reference_visitor((*engine)->metadata())});
    fmt::print("{}\n", to_text(report));
    return report.clean() ? 0 : kExitCorrupt;
}

int run_server(const ServerOptions& options) {
    ::umask(077);
    sigset_t signals;
    block_signals(signals);
    start_logging(options);
    for (const std::string& name : storage::arm_failpoints_from_environment())
        log_warning("TARN_FAILPOINTS names no failpoint called {}", name);

    SystemClock clock;
    SystemRandom random;
    auto engine = storage::open_engine(engine_options(options), clock, random);
    if (!engine) {
        log_error("{}", engine.error().message);
        return exit_status_of(engine.error());
    }
    try {
        const RuntimeDirectory directory(options);
        App app(options, **engine, clock, random, directory.path());
        if (const auto status = app.start()) {
            app.stop();
            return *status;
        }
        const int received = wait_for_signal(signals, app);
        log_info("stopping");
        // A second signal ends at once.
        ::signal(received, SIG_DFL);
        ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
        app.stop();
    } catch (const std::exception& fault) {
        log_error("{}", fault.what());
        return kExitFailure;
    }
    return 0;
}

}  // namespace tarn::front
