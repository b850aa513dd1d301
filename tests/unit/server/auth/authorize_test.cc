#include "server/auth/authorize.h"

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

Identity edge(std::string_view arn) {
    return {.kind = PrincipalKind::Service,
            .service = "cloudfront.amazonaws.com",
            .source_arn = std::string(arn)};
}

AccessDecision ask(const Identity& identity, std::string_view policy_text,
                   std::string_view action = "s3:GetObject") {
    std::optional<aws::Policy> policy;
    if (!policy_text.empty()) {
        auto parsed = aws::parse_policy(policy_text, aws::PolicyKind::Bucket);
        EXPECT_TRUE(parsed) << parsed.error().message;
        policy = *std::move(parsed);
    }
    aws::ConditionContext context;
    if (!identity.source_arn.empty()) context.set("aws:SourceArn", identity.source_arn);
    return decide_access({.identity = identity,
                          .owner_account_id = kOwner,
                          .policy = policy ? &*policy : nullptr,
                          .action = action,
                          .resource = "arn:aws:s3:::b/k",
                          .context = context});
}

constexpr std::string_view kPublicRead =
    R"({"Version":"2012-10-17","Statement":[{"Sid":"P","Effect":"Allow","Principal":"*",)"
    R"("Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]})";
constexpr std::string_view kDenyAll =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*",)"
    R"("Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}]})";
constexpr std::string_view kOnlyThisDistribution =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
    R"("Principal":{"Service":"cloudfront.amazonaws.com"},"Action":"s3:GetObject",)"
    R"("Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"aws:SourceArn":)"
    R"("arn:aws:cloudfront::000000000000:distribution/E1"}}}]})";

TEST(DecideAccess, WithoutAPolicyOnlyTheOwnerMay) {
    EXPECT_TRUE(ask(account(kOwner), "").allowed);
    EXPECT_FALSE(ask(account(kOther), "").allowed);
    EXPECT_FALSE(ask(Identity{}, "").allowed);
    EXPECT_FALSE(ask(edge("arn:aws:cloudfront::000000000000:distribution/E1"), "").allowed);
}

TEST(DecideAccess, AnAllowForAnyoneAdmitsStrangersToThatActionOnly) {
    EXPECT_TRUE(ask(Identity{}, kPublicRead).allowed);
    EXPECT_EQ(ask(Identity{}, kPublicRead).statement_id, "P");
    EXPECT_TRUE(ask(account(kOther), kPublicRead).allowed);
    EXPECT_FALSE(ask(Identity{}, kPublicRead, "s3:PutObject").allowed);
}

TEST(DecideAccess, ADenyBeatsOwnershipButForThePolicyItself) {
    EXPECT_FALSE(ask(account(kOwner), kDenyAll).allowed);
    EXPECT_EQ(ask(account(kOwner), kDenyAll).reason, AccessReason::DeniedByPolicy);
    EXPECT_TRUE(ask(account(kOwner), kDenyAll, "s3:PutBucketPolicy").allowed);
    EXPECT_FALSE(ask(account(kOther), kDenyAll, "s3:PutBucketPolicy").allowed);
}

TEST(DecideAccess, OneDistributionIsNotAnother) {
    EXPECT_TRUE(ask(edge("arn:aws:cloudfront::000000000000:distribution/E1"), kOnlyThisDistribution)
                    .allowed);
    EXPECT_FALSE(
        ask(edge("arn:aws:cloudfront::000000000000:distribution/E2"), kOnlyThisDistribution)
            .allowed);
}

// What is asked about beside the policy.
struct Subject {
    std::string_view object_owner;
    const Acl* acl = nullptr;
    PublicGrants public_grants = PublicGrants::Count;
    bool restrict = false;
};

bool may(const Identity& identity, std::string_view policy_text, std::string_view action,
         const Subject& subject) {
    std::optional<aws::Policy> policy;
    if (!policy_text.empty()) policy = *aws::parse_policy(policy_text, aws::PolicyKind::Bucket);
    const aws::ConditionContext context;
    return decide_access({.identity = identity,
                          .owner_account_id = kOwner,
                          .policy = policy ? &*policy : nullptr,
                          .action = action,
                          .resource = "arn:aws:s3:::b/k",
                          .context = context,
                          .object_owner_account_id = subject.object_owner,
                          .acl = subject.acl,
                          .public_grants = subject.public_grants,
                          .restrict_public_buckets = subject.restrict})
        .allowed;
}

const Acl kPublicAcl = {
    {.grantee = {.kind = GranteeKind::AllUsers}, .permission = Permission::Read}};

TEST(DecideAccess, AnAclAllowsWhatItGrantsAndNothingElse) {
    EXPECT_TRUE(may({}, "", "s3:GetObject", {.acl = &kPublicAcl}));
    EXPECT_TRUE(may(account(kOther), "", "s3:GetObject", {.acl = &kPublicAcl}));
    EXPECT_FALSE(may({}, "", "s3:GetObjectAcl", {.acl = &kPublicAcl}));
    EXPECT_FALSE(may({}, "", "s3:GetObjectTagging", {.acl = &kPublicAcl}));
    EXPECT_FALSE(
        may({}, "", "s3:GetObject", {.acl = &kPublicAcl, .public_grants = PublicGrants::Ignored}));
}

