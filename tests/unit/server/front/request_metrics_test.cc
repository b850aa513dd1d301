#include "server/front/request_metrics.h"

#include "tests/support/net/fake_exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::front {
namespace {

using testing::HasSubstr;

class Answered {
  public:
    Answered(int status, std::string_view body) {
        exchange_.head().begin_response(status);
        exchange_.respond(body, nullptr);
    }
    operator net::Exchange&() { return exchange_; }

  private:
    test::FakeExchange exchange_{"GET / HTTP/1.1\r\nHost: a\r\n\r\n"};
};

TEST(ApiMetrics, CountsByOperationAndClassOfStatus) {
    ApiMetrics metrics("test", {"First", "Second"});
    Answered good(206, "12345");
    Answered denied(403, "");
    metrics.count(1, good, std::chrono::milliseconds(3));
    metrics.count(1, good, std::chrono::milliseconds(3));
    metrics.count(ApiMetrics::kNoOperation, denied, std::chrono::milliseconds(3));
    metrics.count_malformed();
    const std::string text = write_metrics();
    for (const char* line : {R"(tarn_requests_total{api="test",operation="Second",status="2xx"} 2)",
                             R"(tarn_requests_total{api="test",operation="none",status="4xx"} 1)",
                             R"(tarn_response_body_bytes_total{api="test"} 10)",
                             R"(tarn_refused_requests_total{api="test",reason="denied"} 1)",
                             R"(tarn_refused_requests_total{api="test",reason="malformed"} 1)",
                             R"(tarn_request_duration_seconds_count{api="test"} 3)"}) {
        EXPECT_THAT(text, HasSubstr(line));
    }
    EXPECT_THAT(text, Not(HasSubstr(R"(operation="First")")));
}

TEST(ServerMetrics, TellTheVersionTheProcessAndWhatIsAskedFor) {
    add_server_metrics({.api_connections = [] { return 2.0; },
                        .admin_connections = [] { return 1.0; },
                        .connected_edges = [] { return 3.0; },
                        .missing_edges = [] { return 4.0; }});
    const std::string text = write_metrics();
    for (const char* line :
         {R"(tarn_build_info{version=")" TARN_VERSION R"("} 1)",
          R"(tarn_connections{port="api"} 2)", R"(tarn_edges{state="missing"} 4)",
          "process_resident_memory_bytes ", "process_start_time_seconds "}) {
        EXPECT_THAT(text, HasSubstr(line));
    }
}

}  // namespace
}  // namespace tarn::front
