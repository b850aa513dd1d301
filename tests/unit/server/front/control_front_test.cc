// What a request to the CloudFront API must show before its body is read, and what its signature
// must cover.

#include "server/front/control_front.h"

#include "common/aws/sigv4_sign.h"
#include "common/crypto/digest.h"
#include "tests/support/net/fake_exchange.h"
#include "tests/unit/server/cloudfront/control_fixture.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace tarn::front {
namespace {

constexpr std::string_view kPath = "/2020-05-31/distribution";
constexpr std::string_view kHost = "127.0.0.1:9000";

class ControlFrontTest : public cloudfront::ControlTest {
  protected:
    using Fields = std::vector<std::pair<std::string, std::string>>;

    static std::string head_of(std::string_view target, const Fields& fields, std::size_t length) {
        std::string head = "POST " + std::string(target) +
                           " HTTP/1.1\r\nHost: " + std::string(kHost) +
                           "\r\nContent-Length: " + std::to_string(length) + "\r\n";
        for (const auto& [name, value] : fields)
            head.append(name).append(": ").append(value).append("\r\n");
        return head + "\r\n";
    }
    aws::SigningCredentials credentials_of(std::string_view key, std::string_view service) const {
        return {.access_key_id = key,
                .secret = "secret",
                .security_token = {},
                .region = "us-east-1",
                .service = service};
    }
    // With the body's hash in a header.
    std::string signed_head(std::string_view payload_hash, std::size_t length,
                            std::string_view key = "known") {
        return head_of(kPath,
                       aws::sign_request({.method = "POST",
                                          .target = kPath,
                                          .host = kHost,
                                          .headers = {},
                                          .payload_hash = payload_hash},
                                         credentials_of(key, "cloudfront"), clock_.now()),
                       length);
    }
    // Without: the signature covers the hash, and nothing in the head says which.
    std::string presigned_head(std::string_view payload_hash, std::size_t length,
                               std::string_view key = "known",
                               std::string_view service = "cloudfront") {
        return head_of(aws::presign_target({.method = "POST",
                                            .target = kPath,
                                            .host = kHost,
                                            .headers = {},
                                            .payload_hash = payload_hash},
                                           credentials_of(key, service), clock_.now(),
                                           std::chrono::seconds(60)),
                       {}, length);
    }

    struct Outcome {
        int status = 0;
        std::string body;
        bool body_was_read = false;
    };
    Outcome send(const std::string& head, const std::string& body,
                 std::size_t max_body_bytes = kMaxControlBytes) {
        ControlFront front(*api_, credentials_, clock_, random_, 1, max_body_bytes);
        test::FakeExchange exchange(head, body, {});
        auto done = boost::asio::co_spawn(loop_, front.handle(exchange), boost::asio::use_future);
        loop_.restart();
        loop_.run();
        done.get();
        return {.status = exchange.head().status(),
                .body = exchange.written,
                .body_was_read = exchange.body_finished()};
    }

    boost::asio::io_context loop_{1};
    auth::CredentialStore credentials_{{{.access_key_id = "known", .secret = "secret"}}, false};
    const std::string config_ = cloudfront::minimal_config();
    const std::string hash_ = crypto::sha256_hex(config_);
};

TEST_F(ControlFrontTest, ARequestWhoseSignatureCoversItsBodyIsServed) {
    EXPECT_EQ(send(signed_head(hash_, config_.size()), config_).status, 201);
    const std::string other = cloudfront::minimal_config("r2");
    const Outcome outcome = send(presigned_head(crypto::sha256_hex(other), other.size()), other);
    EXPECT_EQ(outcome.status, 201) << outcome.body;
}

TEST_F(ControlFrontTest, ABodyThatTheSignatureDoesNotCoverIsRefused) {
    for (const char* word :
         {"UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
          "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
          "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "anything"}) {
        const Outcome outcome = send(signed_head(word, config_.size()), config_);
        EXPECT_GE(outcome.status, 400) << word;
        EXPECT_LT(outcome.status, 500) << word;
        EXPECT_FALSE(outcome.body_was_read) << word;
    }
    const std::string other = crypto::sha256_hex("another body");
    EXPECT_EQ(send(signed_head(other, config_.size()), config_).status, 403);
    EXPECT_EQ(send(presigned_head(other, config_.size()), config_).status, 403);
    EXPECT_EQ(call("GET", "/distribution").text("Quantity"), "0");
}

TEST_F(ControlFrontTest, NoByteIsReadForAnUnknownKeyAWrongServiceOrAnOldDate) {
    const std::size_t size = config_.size();
    const std::string old = presigned_head(hash_, size);
    for (const auto& [name, head] :
         {std::pair{"unknown key", presigned_head(hash_, size, "nobody")},
          std::pair{"unknown key with hash", signed_head(hash_, size, "nobody")},
          std::pair{"other service", presigned_head(hash_, size, "known", "s3")}}) {
        const Outcome outcome = send(head, config_);
        EXPECT_EQ(outcome.status, 403) << name << outcome.body;
        EXPECT_FALSE(outcome.body_was_read) << name;
    }
    clock_.advance(std::chrono::hours(1));
    const Outcome outcome = send(old, config_);
    EXPECT_EQ(outcome.status, 400) << outcome.body;  // RequestExpired
    EXPECT_FALSE(outcome.body_was_read);
}

TEST_F(ControlFrontTest, NoByteIsReadWhereTheHeadAloneProvesTheSignatureWrong) {
    std::string head = signed_head(hash_, config_.size());
    const std::size_t at = head.find("Signature=") + 10;
    head[at] = head[at] == '0' ? '1' : '0';
    const Outcome outcome = send(head, config_);
    EXPECT_EQ(outcome.status, 403) << outcome.body;
    EXPECT_FALSE(outcome.body_was_read);
}

TEST_F(ControlFrontTest, ABodyOfMoreThanAMebibyteIsNotReadButRefused) {
    const Outcome outcome = send(signed_head(hash_, kMaxControlBodyBytes + 1), config_);
    EXPECT_EQ(outcome.status, 413);
    EXPECT_FALSE(outcome.body_was_read);
}

TEST_F(ControlFrontTest, AllBodiesTogetherHaveALimit) {
    const Outcome outcome = send(signed_head(hash_, config_.size()), config_, config_.size() - 1);
    EXPECT_EQ(outcome.status, 503);
    EXPECT_NE(outcome.body.find("<Code>Throttling</Code>"), std::string::npos) << outcome.body;
    EXPECT_EQ(send(signed_head(hash_, config_.size()), config_, config_.size()).status, 201);
}

TEST(BodyBudget, TakesAllOrNothingAndGetsItBack) {
    BodyBudget budget(10);
    EXPECT_TRUE(budget.take(7));
    EXPECT_FALSE(budget.take(4));
    EXPECT_TRUE(budget.take(3));
    budget.give_back(7);
    EXPECT_EQ(budget.used(), 3u);
    EXPECT_TRUE(budget.take(7));
}

}  // namespace
}  // namespace tarn::front
