#include "server/s3/address.h"

#include "server/s3/bucket_registry.h"

#include <gtest/gtest.h>

namespace tarn::s3 {
namespace {

struct HostCase {
    std::string_view host;
    std::string_view bucket;  // empty: path style
};

const HostCase kHosts[] = {
    {"127.0.0.1:9000", ""},
    {"localhost:9000", ""},
    {"s3.localhost:9000", ""},
    {"photos.localhost:9000", "photos"},
    {"photos.s3.localhost:9000", "photos"},
    {"PHOTOS.s3.localhost", "photos"},
    {"my.dotted.bucket.s3.localhost", "my.dotted.bucket"},
    {"photos.s3.eu-west-1.localhost", "photos"},
    {"photos.s3.amazonaws.com", "photos"},
    {"photos.s3.eu-central-1.amazonaws.com", "photos"},
    {"s3.eu-central-1.amazonaws.com", ""},
    {"photos.s3.localhost.localstack.cloud:4566", "photos"},
    {"example.com", ""},
    {"[::1]:9000", ""},
};

TEST(BucketOfHost, TakesTheLongestSuffix) {
    for (const HostCase& row : kHosts) {
        const auto bucket = bucket_of_host(row.host, default_host_suffixes());
        EXPECT_EQ(bucket.value_or(""), row.bucket) << row.host;
    }
}

struct PathCase {
    std::string_view path;
    Resource resource;
    std::string_view bucket;
    std::string_view key;
};

const PathCase kPaths[] = {
    {"/", Resource::Service, "", ""},
    {"/b", Resource::Bucket, "b", ""},
    {"/b/", Resource::Bucket, "b", ""},
    {"/b/k", Resource::Object, "b", "k"},
    {"/b/a%2Fb", Resource::Object, "b", "a/b"},
    {"/b/a%252Fb", Resource::Object, "b", "a%2Fb"},
    {"/b//k", Resource::Object, "b", "/k"},
    {"/b/../k", Resource::Object, "b", "../k"},
    {"/b/a+b", Resource::Object, "b", "a+b"},
    {"/b/%F0%9F%98%80/", Resource::Object, "b", "\xF0\x9F\x98\x80/"},
};

TEST(ParseAddress, DecodesThePathOnceAndNormalisesNothing) {
    for (const PathCase& row : kPaths) {
        const auto address = parse_address(row.path, std::nullopt);
        ASSERT_TRUE(address) << row.path;
        EXPECT_EQ(address->resource, row.resource) << row.path;
        EXPECT_EQ(address->bucket, row.bucket) << row.path;
        EXPECT_EQ(address->key, row.key) << row.path;
    }
}

TEST(ParseAddress, TakesTheWholePathAsKeyWhereTheHostNamesTheBucket) {
    const auto address = parse_address("/b/k", "host-bucket");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->bucket, "host-bucket");
    EXPECT_EQ(address->key, "b/k");
}

TEST(ParseAddress, RefusesWhatIsNoKey) {
    EXPECT_EQ(parse_address("/b/%zz", std::nullopt).error().code, ErrorCode::InvalidURI);
    EXPECT_EQ(parse_address("/b/%ff", std::nullopt).error().code, ErrorCode::InvalidURI);
    EXPECT_EQ(parse_address("//k", std::nullopt).error().code, ErrorCode::InvalidURI);
    const std::string longest = "/b/" + std::string(kMaxKeyBytes, 'k');
    EXPECT_TRUE(parse_address(longest, std::nullopt));
    EXPECT_EQ(parse_address(longest + "k", std::nullopt).error().code, ErrorCode::KeyTooLongError);
}

TEST(BucketName, FollowsTheNamingRules) {
    for (const std::string_view name : {"abc", "a.b-c", "my-bucket", "1abc", "a.b.c.d", "1.2.3.4a"})
        EXPECT_TRUE(is_valid_bucket_name(name)) << name;
    for (const std::string_view name : {"ab", "Abc", "a_b", "-ab", "ab-", "a..b", "192.168.5.4",
                                        "xn--abc", "abc-s3alias", "sthree-abc", "abc--x-s3", "a b"})
        EXPECT_FALSE(is_valid_bucket_name(name)) << name;
    EXPECT_TRUE(is_valid_bucket_name(std::string(63, 'a')));
    EXPECT_FALSE(is_valid_bucket_name(std::string(64, 'a')));
}

}  // namespace
}  // namespace tarn::s3