TEST(DecideAccess, ADenyBeatsWhatAnAclGrants) {
    EXPECT_FALSE(may({}, kDenyAll, "s3:GetObject", {.acl = &kPublicAcl}));
    EXPECT_FALSE(may(account(kOther), kDenyAll, "s3:GetObject", {.object_owner = kOther}));
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html
TEST(DecideAccess, AnObjectOfAnotherAccountIsThatAccountsToShare) {
    EXPECT_TRUE(may(account(kOther), "", "s3:GetObject", {.object_owner = kOther}));
    EXPECT_FALSE(may(account(kOwner), "", "s3:GetObject", {.object_owner = kOther}));
    EXPECT_TRUE(may(account(kOwner), "", "s3:GetObject", {.object_owner = kOwner}));
    // The bucket's policy speaks for the bucket's owner.
    EXPECT_FALSE(may({}, kPublicRead, "s3:GetObject", {.object_owner = kOther}));
    EXPECT_TRUE(may({}, kPublicRead, "s3:GetObject", {.object_owner = kOwner}));
    EXPECT_TRUE(
        may(account(kOwner), "", "s3:GetObject", {.object_owner = kOther, .acl = &kPublicAcl}));
}

TEST(DecideAccess, WhatNobodyKnownWroteIsAnybodysWithoutAnAccount) {
    EXPECT_TRUE(may({}, "", "s3:GetObject", {.object_owner = kAnonymousAccountId}));
    EXPECT_FALSE(may(account(kOther), "", "s3:GetObject", {.object_owner = kAnonymousAccountId}));
}

TEST(DecideAccess, RestrictingAPublicBucketLeavesItsOwnerAndServices) {
    constexpr std::string_view kPublicAndService =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",)"
        R"("Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]})";
    const Subject restricted{.restrict = true};
    EXPECT_TRUE(may(account(kOwner), kPublicAndService, "s3:GetObject", restricted));
    EXPECT_TRUE(may(edge(""), kPublicAndService, "s3:GetObject", restricted));
    EXPECT_FALSE(may({}, kPublicAndService, "s3:GetObject", restricted));
    EXPECT_FALSE(may(account(kOther), kPublicAndService, "s3:GetObject", restricted));
    // A policy that is not public stays as it is.
    constexpr std::string_view kForOther =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":)"
        R"("111111111111"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]})";
    EXPECT_TRUE(may(account(kOther), kForOther, "s3:GetObject", restricted));
}

TEST(CredentialStore, FindsAccountsByTheNamesThatAclsUse) {
    const CredentialStore store(
        {*parse_credential_option("alice:secret:111111111111:Alice:alice@example.com")}, false);
    const auto by_id = store.find_account_by_canonical_id(canonical_id_of(kOther));
    ASSERT_TRUE(by_id);
    EXPECT_EQ(by_id->id, kOther);
    ASSERT_TRUE(store.find_account_by_canonical_id(canonical_id_of(kOwner)));
    EXPECT_FALSE(store.find_account_by_canonical_id(canonical_id_of("222222222222")));
    ASSERT_TRUE(store.find_account_by_email("Alice@example.com"));
    EXPECT_FALSE(store.find_account_by_email("bob@example.com"));
    EXPECT_FALSE(store.find_account_by_email(""));
}

TEST(CredentialStore, TheDefaultAccountHasTheNameThatACredentialGivesIt) {
    const CredentialStore store({*parse_credential_option("a:s:000000000000:Main")}, false);
    EXPECT_EQ(store.default_account()->display_name, "Main");
    EXPECT_EQ(CredentialStore({}, false).default_account()->display_name, "tarn");
}

TEST(CredentialStore, TheAnonymousUserHasTheIdThatS3GivesIt) {
    EXPECT_EQ(canonical_id_of(kAnonymousAccountId), "65a011a29cdf8ec533ec3d1ccaae921c");
}

TEST(CredentialStore, AcceptsAPairOfEqualsOnlyWhereToldTo) {
    const CredentialStore open({}, true);
    ASSERT_TRUE(open.find("test"));
    EXPECT_EQ(open.find("test")->secret, "test");
    EXPECT_EQ(open.find("test")->identity.account->id, kDefaultAccountId);
    EXPECT_FALSE(CredentialStore({}, false).find("test"));
}

TEST(CredentialStore, ConfiguredKeysBelongToTheirAccounts) {
    const CredentialStore store({*parse_credential_option("alice:secret:111111111111:Alice")},
                                true);
    const auto alice = store.find("alice");
    ASSERT_TRUE(alice);
    EXPECT_EQ(alice->secret, "secret");
    EXPECT_EQ(alice->identity.account->id, kOther);
    EXPECT_EQ(alice->identity.account->display_name, "Alice");
    EXPECT_NE(alice->identity.account->canonical_id, canonical_id_of(kOwner));
    EXPECT_EQ(canonical_id_of(kOwner).size(), 64u);
}

TEST(CredentialStore, MalformedOptionsAreRefused) {
    for (const char* text : {"", "a", "a:", ":b", "a:b:123", "a:b:123456789012:n:m:x"})
        EXPECT_FALSE(parse_credential_option(text)) << text;
}

}  // namespace
}  // namespace tarn::auth
