#include "common/observe/log.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

struct SafeTextCase {
    const char* name;
    std::string_view message;
    std::string_view written;
};

class SafeLogTextTest : public testing::TestWithParam<SafeTextCase> {};

TEST_P(SafeLogTextTest, MasksAndEscapes) {
    EXPECT_EQ(safe_log_text(GetParam().message), GetParam().written);
}

const SafeTextCase kCases[] = {
    {"Plain", "listening on 127.0.0.1:9000", "listening on 127.0.0.1:9000"},
    {"ForgedLine", "key a\nERROR all is lost\x1b[2J", "key a\\x0aERROR all is lost\\x1b[2J"},
    {"QuerySignature", "GET /k?X-Amz-Expires=60&X-Amz-Signature=abc123&x=1",
     "GET /k?X-Amz-Expires=60&X-Amz-Signature=***&x=1"},
    {"QuerySignatureV2", "/k?AWSAccessKeyId=test&Signature=a%2Bb%3D&Expires=1",
     "/k?AWSAccessKeyId=test&Signature=***&Expires=1"},
    {"SecurityToken", "x-amz-security-token: FwoGZX/+=, next", "x-amz-security-token: ***, next"},
    {"AuthorizationHeader", "Authorization: AWS4-HMAC-SHA256 Credential=a, Signature=b\nHost: c",
     "Authorization: ***\\x0aHost: c"},
    {"Json", R"({"SecretAccessKey":"wJalr","AccessKeyId":"AKIA"})",
     R"({"SecretAccessKey":"***","AccessKeyId":"AKIA"})"},
    {"OnlyTheName", "the Signature does not match", "the Signature does not match"},
    {"PartOfAName", "SignatureVersion=4", "SignatureVersion=4"},
    {"Last", "password=", "password=***"},
};
INSTANTIATE_TEST_SUITE_P(Cases, SafeLogTextTest, testing::ValuesIn(kCases),
                         [](const auto& param) { return param.param.name; });

class LogTest : public testing::Test {
  protected:
    static std::string written_by(LogFormat format, LogLevel minimum, LogLevel level,
                                  std::string_view message) {
        testing::internal::CaptureStderr();
        init_logging(minimum, format);
        log_message(level, message);
        return testing::internal::GetCapturedStderr();
    }
};

TEST_F(LogTest, WritesOneJsonObjectALine) {
    const std::string line =
        written_by(LogFormat::Json, LogLevel::Info, LogLevel::Error, "a \"b\" \\ \n c");
    EXPECT_TRUE(line.starts_with(R"({"time":"2)")) << line;
    EXPECT_TRUE(line.contains(R"(Z","level":"error","pid":)")) << line;
    EXPECT_TRUE(line.ends_with(R"("message":"a \"b\" \\ \\x0a c"})"
                               "\n"))
        << line;
}

TEST_F(LogTest, WritesALineForPeople) {
    const std::string line =
        written_by(LogFormat::Text, LogLevel::Info, LogLevel::Warning, "mind the gap");
    EXPECT_TRUE(line.ends_with("warning mind the gap\n")) << line;
}

TEST_F(LogTest, IsSilentBelowItsLevel) {
    EXPECT_EQ(written_by(LogFormat::Text, LogLevel::Warning, LogLevel::Info, "x"), "");
    EXPECT_NE(written_by(LogFormat::Text, LogLevel::Warning, LogLevel::Warning, "x"), "");
    EXPECT_EQ(written_by(LogFormat::Text, LogLevel::Off, LogLevel::Error, "x"), "");
}

TEST(LogOptionTest, ReadsItsNames) {
    EXPECT_EQ(parse_log_level("Debug"), LogLevel::Debug);
    EXPECT_EQ(parse_log_level("off"), LogLevel::Off);
    EXPECT_EQ(parse_log_level("loud"), std::nullopt);
    EXPECT_EQ(parse_log_format("JSON"), LogFormat::Json);
    EXPECT_EQ(parse_log_format("xml"), std::nullopt);
}

}  // namespace
}  // namespace tarn
