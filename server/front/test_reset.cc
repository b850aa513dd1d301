#include "server/front/test_reset.h"

#include "common/observe/log.h"
#include "server/s3/bucket_reset.h"

#include <fmt/format.h>

namespace tarn::front {

std::optional<std::string> TestReset::run() {
    const std::scoped_lock lock(mutex_);
    if (const auto done = s3::reset_buckets(services_); !done) {
        return fmt::format("the buckets could not be removed: {}", storage::to_text(done.error()));
    }
    if (const auto done = control_.reset(); !done) {
        return "the distributions could not be removed: " + done.error().message;
    }
    if (auto fault = create_buckets_()) return fault;
    if (auto fault = remove_blobs()) return fault;
    log_info("reset: all buckets and distributions are gone");
    return std::nullopt;
}

// Each look removes what the one before found, and finds more.  One that removes nothing has
// nothing left, or waits for a reader; then the collector goes on by itself.
std::optional<std::string> TestReset::remove_blobs() {
    auto removed = collector_.collect_trash();
    do {
        removed = collector_.collect_trash();
    } while (removed && *removed > 0);
    if (removed) return std::nullopt;
    return fmt::format("blobs could not be removed: {}", storage::to_text(removed.error()));
}

}  // namespace tarn::front
