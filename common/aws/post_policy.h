// The policy of a browser upload form: what the signer lets the form's sender upload.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
//
//   { "expiration": "2015-12-30T12:00:00.000Z",
//     "conditions": [ {"bucket": "b"}, ["starts-with", "$key", "user/"],
//                     ["content-length-range", 1, 1048576] ] }
//
// Every field of the form must meet a condition, and every condition must be met: only together do
// they bind the sender.  AWS's page gives no error texts; those here are what S3 was seen to answer
// and, where nobody has recorded it, what VersityGW answers (s3.md 3.2, InvalidPolicyDocument).

#pragma once

#include "common/aws/form_field.h"
#include "common/base/clock.h"
#include "common/base/result.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::aws {

// Sizes in bytes, both bounds allowed.
struct LengthRange {
    std::uint64_t min = 0;
    std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
};

struct PostCondition {
    enum class Kind : std::uint8_t {
        Equals,
        StartsWith,
        LengthRange,
        Never,  // what no form meets: a name without '$', bounds that are no numbers
    };
    Kind kind = Kind::Never;
    std::string field;  // lower case, without '$'
    std::string value;
    aws::LengthRange range;
    std::string text;  // as errors show it: ["eq", "$key", "a"]
};

struct PostPolicy {
    WallTime expires_at;
    std::vector<PostCondition> conditions;
};

struct PostPolicyError {
    enum class Kind : std::uint8_t { InvalidDocument, Denied };
    Kind kind = Kind::InvalidDocument;
    std::string message;
};

// base64: the form's field "policy" as sent, whose signature was right.
Result<PostPolicy, PostPolicyError> parse_post_policy(std::string_view base64);

// Whether fields x-amz-checksum-* may come with a policy that does not mention them: with S3 none
// may, with radosgw all.
enum class UncoveredChecksums : std::uint8_t { Refused, Taken };

// Whether the form may be answered, variables in its fields being replaced; bucket: where it was
// sent.  Gives back which sizes the file may have.
Result<LengthRange, PostPolicyError> check_post_policy(
    const PostPolicy& policy, FormFields fields, std::string_view bucket, WallTime now,
    UncoveredChecksums checksums = UncoveredChecksums::Refused);

}  // namespace tarn::aws
