#include "edge/control/trusted_keys.h"

#include "common/observe/log.h"

#include <algorithm>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace tarn::edge {
namespace {

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeKey>;

KeyHandle parse(const std::string& pem) {
    const std::unique_ptr<BIO, FreeBio> bio(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return KeyHandle(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
}

}  // namespace

struct TrustedKeys::Key {
    std::string group_id;
    std::string id;
    KeyHandle handle;
};

TrustedKeys::TrustedKeys(std::span<const cdn::TrustedKey> keys) {
    for (const cdn::TrustedKey& key : keys) {
        KeyHandle handle = parse(key.pem);
        if (!handle) {
            log_warning("public key {} cannot be parsed: what it signed is refused", key.key_id);
            continue;
        }
        keys_.push_back({key.key_group_id, key.key_id, std::move(handle)});
    }
}

TrustedKeys::~TrustedKeys() = default;

const TrustedKeys::Key* TrustedKeys::find(std::span<const std::string> group_ids,
                                          std::string_view key_id) const {
    for (const Key& key : keys_) {
        const bool trusted =
            std::find(group_ids.begin(), group_ids.end(), key.group_id) != group_ids.end();
        if (trusted && key.id == key_id) return &key;
    }
    return nullptr;
}

bool TrustedKeys::knows(std::span<const std::string> group_ids, std::string_view key_id) const {
    return find(group_ids, key_id) != nullptr;
}

bool TrustedKeys::verify(std::span<const std::string> group_ids, std::string_view key_id,
                         SignatureHash hash, std::string_view message,
                         std::string_view signature) const {
    const Key* key = find(group_ids, key_id);
    if (key == nullptr) return false;
    const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
    const EVP_MD* digest = hash == SignatureHash::Sha256 ? EVP_sha256() : EVP_sha1();
    if (EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key->handle.get()) != 1) {
        return false;
    }
    return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(),
                            reinterpret_cast<const unsigned char*>(message.data()),
                            message.size()) == 1;
}

}  // namespace tarn::edge
