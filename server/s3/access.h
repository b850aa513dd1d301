// Authorization of S3 requests: the question put together, and S3's way of refusing.

#pragma once

#include "server/auth/authorize.h"
#include "server/s3/request.h"

#include <string_view>

namespace tarn::s3 {

// Whose the object is: the bucket's ownership controls may overrule what is stored.
std::string_view owner_of(const Bucket& bucket, const ObjectRecord& object);

// Whether the request's identity may do action on an object of the request's bucket.
Result<void, Error> check_object_access(const Request& request, std::string_view action,
                                        std::string_view key);
// The same in whichever bucket, where the object itself may have a say; null: there is none, or it
// is not at hand, and counts as the bucket owner's own with nothing granted.
Result<void, Error> check_object_access(const Request& request, const Bucket& bucket,
                                        std::string_view action, std::string_view key,
                                        const ObjectRecord* object);
Result<void, Error> check_bucket_access(const Request& request, std::string_view action);

// Whether the decision about the request's operation needs the object that it names: reads of
// objects and of ACLs, in buckets with ACLs.
bool object_has_a_say(const Request& request);
// All that the request's operation calls for.  object: what it names, as above.
Result<void, Error> check_access(const Request& request, const ObjectRecord* object = nullptr);
// The same, looking the object up.  Errors besides: those of load_requested_object().
net::Task<Result<void, Error>> check_access_by_object(Services& services, const Request& request);

// A caller who may not list learns nothing about which keys exist: AccessDenied for a missing one.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
Error hide_missing_key(const Request& request, Error error);

// x-amz-expected-bucket-owner: 12 digits, and the owner's.
Result<void, Error> check_expected_owner(const Request& request, std::string_view header,
                                         const Bucket& bucket);

}  // namespace tarn::s3
