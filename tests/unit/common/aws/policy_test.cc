#include "common/aws/policy.h"

#include "common/aws/arn.h"
#include "common/aws/json_gate.h"

#include <gtest/gtest.h>

namespace tarn::aws {
namespace {

constexpr std::string_view kAlice = "arn:aws:iam::111111111111:user/alice";

PolicyPrincipal alice() {
    return {.account_id = "111111111111", .arn = kAlice, .canonical_id = "c1"};
}

Policy parsed(const std::string& text, PolicyKind kind = PolicyKind::Bucket) {
    auto policy = parse_policy(text, kind);
    EXPECT_TRUE(policy) << policy.error().message << " in " << text;
    return policy ? *std::move(policy) : Policy{};
}

std::string statement(const std::string& members) {
    return R"({"Version":"2012-10-17","Statement":[{)" + members + "}]}";
}
std::string allow(const std::string& members) {
    return statement(R"("Effect":"Allow",)" + members);
}
const std::string kAny = R"("Principal":"*","Action":"s3:*","Resource":"*")";

struct ParseErrorCase {
    const char* name;
    std::string text;
    std::string message;
};
class PolicyParseErrorTest : public testing::TestWithParam<ParseErrorCase> {};
TEST_P(PolicyParseErrorTest, IsWordedAsByS3) {
    const auto policy = parse_policy(GetParam().text, PolicyKind::Bucket);
    ASSERT_FALSE(policy);
    EXPECT_EQ(policy.error().message, GetParam().message);
}

const std::string kFirstByte = "Policies must be valid JSON and the first byte must be '{'";
const std::string kInvalidJson = "This policy contains invalid Json";
const std::string kBadPrincipal = "Invalid principal in policy";

const ParseErrorCase kParseErrors[] = {
    {"Empty", "", kFirstByte},
    {"LeadingSpace", " " + allow(kAny), kFirstByte},
    {"Array", "[]", kFirstByte},
    {"Unclosed", "{", kInvalidJson},
    {"TwoDocuments", "{}{}", kInvalidJson},
    {"DuplicateKey", R"({"Version":"2012-10-17","Version":"2012-10-17"})", kInvalidJson},
    {"DuplicateEscapedKey", R"({"Id":"a","\u0049d":"b"})", kInvalidJson},
    {"DuplicateInside", allow(kAny + R"(,"Condition":{"Bool":{"a":"true","a":"false"}})"),
     kInvalidJson},
    {"TooLarge", "{" + std::string(kMaxBucketPolicyBytes, ' ') + "}",
     "Policy exceeds the maximum allowed document size."},
    {"NoStatement", "{}", "Missing required field Statement"},
    {"EmptyStatement", R"({"Statement":[]})", "Could not parse the policy: Statement is empty!"},
    {"StatementIsText", R"({"Statement":"x"})", kInvalidJson},
    {"BadVersion", R"({"Version":"2012","Statement":[]})",
     "The policy must contain a valid version string"},
    {"VersionIsNumber", R"({"Version":2012,"Statement":[]})", kInvalidJson},
    {"UnknownField", R"({"Statements":[]})", "Unknown field Statements"},
    {"UnknownStatementField", allow(kAny + R"(,"Conditions":{})"), "Unknown field Conditions"},
    {"NoEffect", statement(kAny), "Missing required field Effect"},
    {"BadEffect", statement(R"("Effect":"allow",)" + kAny), "Invalid effect: allow"},
    {"NoPrincipal", allow(R"("Action":"s3:*","Resource":"*")"), "Missing required field Principal"},
    {"NoAction", allow(R"("Principal":"*","Resource":"*")"), "Missing required field Action"},
    {"NoResource", allow(R"("Principal":"*","Action":"s3:*")"), "Missing required field Resource"},
    {"BothActions", allow(kAny + R"(,"NotAction":"s3:*")"), "Invalid policy syntax."},
    {"BothPrincipals", allow(kAny + R"(,"NotPrincipal":"*")"), "Invalid policy syntax."},
    {"EmptyActions", allow(R"("Principal":"*","Action":[],"Resource":"*")"),
     "Policy has invalid action"},
    {"EmptyResource", allow(R"("Principal":"*","Action":"s3:*","Resource":"")"),
     "Policy has invalid resource"},
    {"PrincipalIsAName", allow(R"("Principal":"bob","Action":"s3:*","Resource":"*")"),
     kBadPrincipal},
    {"PrincipalIsEmpty", allow(R"("Principal":{},"Action":"s3:*","Resource":"*")"), kBadPrincipal},
    {"PrincipalOfUnknownType", allow(R"("Principal":{"Group":"x"},"Action":"s3:*","Resource":"*")"),
     kBadPrincipal},
    {"PrincipalListIsEmpty", allow(R"("Principal":{"AWS":[]},"Action":"s3:*","Resource":"*")"),
     kBadPrincipal},
    {"UnknownOperator", allow(kAny + R"(,"Condition":{"StringEqualz":{"a":"b"}})"),
     "Invalid Condition type : StringEqualz"},
    {"NullIfExists", allow(kAny + R"(,"Condition":{"NullIfExists":{"a":"true"}})"),
     "Invalid Condition type : NullIfExists"},
    {"BadAddress", allow(kAny + R"(,"Condition":{"IpAddress":{"aws:SourceIp":"1.2.3"}})"),
     "Policy has an invalid condition value"},
    {"BadNumber", allow(kAny + R"(,"Condition":{"NumericEquals":{"s3:max-keys":"ten"}})"),
     "Policy has an invalid condition value"},
    {"BadDate", allow(kAny + R"(,"Condition":{"DateLessThan":{"aws:CurrentTime":"soon"}})"),
     "Policy has an invalid condition value"},
    {"ConditionIsText", allow(kAny + R"(,"Condition":"x")"), kInvalidJson},
    {"ConditionValueIsObject", allow(kAny + R"(,"Condition":{"Bool":{"a":{}}})"), kInvalidJson},
    {"SidTwice",
     R"({"Statement":[{"Sid":"a","Effect":"Deny",)" + kAny + R"(},{"Sid":"a","Effect":"Deny",)" +
         kAny + "}]}",
     "Statement IDs (SID) in a single policy must be unique."},
};
INSTANTIATE_TEST_SUITE_P(All, PolicyParseErrorTest, testing::ValuesIn(kParseErrors),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(PolicyParseTest, RefusesDeepNesting) {
    const auto nested = [](int depth) {
        return std::string(R"({"Id":)") + std::string(static_cast<std::size_t>(depth - 1), '[') +
               std::string(static_cast<std::size_t>(depth - 1), ']') + "}";
    };
    EXPECT_EQ(check_json(nested(32)), (Result<void, JsonFault>{}));
    EXPECT_EQ(check_json(nested(33)).error(), JsonFault::TooDeep);
    EXPECT_EQ(check_json(nested(5000)).error(), JsonFault::TooDeep);
}

TEST(PolicyParseTest, AcceptsOneStatementWithoutAList) {
    const Policy policy = parsed(R"({"Statement":{"Sid":"s","Effect":"Allow",)" + kAny + "}}\n");
    EXPECT_EQ(policy.version, "2008-10-17");
    ASSERT_EQ(policy.statements.size(), 1u);
    EXPECT_EQ(policy.statements[0].sid, "s");
}

TEST(PolicyParseTest, IdentityPoliciesNameNoPrincipal) {
    EXPECT_FALSE(parse_policy(allow(kAny), PolicyKind::Identity));
    const Policy policy =
        parsed(allow(R"("Action":"s3:GetObject","Resource":"*")"), PolicyKind::Identity);
    const ConditionContext context;
    EXPECT_EQ(evaluate(policy, {.principal = alice(),
                                .action = "s3:GetObject",
                                .resource = "arn:aws:s3:::b/k",
                                .context = context})
                  .verdict,
              Verdict::Allow);
}

struct ValidateCase {
    const char* name;
    std::string members;
    std::string message;  // empty: valid
    std::string detail;
};
class PolicyValidateTest : public testing::TestWithParam<ValidateCase> {};
TEST_P(PolicyValidateTest, IsJudgedForItsBucket) {
    const auto result = validate_bucket_policy(parsed(allow(GetParam().members)), "bucket");
    if (GetParam().message.empty()) {
        EXPECT_TRUE(result) << result.error().message << " " << result.error().detail;
    } else {
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().message, GetParam().message);
        EXPECT_EQ(result.error().detail, GetParam().detail);
    }
}

ValidateCase resource_case(const char* name, const std::string& action, const std::string& resource,
                           const std::string& message = "") {
    const std::string detail = message.find("resource(s)") != std::string::npos ? action : resource;
    return {name, R"("Principal":"*","Action":")" + action + R"(","Resource":")" + resource + "\"",
            message, message.empty() ? "" : detail};
}
ValidateCase action_case(const char* name, const std::string& action, bool is_valid) {
    return {name,
            R"("Principal":"*","Action":")" + action +
                R"(","Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"])",
            is_valid ? "" : "Policy has invalid action", is_valid ? "" : action};
}
ValidateCase principal_case(const char* name, const std::string& type, const std::string& id,
                            bool is_valid) {
    return {name,
            R"("Principal":{")" + type + R"(":")" + id +
                R"("},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*")",
            is_valid ? "" : kBadPrincipal, is_valid ? "" : "\"" + type + "\" : \"" + id + "\""};
}
const std::string kBadResource = "Policy has invalid resource";
const std::string kDoesNotApply = "Action does not apply to any resource(s) in statement";

