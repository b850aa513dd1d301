// AWS Signature Version 2 as S3 knows it, which boto3 and aws-cli v1 still use for presigned URLs
// in the eight oldest regions, us-east-1 among them.
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html

#pragma once

#include "common/aws/auth_error.h"
#include "common/aws/credential_carrier.h"
#include "common/aws/sigv4.h"
#include "common/base/clock.h"
#include "common/base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::aws {

// Whether SigV2 signs the query parameter of that name, where it stands for a subresource.
bool is_signed_by_sigv2(std::string_view parameter);

// What a request claims.  Views into the request's head or into its parsed query.
struct SigV2Credentials {
    std::string_view access_key_id;
    std::string_view signature;       // base64, as sent
    std::string_view date;            // the text that was signed: Expires, or the date header
    WallTime expires_at;              // query form
    WallTime signed_at;               // header form
    std::string_view security_token;  // empty if none; unverified
    bool is_query = false;
};

// Reads the credentials of a request whose carrier is HeaderV2 or QueryV2.
Result<SigV2Credentials, AuthError> parse_sigv2(const SignedRequest& request,
                                                CredentialCarrier carrier);

struct SigV2Rules {
    WallTime real_now;  // judges the skew of the header form
    WallTime now;       // judges the expiry of the query form
};
Result<void, AuthError> check_sigv2(const SigV2Credentials& credentials, const SigV2Rules& rules);

// bucket: where the request names its bucket in Host and not in the path, else empty; it is then
// part of the signed resource ("/bucket/key").
std::string sigv2_string_to_sign(const SignedRequest& request, const SigV2Credentials& credentials,
                                 std::string_view host_bucket);

// secret: nothing if the access key id is unknown; the work is done all the same.
Result<void, AuthError> verify_sigv2(const SignedRequest& request,
                                     const SigV2Credentials& credentials,
                                     std::optional<std::string_view> secret,
                                     std::string_view host_bucket);

// Of a browser form: the signature covers the base64 text of the policy as it was sent.
Result<void, AuthError> verify_sigv2_form(std::string_view access_key_id,
                                          std::string_view policy_base64,
                                          std::string_view signature,
                                          std::optional<std::string_view> secret);

// base64(HMAC-SHA1(secret, text)).
std::string sigv2_signature(std::string_view secret, std::string_view text);

}  // namespace tarn::aws
