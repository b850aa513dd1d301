#include "common/crypto/digest.h"

#include "common/base/encoding.h"
#include "tests/unit/common/base/seed.h"

#include <random>

#include <gtest/gtest.h>
#include <openssl/hmac.h>

namespace tarn::crypto {
namespace {

std::string hex(const Sha256Bytes& bytes) {
    return to_hex(bytes);
}

struct DigestCase {
    DigestKind kind;
    std::string_view message;
    std::string_view hex;
};
// RFC 1321, appendix A.5; FIPS 180-4 examples.
const DigestCase kDigests[] = {
    {DigestKind::Md5, "", "d41d8cd98f00b204e9800998ecf8427e"},
    {DigestKind::Md5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
    {DigestKind::Sha1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {DigestKind::Sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {DigestKind::Sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {DigestKind::Sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {DigestKind::Sha256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {DigestKind::Sha512, "abc",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

TEST(DigestTest, GivesTheKnownDigestsTwiceInARow) {
    for (const auto& [kind, message, expected] : kDigests) {
        Digest digest(kind);
        for (int round = 0; round < 2; ++round) {
            digest.update(message);
            EXPECT_EQ(to_hex(digest.finish()), expected) << message;
        }
    }
}

TEST(DigestTest, OneShotsAgreeWithRunningDigests) {
    const std::uint64_t seed = test_seed();
    SCOPED_TRACE(seed_message(seed));
    std::mt19937_64 random(seed);
    for (std::size_t size = 0; size < 300; ++size) {
        std::string bytes(size, '\0');
        for (char& c : bytes)
            c = static_cast<char>(random());
        const auto running = [&](DigestKind kind) {
            Digest digest(kind);
            const std::size_t cut = random() % (size + 1);
            digest.update(std::string_view(bytes).substr(0, cut));
            Digest moved = std::move(digest);
            moved.update(std::string_view(bytes).substr(cut));
            return moved.finish();
        };
        ASSERT_EQ(md5(bytes), running(DigestKind::Md5));
        ASSERT_EQ(sha1(bytes), running(DigestKind::Sha1));
        ASSERT_EQ(sha256(bytes), running(DigestKind::Sha256));
        ASSERT_EQ(sha256_hex(bytes), to_hex(sha256(bytes)));
    }
}

struct HmacCase {
    std::string key;
    std::string message;
    std::string_view sha256_hex;
    std::string_view sha1_hex;
};

// RFC 4231 (SHA-256) and RFC 2202 (SHA-1), where they have the same input.
const HmacCase kHmacs[] = {
    {"Jefe", "what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
     "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
    {std::string(20, '\x0b'), "Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
     "b617318655057264e28bc0b6fb378c8ef146be00"},
    {std::string(20, '\xaa'), std::string(50, '\xdd'),
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
     "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
    // A key longer than a block.
    {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", ""},
    {std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First", "",
     "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
};

TEST(HmacTest, AgreesWithTheVectorsOfTheRfcs) {
    for (const HmacCase& each : kHmacs) {
        if (!each.sha256_hex.empty()) {
            EXPECT_EQ(to_hex(hmac_sha256(each.key, each.message)), each.sha256_hex);
            EXPECT_EQ(hex(HmacSha256Key(each.key).sign(each.message)), each.sha256_hex);
        }
        if (!each.sha1_hex.empty()) {
            EXPECT_EQ(to_hex(hmac_sha1(each.key, each.message)), each.sha1_hex);
        }
    }
}

// Key sizes around that of a block, against OpenSSL's own HMAC.
TEST(HmacTest, AKeySignsAnyNumberOfMessages) {
    for (const std::size_t key_size : {0u, 1u, 63u, 64u, 65u, 200u}) {
        const std::string text(key_size, 'k');
        HmacSha256Key original(text);
        const HmacSha256Key key = std::move(original);
        for (const std::size_t size : {0u, 1u, 55u, 56u, 64u, 1000u}) {
            const std::string message(size, 'm');
            Sha256Bytes expected{};
            ::HMAC(::EVP_sha256(), text.data(), static_cast<int>(text.size()),
                   reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                   expected.data(), nullptr);
            EXPECT_EQ(key.sign(message), expected);
            EXPECT_EQ(to_hex(hmac_sha256(text, message)), hex(expected));
        }
    }
}

}  // namespace
}  // namespace tarn::crypto
