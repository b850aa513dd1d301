// Errors that more than one signature version gives.

#pragma once

#include "common/aws/auth_error.h"
#include "common/aws/credential_carrier.h"
#include "common/aws/sigv4.h"
#include "common/base/clock.h"
#include "common/base/result.h"

#include <string>
#include <string_view>

namespace tarn::aws {

// The faults of a credential and its scope, by what carries it.
struct ScopeFaults {
    AuthFault malformed;
    AuthFault date_malformed;
    AuthFault date_differs;
    AuthFault wrong_region;
    AuthFault wrong_service;
    AuthFault wrong_terminal;
};
const ScopeFaults& scope_faults(CredentialCarrier carrier);

// The service and region are the endpoint's.
Result<void, AuthError> check_scope(const CredentialScope& scope, const ScopeFaults& faults,
                                    const SigV4Rules& rules);
// The scope's day is that of amz_date ("YYYYMMDDTHHMMSSZ").
Result<void, AuthError> check_scope_date(const CredentialScope& scope, const ScopeFaults& faults,
                                         std::string_view amz_date);

// RequestTimeTooSkewed unless signed_at is within kMaxSkew of real_now.  request_time is the date
// as the client sent it.
Result<void, AuthError> check_skew(WallTime signed_at, std::string_view request_time,
                                   WallTime real_now);

// SignatureDoesNotMatch with all that is needed to find out why.  canonical_request is empty where
// the signature has none (SigV2, forms, chunks).
AuthError mismatch_error(std::string_view access_key_id, std::string_view string_to_sign,
                         std::string_view signature, std::string_view canonical_request = {});

AuthError unknown_key_error(std::string_view access_key_id);

// "47 45 54": the form of StringToSignBytes.
std::string spaced_hex(std::string_view bytes);

}  // namespace tarn::aws
