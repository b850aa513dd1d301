// Configurations that are put, read and deleted as documents.

#include "tests/unit/server/s3/s3_under_test.h"

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

constexpr std::string_view kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr std::string_view kXmlns = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

struct RoundTrip {
    std::string_view subresource;
    std::string_view root;
    std::string_view put;        // the content of the root
    std::string_view got;        // what is read afterwards; empty: the same
    std::string_view before;     // an error code, or the content read where nothing was put
    bool can_be_deleted = true;  // else putting is all there is
};

constexpr std::string_view kInventory =
    "<Id>i-1</Id><IsEnabled>true</IsEnabled><Destination><S3BucketDestination>"
    "<Bucket>arn:aws:s3:::t</Bucket><Format>CSV</Format></S3BucketDestination></Destination>"
    "<IncludedObjectVersions>All</IncludedObjectVersions>"
    "<OptionalFields><Field>Size</Field><Field>ETag</Field></OptionalFields>"
    "<Schedule><Frequency>Daily</Frequency></Schedule>";

constexpr RoundTrip kRoundTrips[] = {
    {"abac", "AbacStatus", "<Status>Enabled</Status>", "", "<Status>Disabled</Status>", false},
    {"accelerate", "AccelerateConfiguration", "<Status>Enabled</Status>", "", "", false},
    {"analytics&id=i-1", "AnalyticsConfiguration",
     "<StorageClassAnalysis/><Id>i-1</Id><Filter><Prefix>a/</Prefix></Filter>",
     "<Id>i-1</Id><Filter><Prefix>a/</Prefix></Filter><StorageClassAnalysis></"
     "StorageClassAnalysis>",
     "NoSuchConfiguration"},
    {"encryption", "ServerSideEncryptionConfiguration",
     "<Rule><ApplyServerSideEncryptionByDefault><KMSMasterKeyID>k</KMSMasterKeyID>"
     "<SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>",
     "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>"
     "<KMSMasterKeyID>k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault>"
     "<BucketKeyEnabled>false</BucketKeyEnabled></Rule>",
     "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
     "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>"},
    {"intelligent-tiering&id=i-1", "IntelligentTieringConfiguration",
     "<Id>i-1</Id><Status>Enabled</Status><Tiering><Days>90</Days>"
     "<AccessTier>ARCHIVE_ACCESS</AccessTier></Tiering>",
     "", "NoSuchConfiguration"},
    {"inventory&id=i-1", "InventoryConfiguration", kInventory, "", "NoSuchConfiguration"},
    {"lifecycle", "LifecycleConfiguration",
     "<Rule><Status>Enabled</Status><Filter/><ID>r</ID><Expiration><Date>2030-01-01</Date>"
     "</Expiration></Rule>",
     "<Rule><ID>r</ID><Filter></Filter><Status>Enabled</Status><Expiration>"
     "<Date>2030-01-01T00:00:00.000Z</Date></Expiration></Rule>",
     "NoSuchLifecycleConfiguration"},
    {"logging", "BucketLoggingStatus",
     "<LoggingEnabled><TargetBucket>b</TargetBucket><TargetPrefix> logs/ </TargetPrefix>"
     "</LoggingEnabled>",
     "", "", false},
    {"metrics&id=i-1", "MetricsConfiguration", "<Id>i-1</Id>", "", "NoSuchConfiguration"},
    {"notification", "NotificationConfiguration",
     "<QueueConfiguration><Id>n</Id><Queue>arn:aws:sqs:us-east-1:000000000000:q</Queue>"
     "<Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>prefix</Name>"
     "<Value>a/</Value></FilterRule></S3Key></Filter></QueueConfiguration>",
     "<QueueConfiguration><Id>n</Id><Queue>arn:aws:sqs:us-east-1:000000000000:q</Queue>"
     "<Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>Prefix</Name>"
     "<Value>a/</Value></FilterRule></S3Key></Filter></QueueConfiguration>",
     "", false},
    {"requestPayment", "RequestPaymentConfiguration", "<Payer>Requester</Payer>", "",
     "<Payer>BucketOwner</Payer>", false},
    {"tagging", "Tagging", "<TagSet><Tag><Value>v</Value><Key>k</Key></Tag></TagSet>",
     "<TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet>", "NoSuchTagSet"},
    {"website", "WebsiteConfiguration",
     "<IndexDocument><Suffix>index.html</Suffix></IndexDocument><RoutingRules><RoutingRule>"
     "<Redirect><HostName>h</HostName></Redirect></RoutingRule></RoutingRules>",
     "", "NoSuchWebsiteConfiguration"},
};

