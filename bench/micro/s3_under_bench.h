// An S3 with one bucket in this process, on either engine.

#pragma once

#include "bench/micro/signing.h"
#include "common/base/check.h"
#include "common/base/random.h"
#include "server/s3/bucket_creation.h"
#include "server/s3/s3_api.h"
#include "server/storage/engine.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace tarn::s3 {

class S3UnderBench {
  public:
    static constexpr std::string_view kBucket = "bench";

    // Relaxed where not the disk is measured.
    explicit S3UnderBench(bool on_disk,
                          storage::Durability durability = storage::Durability::Relaxed) {
        storage::EngineOptions options;
        if (on_disk) {
            std::string name =
                (std::filesystem::temp_directory_path() / "tarn-bench-XXXXXX").string();
            CHECK(mkdtemp(name.data()) != nullptr);
            directory_ = name;
            options.directory = directory_ / "data";
            options.durability = durability;
        }
        engine_ = *storage::open_engine(options, clock_, random_);
        services_.emplace(Services{.metadata = engine_->metadata(),
                                   .blobs = engine_->blobs(),
                                   .pool = pool_,
                                   .clock = clock_,
                                   .random = random_,
                                   .buckets = buckets_,
                                   .pins = pins_,
                                   .announce_trash = [] {},
                                   .credentials = credentials_,
                                   .master_keys = master_keys_});
        api_.emplace(*services_, credentials_, clock_, S3Options{}, 1);
        CHECK(wait(create_bucket_rows(*services_, std::string(kBucket),
                                      {.owner_account_id = std::string(auth::kDefaultAccountId),
                                       .region = "us-east-1"}))
                  .has_value());
    }
    ~S3UnderBench() {
        pool_.join();
        engine_.reset();
        if (!directory_.empty()) std::filesystem::remove_all(directory_);
    }
    S3UnderBench(const S3UnderBench&) = delete;
    S3UnderBench& operator=(const S3UnderBench&) = delete;

    // Object rows of 4 KiB bodies, with or without the bodies, committed a thousand at a time.
    void put(const std::vector<std::string>& keys, bool with_bodies) {
        storage::Batch batch{.partition = partition()};
        for (const std::string& key : keys) {
            ObjectRecord record{.body = {.kind = BodyRef::Kind::Inline,
                                         .id = new_body_id(random_),
                                         .size = kBodyBytes},
                                .last_modified = clock_.now(),
                                .etag = "9a0364b9e99bb480dd25e1f0284c8555",
                                .attributes = {.content_type = "binary/octet-stream"},
                                .owner_account_id = std::string(auth::kDefaultAccountId)};
            if (with_bodies) {
                batch.mutations.push_back({.table = storage::Table::Bodies,
                                           .key = inline_body_key(record.body.id),
                                           .value = std::string(kBodyBytes, 'x')});
            }
            batch.mutations.push_back(
                {.table = storage::Table::Objects, .key = key, .value = encode(record)});
            if (batch.mutations.size() >= 1000) commit(batch);
        }
        commit(batch);
    }

    // Runs a coroutine to its end.
    template <class T>
    T wait(net::Task<T> task) {
        auto result = boost::asio::co_spawn(loop_, std::move(task), boost::asio::use_future);
        loop_.restart();
        loop_.run();
        return result.get();
    }
    void wait(net::Task<> task) {
        auto result = boost::asio::co_spawn(loop_, std::move(task), boost::asio::use_future);
        loop_.restart();
        loop_.run();
        result.get();
    }

    S3Api& api() { return *api_; }
    storage::MetadataStore& metadata() { return engine_->metadata(); }
    storage::Partition partition() { return buckets_.find(kBucket)->partition(); }
    Services& services() { return *services_; }
    WallTime now() const { return clock_.now(); }
    std::string signed_get(std::string_view target) {
        return signed_get_head(target, clock_.now());
    }

  private:
    static constexpr std::size_t kBodyBytes = 4096;

    void commit(storage::Batch& batch) {
        if (batch.mutations.empty()) return;
        CHECK(storage::commit_and_wait(metadata(), std::move(batch)).has_value());
        batch = {.partition = partition()};
    }

    ManualClock clock_;
    SeededRandom random_{1};
    std::filesystem::path directory_;
    boost::asio::io_context loop_{1};
    net::BlockingPool pool_{1};
    std::unique_ptr<storage::Engine> engine_;
    BucketRegistry buckets_;
    storage::ReadPins pins_;
    MasterKeys master_keys_ = *MasterKeys::parse(MasterKeys::new_line(random_));
    auth::CredentialStore credentials_{
        {{.access_key_id = std::string(kAccessKey), .secret = std::string(kSecret)}}, false};
    std::optional<Services> services_;
    std::optional<S3Api> api_;
};

}  // namespace tarn::s3
