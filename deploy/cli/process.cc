#include "deploy/cli/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tarn::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kCannotRun = 127;

std::vector<char*> to_argv(const std::string& program, const std::vector<std::string>& arguments) {
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    return argv;
}

[[noreturn]] void fail_with(const std::string& what) {
    throw std::runtime_error(what + ": " + std::generic_category().message(errno));
}

}  // namespace

fs::path find_program(const std::string& name) {
    const fs::path self = fs::read_symlink("/proc/self/exe").parent_path();
    const std::string folder = name.substr(name.find('-') + 1);  // tarn-server: server/
    for (const fs::path& candidate : {self / name, self.parent_path() / folder / name}) {
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    throw std::runtime_error(name + " is neither beside " + (self / "tarn").string() +
                             " nor in its build folder; run deploy/up");
}

pid_t start_process(const fs::path& program, const std::vector<std::string>& arguments) {
    const std::string path = program.string();
    std::vector<char*> argv = to_argv(path, arguments);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) fail_with("fork");
    if (child > 0) return child;
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(kCannotRun);  // the parent ended before prctl
    sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    // Standard output is for `tarn`'s own result.
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    ::execv(path.c_str(), argv.data());
    ::_exit(kCannotRun);
}

int become(const std::string& program, const std::vector<std::string>& arguments) {
    std::vector<char*> argv = to_argv(program, arguments);
    ::execvp(program.c_str(), argv.data());
    return kCannotRun;
}

Finished run_to_end(const std::vector<std::string>& command, Stream stream) {
    Finished finished{.status = -1, .output = {}};
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return finished;
    const std::vector<std::string> arguments(command.begin() + 1, command.end());
    std::vector<char*> argv = to_argv(command.front(), arguments);
    const pid_t child = ::fork();
    if (child == 0) {
        const bool wants_output = stream == Stream::Output;
        ::dup2(ends[1], wants_output ? STDOUT_FILENO : STDERR_FILENO);
        ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC),
               wants_output ? STDERR_FILENO : STDOUT_FILENO);
        ::execvp(argv[0], argv.data());
        ::_exit(kCannotRun);
    }
    ::close(ends[1]);
    std::array<char, 4096> buffer;
    for (ssize_t got = 0; (got = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
        finished.output.append(buffer.data(), static_cast<std::size_t>(got));
    ::close(ends[0]);
    int status = 0;
    if (child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status)) {
        finished.status = WEXITSTATUS(status);
    }
    return finished;
}

std::optional<std::string> output_of(const std::vector<std::string>& command) {
    Finished finished = run_to_end(command, Stream::Output);
    if (finished.status != 0) return std::nullopt;
    return std::move(finished.output);
}

int free_port() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    const bool bound = listener >= 0 &&
                       ::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    if (listener >= 0) ::close(listener);
    if (!bound) fail_with("no free port");
    return ntohs(address.sin_port);
}

}  // namespace tarn::cli
