// Ids of object versions: opaque to clients, made of the sequence number that orders the versions
// of a key, so that an id leads to its row without an index.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html

#pragma once

#include "server/storage/metadata_store.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::s3 {

inline constexpr std::string_view kNullVersionId = "null";

// Which version of a key a request means.
struct VersionSelector {
    bool is_null = false;            // the null version
    storage::Revision sequence = 0;  // else the version of that number; 0: no version of the key
};

// 32 characters of A-Z a-z 0-9 . _
std::string make_version_id(storage::Partition partition, std::string_view key,
                            storage::Revision sequence);

// Nothing: not the form of a version id.  An id of another key or bucket selects no version.
std::optional<VersionSelector> read_version_id(storage::Partition partition, std::string_view key,
                                               std::string_view text);

}  // namespace tarn::s3
