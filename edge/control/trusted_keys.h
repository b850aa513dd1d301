// The public keys that a distribution's signed URLs and cookies are checked with, parsed once.

#pragma once

#include "common/cdn/distribution.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::edge {

enum class SignatureHash : std::uint8_t { Sha1, Sha256 };

// Immutable once built; const use is thread-safe.
class TrustedKeys {
  public:
    // Keys that cannot be parsed are left out, which makes them unknown.
    explicit TrustedKeys(std::span<const cdn::TrustedKey> keys);
    ~TrustedKeys();
    TrustedKeys(const TrustedKeys&) = delete;
    TrustedKeys& operator=(const TrustedKeys&) = delete;

    // Whether one of the groups has a key of that id.
    bool knows(std::span<const std::string> group_ids, std::string_view key_id) const;
    // Whether signature (raw bytes: RSA PKCS #1 v1.5, or ECDSA in DER) is the key's over message.
    bool verify(std::span<const std::string> group_ids, std::string_view key_id, SignatureHash hash,
                std::string_view message, std::string_view signature) const;

  private:
    struct Key;
    const Key* find(std::span<const std::string> group_ids, std::string_view key_id) const;
    std::vector<Key> keys_;
};

}  // namespace tarn::edge
