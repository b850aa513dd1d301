// The versions of one key while a commit that changes them is put together.
//
// The current version is the key's row in Table::Objects, also where it is a delete marker; older
// ones are rows of Table::Versions.  So a key without a row in Table::Objects has no versions, and
// every change guards that row: changes of one key are serial.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html

#pragma once

#include "server/s3/records.h"
#include "server/s3/version_id.h"
#include "server/storage/metadata_store.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tarn::s3 {

struct ObjectVersion {
    ObjectRecord record;
    storage::Revision revision = 0;  // of its row
    bool is_latest = true;           // its row is in Table::Objects

    // Orders the versions of a key.
    storage::Revision sequence() const { return record.sequence ? record.sequence : revision; }
};

// Not thread-safe.  What may block says so.
class KeyVersions {
  public:
    KeyVersions(storage::MetadataStore& store, storage::Partition partition, std::string key,
                std::optional<ObjectVersion> current);

    const std::string& key() const { return key_; }
    // May be a delete marker.
    const std::optional<ObjectVersion>& current() const { return current_; }
    // Nothing: there is no such version.  Blocks unless it is the current one.
    Result<std::optional<ObjectVersion>, storage::StoreError> find(const VersionSelector& which);

    // Whether push() of such a record would block.
    bool push_blocks(const ObjectRecord& record) const;
    // Makes record the current version.  A null version takes the place of the key's null version,
    // whose body is given up; all other versions are kept.
    Result<void, storage::StoreError> push(ObjectRecord record);
    // Removes a version that current() or find() gave, for ever.  Where it was the current one, the
    // newest older one becomes current.  Blocks where has_history says that there may be older
    // ones.
    Result<void, storage::StoreError> remove(const ObjectVersion& version, bool has_history);

    // Whether the version that was current goes, so that an older one is current now or none.
    bool loses_current() const { return is_changed_ && !is_pushed_; }
    // Whether the key's current row still is the one that was read: if not, what find() did not
    // find may have been on its way from one table to the other.  Blocks.
    Result<bool, storage::StoreError> still_holds();
    // Adds what makes the changes, and the guards under which they are right.
    void append_to(storage::Batch& batch) const;
    // The bodies of what was removed or replaced.
    const std::vector<BodyRef>& given_up() const { return given_up_; }

  private:
    Result<std::optional<ObjectVersion>, storage::StoreError> load(storage::Revision sequence);
    Result<std::optional<ObjectVersion>, storage::StoreError> newest_older();
    void drop_row(const ObjectVersion& older);

    storage::MetadataStore& store_;
    storage::Partition partition_;
    std::string key_;
    storage::Revision row_revision_ = 0;  // of the row in Table::Objects as it was read
    std::optional<ObjectVersion> current_;
    bool is_changed_ = false;               // the current version is another one than was read
    bool is_pushed_ = false;                // push() made it
    std::optional<ObjectVersion> retired_;  // was current and becomes an older version
    // Rows of Table::Versions that go: sequence number and revision.
    std::map<storage::Revision, storage::Revision> dropped_rows_;
    std::vector<BodyRef> given_up_;
};

// Decodes a row of Table::Objects or Table::Versions.
Result<ObjectVersion, storage::StoreError> to_version(storage::Row row, bool is_latest);

}  // namespace tarn::s3
