#include "common/crypto/aes_gcm.h"

#include "common/base/encoding.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tarn::crypto {
namespace {

SecretKey key_of(std::string_view hex) {
    return *SecretKey::of(*from_hex(hex));
}
GcmNonce nonce_of(std::string_view hex) {
    GcmNonce nonce{};
    std::ranges::copy(*from_hex(hex), nonce.begin());
    return nonce;
}

// The GCM specification (McGrew, Viega), appendix B, test case 16.
constexpr std::string_view kKey =
    "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
constexpr std::string_view kNonce = "cafebabefacedbaddecaf888";
constexpr std::string_view kPlain =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b5"
    "25b16aedf5aa0de657ba637b39";
constexpr std::string_view kContext = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
constexpr std::string_view kSealed =
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10568288"
    "38"
    "c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b";

TEST(AesGcm, SealsAsTheSpecificationSays) {
    const std::string plain = *from_hex(kPlain);
    std::string sealed(plain.size() + kGcmTagBytes, '\0');
    AesGcm cipher(key_of(kKey));
    for (int round = 0; round < 2; ++round) {
        cipher.seal(nonce_of(kNonce), *from_hex(kContext), plain, sealed);
        EXPECT_EQ(to_hex(sealed), kSealed);
        std::string opened(plain.size(), '\0');
        EXPECT_TRUE(cipher.open(nonce_of(kNonce), *from_hex(kContext), sealed, opened));
        EXPECT_EQ(opened, plain);
    }
}

TEST(AesGcm, NoBitMayBeAnother) {
    const std::string sealed = *from_hex(kSealed);
    AesGcm cipher(key_of(kKey));
    std::string opened(sealed.size() - kGcmTagBytes, 'x');
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        std::string flipped = sealed;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        ASSERT_FALSE(cipher.open(nonce_of(kNonce), *from_hex(kContext), flipped, opened)) << bit;
        ASSERT_EQ(opened, std::string(opened.size(), '\0'));
    }
    EXPECT_FALSE(cipher.open(nonce_of(kNonce), "another", sealed, opened));
    EXPECT_FALSE(cipher.open({}, *from_hex(kContext), sealed, opened));
}

TEST(AesGcm, AnEmptyMessageIsATag) {
    std::string tag(kGcmTagBytes, '\0');
    AesGcm cipher(key_of(kKey));
    cipher.seal({}, {}, {}, tag);
    EXPECT_TRUE(cipher.open({}, {}, tag, {}));
    tag[0] = static_cast<char>(tag[0] ^ 1);
    EXPECT_FALSE(cipher.open({}, {}, tag, {}));
}

TEST(WrappedKey, OpensWithItsKeyAndContextOnly) {
    const SecretKey wrapping = key_of(kKey);
    const SecretKey key = key_of(std::string(64, 'a'));
    const std::string wrapped = wrap_key(wrapping, nonce_of(kNonce), "7/photo", key);
    EXPECT_EQ(wrapped.size(), kWrappedKeyBytes);
    const auto opened = unwrap_key(wrapping, "7/photo", wrapped);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->view(), key.view());
    EXPECT_FALSE(unwrap_key(wrapping, "7/photos", wrapped));
    EXPECT_FALSE(unwrap_key(key, "7/photo", wrapped));
    EXPECT_FALSE(unwrap_key(wrapping, "7/photo", wrapped.substr(1)));
    EXPECT_FALSE(unwrap_key(wrapping, "7/photo", ""));
}

TEST(SecretKeyTest, HasItsLength) {
    EXPECT_FALSE(SecretKey::of(std::string(31, 'k')));
    EXPECT_FALSE(SecretKey::of(std::string(33, 'k')));
    EXPECT_TRUE(SecretKey::of(std::string(32, 'k')));
}

}  // namespace
}  // namespace tarn::crypto
