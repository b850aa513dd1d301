// The admin port: metrics and health for monitoring, the log for edges, the admin API for `tarn`.
//
//   /healthz /livez /readyz       open
//   /metrics                      open (loopback unless told otherwise)
//   /_ctl/…                       edges, by their token (cloudfront/edge_log.h)
//   /api/v1/…                     `tarn`, by the admin token (keys/admin-token)
//   POST /api/v1/reset            the same; there only with --test-reset

#pragma once

#include "common/net/blocking_pool.h"
#include "common/net/exchange.h"
#include "server/cloudfront/control_api.h"
#include "server/s3/refusals.h"
#include "server/storage/engine.h"

#include <atomic>
#include <functional>
#include <optional>
#include <string>

namespace tarn::console {

struct AdminOptions {
    std::string token;  // of the admin API
    // Removes all that is stored; says what went wrong, if anything did.  Blocks.  Empty: the
    // server has no such endpoint.
    std::function<std::optional<std::string>()> reset;
};

class AdminFront final : public net::Handler {
  public:
    AdminFront(storage::Engine& engine, Clock& clock, net::BlockingPool& pool,
               cloudfront::ControlApi& control, const s3::RefusalLog& refusals,
               AdminOptions options)
        : engine_(engine),
          clock_(clock),
          pool_(pool),
          control_(control),
          refusals_(refusals),
          options_(std::move(options)) {}

    net::Task<> handle(net::Exchange& exchange) override;
    void handle_refused(net::Exchange& exchange, http::HeadError error) override;

    // Until set, /readyz is red.
    void set_ready() { ready_ = true; }

  private:
    net::Task<> answer_api(net::Exchange& exchange, std::string_view path);
    net::Task<> answer_distributions(net::Exchange& exchange);
    net::Task<> answer_scrub(net::Exchange& exchange);
    net::Task<> answer_reset(net::Exchange& exchange);
    void answer_explain(net::Exchange& exchange, std::string_view request_id);
    bool authorized(const net::Exchange& exchange) const;

    storage::Engine& engine_;
    Clock& clock_;
    net::BlockingPool& pool_;
    cloudfront::ControlApi& control_;
    const s3::RefusalLog& refusals_;
    AdminOptions options_;
    std::atomic<bool> ready_{false};
};

}  // namespace tarn::console
