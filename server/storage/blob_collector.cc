#include "server/storage/blob_collector.h"

#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "server/storage/failpoint.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>

namespace tarn::storage {
namespace {

constexpr std::size_t kFoundMax = 10'000;    // bounds the memory of one look
constexpr std::size_t kForgottenRows = 256;  // in one commit

// Made when the collector is, so that the metrics are there before there is anything to count.
struct CollectorMetrics {
    Counter& removed =
        counter("tarn_blobs_removed_total", "Blobs removed because nothing refers to them.");
    Counter& quarantined = counter("tarn_blobs_quarantined_total",
                                   "Blobs moved to quarantine: their commit never came.");
    Counter& purged = counter("tarn_blobs_purged_total", "Blobs removed from quarantine for good.");
};
CollectorMetrics& metrics() {
    static CollectorMetrics all;
    return all;
}

void log_orphans(const OrphanReport& report) {
    if (report.quarantined > 0 || report.purged > 0) {
        log_info("blobs: {} present, {} orphans moved to quarantine, {} purged from it",
                 report.blobs, report.quarantined, report.purged);
    }
    if (!report.beyond_metadata.empty()) {
        log_error(
            "{} blobs were written after the last commit that the metadata has: commits were lost, "
            "probably with power, on a disk that does not keep what it was told to. Run tarn scrub "
            "to see which keys are concerned",
            report.beyond_metadata.size());
    }
}

}  // namespace

BlobCollector::BlobCollector(Engine& engine, ReadPins& pins, Clock& clock,
                             BlobCollectorOptions options)
    : engine_(engine), pins_(pins), clock_(clock), options_(std::move(options)) {
    metrics();
}

BlobCollector::~BlobCollector() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void BlobCollector::start() {
    thread_ = std::thread([this] { run(); });
}

void BlobCollector::announce() {
    {
        const std::lock_guard lock(mutex_);
        if (announced_) return;
        announced_ = true;
    }
    changed_.notify_all();
}

void BlobCollector::run() {
    SteadyTime orphans_due = clock_.steady_now();
    while (true) {
        if (clock_.steady_now() >= orphans_due) {
            orphans_due = clock_.steady_now() + options_.orphan_period;
            const auto report = collect_orphans();
            if (report) {
                log_orphans(*report);
            } else {
                log_warning("orphaned blobs cannot be looked for: {}", to_text(report.error()));
            }
        }
        const auto removed = collect_trash();
        if (!removed) log_warning("dropped blobs cannot be removed: {}", to_text(removed.error()));

        bool waiting = false;  // for the readers of what was found
        {
            const std::lock_guard lock(trash_mutex_);
            waiting = !found_.empty();
        }
        if (!sleep(waiting ? options_.pause : options_.trash_period)) return;
    }
}

bool BlobCollector::sleep(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    if (time > options_.pause) {
        changed_.wait_for(lock, time, [this] { return stopping_ || announced_; });
        announced_ = false;
    } else {
        changed_.wait_for(lock, time, [this] { return stopping_; });
    }
    return !stopping_;
}

Result<std::size_t, StoreError> BlobCollector::collect_trash() {
    const std::lock_guard lock(trash_mutex_);
    std::size_t removed = 0;
    if (!found_.empty()) {
        if (pins_.held(found_period_)) return 0;
        TARN_TRY(removed, remove_found());
    }
    TARN_TRY(found_, find_trash(kFoundMax));
    // Whoever reads a row from now on does not find these blobs any more.
    found_period_ = pins_.end_period();
    return removed;
}

Result<std::size_t, StoreError> BlobCollector::remove_found() {
    std::size_t removed = 0;
    while (!found_.empty()) {
        // Rows of one partition go in one commit; found_ is in the order of partitions.
        const Partition partition = found_.back().partition;
        std::size_t count = 0;
        while (count < std::min(found_.size(), kForgottenRows) &&
               found_[found_.size() - 1 - count].partition == partition) {
            ++count;
        }
        const auto group = std::span(found_).last(count);
        for (const Found& found : group) {
            if (failpoint("trash.before_remove")) return fail(StoreError::Io);
            if (auto done = engine_.blobs().remove(found.id); !done) return fail(done.error());
            if (failpoint("trash.after_remove")) return fail(StoreError::Io);
        }
        if (auto done = forget_rows(group); !done) return fail(done.error());
        removed += count;
        metrics().removed.add(count);
        found_.resize(found_.size() - count);
    }
    return removed;
}

Result<void, StoreError> BlobCollector::forget_rows(std::span<const Found> removed) {
    Batch batch{.partition = removed.front().partition, .guards = {}, .mutations = {}};
    for (const Found& found : removed) {
        batch.mutations.push_back({.kind = Mutation::Kind::Delete,
                                   .table = Table::BlobTrash,
                                   .key = std::string(raw_bytes(found.id)),
                                   .value = {}});
    }
    const CommitResult result = commit_and_wait(engine_.metadata(), std::move(batch));
    if (!result) return fail(result.error());
    return {};
}

Result<std::vector<BlobCollector::Found>, StoreError> BlobCollector::find_trash(
    std::size_t count_max) {
    std::vector<Found> found;
    TARN_TRY(const auto partitions, engine_.metadata().partitions(Table::BlobTrash));
    for (const Partition partition : partitions) {
        const auto row = engine_.metadata().scan(Table::BlobTrash, partition, "");
        for (; row->valid() && found.size() < count_max; row->next()) {
            if (const auto id = blob_id_of_raw(row->key())) {
                found.push_back({.partition = partition, .id = *id});
            }
        }
        if (const auto error = row->error()) return fail(*error);
    }
    return found;
}

Result<OrphanReport, StoreError> BlobCollector::collect_orphans() {
    OrphanReport report;
    TARN_TRY(const BlobIdSet kept, referenced());
    TARN_TRY(const std::vector<BlobId> suspects, find_orphans(kept, report));
    if (!suspects.empty()) {
        // Once more: a reference that moved while the rows were visited may have been missed.
        std::set<BlobId> orphans(suspects.begin(), suspects.end());
        auto visited = options_.visit_references([&](const BlobId& id) { orphans.erase(id); });
        if (!visited) return fail(visited.error());
        for (const BlobId& id : orphans) {
            auto moved = engine_.blobs().quarantine(id);
            if (!moved && moved.error() != StoreError::NotFound) return fail(moved.error());
            if (moved) ++report.quarantined;
        }
        metrics().quarantined.add(report.quarantined);
    }
    TARN_TRY(report.purged,
             engine_.blobs().purge_quarantine(clock_.real_now() - options_.quarantine_time));
    metrics().purged.add(report.purged);
    return report;
}

Result<BlobIdSet, StoreError> BlobCollector::referenced() {
    BlobIdSet kept;
    auto visited = options_.visit_references([&](const BlobId& id) { kept.add(id); });
    if (!visited) return fail(visited.error());
    // Trash is no orphan: collect_trash() removes it, and for good.
    TARN_TRY(const auto trash, find_trash(SIZE_MAX));
    for (const Found& found : trash)
        kept.add(found.id);
    kept.seal();
    return kept;
}

Result<std::vector<BlobId>, StoreError> BlobCollector::find_orphans(const BlobIdSet& kept,
                                                                    OrphanReport& report) {
    std::vector<BlobId> orphans;
    auto visited = engine_.blobs().for_each([&](const BlobId& id) {
        ++report.blobs;
        if (kept.contains(id)) return;
        const auto description = engine_.blobs().describe(id);
        if (description && description->from_this_run) return;
        // A blob that was cut off by a crash may not even have a header.
        if (!description && description.error() != StoreError::Corrupt) return;
        orphans.push_back(id);
        if (description && description->synced_sequence > engine_.recovered_sequence()) {
            report.beyond_metadata.push_back(id);
        }
    });
    if (!visited) return fail(visited.error());
    return orphans;
}

}  // namespace tarn::storage
