// What a bucket's record says about access besides its policy: ownership controls, ACL, public
// access block.

#pragma once

#include "server/auth/acl.h"
#include "server/s3/records.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::s3 {

// The names of the configurations in BucketRecord::configurations.
inline constexpr std::string_view kOwnershipControls = "ownershipControls";
inline constexpr std::string_view kBucketAcl = "acl";
inline constexpr std::string_view kPublicAccessBlock = "publicAccessBlock";

// Who owns objects, and whether ACLs count.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
enum class ObjectOwnership : std::uint8_t {
    BucketOwnerEnforced,   // the bucket's owner always; ACLs do not count
    BucketOwnerPreferred,  // the bucket's owner where the writer gives it full control
    ObjectWriter,          // who writes
};
std::string_view to_text(ObjectOwnership ownership);
std::optional<ObjectOwnership> parse_ownership(std::string_view text);
// What is stored in place of a name once the controls were deleted: ObjectWriter, as in S3 of
// before there were any.
inline constexpr std::string_view kNoOwnershipControls = "none";

struct PublicAccessBlock {
    bool block_public_acls = false;
    bool ignore_public_acls = false;
    bool block_public_policy = false;
    bool restrict_public_buckets = false;
};
struct PublicAccessBlockRow {
    std::string_view element;
    bool PublicAccessBlock::* flag;
};
// In the order of S3's documents.
inline constexpr std::array<PublicAccessBlockRow, 4> kPublicAccessBlockRows = {{
    {"BlockPublicAcls", &PublicAccessBlock::block_public_acls},
    {"IgnorePublicAcls", &PublicAccessBlock::ignore_public_acls},
    {"BlockPublicPolicy", &PublicAccessBlock::block_public_policy},
    {"RestrictPublicBuckets", &PublicAccessBlock::restrict_public_buckets},
}};
// Stored as the elements that are true, separated by commas.
std::string to_stored(const PublicAccessBlock& block);

struct BucketAccess {
    ObjectOwnership ownership = ObjectOwnership::BucketOwnerEnforced;
    bool ownership_was_chosen = false;  // else it is what every new bucket has
    auth::Acl acl;                      // the owner's full control where none was set
    PublicAccessBlock public_access;

    bool acls_enabled() const { return ownership != ObjectOwnership::BucketOwnerEnforced; }
};

// A configuration that cannot be read must not open the bucket: it counts as the strictest one.
BucketAccess parse_bucket_access(const BucketRecord& record);

}  // namespace tarn::s3
