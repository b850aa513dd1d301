#include "server/s3/logging_rules.h"

#include "common/base/time_text.h"
#include "server/s3/payload.h"

#include <algorithm>

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

NamedGrant read_grant(const xml::Node& grant) {
    NamedGrant named;
    if (const auto permission = auth::parse_permission(grant.text_of("Permission"))) {
        named.permission = *permission;
    }
    const xml::Node* const grantee = grant.find("Grantee");
    if (!grantee) return named;
    if (const xml::Node* const uri = grantee->find("URI")) {
        named.kind = NamedGrant::Kind::Uri;
        named.name = uri->text;
    } else if (const xml::Node* const email = grantee->find("EmailAddress")) {
        named.kind = NamedGrant::Kind::Email;
        named.name = email->text;
    } else {
        named.name = grantee->text_of("ID");
    }
    return named;
}

LogKeyFormat read_key_format(const xml::Node& enabled) {
    const xml::Node* const format = enabled.find("TargetObjectKeyFormat");
    const xml::Node* const partitioned = format ? format->find("PartitionedPrefix") : nullptr;
    if (!partitioned) return LogKeyFormat::SimplePrefix;
    return partitioned->text_of("PartitionDateSource") == "DeliveryTime"
               ? LogKeyFormat::PartitionedByDeliveryTime
               : LogKeyFormat::PartitionedByEventTime;
}

// "2006/02/03/"
std::string date_path(std::string_view date) {
    return fmt::format("{}/{}/{}/", date.substr(0, 4), date.substr(5, 2), date.substr(8, 2));
}

}  // namespace

LoggingRules read_logging(const xml::Node& enabled) {
    LoggingRules rules{.target_bucket = std::string(enabled.text_of("TargetBucket")),
                       .target_prefix = std::string(enabled.text_of("TargetPrefix")),
                       .key_format = read_key_format(enabled)};
    if (const xml::Node* const grants = enabled.find("TargetGrants")) {
        for (const xml::Node& grant : grants->children)
            rules.grants.push_back(read_grant(grant));
    }
    return rules;
}

std::shared_ptr<const LoggingRules> parse_logging(std::string_view document) {
    if (document.empty()) return nullptr;
    const auto parsed = xml::parse_tree(document, {.max_bytes = kMaxXmlBodyBytes});
    if (!parsed) return nullptr;
    const xml::Node* const enabled = parsed->find("LoggingEnabled");
    return enabled ? std::make_shared<const LoggingRules>(read_logging(*enabled)) : nullptr;
}

std::string log_object_key(const LoggingRules& rules, const Bucket& source, WallTime time,
                           std::string_view unique) {
    // "2006-02-03T16:45:09Z"
    const std::string text = format_iso8601(time);
    const std::string_view date = std::string_view(text).substr(0, 10);
    const bool whole_day = rules.key_format == LogKeyFormat::PartitionedByEventTime;
    std::string clock = whole_day ? "00:00:00" : text.substr(11, 8);
    std::ranges::replace(clock, ':', '-');
    std::string key = rules.target_prefix;
    if (rules.key_format != LogKeyFormat::SimplePrefix) {
        key += fmt::format("{}/{}/{}/{}", source.record.owner_account_id, source.record.region,
                           source.name, date_path(date));
    }
    return key.append(fmt::format("{}-{}-{}", date, clock, unique));
}

}  // namespace tarn::s3
