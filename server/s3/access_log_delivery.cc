#include "server/s3/access_log_delivery.h"

#include "common/base/encoding.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "server/s3/access_log_target.h"
#include "server/s3/acl_request.h"
#include "server/s3/encryption.h"
#include "server/s3/ingest.h"
#include "server/s3/object_store.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

namespace tarn::s3 {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kTick{1};
constexpr std::chrono::seconds kStopTime{10};
constexpr std::size_t kUniqueLength = 16;

void count_lost(std::size_t line_count) {
    static Counter& lost = counter("tarn_access_log_records_lost_total",
                                   "Records of server access logs that were not delivered.", {});
    lost.add(line_count);
}

void count_delivered(std::size_t line_count) {
    static Counter& delivered = counter("tarn_access_log_records_delivered_total",
                                        "Records of server access logs in log objects.", {});
    delivered.add(line_count);
}

// With ACLs a log belongs to the service that delivers it; the bucket's owner and whom the
// configuration names are granted what they need.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
void set_owner(const Services& services, const Bucket& target, const LoggingRules& rules,
               ObjectRecord& record) {
    record.owner_account_id = target.record.owner_account_id;
    if (!target.access.acls_enabled()) return;
    auth::Acl acl = auth::owner_acl(auth::kLogDeliveryAccountId);
    std::ranges::copy(auth::owner_acl(target.record.owner_account_id), std::back_inserter(acl));
    // A grantee that is known no more is granted nothing.
    if (const auto grants = resolve_grants(services, rules.grants)) {
        std::ranges::copy(*grants, std::back_inserter(acl));
    }
    record.owner_account_id = auth::kLogDeliveryAccountId;
    record.attributes.acl = std::move(acl);
}

net::Task<Result<NewBody, storage::StoreError>> store_text(Services& services, const Bucket& target,
                                                           const std::string& key,
                                                           std::string_view text,
                                                           const crypto::SecretKey* data_key,
                                                           ObjectRecord& record) {
    BodyCollector collector(services, {target.record.id, key}, data_key);
    auto stored = co_await services.pool.run([&]() -> Result<NewBody, storage::StoreError> {
        crypto::Checksum checksum(record.checksum.emplace().algorithm);
        checksum.update(text);
        record.checksum->value = to_base64(checksum.finish());
        record.etag = to_hex(crypto::md5(text));
        if (auto done = collector.append(text); !done) return fail(done.error());
        return collector.finish();
    });
    co_return stored;
}

}  // namespace

AccessLogDelivery::AccessLogDelivery(Services& services, AccessLogQueue& queue,
                                     asio::io_context& loop, std::chrono::milliseconds interval)
    : services_(services), queue_(queue), loop_(loop), timer_(loop), batches_(interval) {}

void AccessLogDelivery::start() {
    done_ = asio::co_spawn(loop_, run(), asio::use_future);
}

void AccessLogDelivery::stop() {
    if (!done_.valid()) return;
    asio::post(loop_, [this] {
        stopping_ = true;
        timer_.cancel();
    });
    if (done_.wait_for(kStopTime) == std::future_status::timeout) {
        log_warning("server access logs: not all were delivered in time");
    }
    done_ = {};
}

net::Task<> AccessLogDelivery::run() {
    while (!stopping_) {
        timer_.expires_after(kTick);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        co_await deliver(stopping_ ? Which::All : Which::Due);
    }
}

net::Task<> AccessLogDelivery::deliver(Which which) {
    const WallTime now = services_.clock.now();
    for (const AccessLogEntry& entry : queue_.take())
        batches_.add(entry, now);
    if (const std::size_t dropped = queue_.take_dropped()) {
        log_warning("server access logs: {} records dropped, too many wait", dropped);
        count_lost(dropped);
    }
    auto batches = which == Which::All ? batches_.take_all() : batches_.take_due(now);
    for (AccessLogBatch& batch : batches)
        co_await deliver_batch(std::move(batch));
}

net::Task<> AccessLogDelivery::deliver_batch(AccessLogBatch batch) {
    std::string why;
    try {
        why = co_await write_batch(batch);
    } catch (const std::exception& fault) {
        why = fault.what();
    }
    queue_.release(batch.cost);
    if (why.empty()) {
        count_delivered(batch.line_count);
        co_return;
    }
    log_warning("server access logs: {} records of {} for {} dropped: {}", batch.line_count,
                batch.source->name, batch.rules().target_bucket, why);
    count_lost(batch.line_count);
}

net::Task<std::string> AccessLogDelivery::write_batch(const AccessLogBatch& batch) {
    const LoggingRules& rules = batch.rules();
    const WallTime now = services_.clock.now();
    const bool by_event = rules.key_format == LogKeyFormat::PartitionedByEventTime;
    ObjectWrite write{.key = log_object_key(rules, *batch.source, by_event ? batch.event : now,
                                            random_upper_alnum(services_.random, kUniqueLength))};
    const BucketPtr target = services_.buckets.find(rules.target_bucket);
    const std::string_view why = why_undeliverable(*batch.source, target.get(), write.key, now);
    if (!why.empty()) co_return std::string(why);

    write.record.last_modified = now;
    write.record.attributes.content_type = "text/plain";
    set_owner(services_, *target, rules, write.record);
    const auto sealing = seal_by_default(services_, *target, write.key);
    if (!sealing) co_return std::string(message_of(sealing.error()));
    write.record.attributes.encryption = sealing->stored;
    auto body = co_await store_text(services_, *target, write.key, batch.text, sealing->key(),
                                    write.record);
    if (!body) co_return std::string(storage::to_text(body.error()));
    write.record.body = body->ref;
    append_body_rows(write.mutations, *body);
    const auto written = co_await write_object(services_, target, std::move(write));
    if (!written) co_return std::string(message_of(written.error()));
    body->pending.release();
    co_return std::string{};
}

}  // namespace tarn::s3
