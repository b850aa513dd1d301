// Authorization of S3 requests: the question put together, and S3's way of refusing.

#pragma once

#include "server/auth/authorize.h"
#include "server/s3/request.h"

#include <string_view>

namespace tarn::s3 {

// Whether the request's identity may do action on an object of the request's bucket.
Result<void, Error> check_object_access(const Request& request, std::string_view action,
                                        std::string_view key);
// The same for another bucket than the request's (a copy's source).  existing_tags: of the object,
// null where they are not known.
Result<void, Error> check_object_access(const Request& request, const Bucket& bucket,
                                        std::string_view action, std::string_view key,
                                        const TagSet* existing_tags);
Result<void, Error> check_bucket_access(const Request& request, std::string_view action);
// The check that the request's operation calls for.
Result<void, Error> check_operation_access(const Request& request);

// A caller who may not list learns nothing about which keys exist: AccessDenied for a missing one.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
Error hide_missing_key(const Request& request, Error error);

// In a bucket whose requesters pay, all but the owner must say that they will.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
Result<void, Error> check_request_payer(const Request& request, const Bucket& bucket);

// x-amz-expected-bucket-owner: 12 digits, and the owner's.
Result<void, Error> check_expected_owner(const Request& request, std::string_view header,
                                         const Bucket& bucket);

}  // namespace tarn::s3
