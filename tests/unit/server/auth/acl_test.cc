#include "server/auth/acl.h"

#include "server/auth/credential_store.h"

#include <gtest/gtest.h>

namespace tarn::auth {
namespace {

constexpr std::string_view kOwner = "000000000000";
constexpr std::string_view kOther = "111111111111";

Identity account(std::string_view id) {
    return {.kind = PrincipalKind::Account,
            .account = std::make_shared<const Account>(
                Account{.id = std::string(id), .canonical_id = canonical_id_of(id)})};
}

Identity service() {
    return {.kind = PrincipalKind::Service, .service = "cloudfront.amazonaws.com"};
}

Acl one(GranteeKind kind, Permission permission) {
    return {{.grantee = {.kind = kind}, .permission = permission}};
}

TEST(Acl, AGroupHoldsThoseThatItsNameSays) {
    struct Case {
        GranteeKind kind;
        bool anonymous;
        bool accounts;
        bool services;
    };
    constexpr Case kCases[] = {
        {GranteeKind::AllUsers, true, true, true},
        {GranteeKind::AuthenticatedUsers, false, true, false},
        {GranteeKind::LogDelivery, false, false, false},
        {GranteeKind::ExecReader, false, false, false},
    };
    for (const Case& row : kCases) {
        const Acl acl = one(row.kind, Permission::Read);
        EXPECT_EQ(is_granted(acl, {}, Permission::Read), row.anonymous) << group_uri(row.kind);
        EXPECT_EQ(is_granted(acl, account(kOther), Permission::Read), row.accounts);
        EXPECT_EQ(is_granted(acl, service(), Permission::Read), row.services);
    }
}

TEST(Acl, TheLogDeliveryGroupIsTheServiceThatDeliversLogs) {
    const Identity delivery{.kind = PrincipalKind::Service,
                            .service = std::string(kLogDeliveryService)};
    const Acl acl = one(GranteeKind::LogDelivery, Permission::Write);
    EXPECT_TRUE(is_granted(acl, delivery, Permission::Write));
    EXPECT_FALSE(is_granted(acl, delivery, Permission::ReadAcp));
}

TEST(Acl, AnAccountIsGrantedWhatItIsNamedFor) {
    const Acl acl = {
        {.grantee = {.account_id = std::string(kOther)}, .permission = Permission::WriteAcp}};
    EXPECT_TRUE(is_granted(acl, account(kOther), Permission::WriteAcp));
    EXPECT_FALSE(is_granted(acl, account(kOther), Permission::Write));
    EXPECT_FALSE(is_granted(acl, account(kOwner), Permission::WriteAcp));
    EXPECT_FALSE(is_granted(acl, {}, Permission::WriteAcp));
    EXPECT_FALSE(is_granted(acl, service(), Permission::WriteAcp));
}

TEST(Acl, FullControlIsEveryPermission) {
    const Acl acl = owner_acl(kOther);
    for (const Permission permission : {Permission::Read, Permission::Write, Permission::ReadAcp,
                                        Permission::WriteAcp, Permission::FullControl})
        EXPECT_TRUE(is_granted(acl, account(kOther), permission)) << to_text(permission);
}

TEST(Acl, IgnoringPublicGrantsLeavesThoseOfAccounts) {
    Acl acl = one(GranteeKind::AllUsers, Permission::Read);
    acl.push_back({.grantee = {.account_id = std::string(kOther)}, .permission = Permission::Read});
    EXPECT_FALSE(is_granted(acl, {}, Permission::Read, PublicGrants::Ignored));
    EXPECT_FALSE(is_granted(acl, account(kOwner), Permission::Read, PublicGrants::Ignored));
    EXPECT_TRUE(is_granted(acl, account(kOther), Permission::Read, PublicGrants::Ignored));
}

TEST(Acl, PublicIsWhatIsGrantedToEverybodyOrEveryAccount) {
    EXPECT_TRUE(is_public(one(GranteeKind::AllUsers, Permission::ReadAcp)));
    EXPECT_TRUE(is_public(one(GranteeKind::AuthenticatedUsers, Permission::Read)));
    EXPECT_FALSE(is_public(one(GranteeKind::LogDelivery, Permission::Write)));
    EXPECT_FALSE(is_public(owner_acl(kOther)));
    EXPECT_FALSE(is_public({}));
}

TEST(Acl, WhatOthersAreGrantedIsToldApartFromTheOwners) {
    EXPECT_FALSE(grants_to_others({}, kOwner));
    EXPECT_FALSE(grants_to_others(owner_acl(kOwner), kOwner));
    EXPECT_TRUE(grants_to_others(owner_acl(kOther), kOwner));
    EXPECT_TRUE(grants_to_others(one(GranteeKind::LogDelivery, Permission::Write), kOwner));
}

TEST(Acl, TheWordsOfTheWireComeBack) {
    for (const char* word : {"READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"})
        EXPECT_EQ(to_text(parse_permission(word).value()), word);
    EXPECT_FALSE(parse_permission("read"));
    for (const GranteeKind kind :
         {GranteeKind::AllUsers, GranteeKind::AuthenticatedUsers, GranteeKind::LogDelivery})
        EXPECT_EQ(parse_group_uri(group_uri(kind)), kind);
    EXPECT_FALSE(parse_group_uri("http://acs.amazonaws.com/groups/global/Everyone"));
    EXPECT_EQ(group_uri(GranteeKind::Account), "");
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions
TEST(AclRule, EachActionAsksForItsPermission) {
    struct Case {
        std::string_view action;
        Permission permission;
        bool of_object;
    };
    constexpr Case kCases[] = {
        {"s3:ListBucket", Permission::Read, false},
        {"s3:ListBucketVersions", Permission::Read, false},
        {"s3:PutObject", Permission::Write, false},
        {"s3:GetBucketAcl", Permission::ReadAcp, false},
        {"s3:PutBucketAcl", Permission::WriteAcp, false},
        {"s3:GetObject", Permission::Read, true},
        {"s3:GetObjectAcl", Permission::ReadAcp, true},
        {"s3:PutObjectAcl", Permission::WriteAcp, true},
    };
    for (const Case& row : kCases) {
        const AclRule* const rule = find_acl_rule(row.action);
        ASSERT_TRUE(rule) << row.action;
        EXPECT_EQ(rule->permission, row.permission) << row.action;
        EXPECT_EQ(rule->of_object, row.of_object) << row.action;
    }
    for (const char* action :
         {"s3:DeleteBucket", "s3:PutBucketPolicy", "s3:GetObjectTagging", "s3:PutObjectRetention"})
        EXPECT_FALSE(find_acl_rule(action)) << action;
}

}  // namespace
}  // namespace tarn::auth
