#include "server/s3/refusals.h"

#include "common/aws/explain.h"

#include <algorithm>

namespace tarn::s3 {
namespace {

std::string proved_cause(const aws::SignedRequest& request,
                         const auth::CredentialStore& credentials) {
    const auto carrier = aws::find_credential_carrier(request.head, request.query);
    if (!carrier) return {};
    if (*carrier != aws::CredentialCarrier::HeaderV4 &&
        *carrier != aws::CredentialCarrier::QueryV4) {
        return {};
    }
    const auto claimed = aws::parse_sigv4(request, *carrier);
    if (!claimed) return {};
    const auto credential = credentials.find(claimed->access_key_id());
    if (!credential) return {};
    const std::array<std::string_view, 3> hosts = {"127.0.0.1:9000", "localhost:9000", "localhost"};
    const auto cause = aws::explain_signature({.request = request,
                                               .credentials = *claimed,
                                               .secret = credential->secret,
                                               .hosts = hosts});
    return cause ? cause->text : std::string{};
}

}  // namespace

void RefusalLog::add(Refusal refusal) {
    const std::lock_guard lock(mutex_);
    if (ring_.size() < kCapacity) {
        ring_.push_back(std::move(refusal));
        return;
    }
    ring_[next_] = std::move(refusal);
    next_ = (next_ + 1) % kCapacity;
}

std::optional<Refusal> RefusalLog::find(std::string_view request_id) const {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(ring_, request_id, &Refusal::request_id);
    if (found == ring_.end()) return std::nullopt;
    return *found;
}

Refusal explain_refusal(const aws::SignedRequest& request, const aws::AuthError& error,
                        const auth::CredentialStore& credentials, std::string request_id) {
    Refusal refusal{.request_id = std::move(request_id),
                    .method = std::string(request.head.method_text),
                    .target = std::string(request.head.target),
                    .code = std::string(error.code),
                    .message = error.message,
                    .details = error.details};
    if (error.fault == aws::AuthFault::SignatureDoesNotMatch) {
        refusal.cause = proved_cause(request, credentials);
    }
    return refusal;
}

}  // namespace tarn::s3
