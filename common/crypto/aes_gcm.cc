#include "common/crypto/aes_gcm.h"

#include "common/base/check.h"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace tarn::crypto {
namespace {

unsigned char* bytes_of(char* text) {
    return reinterpret_cast<unsigned char*>(text);
}
const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
int int_size(std::size_t size) {
    CHECK(size <= 1u << 30);
    return static_cast<int>(size);
}

// Looked up once: a look-up costs more than sealing a small message.
const EVP_CIPHER* cipher() {
    static const EVP_CIPHER* const found = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    CHECK(found != nullptr);
    return found;
}

}  // namespace

SecretKey::~SecretKey() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

std::optional<SecretKey> SecretKey::of(std::string_view bytes) {
    if (bytes.size() != kAesKeyBytes) return std::nullopt;
    SecretKey key;
    std::ranges::copy(bytes, key.bytes_.begin());
    return key;
}

struct AesGcm::State {
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { EVP_CIPHER_CTX_free(context); }

    // Of GCM both directions expand the key in the same way, so it is set once.
    void start(const GcmNonce& nonce, std::string_view associated, bool seals) const {
        CHECK(EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.data(), seals ? 1 : 0, nullptr) ==
              1);
        int done = 0;
        if (!associated.empty()) {
            CHECK(EVP_CipherUpdate(context, nullptr, &done, bytes_of(associated),
                                   int_size(associated.size())) == 1);
        }
    }
};

AesGcm::AesGcm(const SecretKey& key) : state_(new State) {
    CHECK(state_->context != nullptr);
    CHECK(EVP_CipherInit_ex2(state_->context, cipher(), bytes_of(key.view()), nullptr, 1,
                             nullptr) == 1);
}
AesGcm::~AesGcm() = default;
AesGcm::AesGcm(AesGcm&&) noexcept = default;
AesGcm& AesGcm::operator=(AesGcm&&) noexcept = default;

void AesGcm::seal(const GcmNonce& nonce, std::string_view context, std::string_view plain,
                  std::span<char> sealed) {
    CHECK(sealed.size() == plain.size() + kGcmTagBytes);
    EVP_CIPHER_CTX* const cipher_context = state_->context;
    state_->start(nonce, context, true);
    int done = 0;
    int rest = 0;
    CHECK(EVP_CipherUpdate(cipher_context, bytes_of(sealed.data()), &done, bytes_of(plain),
                           int_size(plain.size())) == 1);
    CHECK(EVP_CipherFinal_ex(cipher_context, bytes_of(sealed.data() + done), &rest) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(cipher_context, EVP_CTRL_AEAD_GET_TAG, kGcmTagBytes,
                              sealed.data() + plain.size()) == 1);
}

bool AesGcm::open(const GcmNonce& nonce, std::string_view context, std::string_view sealed,
                  std::span<char> plain) {
    CHECK(sealed.size() == plain.size() + kGcmTagBytes);
    EVP_CIPHER_CTX* const cipher_context = state_->context;
    state_->start(nonce, context, false);
    std::array<char, kGcmTagBytes> tag;
    std::ranges::copy(sealed.substr(plain.size()), tag.begin());
    int done = 0;
    int rest = 0;
    const bool good =
        EVP_CipherUpdate(cipher_context, bytes_of(plain.data()), &done, bytes_of(sealed),
                         int_size(plain.size())) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher_context, EVP_CTRL_AEAD_SET_TAG, kGcmTagBytes, tag.data()) == 1 &&
        EVP_CipherFinal_ex(cipher_context, bytes_of(plain.data() + done), &rest) == 1;
    if (!good) OPENSSL_cleanse(plain.data(), plain.size());
    return good;
}

std::string wrap_key(const SecretKey& wrapping, const GcmNonce& nonce, std::string_view context,
                     const SecretKey& key) {
    std::string wrapped(kWrappedKeyBytes, '\0');
    std::ranges::copy(nonce, wrapped.begin());
    AesGcm(wrapping).seal(nonce, context, key.view(),
                          std::span(wrapped).subspan(std::tuple_size_v<GcmNonce>));
    return wrapped;
}

std::optional<SecretKey> unwrap_key(const SecretKey& wrapping, std::string_view context,
                                    std::string_view wrapped) {
    if (wrapped.size() != kWrappedKeyBytes) return std::nullopt;
    GcmNonce nonce;
    std::copy_n(wrapped.begin(), nonce.size(), nonce.begin());
    SecretKey key;
    const std::span<char> plain(reinterpret_cast<char*>(key.bytes().data()), kAesKeyBytes);
    if (!AesGcm(wrapping).open(nonce, context, wrapped.substr(nonce.size()), plain)) {
        return std::nullopt;
    }
    return key;
}

}  // namespace tarn::crypto
