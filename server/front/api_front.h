// The port of the AWS APIs: tells by the credential scope which service a request is for (DESIGN 1)
// and hands it on.  Also answers the health paths that tools of other servers ask for.

#pragma once

#include "common/net/exchange.h"
#include "server/front/control_front.h"
#include "server/front/request_metrics.h"
#include "server/s3/s3_api.h"

namespace tarn::front {

class ApiFront final : public net::Handler {
  public:
    // s3_metrics: where s3 counts its answers (S3Options::on_answer).
    ApiFront(s3::S3Api& s3, ControlFront& control, storage::MetadataStore& metadata,
             ApiMetrics& s3_metrics);

    bool handle_now(net::Exchange& exchange) override;
    net::Task<> handle(net::Exchange& exchange) override;
    void handle_refused(net::Exchange& exchange, http::HeadError error) override;

  private:
    net::Task<> handle_control(net::Exchange& exchange);
    void answer_health(net::Exchange& exchange);

    s3::S3Api& s3_;
    ControlFront& control_;
    storage::MetadataStore& metadata_;
    ApiMetrics& s3_metrics_;
    ApiMetrics control_metrics_;
};

}  // namespace tarn::front
