// The last refused signatures, with what `tarn explain` says about them.

#pragma once

#include "common/aws/auth_error.h"
#include "common/aws/sigv4.h"
#include "server/auth/credential_store.h"

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::s3 {

struct Refusal {
    std::string request_id;
    std::string method;
    std::string target;
    std::string code;
    std::string message;
    std::string cause;  // proved; empty where none was found
    std::vector<std::pair<std::string, std::string>> details;
};

// A ring; thread-safe.
class RefusalLog {
  public:
    static constexpr std::size_t kCapacity = 256;
    void add(Refusal refusal);
    std::optional<Refusal> find(std::string_view request_id) const;

  private:
    mutable std::mutex mutex_;
    std::vector<Refusal> ring_;
    std::size_t next_ = 0;
};

// The refusal of a request, with its proved cause where the signature is at fault and one is found.
Refusal explain_refusal(const aws::SignedRequest& request, const aws::AuthError& error,
                        const auth::CredentialStore& credentials, std::string request_id);

}  // namespace tarn::s3
