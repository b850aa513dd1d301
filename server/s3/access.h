// Authorization of S3 requests: the question put together, and S3's way of refusing.

#pragma once

#include "server/auth/authorize.h"
#include "server/s3/request.h"

#include <optional>
#include <string_view>

namespace tarn::s3 {

// Whose the object is: the bucket's ownership controls may overrule what is stored.
std::string_view owner_of(const Bucket& bucket, const ObjectRecord& object);

// Whether the request's identity may do action on an object of the request's bucket.  version_id:
// where a version is meant by its id.
Result<void, Error> check_object_access(const Request& request, std::string_view action,
                                        std::string_view key,
                                        std::optional<std::string_view> version_id = {});
// The same in whichever bucket, where the object itself may have a say; null: there is none, or it
// is not at hand, and counts as the bucket owner's own with nothing granted.
Result<void, Error> check_object_access(const Request& request, const Bucket& bucket,
                                        std::string_view action, std::string_view key,
                                        const ObjectRecord* object,
                                        std::optional<std::string_view> version_id);
Result<void, Error> check_bucket_access(const Request& request, std::string_view action);

// Whether the decision about the request's operation needs the object that it names: reads of
// objects and of ACLs, in buckets with ACLs; all but writes and deletions, in buckets whose policy
// looks at the object's tags.
bool object_has_a_say(const Request& request);
// All that the request's operation calls for.  object: what it names, as above.
Result<void, Error> check_access(const Request& request, const ObjectRecord* object = nullptr);
// The same, looking the object up.  Errors besides: those of load_requested_object().
net::Task<Result<void, Error>> check_access_by_object(Services& services, const Request& request);

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
