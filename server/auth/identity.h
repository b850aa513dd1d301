// Who signed a request.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::auth {

struct Account {
    std::string id;            // 12 digits
    std::string canonical_id;  // 64 hex digits
    std::string display_name;
    std::string email;  // may be empty
};

// Stands for an account where somebody without one owns an object.
inline constexpr std::string_view kAnonymousAccountId = "anonymous";
// Owns the logs that S3 delivers to buckets with ACLs; an account of AWS's own.
inline constexpr std::string_view kLogDeliveryAccountId = "s3-log-service";
// The service that delivers them.
inline constexpr std::string_view kLogDeliveryService = "logging.s3.amazonaws.com";

enum class PrincipalKind : std::uint8_t { Anonymous, Account, Service };

// The result of authentication; every handler takes one, so none can be called without it.
struct Identity {
    PrincipalKind kind = PrincipalKind::Anonymous;
    std::string access_key_id;
    std::shared_ptr<const Account> account;  // for Account
    std::string service;                     // for Service: "cloudfront.amazonaws.com"
    std::string source_arn;                  // for Service: aws:SourceArn

    bool anonymous() const { return kind == PrincipalKind::Anonymous; }
    // Empty for a service.
    std::string_view account_id() const {
        if (anonymous()) return kAnonymousAccountId;
        return account ? std::string_view(account->id) : std::string_view{};
    }
};

}  // namespace tarn::auth
