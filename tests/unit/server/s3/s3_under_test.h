// The S3 API over engines in memory, without connections: a request goes in, its answer comes out.

#pragma once

#include "common/aws/sigv4_sign.h"
#include "common/base/check.h"
#include "server/s3/bucket_creation.h"
#include "server/s3/s3_api.h"
#include "server/storage/engine.h"
#include "tests/support/net/fake_exchange.h"
#include "tests/unit/server/s3/hooked_store.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

namespace tarn::s3 {

inline constexpr std::string_view kOwner = "000000000000";
inline constexpr std::string_view kOther = "111111111111";
inline constexpr std::string_view kHost = "127.0.0.1:9000";

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Sent {
    std::string_view method = "GET";
    std::string target = "/b";
    Headers headers;  // all of them are signed
    std::string body;
    std::string_view account = kOwner;  // empty: anonymous
    std::string_view payload_hash = "UNSIGNED-PAYLOAD";
};

struct Answer {
    int status = 0;
    std::string head;
    std::string body;

    // The text of the first element of that name; empty: there is none.
    std::string element(std::string_view name) const {
        const std::string open = "<" + std::string(name) + ">";
        const std::size_t at = body.find(open);
        if (at == std::string::npos) return {};
        const std::size_t start = at + open.size();
        return body.substr(start, body.find('<', start) - start);
    }
    std::string code() const { return element("Code"); }
    // The value of a field of the head; empty: there is none.
    std::string field(std::string_view name) const {
        const std::string start = "\r\n" + std::string(name) + ": ";
        const std::size_t at = head.find(start);
        if (at == std::string::npos) return {};
        return head.substr(at + start.size(), head.find('\r', at + 2) - at - start.size());
    }
};

// With a bucket "b" of kOwner.  Access keys are "key-" and the account's id.
class S3Test : public testing::Test {
  protected:
    S3Test() {
        engine_ = *storage::open_engine({}, clock_, random_);
        store_.emplace(engine_->metadata());
        services_.emplace(Services{.metadata = *store_,
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
        auto made = run(create_bucket_rows(
            *services_, "b", {.owner_account_id = std::string(kOwner), .region = "us-east-1"}));
        CHECK(made.has_value());
    }
    ~S3Test() override { pool_.join(); }

    static std::string access_key(std::string_view account) {
        return "key-" + std::string(account);
    }

    std::string head_of(const Sent& sent) {
        std::string head = std::string(sent.method) + " " + sent.target +
                           " HTTP/1.1\r\nHost: " + std::string(kHost) + "\r\n";
        Headers headers = sent.headers;
        if (!sent.account.empty()) {
            const std::string key = access_key(sent.account);
            auto signature = aws::sign_request(
                {.method = sent.method,
                 .target = sent.target,
                 .host = kHost,
                 .headers = sent.headers,
                 .payload_hash = sent.payload_hash},
                {.access_key_id = key, .secret = "secret", .region = "us-east-1"}, clock_.now());
            std::ranges::move(signature, std::back_inserter(headers));
        }
        if (!sent.body.empty() || sent.method == "PUT" || sent.method == "POST") {
            headers.emplace_back("Content-Length", std::to_string(sent.body.size()));
        }
        for (const auto& [name, value] : headers)
            head.append(name).append(": ").append(value).append("\r\n");
        return head + "\r\n";
    }

    Answer send(const Sent& sent) {
        test::FakeExchange exchange(head_of(sent), sent.body, peer_);
        answered_now_ = api_->handle_now(exchange);
        if (!answered_now_) run(api_->handle(exchange));
        return {.status = exchange.head().status(),
                .head = exchange.head().text(),
                .body = exchange.written};
    }
    Answer put(std::string_view key, std::string body, Headers headers = {}) {
        return send({.method = "PUT",
                     .target = "/b/" + std::string(key),
                     .headers = std::move(headers),
                     .body = std::move(body)});
    }
    bool exists(std::string_view key) {
        return send({.method = "HEAD", .target = "/b/" + std::string(key)}).status == 200;
    }
    void set_policy(std::string statement) {
        const Answer answer =
            send({.method = "PUT",
                  .target = "/b?policy",
                  .body = R"({"Version":"2012-10-17","Statement":[)" + statement + "]}"});
        ASSERT_EQ(answer.status, 204) << answer.body;
    }
    std::size_t row_count(storage::Table table) {
        std::size_t count = 0;
        const auto cursor = store_->scan(table, buckets_.find("b")->partition(), "");
        for (; cursor->valid(); cursor->next())
            ++count;
        return count;
    }

    // Runs a coroutine to its end.
    template <class T>
    T run(net::Task<T> task) {
        auto result = boost::asio::co_spawn(loop_, std::move(task), boost::asio::use_future);
        loop_.restart();
        loop_.run();
        return result.get();
    }

    ManualClock clock_;
    SeededRandom random_{1};
    net::Peer peer_{.address = "127.0.0.1"};
    boost::asio::io_context loop_{1};
    net::BlockingPool pool_{1};
    std::unique_ptr<storage::Engine> engine_;
    std::optional<HookedStore> store_;
    BucketRegistry buckets_;
    storage::ReadPins pins_;
    MasterKeys master_keys_ = *MasterKeys::parse(MasterKeys::new_line(random_));
    auth::CredentialStore credentials_{{{.access_key_id = access_key(kOwner),
                                         .secret = "secret",
                                         .account_id = std::string(kOwner)},
                                        {.access_key_id = access_key(kOther),
                                         .secret = "secret",
                                         .account_id = std::string(kOther),
                                         .email = "other@example.com"}},
                                       false};
    std::optional<Services> services_;
    std::optional<S3Api> api_;
    bool answered_now_ = false;  // the last request
};

}  // namespace tarn::s3
