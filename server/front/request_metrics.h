// Requests as /metrics shows them: how many, by operation and status; how long; how many bytes.

#pragma once

#include "common/net/exchange.h"
#include "common/observe/metrics.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::front {

// The metrics of one API.  count() takes no lock but at the first request of a kind.  Thread-safe.
class ApiMetrics {
  public:
    static constexpr std::size_t kNoOperation = static_cast<std::size_t>(-1);

    // operations: names of all operations; their places are what count() is told.
    ApiMetrics(std::string api, std::vector<std::string_view> operations);

    // After an answer.  operation: kNoOperation where the request is none.
    void count(std::size_t operation, net::Exchange& exchange, std::chrono::nanoseconds took);
    // A request whose head was refused.
    void count_malformed() { malformed_.add(); }

  private:
    static constexpr std::size_t kStatusClasses = 6;  // 1xx to 5xx by their digit; 0: none
    using ByStatus = std::array<std::atomic<Counter*>, kStatusClasses>;

    Counter& requests(std::size_t operation, int status);

    const std::string api_;
    const std::vector<std::string_view> operations_;
    std::vector<ByStatus> counters_;  // by operation, the last one for none; null until used
    Histogram& seconds_;
    Counter& bytes_in_;
    Counter& bytes_out_;
    Counter& malformed_;
    Counter& denied_;
};

// What the server tells besides: its version, its process, and values asked for when they are read.
// The functions are called from any thread as long as metrics are written.
struct ServerGauges {
    std::function<double()> api_connections;
    std::function<double()> admin_connections;
    std::function<double()> connected_edges;
    std::function<double()> missing_edges;  // registered, but not connected
};
void add_server_metrics(const ServerGauges& gauges);

}  // namespace tarn::front
