#include "server/s3/acl_request.h"

#include "common/base/text.h"
#include "common/xml/document.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace tarn::s3 {
namespace {

using auth::GranteeKind;
using auth::Permission;

constexpr std::string_view kAclHeader = "x-amz-acl";

struct GrantHeader {
    std::string_view name;
    Permission permission;
};
constexpr GrantHeader kGrantHeaders[] = {
    {"x-amz-grant-read", Permission::Read},
    {"x-amz-grant-write", Permission::Write},
    {"x-amz-grant-read-acp", Permission::ReadAcp},
    {"x-amz-grant-write-acp", Permission::WriteAcp},
    {"x-amz-grant-full-control", Permission::FullControl},
};

// What a canned ACL grants besides the owner's full control.
struct CannedGrant {
    GranteeKind kind = GranteeKind::Account;  // Account: the bucket's owner
    Permission permission = Permission::FullControl;
};
struct CannedAcl {
    std::string_view name;
    bool of_buckets = false;
    bool of_objects = false;
    std::array<CannedGrant, 2> grants;
    std::size_t grant_count = 0;
};
// For a bucket the two that speak of the bucket's owner mean the same as private.
constexpr CannedAcl kCannedAcls[] = {
    {"private", true, true, {}, 0},
    {"public-read", true, true, {{{GranteeKind::AllUsers, Permission::Read}}}, 1},
    {"public-read-write",
     true,
     true,
     {{{GranteeKind::AllUsers, Permission::Read}, {GranteeKind::AllUsers, Permission::Write}}},
     2},
    {"authenticated-read", true, true, {{{GranteeKind::AuthenticatedUsers, Permission::Read}}}, 1},
    {"aws-exec-read", true, true, {{{GranteeKind::ExecReader, Permission::Read}}}, 1},
    {"log-delivery-write",
     true,
     false,
     {{{GranteeKind::LogDelivery, Permission::Write},
       {GranteeKind::LogDelivery, Permission::ReadAcp}}},
     2},
    {"bucket-owner-read", true, true, {{{GranteeKind::Account, Permission::Read}}}, 1},
    {kBucketOwnerFullControl, true, true, {{{GranteeKind::Account, Permission::FullControl}}}, 1},
};

const CannedAcl* find_canned(std::string_view name) {
    const auto* const row = std::ranges::find(kCannedAcls, name, &CannedAcl::name);
    return row == std::end(kCannedAcls) ? nullptr : row;
}

// The names that an error gives what is wrong with a grantee.
struct ArgumentNames {
    std::string_view id;
    std::string_view uri;
};
constexpr ArgumentNames kInHeader{.id = "id", .uri = "uri"};
constexpr ArgumentNames kInDocument{.id = "CanonicalUser/ID", .uri = "Group/URI"};

Result<auth::Grantee, Error> find_by_email(const Services& services, const std::string& email) {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
    if (!services.compat.email_grantees) return fail(s3_error(ErrorCode::MethodNotAllowed));
    const auto account = services.credentials.find_account_by_email(email);
    if (!account) return fail(s3_error(ErrorCode::UnresolvableGrantByEmailAddress));
    return auth::Grantee{.account_id = account->id};
}

Result<auth::Grantee, Error> find_grantee(const Services& services, const NamedGrant& grant,
                                          const ArgumentNames& names) {
    switch (grant.kind) {
        case NamedGrant::Kind::Email:
            return find_by_email(services, grant.name);
        case NamedGrant::Kind::Uri:
            if (const auto kind = auth::parse_group_uri(grant.name)) {
                return auth::Grantee{.kind = *kind};
            }
            return fail(invalid_argument("Invalid group uri", names.uri, grant.name));
        case NamedGrant::Kind::Id:
            break;
    }
    if (grant.name == kExecReaderCanonicalId) return auth::Grantee{.kind = GranteeKind::ExecReader};
    if (const auto account = services.credentials.find_account_by_canonical_id(grant.name)) {
        return auth::Grantee{.account_id = account->id};
    }
    return fail(invalid_argument("Invalid id", names.id, grant.name));
}

Result<auth::Acl, Error> find_grantees(const Services& services,
                                       const std::vector<NamedGrant>& grants,
                                       const ArgumentNames& names) {
    auth::Acl acl;
    for (const NamedGrant& grant : grants) {
        TARN_TRY(auth::Grantee grantee, find_grantee(services, grant, names));
        acl.push_back({.grantee = std::move(grantee), .permission = grant.permission});
    }
    return acl;
}

// id="…", uri="…", emailAddress="…": one member of a grant header.
Result<NamedGrant, Error> parse_header_grant(const GrantHeader& header, std::string_view member) {
    const std::size_t equals = member.find('=');
    const std::string_view type = trim(member.substr(0, equals));
    std::string_view name =
        equals == std::string_view::npos ? std::string_view{} : trim(member.substr(equals + 1));
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) {
        name = name.substr(1, name.size() - 2);
    }
    NamedGrant grant{.name = std::string(name), .permission = header.permission};
    if (type == "uri") {
        grant.kind = NamedGrant::Kind::Uri;
    } else if (type == "emailAddress") {
        grant.kind = NamedGrant::Kind::Email;
    } else if (type != "id") {
        return fail(invalid_argument("Argument format not recognized", header.name, member));
    }
    return grant;
}

