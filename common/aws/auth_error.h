// Why a request's credentials were refused: the faults, and their wire form in one table.
//
// Every check of this module answers with an AuthError, which the API layers copy into their error
// body as it is.  S3 words most faults in its own way; the other AWS services share a second
// dialect (as_standard_error).

#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::aws {

enum class AuthFault : std::uint8_t {
    // Which credential is meant.
    TwoMechanisms,
    UnsupportedAuthorizationType,
    RepeatedCredential,
    // Authorization header, SigV4: AuthorizationHeaderMalformed.
    HeaderComponentCount,
    HeaderComponentMalformed,
    HeaderMissingCredential,
    HeaderMissingSignedHeaders,
    HeaderMissingSignature,
    HeaderCredentialMalformed,
    HeaderScopeDateMalformed,
    HeaderScopeDateDiffers,
    HeaderWrongRegion,
    HeaderWrongService,
    HeaderWrongTerminal,
    // Query, SigV4: AuthorizationQueryParametersError.
    QueryMissingParameter,
    QueryUnsupportedAlgorithm,
    QueryCredentialMalformed,
    QueryScopeDateMalformed,
    QueryScopeDateDiffers,
    QueryWrongRegion,
    QueryWrongService,
    QueryWrongTerminal,
    QueryDateMalformed,
    QueryExpiresNotANumber,
    QueryExpiresNegative,
    QueryExpiresTooLarge,
    // Browser forms: InvalidArgument.
    FormMissingField,
    FormUnsupportedAlgorithm,
    FormCredentialMalformed,
    FormMissingAccessKey,
    FormScopeDateMalformed,
    FormScopeDateDiffers,
    FormWrongRegion,
    FormWrongService,
    FormWrongTerminal,
    FormDateMalformed,
    // Dates.
    MissingDate,
    TimeTooSkewed,
    NotValidYet,
    Expired,
    // What the signature covers.
    HeadersNotSigned,
    MissingContentSha256,
    InvalidContentSha256,
    // The comparison.
    UnknownAccessKey,
    SignatureDoesNotMatch,
    // SigV2.
    V2HeaderMalformed,
    V2QueryIncomplete,
    V2ExpiresMalformed,
    // Bodies with content-encoding aws-chunked.
    MissingDecodedLength,
    ChunkSizeTooSmall,
    BodyUnparsable,
    BodyLengthDiffers,
    TrailerMalformed,
};
inline constexpr std::size_t kAuthFaultCount =
    static_cast<std::size_t>(AuthFault::TrailerMalformed) + 1;

struct AuthError {
    AuthFault fault{};
    std::string_view code;  // a literal
    int status = 0;
    std::string message;
    // Elements beside Code and Message in the error body, in order.
    std::vector<std::pair<std::string, std::string>> details;
};

using AuthErrorDetails = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// The S3 form of a fault.  Where the row's message has a place for it ("{}"), argument is put
// there.
AuthError auth_error(AuthFault fault, AuthErrorDetails details = {},
                     std::string_view argument = {});

// The form in which CloudFront, IAM and STS put the same fault: IncompleteSignature,
// InvalidClientTokenId, SignatureDoesNotMatch and so on.
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
AuthError as_standard_error(const AuthError& error);

}  // namespace tarn::aws
