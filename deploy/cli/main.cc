// The `tarn` command.

#include "common/base/text.h"
#include "deploy/cli/command.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

namespace tarn::cli {
namespace {

constexpr Command kCommands[] = {
    {"up", "[flags]", "start the server and its edges; Ctrl-C stops them", run_up},
    {"env", "[--shell KIND]", "print the variables that point SDKs and tools here", run_env},
    {"aws", "ARGUMENTS…", "run the installed aws-cli against this server", run_aws},
    {"status", "[--json]", "what runs, and the addresses that open here", run_status},
    {"doctor", "", "look for what would make clients miss this server", run_doctor},
    {"explain", "REQUEST-ID", "why a request was refused, or a cache answer was a hit or a miss",
     run_explain},
    {"ca", "", "print the certificate of the local authority (PEM)", run_ca},
    {"scrub", "[--data DIR]", "verify every stored byte against its checksum", run_scrub},
};

constexpr std::string_view kIntroduction =
    "tarn: the S3 and the CloudFront that run on your own machine.\n"
    "\n"
    "Usage: tarn COMMAND [arguments]\n"
    "\n"
    "Examples:\n"
    "  tarn up                                  start; data in ./.tarn\n"
    "  eval \"$(tarn env)\"                       in another shell\n"
    "  tarn aws s3 mb s3://videos\n"
    "\n"
    "Commands:\n";

constexpr std::string_view kClosing =
    "\n"
    "'tarn COMMAND --help' says more about one.\n"
    "\n"
    "Exit status: 0 done; 1 failed; 2 wrong usage; 3 wrong configuration; 4 a port or the data\n"
    "directory is in use; 5 stored data is damaged.\n";

void print_help(std::ostream& out) {
    out << kIntroduction;
    for (const Command& command : kCommands) {
        const std::string usage = std::string(command.name).append(" ").append(command.arguments);
        out << "  " << usage << std::string(usage.size() < 24 ? 24 - usage.size() : 1, ' ')
            << command.purpose << "\n";
    }
    out << kClosing;
}

// How many characters the two words differ by; for "did you mean".
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
            diagonal = above;
        }
    }
    return row[b.size()];
}

int unknown_command(std::string_view name) {
    std::cerr << "tarn: there is no command '" << name << "'";
    const auto nearest = std::ranges::min_element(
        kCommands, {}, [&](const Command& command) { return edit_distance(name, command.name); });
    if (edit_distance(name, nearest->name) <= 2) {
        std::cerr << "; did you mean '" << nearest->name << "'?";
    }
    std::cerr << "\nTry 'tarn --help'.\n";
    return kUsage;
}

}  // namespace

int run(const Arguments& arguments) {
    if (arguments.empty()) {
        print_help(std::cerr);
        return kUsage;
    }
    const std::string& name = arguments.front();
    if (name == "--help" || name == "-h" || name == "help") {
        print_help(std::cout);
        return kOk;
    }
    if (name == "--version") {
        std::cout << "tarn " TARN_VERSION "\n";
        return kOk;
    }
    const auto found = std::ranges::find(kCommands, name, &Command::name);
    if (found == std::end(kCommands)) return unknown_command(name);
    return found->run({arguments.begin() + 1, arguments.end()});
}

}  // namespace tarn::cli

int main(int argc, char** argv) {
    try {
        return tarn::cli::run({argv + 1, argv + argc});
    } catch (const std::exception& fault) {
        std::fprintf(stderr, "tarn: %s\n", fault.what());
        return tarn::cli::kFailure;
    }
}
