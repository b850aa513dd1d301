#include "common/crypto/digest.h"

#include "common/base/encoding.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

// The low-level interface, deprecated since OpenSSL 3.0, and not EVP: its contexts are plain
// structs, so that a digest costs no allocation and no look-up of an algorithm, and the state after
// an HMAC key's pad is copied by assignment (EVP_MD_CTX_copy_ex allocates).  The block functions
// below are the same (SHA-NI, AVX2).  None of these functions can fail.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace tarn::crypto {
namespace {

template <class Context, std::size_t kDigestBytes, std::size_t kHashBlockBytes,
          int (*kInit)(Context*), int (*kUpdate)(Context*, const void*, std::size_t),
          int (*kFinal)(unsigned char*, Context*)>
class Hash {
  public:
    static constexpr std::size_t kBytes = kDigestBytes;
    static constexpr std::size_t kBlockBytes = kHashBlockBytes;
    using Bytes = std::array<std::uint8_t, kBytes>;

    Hash() { kInit(&context_); }
    void update(const void* bytes, std::size_t size) { kUpdate(&context_, bytes, size); }
    void update(std::string_view bytes) { update(bytes.data(), bytes.size()); }
    // Writes kBytes bytes; afterwards only assignment is allowed.
    void finish(std::uint8_t* digest) { kFinal(digest, &context_); }
    Bytes finish() {
        Bytes digest;
        finish(digest.data());
        return digest;
    }

  private:
    Context context_;
};

using Md5 = Hash<MD5_CTX, MD5_DIGEST_LENGTH, MD5_CBLOCK, MD5_Init, MD5_Update, MD5_Final>;
using Sha1 = Hash<SHA_CTX, SHA_DIGEST_LENGTH, SHA_CBLOCK, SHA1_Init, SHA1_Update, SHA1_Final>;
using Sha256 =
    Hash<SHA256_CTX, SHA256_DIGEST_LENGTH, SHA256_CBLOCK, SHA256_Init, SHA256_Update, SHA256_Final>;
using Sha512 =
    Hash<SHA512_CTX, SHA512_DIGEST_LENGTH, SHA512_CBLOCK, SHA512_Init, SHA512_Update, SHA512_Final>;

template <class Bytes>
std::string to_string(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class H>
std::string digest_of(std::string_view bytes) {
    H hash;
    hash.update(bytes);
    return to_string(hash.finish());
}

// HMAC (RFC 2104): the hash states after the key's inner and outer pad.
template <class H>
struct HmacPads {
    explicit HmacPads(std::string_view key) {
        std::array<std::uint8_t, H::kBlockBytes> block{};
        if (key.size() > block.size()) {
            H hash;
            hash.update(key);
            hash.finish(block.data());
        } else {
            std::copy(key.begin(), key.end(), block.begin());
        }
        for (std::uint8_t& byte : block)
            byte ^= kInnerPad;
        inner.update(block.data(), block.size());
        for (std::uint8_t& byte : block)
            byte ^= kInnerPad ^ kOuterPad;
        outer.update(block.data(), block.size());
        OPENSSL_cleanse(block.data(), block.size());
    }
    typename H::Bytes sign(std::string_view bytes) const {
        H hash = inner;
        hash.update(bytes);
        const auto inner_digest = hash.finish();
        hash = outer;
        hash.update(inner_digest.data(), inner_digest.size());
        return hash.finish();
    }

    static constexpr std::uint8_t kInnerPad = 0x36;
    static constexpr std::uint8_t kOuterPad = 0x5c;
    H inner;
    H outer;
};

using AnyHash = std::variant<Md5, Sha1, Sha256, Sha512>;

AnyHash start(DigestKind kind) {
    switch (kind) {
        case DigestKind::Md5:
            return Md5();
        case DigestKind::Sha1:
            return Sha1();
        case DigestKind::Sha256:
            return Sha256();
        case DigestKind::Sha512:
            return Sha512();
    }
    std::unreachable();
}

}  // namespace

#pragma GCC diagnostic pop

struct Digest::State {
    DigestKind kind;
    AnyHash hash;
};

Digest::Digest(DigestKind kind) : state_(new State{kind, start(kind)}) {}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::update(std::string_view bytes) {
    std::visit([&](auto& hash) { hash.update(bytes); }, state_->hash);
}

std::string Digest::finish() {
    std::string digest =
        std::visit([](auto& hash) { return to_string(hash.finish()); }, state_->hash);
    state_->hash = start(state_->kind);
    return digest;
}

std::string md5(std::string_view bytes) {
    return digest_of<Md5>(bytes);
}

std::string sha1(std::string_view bytes) {
    return digest_of<Sha1>(bytes);
}

std::string sha256(std::string_view bytes) {
    return digest_of<Sha256>(bytes);
}

std::string sha256_hex(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return to_hex(hash.finish());
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    return to_string(HmacPads<Sha256>(key).sign(bytes));
}

std::string hmac_sha1(std::string_view key, std::string_view bytes) {
    return to_string(HmacPads<Sha1>(key).sign(bytes));
}

struct HmacSha256Key::State {
    HmacPads<Sha256> pads;
    // The states are as good as the key.
    ~State() { OPENSSL_cleanse(&pads, sizeof(pads)); }
};

HmacSha256Key::HmacSha256Key(std::string_view key) : state_(new State{HmacPads<Sha256>(key)}) {}
HmacSha256Key::~HmacSha256Key() = default;
HmacSha256Key::HmacSha256Key(HmacSha256Key&&) noexcept = default;
HmacSha256Key& HmacSha256Key::operator=(HmacSha256Key&&) noexcept = default;

Sha256Bytes HmacSha256Key::sign(std::string_view bytes) const {
    return state_->pads.sign(bytes);
}

}  // namespace tarn::crypto
