// `tarn up`: the server and its edges in one foreground process group.

#include "deploy/cli/command.h"
#include "deploy/cli/edges.h"
#include "deploy/cli/http_get.h"
#include "deploy/cli/process.h"
#include "deploy/cli/run_state.h"
#include "deploy/cli/up_options.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <thread>

#include <boost/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

namespace tarn::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStartTime{30};
constexpr std::chrono::milliseconds kPollInterval{2};

// Points of presence in the order in which edges are started; then numbers.
constexpr std::array<std::string_view, 8> kPops = {"IAD89-P1", "FRA50-P1", "NRT12-P1", "SFO5-P1",
                                                   "LHR61-P1", "GRU1-P1",  "SYD62-P1", "BOM78-P1"};

struct Child {
    std::string name;
    pid_t pid = 0;
};

// The running whole.  Stops its children when it is destroyed.
class Stack {
  public:
    explicit Stack(UpOptions options) : options_(std::move(options)) {}
    ~Stack();
    Stack(const Stack&) = delete;
    Stack& operator=(const Stack&) = delete;

    // An exit status where it could not start.
    std::optional<int> start();
    void print_banner(std::chrono::milliseconds took) const;
    void write_ready_file() const;
    // Waits for Ctrl-C or a child's end; the exit status.
    int wait();

  private:
    void choose_ports();
    std::optional<int> start_server();
    std::optional<int> start_edges();
    std::optional<int> wait_for_file(const fs::path& file, Child& child);
    std::optional<int> wait_for_edge(const EdgeProcess& edge, Child& child);
    std::vector<std::string> edge_arguments(const EdgeProcess& edge, int index) const;

    UpOptions options_;
    RunState state_;
    std::vector<Child> children_;
    fs::path scratch_;  // for ready files
};

// How a child has ended; nothing while it runs.
struct End {
    int status = kFailure;
    std::string words;  // "ended with status 1", "was killed by signal 9 (SIGKILL)"
};
std::optional<End> ended(pid_t pid) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) != pid) return std::nullopt;
    if (WIFEXITED(status)) {
        return End{WEXITSTATUS(status), "ended with status " + std::to_string(WEXITSTATUS(status))};
    }
    const int number = WTERMSIG(status);
    const char* name = ::sigabbrev_np(number);
    return End{kFailure, "was killed by signal " + std::to_string(number) +
                             (name ? std::string(" (SIG") + name + ")" : std::string{})};
}

// For a child that ended before it was ready.
int report_failed_start(Child& child, const End& end) {
    child.pid = 0;
    std::cerr << "tarn up: " << child.name << " " << end.words << " while starting; see above\n";
    return end.status == kOk ? kFailure : end.status;
}

Stack::~Stack() {
    // Edges first: their goodbyes need the server.
    for (auto child = children_.rbegin(); child != children_.rend(); ++child) {
        if (child->pid > 0 && ::kill(child->pid, SIGTERM) == 0) ::waitpid(child->pid, nullptr, 0);
    }
    remove_state(::getpid());
    std::error_code ignored;
    if (!scratch_.empty()) fs::remove_all(scratch_, ignored);
}

void Stack::choose_ports() {
    for (int* port : {&options_.edge_port, &options_.tls_port}) {
        if (*port == 0) *port = free_port();
    }
    state_.pid = ::getpid();
    state_.edge_port = static_cast<std::uint16_t>(options_.edge_port);
    state_.tls_port = static_cast<std::uint16_t>(options_.tls_port);
}

