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
    {"PutBucketPolicy", put_bucket_policy},
    {"GetBucketPolicy", get_bucket_policy},
    {"DeleteBucketPolicy", delete_bucket_policy},
    {"ListObjects", list_objects},
    {"ListObjectsV2", list_objects_v2},
    {"DeleteObjects", delete_objects},
    {"ListMultipartUploads", list_multipart_uploads},
    {"GetObject", get_object},
    {"HeadObject", head_object},
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
