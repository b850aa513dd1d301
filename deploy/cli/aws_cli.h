// The aws-cli that is installed, if any.

#pragma once

#include <optional>
#include <string>

namespace tarn::cli {

struct AwsCliVersion {
    std::string text;  // "2.9.19"
    int major = 0;
    int minor = 0;
};

std::optional<AwsCliVersion> parse_aws_cli_version(const std::string& output);
std::optional<AwsCliVersion> find_aws_cli();  // runs `aws --version`

// Versions before 2.13 and 1.29 do not know the variable.
bool ignores_endpoint_variable(const AwsCliVersion& version);

}  // namespace tarn::cli