std::optional<int> Stack::start() {
    std::string pattern = (fs::temp_directory_path() / "tarn-up-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw std::runtime_error("cannot make " + pattern);
    scratch_ = pattern;
    choose_ports();
    if (const auto status = start_server()) return status;
    if (const auto status = start_edges()) return status;
    write_state(state_);
    return std::nullopt;
}

std::optional<int> Stack::wait_for_file(const fs::path& file, Child& child) {
    const auto give_up = Clock::now() + kStartTime;
    while (!fs::exists(file)) {
        if (const auto end = ended(child.pid)) return report_failed_start(child, *end);
        if (Clock::now() > give_up) {
            std::cerr << "tarn up: " << child.name << " is not ready after 30 s\n";
            return kFailure;
        }
        std::this_thread::sleep_for(kPollInterval);
    }
    return std::nullopt;
}

std::optional<int> Stack::start_server() {
    const fs::path ready = scratch_ / "server.json";
    const std::string port = std::to_string(options_.port);
    std::vector<std::string> arguments = {
        "--listen",      "127.0.0.1:" + port, "--listen",
        "[::1]:" + port, "--admin-listen",    "127.0.0.1:" + std::to_string(options_.admin_port),
        "--ready-file",  ready.string(),      "--log-level",
        "warning"};
    if (options_.ephemeral) {
        arguments.emplace_back("--ephemeral");
    } else {
        arguments.insert(arguments.end(), {"--data", options_.data});
    }
    for (const std::string& bucket : options_.buckets)
        arguments.insert(arguments.end(), {"--bucket", bucket});
    std::ranges::copy(options_.server_arguments, std::back_inserter(arguments));
    children_.push_back({"tarn-server", start_process(find_program("tarn-server"), arguments)});
    if (const auto status = wait_for_file(ready, children_.back())) return status;

    std::ifstream file(ready);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto object = boost::json::parse(text).as_object();
    state_.server_pid = children_.back().pid;
    state_.api_port = static_cast<std::uint16_t>(object.at("api").to_number<int>());
    state_.admin_port = static_cast<std::uint16_t>(object.at("admin").to_number<int>());
    state_.directory = fs::absolute(std::string(object.at("directory").as_string())).string();
    return std::nullopt;
}

std::vector<std::string> Stack::edge_arguments(const EdgeProcess& edge, int index) const {
    const auto at = [](const std::string& host, std::uint16_t port) {
        return host + ":" + std::to_string(port);
    };
    std::vector<std::string> arguments = {
        "--listen",        at(edge.address, state_.edge_port),
        "--tls-listen",    at(edge.address, state_.tls_port),
        "--server",        "http://" + at("127.0.0.1", state_.admin_port),
        "--s3-origin",     "http://" + at("127.0.0.1", state_.api_port),
        "--pop",           edge.pop,
        "--edge-id",       edge_id_at(index),
        "--token-file",    state_.directory + "/keys/edge-token",
        "--tls-directory", state_.directory + "/tls",
        "--admin",         at("127.0.0.1", edge.admin_port),
        "--log-level",     "warning"};
    if (index == 0) {
        arguments.insert(arguments.end(), {"--listen", at("127.0.0.1", state_.edge_port),
                                           "--listen", at("[::1]", state_.edge_port),
                                           "--tls-listen", at("127.0.0.1", state_.tls_port)});
    }
    return arguments;
}

std::optional<int> Stack::wait_for_edge(const EdgeProcess& edge, Child& child) {
    const auto give_up = Clock::now() + kStartTime;
    for (;;) {
        const auto answer = http_get(edge.admin_port, "/health");
        if (answer && answer->status == 200) return std::nullopt;
        if (const auto end = ended(child.pid)) return report_failed_start(child, *end);
        if (Clock::now() > give_up) {
            std::cerr << "tarn up: " << child.name << " is not ready after 30 s\n";
            return kFailure;
        }
        std::this_thread::sleep_for(kPollInterval);
    }
}

std::optional<int> Stack::start_edges() {
    // Where the last server was killed, its edges could not say goodbye.
    forget_earlier_edges(state_, options_.edges);
    const fs::path program = options_.edges > 0 ? find_program("tarn-edge") : fs::path{};
    for (int i = 0; i < options_.edges; ++i) {
        const auto index = static_cast<std::size_t>(i);
        EdgeProcess edge{.pop = index < kPops.size() ? std::string(kPops[index])
                                                     : "POP" + std::to_string(i + 1) + "-P1",
                         .address = "127.0.1." + std::to_string(i + 1),
                         .port = state_.edge_port,
                         .admin_port = static_cast<std::uint16_t>(free_port())};
        const pid_t pid = start_process(program, edge_arguments(edge, i));
        edge.pid = pid;
        children_.push_back({"tarn-edge " + edge.pop, pid});
        state_.edges.push_back(std::move(edge));
    }
    for (std::size_t i = 0; i < state_.edges.size(); ++i) {
        if (const auto status = wait_for_edge(state_.edges[i], children_[i + 1])) return status;
    }
    return std::nullopt;
}

void Stack::print_banner(std::chrono::milliseconds took) const {
    const std::string host = "127.0.0.1:";
    std::cout << "tarn " TARN_VERSION "  ready in " << took.count() << " ms\n"
              << "  S3, CloudFront API   " << state_.endpoint()
              << "     key test / secret test   region us-east-1\n";
    if (!state_.edges.empty()) {
        std::cout << "  Viewers (CDN)        http://" << host << state_.edge_port << "     https://"
                  << host << state_.tls_port << "\n"
                  << "  Points of presence  ";
        for (const EdgeProcess& edge : state_.edges)
            std::cout << " " << edge.pop << " (" << edge.address << ")";
        std::cout << "\n";
    }
    std::cout << "  Metrics, health      http://" << host << state_.admin_port << "/metrics\n"
              << "  Data                 "
              << (options_.ephemeral ? "in memory: gone when this stops" : options_.data) << "\n\n"
              << "  In another shell:\n"
              << "    eval \"$(tarn env)\"\n"
              << "    tarn aws s3 mb s3://videos\n\n"
              << "  Ctrl-C stops everything.\n"
              << std::flush;
}

void Stack::write_ready_file() const {
    if (options_.ready_file.empty()) return;
    const fs::path temporary = options_.ready_file + ".new";
    std::ofstream(temporary) << boost::json::serialize(
                                    boost::json::object{{"api", state_.api_port},
                                                        {"admin", state_.admin_port},
                                                        {"edge", state_.edge_port},
                                                        {"tls", state_.tls_port},
                                                        {"directory", state_.directory}})
                             << "\n";
    fs::rename(temporary, options_.ready_file);
}

int Stack::wait() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int number : {SIGINT, SIGTERM, SIGCHLD})
        ::sigaddset(&signals, number);
    for (;;) {
        int received = 0;
        ::sigwait(&signals, &received);
        if (received != SIGCHLD) return kOk;
        for (Child& child : children_) {
            const auto end = child.pid == 0 ? std::nullopt : ended(child.pid);
            if (!end) continue;
            child.pid = 0;
            std::cerr << "tarn up: " << child.name << " " << end->words << "; stopping the rest\n";
            return kFailure;
        }
    }
}

