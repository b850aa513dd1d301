// What a bucket's encryption configuration says to those who write objects.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionRule.html

#pragma once

#include <string_view>

namespace tarn::s3 {

struct BucketEncryption {
    bool is_set = false;  // there is a configuration; without one S3 encrypts with its own keys
    bool uses_kms = false;
    // Since April 2026 customers' keys are refused unless BlockedEncryptionTypes says NONE.
    bool allows_customer_keys = false;
};

// Of the stored document; empty: there is none.
BucketEncryption parse_bucket_encryption(std::string_view document);

}  // namespace tarn::s3
