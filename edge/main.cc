// tarn-edge: one point of presence.

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/base/text.h"
#include "common/net/loops.h"
#include "common/net/server.h"
#include "common/net/tls.h"
#include "common/observe/log.h"
#include "edge/cache/engine.h"
#include "edge/control/edge_state.h"
#include "edge/control/log_follower.h"
#include "edge/viewer/admin_handler.h"
#include "edge/viewer/edge_options.h"
#include "edge/viewer/viewer_handler.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

namespace asio = boost::asio;
using namespace tarn;
using namespace tarn::edge;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Exit codes; 2 is a wrong usage (edge_options.cc).
constexpr int kOk = 0;
constexpr int kFailure = 1;
constexpr int kBadConfiguration = 3;
constexpr int kPortTaken = 4;

constexpr seconds kDrainTime{10};
constexpr seconds kGoodbyeTime{2};
constexpr milliseconds kSweepPause{500};  // between two shards: a round takes half a minute

constexpr milliseconds kReadyPause{2};

// CloudFront's limits (Developer Guide, "Quotas").
constexpr std::size_t kMaxTargetBytes = 8192;
constexpr std::size_t kMaxHeadBytes = 20480;

// The token's file must not be readable by others.  Nothing, and a message, if it is not to be
// used.
std::optional<std::string> read_token(const std::string& path) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) {
        log_error("cannot read the token file {}: give --token-file", path);
        return std::nullopt;
    }
    if ((info.st_mode & 077) != 0) {
        log_error("the token file {} is readable by others: chmod 600 {}", path, path);
        return std::nullopt;
    }
    std::ifstream file(path);
    std::string token;
    std::getline(file, token);
    token = trim(token);
    if (token.empty()) {
        log_error("the token file {} is empty", path);
        return std::nullopt;
    }
    return token;
}

net::ServerLimits viewer_limits() {
    net::ServerLimits limits;
    limits.head.target_bytes = kMaxTargetBytes;
    limits.head.head_bytes = kMaxHeadBytes;
    return limits;
}

// Binds every address; the exit code, 0 if all went well.
int listen_on(net::Server& server, const std::vector<ListenAddress>& addresses,
              std::vector<std::uint16_t>& ports) {
    for (const ListenAddress& address : addresses) {
        const auto port = server.listen(address.host, address.port);
        if (!port) {
            log_error("{}", port.error().message);
            return port.error().address_in_use ? kPortTaken : kFailure;
        }
        ports.push_back(*port);
    }
    return kOk;
}

// Removes dead entries, shard by shard, for ever.
net::Task<> sweep(asio::io_context& loop, EdgeState& state) {
    for (std::size_t shard = 0;; shard = (shard + 1) % MemoryCache::kShardCount) {
        asio::steady_timer timer(loop, kSweepPause);
        const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        if (error) co_return;
        state.sweep_shard(shard);
    }
}

// Says once that the edge serves: when it has caught up with the log.
net::Task<> announce(asio::io_context& loop, const EdgeState& state, SteadyTime start,
                     std::uint16_t port, int ready_fd) {
    while (!state.is_ready()) {
        asio::steady_timer timer(loop, kReadyPause);
        const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        if (error) co_return;
    }
    const auto elapsed =
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
    log_info("tarn-edge {} ready in {} ms", TARN_VERSION, elapsed.count());
    if (ready_fd < 0) co_return;
    const std::string line = fmt::format("ready {}\n", port);
    if (::write(ready_fd, line.data(), line.size()) < 0) log_warning("cannot write to --ready-fd");
}

sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

// Waits for SIGINT or SIGTERM.  A second one then ends the process at once.
void wait_for_stop() {
    const sigset_t signals = stop_signals();
    int signal = 0;
    sigwait(&signals, &signal);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    log_info("stopping: waiting up to {} s for {}", kDrainTime.count(), "requests under way");
}

// TLS to viewers and origins; both ends trust the local authority.
struct Tls {
    std::unique_ptr<net::LocalCa> ca;
    std::unique_ptr<net::TlsServer> server;
    std::unique_ptr<net::TlsClient> client;
};
Tls make_tls(const std::string& directory) {
    Tls tls;
    if (!directory.empty()) {
        tls.ca = std::make_unique<net::LocalCa>(directory);
        tls.server = std::make_unique<net::TlsServer>(*tls.ca);
    }
    tls.client = std::make_unique<net::TlsClient>(tls.ca ? tls.ca->certificate_pem() : "");
    return tls;
}

int run(const EdgeOptions& options, SteadyTime start) {
    const auto token = read_token(options.token_file);
    if (!token) return kBadConfiguration;
    SystemRandom random;
    SystemClock clock;
    const Tls tls = make_tls(options.tls_directory);
    auto loops = std::make_unique<net::Loops>(options.threads);
    Engine engine({.memory_bytes = options.memory_bytes,
                   .finish_fills = options.finish_fills,
                   .s3 = options.s3_origin},
                  *loops, tls.client.get(), clock);
    EdgeState state(*loops, engine, &clock);
    state.set_fence(options.fence);

    std::vector<std::uint16_t> ports;
    ViewerOptions viewer_options{.pop = options.pop, .edge_id = options.edge_id};
    if (!options.tls_listen.empty()) viewer_options.tls_port = options.tls_listen.front().port;
    ViewerHandler viewers(viewer_options, *loops, state, engine, random);
    AdminHandler admin(viewers, *loops);
    auto server = std::make_unique<net::Server>(*loops, viewers, viewer_limits(), tls.server.get());
    auto admin_server = std::make_unique<net::Server>(*loops, admin, net::ServerLimits{}, nullptr);
    int code = listen_on(*server, options.listen, ports);
    if (code == kOk) code = listen_on(*server, options.tls_listen, ports);
    if (code == kOk) code = listen_on(*admin_server, options.admin, ports);
    if (code != kOk) return code;

    asio::io_context& home = loops->loop(0);
    auto follower = std::make_unique<LogFollower>(home, tls.client.get(), state,
                                                  FollowerOptions{.server = options.server,
                                                                  .token = *token,
                                                                  .edge_id = options.edge_id,
                                                                  .boot_id = random_hex(random, 8),
                                                                  .pop = options.pop});
    asio::co_spawn(home, follower->run(), asio::detached);
    asio::co_spawn(home, sweep(home, state), asio::detached);
    asio::co_spawn(home, announce(home, state, start, ports.front(), options.ready_fd),
                   asio::detached);
    loops->start();

    wait_for_stop();
    follower->stop();
    server->drain(kDrainTime);
    admin_server->drain(seconds(1));
    asio::co_spawn(home, follower->say_goodbye(), asio::use_future).wait_for(kGoodbyeTime);
    loops->stop();
    engine.shut_down();
    // What still hangs on the loops goes with them, while all that it refers to is alive.
    server.reset();
    admin_server.reset();
    follower.reset();
    loops.reset();
    return kOk;
}

}  // namespace

int main(int argc, char** argv) {
    const auto start = std::chrono::steady_clock::now();
    const auto options = parse_edge_options(argc, argv);
    if (!options) {
        std::fputs(options.error().message.c_str(), options.error().code == 0 ? stdout : stderr);
        return options.error().code;
    }
    // The options have been checked, so the defaults are never needed.
    init_logging(parse_log_level(options->log_level).value_or(LogLevel::Info),
                 parse_log_format(options->log_format).value_or(LogFormat::Auto));
    std::signal(SIGPIPE, SIG_IGN);
    const sigset_t signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    try {
        return run(*options, start);
    } catch (const std::exception& error) {
        log_error("{}", error.what());
        return kFailure;
    }
}
