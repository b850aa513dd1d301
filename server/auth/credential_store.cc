#include "server/auth/credential_store.h"

#include "common/base/text.h"
#include "common/crypto/digest.h"

#include <algorithm>

namespace tarn::auth {
namespace {

constexpr std::string_view kDefaultDisplayName = "tarn";
constexpr std::string_view kAnonymousCanonicalId = "65a011a29cdf8ec533ec3d1ccaae921c";
constexpr std::string_view kLogDeliveryCanonicalId =
    "3272ee65a908a7677109fedda345db8d9554ba26398b2ca10581de88777e2b61";

bool is_account_id(std::string_view text) {
    return text.size() == 12 && std::ranges::all_of(text, is_digit);
}

}  // namespace

std::string canonical_id_of(std::string_view account_id) {
    if (account_id == kAnonymousAccountId) return std::string(kAnonymousCanonicalId);
    if (account_id == kLogDeliveryAccountId) return std::string(kLogDeliveryCanonicalId);
    return crypto::sha256_hex(std::string("tarn canonical user ").append(account_id));
}

std::optional<ConfiguredCredential> parse_credential_option(std::string_view text) {
    const auto members = split(text, ':');
    if (members.size() < 2 || members.size() > 5) return std::nullopt;
    if (members[0].empty() || members[1].empty()) return std::nullopt;
    ConfiguredCredential credential{.access_key_id = std::string(members[0]),
                                    .secret = std::string(members[1])};
    if (members.size() > 2) {
        if (!is_account_id(members[2])) return std::nullopt;
        credential.account_id = members[2];
    }
    if (members.size() > 3) credential.display_name = members[3];
    if (members.size() > 4) credential.email = members[4];
    return credential;
}

CredentialStore::CredentialStore(const std::vector<ConfiguredCredential>& credentials,
                                 bool accept_any_pair)
    : accept_any_pair_(accept_any_pair) {
    for (const ConfiguredCredential& configured : credentials) {
        Identity identity{.kind = PrincipalKind::Account,
                          .access_key_id = configured.access_key_id,
                          .account = account_of(configured)};
        credentials_.insert_or_assign(configured.access_key_id,
                                      Credential{configured.secret, std::move(identity)});
    }
    // Last, so that a credential can give it a name.
    default_account_ = account_of({.account_id = std::string(kDefaultAccountId)});
}

std::shared_ptr<const Account> CredentialStore::account_of(const ConfiguredCredential& credential) {
    auto& account = accounts_[credential.account_id];
    if (!account) {
        account = std::make_shared<const Account>(Account{
            .id = credential.account_id,
            .canonical_id = canonical_id_of(credential.account_id),
            .display_name = credential.display_name.empty() ? std::string(kDefaultDisplayName)
                                                            : credential.display_name,
            .email = credential.email});
    }
    return account;
}

std::optional<Credential> CredentialStore::find(std::string_view access_key_id) const {
    if (hook_) {
        if (auto minted = hook_(access_key_id)) return minted;
    }
    if (const auto found = credentials_.find(access_key_id); found != credentials_.end()) {
        return found->second;
    }
    if (!accept_any_pair_ || access_key_id.empty()) return std::nullopt;
    return Credential{.secret = std::string(access_key_id),
                      .identity = {.kind = PrincipalKind::Account,
                                   .access_key_id = std::string(access_key_id),
                                   .account = default_account_}};
}

std::shared_ptr<const Account> CredentialStore::find_account(std::string_view account_id) const {
    const auto found = accounts_.find(account_id);
    return found == accounts_.end() ? nullptr : found->second;
}

std::shared_ptr<const Account> CredentialStore::find_account_by_canonical_id(
    std::string_view id) const {
    for (const auto& [account_id, account] : accounts_) {
        if (account->canonical_id == id) return account;
    }
    return nullptr;
}

std::shared_ptr<const Account> CredentialStore::find_account_by_email(
    std::string_view email) const {
    for (const auto& [account_id, account] : accounts_) {
        if (!account->email.empty() && iequals(account->email, email)) return account;
    }
    return nullptr;
}

}  // namespace tarn::auth
