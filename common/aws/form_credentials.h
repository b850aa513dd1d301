// The credentials of a browser upload form, which are among its fields: SigV4 (x-amz-algorithm,
// x-amz-credential, x-amz-date, x-amz-signature) or SigV2 (AWSAccessKeyId, signature).  Both sign
// the text of the field "policy" and nothing else; what the form may say is the policy's business
// (post_policy.h).
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html

#pragma once

#include "common/aws/auth_error.h"
#include "common/aws/credential_carrier.h"
#include "common/aws/form_field.h"
#include "common/aws/sigv4.h"
#include "common/base/clock.h"
#include "common/base/result.h"

#include <string_view>

namespace tarn::aws {

// What a form claims.  Views into its fields.
struct FormCredentials {
    CredentialCarrier carrier = CredentialCarrier::None;  // else FormV4 or FormV2
    std::string_view access_key_id;
    std::string_view policy;  // base64, as sent: the string to sign
    std::string_view signature;
    CredentialScope scope;      // FormV4
    std::string_view amz_date;  // FormV4
    WallTime signed_at;         // FormV4
};

// A form without any of the fields above but the policy and the date is anonymous (carrier None).
// Errors: a field that is missing or malformed, or fields of both versions.
Result<FormCredentials, AuthError> parse_form_credentials(FormFields fields);

// The checks that need no secret: of SigV4 scope and date.  A policy's signature is good for a
// week, as its key is.
// https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
Result<void, AuthError> check_form_credentials(const FormCredentials& credentials,
                                               const SigV4Rules& rules);

}  // namespace tarn::aws
