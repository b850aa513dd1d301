#include "common/base/encoding.h"

#include "tests/unit/common/base/seed.h"

#include <random>

#include <gtest/gtest.h>

namespace tarn {
namespace {

std::string all_bytes() {
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes += static_cast<char>(i);
    return bytes;
}

TEST(HexTest, WritesLowerCaseAndReadsEitherCase) {
    EXPECT_EQ(to_hex(""), "");
    EXPECT_EQ(to_hex(std::string_view("\x00\x0f\xa0\xff", 4)), "000fa0ff");
    EXPECT_EQ(from_hex("00aFAf"), std::string("\x00\xaf\xaf", 3));
    EXPECT_EQ(from_hex(""), "");
    EXPECT_EQ(from_hex(to_hex(all_bytes())), all_bytes());
}

TEST(HexTest, RefusesWhatIsNotHex) {
    for (const std::string_view text :
         {"a", "abc", "0g", "g0", "0x", " 0", "0 ", "+1", "@0", "`0"}) {
        EXPECT_EQ(from_hex(text), std::nullopt) << text;
    }
    EXPECT_EQ(from_hex(std::string_view("\0\0", 2)), std::nullopt);
}

// RFC 4648, section 10.
struct Base64Case {
    std::string_view bytes;
    std::string_view text;
};
const Base64Case kBase64Vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/"},
};

TEST(Base64Test, AgreesWithTheVectorsOfRfc4648) {
    for (const auto& [bytes, text] : kBase64Vectors) {
        EXPECT_EQ(to_base64(bytes), text);
        EXPECT_EQ(from_base64(text), bytes);
    }
}

TEST(Base64Test, RefusesWhatIsNotCanonical) {
    const std::string_view refused[] = {
        "Zg",      "Zg=",    "Zg===",    "Z===",     "====",         "=",    "A",
        "Zm8",     "Zm9vYg", "Zm9v====", "Zg==Zg==", "Zm8=Zm8=",     "Z=g=", "=Zm8",
        "Zh==",  // the low bits of the last digit are not zero
        "Zm9=",  // the same with one padding character
        "Zm9v\n",  " Zm9v",  "Zm9v ",    "Zm 9v===", "Zm9v\r\nZm9v", "Zm-v", "Zm_v",
        "Zm9\x80", "Zm9.",
    };
    for (const std::string_view text : refused)
        EXPECT_EQ(from_base64(text), std::nullopt) << text;
    EXPECT_EQ(from_base64(std::string_view("Zm9\0", 4)), std::nullopt);
}

// Whatever four characters are accepted, they are the only text of their value.
TEST(Base64Test, HasOneTextPerValueOnAllGroupsOfASmallAlphabet) {
    constexpr std::string_view kAlphabet = "AQgZ9+/= \x7f";
    int accepted = 0;
    for (const char a : kAlphabet) {
        for (const char b : kAlphabet) {
            for (const char c : kAlphabet) {
                for (const char d : kAlphabet) {
                    const std::string text{a, b, c, d};
                    const auto bytes = from_base64(text);
                    if (!bytes) continue;
                    ++accepted;
                    EXPECT_EQ(to_base64(*bytes), text);
                }
            }
        }
    }
    // Seven digits, of which only A, Q and g (0, 16 and 32) have the low bits zero that the last
    // digit before padding needs.
    EXPECT_EQ(accepted, 7 * 7 * 7 * 7 + 7 * 3 + 7 * 7 * 3);
}

TEST(Base64Test, RoundTripsRandomBytes) {
    const std::uint64_t seed = test_seed();
    SCOPED_TRACE(seed_message(seed));
    std::mt19937_64 random(seed);
    for (std::size_t size = 0; size < 200; ++size) {
        std::string bytes(size, '\0');
        for (char& c : bytes)
            c = static_cast<char>(random());
        ASSERT_EQ(from_base64(to_base64(bytes)), bytes);
    }
}

TEST(PercentEncodeTest, KeepsOnlyTheUnreservedCharacters) {
    constexpr std::string_view kUnreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    for (const char c : all_bytes()) {
        const std::string one(1, c);
        const std::string encoded = percent_encode(one, KeepSlash::No);
        if (kUnreserved.contains(c)) {
            EXPECT_EQ(encoded, one);
        } else {
            ASSERT_EQ(encoded.size(), 3u);
            EXPECT_EQ(encoded[0], '%');
            EXPECT_EQ(from_hex(encoded.substr(1)), one);
        }
        EXPECT_EQ(percent_encode(one, KeepSlash::Yes), c == '/' ? "/" : encoded);
        EXPECT_EQ(percent_decode(encoded), one);
    }
}

TEST(PercentEncodeTest, UsesUpperCaseAndAppends) {
    EXPECT_EQ(percent_encode("a b/\xc3\xbc+", KeepSlash::No), "a%20b%2F%C3%BC%2B");
    std::string out = "x=";
    percent_encode_to(out, "/a&", KeepSlash::Yes);
    EXPECT_EQ(out, "x=/a%26");
}

TEST(UrlEncodeListingTest, WritesAsS3Does) {
    EXPECT_EQ(url_encode_listing("a b/c*d+e~f-_."), "a+b/c*d%2Be~f-_.");
    EXPECT_EQ(url_encode_listing("\r\xff&<"), "%0D%FF%26%3C");
}

TEST(PercentDecodeTest, DecodesOnceAndKeepsThePlus) {
    EXPECT_EQ(percent_decode(""), "");
    EXPECT_EQ(percent_decode("a+b%20c"), "a+b c");
    EXPECT_EQ(percent_decode("%2525"), "%25");
    EXPECT_EQ(percent_decode("%c3%BC%00"), std::string("\xc3\xbc\0", 3));
    EXPECT_EQ(percent_decode(percent_encode(all_bytes(), KeepSlash::No)), all_bytes());
}

TEST(PercentDecodeTest, RefusesAPercentSignWithoutTwoDigits) {
    for (const std::string_view text :
         {"%", "%2", "a%", "%2g", "%g2", "%%20", "%+1", "%20%", "% 2"}) {
        EXPECT_EQ(percent_decode(text), std::nullopt) << text;
    }
    // Never looks past the end, where digits follow.
    EXPECT_EQ(percent_decode(std::string_view("a%20").substr(0, 3)), std::nullopt);
    EXPECT_EQ(percent_decode(std::string_view("a%20").substr(0, 2)), std::nullopt);
}

}  // namespace
}  // namespace tarn
