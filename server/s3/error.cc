#include "server/s3/error.h"

#include "common/xml/writer.h"

#include <algorithm>
#include <iterator>

namespace tarn::s3 {
namespace {

// clang-format off
constexpr ErrorRow kErrors[] = {
    {ErrorCode::AccessControlListNotSupported, "AccessControlListNotSupported", 400, "The bucket does not allow ACLs"},
    {ErrorCode::AccessDenied, "AccessDenied", 403, "Access Denied"},
    {ErrorCode::AccessForbidden, "AccessForbidden", 403, "Access Forbidden"},
    {ErrorCode::BadDigest, "BadDigest", 400, "The Content-MD5 you specified did not match what we received."},
    {ErrorCode::BadRequest, "BadRequest", 400, "Bad Request"},
    {ErrorCode::BucketAlreadyExists, "BucketAlreadyExists", 409, "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."},
    {ErrorCode::BucketAlreadyOwnedByYou, "BucketAlreadyOwnedByYou", 409, "Your previous request to create the named bucket succeeded and you already own it."},
    {ErrorCode::BucketNotEmpty, "BucketNotEmpty", 409, "The bucket you tried to delete is not empty"},
    {ErrorCode::ConditionalRequestConflict, "ConditionalRequestConflict", 409, "The conditional request cannot succeed due to a conflicting operation against this resource."},
    {ErrorCode::CrossLocationLoggingProhibitted, "CrossLocationLoggingProhibitted", 403, "Cross S3 location logging not allowed. "},
    {ErrorCode::EntityTooLarge, "EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size"},
    {ErrorCode::EntityTooSmall, "EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size"},
    {ErrorCode::IdMismatch, "IdMismatch", 400, "Document ID does not match the specified configuration ID."},
    {ErrorCode::IllegalLocationConstraintException, "IllegalLocationConstraintException", 400, "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."},
    {ErrorCode::IllegalVersioningConfigurationException, "IllegalVersioningConfigurationException", 400, "The Versioning element must be specified"},
    {ErrorCode::IncompleteBody, "IncompleteBody", 400, "You did not provide the number of bytes specified by the Content-Length HTTP header"},
    {ErrorCode::InternalError, "InternalError", 500, "We encountered an internal error. Please try again."},
    {ErrorCode::InvalidAccessKeyId, "InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."},
    {ErrorCode::InvalidArgument, "InvalidArgument", 400, "Invalid Argument"},
    {ErrorCode::InvalidBucketAclWithObjectOwnership, "InvalidBucketAclWithObjectOwnership", 400, "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"},
    {ErrorCode::InvalidBucketName, "InvalidBucketName", 400, "The specified bucket is not valid."},
    {ErrorCode::InvalidBucketOwnerAWSAccountID, "InvalidBucketOwnerAWSAccountID", 400, "The value of the expected bucket owner parameter must be an AWS Account ID... "},
    {ErrorCode::InvalidBucketState, "InvalidBucketState", 409, "The request is not valid with the current state of the bucket."},
    {ErrorCode::InvalidConfigurationId, "InvalidConfigurationId", 400, "The specified configuration id is invalid."},
    {ErrorCode::InvalidDigest, "InvalidDigest", 400, "The Content-MD5 you specified was invalid."},
    {ErrorCode::InvalidEncryptionAlgorithmError, "InvalidEncryptionAlgorithmError", 400, "The Encryption request you specified is not valid. Supported value: AES256."},
    {ErrorCode::InvalidLocationConstraint, "InvalidLocationConstraint", 400, "The specified location-constraint is not valid"},
    {ErrorCode::InvalidPart, "InvalidPart", 400, "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."},
    {ErrorCode::InvalidPartNumber, "InvalidPartNumber", 416, "The requested partnumber is not satisfiable"},
    {ErrorCode::InvalidPartOrder, "InvalidPartOrder", 400, "The list of parts was not in ascending order. Parts must be ordered by part number."},
    {ErrorCode::InvalidPolicyDocument, "InvalidPolicyDocument", 400, "The content of the form does not meet the conditions specified in the policy document."},
    {ErrorCode::InvalidRange, "InvalidRange", 416, "The requested range is not satisfiable"},
    {ErrorCode::InvalidRedirectLocation, "InvalidRedirectLocation", 400, "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."},
    {ErrorCode::InvalidRequest, "InvalidRequest", 400, "Invalid Request"},
    {ErrorCode::InvalidStorageClass, "InvalidStorageClass", 400, "The storage class you specified is not valid"},
    {ErrorCode::InvalidTag, "InvalidTag", 400, "The tag provided was not a valid tag."},
    {ErrorCode::InvalidTargetBucketForLogging, "InvalidTargetBucketForLogging", 400, "The target bucket for logging does not exist"},
    {ErrorCode::InvalidURI, "InvalidURI", 400, "Couldn't parse the specified URI."},
    {ErrorCode::KeyTooLongError, "KeyTooLongError", 400, "Your key is too long"},
    {ErrorCode::MalformedACLError, "MalformedACLError", 400, "The XML you provided was not well-formed or did not validate against our published schema"},
    {ErrorCode::MalformedPOSTRequest, "MalformedPOSTRequest", 400, "The body of your POST request is not well-formed multipart/form-data."},
    {ErrorCode::MalformedPolicy, "MalformedPolicy", 400, "Policies must be valid JSON and the first byte must be '{'"},
    {ErrorCode::MalformedXML, "MalformedXML", 400, "The XML you provided was not well-formed or did not validate against our published schema"},
    {ErrorCode::MaxMessageLengthExceeded, "MaxMessageLengthExceeded", 400, "Your request was too big."},
    {ErrorCode::MaxPostPreDataLengthExceeded, "MaxPostPreDataLengthExceeded", 400, "Your POST request fields preceeding the upload file was too large."},
    {ErrorCode::MetadataTooLarge, "MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size"},
    {ErrorCode::MethodNotAllowed, "MethodNotAllowed", 405, "The specified method is not allowed against this resource."},
    {ErrorCode::MissingContentLength, "MissingContentLength", 411, "You must provide the Content-Length HTTP header."},
    {ErrorCode::MissingRequestBodyError, "MissingRequestBodyError", 400, "Request Body is empty"},
    {ErrorCode::MissingSecurityHeader, "MissingSecurityHeader", 400, "Your request was missing a required header"},
    {ErrorCode::NoSuchBucket, "NoSuchBucket", 404, "The specified bucket does not exist"},
    {ErrorCode::NoSuchBucketPolicy, "NoSuchBucketPolicy", 404, "The bucket policy does not exist"},
    {ErrorCode::NoSuchCORSConfiguration, "NoSuchCORSConfiguration", 404, "The CORS configuration does not exist"},
    {ErrorCode::NoSuchConfiguration, "NoSuchConfiguration", 404, "The specified configuration does not exist."},
    {ErrorCode::NoSuchKey, "NoSuchKey", 404, "The specified key does not exist."},
    {ErrorCode::NoSuchLifecycleConfiguration, "NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist"},
    {ErrorCode::NoSuchObjectLockConfiguration, "NoSuchObjectLockConfiguration", 404, "The specified object does not have a ObjectLock configuration"},
    {ErrorCode::NoSuchPublicAccessBlockConfiguration, "NoSuchPublicAccessBlockConfiguration", 404, "The public access block configuration was not found"},
    {ErrorCode::NoSuchTagSet, "NoSuchTagSet", 404, "The TagSet does not exist"},
    {ErrorCode::NoSuchUpload, "NoSuchUpload", 404, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."},
    {ErrorCode::NoSuchVersion, "NoSuchVersion", 404, "The specified version does not exist."},
    {ErrorCode::NoSuchWebsiteConfiguration, "NoSuchWebsiteConfiguration", 404, "The specified bucket does not have a website configuration"},
    {ErrorCode::NotImplemented, "NotImplemented", 501, "A header you provided implies functionality that is not implemented"},
    {ErrorCode::ObjectLockConfigurationNotFoundError, "ObjectLockConfigurationNotFoundError", 404, "Object Lock configuration does not exist for this bucket"},
    {ErrorCode::OperationAborted, "OperationAborted", 409, "A conflicting conditional operation is currently in progress against this resource. Please try again."},
    {ErrorCode::OwnershipControlsNotFoundError, "OwnershipControlsNotFoundError", 404, "The bucket ownership controls were not found"},
    {ErrorCode::PreconditionFailed, "PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold"},
    {ErrorCode::ReplicationConfigurationNotFoundError, "ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found"},
    {ErrorCode::RequestTimeout, "RequestTimeout", 400, "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed."},
    {ErrorCode::ServerSideEncryptionConfigurationNotFoundError, "ServerSideEncryptionConfigurationNotFoundError", 404, "The server side encryption configuration was not found"},
    {ErrorCode::ServiceUnavailable, "ServiceUnavailable", 503, "Service is unable to handle request."},
    {ErrorCode::SlowDown, "SlowDown", 503, "Please reduce your request rate."},
    {ErrorCode::TooManyConfigurations, "TooManyConfigurations", 400, "You are attempting to create a new configuration but have already reached the 1,000-configuration limit."},
    {ErrorCode::UnexpectedContent, "UnexpectedContent", 400, "This request does not support content"},
    {ErrorCode::UnresolvableGrantByEmailAddress, "UnresolvableGrantByEmailAddress", 400, "The email address you provided does not match any account on record."},
    {ErrorCode::Other, "InternalError", 500, ""},
};
// clang-format on

constexpr bool rows_are_in_order_of_the_enum() {
    for (std::size_t i = 0; i < std::size(kErrors); ++i) {
        if (static_cast<std::size_t>(kErrors[i].code) != i) return false;
    }
    return std::size(kErrors) == static_cast<std::size_t>(ErrorCode::Other) + 1;
}
static_assert(rows_are_in_order_of_the_enum());

}  // namespace

const ErrorRow& error_row(ErrorCode code) {
    return kErrors[static_cast<std::size_t>(code)];
}

std::string_view code_of(const Error& error) {
    return error.code == ErrorCode::Other ? error.other_code : error_row(error.code).name;
}

int status_of(const Error& error) {
    return error.code == ErrorCode::Other ? error.other_status : error_row(error.code).status;
}

std::string_view message_of(const Error& error) {
    return error.message.empty() ? error_row(error.code).message : error.message;
}

Error s3_error(ErrorCode code) {
    return Error{.code = code};
}

Error s3_error(ErrorCode code, std::string message,
               std::vector<std::pair<std::string, std::string>> details) {
    return Error{.code = code, .message = std::move(message), .details = std::move(details)};
}

Error invalid_argument(std::string message, std::string_view name, std::string_view value) {
    return s3_error(ErrorCode::InvalidArgument, std::move(message),
                    {{"ArgumentName", std::string(name)}, {"ArgumentValue", std::string(value)}});
}

Error no_such_key(std::string_view key) {
    return s3_error(ErrorCode::NoSuchKey, {}, {{"Key", std::string(key)}});
}

Error no_such_bucket(std::string_view bucket) {
    return s3_error(ErrorCode::NoSuchBucket, {}, {{"BucketName", std::string(bucket)}});
}

Error header_not_implemented(std::string_view header) {
    return s3_error(ErrorCode::NotImplemented, {}, {{"Header", std::string(header)}});
}

// Unlike in listings, whose readers want the key, what a request has wrong in it must not keep the
// reader from the code of the error.
std::string error_xml(const Error& error, std::string_view request_id, std::string_view host_id) {
    std::string out;
    xml::Writer writer(out);
    writer.declaration();
    writer.open("Error");
    writer.element("Code", code_of(error));
    writer.element("Message", xml::only_characters(message_of(error)));
    for (const auto& [name, value] : error.details)
        writer.element(name, xml::only_characters(value));
    writer.element("RequestId", request_id);
    writer.element("HostId", host_id);
    writer.close();
    return out;
}

}  // namespace tarn::s3