Result<std::vector<NamedGrant>, Error> read_header_grants(const Request& request) {
    std::vector<NamedGrant> grants;
    for (const GrantHeader& header : kGrantHeaders) {
        const auto value = request.header_or_parameter(header.name);
        if (!value) continue;
        for (const std::string_view member : split_list(*value)) {
            TARN_TRY(NamedGrant grant, parse_header_grant(header, member));
            grants.push_back(std::move(grant));
        }
    }
    if (grants.size() > auth::kMaxGrants) return fail(s3_error(ErrorCode::MalformedACLError));
    return grants;
}

bool has_grant_headers(const Request& request) {
    return std::ranges::any_of(kGrantHeaders, [&](const GrantHeader& header) {
        return request.header_or_parameter(header.name).has_value();
    });
}

Result<RequestedAcl, Error> read_acl_document(const Services& services, std::string_view text) {
    TARN_TRY(AclDocument document, parse_acl_document(text));
    RequestedAcl requested{.owner_id = std::move(document.owner_id)};
    // An owner that nobody is, is told apart from the wrong one.
    const std::vector<NamedGrant> owner = {{.name = requested.owner_id}};
    if (auto known = find_grantees(services, owner, kInDocument); !known) {
        return fail(std::move(known).error());
    }
    TARN_TRY(requested.grants, find_grantees(services, document.grants, kInDocument));
    return requested;
}

auth::Acl canned_acl(const CannedAcl& canned, std::string_view owner,
                     std::string_view bucket_owner) {
    auth::Acl acl = auth::owner_acl(owner);
    for (std::size_t i = 0; i < canned.grant_count; ++i) {
        const CannedGrant& grant = canned.grants[i];
        const bool to_bucket_owner = grant.kind == GranteeKind::Account;
        // The owner has full control already.
        if (to_bucket_owner && owner == bucket_owner) continue;
        acl.push_back({.grantee = {.kind = grant.kind,
                                   .account_id = std::string(to_bucket_owner ? bucket_owner : "")},
                       .permission = grant.permission});
    }
    return acl;
}

// Of a bucket without ACLs.  Unlike S3, "private" is taken where nobody chose to have none: rclone
// and docker-registry send it with every write unless they are told not to.
bool says_what_holds(const Bucket& bucket, std::string_view canned) {
    return canned == kBucketOwnerFullControl ||
           (canned == "private" && !bucket.access.ownership_was_chosen);
}

