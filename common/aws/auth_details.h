// Errors that more than one signature version gives.

#pragma once

#include "common/aws/auth_error.h"
#include "common/base/clock.h"
#include "common/base/result.h"

#include <string>
#include <string_view>

namespace tarn::aws {

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
