// The stored form of an ACL: a section of an object's record, a configuration of a bucket.

#pragma once

#include "server/auth/acl.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::s3 {

std::string encode_acl(const auth::Acl& acl);
// Nothing: not what encode_acl() made.
std::optional<auth::Acl> decode_acl(std::string_view bytes);

}  // namespace tarn::s3
