// What the Condition blocks of a bucket policy see of an S3 request.
//
// A key that is never set makes a Deny that asks for it never hold, so every key that the request
// has a value for is here.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html

#pragma once

#include "common/aws/policy_conditions.h"
#include "server/s3/request.h"

#include <optional>
#include <string_view>

namespace tarn::s3 {

// bucket: whose policy is asked (of a copy also the source's); action: what for; object: on which,
// null where there is none or it is not at hand; version_id: of which version by its id. Allocates:
// only for buckets with a policy.
aws::ConditionContext condition_context(const Request& request, const Bucket& bucket,
                                        std::string_view action, const ObjectRecord* object,
                                        std::optional<std::string_view> version_id);

}  // namespace tarn::s3
