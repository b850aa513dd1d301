// Whatever the text, the parser answers; a policy that it accepts can be judged, and the statement
// that a decision names is one that matches.

#include "common/aws/arn.h"
#include "common/aws/policy.h"

#include <cstdlib>

namespace {

using namespace tarn::aws;

void require(bool condition) {
    if (!condition) std::abort();
}

void judge(const Policy& policy) {
    ConditionContext context;
    context.set("aws:SourceIp", "127.0.0.1");
    context.set("aws:username", "alice");
    context.set("aws:CurrentTime", "2026-01-31T00:00:00Z");
    context.add("aws:TagKeys", "a");
    context.add("aws:TagKeys", "b");
    const PolicyRequest request{
        .principal = {.account_id = "111111111111", .arn = "arn:aws:iam::111111111111:user/alice"},
        .action = "s3:GetObject",
        .resource = "arn:aws:s3:::bucket/key",
        .context = context};
    const PolicyDecision decision = evaluate(policy, request);
    require((decision.verdict == Verdict::NoMatch) == !decision.statement.has_value());
    if (decision.statement) {
        const Statement& statement = policy.statements[*decision.statement];
        require(statement_matches(statement, request));
        require((statement.effect == Effect::Deny) == (decision.verdict == Verdict::Deny));
    }
    for (const Statement& statement : policy.statements) {
        const bool denies =
            statement.effect == Effect::Deny && statement_matches(statement, request);
        if (denies) require(decision.verdict == Verdict::Deny);
    }
    (void)validate_bucket_policy(policy, "bucket");
    (void)is_public_policy(policy);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const PolicyKind kind : {PolicyKind::Bucket, PolicyKind::Identity}) {
        const auto policy = parse_policy(text, kind);
        if (policy) {
            judge(*policy);
        } else {
            require(!policy.error().message.empty());
        }
    }
    if (const auto arn = parse_arn(text)) require(format_arn(*arn) == text);
    return 0;
}