const ValidateCase kValidateCases[] = {
    resource_case("Object", "s3:GetObject", "arn:aws:s3:::bucket/*"),
    resource_case("ObjectPrefix", "s3:GetObject", "arn:aws:s3:::bucket/a/${aws:username}/*"),
    resource_case("Bucket", "s3:ListBucket", "arn:aws:s3:::bucket"),
    resource_case("BucketWildcard", "s3:GetObject", "arn:aws:s3:::*"),
    resource_case("BucketPrefixWildcard", "s3:GetObject", "arn:aws:s3:::buck*"),
    resource_case("Everything", "s3:*", "*"),
    resource_case("OtherBucket", "s3:GetObject", "arn:aws:s3:::other/*", kBadResource),
    resource_case("LongerBucket", "s3:GetObject", "arn:aws:s3:::bucket2/*", kBadResource),
    resource_case("OtherService", "s3:GetObject", "arn:aws:sqs:::bucket/*", kBadResource),
    resource_case("WithAccount", "s3:GetObject", "arn:aws:s3::111111111111:bucket/*", kBadResource),
    resource_case("NoArn", "s3:GetObject", "bucket/*", kBadResource),
    resource_case("ObjectActionOnBucket", "s3:GetObject", "arn:aws:s3:::bucket", kDoesNotApply),
    resource_case("BucketActionOnObject", "s3:ListBucket", "arn:aws:s3:::bucket/*", kDoesNotApply),
    resource_case("AnyActionOnObject", "s3:*", "arn:aws:s3:::bucket/*"),
    action_case("ActionInAnyCase", "S3:getobject", true),
    action_case("ActionWildcard", "s3:Get*", true),
    action_case("AllActions", "*", true),
    action_case("UnknownAction", "s3:GetObjct", false),
    action_case("WildcardOfNothing", "s3:Fetch*", false),
    action_case("OtherServiceAction", "sqs:*", false),
    action_case("NoService", "GetObject", false),
    action_case("AccountAction", "s3:ListAllMyBuckets", false),
    principal_case("Account", "AWS", "111111111111", true),
    principal_case("Root", "AWS", "arn:aws:iam::111111111111:root", true),
    principal_case("User", "AWS", "arn:aws:iam::111111111111:user/a/b", true),
    principal_case("Role", "AWS", "arn:aws:iam::111111111111:role/r", true),
    principal_case("Session", "AWS", "arn:aws:sts::111111111111:assumed-role/r/s", true),
    principal_case("OriginAccessIdentity", "AWS",
                   "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1", true),
    principal_case("ShortAccount", "AWS", "11111111111", false),
    principal_case("UserWildcard", "AWS", "arn:aws:iam::111111111111:user/*", false),
    principal_case("UserWithoutName", "AWS", "arn:aws:iam::111111111111:user/", false),
    principal_case("OtherArn", "AWS", "arn:aws:s3:::bucket", false),
    principal_case("Name", "AWS", "alice", false),
    principal_case("Service", "Service", "cloudfront.amazonaws.com", true),
    principal_case("NoService2", "Service", "cloudfront", false),
    principal_case("Canonical", "CanonicalUser", std::string(64, 'a'), true),
    principal_case("ShortCanonical", "CanonicalUser", std::string(63, 'a'), false),
};
INSTANTIATE_TEST_SUITE_P(All, PolicyValidateTest, testing::ValuesIn(kValidateCases),
                         [](const auto& param) { return std::string(param.param.name); });

