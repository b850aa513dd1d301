#include "common/aws/signing_key.h"

#include <utility>

namespace tarn::aws {

SigningKey derive_signing_key(std::string_view secret, const KeyScope& scope) {
    std::string key = "AWS4";
    key += secret;
    key = crypto::hmac_sha256(key, scope.day);
    key = crypto::hmac_sha256(key, scope.region);
    key = crypto::hmac_sha256(key, scope.service);
    key = crypto::hmac_sha256(key, "aws4_request");
    return std::make_shared<const crypto::HmacSha256Key>(key);
}

SignatureHex sign_hex(const crypto::HmacSha256Key& key, std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const crypto::Sha256Bytes bytes = key.sign(text);
    SignatureHex hex{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        hex[2 * i] = kDigits[bytes[i] >> 4];
        hex[2 * i + 1] = kDigits[bytes[i] & 15];
    }
    return hex;
}

std::string_view SigningKeyCache::entry_name(std::string_view access_key_id,
                                             const KeyScope& scope) {
    // None of the parts after the access key id can hold a '/', and none a line feed.
    name_.assign(access_key_id);
    for (const std::string_view part : {scope.day, scope.region, scope.service}) {
        name_.push_back('\n');
        name_.append(part);
    }
    return name_;
}

SigningKey SigningKeyCache::find(std::string_view access_key_id, std::string_view secret,
                                 const KeyScope& scope) {
    const std::string_view name = entry_name(access_key_id, scope);
    auto found = young_.find(name);
    if (found == young_.end()) {
        const auto aged = old_.find(name);
        if (aged == old_.end()) return nullptr;
        Entry entry = std::move(aged->second);
        old_.erase(aged);
        make_room();
        found = young_.insert_or_assign(std::string(name), std::move(entry)).first;
    }
    // Neither side is the client's, so nothing is learned from the time that this takes.
    if (found->second.secret != secret) return nullptr;
    return found->second.key;
}

void SigningKeyCache::store(std::string_view access_key_id, std::string_view secret,
                            const KeyScope& scope, SigningKey key) {
    make_room();
    young_.insert_or_assign(std::string(entry_name(access_key_id, scope)),
                            Entry{.secret = std::string(secret), .key = std::move(key)});
}

void SigningKeyCache::make_room() {
    if (young_.size() < generation_size_) return;
    old_ = std::move(young_);
    young_.clear();
}

}  // namespace tarn::aws
