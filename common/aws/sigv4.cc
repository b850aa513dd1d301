#include "common/aws/sigv4.h"

#include "common/aws/auth_details.h"
#include "common/aws/header_name.h"
#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/base/time_text.h"

#include <algorithm>
#include <utility>

namespace tarn::aws {
namespace {

// Stands in for the secret of an unknown access key id.
constexpr std::string_view kNoSecret = "tarn: no such access key";

std::string quoted(std::string_view text, char quote) {
    return quote + std::string(text) + quote;
}

constexpr ScopeFaults kHeaderFaults = {.malformed = AuthFault::HeaderCredentialMalformed,
                                       .date_malformed = AuthFault::HeaderScopeDateMalformed,
                                       .date_differs = AuthFault::HeaderScopeDateDiffers,
                                       .wrong_region = AuthFault::HeaderWrongRegion,
                                       .wrong_service = AuthFault::HeaderWrongService,
                                       .wrong_terminal = AuthFault::HeaderWrongTerminal};
constexpr ScopeFaults kQueryFaults = {.malformed = AuthFault::QueryCredentialMalformed,
                                      .date_malformed = AuthFault::QueryScopeDateMalformed,
                                      .date_differs = AuthFault::QueryScopeDateDiffers,
                                      .wrong_region = AuthFault::QueryWrongRegion,
                                      .wrong_service = AuthFault::QueryWrongService,
                                      .wrong_terminal = AuthFault::QueryWrongTerminal};
constexpr ScopeFaults kFormFaults = {.malformed = AuthFault::FormCredentialMalformed,
                                     .date_malformed = AuthFault::FormScopeDateMalformed,
                                     .date_differs = AuthFault::FormScopeDateDiffers,
                                     .wrong_region = AuthFault::FormWrongRegion,
                                     .wrong_service = AuthFault::FormWrongService,
                                     .wrong_terminal = AuthFault::FormWrongTerminal};

Result<void, AuthError> check_times(const SigV4Credentials& credentials, const SigV4Rules& rules) {
    if (!credentials.is_query) {
        return check_skew(credentials.signed_at, credentials.amz_date_view(), rules.real_now);
    }
    if (credentials.signed_at > rules.real_now + kMaxSkew) {
        return fail(auth_error(AuthFault::NotValidYet));
    }
    const WallTime expires_at = credentials.signed_at + credentials.expires;
    if (rules.now > expires_at) {
        return fail(auth_error(AuthFault::Expired,
                               {{"X-Amz-Expires", std::to_string(credentials.expires.count())},
                                {"Expires", format_iso8601(expires_at)},
                                {"ServerTime", format_iso8601(rules.now)}}));
    }
    return {};
}

CredentialCarrier carrier_of(const SigV4Credentials& credentials) {
    return credentials.is_query ? CredentialCarrier::QueryV4 : CredentialCarrier::HeaderV4;
}

// name is one member of the semicolon-separated list.
bool is_member(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(';'), list.size());
        if (same_name(list.substr(0, end), name)) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

Result<void, AuthError> check_signed_headers(const http::Fields& fields,
                                             std::string_view signed_headers) {
    std::string unsigned_names;
    const auto note = [&unsigned_names](std::string_view name) {
        if (!unsigned_names.empty()) unsigned_names += ", ";
        unsigned_names += to_lower(name);
    };
    if (!is_member(signed_headers, "host")) note("host");
    for (const http::Field& field : fields) {
        if (is_amz_name(field.name) && !is_member(signed_headers, field.name)) {
            note(field.name);
        }
    }
    if (unsigned_names.empty()) return {};
    return fail(auth_error(AuthFault::HeadersNotSigned, {{"HeadersNotSigned", unsigned_names}}));
}

// x-amz-content-sha256 of the header or, where presigned, of the query.
std::optional<std::string_view> content_sha256(const SignedRequest& request,
                                               const SigV4Credentials& credentials) {
    if (credentials.is_query) {
        if (const auto* parameter = find_parameter(request.query, "X-Amz-Content-Sha256")) {
            return parameter->value;
        }
    }
    return request.head.fields.find("x-amz-content-sha256");
}

Result<void, AuthError> check_content_sha256(const SignedRequest& request,
                                             const SigV4Credentials& credentials) {
    if (path_rule_of(credentials.scope.service) != PathRule::S3) return {};
    const auto value = content_sha256(request, credentials);
    if (!value) {
        if (credentials.is_query) return {};
        return fail(auth_error(AuthFault::MissingContentSha256));
    }
    if (parse_payload_mode(*value) != PayloadMode::Invalid) return {};
    return fail(auth_error(AuthFault::InvalidContentSha256,
                           {{"ArgumentName", "x-amz-content-sha256"}, {"ArgumentValue", *value}}));
}

}  // namespace

const ScopeFaults& scope_faults(CredentialCarrier carrier) {
    if (carrier == CredentialCarrier::FormV4) return kFormFaults;
    return carrier == CredentialCarrier::QueryV4 ? kQueryFaults : kHeaderFaults;
}

Result<void, AuthError> check_scope(const CredentialScope& scope, const ScopeFaults& faults,
                                    const SigV4Rules& rules) {
    if (!rules.services.empty() && std::find(rules.services.begin(), rules.services.end(),
                                             scope.service) == rules.services.end()) {
        return fail(auth_error(faults.wrong_service, {},
                               quoted(scope.service, '"') + ". This endpoint belongs to " +
                                   quoted(rules.services.front(), '"') + "."));
    }
    if (!rules.region.empty() && scope.region != rules.region) {
        return fail(auth_error(
            faults.wrong_region, {{"Region", rules.region}},
            quoted(scope.region, '\'') + " is wrong; expecting " + quoted(rules.region, '\'')));
    }
    return {};
}

Result<void, AuthError> check_scope_date(const CredentialScope& scope, const ScopeFaults& faults,
                                         std::string_view amz_date) {
    const std::string_view day = amz_date.substr(0, scope.day.size());
    if (scope.day == day) return {};
    return fail(auth_error(
        faults.date_differs, {},
        quoted(scope.day, '"') + ". This date is not the same as X-Amz-Date: " + quoted(day, '"')));
}

Result<void, AuthError> check_skew(WallTime signed_at, std::string_view request_time,
                                   WallTime real_now) {
    if (std::chrono::abs(real_now - signed_at) <= kMaxSkew) return {};
    const auto skew_ms = std::chrono::milliseconds(kMaxSkew).count();
    return fail(auth_error(AuthFault::TimeTooSkewed,
                           {{"RequestTime", request_time},
                            {"ServerTime", format_iso8601(real_now)},
                            {"MaxAllowedSkewMilliseconds", std::to_string(skew_ms)}}));
}

AuthError mismatch_error(std::string_view access_key_id, std::string_view string_to_sign,
                         std::string_view signature, std::string_view canonical_request) {
    AuthError error = auth_error(AuthFault::SignatureDoesNotMatch,
                                 {{"AWSAccessKeyId", access_key_id},
                                  {"StringToSign", string_to_sign},
                                  {"SignatureProvided", signature},
                                  {"StringToSignBytes", spaced_hex(string_to_sign)}});
    if (!canonical_request.empty()) {
        error.details.emplace_back("CanonicalRequest", canonical_request);
        error.details.emplace_back("CanonicalRequestBytes", spaced_hex(canonical_request));
    }
    return error;
}

AuthError unknown_key_error(std::string_view access_key_id) {
    return auth_error(AuthFault::UnknownAccessKey, {{"AWSAccessKeyId", access_key_id}});
}

std::string spaced_hex(std::string_view bytes) {
    const std::string hex = to_hex(bytes);
    std::string text;
    text.reserve(hex.size() / 2 * 3);
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        if (i > 0) text.push_back(' ');
        text.append(hex, i, 2);
    }
    return text;
}

