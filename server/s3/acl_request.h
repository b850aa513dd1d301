// What a request asks for as ACL: a canned one by name, or grants one by one, in headers or in a
// document.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl

#pragma once

#include "server/s3/acl_document.h"
#include "server/s3/payload.h"
#include "server/s3/request.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::s3 {

inline constexpr std::string_view kBucketOwnerFullControl = "bucket-owner-full-control";

enum class AclSubject : std::uint8_t { Bucket, Object };

struct RequestedAcl {
    std::string canned;  // its name; empty: grants are what is asked for
    auth::Acl grants;
    std::string owner_id;  // of a document: whom it calls the owner (canonical id); else empty
};

// Whether the request says anything in x-amz-acl or x-amz-grant-*.
bool has_acl_headers(const Request& request);
// x-amz-acl or x-amz-grant-*; nothing where there is neither.  Errors: InvalidRequest for both,
// InvalidArgument, MethodNotAllowed or UnresolvableGrantByEmailAddress for e-mail grantees.
Result<std::optional<RequestedAcl>, Error> read_acl_headers(const Services& services,
                                                            const Request& request,
                                                            AclSubject subject);
// Headers or body of PutBucketAcl and PutObjectAcl.  Errors besides: UnexpectedContent for both,
// MissingSecurityHeader for neither, those of parse_acl_document().
net::Task<Result<RequestedAcl, Error>> read_acl_request(const Services& services, Request& request,
                                                        AclSubject subject);

// The ACL asked for, of something that belongs to owner.  Errors: AccessDenied where a document
// names another owner, or where the bucket blocks public ACLs and this is one.
Result<auth::Acl, Error> make_acl(const RequestedAcl& requested, const Bucket& bucket,
                                  std::string_view owner_account_id);

// Grants of a document, looked up.  Errors: InvalidArgument for who is not known; MethodNotAllowed
// or UnresolvableGrantByEmailAddress for e-mail grantees.
Result<auth::Acl, Error> resolve_grants(const Services& services,
                                        const std::vector<NamedGrant>& grants);

// Whom a new object belongs to, and what it grants.
struct NewObjectAccess {
    std::string owner_account_id;
    std::optional<auth::Acl> acl;
};
// By the bucket's ownership controls, the writer and its ACL headers.  Errors: as above;
// AccessControlListNotSupported for an ACL where there are none.
Result<NewObjectAccess, Error> read_new_object_access(const Services& services,
                                                      const Request& request);

}  // namespace tarn::s3
