#include "server/auth/authenticate.h"

#include "common/base/check.h"

#include <utility>

namespace tarn::auth {
namespace {

constexpr std::string_view kContentSha256 = "x-amz-content-sha256";

// The body mode of a request without a SigV4 signature.  It has nothing that could sign chunks.
Result<void, aws::AuthError> read_unsigned_mode(const http::Fields& fields,
                                                Authentication& authentication) {
    const auto value = fields.find(kContentSha256);
    if (!value) return {};
    const aws::PayloadMode mode = aws::parse_payload_mode(*value);
    if (mode == aws::PayloadMode::Invalid || aws::has_chunk_signatures(mode) ||
        aws::is_ecdsa(mode)) {
        return fail(aws::auth_error(aws::AuthFault::InvalidContentSha256,
                                    {{"ArgumentName", kContentSha256}, {"ArgumentValue", *value}}));
    }
    authentication.payload_mode = mode;
    if (mode == aws::PayloadMode::Literal) authentication.payload_sha256 = *value;
    return {};
}

}  // namespace

Result<Authentication, aws::AuthError> Authenticator::authenticate(
    const aws::SignedRequest& request, const AuthenticationRules& rules) {
    TARN_TRY(const aws::CredentialCarrier carrier,
             aws::find_credential_carrier(request.head, request.query));
    switch (carrier) {
        case aws::CredentialCarrier::HeaderV4:
        case aws::CredentialCarrier::QueryV4:
            return authenticate_v4(request, carrier, rules);
        case aws::CredentialCarrier::HeaderV2:
        case aws::CredentialCarrier::QueryV2:
            return authenticate_v2(request, carrier, rules);
        case aws::CredentialCarrier::FormV4:
        case aws::CredentialCarrier::FormV2:
        case aws::CredentialCarrier::None:
            break;
    }
    Authentication anonymous;
    if (auto read = read_unsigned_mode(request.head.fields, anonymous); !read) {
        return fail(std::move(read).error());
    }
    return anonymous;
}

Result<Authentication, aws::AuthError> Authenticator::authenticate_v4(
    const aws::SignedRequest& request, aws::CredentialCarrier carrier,
    const AuthenticationRules& rules) {
    TARN_TRY(const aws::SigV4Credentials claimed, aws::parse_sigv4(request, carrier));
    const aws::SigV4Rules checks{.services = rules.services,
                                 .region = rules.strict_region,
                                 .real_now = clock_.real_now(),
                                 .now = clock_.now()};
    if (auto checked = aws::check_sigv4(request, claimed, checks); !checked) {
        return fail(std::move(checked).error());
    }
    auto credential = credentials_.find(claimed.access_key_id());
    std::optional<std::string_view> secret;
    if (credential) secret = credential->secret;
    TARN_TRY(aws::SigV4Verified verified,
             verifier_.verify(request, claimed, secret, rules.body_sha256));
    CHECK(credential.has_value());  // no signature verifies without

    Authentication authentication{.identity = std::move(credential->identity),
                                  .carrier = carrier,
                                  .signed_at = claimed.signed_at,
                                  .payload_mode = verified.payload_mode};
    if (verified.payload_mode == aws::PayloadMode::Literal) {
        authentication.payload_sha256 = verified.payload_hash;
    }
    if (aws::has_chunk_signatures(verified.payload_mode)) {
        authentication.chunk_signing = {.key = std::move(verified.signing_key),
                                        .amz_date = std::string(claimed.amz_date_view()),
                                        .scope = std::string(claimed.scope.text),
                                        .seed_signature = std::string(claimed.signature),
                                        .access_key_id = std::string(claimed.access_key_id())};
    }
    return authentication;
}

Result<Authentication, aws::AuthError> Authenticator::authenticate_v2(
    const aws::SignedRequest& request, aws::CredentialCarrier carrier,
    const AuthenticationRules& rules) {
    TARN_TRY(const aws::SigV2Credentials claimed, aws::parse_sigv2(request, carrier));
    const aws::SigV2Rules checks{.real_now = clock_.real_now(), .now = clock_.now()};
    if (auto checked = aws::check_sigv2(claimed, checks); !checked) {
        return fail(std::move(checked).error());
    }
    auto credential = credentials_.find(claimed.access_key_id);
    std::optional<std::string_view> secret;
    if (credential) secret = credential->secret;
    if (auto ok = aws::verify_sigv2(request, claimed, secret, rules.host_bucket); !ok) {
        return fail(std::move(ok).error());
    }
    CHECK(credential.has_value());  // no signature verifies without
    Authentication authentication{.identity = std::move(credential->identity), .carrier = carrier};
    if (auto read = read_unsigned_mode(request.head.fields, authentication); !read) {
        return fail(std::move(read).error());
    }
    return authentication;
}

Result<Authentication, aws::AuthError> Authenticator::authenticate_form(
    aws::FormFields fields, const AuthenticationRules& rules) {
    TARN_TRY(const aws::FormCredentials claimed, aws::parse_form_credentials(fields));
    if (claimed.carrier == aws::CredentialCarrier::None) return Authentication{};
    const aws::SigV4Rules checks{.services = rules.services,
                                 .region = rules.strict_region,
                                 .real_now = clock_.real_now(),
                                 .now = clock_.now()};
    if (auto checked = aws::check_form_credentials(claimed, checks); !checked) {
        return fail(std::move(checked).error());
    }
    auto credential = credentials_.find(claimed.access_key_id);
    std::optional<std::string_view> secret;
    if (credential) secret = credential->secret;
    auto verified =
        claimed.carrier == aws::CredentialCarrier::FormV4
            ? verifier_.verify_form(claimed.scope, claimed.policy, claimed.signature, secret)
            : aws::verify_sigv2_form(claimed.access_key_id, claimed.policy, claimed.signature,
                                     secret);
    if (!verified) return fail(std::move(verified).error());
    CHECK(credential.has_value());  // no signature verifies without
    return Authentication{.identity = std::move(credential->identity),
                          .carrier = claimed.carrier,
                          .signed_at = claimed.signed_at,
                          .form_policy = std::string(claimed.policy)};
}

std::string_view claimed_service(const aws::SignedRequest& request) {
    const auto carrier = aws::find_credential_carrier(request.head, request.query);
    if (!carrier) return {};
    if (*carrier != aws::CredentialCarrier::HeaderV4 &&
        *carrier != aws::CredentialCarrier::QueryV4) {
        return {};
    }
    const auto claimed = aws::parse_sigv4(request, *carrier);
    return claimed ? claimed->scope.service : std::string_view{};
}

}  // namespace tarn::auth
