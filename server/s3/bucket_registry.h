// Every bucket there is, in memory, so that no request reads the store to find its bucket.
//
// The rows in the store are the truth; the registry is filled at start and follows each commit.

#pragma once

#include "common/aws/policy.h"
#include "server/s3/bucket_access.h"
#include "server/s3/bucket_encryption.h"
#include "server/s3/cors.h"
#include "server/s3/records.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

namespace tarn::s3 {

// The bucket's object lock, which cannot be taken away again.
struct ObjectLockRules {
    struct DefaultRetention {
        LockMode mode = LockMode::Governance;
        bool in_years = false;  // else in days
        std::uint32_t period = 0;
    };
    std::optional<DefaultRetention> default_retention;
};

struct LoggingRules;

// Immutable; a change replaces it.
struct Bucket {
    std::string name;
    BucketRecord record;
    storage::Revision record_revision = 0;
    // Every commit to the bucket guards its state row at this revision, so that deleting the bucket
    // stops the writes under way (see delete_bucket.cc).
    storage::Revision state_revision = 0;
    // BucketRegistry::reset_count() when it came there: what waits for a bucket of before a reset
    // must not reach one of after it.
    std::uint64_t reset_count = 0;
    // Parsed from the record.
    std::shared_ptr<const aws::Policy> policy;  // null: none
    BucketAccess access;
    std::optional<ObjectLockRules> object_lock;   // nothing: the bucket has none
    std::shared_ptr<const CorsRules> cors;        // null: none
    std::shared_ptr<const LoggingRules> logging;  // null: requests are not logged
    BucketEncryption encryption;
    bool requester_pays = false;

    storage::Partition partition() const { return record.id; }
    storage::Guard state_guard() const {
        return {storage::Table::System, std::string(kBucketStateKey), state_revision};
    }
};
using BucketPtr = std::shared_ptr<const Bucket>;

// Thread-safe.
class BucketRegistry {
  public:
    // Reads all buckets, and undoes deletions that a crash cut short.  Blocks.
    Result<void, storage::StoreError> load(storage::MetadataStore& store);

    BucketPtr find(std::string_view name) const;  // null: no such bucket
    void put(BucketPtr bucket);
    // Replaces the bucket of that name and id by a changed copy of what it is at that moment.
    // False: there is no such bucket any more.
    bool change(std::string_view name, std::uint64_t id,
                const std::function<void(Bucket&)>& change);
    // Forgets the bucket of that name and id; one made anew under the name stays.
    void erase(std::string_view name, std::uint64_t id);
    // All buckets in order of their names.
    void for_each(const std::function<void(const Bucket&)>& visit) const;

    // ---- the test-only reset (bucket_reset.h) ----

    // How many resets have begun.  A request keeps the number that it found when it came, and makes
    // or unmakes no bucket once there is another one.
    std::uint64_t reset_count() const { return reset_count_.load(std::memory_order_relaxed); }
    // What such a request's commit guards; nothing: it is turned back.
    std::optional<storage::Guard> reset_guard(std::uint64_t reset_count) const;
    // put() of a bucket that such a request made; false: it is turned back.
    bool put_unless_reset(BucketPtr bucket, std::uint64_t reset_count);
    // Forgets all buckets.  Until end_reset() everybody is turned back.
    void begin_reset();
    void end_reset();

  private:
    bool is_of_before(std::uint64_t reset_count) const;

    mutable std::shared_mutex mutex_;
    std::map<std::string, BucketPtr, std::less<>> buckets_;
    std::atomic<std::uint64_t> reset_count_{0};  // changed under the mutex
    bool is_resetting_ = false;
    storage::Revision reset_revision_ = 0;  // of the row kResetKey
};

// Brings the parsed members up to date with the record.
void parse_record(Bucket& bucket);

// 3-63 characters of a-z 0-9 . -, no IPv4 form, no reserved prefix or suffix (S3 User Guide, Bucket
// naming rules).
bool is_valid_bucket_name(std::string_view name);

}  // namespace tarn::s3
