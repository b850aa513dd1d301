#include "common/aws/credential_carrier.h"

#include "common/aws/header_name.h"

#include <algorithm>
#include <array>

namespace tarn::aws {
namespace {

// Given twice, one check might read the first and another the second.
constexpr std::string_view kSingleHeaders[] = {"authorization", "x-amz-date",
                                               "x-amz-content-sha256", "x-amz-security-token"};
constexpr std::string_view kSingleParameters[] = {"X-Amz-Algorithm",
                                                  "X-Amz-Credential",
                                                  "X-Amz-Date",
                                                  "X-Amz-Expires",
                                                  "X-Amz-SignedHeaders",
                                                  "X-Amz-Signature",
                                                  "X-Amz-Security-Token",
                                                  "X-Amz-Content-Sha256",
                                                  "AWSAccessKeyId",
                                                  "Signature",
                                                  "Expires"};

AuthError argument_error(AuthFault fault, std::string_view name, std::string_view value) {
    return auth_error(fault, {{"ArgumentName", name}, {"ArgumentValue", value}});
}

Result<void, AuthError> check_single(const http::RequestHead& head, QueryParameters query,
                                     CredentialCarrier carrier) {
    std::array<bool, std::size(kSingleHeaders)> seen{};
    for (const http::Field& field : head.fields) {
        for (std::size_t i = 0; i < seen.size(); ++i) {
            if (!same_name(field.name, kSingleHeaders[i])) continue;
            if (seen[i]) {
                return fail(
                    argument_error(AuthFault::RepeatedCredential, kSingleHeaders[i], field.value));
            }
            seen[i] = true;
        }
    }
    if (carrier != CredentialCarrier::QueryV4 && carrier != CredentialCarrier::QueryV2) return {};
    for (const std::string_view name : kSingleParameters) {
        const auto is_named = [name](const auto& parameter) { return parameter.name == name; };
        if (std::count_if(query.begin(), query.end(), is_named) > 1) {
            return fail(argument_error(AuthFault::RepeatedCredential, name,
                                       find_parameter(query, name)->value));
        }
    }
    return {};
}

// "AWS4-HMAC-SHA256 ..." -> HeaderV4, "AWS ..." -> HeaderV2, anything else -> None.
CredentialCarrier carrier_of_header(std::string_view authorization) {
    const std::string_view type = authorization.substr(0, authorization.find(' '));
    if (type == "AWS4-HMAC-SHA256") return CredentialCarrier::HeaderV4;
    if (type == "AWS") return CredentialCarrier::HeaderV2;
    return CredentialCarrier::None;
}

}  // namespace

const http::QueryParameter* find_parameter(QueryParameters query, std::string_view name) {
    const auto found = std::find_if(query.begin(), query.end(), [name](const auto& parameter) {
        return parameter.name == name;
    });
    return found == query.end() ? nullptr : &*found;
}

Result<CredentialCarrier, AuthError> find_credential_carrier(const http::RequestHead& head,
                                                             QueryParameters query) {
    // An empty Authorization header carries nothing: the request is anonymous.
    const std::string_view authorization = head.fields.get("authorization");
    bool has_v4 = false;
    bool has_v2 = false;
    for (const http::QueryParameter& parameter : query) {
        has_v4 |= parameter.name == "X-Amz-Algorithm" || parameter.name == "X-Amz-Credential" ||
                  parameter.name == "X-Amz-Signature";
        has_v2 |= parameter.name == "Signature" || parameter.name == "AWSAccessKeyId";
    }
    if (!authorization.empty() + has_v4 + has_v2 > 1) {
        return fail(argument_error(AuthFault::TwoMechanisms, "Authorization", authorization));
    }

    CredentialCarrier carrier = CredentialCarrier::None;
    if (has_v4) carrier = CredentialCarrier::QueryV4;
    if (has_v2) carrier = CredentialCarrier::QueryV2;
    if (!authorization.empty()) {
        carrier = carrier_of_header(authorization);
        if (carrier == CredentialCarrier::None) {
            return fail(argument_error(AuthFault::UnsupportedAuthorizationType, "Authorization",
                                       authorization));
        }
    }
    if (carrier == CredentialCarrier::None) return carrier;
    if (auto checked = check_single(head, query, carrier); !checked) {
        return fail(std::move(checked).error());
    }
    return carrier;
}

}  // namespace tarn::aws
