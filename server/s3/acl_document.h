// AccessControlPolicy documents: what PutBucketAcl and PutObjectAcl take and their reads answer.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_AccessControlPolicy.html

#pragma once

#include "server/auth/acl.h"
#include "server/s3/error.h"
#include "server/s3/services.h"

#include <string>
#include <string_view>
#include <vector>

namespace tarn::s3 {

// A grant as the client words it: whom it means is not looked up yet.
struct NamedGrant {
    enum class Kind : std::uint8_t { Id, Uri, Email };
    Kind kind = Kind::Id;
    std::string name;
    auth::Permission permission = auth::Permission::FullControl;

    friend bool operator==(const NamedGrant&, const NamedGrant&) = default;
};

struct AclDocument {
    std::string owner_id;  // canonical
    std::vector<NamedGrant> grants;
};

// Errors: MalformedACLError, also for more than auth::kMaxGrants grants.  Pure.
Result<AclDocument, Error> parse_acl_document(std::string_view text);

std::string acl_xml(const Services& services, std::string_view owner_account_id,
                    const auth::Acl& acl);

// Of the account that the canned ACL aws-exec-read lets read.
inline constexpr std::string_view kExecReaderCanonicalId =
    "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";

}  // namespace tarn::s3
