// The S3 API: from a parsed request head to the operation that answers it.
//
// The order in which faults are reported: target, signature, bucket, an operation that is not
// implemented, access, then the operation's own (s3.md 3.2).

#pragma once

#include "common/net/exchange.h"
#include "server/auth/authenticate.h"
#include "server/s3/access_log_queue.h"
#include "server/s3/refusals.h"
#include "server/s3/request.h"
#include "server/s3/services.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tarn::s3 {

struct S3Options {
    std::vector<std::string> host_suffixes;
    std::string strict_region;  // empty: any region is accepted
    // Called after each answer, on its loop; may be empty.  operation: null where it is none.
    std::function<void(const OperationRow* operation, net::Exchange& exchange,
                       std::chrono::nanoseconds took)>
        on_answer;
    AccessLogQueue* access_log = nullptr;  // where buckets' records go; null: nothing is logged
};

// Shared by all loops.
class S3Api : private FormAuthenticator {
  public:
    S3Api(Services& services, const auth::CredentialStore& credentials, const Clock& clock,
          S3Options options, std::size_t loop_count);

    // Answers a small read at once; see net::Handler::handle_now().
    bool handle_now(net::Exchange& exchange);
    net::Task<> handle(net::Exchange& exchange);
    // A request whose head the gate refused.
    void handle_refused(net::Exchange& exchange, http::HeadError error);

    const RefusalLog& refusals() const { return refusals_; }

  private:
    Request new_request(net::Exchange& exchange);
    // Whether a refused signature is kept for `tarn explain`: not on the quick path, which only
    // looks whether it can answer.
    enum class KeepRefusals : std::uint8_t { No, Yes };
    // Where the request points (request.bucket, null if there is none) and what it asks for:
    // request.operation, null if nothing that S3 knows.  Trusts nothing.
    Result<void, Error> locate(Request& request) const;
    // Who asks for what, as far as there is such a thing.  For a located request; whether they may
    // is the next question (access.h).
    Result<void, Error> identify(Request& request, KeepRefusals keep);
    Result<void, Error> authenticate(Request& request, KeepRefusals keep);
    Result<void, Error> authenticate_form(Request& request, aws::FormFields fields) override;
    auth::AuthenticationRules authentication_rules(const Request& request) const;
    Error refused(const Request& request, aws::AuthError error, KeepRefusals keep);
    net::Task<Outcome> run(Request& request);
    // Has notes taken of a located request that a bucket logs.
    void begin_log_notes(Request& request) const;
    void note_answer(const Request& request, std::chrono::steady_clock::time_point began) const;

    Services& services_;
    const auth::CredentialStore& credentials_;
    S3Options options_;
    std::string host_id_;
    std::vector<std::unique_ptr<auth::Authenticator>> authenticators_;  // one per loop
    RefusalLog refusals_;
};

}  // namespace tarn::s3
