#include "common/aws/auth_error.h"

#include <array>

namespace tarn::aws {
namespace {

struct FaultRow {
    AuthFault fault;
    // S3.  A "{}" in the message is the place of the argument.
    std::string_view code;
    int status;
    std::string_view message;
    // The other services.
    std::string_view standard_code;
    int standard_status;
    std::string_view standard_message;  // empty: as for S3
};

constexpr std::string_view kMalformed = "AuthorizationHeaderMalformed";
constexpr std::string_view kQuery = "AuthorizationQueryParametersError";
constexpr std::string_view kArgument = "InvalidArgument";
constexpr std::string_view kDenied = "AccessDenied";
constexpr std::string_view kIncomplete = "IncompleteSignature";
constexpr std::string_view kMismatch = "SignatureDoesNotMatch";

constexpr std::string_view kNeedsParameters =
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
    "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
constexpr std::string_view kHeaderNeeds =
    "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.";
constexpr std::string_view kBadCredential =
    "Credential must have exactly 5 slash-delimited elements, e.g. "
    "keyid/date/region/service/term.";
constexpr std::string_view kScopeRegion = "Credential should be scoped to a valid region.";
constexpr std::string_view kScopeService = "Credential should be scoped to correct service.";
constexpr std::string_view kScopeTerminal =
    "Credential should be scoped with a valid terminator: 'aws4_request'.";
constexpr std::string_view kScopeDate =
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.";

// The texts of S3 are those of s3.md 3.2; a form's credential is refused with what a presigned
// URL's is, less the prefix that names the parameter.
constexpr FaultRow kRows[] = {
    {AuthFault::TwoMechanisms, "InvalidArgument", 400,
     "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query "
     "string parameter or the Authorization header should be specified",
     kIncomplete, 400, ""},
    {AuthFault::UnsupportedAuthorizationType, "InvalidArgument", 400,
     "Unsupported Authorization Type", kIncomplete, 400, ""},
    {AuthFault::RepeatedCredential, "InvalidArgument", 400,
     "Only one value is allowed for each part of the credentials", kIncomplete, 400, ""},

    {AuthFault::HeaderComponentCount, kMalformed, 400,
     "The authorization header is malformed; the authorization header requires three components: "
     "Credential, SignedHeaders, and Signature.",
     kIncomplete, 400, kHeaderNeeds},
    {AuthFault::HeaderComponentMalformed, kMalformed, 400,
     "The authorization header is malformed; the authorization component \"{}\" is malformed.",
     kIncomplete, 400, kHeaderNeeds},
    {AuthFault::HeaderMissingCredential, kMalformed, 400,
     "The authorization header is malformed; missing Credential.", kIncomplete, 400,
     "Authorization header requires 'Credential' parameter."},
    {AuthFault::HeaderMissingSignedHeaders, kMalformed, 400,
     "The authorization header is malformed; missing SignedHeaders.", kIncomplete, 400,
     "Authorization header requires 'SignedHeaders' parameter."},
    {AuthFault::HeaderMissingSignature, kMalformed, 400,
     "The authorization header is malformed; missing Signature.", kIncomplete, 400,
     "Authorization header requires 'Signature' parameter."},
    {AuthFault::HeaderCredentialMalformed, kMalformed, 400,
     "The authorization header is malformed; the Credential is mal-formed; expecting "
     "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
     kIncomplete, 400, kBadCredential},
    {AuthFault::HeaderScopeDateMalformed, kMalformed, 400,
     "The authorization header is malformed; incorrect date format \"{}\". This date in the "
     "credential must be in the format \"yyyyMMdd\".",
     kMismatch, 403, kScopeDate},
    {AuthFault::HeaderScopeDateDiffers, kMalformed, 400,
     "The authorization header is malformed; Invalid credential date. Date is not the same as "
     "X-Amz-Date.",
     kMismatch, 403, kScopeDate},
    {AuthFault::HeaderWrongRegion, kMalformed, 400,
     "The authorization header is malformed; the region {}", kMismatch, 403, kScopeRegion},
    {AuthFault::HeaderWrongService, kMalformed, 400,
     "The authorization header is malformed; incorrect service {}", kMismatch, 403, kScopeService},
    {AuthFault::HeaderWrongTerminal, kMalformed, 400,
     "The authorization header is malformed; incorrect terminal \"{}\". This endpoint uses "
     "\"aws4_request\".",
     kMismatch, 403, kScopeTerminal},

    {AuthFault::QueryMissingParameter, kQuery, 400, kNeedsParameters, kIncomplete, 400, ""},
    {AuthFault::QueryUnsupportedAlgorithm, kQuery, 400,
     "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"", kIncomplete,
     400, "Unsupported AWS 'algorithm'."},
    {AuthFault::QueryCredentialMalformed, kQuery, 400,
     "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
     "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
     kIncomplete, 400, kBadCredential},
    {AuthFault::QueryScopeDateMalformed, kQuery, 400,
     "Error parsing the X-Amz-Credential parameter; incorrect date format \"{}\". This date in the "
     "credential must be in the format \"yyyyMMdd\".",
     kMismatch, 403, kScopeDate},
    {AuthFault::QueryScopeDateDiffers, kQuery, 400, "Invalid credential date {}.", kMismatch, 403,
     kScopeDate},
    {AuthFault::QueryWrongRegion, kQuery, 400,
     "Error parsing the X-Amz-Credential parameter; the region {}", kMismatch, 403, kScopeRegion},
    {AuthFault::QueryWrongService, kQuery, 400,
     "Error parsing the X-Amz-Credential parameter; incorrect service {}", kMismatch, 403,
     kScopeService},
    {AuthFault::QueryWrongTerminal, kQuery, 400,
     "Error parsing the X-Amz-Credential parameter; incorrect terminal \"{}\". This endpoint uses "
     "\"aws4_request\".",
     kMismatch, 403, kScopeTerminal},
    {AuthFault::QueryDateMalformed, kQuery, 400,
     "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"", kIncomplete, 400,
     "Date must be in ISO-8601 'basic format'."},
    {AuthFault::QueryExpiresNotANumber, kQuery, 400, "X-Amz-Expires should be a number",
     kIncomplete, 400, ""},
    {AuthFault::QueryExpiresNegative, kQuery, 400, "X-Amz-Expires must be non-negative",
     kIncomplete, 400, ""},
    {AuthFault::QueryExpiresTooLarge, kQuery, 400,
     "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must "
     "be less than 604800 seconds",
     kIncomplete, 400, ""},

    {AuthFault::FormMissingField, kArgument, 400,
     "Bucket POST must contain a field named '{}'.  If it is specified, please check the order of "
     "the fields.",
     kIncomplete, 400, ""},
    {AuthFault::FormUnsupportedAlgorithm, kArgument, 400,
     "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"", kIncomplete,
     400, ""},
    {AuthFault::FormCredentialMalformed, kArgument, 400,
     "the Credential is mal-formed; expecting "
     "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
     kIncomplete, 400, ""},
    {AuthFault::FormMissingAccessKey, kArgument, 400,
     "a non-empty Access Key (AKID) must be provided in the credential.", kIncomplete, 400, ""},
    {AuthFault::FormScopeDateMalformed, kArgument, 400,
     "incorrect date format \"{}\". This date in the credential must be in the format "
     "\"yyyyMMdd\".",
     kIncomplete, 400, ""},
    {AuthFault::FormScopeDateDiffers, kArgument, 400, "Invalid credential date {}.", kIncomplete,
     400, ""},
    {AuthFault::FormWrongRegion, kArgument, 400, "the region {}", kIncomplete, 400, ""},
    {AuthFault::FormWrongService, kArgument, 400, "incorrect service {}", kIncomplete, 400, ""},
    {AuthFault::FormWrongTerminal, kArgument, 400,
     "incorrect terminal \"{}\". This endpoint uses \"aws4_request\".", kIncomplete, 400, ""},
    {AuthFault::FormDateMalformed, kArgument, 400,
     "X-Amz-Date must be formated via ISO8601 Long format", kIncomplete, 400, ""},

    {AuthFault::MissingDate, kDenied, 403,
     "AWS authentication requires a valid Date or x-amz-date header", kIncomplete, 400,
     "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."},
    {AuthFault::TimeTooSkewed, "RequestTimeTooSkewed", 403,
     "The difference between the request time and the current time is too large.", kMismatch, 403,
     "Signature expired or not yet current: its date is more than 15 minutes from the server's."},
    {AuthFault::NotValidYet, kDenied, 403, "Request is not valid yet", kMismatch, 403,
     "Signature not yet current."},
    {AuthFault::Expired, kDenied, 403, "Request has expired", "RequestExpired", 400, ""},

    {AuthFault::HeadersNotSigned, kDenied, 403,
     "There were headers present in the request which were not signed", kMismatch, 403,
     "'Host' and every 'X-Amz-*' header must be a 'SignedHeader' in the AWS Credential."},
    {AuthFault::MissingContentSha256, "InvalidRequest", 400,
     "Missing required header for this request: x-amz-content-sha256", kIncomplete, 400, ""},
    {AuthFault::InvalidContentSha256, "InvalidArgument", 400,
     "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
     "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
     "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER "
     "or a valid sha256 value.",
     kIncomplete, 400, ""},

    {AuthFault::UnknownAccessKey, "InvalidAccessKeyId", 403,
     "The AWS Access Key Id you provided does not exist in our records.", "InvalidClientTokenId",
     403, "The security token included in the request is invalid."},
    {AuthFault::SignatureDoesNotMatch, kMismatch, 403,
     "The request signature we calculated does not match the signature you provided. Check your "
     "key and signing method.",
     kMismatch, 403,
     "The request signature we calculated does not match the signature you provided. Check your "
     "AWS Secret Access Key and signing method. Consult the service documentation for details."},

    {AuthFault::V2HeaderMalformed, "InvalidArgument", 400,
     "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature", kIncomplete, 400,
     ""},
    {AuthFault::V2QueryIncomplete, kDenied, 403,
     "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
     kIncomplete, 400, ""},
    {AuthFault::V2ExpiresMalformed, kDenied, 403,
     "Invalid date (should be seconds since epoch): {}", kIncomplete, 400, ""},

    {AuthFault::MissingDecodedLength, "MissingContentLength", 411,
     "You must provide the Content-Length HTTP header.", kIncomplete, 400, ""},
    {AuthFault::ChunkSizeTooSmall, "InvalidChunkSizeError", 400,
     "Only the last chunk is allowed to have a size less than 8192 bytes", kIncomplete, 400, ""},
    {AuthFault::BodyUnparsable, "IncompleteBody", 400, "The request body terminated unexpectedly",
     kIncomplete, 400, ""},
    {AuthFault::BodyLengthDiffers, "IncompleteBody", 400,
     "You did not provide the number of bytes specified by the Content-Length HTTP header",
     kIncomplete, 400, ""},
    {AuthFault::TrailerMalformed, "MalformedTrailerError", 400,
     "The request contained trailing data that was not well-formed or did not conform to our "
     "published schema.",
     kIncomplete, 400, ""},
};

constexpr bool rows_are_in_order() {
    std::size_t position = 0;
    for (const FaultRow& row : kRows) {
        if (static_cast<std::size_t>(row.fault) != position++) return false;
    }
    return position == kAuthFaultCount;
}
static_assert(rows_are_in_order(), "one row for each fault, in the order of the enumeration");

const FaultRow& row_of(AuthFault fault) {
    return kRows[static_cast<std::size_t>(fault)];
}

std::string_view detail(const AuthError& error, std::string_view name) {
    for (const auto& [detail_name, value] : error.details) {
        if (detail_name == name) return value;
    }
    return {};
}

}  // namespace

AuthError auth_error(AuthFault fault, AuthErrorDetails details, std::string_view argument) {
    const FaultRow& row = row_of(fault);
    AuthError error{.fault = fault, .code = row.code, .status = row.status};
    error.message = row.message;
    if (const std::size_t place = error.message.find("{}"); place != std::string::npos) {
        error.message.replace(place, 2, argument);
    }
    for (const auto& [name, value] : details)
        error.details.emplace_back(name, value);
    return error;
}

AuthError as_standard_error(const AuthError& error) {
    const FaultRow& row = row_of(error.fault);
    AuthError standard{
        .fault = error.fault, .code = row.standard_code, .status = row.standard_status};
    standard.message = row.standard_message.empty() ? error.message : row.standard_message;
    // These services know no extra elements; they say what they computed in the message.
    const std::string_view canonical = detail(error, "CanonicalRequest");
    if (error.fault == AuthFault::SignatureDoesNotMatch && !canonical.empty()) {
        standard.message.append("\n\nThe Canonical String for this request should have been\n'")
            .append(canonical)
            .append("'\n\nThe String-to-Sign should have been\n'")
            .append(detail(error, "StringToSign"))
            .append("'\n");
    }
    return standard;
}

}  // namespace tarn::aws
