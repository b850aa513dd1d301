// Which access keys there are, whose they are, and their secrets.

#pragma once

#include "server/auth/identity.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::auth {

inline constexpr std::string_view kDefaultAccountId = "000000000000";

// The canonical user id of an account: 64 hex digits, the same on every machine; for
// kAnonymousAccountId and kLogDeliveryAccountId those of AWS's.
std::string canonical_id_of(std::string_view account_id);

struct ConfiguredCredential {
    std::string access_key_id;
    std::string secret;
    std::string account_id{kDefaultAccountId};
    std::string display_name;  // of the account; empty: "tarn"
    std::string email;         // of the account; may be empty
};

// "KEY:SECRET[:ACCOUNT[:NAME[:EMAIL]]]"; nothing if malformed.
std::optional<ConfiguredCredential> parse_credential_option(std::string_view text);

struct Credential {
    std::string secret;
    Identity identity;
};

// Immutable after start but for the hook, so lookups need no lock.  Thread-safe.
class CredentialStore {
  public:
    // accept_any_pair: every access key whose secret equals it belongs to the default account (the
    // rule of loopback servers, DESIGN 1).
    CredentialStore(const std::vector<ConfiguredCredential>& credentials, bool accept_any_pair);

    std::optional<Credential> find(std::string_view access_key_id) const;
    std::shared_ptr<const Account> find_account(std::string_view account_id) const;
    // Null: no account that is configured has it.
    std::shared_ptr<const Account> find_account_by_canonical_id(std::string_view id) const;
    std::shared_ptr<const Account> find_account_by_email(std::string_view email) const;
    std::shared_ptr<const Account> default_account() const { return default_account_; }

    // Keys that another part mints (the edges' signing keys); asked first.
    using Hook = std::function<std::optional<Credential>(std::string_view access_key_id)>;
    void set_hook(Hook hook) { hook_ = std::move(hook); }

  private:
    std::shared_ptr<const Account> account_of(const ConfiguredCredential& credential);

    std::map<std::string, std::shared_ptr<const Account>, std::less<>> accounts_;
    std::map<std::string, Credential, std::less<>> credentials_;
    std::shared_ptr<const Account> default_account_;
    bool accept_any_pair_;
    Hook hook_;
};

}  // namespace tarn::auth