std::string new_owner(const Request& request, std::string_view canned) {
    const Bucket& bucket = *request.bucket;
    const std::string_view writer = request.auth.identity.account_id();
    const bool given_away = bucket.access.ownership == ObjectOwnership::BucketOwnerPreferred &&
                            canned == kBucketOwnerFullControl;
    // A service has no account that could own anything.
    if (given_away || writer.empty()) return bucket.record.owner_account_id;
    return std::string(writer);
}

}  // namespace

bool has_acl_headers(const Request& request) {
    return request.header_or_parameter(kAclHeader) || has_grant_headers(request);
}

Result<std::optional<RequestedAcl>, Error> read_acl_headers(const Services& services,
                                                            const Request& request,
                                                            AclSubject subject) {
    const auto name = request.header_or_parameter(kAclHeader);
    if (has_grant_headers(request)) {
        if (name) {
            return fail(s3_error(ErrorCode::InvalidRequest,
                                 "Specifying both Canned ACLs and Header Grants is not allowed"));
        }
        TARN_TRY(const auto grants, read_header_grants(request));
        RequestedAcl requested;
        TARN_TRY(requested.grants, find_grantees(services, grants, kInHeader));
        return requested;
    }
    if (!name) return std::nullopt;
    const CannedAcl* const canned = find_canned(*name);
    const bool known =
        canned && (subject == AclSubject::Bucket ? canned->of_buckets : canned->of_objects);
    if (!known) return fail(invalid_argument({}, kAclHeader, *name));
    return RequestedAcl{.canned = std::string(*name)};
}

net::Task<Result<RequestedAcl, Error>> read_acl_request(const Services& services, Request& request,
                                                        AclSubject subject) {
    TARN_CO_TRY(auto from_headers, read_acl_headers(services, request, subject));
    TARN_CO_TRY(const std::string text, co_await read_document(request, xml::kDefaultMaxBytes));
    if (from_headers && !text.empty()) co_return fail(s3_error(ErrorCode::UnexpectedContent));
    if (from_headers) co_return *std::move(from_headers);
    if (text.empty()) {
        co_return fail(s3_error(ErrorCode::MissingSecurityHeader, {},
                                {{"MissingHeaderName", std::string(kAclHeader)}}));
    }
    co_return read_acl_document(services, text);
}

Result<auth::Acl, Error> make_acl(const RequestedAcl& requested, const Bucket& bucket,
                                  std::string_view owner_account_id) {
    if (!requested.owner_id.empty() &&
        requested.owner_id != auth::canonical_id_of(owner_account_id)) {
        return fail(s3_error(ErrorCode::AccessDenied));
    }
    const CannedAcl* const canned = find_canned(requested.canned);
    auth::Acl acl = canned ? canned_acl(*canned, owner_account_id, bucket.record.owner_account_id)
                           : requested.grants;
    if (bucket.access.public_access.block_public_acls && auth::is_public(acl)) {
        return fail(s3_error(ErrorCode::AccessDenied));
    }
    return acl;
}

Result<auth::Acl, Error> resolve_grants(const Services& services,
                                        const std::vector<NamedGrant>& grants) {
    return find_grantees(services, grants, kInDocument);
}

Result<NewObjectAccess, Error> read_new_object_access(const Services& services,
                                                      const Request& request) {
    const Bucket& bucket = *request.bucket;
    if (!bucket.access.acls_enabled()) {
        const auto canned = request.header_or_parameter(kAclHeader);
        if ((canned && !says_what_holds(bucket, *canned)) || has_grant_headers(request)) {
            return fail(s3_error(ErrorCode::AccessControlListNotSupported));
        }
        return NewObjectAccess{.owner_account_id = bucket.record.owner_account_id};
    }
    TARN_TRY(const auto requested, read_acl_headers(services, request, AclSubject::Object));
    NewObjectAccess access{.owner_account_id =
                               new_owner(request, requested ? requested->canned : "")};
    if (!requested) return access;
    TARN_TRY(access.acl, make_acl(*requested, bucket, access.owner_account_id));
    return access;
}

}  // namespace tarn::s3
