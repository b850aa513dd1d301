#include "server/front/request_metrics.h"

#include <utility>

namespace tarn::front {
namespace {

constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;

Counter& refused(const std::string& api, const char* reason) {
    return counter("tarn_refused_requests_total",
                   "Requests refused: a malformed head, or a caller who may not.",
                   {{"api", api}, {"reason", reason}});
}

}  // namespace

ApiMetrics::ApiMetrics(std::string api, std::vector<std::string_view> operations)
    : api_(std::move(api)),
      operations_(std::move(operations)),
      counters_(operations_.size() + 1),
      seconds_(histogram("tarn_request_duration_seconds",
                         "From a request's head to its answer handed over.", kSecondsBuckets,
                         {{"api", api_}})),
      bytes_in_(counter("tarn_request_body_bytes_total",
                        "Bytes of request bodies of known length that were read to the end.",
                        {{"api", api_}})),
      bytes_out_(
          counter("tarn_response_body_bytes_total", "Bytes of response bodies.", {{"api", api_}})),
      malformed_(refused(api_, "malformed")),
      denied_(refused(api_, "denied")) {}

Counter& ApiMetrics::requests(std::size_t operation, int status) {
    const bool is_none = operation >= operations_.size();
    const std::size_t index = is_none ? operations_.size() : operation;
    const auto digit = static_cast<std::size_t>(status / 100);
    std::atomic<Counter*>& place = counters_[index][digit < kStatusClasses ? digit : 0];
    Counter* found = place.load(std::memory_order_acquire);
    if (!found) {
        found = &counter(
            "tarn_requests_total", "Requests answered, by operation and class of status.",
            {{"api", api_},
             {"operation", is_none ? std::string("none") : std::string(operations_[index])},
             {"status", std::to_string(digit) + "xx"}});
        place.store(found, std::memory_order_release);
    }
    return *found;
}

void ApiMetrics::count(std::size_t operation, net::Exchange& exchange,
                       std::chrono::nanoseconds took) {
    const int status = exchange.head().status();
    requests(operation, status).add();
    if (status == kUnauthorized || status == kForbidden) denied_.add();
    seconds_.observe(std::chrono::duration<double>(took).count());
    if (const std::uint64_t sent = exchange.bytes_sent(); sent > 0) bytes_out_.add(sent);
    const http::BodyFraming& framing = exchange.request().framing;
    if (framing.kind == http::BodyFraming::Kind::Length && exchange.body_finished()) {
        bytes_in_.add(framing.length);
    }
}

void add_server_metrics(const ServerGauges& gauges) {
    add_process_metrics();
    gauge_from("tarn_build_info", "Always 1; the label tells the version.",
               {{"version", TARN_VERSION}}, [] { return 1.0; });
    constexpr const char* kConnections = "tarn_connections";
    constexpr const char* kConnectionsHelp = "Open connections, by port.";
    gauge_from(kConnections, kConnectionsHelp, {{"port", "api"}}, gauges.api_connections);
    gauge_from(kConnections, kConnectionsHelp, {{"port", "admin"}}, gauges.admin_connections);
    constexpr const char* kEdges = "tarn_edges";
    constexpr const char* kEdgesHelp =
        "Registered edges; changes wait for those that are missing as well.";
    gauge_from(kEdges, kEdgesHelp, {{"state", "connected"}}, gauges.connected_edges);
    gauge_from(kEdges, kEdgesHelp, {{"state", "missing"}}, gauges.missing_edges);
}

}  // namespace tarn::front
