// `tarn env`: variables for SDKs and tools, in the shell's own words.

#include "deploy/cli/aws_cli.h"
#include "deploy/cli/command.h"
#include "deploy/cli/run_state.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace tarn::cli {
namespace {

struct Shell {
    std::string_view name;
    std::string_view set_prefix;
    std::string_view assign;
    std::string_view quote;
    std::string_view unset;  // empty: this form cannot unset
};
constexpr Shell kShells[] = {
    {"bash", "export ", "=", "", "unset "},
    {"fish", "set -gx ", " ", "", "set -e "},
    {"pwsh", "$Env:", " = ", "\"", "Remove-Item -ErrorAction Ignore Env:"},
    {"dotenv", "", "=", "", ""},
    {"github", "", "=", "", ""},
};

int usage(std::ostream& out, int status) {
    out << "Prints the variables that point AWS SDKs and tools at this server.\n\n"
           "Usage: tarn env [--shell bash|fish|pwsh|dotenv|github]\n\n"
           "Examples:\n"
           "  eval \"$(tarn env)\"\n"
           "  tarn env --shell fish | source\n"
           "  tarn env --shell github >> \"$GITHUB_ENV\"\n";
    return status;
}

}  // namespace

int run_env(const Arguments& arguments) {
    std::string shell_name = "bash";
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--help" || arguments[i] == "-h") return usage(std::cout, kOk);
        if (arguments[i] != "--shell" || i + 1 == arguments.size()) {
            return usage(std::cerr, kUsage);
        }
        shell_name = arguments[++i];
    }
    const auto shell = std::ranges::find(kShells, shell_name, &Shell::name);
    if (shell == std::end(kShells)) return usage(std::cerr, kUsage);

    const auto running = read_state();
    if (!running)
        std::cerr << "tarn env: nothing runs yet (start 'tarn up'); assuming its defaults\n";
    const RunState state = running.value_or(RunState{});
    const auto set = [&](std::string_view name, std::string_view value) {
        std::cout << shell->set_prefix << name << shell->assign << shell->quote << value
                  << shell->quote << "\n";
    };
    if (!shell->unset.empty()) {
        for (const std::string_view name : kMisleadingVariables)
            std::cout << shell->unset << name << "\n";
    }
    set("AWS_ENDPOINT_URL", state.endpoint());
    set("AWS_ACCESS_KEY_ID", "test");
    set("AWS_SECRET_ACCESS_KEY", "test");
    // boto3 reads only the second of these, other SDKs only the first.
    set("AWS_REGION", "us-east-1");
    set("AWS_DEFAULT_REGION", "us-east-1");
    if (const auto version = find_aws_cli(); version && ignores_endpoint_variable(*version)) {
        std::cerr << "tarn env: the installed aws-cli " << version->text
                  << " ignores AWS_ENDPOINT_URL and would talk to AWS; use 'tarn aws' instead of "
                     "'aws'\n";
    }
    return kOk;
}

}  // namespace tarn::cli
