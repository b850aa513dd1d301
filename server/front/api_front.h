// The port of the AWS APIs: tells by the credential scope which service a request is for (DESIGN 1)
// and hands it on.  Also answers the health paths that tools of other servers ask for.

#pragma once

#include "common/net/exchange.h"
#include "server/auth/authenticate.h"
#include "server/cloudfront/control_api.h"
#include "server/s3/s3_api.h"

#include <atomic>
#include <memory>
#include <vector>

namespace tarn::front {

class ApiFront final : public net::Handler {
  public:
    ApiFront(s3::S3Api& s3, cloudfront::ControlApi& cloudfront,
             const auth::CredentialStore& credentials, const Clock& clock,
             storage::MetadataStore& metadata, Random& random, std::size_t loop_count);

    bool handle_now(net::Exchange& exchange) override;
    net::Task<> handle(net::Exchange& exchange) override;
    void handle_refused(net::Exchange& exchange, http::HeadError error) override;

  private:
    net::Task<> handle_control(net::Exchange& exchange);
    void answer_health(net::Exchange& exchange);
    void refuse_control(net::Exchange& exchange, const aws::AuthError& error);

    s3::S3Api& s3_;
    cloudfront::ControlApi& cloudfront_;
    storage::MetadataStore& metadata_;
    Random& random_;
    std::vector<std::unique_ptr<auth::Authenticator>> authenticators_;  // one per loop
};

}  // namespace tarn::front
