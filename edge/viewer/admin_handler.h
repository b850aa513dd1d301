// The edge's own listener, on loopback: what the cache did and why.
//
//   GET /metrics               counters in Prometheus' text form
//   GET /_edge/trace/<cf-id>   the trace of one request, JSON
//   GET /_edge/status          this edge, and what it knows, JSON
//   GET /health                200 once the edge has its configuration, 503 before

#pragma once

#include "common/net/exchange.h"
#include "edge/viewer/viewer_handler.h"

#include <functional>
#include <string>
#include <string_view>

namespace tarn::edge {

class AdminHandler final : public net::Handler {
  public:
    // All must outlive the handler.
    AdminHandler(ViewerHandler& viewers, net::Loops& loops) : viewers_(viewers), loops_(loops) {}

    net::Task<> handle(net::Exchange& exchange) override;
    void handle_refused(net::Exchange& exchange, http::HeadError error) override;

  private:
    net::Task<> answer_trace(net::Exchange& exchange, std::string_view id);
    std::string metrics_text() const;
    std::string status_json(std::size_t loop) const;

    ViewerHandler& viewers_;
    net::Loops& loops_;
};

}  // namespace tarn::edge