Result<void, AuthError> check_sigv4(const SignedRequest& request,
                                    const SigV4Credentials& credentials, const SigV4Rules& rules) {
    const ScopeFaults& faults = scope_faults(carrier_of(credentials));
    if (auto checked = check_scope(credentials.scope, faults, rules); !checked) return checked;
    if (auto checked = check_times(credentials, rules); !checked) return checked;
    if (auto checked = check_scope_date(credentials.scope, faults, credentials.amz_date_view());
        !checked) {
        return checked;
    }
    if (auto checked = check_signed_headers(request.head.fields, credentials.signed_headers);
        !checked) {
        return checked;
    }
    return check_content_sha256(request, credentials);
}

std::string_view signed_payload_hash(const SignedRequest& request,
                                     const SigV4Credentials& credentials,
                                     std::string_view body_sha256_hex) {
    if (const auto value = content_sha256(request, credentials)) return *value;
    const bool is_s3 = path_rule_of(credentials.scope.service) == PathRule::S3;
    return is_s3 && credentials.is_query ? kUnsignedPayload : body_sha256_hex;
}

SigV4Verifier::SigV4Verifier() : digest_(crypto::DigestKind::Sha256) {}

bool SigV4Verifier::signature_matches(const CanonicalInput& input,
                                      const SigV4Credentials& credentials,
                                      const crypto::HmacSha256Key& key) {
    canonical_request_ = builder_.build(input);
    digest_.update(canonical_request_);
    string_to_sign_to(string_to_sign_, kSigV4Algorithm, credentials.amz_date_view(),
                      credentials.scope.text, to_hex(digest_.finish()));
    return equal_constant_time(view(sign_hex(key, string_to_sign_)), credentials.signature);
}

