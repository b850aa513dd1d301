// `tarn aws`: the installed aws-cli, pointed here by flag, which every version honours.

#include "deploy/cli/aws_cli.h"

#include "deploy/cli/command.h"
#include "deploy/cli/process.h"
#include "deploy/cli/run_state.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace tarn::cli {
namespace {

void set_default(const char* name, const char* value) {
    ::setenv(name, value, 0);  // NOLINT(concurrency-mt-unsafe): there is one thread
}

}  // namespace

std::optional<AwsCliVersion> parse_aws_cli_version(const std::string& output) {
    AwsCliVersion version;
    int patch = 0;
    if (std::sscanf(output.c_str(), "aws-cli/%d.%d.%d", &version.major, &version.minor, &patch) !=
        3) {
        return std::nullopt;
    }
    version.text = std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
                   std::to_string(patch);
    return version;
}

std::optional<AwsCliVersion> find_aws_cli() {
    const auto output = output_of({"aws", "--version"});
    return output ? parse_aws_cli_version(*output) : std::nullopt;
}

bool ignores_endpoint_variable(const AwsCliVersion& version) {
    const int first_that_knows = version.major >= 2 ? 13 : 29;
    return version.major < 3 && version.minor < first_that_knows;
}

int run_aws(const Arguments& arguments) {
    if (arguments.empty() || arguments.front() == "--help" || arguments.front() == "-h") {
        std::cout << "Runs the installed aws-cli against this server.\n\n"
                     "Usage: tarn aws ARGUMENTS…\n\n"
                     "Examples:\n"
                     "  tarn aws s3 mb s3://videos\n"
                     "  tarn aws s3 cp movie.mp4 s3://videos/\n"
                     "  tarn aws cloudfront list-distributions\n";
        return arguments.empty() ? kUsage : kOk;
    }
    const RunState state = read_state().value_or(RunState{});
    for (const char* name : kMisleadingVariables)
        ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe): there is one thread
    set_default("AWS_ACCESS_KEY_ID", "test");
    set_default("AWS_SECRET_ACCESS_KEY", "test");
    set_default("AWS_REGION", "us-east-1");
    set_default("AWS_DEFAULT_REGION", "us-east-1");
    set_default("AWS_EC2_METADATA_DISABLED", "true");
    std::vector<std::string> all = {"--endpoint-url", state.endpoint()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const int status = become("aws", all);
    std::cerr << "tarn aws: there is no aws on the PATH; install awscli, or use any SDK with "
                 "'tarn env'\n";
    return status;
}

}  // namespace tarn::cli