class ConfigurationTest : public S3Test {
  protected:
    static std::string wrap(std::string_view root, std::string_view content,
                            std::string_view attribute = {}) {
        return fmt::format("<{0}{1}>{2}</{0}>", root, attribute, content);
    }
    Answer put_document(std::string_view subresource, std::string_view root,
                        std::string_view content) {
        return send({.method = "PUT",
                     .target = "/b?" + std::string(subresource),
                     .body = wrap(root, content)});
    }
    Answer read(std::string_view subresource) {
        return send({.target = "/b?" + std::string(subresource)});
    }
    Answer remove(std::string_view subresource) {
        return send({.method = "DELETE", .target = "/b?" + std::string(subresource)});
    }
    void enable_versioning(std::string_view bucket) {
        ASSERT_EQ(send({.method = "PUT",
                        .target = "/" + std::string(bucket) + "?versioning",
                        .body = wrap("VersioningConfiguration", "<Status>Enabled</Status>")})
                      .status,
                  200);
    }
};

void expect_read(const Answer& answer, const RoundTrip& c, std::string_view content) {
    const std::string expected =
        std::string(kHead) + fmt::format("<{0}{1}>{2}</{0}>", c.root, kXmlns, content);
    EXPECT_EQ(answer.status, 200) << c.subresource;
    EXPECT_EQ(answer.body, expected) << c.subresource;
}

TEST_F(ConfigurationTest, EachIsPutReadAndDeleted) {
    for (const RoundTrip& c : kRoundTrips) {
        const bool is_error = !c.before.empty() && c.before.front() != '<';
        const auto expect_absent = [&] {
            if (is_error) {
                EXPECT_EQ(read(c.subresource).status, 404) << c.subresource;
                EXPECT_EQ(read(c.subresource).code(), c.before) << c.subresource;
            } else {
                expect_read(read(c.subresource), c, c.before);
            }
        };
        expect_absent();
        const Answer put = put_document(c.subresource, c.root, c.put);
        EXPECT_EQ(put.status, c.subresource == "tagging" ? 204 : 200) << put.body;
        EXPECT_EQ(put.body, "");
        expect_read(read(c.subresource), c, c.got.empty() ? c.put : c.got);
        if (!c.can_be_deleted) continue;
        EXPECT_EQ(remove(c.subresource).status, 204) << c.subresource;
        expect_absent();
        // Deleting again is an error only for what has an id.
        const bool has_id = c.subresource.find("id=") != std::string_view::npos;
        EXPECT_EQ(remove(c.subresource).status, has_id ? 404 : 204) << c.subresource;
    }
}

TEST_F(ConfigurationTest, TheyOutliveARestart) {
    ASSERT_EQ(
        put_document("requestPayment", "RequestPaymentConfiguration", "<Payer>Requester</Payer>")
            .status,
        200);
    BucketRegistry reloaded;
    ASSERT_TRUE(reloaded.load(*store_).has_value());
    EXPECT_TRUE(reloaded.find("b")->requester_pays);
}

TEST_F(ConfigurationTest, OnlyTheOwnerMayTouchThem) {
    for (const RoundTrip& c : kRoundTrips) {
        const std::string target = "/b?" + std::string(c.subresource);
        EXPECT_EQ(send({.target = target, .account = kOther}).code(), "AccessDenied");
        EXPECT_EQ(
            send(
                {.method = "PUT", .target = target, .body = wrap(c.root, c.put), .account = kOther})
                .code(),
            "AccessDenied");
        EXPECT_EQ(send({.target = "/none?" + std::string(c.subresource)}).code(), "NoSuchBucket");
    }
}

