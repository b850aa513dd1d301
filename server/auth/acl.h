// Access control lists: who is granted what on a bucket or an object.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html

#pragma once

#include "server/auth/identity.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::auth {

inline constexpr std::size_t kMaxGrants = 100;

enum class Permission : std::uint8_t { Read, Write, ReadAcp, WriteAcp, FullControl };
std::string_view to_text(Permission permission);  // "READ_ACP"
std::optional<Permission> parse_permission(std::string_view text);

// ExecReader: whom the canned ACL aws-exec-read speaks of, an account of AWS's own.
enum class GranteeKind : std::uint8_t {
    Account,
    AllUsers,
    AuthenticatedUsers,
    LogDelivery,
    ExecReader
};
// "http://acs.amazonaws.com/groups/global/AllUsers"; empty for what is no group.
std::string_view group_uri(GranteeKind kind);
std::optional<GranteeKind> parse_group_uri(std::string_view uri);

struct Grantee {
    GranteeKind kind = GranteeKind::Account;
    std::string account_id;  // for Account

    friend bool operator==(const Grantee&, const Grantee&) = default;
};

struct Grant {
    Grantee grantee;
    Permission permission = Permission::FullControl;

    friend bool operator==(const Grant&, const Grant&) = default;
};

using Acl = std::vector<Grant>;  // in the order in which they were given

// What a new bucket or object has: its owner may do all.
Acl owner_acl(std::string_view owner_account_id);

// Whether somebody outside of any account, or every account, is granted something.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
bool is_public(const Acl& acl);
// Whether anybody but the owner is granted something.
bool grants_to_others(const Acl& acl, std::string_view owner_account_id);

enum class PublicGrants : std::uint8_t { Count, Ignored };
// Whether the identity is granted the permission, or all of them.
bool is_granted(const Acl& acl, const Identity& identity, Permission permission,
                PublicGrants public_grants = PublicGrants::Count);

// What a permission allows: which action, and whether the ACL of the object or of the bucket is
// asked.
struct AclRule {
    std::string_view action;
    Permission permission;
    bool of_object = false;
};
// Null: no ACL can allow the action.
const AclRule* find_acl_rule(std::string_view action);

}  // namespace tarn::auth
