// The keys of the rows that hold buckets, objects and uploads (the table is in records.h).

#pragma once

#include "server/storage/blob_store.h"
#include "server/storage/metadata_store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::s3 {

using BodyId = storage::BlobId;  // inline bodies and manifests draw from the same ids

inline constexpr std::string_view kBucketPrefix = "bucket/";
inline constexpr std::string_view kBucketStateKey = "state";
inline constexpr std::string_view kResetKey = "reset";
inline constexpr std::string_view kUploadPrefix =
    "u";  // of the rows of uploads, not of their parts

std::string bucket_key(std::string_view name);
// Rows of one key's older versions sort newest first.
std::string versions_prefix(std::string_view object_key);
std::string version_key(std::string_view object_key, storage::Revision sequence);
struct VersionName {
    std::string object_key;
    storage::Revision sequence = 0;
};
std::optional<VersionName> parse_version_key(std::string_view row_key);
std::string inline_body_key(const BodyId& id);
std::string manifest_key(const BodyId& id);
std::string trash_key(const BodyId& id);
// Upload rows sort by object key, then by upload id, whose first digits are the time.
std::string upload_key(std::string_view object_key, std::string_view upload_id);
// The smallest upload row key of any object whose key is >= object_key.
std::string upload_key_from(std::string_view object_key);
struct UploadName {
    std::string object_key;
    std::string upload_id;
};
std::optional<UploadName> parse_upload_key(std::string_view row_key);
// Of the row whose revision says when the key was last deleted.
std::string deletion_key(std::string_view object_key);
std::string part_prefix(std::string_view upload_id);
std::string part_key(std::string_view upload_id, std::uint32_t number);
std::uint32_t part_number_of(std::string_view row_key);  // of a key made by part_key()

}  // namespace tarn::s3
