// What a notification configuration must satisfy.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html

#include "common/aws/arn.h"
#include "common/base/text.h"
#include "server/s3/configuration_rules.h"

#include <algorithm>
#include <array>

namespace tarn::s3 {
namespace {

struct DestinationRow {
    std::string_view configuration;
    std::string_view element;
    std::string_view service;
};
constexpr DestinationRow kDestinations[] = {
    {"TopicConfiguration", "Topic", "sns"},
    {"QueueConfiguration", "Queue", "sqs"},
    {"CloudFunctionConfiguration", "CloudFunction", "lambda"},
};

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
constexpr std::string_view kEvents[] = {
    "s3:ReducedRedundancyLostObject",
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
    "s3:ObjectRestore:*",
    "s3:ObjectRestore:Post",
    "s3:ObjectRestore:Completed",
    "s3:ObjectRestore:Delete",
    "s3:Replication:*",
    "s3:Replication:OperationFailedReplication",
    "s3:Replication:OperationNotTracked",
    "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationReplicatedAfterThreshold",
    "s3:LifecycleTransition",
    "s3:IntelligentTiering",
    "s3:ObjectAcl:Put",
    "s3:LifecycleExpiration:*",
    "s3:LifecycleExpiration:Delete",
    "s3:LifecycleExpiration:DeleteMarkerCreated",
    "s3:ObjectTagging:*",
    "s3:ObjectTagging:Put",
    "s3:ObjectTagging:Delete",
};

// Unlike S3, whether the destination exists and lets S3 write to it is not looked at: topics,
// queues and functions are elsewhere.
Result<void, Error> check_destination(const xml::Node& configuration, const DestinationRow& row) {
    const std::string_view text = configuration.text_of(row.element);
    const auto arn = aws::parse_arn(text);
    if (arn && arn->service == row.service && !arn->resource.empty()) return {};
    return fail(invalid_argument("The ARN is not well formed", row.element, text));
}

Result<void, Error> check_events(const xml::Node& configuration) {
    for (const xml::Node& event : configuration.children) {
        if (event.name != "Event") continue;
        if (std::ranges::find(kEvents, event.text) == std::end(kEvents)) {
            return fail(invalid_argument("The event is not supported for notifications", "Event",
                                         event.text));
        }
    }
    return {};
}

Result<void, Error> check_filter_rule(xml::Node& rule) {
    xml::Node* const name = rule.find("Name");
    const std::string given = name ? name->text : "";
    const bool is_prefix = iequals(given, "prefix");
    if (!is_prefix && !iequals(given, "suffix")) {
        return fail(invalid_argument("filter rule name must be either prefix or suffix",
                                     "FilterRule.Name", given));
    }
    if (rule.text_of("Value").empty()) {
        return fail(invalid_argument("filter value cannot be empty", "FilterRule.Value", ""));
    }
    if (name) name->text = is_prefix ? "Prefix" : "Suffix";
    return {};
}

// A prefix and a suffix, each at most once.
Result<void, Error> check_filter(xml::Node& configuration) {
    xml::Node* const filter = configuration.find("Filter");
    xml::Node* const key = filter ? filter->find("S3Key") : nullptr;
    if (!key) return {};
    std::vector<std::string_view> names;
    for (xml::Node& rule : key->children) {
        if (auto ok = check_filter_rule(rule); !ok) return ok;
        const std::string_view name = rule.text_of("Name");
        if (std::ranges::find(names, name) != names.end()) {
            return fail(invalid_argument(
                "Cannot specify more than one " + to_lower(name) + " rule in a filter.",
                "FilterRule.Name", to_lower(name)));
        }
        names.push_back(name);
    }
    return {};
}

}  // namespace

Result<void, Error> check_notification(const ConfigurationPut& put, xml::Node& document) {
    std::vector<std::string> ids;
    for (xml::Node& configuration : document.children) {
        const auto row =
            std::ranges::find(kDestinations, configuration.name, &DestinationRow::configuration);
        if (row == std::end(kDestinations)) continue;
        if (auto ok = check_destination(configuration, *row); !ok) return ok;
        if (auto ok = check_events(configuration); !ok) return ok;
        if (auto ok = check_filter(configuration); !ok) return ok;
        if (!configuration.find("Id")) {
            configuration.children.insert(configuration.children.begin(),
                                          {.name = "Id", .text = new_rule_id(put.services.random)});
        }
        const std::string id(configuration.text_of("Id"));
        if (std::ranges::find(ids, id) != ids.end()) {
            return fail(invalid_argument(
                "Same ID used for multiple configurations. IDs must be unique", "Id", id));
        }
        ids.push_back(id);
    }
    return {};
}

}  // namespace tarn::s3
