// Listing the versions of a bucket's keys, decided apart from the wire.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
//
// Keys come in UTF-8 byte order, the versions of a key newest first, delete markers among them.

#pragma once

#include "server/s3/key_versions.h"
#include "server/s3/listing.h"
#include "server/storage/metadata_store.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::s3 {

struct VersionListingQuery {
    ListingQuery keys;  // after: the key or common prefix whose versions were all listed
    // Go on inside the versions of keys.after: behind this one, which may be gone.
    std::optional<VersionSelector> after_version;
};

// Receives what is listed, in order.
class VersionSink {
  public:
    virtual ~VersionSink() = default;
    virtual void version(std::string_view key, const ObjectVersion& version) = 0;
    virtual void common_prefix(std::string_view prefix) = 0;
};

struct VersionListingEnd {
    bool truncated = false;
    std::string last_key;  // or common prefix
    // The last version listed; nothing where it was a common prefix.
    std::optional<ObjectVersion> last_version;
};

// Blocks.
Result<VersionListingEnd, storage::StoreError> list_versions(storage::MetadataStore& store,
                                                             storage::Partition partition,
                                                             const VersionListingQuery& query,
                                                             VersionSink& sink);

}  // namespace tarn::s3
