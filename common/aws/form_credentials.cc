#include "common/aws/form_credentials.h"

#include "common/aws/auth_details.h"
#include "common/base/time_text.h"

#include <algorithm>
#include <array>

namespace tarn::aws {
namespace {

// As S3 spells them where one is missing, in the order in which it looks for them.
constexpr std::string_view kPolicy = "Policy";
constexpr std::string_view kAlgorithm = "X-Amz-Algorithm";
constexpr std::string_view kCredential = "X-Amz-Credential";
constexpr std::string_view kDate = "X-Amz-Date";
constexpr std::array<std::string_view, 5> kV4Fields = {kPolicy, kAlgorithm, kCredential, kDate,
                                                       "X-Amz-Signature"};
constexpr std::array<std::string_view, 3> kV2Fields = {kPolicy, "AWSAccessKeyId", "Signature"};

bool has_field(FormFields fields, std::string_view name) {
    return find_field(fields, name).has_value();
}

AuthError argument_error(AuthFault fault, std::string_view name, std::string_view value) {
    return auth_error(fault, {{"ArgumentName", name}, {"ArgumentValue", value}});
}

Result<void, AuthError> require_fields(FormFields fields, std::span<const std::string_view> names) {
    for (const std::string_view name : names) {
        if (has_field(fields, name)) continue;
        return fail(auth_error(AuthFault::FormMissingField,
                               {{"ArgumentName", name}, {"ArgumentValue", ""}}, name));
    }
    return {};
}

// An error about the credential names it first.
AuthError of_credential(AuthError error, std::string_view credential) {
    error.details.insert(error.details.begin(), {{"ArgumentName", std::string(kCredential)},
                                                 {"ArgumentValue", std::string(credential)}});
    return error;
}

Result<FormCredentials, AuthError> parse_v4(FormFields fields) {
    if (auto complete = require_fields(fields, kV4Fields); !complete) {
        return fail(std::move(complete).error());
    }
    const auto value = [fields](std::string_view name) {
        return find_field(fields, name).value_or(std::string_view{});
    };
    const std::string_view algorithm = value(kAlgorithm);
    if (algorithm != kSigV4Algorithm) {
        return fail(argument_error(AuthFault::FormUnsupportedAlgorithm, kAlgorithm, algorithm));
    }
    auto scope = parse_credential(value(kCredential), CredentialCarrier::FormV4);
    if (!scope) return fail(of_credential(std::move(scope).error(), value(kCredential)));
    const auto signed_at = parse_amz_date(value(kDate));
    if (!signed_at) return fail(argument_error(AuthFault::FormDateMalformed, kDate, value(kDate)));
    return FormCredentials{.carrier = CredentialCarrier::FormV4,
                           .access_key_id = scope->access_key_id,
                           .policy = value(kPolicy),
                           .signature = value("X-Amz-Signature"),
                           .scope = *scope,
                           .amz_date = value(kDate),
                           .signed_at = *signed_at};
}

Result<FormCredentials, AuthError> parse_v2(FormFields fields) {
    if (auto complete = require_fields(fields, kV2Fields); !complete) {
        return fail(std::move(complete).error());
    }
    const auto value = [fields](std::string_view name) {
        return find_field(fields, name).value_or(std::string_view{});
    };
    return FormCredentials{.carrier = CredentialCarrier::FormV2,
                           .access_key_id = value("AWSAccessKeyId"),
                           .policy = value(kPolicy),
                           .signature = value("Signature")};
}

}  // namespace

Result<FormCredentials, AuthError> parse_form_credentials(FormFields fields) {
    const bool has_v4 = has_field(fields, kAlgorithm) || has_field(fields, kCredential) ||
                        has_field(fields, "X-Amz-Signature");
    const bool has_v2 = has_field(fields, "AWSAccessKeyId") || has_field(fields, "Signature");
    if (has_v4 && has_v2) {
        return fail(argument_error(AuthFault::TwoMechanisms, "Signature",
                                   find_field(fields, "Signature").value_or(std::string_view{})));
    }
    if (has_v4) return parse_v4(fields);
    if (has_v2) return parse_v2(fields);
    return FormCredentials{};
}

Result<void, AuthError> check_form_credentials(const FormCredentials& credentials,
                                               const SigV4Rules& rules) {
    if (credentials.carrier != CredentialCarrier::FormV4) return {};
    const CredentialScope& scope = credentials.scope;
    const ScopeFaults& faults = scope_faults(credentials.carrier);
    auto checked = check_scope(scope, faults, rules);
    if (checked) checked = check_scope_date(scope, faults, credentials.amz_date);
    if (!checked) {
        const std::string credential =
            std::string(scope.access_key_id) + "/" + std::string(scope.text);
        return fail(of_credential(std::move(checked).error(), credential));
    }
    if (credentials.signed_at > rules.real_now + kMaxSkew) {
        return fail(auth_error(AuthFault::NotValidYet));
    }
    const WallTime expires_at = credentials.signed_at + kMaxPresignExpires;
    if (rules.now <= expires_at) return {};
    return fail(auth_error(AuthFault::Expired, {{"Expires", format_iso8601(expires_at)},
                                                {"ServerTime", format_iso8601(rules.now)}}));
}

}  // namespace tarn::aws
