#include "common/http/chunked.h"

#include <string>

#include <gtest/gtest.h>

namespace tarn::http {
namespace {

using Error = ChunkedDecoder::Error;

struct Decoded {
    std::string body;
    std::size_t consumed = 0;
    bool done = false;
    std::optional<Error> error;
};

// Decodes input given in pieces of piece_size bytes.
Decoded decode(std::string_view input, std::size_t piece_size = SIZE_MAX) {
    Decoded decoded;
    ChunkedDecoder decoder;
    while (!input.empty() && !decoder.done()) {
        const std::string_view piece = input.substr(0, piece_size);
        const auto step = decoder.next(piece);
        if (!step) {
            decoded.error = step.error();
            return decoded;
        }
        decoded.body += step->body;
        decoded.consumed += step->consumed;
        input.remove_prefix(step->consumed);
        if (step->consumed == 0) break;
    }
    decoded.done = decoder.done();
    return decoded;
}

struct AcceptedCase {
    const char* name;
    std::string input;
    std::string body;
    std::size_t left = 0;  // bytes behind the end
};
class ChunkedAcceptedTest : public testing::TestWithParam<AcceptedCase> {};
TEST_P(ChunkedAcceptedTest, GivesTheBodyHoweverItArrives) {
    const auto& [name, input, body, left] = GetParam();
    for (const std::size_t piece_size :
         {SIZE_MAX, std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}}) {
        const Decoded decoded = decode(input, piece_size);
        EXPECT_EQ(decoded.error, std::nullopt);
        EXPECT_TRUE(decoded.done);
        EXPECT_EQ(decoded.body, body);
        EXPECT_EQ(decoded.consumed, input.size() - left);
    }
}
const std::string kLongExtension = ";" + std::string(kMaxChunkLineBytes - 3, 'e');
const AcceptedCase kAccepted[] = {
    {"Empty", "0\r\n\r\n", ""},
    {"ManyZeros", "0000000000000000\r\n\r\n", ""},
    {"OneChunk", "5\r\nhello\r\n0\r\n\r\n", "hello"},
    {"TwoChunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
    {"HexInBothCases", "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n", "01234567890123456789a"},
    {"LeadingZeros", "0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"},
    {"LineEndsInTheBody", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"},
    {"Extension", "5;a=b\r\nhello\r\n0;c\r\n\r\n", "hello"},
    {"QuotedExtension", "5;a=\"b;c \xc3\xa9\"\r\nhello\r\n0\r\n\r\n", "hello"},
    {"BlanksBehindSize", "5 \t\r\nhello\r\n0 \r\n\r\n", "hello"},
    {"BlanksAroundExtension", "5 ; a = b \r\nhello\r\n0\r\n\r\n", "hello"},
    {"LongestExtension", "5" + kLongExtension + "\r\nhello\r\n0\r\n\r\n", "hello"},
    {"LongestExtensionTwice", "5" + kLongExtension + "\r\nhello\r\n0" + kLongExtension + "\r\n\r\n",
     "hello"},
    {"Trailers", "5\r\nhello\r\n0\r\nHost: evil\r\nx-amz-acl: public-read\r\n\r\n", "hello"},
    {"LongestTrailer", "0\r\nA: " + std::string(kMaxChunkLineBytes - 4, 't') + "\r\n\r\n", ""},
    {"NextMessageStays", "1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n", "x", 16},
};
INSTANTIATE_TEST_SUITE_P(Chunked, ChunkedAcceptedTest, testing::ValuesIn(kAccepted),
                         [](const auto& info) { return std::string(info.param.name); });

struct RefusedCase {
    const char* name;
    std::string input;
    Error error = Error::Malformed;
};
class ChunkedRefusedTest : public testing::TestWithParam<RefusedCase> {};
TEST_P(ChunkedRefusedTest, IsRefusedHoweverItArrives) {
    for (const std::size_t piece_size : {SIZE_MAX, std::size_t{1}, std::size_t{3}}) {
        const Decoded decoded = decode(GetParam().input, piece_size);
        EXPECT_EQ(decoded.error, GetParam().error);
    }
}
const RefusedCase kRefused[] = {
    {"NoSize", "\r\nhello"},
    {"ExtensionWithoutSize", ";a\r\n"},
    {"NoHex", "g\r\n"},
    {"Sign", "+5\r\nhello\r\n"},
    {"Minus", "-1\r\n"},
    {"Prefix", "0x5\r\nhello\r\n"},
    {"BlankBeforeSize", " 5\r\nhello\r\n"},
    {"TwoSizes", "5 6\r\nhello\r\n"},
    {"SeventeenDigits", "00000000000000005\r\nhello\r\n"},
    {"Overflow", "10000000000000000\r\n"},
    {"BareLfBehindSize", "5\nhello\r\n"},
    {"BareCrBehindSize", "5\rhello"},
    {"TwoCrBehindSize", "5\r\r\nhello"},
    {"NulBehindSize", std::string("5\0\r\n", 4)},
    {"BareLfInExtension", "5;a\nhello"},
    {"NulInExtension", std::string("5;\0\r\n", 5)},
    {"DeleteInExtension", "5;\x7f\r\n"},
    {"BareCrInExtension", "5;a\rb\r\n"},
    {"DataTooLong", "5\r\nhello!\r\n"},
    {"DataTooShort", "5\r\nhell\r\n0\r\n\r\n"},
    {"BareLfBehindData", "5\r\nhello\n0\r\n\r\n"},
    {"BareCrBehindData", "5\r\nhello\r0\r\n\r\n"},
    {"BareLfAtTheEnd", "0\r\n\n"},
    {"BareCrAtTheEnd", "0\r\n\rx"},
    {"BareLfInTrailer", "0\r\nA: b\n\r\n"},
    {"BareCrInTrailer", "0\r\nA: b\rc\r\n\r\n"},
    {"NulInTrailer", std::string("0\r\nA: \0\r\n\r\n", 11)},
    {"FoldedTrailer", "0\r\nA: b\r\n c\r\n\r\n"},
    {"TrailerStartsWithBlank", "0\r\n A: b\r\n\r\n"},
    {"ExtensionTooLongByOne", "5" + kLongExtension + "e\r\n", Error::TooLong},
    {"ExtensionTooLong", "5" + kLongExtension + "ee\r\n", Error::TooLong},
    {"BlanksTooLong", "5" + std::string(kMaxChunkLineBytes, ' ') + "\r\n", Error::TooLong},
    {"TrailerTooLong", "0\r\nA: " + std::string(kMaxChunkLineBytes, 't'), Error::TooLong},
    {"TrailersTooLong",
     "0\r\nA: " + std::string(kMaxChunkLineBytes / 2, 't') +
         "\r\nB: " + std::string(kMaxChunkLineBytes / 2, 't') + "\r\n\r\n",
     Error::TooLong},
};
INSTANTIATE_TEST_SUITE_P(Chunked, ChunkedRefusedTest, testing::ValuesIn(kRefused),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ChunkedDecoderTest, IsNotDoneBeforeTheLastByte) {
    const std::string input = "5;x\r\nhello\r\n0\r\nT: t\r\n\r\n";
    for (std::size_t size = 0; size < input.size(); ++size) {
        const Decoded decoded = decode(std::string_view(input).substr(0, size));
        EXPECT_FALSE(decoded.done) << size;
        EXPECT_EQ(decoded.error, std::nullopt) << size;
        EXPECT_EQ(decoded.consumed, size);
    }
}

TEST(ChunkedDecoderTest, AcceptsTheLargestChunkSize) {
    ChunkedDecoder decoder;
    const auto step = decoder.next("ffffffffffffffff\r\nabc");
    ASSERT_TRUE(step);
    EXPECT_EQ(step->body, "abc");
    EXPECT_FALSE(decoder.done());
}

TEST(ChunkedDecoderTest, TakesNothingOnceDone) {
    ChunkedDecoder decoder;
    ASSERT_TRUE(decoder.next("0\r\n\r\n"));
    ASSERT_TRUE(decoder.done());
    const auto step = decoder.next("5\r\n");
    ASSERT_TRUE(step);
    EXPECT_EQ(step->consumed, 0u);
    decoder.reset();
    EXPECT_FALSE(decoder.done());
    EXPECT_EQ(decoder.next("1\r\nz")->body, "z");
}

TEST(ChunkPrefixTest, IsTheSizeInHexadecimal) {
    EXPECT_EQ(chunk_prefix(1), "1\r\n");
    EXPECT_EQ(chunk_prefix(26), "1a\r\n");
    EXPECT_EQ(chunk_prefix(65536), "10000\r\n");
    EXPECT_EQ(chunk_prefix(SIZE_MAX), "ffffffffffffffff\r\n");
    const std::string body(300, 'b');
    EXPECT_EQ(
        decode(chunk_prefix(body.size()) + body + std::string(kChunkEnd) + std::string(kLastChunk))
            .body,
        body);
}

}  // namespace
}  // namespace tarn::http