TEST_F(ConfigurationTest, WhatDoesNotFitTheSchemaIsMalformedAndChangesNothing) {
    for (const RoundTrip& c : kRoundTrips) {
        const std::string before = read(c.subresource).element("Status");
        const std::string bad[] = {
            "no xml",
            wrap("Other", c.put),
            wrap(c.root, std::string(c.put) + "<Unknown/>"),
            std::string("<!DOCTYPE a>") + wrap(c.root, c.put),
        };
        for (const std::string& body : bad) {
            const Answer answer =
                send({.method = "PUT", .target = "/b?" + std::string(c.subresource), .body = body});
            EXPECT_EQ(answer.status, 400) << c.subresource << body;
            EXPECT_EQ(answer.code(), "MalformedXML") << c.subresource << body;
        }
        EXPECT_EQ(send({.method = "PUT", .target = "/b?" + std::string(c.subresource)}).code(),
                  "MissingRequestBodyError");
        EXPECT_EQ(read(c.subresource).element("Status"), before);
    }
}

struct BadCase {
    std::string_view subresource;
    std::string_view root;
    std::string content;
    std::string_view code;
    std::string_view message;  // empty: that of the table
};

std::string lifecycle_rule(std::string_view content, std::string_view scope = "<Filter/>") {
    return fmt::format("<Rule><ID>r</ID>{}<Status>Enabled</Status>{}</Rule>", scope, content);
}

const std::string kExpires = "<Expiration><Days>1</Days></Expiration>";
const std::string kTagFilter = "<Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter>";

