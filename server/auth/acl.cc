#include "server/auth/acl.h"

#include <algorithm>
#include <iterator>

namespace tarn::auth {
namespace {

struct PermissionRow {
    Permission permission;
    std::string_view name;
};
constexpr PermissionRow kPermissions[] = {
    {Permission::Read, "READ"},
    {Permission::Write, "WRITE"},
    {Permission::ReadAcp, "READ_ACP"},
    {Permission::WriteAcp, "WRITE_ACP"},
    {Permission::FullControl, "FULL_CONTROL"},
};

struct GroupRow {
    GranteeKind kind;
    std::string_view uri;
};
constexpr GroupRow kGroups[] = {
    {GranteeKind::AllUsers, "http://acs.amazonaws.com/groups/global/AllUsers"},
    {GranteeKind::AuthenticatedUsers, "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"},
    {GranteeKind::LogDelivery, "http://acs.amazonaws.com/groups/s3/LogDelivery"},
};

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions
constexpr AclRule kRules[] = {
    {"s3:ListBucket", Permission::Read},
    {"s3:ListBucketVersions", Permission::Read},
    {"s3:ListBucketMultipartUploads", Permission::Read},
    {"s3:PutObject", Permission::Write},
    {"s3:DeleteObject", Permission::Write},
    // What goes on between the begin of a write and its end.  Unlike S3, every grantee may, not
    // only the one who began the upload.
    {"s3:AbortMultipartUpload", Permission::Write},
    {"s3:ListMultipartUploadParts", Permission::Write},
    {"s3:GetBucketAcl", Permission::ReadAcp},
    {"s3:PutBucketAcl", Permission::WriteAcp},
    {"s3:GetObject", Permission::Read, true},
    {"s3:GetObjectVersion", Permission::Read, true},
    {"s3:GetObjectTorrent", Permission::Read, true},
    {"s3:GetObjectAcl", Permission::ReadAcp, true},
    {"s3:GetObjectVersionAcl", Permission::ReadAcp, true},
    {"s3:PutObjectAcl", Permission::WriteAcp, true},
    {"s3:PutObjectVersionAcl", Permission::WriteAcp, true},
};

bool is_public_group(GranteeKind kind) {
    return kind == GranteeKind::AllUsers || kind == GranteeKind::AuthenticatedUsers;
}

bool includes(const Grantee& grantee, const Identity& identity) {
    switch (grantee.kind) {
        case GranteeKind::Account:
            return grantee.account_id == identity.account_id();
        case GranteeKind::AllUsers:
            return true;
        case GranteeKind::AuthenticatedUsers:
            return identity.kind == PrincipalKind::Account;
        case GranteeKind::LogDelivery:
            return identity.kind == PrincipalKind::Service &&
                   identity.service == kLogDeliveryService;
        case GranteeKind::ExecReader:
            return false;  // nobody signs as this
    }
    return false;
}

}  // namespace

std::string_view to_text(Permission permission) {
    return std::ranges::find(kPermissions, permission, &PermissionRow::permission)->name;
}

std::optional<Permission> parse_permission(std::string_view text) {
    const auto* const row = std::ranges::find(kPermissions, text, &PermissionRow::name);
    if (row == std::end(kPermissions)) return std::nullopt;
    return row->permission;
}

std::string_view group_uri(GranteeKind kind) {
    const auto* const row = std::ranges::find(kGroups, kind, &GroupRow::kind);
    return row == std::end(kGroups) ? std::string_view{} : row->uri;
}

std::optional<GranteeKind> parse_group_uri(std::string_view uri) {
    const auto* const row = std::ranges::find(kGroups, uri, &GroupRow::uri);
    if (row == std::end(kGroups)) return std::nullopt;
    return row->kind;
}

Acl owner_acl(std::string_view owner_account_id) {
    return {{.grantee = {.account_id = std::string(owner_account_id)}}};
}

bool is_public(const Acl& acl) {
    return std::ranges::any_of(
        acl, [](const Grant& grant) { return is_public_group(grant.grantee.kind); });
}

bool grants_to_others(const Acl& acl, std::string_view owner_account_id) {
    return std::ranges::any_of(acl, [&](const Grant& grant) {
        return grant.grantee.kind != GranteeKind::Account ||
               grant.grantee.account_id != owner_account_id;
    });
}

bool is_granted(const Acl& acl, const Identity& identity, Permission permission,
                PublicGrants public_grants) {
    return std::ranges::any_of(acl, [&](const Grant& grant) {
        if (grant.permission != permission && grant.permission != Permission::FullControl) {
            return false;
        }
        if (public_grants == PublicGrants::Ignored && is_public_group(grant.grantee.kind)) {
            return false;
        }
        return includes(grant.grantee, identity);
    });
}

const AclRule* find_acl_rule(std::string_view action) {
    const auto* const row = std::ranges::find(kRules, action, &AclRule::action);
    return row == std::end(kRules) ? nullptr : row;
}

}  // namespace tarn::auth
