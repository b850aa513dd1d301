#include "server/s3/access.h"

#include "common/aws/arn.h"
#include "common/base/time_text.h"

namespace tarn::s3 {
namespace {

// The values that policies can ask for.  Set from what we know, never from a header of the same
// name.
aws::ConditionContext context_of(const Request& request) {
    aws::ConditionContext context;
    const net::Peer& peer = request.exchange.peer();
    context.set("aws:SourceIp", peer.address);
    context.set("aws:SecureTransport", peer.tls ? "true" : "false");
    if (const std::string_view agent = request.header("user-agent"); !agent.empty()) {
        context.set("aws:UserAgent", agent);
    }
    if (const std::string_view referer = request.header("referer"); !referer.empty()) {
        context.set("aws:Referer", referer);
    }
    const auth::Identity& identity = request.auth.identity;
    if (!identity.source_arn.empty()) {
        context.set("aws:SourceArn", identity.source_arn);
        const auto arn = aws::parse_arn(identity.source_arn);
        if (arn) context.set("aws:SourceAccount", arn->account);
    }
    if (identity.account) context.set("aws:PrincipalAccount", identity.account->id);
    for (const std::string_view name : {"prefix", "delimiter", "max-keys"}) {
        if (const auto value = request.parameter(name)) {
            context.set(std::string("s3:").append(name), *value);
        }
    }
    return context;
}

Result<void, Error> ask(const Request& request, const Bucket& bucket, std::string_view action,
                        const std::string& resource) {
    const auth::Identity& identity = request.auth.identity;
    // The owner of a bucket without a policy may do everything: no context is needed to say so.
    if (!bucket.policy && identity.kind == auth::PrincipalKind::Account &&
        identity.account->id == bucket.record.owner_account_id) {
        return {};
    }
    const aws::ConditionContext context = context_of(request);
    const auth::AccessDecision decision =
        auth::decide_access({.identity = identity,
                             .owner_account_id = bucket.record.owner_account_id,
                             .policy = bucket.policy.get(),
                             .action = action,
                             .resource = resource,
                             .context = context});
    if (decision.allowed) return {};
    return fail(s3_error(ErrorCode::AccessDenied));
}

}  // namespace

Result<void, Error> check_object_access(const Request& request, const Bucket& bucket,
                                        std::string_view action, std::string_view key) {
    return ask(request, bucket, action, aws::s3_arn(bucket.name, key));
}

Result<void, Error> check_object_access(const Request& request, std::string_view action,
                                        std::string_view key) {
    return check_object_access(request, *request.bucket, action, key);
}

Result<void, Error> check_bucket_access(const Request& request, std::string_view action) {
    return ask(request, *request.bucket, action, aws::s3_arn(request.bucket->name));
}

Result<void, Error> check_operation_access(const Request& request) {
    const OperationRow& row = *request.operation;
    // DeleteObjects asks for each key.
    if (row.name == "DeleteObjects") return {};
    return row.resource == Resource::Object
               ? check_object_access(request, row.action, request.key())
               : check_bucket_access(request, row.action);
}

Error hide_missing_key(const Request& request, Error error) {
    if (error.code != ErrorCode::NoSuchKey || !request.bucket) return error;
    if (check_bucket_access(request, "s3:ListBucket")) return error;
    return s3_error(ErrorCode::AccessDenied);
}

Result<void, Error> check_expected_owner(const Request& request, std::string_view header,
                                         const Bucket& bucket) {
    const auto expected = request.head.fields.find(header);
    if (!expected) return {};
    if (!aws::is_account_id(*expected)) {
        return fail(s3_error(ErrorCode::InvalidBucketOwnerAWSAccountID));
    }
    if (*expected == bucket.record.owner_account_id) return {};
    return fail(s3_error(ErrorCode::AccessDenied));
}

}  // namespace tarn::s3