// "Who may what": one statement against one principal.
struct PrincipalCase {
    std::string principal;
    PolicyPrincipal who;
    bool matches;
};

TEST(PolicyEvaluateTest, KnowsEveryFormOfPrincipal) {
    const PolicyPrincipal anonymous;
    const PolicyPrincipal bob{.account_id = "222222222222",
                              .arn = "arn:aws:iam::222222222222:user/bob",
                              .canonical_id = "c2"};
    const PolicyPrincipal session{.account_id = "111111111111",
                                  .arn = "arn:aws:sts::111111111111:assumed-role/r/s",
                                  .role_arn = "arn:aws:iam::111111111111:role/r"};
    const PolicyPrincipal cloudfront{.service = "cloudfront.amazonaws.com"};
    const PrincipalCase cases[] = {
        {R"("*")", anonymous, true},
        {R"({"AWS":"*"})", anonymous, true},
        {R"({"AWS":"*"})", alice(), true},
        {R"({"AWS":"111111111111"})", alice(), true},
        {R"({"AWS":"arn:aws:iam::111111111111:root"})", alice(), true},
        {R"({"AWS":"111111111111"})", bob, false},
        {R"({"AWS":"111111111111"})", anonymous, false},
        {R"({"AWS":["111111111111","222222222222"]})", bob, true},
        {R"({"AWS":"arn:aws:iam::111111111111:user/alice"})", alice(), true},
        {R"({"AWS":"arn:aws:iam::111111111111:user/alic"})", alice(), false},
        {R"({"AWS":"arn:aws:iam::111111111111:user/*"})", alice(), false},
        {R"({"AWS":"arn:aws:iam::111111111111:role/r"})", session, true},
        {R"({"AWS":"arn:aws:sts::111111111111:assumed-role/r/s"})", session, true},
        {R"({"AWS":"arn:aws:iam::111111111111:role/q"})", session, false},
        {R"({"CanonicalUser":"c2"})", bob, true},
        {R"({"CanonicalUser":"c2"})", alice(), false},
        {R"({"Service":"cloudfront.amazonaws.com"})", cloudfront, true},
        {R"({"Service":"logging.s3.amazonaws.com"})", cloudfront, false},
        {R"({"Service":"cloudfront.amazonaws.com"})", alice(), false},
        {R"({"Federated":"cognito-identity.amazonaws.com"})", alice(), false},
    };
    const ConditionContext context;
    for (const PrincipalCase& c : cases) {
        for (const bool negated : {false, true}) {
            const std::string name = negated ? "\"NotPrincipal\":" : "\"Principal\":";
            const Policy policy =
                parsed(allow(name + c.principal + R"(,"Action":"*","Resource":"*")"));
            const auto decision = evaluate(policy, {.principal = c.who,
                                                    .action = "s3:GetObject",
                                                    .resource = "arn:aws:s3:::b/k",
                                                    .context = context});
            EXPECT_EQ(decision.verdict == Verdict::Allow, c.matches != negated)
                << name << c.principal << " for " << c.who.arn;
        }
    }
}

TEST(PolicyEvaluateTest, DenyWinsAndTheDecidingStatementIsNamed) {
    const Policy policy = parsed(
        R"({"Version":"2012-10-17","Statement":[
            {"Sid":"none","Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"*"},
            {"Sid":"yes","Effect":"Allow","Principal":"*","Action":"s3:Get*","Resource":"*"},
            {"Sid":"again","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},
            {"Sid":"no","Effect":"Deny","Principal":"*","Action":"s3:*",
             "Resource":"arn:aws:s3:::b/secret/*"}]})");
    const ConditionContext context;
    const auto decide = [&](std::string_view resource) {
        return evaluate(policy, {.principal = alice(),
                                 .action = "s3:GetObject",
                                 .resource = resource,
                                 .context = context});
    };
    EXPECT_EQ(decide("arn:aws:s3:::b/k").verdict, Verdict::Allow);
    EXPECT_EQ(decide("arn:aws:s3:::b/k").statement, 1u);
    EXPECT_EQ(decide("arn:aws:s3:::b/k").sid, "yes");
    EXPECT_EQ(decide("arn:aws:s3:::b/secret/k").verdict, Verdict::Deny);
    EXPECT_EQ(decide("arn:aws:s3:::b/secret/k").sid, "no");
    EXPECT_EQ(evaluate(Policy{}, {.principal = alice(),
                                  .action = "s3:GetObject",
                                  .resource = "arn:aws:s3:::b/k",
                                  .context = context})
                  .verdict,
              Verdict::NoMatch);
}

TEST(PolicyEvaluateTest, VariablesAreLiteralAndOnlyOfTheVersionOf2012) {
    const std::string members =
        R"("Principal":"*","Action":"*","Resource":"arn:aws:s3:::home/${aws:username}/*")";
    const auto allowed = [](const Policy& policy, std::string_view user, std::string_view key) {
        ConditionContext context;
        if (!user.empty()) context.set("aws:username", user);
        return evaluate(policy, {.principal = alice(),
                                 .action = "s3:GetObject",
                                 .resource = s3_arn("home", key),
                                 .context = context})
                   .verdict == Verdict::Allow;
    };
    const Policy policy = parsed(allow(members));
    EXPECT_TRUE(allowed(policy, "alice", "alice/x"));
    EXPECT_FALSE(allowed(policy, "alice", "bob/x"));
    EXPECT_FALSE(allowed(policy, "", "alice/x"));
    EXPECT_FALSE(allowed(policy, "*", "bob/x"));
    EXPECT_TRUE(allowed(policy, "*", "*/x"));
    EXPECT_FALSE(allowed(policy, "a?", "ab/x"));
    EXPECT_TRUE(allowed(policy, "a:b", "a:b/x"));

    const Policy old = parsed(R"({"Statement":[{"Effect":"Allow",)" + members + "}]}");
    EXPECT_FALSE(allowed(old, "alice", "alice/x"));
    EXPECT_TRUE(allowed(old, "", "${aws:username}/x"));
}

TEST(IsPublicPolicyTest, FollowsTheRulesOfBlockPublicAccess) {
    const std::string anyone = R"("Principal":"*","Action":"s3:GetObject","Resource":"*")";
    const auto with = [&](const std::string& condition) {
        return parsed(allow(anyone + R"(,"Condition":)" + condition));
    };
    EXPECT_TRUE(is_public_policy(parsed(allow(anyone))));
    EXPECT_FALSE(is_public_policy(parsed(statement(R"("Effect":"Deny",)" + anyone))));
    EXPECT_FALSE(is_public_policy(parsed(
        allow(R"("Principal":{"AWS":"111111111111"},"Action":"s3:GetObject","Resource":"*")"))));
    EXPECT_TRUE(is_public_policy(parsed(
        allow(R"("NotPrincipal":{"AWS":"111111111111"},"Action":"s3:GetObject","Resource":"*")"))));
    EXPECT_FALSE(is_public_policy(with(R"({"StringEquals":{"aws:SourceVpc":"vpc-1"}})")));
    EXPECT_FALSE(is_public_policy(with(R"({"StringLike":{"aws:SourceVpc":"vpc-1"}})")));
    EXPECT_TRUE(is_public_policy(with(R"({"StringLike":{"aws:SourceVpc":"vpc-*"}})")));
    EXPECT_TRUE(is_public_policy(with(R"({"StringNotEquals":{"aws:SourceVpc":"vpc-1"}})")));
    EXPECT_TRUE(is_public_policy(with(R"({"StringEqualsIfExists":{"aws:SourceVpc":"vpc-1"}})")));
    EXPECT_TRUE(is_public_policy(with(R"({"StringEquals":{"aws:Referer":"x"}})")));
    EXPECT_FALSE(is_public_policy(with(R"({"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}})")));
    EXPECT_FALSE(is_public_policy(with(R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})")));
    EXPECT_TRUE(is_public_policy(with(R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}})")));
    EXPECT_TRUE(is_public_policy(with(R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/7"}})")));
    EXPECT_FALSE(is_public_policy(with(R"({"IpAddress":{"aws:SourceIp":"2001:db8::/32"}})")));
    EXPECT_TRUE(is_public_policy(with(R"({"IpAddress":{"aws:SourceIp":"2000::/3"}})")));
}

TEST(ArnTest, SplitsIntoSixParts) {
    const auto arn = parse_arn("arn:aws:iam::123456789012:user/a:b");
    ASSERT_TRUE(arn);
    EXPECT_EQ(arn->service, "iam");
    EXPECT_EQ(arn->account, "123456789012");
    EXPECT_EQ(arn->resource, "user/a:b");
    EXPECT_EQ(format_arn(*arn), "arn:aws:iam::123456789012:user/a:b");
    EXPECT_EQ(s3_arn("b", "a/b"), "arn:aws:s3:::b/a/b");
    EXPECT_EQ(account_root_arn("123456789012"), "arn:aws:iam::123456789012:root");
    for (const std::string_view text : {"", "arn", "arn:aws:s3::", "arn:aws:s3:::", "arn::s3:::b",
                                        "arn:aws::::b", "arm:aws:s3:::b", "*"}) {
        EXPECT_FALSE(parse_arn(text)) << text;
    }
    EXPECT_TRUE(is_account_id("123456789012"));
    EXPECT_FALSE(is_account_id("12345678901a"));
    EXPECT_FALSE(is_account_id("1234567890123"));
}

TEST(PolicyKeys, AreFoundInConditionsAndVariables) {
    const auto asks = [](const std::string& members) {
        return asks_for_key(parsed(allow(members)), "s3:ExistingObjectTag/");
    };
    EXPECT_FALSE(asks(kAny));
    EXPECT_FALSE(asks(kAny + R"(,"Condition":{"StringEquals":{"aws:SourceIp":"1"}})"));
    EXPECT_TRUE(asks(kAny + R"(,"Condition":{"StringEquals":{"S3:existingobjecttag/A":"1"}})"));
    EXPECT_TRUE(asks(kAny + R"(,"Condition":{"StringEquals":)"
                            R"({"aws:userid":"${s3:ExistingObjectTag/owner}"}})"));
    EXPECT_TRUE(asks(R"("Principal":"*","Action":"s3:*",)"
                     R"("Resource":"arn:aws:s3:::b/${S3:ExistingObjectTag/dir}/*")"));
    // Without variables the text is just a text.
    EXPECT_FALSE(
        asks(kAny + R"(,"Condition":{"StringEquals":{"aws:userid":"s3:ExistingObjectTag/"}})"));
}

}  // namespace
}  // namespace tarn::aws