const BadCase kBadCases[] = {
    {"abac", "AbacStatus", "<Status>enabled</Status>", "MalformedXML", ""},
    {"accelerate", "AccelerateConfiguration", "<Status>On</Status>", "MalformedXML", ""},
    {"requestPayment", "RequestPaymentConfiguration", "<Payer>Me</Payer>", "MalformedXML", ""},
    {"requestPayment", "RequestPaymentConfiguration",
     "<Payer>Requester</Payer><Payer>Requester</Payer>", "MalformedXML", ""},
    {"encryption", "ServerSideEncryptionConfiguration", "<Rule/>", "MalformedXML", ""},
    {"metrics&id=i", "MetricsConfiguration", "<Id>i</Id><Filter/><Filter/>", "MalformedXML", ""},
    {"encryption", "ServerSideEncryptionConfiguration",
     "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES128</SSEAlgorithm>"
     "</ApplyServerSideEncryptionByDefault></Rule>",
     "MalformedXML", ""},
    {"encryption", "ServerSideEncryptionConfiguration",
     "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
     "<KMSMasterKeyID>k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule>",
     "InvalidArgument",
     "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
     "aws:kms:dsse"},
    {"tagging", "Tagging", "<TagSet><Tag><Key>aws:a</Key><Value/></Tag></TagSet>", "InvalidTag",
     "System tags cannot be added/updated by requester"},
    {"inventory&id=other", "InventoryConfiguration", std::string(kInventory), "IdMismatch",
     "Document ID does not match the specified configuration ID."},
    {"metrics", "MetricsConfiguration", "<Id>i</Id>", "InvalidConfigurationId", ""},
    {"metrics&id=a%2Fb", "MetricsConfiguration", "<Id>a/b</Id>", "InvalidConfigurationId", ""},
    {"logging", "BucketLoggingStatus",
     "<LoggingEnabled><TargetBucket>none</TargetBucket><TargetPrefix/></LoggingEnabled>",
     "InvalidTargetBucketForLogging", "The target bucket for logging does not exist"},
    {"logging", "BucketLoggingStatus",
     "<LoggingEnabled><TargetBucket>b</TargetBucket></LoggingEnabled>", "MalformedXML", ""},
    {"notification", "NotificationConfiguration",
     "<QueueConfiguration><Queue>arn:aws:sns:us-east-1:000000000000:q</Queue>"
     "<Event>s3:ObjectCreated:*</Event></QueueConfiguration>",
     "InvalidArgument", "The ARN is not well formed"},
    {"notification", "NotificationConfiguration",
     "<TopicConfiguration><Topic>arn:aws:sns:us-east-1:000000000000:t</Topic>"
     "<Event>s3:Nothing</Event></TopicConfiguration>",
     "InvalidArgument", "The event is not supported for notifications"},
    {"notification", "NotificationConfiguration",
     "<TopicConfiguration><Topic>arn:aws:sns:us-east-1:000000000000:t</Topic>"
     "<Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>infix</Name>"
     "<Value>a</Value></FilterRule></S3Key></Filter></TopicConfiguration>",
     "InvalidArgument", "filter rule name must be either prefix or suffix"},
    {"website", "WebsiteConfiguration", "", "InvalidArgument",
     "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"},
    {"website", "WebsiteConfiguration", "<IndexDocument><Suffix>a/b</Suffix></IndexDocument>",
     "InvalidArgument", "The IndexDocument Suffix is not well formed"},
    {"website", "WebsiteConfiguration",
     "<RedirectAllRequestsTo><HostName>h</HostName></RedirectAllRequestsTo>"
     "<IndexDocument><Suffix>a</Suffix></IndexDocument>",
     "InvalidArgument",
     "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."},
    {"website", "WebsiteConfiguration",
     "<RedirectAllRequestsTo><HostName>h</HostName><Protocol>ftp</Protocol>"
     "</RedirectAllRequestsTo>",
     "InvalidRequest",
     "Invalid protocol, protocol can be http or https. If not defined the protocol will be "
     "selected automatically."},
    {"website", "WebsiteConfiguration",
     "<IndexDocument><Suffix>a</Suffix></IndexDocument><RoutingRules><RoutingRule><Condition/>"
     "<Redirect/></RoutingRule></RoutingRules>",
     "InvalidRequest",
     "Condition cannot be empty. To redirect all requests without a condition, the condition "
     "element shouldn't be present."},
    {"website", "WebsiteConfiguration",
     "<IndexDocument><Suffix>a</Suffix></IndexDocument><RoutingRules><RoutingRule><Redirect>"
     "<ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith></Redirect>"
     "</RoutingRule></RoutingRules>",
     "InvalidRequest", "You can only define ReplaceKeyPrefix or ReplaceKey but not both."},
    {"lifecycle", "LifecycleConfiguration", "", "MalformedXML", ""},
    {"lifecycle", "LifecycleConfiguration", lifecycle_rule(kExpires, ""), "MalformedXML", ""},
    {"lifecycle", "LifecycleConfiguration", lifecycle_rule(kExpires, "<Prefix/><Filter/>"),
     "MalformedXML", ""},
    {"lifecycle", "LifecycleConfiguration",
     lifecycle_rule(kExpires, "<Filter><And><Prefix>a</Prefix></And></Filter>"), "MalformedXML",
     ""},
    {"lifecycle", "LifecycleConfiguration", lifecycle_rule(""), "InvalidRequest",
     "At least one action needs to be specified in a rule"},
    {"lifecycle", "LifecycleConfiguration",
     lifecycle_rule("<Expiration><Days>0</Days></Expiration>"), "InvalidArgument",
     "'Days' for Expiration action must be a positive integer"},
    {"lifecycle", "LifecycleConfiguration",
     lifecycle_rule("<Expiration><Days>1</Days><Date>2030-01-01</Date></Expiration>"),
     "MalformedXML", ""},
    {"lifecycle", "LifecycleConfiguration",
     lifecycle_rule("<Expiration><Date>2030-01-01T01:00:00Z</Date></Expiration>"),
     "InvalidArgument", "'Date' must be at midnight GMT"},
    {"lifecycle", "LifecycleConfiguration",
     lifecycle_rule("<Expiration><Date>tomorrow</Date></Expiration>"), "MalformedXML", ""},
    {"lifecycle", "LifecycleConfiguration",
     lifecycle_rule("<Transition><Days>7</Days><StorageClass>STANDARD_IA</StorageClass>"
                    "</Transition>"),
     "InvalidArgument",
     "'Days' in Transition action must be greater than or equal to 30 for storageClass "
     "'STANDARD_IA'"},
    {"lifecycle", "LifecycleConfiguration",
     lifecycle_rule("<NoncurrentVersionExpiration><NoncurrentDays>0</NoncurrentDays>"
                    "</NoncurrentVersionExpiration>"),
     "InvalidArgument",
     "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer"},
    {"lifecycle", "LifecycleConfiguration",
     lifecycle_rule("<AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation>"
                    "</AbortIncompleteMultipartUpload>",
                    kTagFilter),
     "InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags."},
    {"lifecycle", "LifecycleConfiguration", lifecycle_rule(kExpires) + lifecycle_rule(kExpires),
     "InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule"},
    {"lifecycle", "LifecycleConfiguration",
     "<Rule><ID>" + std::string(256, 'a') + "</ID><Filter/><Status>Enabled</Status>" + kExpires +
         "</Rule>",
     "InvalidArgument", "ID length should not exceed allowed limit of 255"},
    {"lifecycle", "LifecycleConfiguration",
     lifecycle_rule(kExpires) + "<Rule><Prefix>a</Prefix><Status>Enabled</Status>" + kExpires +
         "</Rule>",
     "InvalidRequest",
     "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the "
     "Filter."},
    {"replication", "ReplicationConfiguration",
     "<Role>arn:aws:iam::000000000000:role/r</Role><Rule><Prefix/><Status>Enabled</Status>"
     "<Destination><Bucket>arn:aws:s3:::b</Bucket></Destination></Rule>",
     "InvalidRequest",
     "Versioning must be 'Enabled' on the bucket to apply a replication configuration"},
};

