// AWS Signature Version 4 on the receiving side.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
//
// The steps, in the order in which S3 reports what is wrong (s3.md 3.2):
//
//   find_credential_carrier()   which mechanism                      (credential_carrier.h)
//   parse_sigv4()               text        -> SigV4Credentials      the claimed access key id
//   check_sigv4()               clocks, scope, signed headers
//   look the secret up          (the caller; also unknown keys go on, with no secret)
//   SigV4Verifier::verify()     the signature itself, in constant time
//
// Everything is judged by what the request claims until verify() has succeeded.

#pragma once

#include "common/aws/auth_error.h"
#include "common/aws/canonical_request.h"
#include "common/aws/credential_carrier.h"
#include "common/aws/payload_mode.h"
#include "common/aws/signing_key.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/crypto/digest.h"
#include "common/http/head.h"

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tarn::aws {

inline constexpr std::string_view kSigV4Algorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kSigV4Terminal = "aws4_request";
inline constexpr std::chrono::minutes kMaxSkew{15};
inline constexpr std::chrono::seconds kMaxPresignExpires{604'800};  // a week

// A request as far as its signature is concerned.  The views must outlive the credentials.
struct SignedRequest {
    const http::RequestHead& head;
    std::string_view path;  // raw, of http::split_target(head.target)
    QueryParameters query;  // of http::parse_query
};

// "<access key id>/<day>/<region>/<service>/aws4_request"
struct CredentialScope {
    std::string_view access_key_id;
    std::string_view day;  // "YYYYMMDD"
    std::string_view region;
    std::string_view service;
    std::string_view text;  // "<day>/<region>/<service>/aws4_request"

    KeyScope key_scope() const { return {day, region, service}; }
};

// What a request claims.  Views into the request's head or into its parsed query.
struct SigV4Credentials {
    CredentialScope scope;
    std::string_view signed_headers;  // "host;x-amz-date"
    std::string_view signature;       // as sent; not yet known to be hex
    std::array<char, 16> amz_date{};  // "YYYYMMDDTHHMMSSZ", also where the request sent Date
    WallTime signed_at;
    std::chrono::seconds expires{0};  // query form only
    std::string_view security_token;  // empty if none; unverified
    bool is_query = false;

    std::string_view access_key_id() const { return scope.access_key_id; }
    std::string_view amz_date_view() const { return {amz_date.data(), amz_date.size()}; }
};

// Reads the credentials of a request whose carrier is HeaderV4 or QueryV4.
Result<SigV4Credentials, AuthError> parse_sigv4(const SignedRequest& request,
                                                CredentialCarrier carrier);

// Splits a credential (the Credential= of the header, X-Amz-Credential, or the form field
// x-amz-credential).  The access key id may hold slashes.  carrier chooses the error's dialect.
Result<CredentialScope, AuthError> parse_credential(std::string_view credential,
                                                    CredentialCarrier carrier);

struct SigV4Rules {
    // The services that the endpoint stands for, e.g. {"s3"}; empty accepts any.
    std::span<const std::string_view> services;
    // Strict regions: the only region accepted.  Empty accepts any.
    std::string_view region;
    // Skew is judged by real time, expiry by `now`: the time, on the clock on which the request was
    // signed, that counts as the present (virtual time may run ahead of real time).
    WallTime real_now;
    WallTime now;
};

// The checks that need no secret: scope, date, skew or expiry, and that host, every x-amz-* header
// and (for S3 by header) x-amz-content-sha256 are present and signed.
Result<void, AuthError> check_sigv4(const SignedRequest& request,
                                    const SigV4Credentials& credentials, const SigV4Rules& rules);

// What the signature covers as the body's hash: x-amz-content-sha256 where the request has it;
// without it UNSIGNED-PAYLOAD for a presigned S3 URL and body_sha256_hex for other services.
std::string_view signed_payload_hash(const SignedRequest& request,
                                     const SigV4Credentials& credentials,
                                     std::string_view body_sha256_hex = kEmptySha256);

// What verify() found out besides yes or no.
struct SigV4Verified {
    SigningKey signing_key;         // for the chunks of the body
    std::string_view payload_hash;  // signed_payload_hash(); a view into the request or a literal
    PayloadMode payload_mode = PayloadMode::Invalid;  // of payload_hash; Invalid never verifies
};

// Verifies signatures with reused buffers and cached signing keys.  Not thread-safe: one per loop.
class SigV4Verifier {
  public:
    SigV4Verifier();

    // secret: nothing if the access key id is unknown; the work is done all the same, and the error
    // is InvalidAccessKeyId.  body_sha256_hex is used as signed_payload_hash() says.  hosts: public
    // names to try in turn after the Host that arrived (requests through a rewriting proxy).
    //
    // A refused signature's error holds the canonical request and the string to sign.
    Result<SigV4Verified, AuthError> verify(const SignedRequest& request,
                                            const SigV4Credentials& credentials,
                                            std::optional<std::string_view> secret,
                                            std::string_view body_sha256_hex = kEmptySha256,
                                            std::span<const std::string_view> hosts = {});

    // Of a browser form: the signature covers the base64 text of the policy as it was sent.
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html
    Result<void, AuthError> verify_form(const CredentialScope& scope,
                                        std::string_view policy_base64, std::string_view signature,
                                        std::optional<std::string_view> secret);

    // Of the last call of verify().
    std::string_view canonical_request() const { return canonical_request_; }
    std::string_view string_to_sign() const { return string_to_sign_; }

  private:
    bool signature_matches(const CanonicalInput& input, const SigV4Credentials& credentials,
                           const crypto::HmacSha256Key& key);

    SigningKeyCache keys_;
    CanonicalRequestBuilder builder_;
    crypto::Digest digest_;
    std::string_view canonical_request_;
    std::string string_to_sign_;
};

}  // namespace tarn::aws
