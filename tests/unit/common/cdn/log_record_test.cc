#include "common/cdn/log_record.h"

#include <gtest/gtest.h>

namespace tarn::cdn {
namespace {

using Type = LogRecord::Type;

void expect_equal(const LogRecord& a, const LogRecord& b) {
    EXPECT_EQ(a.type, b.type);
    EXPECT_EQ(a.sequence, b.sequence);
    EXPECT_EQ(a.distribution_id, b.distribution_id);
    EXPECT_EQ(a.config_xml, b.config_xml);
    EXPECT_EQ(a.policy_xml, b.policy_xml);
    EXPECT_EQ(a.arn, b.arn);
    EXPECT_EQ(a.tags, b.tags);
    EXPECT_EQ(a.config_epoch, b.config_epoch);
    EXPECT_EQ(a.signing_key_id, b.signing_key_id);
    EXPECT_EQ(a.signing_secret, b.signing_secret);
    EXPECT_EQ(a.invalidation_id, b.invalidation_id);
    EXPECT_EQ(a.paths, b.paths);
    EXPECT_EQ(a.clock_offset_ms, b.clock_offset_ms);
}

const LogRecord kRecords[] = {
    {.type = Type::Distribution,
     .sequence = 42,
     .distribution_id = "E1",
     .config_xml = "<DistributionConfig>\n\"x\"</DistributionConfig>",
     .policy_xml = {"<CachePolicy/>", "<KeyGroup/>"},
     .arn = "arn:aws:cloudfront::000000000000:distribution/E1",
     .tags = {{"edge:mode", "rfc9111"}, {"b", ""}},
     .config_epoch = UINT64_MAX,
     .signing_key_id = "TARNEDGEE1",
     .signing_secret = "00ff"},
    {.type = Type::DistributionDeleted, .sequence = 43, .distribution_id = "E1"},
    {.type = Type::Invalidation,
     .sequence = UINT64_MAX,
     .distribution_id = "E2",
     .invalidation_id = "I1",
     .paths = {"/*", "/a\"b\\", "#tag"}},
    {.type = Type::ClockOffset, .sequence = 44, .clock_offset_ms = -3'600'000},
    {.type = Type::Heartbeat, .sequence = 45},
};

TEST(LogRecordTest, EveryTypeSurvivesWritingAndReading) {
    for (const LogRecord& record : kRecords) {
        const std::string line = write_log_record(record);
        ASSERT_TRUE(line.ends_with('\n'));
        // One line each: a stream is cut at line ends.
        EXPECT_EQ(line.find('\n'), line.size() - 1);
        const auto read = read_log_record(line);
        ASSERT_TRUE(read) << line;
        expect_equal(*read, record);
        EXPECT_TRUE(read_log_record(line.substr(0, line.size() - 1)));
    }
}

TEST(LogRecordTest, MembersOfNewerServersAreIgnored) {
    const auto read = read_log_record(R"({"seq":1,"type":"heartbeat","future":[1,{"a":2}]})");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->sequence, 1u);
}

TEST(LogRecordTest, MalformedLinesAreRefused) {
    for (const char* line :
         {"", "{", "[]", "null", "{}", R"({"seq":1})", R"({"type":"heartbeat"})",
          R"({"seq":-1,"type":"heartbeat"})", R"({"seq":1.5,"type":"heartbeat"})",
          R"({"seq":"1","type":"heartbeat"})", R"({"seq":1,"type":"other"})",
          R"({"seq":1,"type":3})", R"({"seq":1,"type":"invalidation","paths":"/a"})",
          R"({"seq":1,"type":"invalidation","paths":[1]})",
          R"({"seq":1,"type":"distribution","distribution":7})",
          R"({"seq":1,"type":"distribution","tags":[]})",
          R"({"seq":1,"type":"heartbeat"} {"seq":2})"}) {
        EXPECT_FALSE(read_log_record(line)) << line;
    }
}

}  // namespace
}  // namespace tarn::cdn
