#include "server/s3/configuration_rules.h"

#include "common/aws/arn.h"
#include "common/base/encoding.h"
#include "server/s3/access_log_target.h"
#include "server/s3/acl_request.h"
#include "server/s3/logging_rules.h"
#include "server/s3/tags.h"

#include <algorithm>

namespace tarn::s3 {
namespace {

constexpr std::size_t kMaxReplicationRules = 1000;
constexpr std::string_view kNewSchemaTail =
    " must be specified for this version of Cross Region Replication configuration schema. Please "
    "refer to S3 Developer Guide for more information.";

Error invalid_request(std::string_view message) {
    return s3_error(ErrorCode::InvalidRequest, std::string(message));
}

// Rules with a Filter belong to the newer schema, which wants to be told more.
Result<void, Error> check_replication_schema(const xml::Node& rule) {
    const bool has_filter = rule.find("Filter") != nullptr;
    if (has_filter == (rule.find("Prefix") != nullptr)) {
        return fail(s3_error(ErrorCode::MalformedXML));
    }
    if (!has_filter) return {};
    for (const std::string_view name : {"Priority", "DeleteMarkerReplication"}) {
        if (!rule.find(name)) {
            return fail(invalid_request(std::string(name).append(kNewSchemaTail)));
        }
    }
    return {};
}

BucketPtr bucket_of_arn(const ConfigurationPut& put, std::string_view arn) {
    const auto parsed = aws::parse_arn(arn);
    if (!parsed || parsed->service != "s3") return nullptr;
    return put.services.buckets.find(parsed->resource);
}

}  // namespace

std::string new_rule_id(Random& random) {
    constexpr std::size_t kIdBytes = 36;
    std::array<std::uint8_t, kIdBytes> bytes{};
    random.fill(bytes);
    return to_base64(bytes);
}

Result<void, Error> check_accelerate(const ConfigurationPut& put, xml::Node&) {
    if (put.bucket.name.find('.') == std::string::npos) return {};
    return fail(invalid_request(
        "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"));
}

Result<void, Error> check_encryption(const ConfigurationPut&, xml::Node& document) {
    xml::Node& rule = document.children.front();
    const xml::Node* const by_default = rule.find("ApplyServerSideEncryptionByDefault");
    if (!by_default && !rule.find("BlockedEncryptionTypes")) {
        return fail(s3_error(ErrorCode::MalformedXML));
    }
    if (by_default && by_default->text_of("SSEAlgorithm") == "AES256" &&
        by_default->find("KMSMasterKeyID")) {
        return fail(s3_error(ErrorCode::InvalidArgument,
                             "a KMSMasterKeyID is not applicable if the default sse algorithm is "
                             "not aws:kms or aws:kms:dsse",
                             {{"ArgumentName", "ApplyServerSideEncryptionByDefault"}}));
    }
    if (!rule.find("BucketKeyEnabled")) rule.add("BucketKeyEnabled", "false");
    return {};
}

namespace {

Result<void, Error> check_target_grants(const ConfigurationPut& put, const LoggingRules& rules,
                                        const Bucket& target) {
    if (rules.grants.empty()) return {};
    if (!target.access.acls_enabled()) {
        return fail(s3_error(ErrorCode::AccessControlListNotSupported,
                             "Target grants not allowed for bucket owner enforced buckets"));
    }
    auto known = resolve_grants(put.services, rules.grants);
    if (!known) return fail(std::move(known).error());
    return {};
}

}  // namespace

Result<void, Error> check_logging(const ConfigurationPut& put, xml::Node& document) {
    const xml::Node* const enabled = document.find("LoggingEnabled");
    if (!enabled) return {};
    const std::string name(enabled->text_of("TargetBucket"));
    const auto refuse = [&](std::string_view message) {
        return fail(s3_error(ErrorCode::InvalidTargetBucketForLogging, std::string(message),
                             {{"TargetBucket", name}}));
    };
    const BucketPtr target = put.services.buckets.find(name);
    if (!target) return refuse("");
    if (target->record.owner_account_id != put.bucket.record.owner_account_id) {
        return refuse(
            "The owner for the bucket to be logged and the target bucket must be the "
            "same.");
    }
    if (target->record.region != put.bucket.record.region) {
        return fail(s3_error(ErrorCode::CrossLocationLoggingProhibitted, {},
                             {{"SourceBucketLocation", put.bucket.record.region},
                              {"TargetBucketLocation", target->record.region}}));
    }
    const xml::Node* const format = enabled->find("TargetObjectKeyFormat");
    if (format && format->children.size() != 1) return fail(s3_error(ErrorCode::MalformedXML));
    const LoggingRules rules = read_logging(*enabled);
    if (auto ok = check_target_grants(put, rules, *target); !ok) return ok;
    // What a bucket without ACLs allows is looked at when logs are delivered, no sooner.
    const WallTime now = put.services.clock.now();
    if (target->access.acls_enabled() &&
        !may_deliver_logs(put.bucket, *target, log_object_key(rules, put.bucket, now, {}), now)) {
        return refuse(
            "You must give the log-delivery group WRITE and READ_ACP permissions to the target "
            "bucket");
    }
    return {};
}

Result<void, Error> check_replication(const ConfigurationPut& put, xml::Node& document) {
    if (put.bucket.record.versioning != Versioning::Enabled) {
        return fail(
            invalid_request("Versioning must be 'Enabled' on the bucket to apply a "
                            "replication configuration"));
    }
    // The role stands before the rules.
    if (document.children.size() > kMaxReplicationRules + 1) {
        return fail(s3_error(ErrorCode::MalformedXML));
    }
    for (xml::Node& rule : document.children) {
        if (rule.name != "Rule") continue;
        if (auto ok = check_replication_schema(rule); !ok) return ok;
        const xml::Node* const destination = rule.find("Destination");
        const BucketPtr target =
            bucket_of_arn(put, destination ? destination->text_of("Bucket") : std::string_view{});
        // The same text where there is no such bucket (recorded).
        if (!target || target->record.versioning != Versioning::Enabled) {
            return fail(invalid_request("Destination bucket must have versioning enabled."));
        }
        if (!rule.find("ID")) {
            rule.children.insert(rule.children.begin(),
                                 {.name = "ID", .text = new_rule_id(put.services.random)});
        }
    }
    return {};
}

Result<void, Error> check_bucket_tags(const ConfigurationPut&, xml::Node& document) {
    xml::Node& tag_set = document.children.front();
    TARN_TRY(const TagSet tags, read_tag_set(tag_set, TagOwner::Bucket));
    // Without tags there is no tag set.
    if (tags.empty()) document.children.clear();
    return {};
}

}  // namespace tarn::s3
