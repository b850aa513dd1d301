// SigV4 signing keys: HMAC-SHA256 keys derived from a secret for one day, region and service.

#pragma once

#include "common/crypto/digest.h"

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tarn::aws {

// Shared, because the body of a request may outlive the cache's entry.
using SigningKey = std::shared_ptr<const crypto::HmacSha256Key>;

// What a signing key is good for; day is "YYYYMMDD".
struct KeyScope {
    std::string_view day;
    std::string_view region;
    std::string_view service;
};

// Four chained HMACs; about 3 us.
SigningKey derive_signing_key(std::string_view secret, const KeyScope& scope);

// Lower-case hex of the HMAC, 64 characters.
using SignatureHex = std::array<char, 64>;
SignatureHex sign_hex(const crypto::HmacSha256Key& key, std::string_view text);
inline std::string_view view(const SignatureHex& signature) {
    return {signature.data(), signature.size()};
}

// Signing keys by access key id and scope.  Not thread-safe: one per loop.
//
// The scope is what the request claims, so an entry is stored only after a signature made with it
// was right: nobody without the secret can fill the cache.  Holds two generations of at most
// `generation_size` entries; an entry not used for a whole generation is dropped.
class SigningKeyCache {
  public:
    static constexpr std::size_t kDefaultGenerationSize = 1024;

    explicit SigningKeyCache(std::size_t generation_size = kDefaultGenerationSize)
        : generation_size_(generation_size) {}

    // nullptr if absent, or if it was made from another secret (the key was replaced).
    SigningKey find(std::string_view access_key_id, std::string_view secret, const KeyScope& scope);
    void store(std::string_view access_key_id, std::string_view secret, const KeyScope& scope,
               SigningKey key);
    std::size_t size() const { return young_.size() + old_.size(); }

  private:
    struct Entry {
        std::string secret;
        SigningKey key;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    using Map = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

    std::string_view entry_name(std::string_view access_key_id, const KeyScope& scope);
    void make_room();

    std::size_t generation_size_;
    Map young_;
    Map old_;
    std::string name_;  // reused
};

}  // namespace tarn::aws
