// The source of CopyObject and UploadPartCopy.

#pragma once

#include "server/s3/body_stream.h"
#include "server/s3/ingest.h"
#include "server/s3/object_store.h"
#include "server/s3/request.h"
#include "server/s3/slow_answer.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::s3 {

// "[/]bucket/key[?versionId=id]", percent-decoded once.
struct CopySourceName {
    std::string bucket;
    std::string key;
    std::optional<std::string> version_id;
};
Result<CopySourceName, Error> parse_copy_source(std::string_view header);

struct CopySource {
    BucketPtr bucket;
    std::string key;
    std::optional<std::string> version_id;  // as the request names it; nothing: the current one
    ObjectVersion object;
    std::optional<crypto::SecretKey> data_key;  // nothing: the object is stored as it is
    storage::ReadPins::Pin pin;                 // of the body that object names
};

// Reads x-amz-copy-source, checks that the caller may read it and that the x-amz-copy-source-if-*
// conditions hold.
net::Task<Result<CopySource, Error>> find_copy_source(Services& services, const Request& request);

// Copies a run of the source's bytes into a new body of the request's bucket, sealed under data_key
// unless that is null, computing digests, and keeps the answer alive meanwhile.
struct CopiedBody {
    NewBody body;
    std::string md5;  // raw
    StoredChecksum checksum;
};
net::Task<Result<CopiedBody, Error>> copy_body(Services& services, const Request& request,
                                               CopySource& source, http::ByteRange range,
                                               const crypto::SecretKey* data_key,
                                               crypto::ChecksumAlgorithm algorithm,
                                               SlowAnswer& answer);

}  // namespace tarn::s3
