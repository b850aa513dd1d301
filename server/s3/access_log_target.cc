#include "server/s3/access_log_target.h"

#include "common/aws/arn.h"
#include "common/base/time_text.h"
#include "server/auth/authorize.h"
#include "server/s3/address.h"

namespace tarn::s3 {
namespace {

aws::ConditionContext delivery_context(const Bucket& source, WallTime now) {
    aws::ConditionContext context;
    context.set("aws:SourceArn", aws::s3_arn(source.name));
    context.set("aws:SourceAccount", source.record.owner_account_id);
    context.set("aws:PrincipalIsAWSService", "true");
    context.set("aws:PrincipalServiceName", auth::kLogDeliveryService);
    context.set("aws:SecureTransport", "true");
    context.set("aws:CurrentTime", format_iso8601(now));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
    context.set("aws:EpochTime", std::to_string(seconds.count()));
    return context;
}

}  // namespace

bool may_deliver_logs(const Bucket& source, const Bucket& target, std::string_view key,
                      WallTime now) {
    const auth::Identity delivery{.kind = auth::PrincipalKind::Service,
                                  .service = std::string(auth::kLogDeliveryService),
                                  .source_arn = aws::s3_arn(source.name)};
    const aws::ConditionContext context = delivery_context(source, now);
    const auto decide = [&](std::string_view action, const std::string& resource) {
        return auth::decide_access(
            {.identity = delivery,
             .owner_account_id = target.record.owner_account_id,
             .policy = target.policy.get(),
             .action = action,
             .resource = resource,
             .context = context,
             .acl = target.access.acls_enabled() ? &target.access.acl : nullptr});
    };
    const auth::AccessDecision may_write = decide("s3:PutObject", aws::s3_arn(target.name, key));
    if (may_write.reason != auth::AccessReason::GrantedByAcl) return may_write.allowed;
    return decide("s3:GetBucketAcl", aws::s3_arn(target.name)).allowed;
}

std::string_view why_undeliverable(const Bucket& source, const Bucket* target, std::string_view key,
                                   WallTime now) {
    if (!target) return "the target bucket does not exist";
    if (target->reset_count != source.reset_count) return "a reset has removed the target bucket";
    if (target->record.owner_account_id != source.record.owner_account_id) {
        return "the target bucket belongs to another account";
    }
    if (target->record.region != source.record.region) return "the target bucket is elsewhere";
    if (target->object_lock && target->object_lock->default_retention) {
        return "the target bucket has a default retention";
    }
    if (target->requester_pays) return "the target bucket has its requesters pay";
    if (key.size() > kMaxKeyBytes) return "the target prefix makes the key too long";
    if (!may_deliver_logs(source, *target, key, now)) {
        return "neither the target bucket's policy nor its ACL lets logging.s3.amazonaws.com write";
    }
    return {};
}

}  // namespace tarn::s3