TEST_F(ConfigurationTest, WhatBreaksARuleIsRefusedWithItsText) {
    for (const BadCase& c : kBadCases) {
        const Answer answer = put_document(c.subresource, c.root, c.content);
        EXPECT_EQ(answer.status, 400) << c.content;
        EXPECT_EQ(answer.code(), c.code) << c.content;
        if (!c.message.empty()) {
            EXPECT_EQ(answer.element("Message"), c.message) << c.content;
        }
    }
    EXPECT_TRUE(buckets_.find("b")->record.configurations.empty());
}

TEST_F(ConfigurationTest, RulesWithoutAnIdGetOne) {
    ASSERT_EQ(put_document("lifecycle", "LifecycleConfiguration",
                           "<Rule><Filter/><Status>Enabled</Status>" + kExpires + "</Rule>" +
                               "<Rule><Filter/><Status>Disabled</Status>" + kExpires + "</Rule>")
                  .status,
              200);
    const Answer stored = read("lifecycle");
    const std::string first = stored.element("ID");
    EXPECT_FALSE(first.empty());
    EXPECT_EQ(stored.body.find("<ID>" + first), stored.body.rfind("<ID>" + first));
}

TEST_F(ConfigurationTest, LifecycleKeepsWhatItsHeaderSays) {
    constexpr std::string_view kName = "x-amz-transition-default-minimum-object-size";
    const auto put_with = [&](std::string value) {
        return send({.method = "PUT",
                     .target = "/b?lifecycle",
                     .headers = {{std::string(kName), std::move(value)}},
                     .body = wrap("LifecycleConfiguration", lifecycle_rule(kExpires))});
    };
    EXPECT_EQ(put_with("small").element("Message"),
              "Invalid TransitionDefaultMinimumObjectSize found: small");
    EXPECT_EQ(put_with("varies_by_storage_class").status, 200);
    const std::string varies = std::string(kName) + ": varies_by_storage_class\r\n";
    EXPECT_NE(read("lifecycle").head.find(varies), std::string::npos);
    ASSERT_EQ(remove("lifecycle").status, 204);
    ASSERT_EQ(put_document("lifecycle", "LifecycleConfiguration", lifecycle_rule(kExpires)).status,
              200);
    EXPECT_NE(read("lifecycle").head.find(std::string(kName) + ": all_storage_classes_128K\r\n"),
              std::string::npos);
}

TEST_F(ConfigurationTest, AConfigurationWithoutItsIdIsNeitherABucketMadeNorOneDeleted) {
    EXPECT_EQ(remove("inventory").code(), "InvalidConfigurationId");
    EXPECT_EQ(put_document("inventory", "InventoryConfiguration", kInventory).code(),
              "InvalidConfigurationId");
    EXPECT_TRUE(buckets_.find("b"));
}

