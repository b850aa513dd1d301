// Delivers server access logs: puts the records that wait into the target buckets, as log objects.
//
// Records wait in memory.  An orderly end delivers them all; a crash loses those that wait, and
// what cannot be delivered (the target is gone, or lets nobody write) is dropped with a warning:
// S3's delivery is best effort as well.  Unlike S3, which takes hours, delivery is due after
// seconds; and what delivery itself writes is in no log, so a bucket can be its own target without
// logs about logs.

#pragma once

#include "server/s3/access_log_batches.h"
#include "server/s3/access_log_queue.h"
#include "server/s3/services.h"

#include <chrono>
#include <future>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace tarn::s3 {

class AccessLogDelivery {
  public:
    enum class Which : std::uint8_t { Due, All };

    // interval: how long records wait at most, by the injected clock; looked at once a second.
    AccessLogDelivery(Services& services, AccessLogQueue& queue, boost::asio::io_context& loop,
                      std::chrono::milliseconds interval);

    // Begins to deliver, on the loop.
    void start();
    // Delivers all that waits, and ends.  Blocks; the loop must still run.  Idempotent.
    void stop();

    // One round.  Only one at a time, on the loop.
    net::Task<> deliver(Which which);

  private:
    net::Task<> run();
    net::Task<> deliver_batch(AccessLogBatch batch);
    // Nothing, or why the batch's records are lost.
    net::Task<std::string> write_batch(const AccessLogBatch& batch);

    Services& services_;
    AccessLogQueue& queue_;
    boost::asio::io_context& loop_;
    boost::asio::steady_timer timer_;
    AccessLogBatches batches_;
    bool stopping_ = false;  // used on the loop
    std::future<void> done_;
};

}  // namespace tarn::s3
