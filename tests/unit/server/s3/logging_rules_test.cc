#include "server/s3/logging_rules.h"

#include "common/base/time_text.h"

#include <string>

#include <gtest/gtest.h>

namespace tarn::s3 {
namespace {

std::shared_ptr<const LoggingRules> parse(std::string_view enabled) {
    return parse_logging(
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>t</TargetBucket>"
        "<TargetPrefix>logs/</TargetPrefix>" +
        std::string(enabled) + "</LoggingEnabled></BucketLoggingStatus>");
}

std::string key_with(std::string_view format) {
    const auto rules =
        parse("<TargetObjectKeyFormat>" + std::string(format) + "</TargetObjectKeyFormat>");
    Bucket source{.name = "b", .record = {.owner_account_id = "111122223333", .region = "eu-1"}};
    return log_object_key(*rules, source, *parse_iso8601("2026-02-06T04:05:09Z"), "UNIQUE");
}

TEST(LoggingRules, SayWhereLogsGo) {
    const auto rules = parse("");
    ASSERT_TRUE(rules);
    EXPECT_EQ(rules->target_bucket, "t");
    EXPECT_EQ(rules->target_prefix, "logs/");
    EXPECT_EQ(rules->key_format, LogKeyFormat::SimplePrefix);
    EXPECT_TRUE(rules->grants.empty());
}

TEST(LoggingRules, ThereAreNoneWhereNothingIsEnabled) {
    EXPECT_FALSE(parse_logging(""));
    EXPECT_FALSE(parse_logging("<BucketLoggingStatus/>"));
    EXPECT_FALSE(parse_logging("no XML"));
}

TEST(LoggingRules, NameTheGranteesAsTheDocumentDoes) {
    const auto rules = parse(
        "<TargetGrants>"
        "<Grant><Grantee><ID>abc</ID></Grantee><Permission>READ</Permission></Grant>"
        "<Grant><Grantee><URI>u</URI></Grantee><Permission>WRITE</Permission></Grant>"
        "<Grant><Grantee><EmailAddress>e</EmailAddress></Grantee>"
        "<Permission>FULL_CONTROL</Permission></Grant></TargetGrants>");
    const std::vector<NamedGrant> expected = {
        {.kind = NamedGrant::Kind::Id, .name = "abc", .permission = auth::Permission::Read},
        {.kind = NamedGrant::Kind::Uri, .name = "u", .permission = auth::Permission::Write},
        {.kind = NamedGrant::Kind::Email, .name = "e"}};
    EXPECT_EQ(rules->grants, expected);
}

TEST(LoggingRules, KeysHaveTheFormAskedFor) {
    EXPECT_EQ(key_with("<SimplePrefix/>"), "logs/2026-02-06-04-05-09-UNIQUE");
    const std::string partition = "logs/111122223333/eu-1/b/2026/02/06/2026-02-06-";
    EXPECT_EQ(key_with("<PartitionedPrefix><PartitionDateSource>DeliveryTime"
                       "</PartitionDateSource></PartitionedPrefix>"),
              partition + "04-05-09-UNIQUE");
    EXPECT_EQ(key_with("<PartitionedPrefix><PartitionDateSource>EventTime"
                       "</PartitionDateSource></PartitionedPrefix>"),
              partition + "00-00-00-UNIQUE");
    EXPECT_EQ(key_with("<PartitionedPrefix/>"), partition + "00-00-00-UNIQUE");
}

}  // namespace
}  // namespace tarn::s3
