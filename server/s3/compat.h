// Named switches for clients and test suites that expect S3 as it was (DESIGN 3.13).

#pragma once

#include "common/base/result.h"

#include <string>
#include <string_view>

namespace tarn::s3 {

struct CompatSwitches {
    bool acl_enabled_by_default = false;
    bool acl_groups_first = false;
    bool bucket_encryption_unset = false;
    bool bypass_without_lock = false;
    bool customer_keys_over_http = false;
    bool customer_keys_unblocked = false;
    bool email_grantees = false;
    bool owner_display_name = false;
    bool policy_status_counts_acls = false;
};

struct CompatRow {
    std::string_view name;
    bool CompatSwitches::* flag;
    std::string_view meaning;
};

inline constexpr CompatRow kCompatSwitches[] = {
    {"acl-enabled-by-default", &CompatSwitches::acl_enabled_by_default,
     "new buckets have no ownership controls: ACLs work, and who writes an object owns it "
     "(S3 until April 2023)"},
    {"acl-groups-first", &CompatSwitches::acl_groups_first,
     "ACLs list what groups are granted before what accounts are"},
    {"bucket-encryption-unset", &CompatSwitches::bucket_encryption_unset,
     "a bucket that was given no encryption configuration has none (S3 until January 2023)"},
    {"bypass-without-lock", &CompatSwitches::bypass_without_lock,
     "x-amz-bypass-governance-retention is ignored in buckets without object lock"},
    {"customer-keys-over-http", &CompatSwitches::customer_keys_over_http,
     "SSE-C keys are taken over plain HTTP, too"},
    {"customer-keys-unblocked", &CompatSwitches::customer_keys_unblocked,
     "SSE-C works in buckets whose encryption configuration does not unblock it (S3 until April "
     "2026)"},
    {"email-grantees", &CompatSwitches::email_grantees,
     "ACLs can name accounts by the e-mail address of their --credential (S3 until October 2025)"},
    {"owner-display-name", &CompatSwitches::owner_display_name,
     "owners and grantees come with a DisplayName (S3 until November 2025)"},
    {"policy-status-counts-acls", &CompatSwitches::policy_status_counts_acls,
     "GetBucketPolicyStatus answers for buckets without a policy, and a public ACL makes a bucket "
     "public"},
};

// All switches at once.
inline constexpr std::string_view kCompatClassic = "classic";

// "classic" or names separated by commas.  Error: the first name that is none.
Result<CompatSwitches, std::string> parse_compat(std::string_view text);

}  // namespace tarn::s3
