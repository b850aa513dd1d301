#include "server/s3/operations.h"

#include <utility>

namespace tarn::s3 {
namespace {

constexpr std::pair<std::string_view, OperationHandler> kHandlers[] = {
    {"ListBuckets", list_buckets},
    {"CreateBucket", create_bucket},
    {"HeadBucket", head_bucket},
    {"DeleteBucket", delete_bucket},
    {"GetBucketLocation", get_bucket_location},
    {"PutBucketVersioning", put_bucket_versioning},
    {"GetBucketVersioning", get_bucket_versioning},
    {"ListObjectVersions", list_object_versions},
    {"PutObjectLockConfiguration", put_object_lock_configuration},
    {"GetObjectLockConfiguration", get_object_lock_configuration},
    {"PutObjectRetention", put_object_retention},
    {"GetObjectRetention", get_object_retention},
    {"PutObjectLegalHold", put_object_legal_hold},
    {"GetObjectLegalHold", get_object_legal_hold},
    {"PutBucketPolicy", put_bucket_policy},
    {"GetBucketPolicy", get_bucket_policy},
    {"DeleteBucketPolicy", delete_bucket_policy},
    {"GetBucketPolicyStatus", get_bucket_policy_status},
    {"GetBucketAcl", get_bucket_acl},
    {"PutBucketAcl", put_bucket_acl},
    {"GetObjectAcl", get_object_acl},
    {"PutObjectAcl", put_object_acl},
    {"PutBucketOwnershipControls", put_bucket_ownership_controls},
    {"GetBucketOwnershipControls", get_bucket_ownership_controls},
    {"DeleteBucketOwnershipControls", delete_bucket_ownership_controls},
    {"PutPublicAccessBlock", put_public_access_block},
    {"GetPublicAccessBlock", get_public_access_block},
    {"DeletePublicAccessBlock", delete_public_access_block},
    {"ListObjects", list_objects},
    {"ListObjectsV2", list_objects_v2},
    {"DeleteObjects", delete_objects},
    {"ListMultipartUploads", list_multipart_uploads},
    {"GetObject", get_object},
    {"HeadObject", head_object},
    {"GetObjectAttributes", get_object_attributes},
    {"GetObjectTagging", get_object_tagging},
    {"PutObject", put_object},
    {"PostObject", post_object},
    {"DeleteObject", delete_object},
    {"CopyObject", copy_object},
    {"CreateMultipartUpload", create_multipart_upload},
    {"UploadPart", upload_part},
    {"UploadPartCopy", upload_part_copy},
    {"CompleteMultipartUpload", complete_multipart_upload},
    {"AbortMultipartUpload", abort_multipart_upload},
    {"ListParts", list_parts},
};

// One entry a row, made once, so that finding a handler is an index.
std::vector<OperationHandler> handlers_by_row() {
    std::vector<OperationHandler> handlers;
    for (const OperationRow& row : operations()) {
        OperationHandler found = nullptr;
        for (const auto& [name, handler] : kHandlers) {
            if (name == row.name) found = handler;
        }
        handlers.push_back(found);
    }
    return handlers;
}

}  // namespace

OperationHandler handler_of(const OperationRow& row) {
    static const std::vector<OperationHandler> handlers = handlers_by_row();
    return handlers[static_cast<std::size_t>(&row - operations().data())];
}

}  // namespace tarn::s3