// What tarn-server says to flags that are not ours; nothing where it knows them all.
std::optional<std::string> server_flag_fault(const std::vector<std::string>& arguments) {
    if (arguments.empty()) return std::nullopt;
    std::vector<std::string> command = {find_program("tarn-server").string()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.emplace_back("--help");  // reads the flags, and does nothing else
    const Finished finished = run_to_end(command, Stream::Error);
    if (finished.status != kUsage) return std::nullopt;
    const std::string line = finished.output.substr(0, finished.output.find('\n'));
    constexpr std::string_view kPrefix = "tarn-server: ";
    return line.starts_with(kPrefix) ? line.substr(kPrefix.size()) : line;
}

void block_signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int number : {SIGINT, SIGTERM, SIGCHLD})
        ::sigaddset(&signals, number);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

int run_up(const Arguments& arguments) {
    const auto started = Clock::now();
    ParsedUp parsed = parse_up(arguments);
    if (parsed.exit_status) return *parsed.exit_status;
    if (const auto fault = server_flag_fault(parsed.options.server_arguments)) {
        std::cerr << "tarn up: " << *fault << "\nTry 'tarn up --help'.\n";
        return kUsage;
    }
    if (const auto running = read_state(); running && parsed.options.port == running->api_port) {
        std::cerr << "tarn up: already running (pid " << running->pid << ") at "
                  << running->endpoint() << "; stop it, or give other ports\n";
        return kBusy;
    }
    block_signals();
    Stack stack(std::move(parsed.options));
    if (const auto status = stack.start()) return *status;
    stack.print_banner(
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started));
    stack.write_ready_file();
    return stack.wait();
}

}  // namespace tarn::cli
