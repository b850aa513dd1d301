#include "common/http/target.h"

#include <gtest/gtest.h>

namespace tarn::http {
namespace {

TEST(SplitTargetTest, SplitsAtTheFirstQuestionMarkAndChangesNothing) {
    struct Case {
        std::string_view target, path, query;
        bool has_query;
    };
    const Case cases[] = {
        {"/", "/", "", false},
        {"/?", "/", "", true},
        {"/a%2Fb//c/../d", "/a%2Fb//c/../d", "", false},
        {"/a?b=c", "/a", "b=c", true},
        {"/a?b?c?", "/a", "b?c?", true},
        {"*", "*", "", false},
    };
    for (const Case& test : cases) {
        const Target target = split_target(test.target);
        EXPECT_EQ(target.path, test.path) << test.target;
        EXPECT_EQ(target.query, test.query) << test.target;
        EXPECT_EQ(target.has_query, test.has_query) << test.target;
    }
}

TEST(ParseQueryTest, ReadsParametersInOrder) {
    const auto parameters = parse_query("list-type=2&prefix=a%2Fb+c&acl&empty=&=v&x==y&acl=1");
    ASSERT_TRUE(parameters);
    ASSERT_EQ(parameters->size(), 7u);
    const auto& p = *parameters;
    EXPECT_EQ(p[0].name, "list-type");
    EXPECT_EQ(p[0].value, "2");
    EXPECT_EQ(p[1].raw_value, "a%2Fb+c");
    EXPECT_EQ(p[1].value, "a/b+c") << "'+' is no blank in S3";
    EXPECT_EQ(p[2].name, "acl");
    EXPECT_FALSE(p[2].has_value);
    EXPECT_TRUE(p[3].has_value);
    EXPECT_EQ(p[3].value, "");
    EXPECT_EQ(p[4].name, "");
    EXPECT_EQ(p[4].value, "v");
    EXPECT_EQ(p[5].name, "x");
    EXPECT_EQ(p[5].value, "=y");
    EXPECT_EQ(p[6].name, "acl");
}

TEST(ParseQueryTest, DecodesNamesAndValuesOnce) {
    const auto parameters = parse_query("a%3D%26=%2541%00");
    ASSERT_TRUE(parameters);
    ASSERT_EQ(parameters->size(), 1u);
    EXPECT_EQ((*parameters)[0].raw_name, "a%3D%26");
    EXPECT_EQ((*parameters)[0].name, "a=&");
    EXPECT_EQ((*parameters)[0].value, std::string("%41\0", 4));
}

TEST(ParseQueryTest, SkipsEmptyMembers) {
    for (const std::string_view query : {"", "&", "&&&"})
        EXPECT_EQ(parse_query(query)->size(), 0u) << query;
    for (const std::string_view query : {"a&&b", "&a&b", "a&b&"})
        EXPECT_EQ(parse_query(query)->size(), 2u) << query;
}

TEST(ParseQueryTest, RefusesMalformedEscapes) {
    for (const std::string_view query : {"%", "a=%", "a=%2", "a=%zz", "%4g=1", "ok=1&a=%x1"})
        EXPECT_EQ(parse_query(query), std::nullopt) << query;
}

TEST(ParseQueryTest, RefusesTooMany) {
    std::string query = "a";
    for (std::size_t i = 1; i < kMaxQueryParameters; ++i)
        query += "&a";
    ASSERT_TRUE(parse_query(query));
    EXPECT_EQ(parse_query(query)->size(), kMaxQueryParameters);
    EXPECT_TRUE(parse_query(query + "&"));
    EXPECT_EQ(parse_query(query + "&a"), std::nullopt);
}

TEST(SplitHostTest, SplitsNameAndPort) {
    struct Case {
        std::string_view host, name, port;
    };
    const Case cases[] = {
        {"Example.COM", "example.com", ""},
        {"Example.com:9000", "example.com", "9000"},
        {"127.0.0.1:80", "127.0.0.1", "80"},
        {"[::1]", "::1", ""},
        {"[FE80::1]:9000", "fe80::1", "9000"},
        {"::1", "::1", ""},
        {"a:", "a", ""},
        {"[::1", "::1", ""},
        {"", "", ""},
    };
    for (const Case& test : cases) {
        const HostPort split = split_host(test.host);
        EXPECT_EQ(split.host, test.name) << test.host;
        EXPECT_EQ(split.port, test.port) << test.host;
    }
}

}  // namespace
}  // namespace tarn::http
