// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Types_Amazon_Simple_Storage_Service.html

#include "server/s3/configuration_shapes.h"

namespace tarn::s3 {
namespace {

constexpr std::string_view kEnabledOrDisabled = "Enabled|Disabled";

constexpr ElementRow text(std::string_view name, Count count = Count::Optional) {
    return {.name = name, .count = count};
}
constexpr ElementRow choice(std::string_view name, std::string_view choices,
                            Count count = Count::One) {
    return {.name = name, .count = count, .choices = choices};
}
constexpr ElementRow value(std::string_view name, ElementKind kind, Count count = Count::Optional) {
    return {.name = name, .count = count, .kind = kind};
}
constexpr ElementRow group(std::string_view name, const Shape& shape,
                           Count count = Count::Optional) {
    return {.name = name, .count = count, .kind = ElementKind::Group, .shape = &shape};
}

constexpr Shape kEmpty{};
constexpr ElementRow kStatusRows[] = {choice("Status", kEnabledOrDisabled)};
constexpr Shape kStatus{kStatusRows};
constexpr ElementRow kTagRows[] = {text("Key", Count::One), text("Value", Count::One)};
constexpr Shape kTag{kTagRows};
constexpr ElementRow kTagSetRows[] = {group("Tag", kTag, Count::Any)};
constexpr Shape kTagSet{kTagSetRows};
constexpr ElementRow kTaggingRows[] = {group("TagSet", kTagSet, Count::One)};

// ---- filters by prefix and tags ----

constexpr ElementRow kPrefixAndTagsRows[] = {text("Prefix"), group("Tag", kTag, Count::Any)};
constexpr Shape kPrefixAndTags{kPrefixAndTagsRows};
constexpr ElementRow kFilterRows[] = {text("Prefix"), group("Tag", kTag),
                                      group("And", kPrefixAndTags)};
constexpr Shape kFilter{kFilterRows};

// ---- cors ----

constexpr ElementRow kCorsRuleRows[] = {
    text("ID"),
    text("AllowedHeader", Count::Any),
    text("AllowedMethod", Count::Some),
    text("AllowedOrigin", Count::Some),
    text("ExposeHeader", Count::Any),
    value("MaxAgeSeconds", ElementKind::Integer),
};
constexpr Shape kCorsRule{kCorsRuleRows};
constexpr ElementRow kCorsRows[] = {group("CORSRule", kCorsRule, Count::Some)};

// ---- website ----

constexpr ElementRow kRedirectAllRows[] = {text("HostName", Count::One), text("Protocol")};
constexpr Shape kRedirectAll{kRedirectAllRows};
constexpr ElementRow kIndexRows[] = {text("Suffix", Count::One)};
constexpr Shape kIndex{kIndexRows};
constexpr ElementRow kErrorDocumentRows[] = {text("Key", Count::One)};
constexpr Shape kErrorDocument{kErrorDocumentRows};
constexpr ElementRow kConditionRows[] = {text("HttpErrorCodeReturnedEquals"),
                                         text("KeyPrefixEquals")};
constexpr Shape kCondition{kConditionRows};
constexpr ElementRow kRedirectRows[] = {text("Protocol"), text("HostName"),
                                        text("ReplaceKeyPrefixWith"), text("ReplaceKeyWith"),
                                        text("HttpRedirectCode")};
constexpr Shape kRedirect{kRedirectRows};
constexpr ElementRow kRoutingRuleRows[] = {group("Condition", kCondition),
                                           group("Redirect", kRedirect, Count::One)};
constexpr Shape kRoutingRule{kRoutingRuleRows};
constexpr ElementRow kRoutingRulesRows[] = {group("RoutingRule", kRoutingRule, Count::Some)};
constexpr Shape kRoutingRules{kRoutingRulesRows};
constexpr ElementRow kWebsiteRows[] = {
    group("RedirectAllRequestsTo", kRedirectAll), group("IndexDocument", kIndex),
    group("ErrorDocument", kErrorDocument), group("RoutingRules", kRoutingRules)};

// ---- lifecycle ----

constexpr std::string_view kTransitionClasses =
    "GLACIER|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|DEEP_ARCHIVE|GLACIER_IR";
constexpr ElementRow kSizedAndRows[] = {text("Prefix"), group("Tag", kTag, Count::Any),
                                        value("ObjectSizeGreaterThan", ElementKind::Long),
                                        value("ObjectSizeLessThan", ElementKind::Long)};
constexpr Shape kSizedAnd{kSizedAndRows};
constexpr ElementRow kSizedFilterRows[] = {
    text("Prefix"), group("Tag", kTag), value("ObjectSizeGreaterThan", ElementKind::Long),
    value("ObjectSizeLessThan", ElementKind::Long), group("And", kSizedAnd)};
constexpr Shape kSizedFilter{kSizedFilterRows};
constexpr ElementRow kExpirationRows[] = {value("Days", ElementKind::Integer),
                                          value("Date", ElementKind::Date),
                                          value("ExpiredObjectDeleteMarker", ElementKind::Boolean)};
constexpr Shape kExpiration{kExpirationRows};
constexpr ElementRow kTransitionRows[] = {value("Days", ElementKind::Integer),
                                          value("Date", ElementKind::Date),
                                          choice("StorageClass", kTransitionClasses)};
constexpr Shape kTransition{kTransitionRows};
constexpr ElementRow kNoncurrentTransitionRows[] = {
    value("NoncurrentDays", ElementKind::Integer, Count::One),
    value("NewerNoncurrentVersions", ElementKind::Integer),
    choice("StorageClass", kTransitionClasses)};
constexpr Shape kNoncurrentTransition{kNoncurrentTransitionRows};
constexpr ElementRow kNoncurrentExpirationRows[] = {
    value("NoncurrentDays", ElementKind::Integer, Count::One),
    value("NewerNoncurrentVersions", ElementKind::Integer)};
constexpr Shape kNoncurrentExpiration{kNoncurrentExpirationRows};
constexpr ElementRow kAbortRows[] = {
    value("DaysAfterInitiation", ElementKind::Integer, Count::One)};
constexpr Shape kAbort{kAbortRows};
constexpr ElementRow kLifecycleRuleRows[] = {
    text("ID"),
    text("Prefix"),
    group("Filter", kSizedFilter),
    choice("Status", kEnabledOrDisabled),
    group("Expiration", kExpiration),
    group("Transition", kTransition, Count::Any),
    group("NoncurrentVersionTransition", kNoncurrentTransition, Count::Any),
    group("NoncurrentVersionExpiration", kNoncurrentExpiration),
    group("AbortIncompleteMultipartUpload", kAbort),
};
constexpr Shape kLifecycleRule{kLifecycleRuleRows};
constexpr ElementRow kLifecycleRows[] = {group("Rule", kLifecycleRule, Count::Some)};

// ---- replication ----

constexpr ElementRow kOptionalStatusRows[] = {
    choice("Status", kEnabledOrDisabled, Count::Optional)};
constexpr Shape kOptionalStatus{kOptionalStatusRows};
constexpr ElementRow kMinutesRows[] = {value("Minutes", ElementKind::Integer)};
constexpr Shape kMinutes{kMinutesRows};
constexpr ElementRow kSourceCriteriaRows[] = {group("SseKmsEncryptedObjects", kStatus),
                                              group("ReplicaModifications", kStatus)};
constexpr Shape kSourceCriteria{kSourceCriteriaRows};
constexpr ElementRow kTranslationRows[] = {choice("Owner", "Destination")};
constexpr Shape kTranslation{kTranslationRows};
constexpr ElementRow kReplicaEncryptionRows[] = {text("ReplicaKmsKeyID")};
constexpr Shape kReplicaEncryption{kReplicaEncryptionRows};
constexpr ElementRow kReplicationTimeRows[] = {choice("Status", kEnabledOrDisabled),
                                               group("Time", kMinutes, Count::One)};
constexpr Shape kReplicationTime{kReplicationTimeRows};
constexpr ElementRow kReplicationMetricsRows[] = {choice("Status", kEnabledOrDisabled),
                                                  group("EventThreshold", kMinutes)};
constexpr Shape kReplicationMetrics{kReplicationMetricsRows};
constexpr ElementRow kReplicationTargetRows[] = {
    text("Bucket", Count::One),
    text("Account"),
    choice("StorageClass",
           "STANDARD|REDUCED_REDUNDANCY|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|GLACIER|"
           "DEEP_ARCHIVE|OUTPOSTS|GLACIER_IR",
           Count::Optional),
    group("AccessControlTranslation", kTranslation),
    group("EncryptionConfiguration", kReplicaEncryption),
    group("ReplicationTime", kReplicationTime),
    group("Metrics", kReplicationMetrics),
};
constexpr Shape kReplicationTarget{kReplicationTargetRows};
constexpr ElementRow kReplicationRuleRows[] = {
    text("ID"),
    value("Priority", ElementKind::Integer),
    text("Prefix"),
    group("Filter", kFilter),
    choice("Status", kEnabledOrDisabled),
    group("SourceSelectionCriteria", kSourceCriteria),
    group("ExistingObjectReplication", kStatus),
    group("Destination", kReplicationTarget, Count::One),
    group("DeleteMarkerReplication", kOptionalStatus),
};
constexpr Shape kReplicationRule{kReplicationRuleRows};
constexpr ElementRow kReplicationRows[] = {text("Role", Count::One),
                                           group("Rule", kReplicationRule, Count::Some)};

// ---- notification ----

constexpr ElementRow kFilterRuleRows[] = {text("Name", Count::One), text("Value", Count::One)};
constexpr Shape kFilterRule{kFilterRuleRows};
constexpr ElementRow kKeyFilterRows[] = {group("FilterRule", kFilterRule, Count::Any)};
constexpr Shape kKeyFilter{kKeyFilterRows};
constexpr ElementRow kEventFilterRows[] = {group("S3Key", kKeyFilter)};
constexpr Shape kEventFilter{kEventFilterRows};
constexpr ElementRow kTopicRows[] = {text("Id"), text("Topic", Count::One),
                                     text("Event", Count::Some), group("Filter", kEventFilter)};
constexpr Shape kTopic{kTopicRows};
constexpr ElementRow kQueueRows[] = {text("Id"), text("Queue", Count::One),
                                     text("Event", Count::Some), group("Filter", kEventFilter)};
constexpr Shape kQueue{kQueueRows};
constexpr ElementRow kFunctionRows[] = {text("Id"), text("CloudFunction", Count::One),
                                        text("Event", Count::Some), group("Filter", kEventFilter)};
constexpr Shape kFunction{kFunctionRows};
constexpr ElementRow kNotificationRows[] = {
    group("TopicConfiguration", kTopic, Count::Any),
    group("QueueConfiguration", kQueue, Count::Any),
    group("CloudFunctionConfiguration", kFunction, Count::Any),
    group("EventBridgeConfiguration", kEmpty)};

// ---- logging ----

constexpr ElementRow kGranteeRows[] = {text("ID"), text("DisplayName"), text("EmailAddress"),
                                       text("URI")};
constexpr Shape kGrantee{kGranteeRows};
constexpr ElementRow kGrantRows[] = {group("Grantee", kGrantee, Count::One),
                                     choice("Permission", "FULL_CONTROL|READ|WRITE")};
constexpr Shape kGrant{kGrantRows};
constexpr ElementRow kGrantsRows[] = {group("Grant", kGrant, Count::Any)};
constexpr Shape kGrants{kGrantsRows};
constexpr ElementRow kPartitionedRows[] = {
    choice("PartitionDateSource", "EventTime|DeliveryTime", Count::Optional)};
constexpr Shape kPartitioned{kPartitionedRows};
constexpr ElementRow kKeyFormatRows[] = {group("SimplePrefix", kEmpty),
                                         group("PartitionedPrefix", kPartitioned)};
constexpr Shape kKeyFormat{kKeyFormatRows};
constexpr ElementRow kLoggingEnabledRows[] = {
    text("TargetBucket", Count::One), text("TargetPrefix", Count::One),
    group("TargetGrants", kGrants), group("TargetObjectKeyFormat", kKeyFormat)};
constexpr Shape kLoggingEnabled{kLoggingEnabledRows};
constexpr ElementRow kLoggingRows[] = {group("LoggingEnabled", kLoggingEnabled)};

// ---- configurations with an id ----

constexpr ElementRow kKmsKeyRows[] = {text("KeyId", Count::One)};
constexpr Shape kKmsKey{kKmsKeyRows};
constexpr ElementRow kInventoryEncryptionRows[] = {group("SSE-S3", kEmpty),
                                                   group("SSE-KMS", kKmsKey)};
constexpr Shape kInventoryEncryption{kInventoryEncryptionRows};
constexpr ElementRow kInventoryBucketRows[] = {text("AccountId"), text("Bucket", Count::One),
                                               choice("Format", "CSV|ORC|Parquet"), text("Prefix"),
                                               group("Encryption", kInventoryEncryption)};
constexpr Shape kInventoryBucket{kInventoryBucketRows};
constexpr ElementRow kInventoryTargetRows[] = {
    group("S3BucketDestination", kInventoryBucket, Count::One)};
constexpr Shape kInventoryTarget{kInventoryTargetRows};
constexpr ElementRow kInventoryFilterRows[] = {text("Prefix", Count::One)};
constexpr Shape kInventoryFilter{kInventoryFilterRows};
constexpr ElementRow kFieldRows[] = {
    choice("Field",
           "Size|LastModifiedDate|StorageClass|ETag|IsMultipartUploaded|ReplicationStatus|"
           "EncryptionStatus|ObjectLockRetainUntilDate|ObjectLockMode|ObjectLockLegalHoldStatus|"
           "IntelligentTieringAccessTier|BucketKeyStatus|ChecksumAlgorithm|"
           "ObjectAccessControlList|ObjectOwner|LifecycleExpirationDate",
           Count::Any)};
constexpr Shape kFields{kFieldRows};
constexpr ElementRow kScheduleRows[] = {choice("Frequency", "Daily|Weekly")};
constexpr Shape kSchedule{kScheduleRows};
constexpr ElementRow kInventoryRows[] = {
    text("Id", Count::One),
    value("IsEnabled", ElementKind::Boolean, Count::One),
    group("Destination", kInventoryTarget, Count::One),
    group("Filter", kInventoryFilter),
    choice("IncludedObjectVersions", "All|Current"),
    group("OptionalFields", kFields),
    group("Schedule", kSchedule, Count::One),
};
constexpr ElementRow kAnalyticsBucketRows[] = {choice("Format", "CSV"), text("BucketAccountId"),
                                               text("Bucket", Count::One), text("Prefix")};
constexpr Shape kAnalyticsBucket{kAnalyticsBucketRows};
constexpr ElementRow kAnalyticsTargetRows[] = {
    group("S3BucketDestination", kAnalyticsBucket, Count::One)};
constexpr Shape kAnalyticsTarget{kAnalyticsTargetRows};
constexpr ElementRow kDataExportRows[] = {choice("OutputSchemaVersion", "V_1"),
                                          group("Destination", kAnalyticsTarget, Count::One)};
constexpr Shape kDataExport{kDataExportRows};
constexpr ElementRow kClassAnalysisRows[] = {group("DataExport", kDataExport)};
constexpr Shape kClassAnalysis{kClassAnalysisRows};
constexpr ElementRow kAnalyticsRows[] = {text("Id", Count::One), group("Filter", kFilter),
                                         group("StorageClassAnalysis", kClassAnalysis, Count::One)};
constexpr ElementRow kMetricsAndRows[] = {text("Prefix"), group("Tag", kTag, Count::Any),
                                          text("AccessPointArn")};
constexpr Shape kMetricsAnd{kMetricsAndRows};
constexpr ElementRow kMetricsFilterRows[] = {text("Prefix"), group("Tag", kTag),
                                             text("AccessPointArn"), group("And", kMetricsAnd)};
constexpr Shape kMetricsFilter{kMetricsFilterRows};
constexpr ElementRow kMetricsRows[] = {text("Id", Count::One), group("Filter", kMetricsFilter)};
constexpr ElementRow kTieringRows[] = {value("Days", ElementKind::Integer, Count::One),
                                       choice("AccessTier", "ARCHIVE_ACCESS|DEEP_ARCHIVE_ACCESS")};
constexpr Shape kTiering{kTieringRows};
constexpr ElementRow kIntelligentTieringRows[] = {text("Id", Count::One), group("Filter", kFilter),
                                                  choice("Status", kEnabledOrDisabled),
                                                  group("Tiering", kTiering, Count::Some)};

// ---- others ----

constexpr ElementRow kPayerRows[] = {choice("Payer", "Requester|BucketOwner")};
constexpr ElementRow kAccelerateRows[] = {choice("Status", "Enabled|Suspended")};
constexpr ElementRow kDefaultEncryptionRows[] = {
    choice("SSEAlgorithm", "AES256|aws:kms|aws:kms:dsse"), text("KMSMasterKeyID")};
constexpr Shape kDefaultEncryption{kDefaultEncryptionRows};
constexpr ElementRow kBlockedRows[] = {choice("EncryptionType", "NONE|SSE-C", Count::Any)};
constexpr Shape kBlocked{kBlockedRows};
constexpr ElementRow kEncryptionRuleRows[] = {
    group("ApplyServerSideEncryptionByDefault", kDefaultEncryption),
    value("BucketKeyEnabled", ElementKind::Boolean), group("BlockedEncryptionTypes", kBlocked)};
constexpr Shape kEncryptionRule{kEncryptionRuleRows};
constexpr ElementRow kEncryptionRows[] = {group("Rule", kEncryptionRule, Count::One)};

}  // namespace

constinit const Shape kAbacShape{kOptionalStatusRows};
constinit const Shape kAccelerateShape{kAccelerateRows};
constinit const Shape kAnalyticsShape{kAnalyticsRows};
constinit const Shape kCorsShape{kCorsRows};
constinit const Shape kEncryptionShape{kEncryptionRows};
constinit const Shape kIntelligentTieringShape{kIntelligentTieringRows};
constinit const Shape kInventoryShape{kInventoryRows};
constinit const Shape kLifecycleShape{kLifecycleRows};
constinit const Shape kLoggingShape{kLoggingRows};
constinit const Shape kMetricsShape{kMetricsRows};
constinit const Shape kNotificationShape{kNotificationRows};
constinit const Shape kReplicationShape{kReplicationRows};
constinit const Shape kRequestPaymentShape{kPayerRows};
constinit const Shape kTaggingShape{kTaggingRows};
constinit const Shape kTagSetShape{kTagSetRows};
constinit const Shape kWebsiteShape{kWebsiteRows};

}  // namespace tarn::s3
