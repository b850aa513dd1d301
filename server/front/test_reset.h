// `--test-reset`: back to the state of a fresh start, for test suites that share one server.

#pragma once

#include "server/cloudfront/control_api.h"
#include "server/s3/services.h"
#include "server/storage/blob_collector.h"

#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace tarn::front {

// Thread-safe.
class TestReset {
  public:
    // create_buckets makes those of `--bucket`.  All must outlive this.
    TestReset(s3::Services& services, cloudfront::ControlApi& control,
              storage::BlobCollector& collector,
              std::function<std::optional<std::string>()> create_buckets)
        : services_(services),
          control_(control),
          collector_(collector),
          create_buckets_(std::move(create_buckets)) {}

    // Removes all buckets, objects, uploads and distributions, and makes the initial buckets anew.
    // Requests under way are turned back, or what they wrote is removed, too.  When this returns
    // the blobs are gone but for those that a request still reads.  Credentials come from the
    // configuration and stay, as do the edges.  Says what went wrong, if anything did; doing it
    // again is safe.  Blocks.
    std::optional<std::string> run();

  private:
    std::optional<std::string> remove_blobs();

    s3::Services& services_;
    cloudfront::ControlApi& control_;
    storage::BlobCollector& collector_;
    std::function<std::optional<std::string>()> create_buckets_;
    std::mutex mutex_;  // one at a time
};

}  // namespace tarn::front
