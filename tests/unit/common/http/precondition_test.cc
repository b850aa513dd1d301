#include "common/http/precondition.h"

#include <gtest/gtest.h>

namespace tarn::http {
namespace {

using enum ConditionResult;

// The representation of all tests was modified at 08:49:37.500; it is 10:00 now.
constexpr std::string_view kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr std::string_view kSame = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";
constexpr std::string_view kFuture = "Sun, 06 Nov 1994 10:00:01 GMT";
constexpr WallTime kModified{std::chrono::milliseconds(784111777'500)};
constexpr WallTime kNow{std::chrono::seconds(784116000)};
constexpr Validators kValidators{.etag = "abc", .last_modified = kModified};

struct Case {
    const char* name;
    Conditions conditions;
    ConditionResult result;
    std::string_view failed;
};
class EvaluateReadTest : public testing::TestWithParam<Case> {};
TEST_P(EvaluateReadTest, FollowsRfc9110) {
    const ConditionOutcome outcome = evaluate_read(GetParam().conditions, kValidators, kNow);
    EXPECT_EQ(outcome.result, GetParam().result);
    EXPECT_EQ(outcome.failed, GetParam().failed);
}

const Case kSingle[] = {
    {"Nothing", {}, Proceed},
    {"IfMatch", {.if_match = "\"abc\""}, Proceed},
    {"IfMatchUnquoted", {.if_match = "abc"}, Proceed},
    {"IfMatchStar", {.if_match = "*"}, Proceed},
    {"IfMatchList", {.if_match = "\"x\", \"abc\""}, Proceed},
    {"IfMatchOther", {.if_match = "\"x\""}, PreconditionFailed, "If-Match"},
    {"IfMatchEmpty", {.if_match = ""}, PreconditionFailed, "If-Match"},
    {"IfMatchWeak", {.if_match = "W/\"abc\""}, PreconditionFailed, "If-Match"},
    {"IfNoneMatch", {.if_none_match = "\"abc\""}, NotModified, "If-None-Match"},
    {"IfNoneMatchUnquoted", {.if_none_match = "abc"}, NotModified, "If-None-Match"},
    {"IfNoneMatchWeak", {.if_none_match = "W/\"abc\""}, NotModified, "If-None-Match"},
    {"IfNoneMatchStar", {.if_none_match = "*"}, NotModified, "If-None-Match"},
    {"IfNoneMatchOther", {.if_none_match = "\"x\""}, Proceed},
    {"IfModifiedSinceBefore", {.if_modified_since = kBefore}, Proceed},
    {"IfModifiedSinceSameSecond", {.if_modified_since = kSame}, NotModified, "If-Modified-Since"},
    {"IfModifiedSinceAfter", {.if_modified_since = kAfter}, NotModified, "If-Modified-Since"},
    {"IfModifiedSinceFuture", {.if_modified_since = kFuture}, Proceed},
    {"IfModifiedSinceNoDate", {.if_modified_since = "tomorrow"}, Proceed},
    {"IfModifiedSinceRfc3339",
     {.if_modified_since = "1994-11-06T08:49:37Z"},
     NotModified,
     "If-Modified-Since"},
    {"IfUnmodifiedSinceBefore",
     {.if_unmodified_since = kBefore},
     PreconditionFailed,
     "If-Unmodified-Since"},
    {"IfUnmodifiedSinceSameSecond", {.if_unmodified_since = kSame}, Proceed},
    {"IfUnmodifiedSinceAfter", {.if_unmodified_since = kAfter}, Proceed},
    {"IfUnmodifiedSinceFuture", {.if_unmodified_since = kFuture}, Proceed},
    {"IfUnmodifiedSinceNoDate", {.if_unmodified_since = "0"}, Proceed},
};
INSTANTIATE_TEST_SUITE_P(Single, EvaluateReadTest, testing::ValuesIn(kSingle),
                         [](const auto& info) { return std::string(info.param.name); });

// The table of s3.md 3.6 and the order of RFC 9110, section 13.2.2.
const Case kCombined[] = {
    {"MatchPassesUnmodifiedFails",
     {.if_match = "\"abc\"", .if_unmodified_since = kBefore},
     Proceed},
    {"MatchFailsUnmodifiedPasses",
     {.if_match = "\"x\"", .if_unmodified_since = kAfter},
     PreconditionFailed,
     "If-Match"},
    {"NoneMatchFailsModifiedPasses",
     {.if_none_match = "\"abc\"", .if_modified_since = kBefore},
     NotModified,
     "If-None-Match"},
    {"NoneMatchPassesModifiedFails",
     {.if_none_match = "\"x\"", .if_modified_since = kAfter},
     Proceed},
    {"MatchFailsBeforeNoneMatch",
     {.if_match = "\"x\"", .if_none_match = "\"abc\""},
     PreconditionFailed,
     "If-Match"},
    {"MatchPassesNoneMatchFails",
     {.if_match = "\"abc\"", .if_none_match = "\"abc\""},
     NotModified,
     "If-None-Match"},
    {"UnmodifiedFailsBeforeNoneMatch",
     {.if_none_match = "\"abc\"", .if_unmodified_since = kBefore},
     PreconditionFailed,
     "If-Unmodified-Since"},
    {"UnmodifiedPassesModifiedFails",
     {.if_modified_since = kSame, .if_unmodified_since = kSame},
     NotModified,
     "If-Modified-Since"},
};
INSTANTIATE_TEST_SUITE_P(Combined, EvaluateReadTest, testing::ValuesIn(kCombined),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(EtagListTest, FindsMembers) {
    struct ListCase {
        std::string_view list;
        bool expected;
    };
    const ListCase cases[] = {
        {"\"abc\"", true},
        {"abc", true},
        {"*", true},
        {" * ", true},
        {"\"x\",\"abc\"", true},
        {"\"abc\" , \"x\"", true},
        {"x, abc, y", true},
        {"W/\"x\", W/\"abc\"", true},
        {",, \"abc\",", true},
        {"\"x,y\", \"abc\"", true},
        {"\"x, abc\"", false},  // one member, with a comma in it
        {"\"ABC\"", false},
        {"\"abcd\"", false},
        {"\"ab\"", false},
        {"\"*\"", false},
        {"\"x\", *", false},
        {"w/\"abc\"", false},  // W is case-sensitive
        {"\"abc", false},
        {"", false},
        {" , ", false},
        {"\"\"", false},
    };
    for (const ListCase& test : cases)
        EXPECT_EQ(etag_list_contains(test.list, "abc"), test.expected) << test.list;
    EXPECT_FALSE(etag_list_contains("\"\"", "")) << "nothing has no ETag";
    EXPECT_TRUE(etag_list_contains("\"d41d8cd98f00b204e9800998ecf8427e-3\"",
                                   "d41d8cd98f00b204e9800998ecf8427e-3"));
}

}  // namespace
}  // namespace tarn::http
