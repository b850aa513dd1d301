// The errors of the S3 API: one table of codes, statuses and AWS's exact texts.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and s3.md 3.2, whose recorded
// texts win where the page differs.

#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::s3 {

enum class ErrorCode : std::uint8_t {
    AccessControlListNotSupported,
    AccessDenied,
    AccessForbidden,
    BadDigest,
    BadRequest,
    BucketAlreadyExists,
    BucketAlreadyOwnedByYou,
    BucketNotEmpty,
    ConditionalRequestConflict,
    CrossLocationLoggingProhibitted,
    EntityTooLarge,
    EntityTooSmall,
    IdMismatch,
    IllegalLocationConstraintException,
    IllegalVersioningConfigurationException,
    IncompleteBody,
    InternalError,
    InvalidAccessKeyId,
    InvalidArgument,
    InvalidBucketAclWithObjectOwnership,
    InvalidBucketName,
    InvalidBucketOwnerAWSAccountID,
    InvalidBucketState,
    InvalidConfigurationId,
    InvalidDigest,
    InvalidEncryptionAlgorithmError,
    InvalidLocationConstraint,
    InvalidPart,
    InvalidPartNumber,
    InvalidPartOrder,
    InvalidPolicyDocument,
    InvalidRange,
    InvalidRedirectLocation,
    InvalidRequest,
    InvalidStorageClass,
    InvalidTag,
    InvalidTargetBucketForLogging,
    InvalidURI,
    KeyTooLongError,
    MalformedACLError,
    MalformedPOSTRequest,
    MalformedPolicy,
    MalformedXML,
    MaxMessageLengthExceeded,
    MaxPostPreDataLengthExceeded,
    MetadataTooLarge,
    MethodNotAllowed,
    MissingContentLength,
    MissingRequestBodyError,
    MissingSecurityHeader,
    NoSuchBucket,
    NoSuchBucketPolicy,
    NoSuchCORSConfiguration,
    NoSuchConfiguration,
    NoSuchKey,
    NoSuchLifecycleConfiguration,
    NoSuchObjectLockConfiguration,
    NoSuchPublicAccessBlockConfiguration,
    NoSuchTagSet,
    NoSuchUpload,
    NoSuchVersion,
    NoSuchWebsiteConfiguration,
    NotImplemented,
    ObjectLockConfigurationNotFoundError,
    OperationAborted,
    OwnershipControlsNotFoundError,
    PreconditionFailed,
    ReplicationConfigurationNotFoundError,
    RequestTimeout,
    ServerSideEncryptionConfigurationNotFoundError,
    ServiceUnavailable,
    SlowDown,
    TooManyConfigurations,
    UnexpectedContent,
    UnresolvableGrantByEmailAddress,
    Other,  // code, status and text come from the layer that found it (signing, gates)
};

struct Error {
    ErrorCode code = ErrorCode::InternalError;
    std::string message;  // empty: the table's text
    // Elements between Message and RequestId, in order.
    std::vector<std::pair<std::string, std::string>> details;
    // For Other only.
    std::string other_code;
    int other_status = 0;
    // Extra response header fields (Allow, Content-Range).
    std::vector<std::pair<std::string, std::string>> headers;
};

struct ErrorRow {
    ErrorCode code;
    std::string_view name;
    int status;
    std::string_view message;
};

const ErrorRow& error_row(ErrorCode code);
std::string_view code_of(const Error& error);
int status_of(const Error& error);
std::string_view message_of(const Error& error);

// Shorthands for what handlers return: fail(s3_error(...)).
Error s3_error(ErrorCode code);
Error s3_error(ErrorCode code, std::string message,
               std::vector<std::pair<std::string, std::string>> details = {});
Error invalid_argument(std::string message, std::string_view name, std::string_view value);
Error no_such_key(std::string_view key);
Error no_such_bucket(std::string_view bucket);
// A header that asks for something that Tarn does not do yet: refused, never ignored.
Error header_not_implemented(std::string_view header);

// The XML document of an error response.
std::string error_xml(const Error& error, std::string_view request_id, std::string_view host_id);

}  // namespace tarn::s3
