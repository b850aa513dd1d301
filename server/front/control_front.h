// Requests to the control APIs (CloudFront).
//
// These services sign the body itself, so a signature is judged when the body is there.  What can
// be judged without it (scope, date, whether the key exists, and the whole signature where the
// request names its body's hash) is judged before a byte of it is read.

#pragma once

#include "common/net/exchange.h"
#include "server/auth/authenticate.h"
#include "server/cloudfront/control_api.h"
#include "server/front/control_body.h"

#include <memory>
#include <optional>
#include <vector>

namespace tarn::front {

// Shared by all loops.
class ControlFront {
  public:
    ControlFront(cloudfront::ControlApi& cloudfront, const auth::CredentialStore& credentials,
                 const Clock& clock, Random& random, std::size_t loop_count,
                 std::size_t max_body_bytes = kMaxControlBytes);

    // For a request whose credential names a control service.
    net::Task<> handle(net::Exchange& exchange);
    void refuse(net::Exchange& exchange, const aws::AuthError& error);

  private:
    using Authenticated = Result<auth::Authentication, aws::AuthError>;
    Authenticated authenticate(net::Exchange& exchange, const aws::SignedRequest& request,
                               std::string_view body_sha256);
    // Nothing where the signature has to wait for the body.
    Result<std::optional<auth::Authentication>, aws::AuthError> judge_head(
        net::Exchange& exchange, const aws::SignedRequest& request);

    cloudfront::ControlApi& cloudfront_;
    const auth::CredentialStore& credentials_;
    const Clock& clock_;
    Random& random_;
    BodyBudget budget_;
    std::vector<std::unique_ptr<auth::Authenticator>> authenticators_;  // one per loop
};

}  // namespace tarn::front
