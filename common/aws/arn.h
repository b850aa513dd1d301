// Amazon Resource Names: "arn:partition:service:region:account:resource".
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tarn::aws {

struct Arn {
    std::string partition = "aws";
    std::string service;
    std::string region;    // may be empty
    std::string account;   // may be empty
    std::string resource;  // may hold ':' and '/'; not empty

    friend bool operator==(const Arn&, const Arn&) = default;
};

// Nothing unless it has all six parts, the first "arn", and partition, service and resource are not
// empty.  Wildcards are kept as they are.
std::optional<Arn> parse_arn(std::string_view text);
std::string format_arn(const Arn& arn);

std::string s3_arn(std::string_view bucket);                        // "arn:aws:s3:::bucket"
std::string s3_arn(std::string_view bucket, std::string_view key);  // "arn:aws:s3:::bucket/key"
std::string account_root_arn(std::string_view account_id);          // "arn:aws:iam::<account>:root"
bool is_account_id(std::string_view text);                          // 12 digits

}  // namespace tarn::aws
