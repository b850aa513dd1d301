#include "server/cloudfront/error.h"

#include "common/xml/node.h"
#include "common/xml/writer.h"

#include <iterator>

namespace tarn::cloudfront {
namespace {

using enum ErrorCode;

// Codes and statuses as AWS models them (cloudfront.md, appendix C).
// clang-format off
constexpr ErrorRow kErrors[] = {
    {AccessDenied, "AccessDenied", 403, "Access denied."},
    {BatchTooLarge, "BatchTooLarge", 413, "Invalidation batch specified is too large."},
    {CNAMEAlreadyExists, "CNAMEAlreadyExists", 409, "One or more of the CNAMEs you provided are already associated with a different resource."},
    {CachePolicyAlreadyExists, "CachePolicyAlreadyExists", 409, "A cache policy with this name already exists."},
    {CachePolicyInUse, "CachePolicyInUse", 409, "The cache policy can't be deleted because it's attached to one or more cache behaviors."},
    {CannotChangeImmutablePublicKeyFields, "CannotChangeImmutablePublicKeyFields", 400, "You can't change the value of a public key."},
    {DistributionAlreadyExists, "DistributionAlreadyExists", 409, "The caller reference you attempted to create the distribution with is associated with another distribution."},
    {DistributionNotDisabled, "DistributionNotDisabled", 409, "The distribution you are trying to delete has not been disabled."},
    {EntityNotFound, "EntityNotFound", 404, "The entity was not found."},
    {IllegalDelete, "IllegalDelete", 400, "You cannot delete a managed policy."},
    {IllegalOriginAccessConfiguration, "IllegalOriginAccessConfiguration", 400, "An origin cannot contain both an origin access control and an origin access identity."},
    {IllegalUpdate, "IllegalUpdate", 400, "The update contains modifications that are not allowed."},
    {InconsistentQuantities, "InconsistentQuantities", 400, "The value of Quantity and the size of Items don't match."},
    {InternalError, "InternalError", 500, "An internal error occurred."},
    {InvalidArgument, "InvalidArgument", 400, "An argument is invalid."},
    {InvalidDefaultRootObject, "InvalidDefaultRootObject", 400, "The default root object file name is too big or contains an invalid character."},
    {InvalidDomainNameForOriginAccessControl, "InvalidDomainNameForOriginAccessControl", 400, "An origin access control is associated with an origin whose domain name is not supported."},
    {InvalidErrorCode, "InvalidErrorCode", 400, "An invalid error code was specified."},
    {InvalidForwardCookies, "InvalidForwardCookies", 400, "Your request contains forward cookies option which doesn't match with the expectation for the whitelisted list of cookie names. Either list of cookie names has been specified when not allowed or list of cookie names is missing when expected."},
    {InvalidFunctionAssociation, "InvalidFunctionAssociation", 400, "A CloudFront function association is invalid."},
    {InvalidGeoRestrictionParameter, "InvalidGeoRestrictionParameter", 400, "The specified geo restriction parameter is not valid."},
    {InvalidHeadersForS3Origin, "InvalidHeadersForS3Origin", 400, "The headers specified are not valid for an Amazon S3 origin."},
    {InvalidIfMatchVersion, "InvalidIfMatchVersion", 400, "The If-Match version is missing or not valid for the resource."},
    {InvalidOrigin, "InvalidOrigin", 400, "The Amazon S3 origin server specified does not refer to a valid Amazon S3 bucket."},
    {InvalidOriginAccessControl, "InvalidOriginAccessControl", 400, "The origin access control is not valid."},
    {InvalidOriginAccessIdentity, "InvalidOriginAccessIdentity", 400, "The specified origin access identity does not exist or is not valid."},
    {InvalidOriginKeepaliveTimeout, "InvalidOriginKeepaliveTimeout", 400, "The keep alive timeout specified for the origin is not valid."},
    {InvalidOriginReadTimeout, "InvalidOriginReadTimeout", 400, "The read timeout specified for the origin is not valid."},
    {InvalidRelativePath, "InvalidRelativePath", 400, "The relative path is too big, is not URL-encoded, or does not begin with a slash (/)."},
    {InvalidResponseCode, "InvalidResponseCode", 400, "A response code is not valid."},
    {InvalidTTLOrder, "InvalidTTLOrder", 400, "The TTL order specified is not valid."},
    {InvalidTagging, "InvalidTagging", 400, "The tagging specified is not valid."},
    {InvalidViewerCertificate, "InvalidViewerCertificate", 400, "A viewer certificate specified is not valid."},
    {InvalidationBatchAlreadyExists, "InvalidationBatchAlreadyExists", 409, "The caller reference was used before with another list of paths."},
    {KeyGroupAlreadyExists, "KeyGroupAlreadyExists", 409, "A key group with this name already exists."},
    {MalformedInput, "MalformedInput", 400, "The input is malformed."},
    {MalformedXML, "MalformedXML", 400, "The XML document is malformed."},
    {MethodNotAllowed, "MethodNotAllowed", 405, "There is no operation of this method and path."},
    {MissingBody, "MissingBody", 400, "This operation requires a body. Ensure that the body is present and the Content-Type header is set."},
    {NoSuchCachePolicy, "NoSuchCachePolicy", 404, "The specified cache policy does not exist."},
    {NoSuchCloudFrontOriginAccessIdentity, "NoSuchCloudFrontOriginAccessIdentity", 404, "The specified origin access identity does not exist."},
    {NoSuchContinuousDeploymentPolicy, "NoSuchContinuousDeploymentPolicy", 404, "The specified continuous deployment policy does not exist."},
    {NoSuchDistribution, "NoSuchDistribution", 404, "The specified distribution does not exist."},
    {NoSuchFieldLevelEncryptionConfig, "NoSuchFieldLevelEncryptionConfig", 404, "The specified configuration for field-level encryption does not exist."},
    {NoSuchFieldLevelEncryptionProfile, "NoSuchFieldLevelEncryptionProfile", 404, "The specified profile for field-level encryption does not exist."},
    {NoSuchFunctionExists, "NoSuchFunctionExists", 404, "The specified function does not exist."},
    {NoSuchInvalidation, "NoSuchInvalidation", 404, "The specified invalidation does not exist."},
    {NoSuchMonitoringSubscription, "NoSuchMonitoringSubscription", 404, "A monitoring subscription does not exist for the specified distribution."},
    {NoSuchOrigin, "NoSuchOrigin", 404, "One or more of your origins or origin groups do not exist."},
    {NoSuchOriginAccessControl, "NoSuchOriginAccessControl", 404, "The specified origin access control does not exist."},
    {NoSuchOriginRequestPolicy, "NoSuchOriginRequestPolicy", 404, "The specified origin request policy does not exist."},
    {NoSuchPublicKey, "NoSuchPublicKey", 404, "The specified public key does not exist."},
    {NoSuchRealtimeLogConfig, "NoSuchRealtimeLogConfig", 404, "The specified real-time log configuration does not exist."},
    {NoSuchResource, "NoSuchResource", 404, "The specified resource does not exist."},
    {NoSuchResponseHeadersPolicy, "NoSuchResponseHeadersPolicy", 404, "The specified response headers policy does not exist."},
    {NoSuchStreamingDistribution, "NoSuchStreamingDistribution", 404, "The specified streaming distribution does not exist."},
    {OriginAccessControlAlreadyExists, "OriginAccessControlAlreadyExists", 409, "An origin access control with the same name already exists."},
    {OriginAccessControlInUse, "OriginAccessControlInUse", 409, "The origin access control can't be deleted because it's in use by one or more distributions."},
    {OriginRequestPolicyAlreadyExists, "OriginRequestPolicyAlreadyExists", 409, "An origin request policy with this name already exists."},
    {OriginRequestPolicyInUse, "OriginRequestPolicyInUse", 409, "The origin request policy can't be deleted because it's attached to one or more cache behaviors."},
    {PreconditionFailed, "PreconditionFailed", 412, "The request failed because it didn't meet the preconditions in one or more request-header fields."},
    {PublicKeyAlreadyExists, "PublicKeyAlreadyExists", 409, "The specified public key already exists."},
    {PublicKeyInUse, "PublicKeyInUse", 409, "The specified public key is in use."},
    {ResourceInUse, "ResourceInUse", 409, "The resource can't be deleted because it's in use."},
    {ResponseHeadersPolicyAlreadyExists, "ResponseHeadersPolicyAlreadyExists", 409, "A response headers policy with this name already exists."},
    {ResponseHeadersPolicyInUse, "ResponseHeadersPolicyInUse", 409, "The response headers policy can't be deleted because it's attached to one or more cache behaviors."},
    {ServiceUnavailable, "ServiceUnavailable", 503, "The service cannot store the change now. Try again."},
    {TooManyCacheBehaviors, "TooManyCacheBehaviors", 400, "You cannot create more cache behaviors for the distribution."},
    {TooManyCachePolicies, "TooManyCachePolicies", 400, "You have reached the maximum number of cache policies for this account."},
    {TooManyCookieNamesInWhiteList, "TooManyCookieNamesInWhiteList", 400, "Your request contains more cookie names in the whitelist than are allowed per cache behavior."},
    {TooManyCookiesInCachePolicy, "TooManyCookiesInCachePolicy", 400, "The number of cookies in the cache policy exceeds the maximum."},
    {TooManyCookiesInOriginRequestPolicy, "TooManyCookiesInOriginRequestPolicy", 400, "The number of cookies in the origin request policy exceeds the maximum."},
    {TooManyCustomHeadersInResponseHeadersPolicy, "TooManyCustomHeadersInResponseHeadersPolicy", 400, "The number of custom headers in the response headers policy exceeds the maximum."},
    {TooManyDistributionCNAMEs, "TooManyDistributionCNAMEs", 400, "Your request contains more CNAMEs than are allowed per distribution."},
    {TooManyDistributions, "TooManyDistributions", 400, "Processing your request would cause you to exceed the maximum number of distributions allowed."},
    {TooManyHeadersInCachePolicy, "TooManyHeadersInCachePolicy", 400, "The number of headers in the cache policy exceeds the maximum."},
    {TooManyHeadersInForwardedValues, "TooManyHeadersInForwardedValues", 400, "Your request contains too many headers in forwarded values."},
    {TooManyHeadersInOriginRequestPolicy, "TooManyHeadersInOriginRequestPolicy", 400, "The number of headers in the origin request policy exceeds the maximum."},
    {TooManyInvalidationsInProgress, "TooManyInvalidationsInProgress", 400, "You have exceeded the maximum number of allowable InProgress invalidation batch requests, or invalidation objects."},
    {TooManyKeyGroups, "TooManyKeyGroups", 400, "You have reached the maximum number of key groups for this account."},
    {TooManyKeyGroupsAssociatedToDistribution, "TooManyKeyGroupsAssociatedToDistribution", 400, "The number of key groups referenced by this distribution is more than the maximum allowed."},
    {TooManyOriginAccessControls, "TooManyOriginAccessControls", 400, "The number of origin access controls in your account exceeds the maximum allowed."},
    {TooManyOriginCustomHeaders, "TooManyOriginCustomHeaders", 400, "Your request contains too many origin custom headers."},
    {TooManyOriginGroupsPerDistribution, "TooManyOriginGroupsPerDistribution", 400, "Processing your request would cause you to exceed the maximum number of origin groups allowed."},
    {TooManyOriginRequestPolicies, "TooManyOriginRequestPolicies", 400, "You have reached the maximum number of origin request policies for this account."},
    {TooManyOrigins, "TooManyOrigins", 400, "You cannot create more origins for the distribution."},
    {TooManyPublicKeys, "TooManyPublicKeys", 400, "The maximum number of public keys for field-level encryption have been created."},
    {TooManyPublicKeysInKeyGroup, "TooManyPublicKeysInKeyGroup", 400, "The number of public keys in this key group is more than the maximum allowed."},
    {TooManyQueryStringParameters, "TooManyQueryStringParameters", 400, "Your request contains too many query string parameters."},
    {TooManyQueryStringsInCachePolicy, "TooManyQueryStringsInCachePolicy", 400, "The number of query strings in the cache policy exceeds the maximum."},
    {TooManyQueryStringsInOriginRequestPolicy, "TooManyQueryStringsInOriginRequestPolicy", 400, "The number of query strings in the origin request policy exceeds the maximum."},
    {TooManyRemoveHeadersInResponseHeadersPolicy, "TooManyRemoveHeadersInResponseHeadersPolicy", 400, "The number of headers in RemoveHeadersConfig in the response headers policy exceeds the maximum."},
    {TooManyResponseHeadersPolicies, "TooManyResponseHeadersPolicies", 400, "You have reached the maximum number of response headers policies for this account."},
    {TrustedKeyGroupDoesNotExist, "TrustedKeyGroupDoesNotExist", 400, "The specified key group does not exist."},
    {TrustedSignerDoesNotExist, "TrustedSignerDoesNotExist", 400, "One or more of your trusted signers don't exist."},
    {UnsupportedOperation, "UnsupportedOperation", 400, "This operation is not supported in this region."},
};
// clang-format on

// The table is indexed by the code.
constexpr bool rows_are_in_order() {
    for (std::size_t i = 0; i < std::size(kErrors); ++i) {
        if (static_cast<std::size_t>(kErrors[i].code) != i) return false;
    }
    return std::size(kErrors) == static_cast<std::size_t>(UnsupportedOperation) + 1;
}
static_assert(rows_are_in_order());

}  // namespace

const ErrorRow& row_of(ErrorCode code) {
    return kErrors[static_cast<std::size_t>(code)];
}

Error error(ErrorCode code) {
    return {code, std::string(row_of(code).message)};
}

Error error(ErrorCode code, std::string message) {
    return {code, std::move(message)};
}

Error to_error(cdn::DocumentError fault) {
    using Kind = cdn::DocumentError::Kind;
    switch (fault.kind) {
        case Kind::MissingBody:
            return {MissingBody, std::move(fault.message)};
        case Kind::MalformedXml:
            return {MalformedXML, std::move(fault.message)};
        case Kind::MalformedInput:
            return {MalformedInput, std::move(fault.message)};
        case Kind::InvalidArgument:
            return {InvalidArgument, std::move(fault.message)};
        case Kind::InconsistentQuantities:
            return {InconsistentQuantities, std::move(fault.message)};
    }
    return error(InternalError);
}

Error to_error(storage::StoreError fault) {
    const bool may_pass =
        fault == storage::StoreError::NoSpace || fault == storage::StoreError::Conflict;
    return error(may_pass ? ServiceUnavailable : InternalError);
}

std::string error_body(const Error& error, std::string_view request_id) {
    const ErrorRow& row = row_of(error.code);
    xml::Node body{.name = "ErrorResponse"};
    xml::Node& inner = body.add("Error");
    inner.add("Type", row.status >= 500 ? "Receiver" : "Sender");
    inner.add("Code", row.name);
    inner.add("Message", xml::only_characters(error.message));
    body.add("RequestId", request_id);
    return xml::write_tree(body, cdn::kApiNamespace);
}

}  // namespace tarn::cloudfront
