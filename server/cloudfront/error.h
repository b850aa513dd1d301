// The errors of the CloudFront API.

#pragma once

#include "common/base/result.h"
#include "common/cdn/config_document.h"
#include "server/storage/metadata_store.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::cloudfront {

// Named as on the wire.  The table in error.cc gives each its status and AWS's message.
enum class ErrorCode : std::uint8_t {
    AccessDenied,
    BatchTooLarge,
    CNAMEAlreadyExists,
    CachePolicyAlreadyExists,
    CachePolicyInUse,
    CannotChangeImmutablePublicKeyFields,
    DistributionAlreadyExists,
    DistributionNotDisabled,
    EntityNotFound,
    IllegalDelete,
    IllegalOriginAccessConfiguration,
    IllegalUpdate,
    InconsistentQuantities,
    InternalError,
    InvalidArgument,
    InvalidDefaultRootObject,
    InvalidDomainNameForOriginAccessControl,
    InvalidErrorCode,
    InvalidForwardCookies,
    InvalidFunctionAssociation,
    InvalidGeoRestrictionParameter,
    InvalidHeadersForS3Origin,
    InvalidIfMatchVersion,
    InvalidOrigin,
    InvalidOriginAccessControl,
    InvalidOriginAccessIdentity,
    InvalidOriginKeepaliveTimeout,
    InvalidOriginReadTimeout,
    InvalidRelativePath,
    InvalidResponseCode,
    InvalidTTLOrder,
    InvalidTagging,
    InvalidViewerCertificate,
    InvalidationBatchAlreadyExists,
    KeyGroupAlreadyExists,
    MalformedInput,
    MalformedXML,
    MethodNotAllowed,
    MissingBody,
    NoSuchCachePolicy,
    NoSuchCloudFrontOriginAccessIdentity,
    NoSuchContinuousDeploymentPolicy,
    NoSuchDistribution,
    NoSuchFieldLevelEncryptionConfig,
    NoSuchFieldLevelEncryptionProfile,
    NoSuchFunctionExists,
    NoSuchInvalidation,
    NoSuchMonitoringSubscription,
    NoSuchOrigin,
    NoSuchOriginAccessControl,
    NoSuchOriginRequestPolicy,
    NoSuchPublicKey,
    NoSuchRealtimeLogConfig,
    NoSuchResource,
    NoSuchResponseHeadersPolicy,
    NoSuchStreamingDistribution,
    OriginAccessControlAlreadyExists,
    OriginAccessControlInUse,
    OriginRequestPolicyAlreadyExists,
    OriginRequestPolicyInUse,
    PreconditionFailed,
    PublicKeyAlreadyExists,
    PublicKeyInUse,
    ResourceInUse,
    ResponseHeadersPolicyAlreadyExists,
    ResponseHeadersPolicyInUse,
    ServiceUnavailable,
    TooManyCacheBehaviors,
    TooManyCachePolicies,
    TooManyCookieNamesInWhiteList,
    TooManyCookiesInCachePolicy,
    TooManyCookiesInOriginRequestPolicy,
    TooManyCustomHeadersInResponseHeadersPolicy,
    TooManyDistributionCNAMEs,
    TooManyDistributions,
    TooManyHeadersInCachePolicy,
    TooManyHeadersInForwardedValues,
    TooManyHeadersInOriginRequestPolicy,
    TooManyInvalidationsInProgress,
    TooManyKeyGroups,
    TooManyKeyGroupsAssociatedToDistribution,
    TooManyOriginAccessControls,
    TooManyOriginCustomHeaders,
    TooManyOriginGroupsPerDistribution,
    TooManyOriginRequestPolicies,
    TooManyOrigins,
    TooManyPublicKeys,
    TooManyPublicKeysInKeyGroup,
    TooManyQueryStringParameters,
    TooManyQueryStringsInCachePolicy,
    TooManyQueryStringsInOriginRequestPolicy,
    TooManyRemoveHeadersInResponseHeadersPolicy,
    TooManyResponseHeadersPolicies,
    TrustedKeyGroupDoesNotExist,
    TrustedSignerDoesNotExist,
    UnsupportedOperation,
};

struct ErrorRow {
    ErrorCode code;
    std::string_view name;
    int status;
    std::string_view message;
};
const ErrorRow& row_of(ErrorCode code);

struct Error {
    ErrorCode code = ErrorCode::InternalError;
    std::string message;
};
// With the table's message.
Error error(ErrorCode code);
Error error(ErrorCode code, std::string message);

Error to_error(cdn::DocumentError fault);
// For reads and commits whose rows must exist: everything but NoSpace is our fault.
Error to_error(storage::StoreError fault);

// <ErrorResponse>…: the body of an error answer.
std::string error_body(const Error& error, std::string_view request_id);

}  // namespace tarn::cloudfront
