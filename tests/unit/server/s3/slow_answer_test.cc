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
    EXPECT_TRUE(
        run(answer_after({seconds(5)}, fail(s3_error(ErrorCode::PreconditionFailed)))).has_value());
    EXPECT_EQ(exchange_.status(), 200);
    EXPECT_TRUE(exchange_.written.starts_with(std::string(kDeclaration) +
                                              "<Error><Code>PreconditionFailed</Code>"))
        << exchange_.written;
    EXPECT_TRUE(exchange_.finished);
}

TEST_F(SlowAnswerTest, AClientThatIsGoneEndsTheWork) {
    exchange_.on_write = [] { return false; };
    EXPECT_FALSE(run(answer_after({seconds(5)}, document_)).has_value());
}

}  // namespace
}  // namespace tarn::s3
