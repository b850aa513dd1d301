// The names that server access logs give operations: "REST." method "." resource type.
//
// S3 documents the form and a few examples; the resource types are those that logs of S3 show.

#pragma once

#include "server/s3/operation_table.h"

#include <string>
#include <string_view>

namespace tarn::s3 {

// What a request does besides, recorded for itself.
inline constexpr std::string_view kBatchDeleteOperation = "BATCH.DELETE.OBJECT";
inline constexpr std::string_view kCopyObjectGetOperation = "REST.COPY.OBJECT_GET";
inline constexpr std::string_view kCopyPartGetOperation = "REST.COPY.PART_GET";

// Whether the operation reads another object, which it names in x-amz-copy-source.
bool is_copy(const OperationRow& row);

// row: null where the request is no operation; method and resource are the request's own.
std::string access_log_operation(const OperationRow* row, std::string_view method,
                                 Resource resource);

}  // namespace tarn::s3
