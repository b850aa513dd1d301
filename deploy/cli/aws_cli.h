// The aws-cli that is installed, if any.

#pragma once

#include <array>
#include <optional>
#include <string>

namespace tarn::cli {

// What would send calls elsewhere, or sign them with other keys.
inline constexpr std::array<const char*, 6> kMisleadingVariables = {
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_CLOUDFRONT"};

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
