// Finds the object, and the version of it, that a request names; changes what is stored about it.

#pragma once

#include "server/s3/key_versions.h"
#include "server/s3/request.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::s3 {

// The key's current version; nothing where there is none or where it is a delete marker.
net::Task<Result<std::optional<ObjectVersion>, Error>> find_object(Services& services,
                                                                   const Bucket& bucket,
                                                                   const std::string& key);
// The version that a client's version id means.  InvalidArgument for what is no version id, and for
// any but "null" in a bucket that never had versioning (recorded).
Result<VersionSelector, Error> parse_version_id(const Bucket& bucket, std::string_view key,
                                                std::string_view text);

// The version that version_id names, else the current one.  Errors: NoSuchKey, NoSuchVersion;
// MethodNotAllowed where version_id names a delete marker; InvalidArgument for an id that no
// version can have.
net::Task<Result<ObjectVersion, Error>> load_version(Services& services, const Bucket& bucket,
                                                     const std::string& key,
                                                     std::optional<std::string_view> version_id);
// As load_version(), for what the request names.
net::Task<Result<ObjectVersion, Error>> load_requested_object(Services& services,
                                                              const Request& request);

// The version id that answers show: "null" for the null version; empty where the bucket never had
// versioning.
std::string shown_version_id(const Bucket& bucket, std::string_view key,
                             const ObjectVersion& version);
// Adds x-amz-version-id where there is one to show.
void add_version_field(http::HeadBuilder& head, std::string_view version_id);

// Changes what is stored about an object, or refuses; must leave its body and its place among the
// key's versions alone.  May be called several times.
using ObjectChange = std::function<Result<void, Error>(ObjectRecord&)>;
// Changes the version that the request names, as above, and gives back what is now stored.  Errors:
// those of load_requested_object() and of change.
net::Task<Result<ObjectVersion, Error>> update_object(Services& services, const Request& request,
                                                      ObjectChange change);

// Whether the bucket is still the one that the request began with; the newest form of it.
Result<BucketPtr, Error> recheck_bucket(Services& services, const BucketPtr& bucket);
// As find_object(), also where the current version is a delete marker.
net::Task<Result<std::optional<ObjectVersion>, Error>> find_current(Services& services,
                                                                    const Bucket& bucket,
                                                                    const std::string& key);

}  // namespace tarn::s3