TEST_F(ConfigurationTest, ListsComeInPagesInOrderOfTheIds) {
    for (int i = 0; i < 101; ++i) {
        const std::string id = fmt::format("m{:03}", 100 - i);
        ASSERT_EQ(
            put_document("metrics&id=" + id, "MetricsConfiguration", "<Id>" + id + "</Id>").status,
            200);
    }
    const Answer first = read("metrics");
    EXPECT_TRUE(first.body.starts_with(
        std::string(kHead) + "<ListMetricsConfigurationsResult" + std::string(kXmlns) +
        "><MetricsConfiguration><Id>m000</Id></MetricsConfiguration><MetricsConfiguration>"));
    EXPECT_EQ(first.element("IsTruncated"), "true");
    EXPECT_EQ(first.body.find("m100"), std::string::npos);
    const Answer second =
        read("metrics&continuation-token=" + first.element("NextContinuationToken"));
    EXPECT_EQ(second.element("Id"), "m100");
    EXPECT_EQ(second.element("IsTruncated"), "false");
    EXPECT_EQ(second.element("NextContinuationToken"), "");
    EXPECT_EQ(read("metrics&continuation-token=%21").code(), "InvalidArgument");
    EXPECT_EQ(read("inventory").element("IsTruncated"), "false");
}

TEST_F(ConfigurationTest, ReplicationWantsVersionsAtBothEnds) {
    const auto rule = [](std::string_view more) {
        return fmt::format(
            "<Role>arn:aws:iam::000000000000:role/r</Role><Rule>{}"
            "<Status>Enabled</Status><Destination><Bucket>arn:aws:s3:::target"
            "</Bucket></Destination></Rule>",
            more);
    };
    const auto message_of_put = [&](std::string_view more) {
        return put_document("replication", "ReplicationConfiguration", rule(more))
            .element("Message");
    };
    enable_versioning("b");
    EXPECT_EQ(message_of_put("<Prefix/>"), "Destination bucket must have versioning enabled.");
    ASSERT_EQ(send({.method = "PUT", .target = "/target"}).status, 200);
    EXPECT_EQ(message_of_put("<Prefix/>"), "Destination bucket must have versioning enabled.");
    enable_versioning("target");
    EXPECT_EQ(message_of_put("<Filter/>"),
              "Priority must be specified for this version of Cross Region Replication "
              "configuration schema. Please refer to S3 Developer Guide for more information.");
    EXPECT_EQ(read("replication").code(), "ReplicationConfigurationNotFoundError");
    EXPECT_EQ(message_of_put("<Prefix>a</Prefix>"), "");
    EXPECT_FALSE(read("replication").element("ID").empty());
}

TEST_F(ConfigurationTest, LoggingGoesToABucketOfTheSameOwnerAndRegion) {
    const auto log_to = [&](std::string_view target) {
        return put_document("logging", "BucketLoggingStatus",
                            fmt::format("<LoggingEnabled><TargetBucket>{}</TargetBucket>"
                                        "<TargetPrefix/></LoggingEnabled>",
                                        target));
    };
    ASSERT_EQ(send({.method = "PUT", .target = "/others", .account = kOther}).status, 200);
    EXPECT_EQ(log_to("others").code(), "InvalidTargetBucketForLogging");
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/far",
                    .body = wrap("CreateBucketConfiguration",
                                 "<LocationConstraint>eu-west-3</LocationConstraint>")})
                  .status,
              200);
    const Answer far = log_to("far");
    EXPECT_EQ(far.status, 403);
    EXPECT_EQ(far.code(), "CrossLocationLoggingProhibitted");
    EXPECT_EQ(far.element("TargetBucketLocation"), "eu-west-3");
    EXPECT_EQ(log_to("b").status, 200);
    // An empty status ends logging.
    EXPECT_EQ(put_document("logging", "BucketLoggingStatus", "").status, 200);
    EXPECT_EQ(read("logging").element("TargetBucket"), "");
}

