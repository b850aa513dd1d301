// Copies that take long answer 200 first, then blanks, then the result or an error.

#include "server/s3/slow_answer.h"

#include "tests/unit/server/s3/s3_under_test.h"

namespace tarn::s3 {
namespace {

constexpr std::string_view kDeclaration = R"(<?xml version="1.0" encoding="UTF-8"?>)"
                                          "\n";

class SlowAnswerTest : public S3Test {
  protected:
    SlowAnswerTest() : exchange_("PUT /b/k HTTP/1.1\r\nHost: h\r\n\r\n") {}

    net::Task<Outcome> answer_after(std::vector<std::chrono::seconds> steps,
                                    Result<std::string, Error> xml) {
        SlowAnswer answer(*services_, request_);
        for (const auto step : steps) {
            clock_.advance(step);
            if (!co_await answer.keep_alive()) co_return fail(s3_error(ErrorCode::RequestTimeout));
        }
        co_return co_await answer.finish(std::move(xml));
    }

    test::FakeExchange exchange_;
    Request request_{.exchange = exchange_, .head = exchange_.request(), .request_id = "ID"};
    const std::string document_ = std::string(kDeclaration) + "<CopyObjectResult/>";
};

using std::chrono::seconds;

TEST_F(SlowAnswerTest, WorkOfSecondsIsAnsweredAsUsual) {
    EXPECT_TRUE(run(answer_after({seconds(2), seconds(2)}, document_)).has_value());
    EXPECT_EQ(exchange_.written, document_);
    EXPECT_FALSE(exchange_.finished) << "not a stream";
}

TEST_F(SlowAnswerTest, AQuickErrorKeepsItsStatus) {
    const Outcome failed = run(answer_after({seconds(4)}, fail(no_such_key("k"))));
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code, ErrorCode::NoSuchKey);
    EXPECT_FALSE(exchange_.response_started());
}

TEST_F(SlowAnswerTest, LongWorkIsAnsweredWithBlanksBeforeTheResult) {
    const std::vector<seconds> steps = {seconds(5), seconds(4), seconds(1), seconds(60)};
    EXPECT_TRUE(run(answer_after(steps, document_)).has_value());
    EXPECT_EQ(exchange_.status(), 200);
    EXPECT_EQ(exchange_.written, std::string(kDeclaration) + "  <CopyObjectResult/>");
    EXPECT_TRUE(exchange_.finished);
}

TEST_F(SlowAnswerTest, ALateErrorStandsInTheBody) {
    request_.log_notes = std::make_shared<AccessLogNotes>(clock_);
    EXPECT_TRUE(
        run(answer_after({seconds(5)}, fail(s3_error(ErrorCode::PreconditionFailed)))).has_value());
    EXPECT_EQ(exchange_.status(), 200);
    EXPECT_TRUE(exchange_.written.starts_with(std::string(kDeclaration) +
                                              "<Error><Code>PreconditionFailed</Code>"))
        << exchange_.written;
    EXPECT_TRUE(exchange_.finished);
    EXPECT_EQ(request_.log_notes->error_code, "PreconditionFailed");
}

TEST_F(SlowAnswerTest, AClientThatIsGoneEndsTheWork) {
    exchange_.on_write = [] { return false; };
    EXPECT_FALSE(run(answer_after({seconds(5)}, document_)).has_value());
}

// On which every look takes three seconds.
class SlowClock final : public Clock {
  public:
    WallTime now() const override { return clock_.now(); }
    WallTime real_now() const override { return clock_.real_now(); }
    SteadyTime steady_now() const override {
        clock_.advance(seconds(3));
        return clock_.steady_now();
    }

  private:
    mutable ManualClock clock_;
};

TEST_F(SlowAnswerTest, ACopyOfALargeObjectKeepsTheConnectionAlive) {
    ASSERT_EQ(put("source", std::string(5u << 20, 'x')).status, 200);
    SlowClock slow;
    Services services{.metadata = *store_,
                      .blobs = engine_->blobs(),
                      .pool = pool_,
                      .clock = slow,
                      .random = random_,
                      .buckets = buckets_,
                      .pins = pins_,
                      .announce_trash = [] {},
                      .credentials = credentials_,
                      .master_keys = master_keys_};
    S3Api api(services, credentials_, clock_, S3Options{}, 1);
    const auto copy = [&](std::string target, int status) {
        test::FakeExchange exchange(
            head_of({.method = "PUT",
                     .target = std::move(target),
                     .headers = {{"x-amz-copy-source", "b/source"}, {"if-none-match", "*"}}}));
        run(api.handle(exchange));
        EXPECT_EQ(exchange.status(), status);
        EXPECT_EQ(exchange.finished, status == 200);
        return exchange.written;
    };
    const std::string written = copy("/b/k", 200);
    EXPECT_TRUE(written.starts_with(std::string(kDeclaration) + " <CopyObjectResult")) << written;
    EXPECT_EQ(send({.target = "/b/k"}).body.size(), 5u << 20);
    copy("/b/k", 412);  // known before the work begins
    store_->before_next_commit([&](storage::MetadataStore& store) {
        const auto made =
            storage::commit_and_wait(store, {.partition = buckets_.find("b")->partition(),
                                             .mutations = {{.table = storage::Table::Objects,
                                                            .key = "late",
                                                            .value = encode(ObjectRecord{})}}});
        EXPECT_TRUE(made.has_value());
    });
    const std::string late = copy("/b/late", 200);
    EXPECT_NE(late.find("<Error><Code>PreconditionFailed</Code>"), std::string::npos) << late;
}

}  // namespace
}  // namespace tarn::s3
