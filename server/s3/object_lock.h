// Object lock: which versions may be removed, and how their locks may be changed.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html

#pragma once

#include "server/s3/request.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::s3 {

inline constexpr std::string_view kObjectLockConfiguration = "object-lock";
inline constexpr std::string_view kBypassHeader = "x-amz-bypass-governance-retention";

std::string_view to_text(LockMode mode);  // "GOVERNANCE", "COMPLIANCE"
std::optional<LockMode> parse_lock_mode(std::string_view text);

// The document of PutObjectLockConfiguration.  Errors: MalformedXML; InvalidArgument for a period
// that is not positive, or too long.
Result<ObjectLockRules, Error> parse_lock_rules(const std::string& document);
std::string lock_rules_xml(const ObjectLockRules& rules);

// Whether the lock keeps its version from being removed now.  bypass: the caller may, and asked to,
// override GOVERNANCE.
bool is_protected(const ObjectLock& lock, WallTime now, bool bypass);
// Whether the retention may become wanted (nothing: be removed).  AccessDenied, where it protects.
Result<void, Error> check_retention_change(const std::optional<Retention>& old,
                                           const std::optional<Retention>& wanted, WallTime now,
                                           bool bypass);
Error locked_error();

// The default retention of the bucket for a version made now; nothing where there is none.
std::optional<Retention> default_retention(const Bucket& bucket, WallTime now);

// x-amz-object-lock-* of a request that makes an object.  Errors: InvalidArgument for values and
// combinations that mean nothing; InvalidRequest where the bucket has no object lock, and where
// nothing states the body's integrity.
Result<ObjectLock, Error> read_lock_headers(const Request& request, WallTime now);

// Whether the request asks to override GOVERNANCE for a key, and may.  Errors: InvalidArgument
// where the bucket has no object lock; AccessDenied.
Result<bool, Error> read_bypass(const Services& services, const Request& request,
                                std::string_view key, std::optional<std::string_view> version_id);

// The lock as response fields, as far as the caller may see it.
void add_lock_fields(http::HeadBuilder& head, const Request& request, const ObjectLock& lock);

}  // namespace tarn::s3
