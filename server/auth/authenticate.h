// Authentication, once for every request: who signed it, and how its body is to be read.
//
// Every carrier (header V4, query V4, header V2, query V2, none) passes through authenticate(),
// with every body mode, so no combination has a path of its own (reliability.md finding 8).  Only a
// browser form's credentials are in its body and so known later: authenticate_form().

#pragma once

#include "common/aws/aws_chunked.h"
#include "common/aws/form_credentials.h"
#include "common/aws/sigv2.h"
#include "common/aws/sigv4.h"
#include "common/base/clock.h"
#include "server/auth/credential_store.h"
#include "server/auth/identity.h"

#include <string>
#include <string_view>

namespace tarn::auth {

struct Authentication {
    Identity identity;
    aws::CredentialCarrier carrier = aws::CredentialCarrier::None;
    WallTime signed_at;       // SigV4 only
    std::string form_policy;  // base64, whose signature was right; of forms only
    aws::PayloadMode payload_mode = aws::PayloadMode::Unsigned;
    std::string payload_sha256;       // hex, for PayloadMode::Literal
    aws::ChunkSigning chunk_signing;  // for modes with chunk signatures

    bool presigned() const {
        return carrier == aws::CredentialCarrier::QueryV4 ||
               carrier == aws::CredentialCarrier::QueryV2;
    }
    bool by_form() const {
        return carrier == aws::CredentialCarrier::FormV4 ||
               carrier == aws::CredentialCarrier::FormV2;
    }
};

struct AuthenticationRules {
    std::span<const std::string_view> services;        // that the credential scope may name
    std::string_view strict_region;                    // empty: any
    std::string_view body_sha256 = aws::kEmptySha256;  // where the service signs the body itself
    std::string_view host_bucket;                      // SigV2: the bucket named by Host, if any
};

// Not thread-safe: one per loop.
class Authenticator {
  public:
    Authenticator(const CredentialStore& credentials, const Clock& clock)
        : credentials_(credentials), clock_(clock) {}

    Result<Authentication, aws::AuthError> authenticate(const aws::SignedRequest& request,
                                                        const AuthenticationRules& rules);
    // Who signed a browser form; rules as for its request.  Anonymous where nobody did.
    Result<Authentication, aws::AuthError> authenticate_form(aws::FormFields fields,
                                                             const AuthenticationRules& rules);

  private:
    Result<Authentication, aws::AuthError> authenticate_v4(const aws::SignedRequest& request,
                                                           aws::CredentialCarrier carrier,
                                                           const AuthenticationRules& rules);
    Result<Authentication, aws::AuthError> authenticate_v2(const aws::SignedRequest& request,
                                                           aws::CredentialCarrier carrier,
                                                           const AuthenticationRules& rules);

    const CredentialStore& credentials_;
    const Clock& clock_;
    aws::SigV4Verifier verifier_;
};

// The service in the request's credential scope ("s3", "cloudfront", "sts", …), unverified: routing
// goes by it (DESIGN 1).  Empty where there is no SigV4 credential.
std::string_view claimed_service(const aws::SignedRequest& request);

}  // namespace tarn::auth
