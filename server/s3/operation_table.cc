#include "server/s3/operation_table.h"

#include <algorithm>

namespace tarn::s3 {
namespace {

using http::Method;

// The deprecated aliases (PutBucketLifecycle, PutBucketNotification and their reads) share the
// address of their successors and so the row.  A configuration that is put or deleted without its
// id is a mistake in that, and must not become the creation or the deletion of the bucket.
// clang-format off
constexpr OperationRow kOperations[] = {
    {"ListBuckets", "s3:ListAllMyBuckets", Method::Get, Resource::Service, {}},
    {"CreateBucket", "s3:CreateBucket", Method::Put, Resource::Bucket, {}},
    {"HeadBucket", "s3:ListBucket", Method::Head, Resource::Bucket, {}},
    {"DeleteBucket", "s3:DeleteBucket", Method::Delete, Resource::Bucket, {}},
    {"GetBucketLocation", "s3:GetBucketLocation", Method::Get, Resource::Bucket, {query("location")}},
    {"ListObjects", "s3:ListBucket", Method::Get, Resource::Bucket, {}},
    {"ListObjectsV2", "s3:ListBucket", Method::Get, Resource::Bucket, {query("list-type", "2")}},
    {"DeleteObjects", "s3:DeleteObject", Method::Post, Resource::Bucket, {query("delete")}},
    {"ListMultipartUploads", "s3:ListBucketMultipartUploads", Method::Get, Resource::Bucket, {query("uploads")}},
    {"PutBucketVersioning", "s3:PutBucketVersioning", Method::Put, Resource::Bucket, {query("versioning")}},
    {"GetBucketVersioning", "s3:GetBucketVersioning", Method::Get, Resource::Bucket, {query("versioning")}},
    {"ListObjectVersions", "s3:ListBucketVersions", Method::Get, Resource::Bucket, {query("versions")}},
    {"PutBucketEncryption", "s3:PutEncryptionConfiguration", Method::Put, Resource::Bucket, {query("encryption")}},
    {"GetBucketEncryption", "s3:GetEncryptionConfiguration", Method::Get, Resource::Bucket, {query("encryption")}},
    {"DeleteBucketEncryption", "s3:PutEncryptionConfiguration", Method::Delete, Resource::Bucket, {query("encryption")}},
    {"PutObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration", Method::Put, Resource::Bucket, {query("object-lock")}},
    {"GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration", Method::Get, Resource::Bucket, {query("object-lock")}},
    {"PutBucketWebsite", "s3:PutBucketWebsite", Method::Put, Resource::Bucket, {query("website")}},
    {"GetBucketWebsite", "s3:GetBucketWebsite", Method::Get, Resource::Bucket, {query("website")}},
    {"DeleteBucketWebsite", "s3:DeleteBucketWebsite", Method::Delete, Resource::Bucket, {query("website")}},
    {"PutBucketCors", "s3:PutBucketCORS", Method::Put, Resource::Bucket, {query("cors")}},
    {"GetBucketCors", "s3:GetBucketCORS", Method::Get, Resource::Bucket, {query("cors")}},
    {"DeleteBucketCors", "s3:PutBucketCORS", Method::Delete, Resource::Bucket, {query("cors")}},
    {"PutBucketPolicy", "s3:PutBucketPolicy", Method::Put, Resource::Bucket, {query("policy")}},
    {"GetBucketPolicy", "s3:GetBucketPolicy", Method::Get, Resource::Bucket, {query("policy")}},
    {"DeleteBucketPolicy", "s3:DeleteBucketPolicy", Method::Delete, Resource::Bucket, {query("policy")}},
    {"GetBucketPolicyStatus", "s3:GetBucketPolicyStatus", Method::Get, Resource::Bucket, {query("policyStatus")}},
    {"PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock", Method::Put, Resource::Bucket, {query("publicAccessBlock")}},
    {"GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", Method::Get, Resource::Bucket, {query("publicAccessBlock")}},
    {"DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock", Method::Delete, Resource::Bucket, {query("publicAccessBlock")}},
    {"PutBucketOwnershipControls", "s3:PutBucketOwnershipControls", Method::Put, Resource::Bucket, {query("ownershipControls")}},
    {"GetBucketOwnershipControls", "s3:GetBucketOwnershipControls", Method::Get, Resource::Bucket, {query("ownershipControls")}},
    {"DeleteBucketOwnershipControls", "s3:PutBucketOwnershipControls", Method::Delete, Resource::Bucket, {query("ownershipControls")}},
    {"PutBucketAcl", "s3:PutBucketAcl", Method::Put, Resource::Bucket, {query("acl")}},
    {"GetBucketAcl", "s3:GetBucketAcl", Method::Get, Resource::Bucket, {query("acl")}},
    {"PutBucketTagging", "s3:PutBucketTagging", Method::Put, Resource::Bucket, {query("tagging")}},
    {"GetBucketTagging", "s3:GetBucketTagging", Method::Get, Resource::Bucket, {query("tagging")}},
    {"DeleteBucketTagging", "s3:PutBucketTagging", Method::Delete, Resource::Bucket, {query("tagging")}},
    {"PutBucketReplication", "s3:PutReplicationConfiguration", Method::Put, Resource::Bucket, {query("replication")}},
    {"GetBucketReplication", "s3:GetReplicationConfiguration", Method::Get, Resource::Bucket, {query("replication")}},
    {"DeleteBucketReplication", "s3:PutReplicationConfiguration", Method::Delete, Resource::Bucket, {query("replication")}},
    {"PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration", Method::Put, Resource::Bucket, {query("lifecycle")}},
    {"GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", Method::Get, Resource::Bucket, {query("lifecycle")}},
    {"DeleteBucketLifecycle", "s3:PutLifecycleConfiguration", Method::Delete, Resource::Bucket, {query("lifecycle")}},
    {"PutBucketNotificationConfiguration", "s3:PutBucketNotification", Method::Put, Resource::Bucket, {query("notification")}},
    {"GetBucketNotificationConfiguration", "s3:GetBucketNotification", Method::Get, Resource::Bucket, {query("notification")}},
    {"PutBucketLogging", "s3:PutBucketLogging", Method::Put, Resource::Bucket, {query("logging")}},
    {"GetBucketLogging", "s3:GetBucketLogging", Method::Get, Resource::Bucket, {query("logging")}},
    {"PutBucketRequestPayment", "s3:PutBucketRequestPayment", Method::Put, Resource::Bucket, {query("requestPayment")}},
    {"GetBucketRequestPayment", "s3:GetBucketRequestPayment", Method::Get, Resource::Bucket, {query("requestPayment")}},
    {"PutBucketAccelerateConfiguration", "s3:PutAccelerateConfiguration", Method::Put, Resource::Bucket, {query("accelerate")}},
    {"GetBucketAccelerateConfiguration", "s3:GetAccelerateConfiguration", Method::Get, Resource::Bucket, {query("accelerate")}},
    {"PutBucketInventoryConfiguration", "s3:PutInventoryConfiguration", Method::Put, Resource::Bucket, {query("inventory")}},
    {"GetBucketInventoryConfiguration", "s3:GetInventoryConfiguration", Method::Get, Resource::Bucket, {query("inventory"), query("id")}},
    {"ListBucketInventoryConfigurations", "s3:GetInventoryConfiguration", Method::Get, Resource::Bucket, {query("inventory")}},
    {"DeleteBucketInventoryConfiguration", "s3:PutInventoryConfiguration", Method::Delete, Resource::Bucket, {query("inventory")}},
    {"PutBucketAnalyticsConfiguration", "s3:PutAnalyticsConfiguration", Method::Put, Resource::Bucket, {query("analytics")}},
    {"GetBucketAnalyticsConfiguration", "s3:GetAnalyticsConfiguration", Method::Get, Resource::Bucket, {query("analytics"), query("id")}},
    {"ListBucketAnalyticsConfigurations", "s3:GetAnalyticsConfiguration", Method::Get, Resource::Bucket, {query("analytics")}},
    {"DeleteBucketAnalyticsConfiguration", "s3:PutAnalyticsConfiguration", Method::Delete, Resource::Bucket, {query("analytics")}},
    {"PutBucketMetricsConfiguration", "s3:PutMetricsConfiguration", Method::Put, Resource::Bucket, {query("metrics")}},
    {"GetBucketMetricsConfiguration", "s3:GetMetricsConfiguration", Method::Get, Resource::Bucket, {query("metrics"), query("id")}},
    {"ListBucketMetricsConfigurations", "s3:GetMetricsConfiguration", Method::Get, Resource::Bucket, {query("metrics")}},
    {"DeleteBucketMetricsConfiguration", "s3:PutMetricsConfiguration", Method::Delete, Resource::Bucket, {query("metrics")}},
    {"PutBucketIntelligentTieringConfiguration", "s3:PutIntelligentTieringConfiguration", Method::Put, Resource::Bucket, {query("intelligent-tiering")}},
    {"GetBucketIntelligentTieringConfiguration", "s3:GetIntelligentTieringConfiguration", Method::Get, Resource::Bucket, {query("intelligent-tiering"), query("id")}},
    {"ListBucketIntelligentTieringConfigurations", "s3:GetIntelligentTieringConfiguration", Method::Get, Resource::Bucket, {query("intelligent-tiering")}},
    {"DeleteBucketIntelligentTieringConfiguration", "s3:PutIntelligentTieringConfiguration", Method::Delete, Resource::Bucket, {query("intelligent-tiering")}},
    {"PutBucketAbac", "s3:PutBucketAbac", Method::Put, Resource::Bucket, {query("abac")}},
    {"GetBucketAbac", "s3:GetBucketAbac", Method::Get, Resource::Bucket, {query("abac")}},
    {"CreateSession", "s3:CreateSession", Method::Get, Resource::Bucket, {query("session")}},
    {"CreateBucketMetadataConfiguration", "s3:CreateBucketMetadataConfiguration", Method::Post, Resource::Bucket, {query("metadataConfiguration")}},
    {"GetBucketMetadataConfiguration", "s3:GetBucketMetadataConfiguration", Method::Get, Resource::Bucket, {query("metadataConfiguration")}},
    {"DeleteBucketMetadataConfiguration", "s3:DeleteBucketMetadataConfiguration", Method::Delete, Resource::Bucket, {query("metadataConfiguration")}},
    {"CreateBucketMetadataTableConfiguration", "s3:CreateBucketMetadataTableConfiguration", Method::Post, Resource::Bucket, {query("metadataTable")}},
    {"GetBucketMetadataTableConfiguration", "s3:GetBucketMetadataTableConfiguration", Method::Get, Resource::Bucket, {query("metadataTable")}},
    {"DeleteBucketMetadataTableConfiguration", "s3:DeleteBucketMetadataTableConfiguration", Method::Delete, Resource::Bucket, {query("metadataTable")}},
    {"UpdateBucketMetadataInventoryTableConfiguration", "s3:UpdateBucketMetadataInventoryTableConfiguration", Method::Put, Resource::Bucket, {query("metadataInventoryTable")}},
    {"UpdateBucketMetadataJournalTableConfiguration", "s3:UpdateBucketMetadataJournalTableConfiguration", Method::Put, Resource::Bucket, {query("metadataJournalTable")}},
    {"HeadObject", "s3:GetObject", Method::Head, Resource::Object, {}},
    {"GetObject", "s3:GetObject", Method::Get, Resource::Object, {}},
    {"PutObject", "s3:PutObject", Method::Put, Resource::Object, {}},
    {"DeleteObject", "s3:DeleteObject", Method::Delete, Resource::Object, {}},
    {"CopyObject", "s3:PutObject", Method::Put, Resource::Object, {header("x-amz-copy-source")}},
    {"CreateMultipartUpload", "s3:PutObject", Method::Post, Resource::Object, {query("uploads")}},
    {"UploadPart", "s3:PutObject", Method::Put, Resource::Object, {query("uploadId"), query("partNumber")}},
    {"UploadPartCopy", "s3:PutObject", Method::Put, Resource::Object, {query("uploadId"), query("partNumber"), header("x-amz-copy-source")}},
    {"CompleteMultipartUpload", "s3:PutObject", Method::Post, Resource::Object, {query("uploadId")}},
    {"AbortMultipartUpload", "s3:AbortMultipartUpload", Method::Delete, Resource::Object, {query("uploadId")}},
    {"ListParts", "s3:ListMultipartUploadParts", Method::Get, Resource::Object, {query("uploadId")}},
    {"GetObjectAttributes", "s3:GetObjectAttributes", Method::Get, Resource::Object, {query("attributes")}},
    {"PutObjectRetention", "s3:PutObjectRetention", Method::Put, Resource::Object, {query("retention")}},
    {"GetObjectRetention", "s3:GetObjectRetention", Method::Get, Resource::Object, {query("retention")}},
    {"PutObjectLegalHold", "s3:PutObjectLegalHold", Method::Put, Resource::Object, {query("legal-hold")}},
    {"GetObjectLegalHold", "s3:GetObjectLegalHold", Method::Get, Resource::Object, {query("legal-hold")}},
    {"PutObjectAcl", "s3:PutObjectAcl", Method::Put, Resource::Object, {query("acl")}},
    {"GetObjectAcl", "s3:GetObjectAcl", Method::Get, Resource::Object, {query("acl")}},
    {"PutObjectTagging", "s3:PutObjectTagging", Method::Put, Resource::Object, {query("tagging")}},
    {"GetObjectTagging", "s3:GetObjectTagging", Method::Get, Resource::Object, {query("tagging")}},
    {"DeleteObjectTagging", "s3:DeleteObjectTagging", Method::Delete, Resource::Object, {query("tagging")}},
    {"RestoreObject", "s3:RestoreObject", Method::Post, Resource::Object, {query("restore")}},
    {"RenameObject", "s3:PutObject", Method::Put, Resource::Object, {query("renameObject")}},
    {"UpdateObjectEncryption", "s3:UpdateObjectEncryption", Method::Put, Resource::Object, {query("encryption")}},
    {"SelectObjectContent", "s3:GetObject", Method::Post, Resource::Object, {query("select"), query("select-type", "2")}},
    {"GetObjectTorrent", "s3:GetObjectTorrent", Method::Get, Resource::Object, {query("torrent")}},    {"PostObject", "s3:PutObject", Method::Post, Resource::Bucket, {}},
};
// clang-format on

// Two rows with the same condition would make the second one unreachable.
consteval bool all_rows_are_distinct() {
    for (const OperationRow& a : kOperations) {
        for (const OperationRow& b : kOperations) {
            if (&a == &b) continue;
            if (a.name == b.name) return false;
            if (a.method == b.method && a.resource == b.resource && a.selectors == b.selectors) {
                return false;
            }
        }
    }
    return true;
}
static_assert(all_rows_are_distinct());

bool matches(const Selector& selector, const std::vector<http::QueryParameter>& query,
             const http::Fields& fields) {
    switch (selector.kind) {
        case Selector::Kind::None:
            return true;
        case Selector::Kind::Header:
            return fields.has(selector.name);
        case Selector::Kind::Query:
            return std::ranges::any_of(query, [&](const http::QueryParameter& parameter) {
                return parameter.name == selector.name &&
                       (selector.value.empty() || parameter.value == selector.value);
            });
    }
    return false;
}

// The more a row asks for the better it fits; a subresource says more than a header, which any
// write may carry.
std::size_t rank_of(const OperationRow& row) {
    std::size_t rank = 0;
    for (const Selector& selector : row.selectors) {
        if (selector.kind == Selector::Kind::Query) rank += row.selectors.size();
        if (selector.kind == Selector::Kind::Header) ++rank;
    }
    return rank;
}

// Parameters that qualify a subresource and are none themselves.
constexpr std::string_view kQualifiers[] = {"id", "list-type", "partNumber", "select-type"};

bool names_subresource(const OperationRow& row, std::string_view parameter) {
    return std::ranges::any_of(row.selectors, [&](const Selector& selector) {
        return selector.kind == Selector::Kind::Query && selector.name == parameter;
    });
}

// A change of what is asked for must not become a change of something else: PUT ?uploads of an
// object is no PutObject, and DELETE ?acl of a bucket removes no bucket.
bool asks_for_another(const OperationRow& row, const std::vector<http::QueryParameter>& query) {
    if (row.method == Method::Get || row.method == Method::Head) return false;
    return std::ranges::any_of(query, [&](const http::QueryParameter& parameter) {
        if (std::ranges::find(kQualifiers, parameter.name) != std::end(kQualifiers)) return false;
        if (names_subresource(row, parameter.name)) return false;
        return std::ranges::any_of(kOperations, [&](const OperationRow& other) {
            return names_subresource(other, parameter.name);
        });
    });
}

}  // namespace

std::string_view to_text(Resource resource) {
    switch (resource) {
        case Resource::Service:
            return "SERVICE";
        case Resource::Bucket:
            return "BUCKET";
        case Resource::Object:
            return "OBJECT";
    }
    return {};
}

std::span<const OperationRow> operations() {
    return kOperations;
}

const OperationRow* find_operation(Method method, Resource resource,
                                   const std::vector<http::QueryParameter>& query,
                                   const http::Fields& fields) {
    const OperationRow* best = nullptr;
    for (const OperationRow& row : kOperations) {
        if (row.method != method || row.resource != resource) continue;
        if (best && rank_of(row) <= rank_of(*best)) continue;
        const bool all = std::ranges::all_of(row.selectors, [&](const Selector& selector) {
            return matches(selector, query, fields);
        });
        if (all) best = &row;
    }
    return best && asks_for_another(*best, query) ? nullptr : best;
}

std::string allowed_methods(Resource resource, const std::vector<http::QueryParameter>& query,
                            const http::Fields& fields) {
    std::string allowed;
    for (const Method method :
         {Method::Get, Method::Head, Method::Put, Method::Post, Method::Delete}) {
        if (!find_operation(method, resource, query, fields)) continue;
        if (!allowed.empty()) allowed += ", ";
        allowed += http::method_name(method);
    }
    return allowed;
}

}  // namespace tarn::s3