Result<SigV4Verified, AuthError> SigV4Verifier::verify(const SignedRequest& request,
                                                       const SigV4Credentials& credentials,
                                                       std::optional<std::string_view> secret,
                                                       std::string_view body_sha256_hex,
                                                       std::span<const std::string_view> hosts) {
    const CredentialScope& scope = credentials.scope;
    const std::string_view used_secret = secret.value_or(kNoSecret);
    SigningKey key = keys_.find(scope.access_key_id, used_secret, scope.key_scope());
    const bool is_new = key == nullptr;
    if (is_new) key = derive_signing_key(used_secret, scope.key_scope());

    const std::string_view payload_hash =
        signed_payload_hash(request, credentials, body_sha256_hex);
    CanonicalInput input{.method = request.head.method_text,
                         .path = request.path,
                         .query = request.query,
                         .is_query = credentials.is_query,
                         .fields = request.head.fields,
                         .host = request.head.host,
                         .signed_headers = credentials.signed_headers,
                         .payload_hash = payload_hash,
                         .path_rule = path_rule_of(scope.service)};
    bool matches = signature_matches(input, credentials, *key);
    for (std::size_t i = 0; i < hosts.size() && !matches; ++i) {
        input.host = hosts[i];
        matches = signature_matches(input, credentials, *key);
    }
    if (!secret) return fail(unknown_key_error(scope.access_key_id));
    if (!matches) {
        if (!hosts.empty()) {  // tell what was computed from the request as it arrived
            input.host = request.head.host;
            signature_matches(input, credentials, *key);
        }
        return fail(mismatch_error(scope.access_key_id, string_to_sign_, credentials.signature,
                                   canonical_request_));
    }
    if (is_new) keys_.store(scope.access_key_id, used_secret, scope.key_scope(), key);
    return SigV4Verified{.signing_key = std::move(key),
                         .payload_hash = payload_hash,
                         .payload_mode = parse_payload_mode(payload_hash)};
}

Result<void, AuthError> SigV4Verifier::verify_form(const CredentialScope& scope,
                                                   std::string_view policy_base64,
                                                   std::string_view signature,
                                                   std::optional<std::string_view> secret) {
    const SigningKey key = derive_signing_key(secret.value_or(kNoSecret), scope.key_scope());
    const bool matches = equal_constant_time(view(sign_hex(*key, policy_base64)), signature);
    if (!secret) return fail(unknown_key_error(scope.access_key_id));
    if (!matches) return fail(mismatch_error(scope.access_key_id, policy_base64, signature));
    return {};
}

}  // namespace tarn::aws
