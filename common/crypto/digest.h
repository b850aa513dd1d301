// Message digests and HMAC, computed by OpenSSL.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tarn::crypto {

enum class DigestKind { Md5, Sha1, Sha256, Sha512 };

// A running digest.  Reusable: finish() returns the raw bytes and starts anew.  Not thread-safe.
class Digest {
  public:
    explicit Digest(DigestKind kind);
    ~Digest();
    Digest(Digest&&) noexcept;
    Digest& operator=(Digest&&) noexcept;
    void update(std::string_view bytes);
    std::string finish();  // raw bytes

  private:
    struct State;
    std::unique_ptr<State> state_;
};

using Sha256Bytes = std::array<std::uint8_t, 32>;

std::string md5(std::string_view bytes);     // raw, 16 bytes
std::string sha1(std::string_view bytes);    // raw, 20 bytes
std::string sha256(std::string_view bytes);  // raw, 32 bytes
std::string sha256_hex(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);  // raw
std::string hmac_sha1(std::string_view key, std::string_view bytes);    // raw

// HMAC-SHA256 under one key, with the key's pads hashed once: about 0.5 us a message.
// const use is thread-safe.
class HmacSha256Key {
  public:
    explicit HmacSha256Key(std::string_view key);
    ~HmacSha256Key();
    HmacSha256Key(HmacSha256Key&&) noexcept;
    HmacSha256Key& operator=(HmacSha256Key&&) noexcept;
    Sha256Bytes sign(std::string_view bytes) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tarn::crypto