TEST_F(ConfigurationTest, AGranteeComesBackWithItsType) {
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/log",
                    .headers = {{"x-amz-object-ownership", "ObjectWriter"},
                                {"x-amz-acl", "log-delivery-write"}}})
                  .status,
              200);
    const Answer put = put_document(
        "logging", "BucketLoggingStatus",
        "<LoggingEnabled><TargetBucket>log</TargetBucket><TargetPrefix/><TargetGrants><Grant>"
        "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\">"
        "<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>"
        "<Permission>READ</Permission></Grant></TargetGrants></LoggingEnabled>");
    ASSERT_EQ(put.status, 200) << put.body;
    EXPECT_NE(read("logging").body.find(
                  "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                  "xsi:type=\"Group\"><URI>"),
              std::string::npos);
}

TEST_F(ConfigurationTest, WhereRequestersPayTheyMustSaySo) {
    ASSERT_EQ(put("k", "body").status, 200);
    set_policy(R"({"Effect":"Allow","Principal":"*","Action":"s3:GetObject",)"
               R"("Resource":"arn:aws:s3:::b/*"})");
    const auto get = [&](std::string_view account, Headers headers) {
        return send({.target = "/b/k", .headers = std::move(headers), .account = account});
    };
    EXPECT_EQ(get(kOther, {}).status, 200);
    ASSERT_EQ(
        put_document("requestPayment", "RequestPaymentConfiguration", "<Payer>Requester</Payer>")
            .status,
        200);
    EXPECT_EQ(get(kOther, {}).code(), "AccessDenied");
    EXPECT_EQ(get(kOther, {{"x-amz-request-payer", "me"}}).code(), "AccessDenied");
    EXPECT_EQ(get("", {{"x-amz-request-payer", "requester"}}).code(), "AccessDenied");
    const Answer paid = get(kOther, {{"x-amz-request-payer", "requester"}});
    EXPECT_EQ(paid.status, 200);
    EXPECT_NE(paid.head.find("x-amz-request-charged: requester\r\n"), std::string::npos);
    EXPECT_EQ(get(kOwner, {}).status, 200);
    ASSERT_EQ(
        put_document("requestPayment", "RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>")
            .status,
        200);
    EXPECT_EQ(get(kOther, {}).status, 200);
}

TEST_F(ConfigurationTest, ABucketIsCreatedWithItsTags) {
    const auto create = [&](const std::string& name, std::string_view tags) {
        return send({.method = "PUT",
                     .target = "/" + name,
                     .body = wrap("CreateBucketConfiguration", tags)});
    };
    ASSERT_EQ(create("tagged", "<Tags><Tag><Key>a</Key><Value>1</Value></Tag></Tags>").status, 200);
    EXPECT_EQ(send({.target = "/tagged?tagging"}).element("Value"), "1");
    ASSERT_EQ(create("plain", "<Tags/>").status, 200);
    EXPECT_EQ(send({.target = "/plain?tagging"}).code(), "NoSuchTagSet");
    const Answer reserved =
        create("bad", "<Tags><Tag><Key>aws:a</Key><Value>1</Value></Tag></Tags>");
    EXPECT_EQ(reserved.code(), "InvalidTag");
    EXPECT_EQ(send({.method = "HEAD", .target = "/bad"}).status, 404);
}

TEST_F(ConfigurationTest, ASwitchLeavesEncryptionUnsetUntilItIsPut) {
    services_->compat.bucket_encryption_unset = true;
    EXPECT_EQ(read("encryption").status, 404);
    EXPECT_EQ(read("encryption").code(), "ServerSideEncryptionConfigurationNotFoundError");
    ASSERT_EQ(put_document("encryption", "ServerSideEncryptionConfiguration",
                           "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256"
                           "</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>")
                  .status,
              200);
    EXPECT_EQ(read("encryption").element("SSEAlgorithm"), "AES256");
}

TEST_F(ConfigurationTest, DottedNamesAreNotAccelerated) {
    ASSERT_EQ(send({.method = "PUT", .target = "/a.b"}).status, 200);
    const Answer answer =
        send({.method = "PUT",
              .target = "/a.b?accelerate",
              .body = wrap("AccelerateConfiguration", "<Status>Enabled</Status>")});
    EXPECT_EQ(answer.code(), "InvalidRequest");
}

}  // namespace
}  // namespace tarn::s3
