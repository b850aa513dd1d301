#include "server/s3/operation_table.h"

#include "server/s3/operations.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tarn::s3 {
namespace {

using http::Method;

struct RouteCase {
    const char* name;
    Method method;
    Resource resource;
    std::string_view query;
    bool copy_source = false;
};

std::string operation_of(const RouteCase& route) {
    http::Fields fields;
    if (route.copy_source) fields.add("X-Amz-Copy-Source", "/b/k");
    const auto query = http::parse_query(route.query);
    const OperationRow* row = find_operation(route.method, route.resource, *query, fields);
    return row ? std::string(row->name) : "nothing";
}

const RouteCase kRoutes[] = {
    {"ListBuckets", Method::Get, Resource::Service, ""},
    {"ListObjects", Method::Get, Resource::Bucket, ""},
    {"ListObjects", Method::Get, Resource::Bucket, "prefix=a&list-type=1"},
    {"ListObjectsV2", Method::Get, Resource::Bucket, "list-type=2&prefix=a"},
    {"GetBucketLocation", Method::Get, Resource::Bucket, "location"},
    {"GetBucketLocation", Method::Get, Resource::Bucket, "location="},
    {"ListBucketInventoryConfigurations", Method::Get, Resource::Bucket, "inventory"},
    {"GetBucketInventoryConfiguration", Method::Get, Resource::Bucket, "inventory&id=1"},
    {"DeleteObjects", Method::Post, Resource::Bucket, "delete"},
    {"PostObject", Method::Post, Resource::Bucket, ""},
    {"PutObject", Method::Put, Resource::Object, ""},
    {"PutObject", Method::Put, Resource::Object, "partNumber=1"},
    {"CopyObject", Method::Put, Resource::Object, "", true},
    {"UploadPart", Method::Put, Resource::Object, "partNumber=1&uploadId=u"},
    {"UploadPartCopy", Method::Put, Resource::Object, "partNumber=1&uploadId=u", true},
    {"GetObject", Method::Get, Resource::Object, "versionId=null&x=y"},
    {"GetObjectAcl", Method::Get, Resource::Object, "acl"},
    {"ListParts", Method::Get, Resource::Object, "uploadId=u"},
    {"CreateMultipartUpload", Method::Post, Resource::Object, "uploads"},
    {"CompleteMultipartUpload", Method::Post, Resource::Object, "uploadId=u"},
    {"AbortMultipartUpload", Method::Delete, Resource::Object, "uploadId=u"},
    {"PutObjectTagging", Method::Put, Resource::Object, "tagging", true},
    // What no row has must not become a change of something else.
    {"nothing", Method::Delete, Resource::Bucket, "acl"},
    {"nothing", Method::Delete, Resource::Bucket, "versioning"},
    {"nothing", Method::Delete, Resource::Bucket, "uploads"},
    {"nothing", Method::Delete, Resource::Object, "acl"},
    {"nothing", Method::Delete, Resource::Object, "retention"},
    {"nothing", Method::Put, Resource::Object, "uploads"},
    {"nothing", Method::Put, Resource::Object, "versioning", true},
    {"nothing", Method::Put, Resource::Object, "uploadId=u"},
    {"DeleteBucket", Method::Delete, Resource::Bucket, "x-id=DeleteBucket&unknown"},
    {"PutObject", Method::Put, Resource::Object, "x-id=PutObject"},
    {"nothing", Method::Post, Resource::Object, ""},
    {"nothing", Method::Patch, Resource::Object, ""},
};

TEST(OperationTable, PicksTheRowWithMostSelectors) {
    for (const RouteCase& route : kRoutes) {
        EXPECT_EQ(operation_of(route), route.name) << "?" << route.query;
    }
}

TEST(OperationTable, NamesEveryOperationOfClassP0WithAHandler) {
    constexpr std::string_view kDayOne[] = {"ListBuckets",
                                            "CreateBucket",
                                            "HeadBucket",
                                            "DeleteBucket",
                                            "GetBucketLocation",
                                            "ListObjects",
                                            "ListObjectsV2",
                                            "HeadObject",
                                            "GetObject",
                                            "PutObject",
                                            "DeleteObject",
                                            "DeleteObjects",
                                            "CopyObject",
                                            "CreateMultipartUpload",
                                            "UploadPart",
                                            "UploadPartCopy",
                                            "CompleteMultipartUpload",
                                            "AbortMultipartUpload",
                                            "ListMultipartUploads",
                                            "ListParts",
                                            "PutBucketPolicy",
                                            "GetBucketPolicy",
                                            "DeleteBucketPolicy"};
    for (const std::string_view name : kDayOne) {
        const auto rows = operations();
        const auto found = std::ranges::find(rows, name, &OperationRow::name);
        ASSERT_NE(found, rows.end()) << name;
        EXPECT_NE(handler_of(*found), nullptr) << name;
    }
}

TEST(OperationTable, EveryRowHasAnS3Action) {
    for (const OperationRow& row : operations())
        EXPECT_TRUE(row.action.starts_with("s3:")) << row.name;
}

}  // namespace
}  // namespace tarn::s3
