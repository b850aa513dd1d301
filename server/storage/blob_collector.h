// Removes blobs that nothing refers to any more.
//
// Two kinds.  Trash: a commit that drops the last reference to a blob puts a row into
// Table::BlobTrash (key: the raw id) in the same batch; the collector removes the blob, then the
// row, and either may be repeated after a crash.  Orphans: blobs whose commit never came, because a
// request or the process died; a scan finds them and moves them to quarantine/, so that also a blob
// whose metadata was lost can still be recovered for a day.

#pragma once

#include "common/base/clock.h"
#include "server/storage/blob_references.h"
#include "server/storage/engine.h"
#include "server/storage/read_pins.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace tarn::storage {

struct BlobCollectorOptions {
    ReferenceVisitor visit_references;
    // Between a blob's drop and its removal at the least, so that also a reader without a pin has
    // time to open it.
    std::chrono::milliseconds pause{1000};
    // How often the trash is looked through although nothing was announced, and orphans are looked
    // for.
    std::chrono::milliseconds trash_period = std::chrono::minutes(5);
    std::chrono::milliseconds orphan_period = std::chrono::hours(24);
    std::chrono::milliseconds quarantine_time = std::chrono::hours(24);
};

struct OrphanReport {
    std::uint64_t blobs = 0;        // that there are
    std::uint64_t quarantined = 0;  // orphans found now
    std::uint64_t purged = 0;       // removed from quarantine/ for good
    // Orphans that knew of later commits than the metadata had at start: commits were lost.
    std::vector<BlobId> beyond_metadata;
};

// Thread-safe.
class BlobCollector {
  public:
    // All references must outlive the collector.
    BlobCollector(Engine& engine, ReadPins& pins, Clock& clock, BlobCollectorOptions options);
    ~BlobCollector();
    BlobCollector(const BlobCollector&) = delete;
    BlobCollector& operator=(const BlobCollector&) = delete;

    // Begins to work in the background: the orphans first, then the trash as it comes.
    void start();
    // Tells that a BlobTrash row was committed.  Does not block.
    void announce();

    // One look at the trash: removes what the last look found, where no reader holds it any more,
    // and finds what is there now.  Returns how many blobs were removed.  Blocks.
    Result<std::size_t, StoreError> collect_trash();
    // Quarantines the orphans of earlier runs, and purges the quarantine.  Blocks long.
    Result<OrphanReport, StoreError> collect_orphans();

  private:
    struct Found {
        Partition partition = kSystemPartition;
        BlobId id;
    };

    void run();
    bool sleep(std::chrono::milliseconds time);  // false: stop
    Result<std::size_t, StoreError> remove_found();
    Result<void, StoreError> forget_rows(std::span<const Found> removed);
    Result<std::vector<Found>, StoreError> find_trash(std::size_t count_max);
    Result<BlobIdSet, StoreError> referenced();
    // Orphans are blobs of earlier runs that are not in kept.
    Result<std::vector<BlobId>, StoreError> find_orphans(const BlobIdSet& kept,
                                                         OrphanReport& report);

    Engine& engine_;
    ReadPins& pins_;
    Clock& clock_;
    const BlobCollectorOptions options_;

    std::mutex trash_mutex_;  // of found_ and found_period_; held during a look
    std::vector<Found> found_;
    std::uint64_t found_period_ = 0;

    std::mutex mutex_;  // of the rest
    std::condition_variable changed_;
    bool stopping_ = false;
    bool announced_ = false;
    std::thread thread_;
};

}  // namespace tarn::storage
