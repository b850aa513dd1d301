// Where a request carries its credentials.  A request has at most one carrier; a browser form's
// credentials are among its fields (form_credentials.h).

#pragma once

#include "common/aws/auth_error.h"
#include "common/base/result.h"
#include "common/http/head.h"
#include "common/http/target.h"

#include <cstdint>
#include <span>

namespace tarn::aws {

enum class CredentialCarrier : std::uint8_t {
    None,
    HeaderV4,
    QueryV4,
    HeaderV2,
    QueryV2,
    FormV4,
    FormV2
};

using QueryParameters = std::span<const http::QueryParameter>;

// The first parameter of that decoded name, or nullptr.  Names are case-sensitive, as in S3.
const http::QueryParameter* find_parameter(QueryParameters query, std::string_view name);

// Errors: two mechanisms at once, a credential header or parameter given twice, or an Authorization
// header of another kind (Basic, Bearer, AWS4-ECDSA-P256-SHA256).
Result<CredentialCarrier, AuthError> find_credential_carrier(const http::RequestHead& head,
                                                             QueryParameters query);

}  // namespace tarn::aws
