// The tags that a request brings, and those that a policy has to know before it decides.

#pragma once

#include "server/s3/request.h"
#include "server/s3/tags.h"

namespace tarn::s3 {

// Of x-amz-tagging, as a header or a parameter (presigned URLs); none where it is absent, or where
// a copy keeps the tags of its source, so that no condition sees tags that do not become the
// object's.
Result<TagSet, Error> read_requested_tags(const Request& request);
// Of PutObjectTagging's body, which is read once.
net::Task<Result<TagSet, Error>> read_tags_of_body(Request& request);

// The tags that the conditions s3:RequestObjectTag/KEY and s3:RequestObjectTagKeys see.
TagSet tags_for_conditions(const Request& request);

// Whether a bucket's policy asks for the tags of objects (s3:ExistingObjectTag/KEY): then the
// object is looked up before the policy is asked.
bool policy_asks_for_tags(const Bucket& bucket);
// What replaces or removes an object does not see its tags.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
bool sees_existing_tags(const OperationRow& operation);
// Sets request.body_tags where the operation has them and the policy of its bucket asks for them.
net::Task<> read_tags_for_policy(Request& request);

// Whoever makes an object with tags must be allowed to tag it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
Result<void, Error> check_tagging_access(const Request& request, const TagSet& tags);
// The same for the tags that a copy takes along from its source, which nobody knew when the policy
// was asked whether the copy may be put: it is asked again.
// S3 does not document what s3:RequestObjectTag/KEY and s3:RequestObjectTagKeys see of such tags.
// Here they see them, before a copy is made: else what no request may set could be brought in from
// another bucket.  What allows a copy only with tags wants them in the request, by REPLACE.
Result<void, Error> check_copied_tags(Request& request, const TagSet& tags);

}  // namespace tarn::s3
