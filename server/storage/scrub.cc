#include "server/storage/scrub.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

namespace tarn::storage {
namespace {

constexpr std::size_t kReadBytes = 16 * kBlockBytes;

// Makes the reader wait where it is ahead of the rate.
class Throttle {
  public:
    Throttle(Clock& clock, std::uint64_t bytes_per_second)
        : clock_(clock), bytes_per_second_(bytes_per_second), start_(clock.steady_now()) {}

    void read(std::uint64_t bytes) {
        if (bytes_per_second_ == 0) return;
        bytes_ += bytes;
        const std::chrono::duration<double> needed(static_cast<double>(bytes_) /
                                                   static_cast<double>(bytes_per_second_));
        const std::chrono::duration<double> spent = clock_.steady_now() - start_;
        if (needed > spent) std::this_thread::sleep_for(needed - spent);
    }

  private:
    Clock& clock_;
    const std::uint64_t bytes_per_second_;
    const SteadyTime start_;
    std::uint64_t bytes_ = 0;
};

class Scrub {
  public:
    Scrub(Engine& engine, Clock& clock, const ScrubOptions& options)
        : engine_(engine), options_(options), throttle_(clock, options.bytes_per_second) {}

    ScrubReport run() {
        std::vector<BlobId> ids;
        bool listed =
            engine_.blobs().for_each([&](const BlobId& id) { ids.push_back(id); }).has_value();
        for (const BlobId& id : ids) {
            if (stopped()) break;
            check_blob(id);
        }
        if (options_.visit_references && !stopped()) listed = check_references(ids) && listed;
        if (!stopped()) report_.damaged_metadata = engine_.verify_metadata();
        report_.complete = listed && !stopped();
        return std::move(report_);
    }

  private:
    bool stopped() const { return options_.stop && options_.stop(); }

    void check_blob(const BlobId& id) {
        const auto description = engine_.blobs().describe(id);
        if (description && description->being_written) return;
        // Removed since it was listed.
        if (!description && description.error() == StoreError::NotFound) return;
        ++report_.blobs;
        if (description && !description->from_this_run &&
            description->synced_sequence > engine_.recovered_sequence()) {
            report_.beyond_metadata.push_back({.id = id, .origin = description->origin});
        }
        const auto read = read_blob(id);
        if (read || read.error() == StoreError::NotFound) return;
        report_.damaged_blobs.push_back(
            {.id = id,
             .error = read.error(),
             .origin = description ? description->origin : BlobOrigin{}});
    }

    Result<void, StoreError> read_blob(const BlobId& id) {
        TARN_TRY(const auto reader, engine_.blobs().open(id));
        buffer_.resize(kReadBytes);
        for (std::uint64_t at = 0; at < reader->size() && !stopped(); at += kReadBytes) {
            const auto count = std::min<std::uint64_t>(kReadBytes, reader->size() - at);
            auto done = reader->read(at, std::span(buffer_).first(count));
            if (!done) return done;
            report_.bytes += count;
            throttle_.read(count);
        }
        return {};
    }

    bool check_references(const std::vector<BlobId>& listed) {
        BlobIdSet present;
        for (const BlobId& id : listed)
            present.add(id);
        present.seal();
        const auto visited = options_.visit_references([&](const BlobId& id) {
            if (present.contains(id)) return;
            const auto description = engine_.blobs().describe(id);  // it may be newer than the list
            if (!description && description.error() == StoreError::NotFound) missing_.push_back(id);
        });
        return visited.has_value() && confirm_missing();
    }

    // A blob that was dropped between the visit of its row and the look for it is not missing.
    bool confirm_missing() {
        if (missing_.empty()) return true;
        BlobIdSet still_referenced;
        const auto visited =
            options_.visit_references([&](const BlobId& id) { still_referenced.add(id); });
        still_referenced.seal();
        for (const BlobId& id : missing_) {
            if (!still_referenced.contains(id)) continue;
            report_.damaged_blobs.push_back(
                {.id = id, .error = StoreError::NotFound, .origin = {}});
        }
        return visited.has_value();
    }

    Engine& engine_;
    const ScrubOptions& options_;
    Throttle throttle_;
    ScrubReport report_;
    std::vector<char> buffer_;
    std::vector<BlobId> missing_;
};

}  // namespace

ScrubReport scrub(Engine& engine, Clock& clock, const ScrubOptions& options) {
    return Scrub(engine, clock, options).run();
}

std::string to_text(const ScrubReport& report) {
    std::string text;
    const auto blob_line = [&](const DamagedBlob& blob, std::string_view what) {
        text += fmt::format("blob {}: {}", to_text(blob.id), what);
        if (blob.origin.bucket_id != 0) {
            text += fmt::format(" (written for bucket {}, key {})", blob.origin.bucket_id,
                                blob.origin.key);
        }
        text += '\n';
    };
    for (const DamagedBlob& blob : report.damaged_blobs)
        blob_line(blob, to_text(blob.error));
    for (const DamagedBlob& blob : report.beyond_metadata) {
        blob_line(blob, "written after the last commit that the metadata has");
    }
    for (const std::string& line : report.damaged_metadata)
        text += line + '\n';
    text += fmt::format("{} blobs, {} bytes read, {} bad{}\n", report.blobs, report.bytes,
                        report.damaged_blobs.size() + report.beyond_metadata.size() +
                            report.damaged_metadata.size(),
                        report.complete ? "" : " (not complete)");
    return text;
}

}  // namespace tarn::storage
