#include "common/aws/aws_chunked.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::aws {
namespace {

using testing::ElementsAre;
using testing::Pair;

using Trailers = std::vector<std::pair<std::string, std::string>>;

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html#example-signature-calculations-streaming
ChunkSigning signing(std::string_view seed) {
    return {.key = derive_signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                                      {.day = "20130524", .region = "us-east-1", .service = "s3"}),
            .amz_date = "20130524T000000Z",
            .scope = "20130524/us-east-1/s3/aws4_request",
            .seed_signature = std::string(seed),
            .access_key_id = "AKIAIOSFODNN7EXAMPLE"};
}
constexpr std::string_view kSeed =
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
constexpr std::string_view kTrailerSeed =
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";

struct Outcome {
    std::string body;
    bool done = false;
    std::uint64_t verified = 0;
    Trailers trailers;
    std::optional<AuthError> error;
};

// Feeds the wire in pieces of that many bytes.
Outcome decode(const AwsChunkedOptions& options, std::string_view wire, std::size_t piece) {
    AwsChunkedDecoder decoder(options);
    Outcome outcome;
    while (!wire.empty() && !outcome.error) {
        std::string_view input = wire.substr(0, piece);
        wire.remove_prefix(input.size());
        while (!input.empty()) {
            const auto step = decoder.next(input);
            if (!step) {
                outcome.error = step.error();
                break;
            }
            EXPECT_LE(decoder.verified(), decoder.decoded());
            EXPECT_GT(step->consumed, 0u);
            outcome.body.append(step->body);
            input.remove_prefix(step->consumed);
        }
    }
    outcome.done = decoder.done();
    outcome.verified = decoder.verified();
    outcome.trailers = decoder.trailers();
    return outcome;
}

constexpr std::size_t kPieces[] = {1, 2, 7, 4096, 1 << 20};

std::string chunk(std::size_t size, char fill = 'a') {
    std::array<char, 24> line{};
    std::snprintf(line.data(), line.size(), "%zx\r\n", size);
    return line.data() + std::string(size, fill) + "\r\n";
}

TEST(AwsChunkedTest, MakesTheSignaturesOfAwsDocumentation) {
    ChunkSigning state = signing(kSeed);
    encode_signed_chunk(state, std::string(65536, 'a'));
    EXPECT_EQ(state.seed_signature,
              "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
    encode_signed_chunk(state, std::string(1024, 'a'));
    EXPECT_EQ(state.seed_signature,
              "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497");
    encode_signed_chunk(state, "");
    EXPECT_EQ(state.seed_signature,
              "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
TEST(AwsChunkedTest, MakesTheTrailerSignatureOfAwsDocumentation) {
    ChunkSigning state = signing(kTrailerSeed);
    encode_signed_chunk(state, std::string(65536, 'a'));
    EXPECT_EQ(state.seed_signature,
              "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2");
    encode_signed_chunk(state, std::string(1024, 'a'));
    encode_signed_chunk(state, "");
    EXPECT_EQ(state.seed_signature,
              "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992");
    encode_signed_trailer(state, {{"x-amz-checksum-crc32c", "sOO8/Q=="}});
    EXPECT_EQ(state.seed_signature,
              "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435");
}

std::string signed_wire(std::string_view seed, const std::vector<std::size_t>& sizes,
                        const Trailers* trailers = nullptr) {
    ChunkSigning state = signing(seed);
    std::string wire;
    for (const std::size_t size : sizes)
        wire += encode_signed_chunk(state, std::string(size, 'a'));
    wire += encode_signed_chunk(state, "");
    wire += trailers ? encode_signed_trailer(state, *trailers) : "\r\n";
    return wire;
}

AwsChunkedOptions signed_options(std::uint64_t length) {
    return {.mode = PayloadMode::Streaming, .decoded_length = length, .signing = signing(kSeed)};
}
AwsChunkedOptions trailer_options(std::uint64_t length) {
    return {.mode = PayloadMode::StreamingTrailer,
            .decoded_length = length,
            .announced_trailers = {"x-amz-checksum-crc32c"},
            .signing = signing(kTrailerSeed)};
}
AwsChunkedOptions unsigned_options(std::uint64_t length, std::vector<std::string> announced = {}) {
    return {.mode = PayloadMode::StreamingUnsignedTrailer,
            .decoded_length = length,
            .announced_trailers = std::move(announced)};
}
const Trailers kCrc{{"x-amz-checksum-crc32c", "sOO8/Q=="}};

TEST(AwsChunkedTest, DecodesSignedChunksInPiecesOfAnySize) {
    const std::string wire = signed_wire(kSeed, {65536, 1024});
    for (const std::size_t piece : kPieces) {
        const Outcome outcome = decode(signed_options(66560), wire, piece);
        ASSERT_FALSE(outcome.error) << outcome.error->message;
        EXPECT_TRUE(outcome.done);
        EXPECT_EQ(outcome.body, std::string(66560, 'a'));
        EXPECT_EQ(outcome.verified, 66560u);
    }
}

TEST(AwsChunkedTest, DecodesAnEmptyBody) {
    const Outcome outcome = decode(signed_options(0), signed_wire(kSeed, {}), 1);
    EXPECT_TRUE(outcome.done);
    EXPECT_TRUE(outcome.body.empty());
}

TEST(AwsChunkedTest, ABodyIsNotDoneBeforeItsLastByte) {
    const std::string wire = signed_wire(kTrailerSeed, {9000}, &kCrc);
    for (std::size_t size = 0; size < wire.size(); size += size > 9200 ? 1 : 97) {
        const Outcome outcome = decode(trailer_options(9000), wire.substr(0, size), 5000);
        EXPECT_FALSE(outcome.done) << size;
        EXPECT_FALSE(outcome.error) << size;
    }
    EXPECT_EQ(AwsChunkedDecoder(trailer_options(1)).unexpected_end().code, "IncompleteBody");
}

TEST(AwsChunkedTest, BytesAreVerifiedOnlyWithTheirWholeChunk) {
    const std::string wire = signed_wire(kSeed, {8192, 100});
    AwsChunkedDecoder decoder(signed_options(8292));
    std::size_t at = 0;
    while (decoder.decoded() < 8192)
        at += decoder.next(std::string_view(wire).substr(at, 1000))->consumed;
    EXPECT_EQ(decoder.verified(), 0u);
    at += decoder.next(std::string_view(wire).substr(at, 2))->consumed;
    EXPECT_EQ(decoder.verified(), 8192u);
}

TEST(AwsChunkedTest, EveryChangedByteOfASignedBodyIsRefused) {
    const std::string wire = signed_wire(kTrailerSeed, {9000, 10}, &kCrc);
    for (std::size_t i = 0; i < wire.size(); i += i > 100 && i < 9000 ? 61 : 1) {
        std::string changed = wire;
        changed[i] = changed[i] == 'b' ? 'c' : 'b';
        const Outcome outcome = decode(trailer_options(9010), changed, 4096);
        EXPECT_FALSE(outcome.done) << i;
    }
}

TEST(AwsChunkedTest, AWrongChunkSignatureIsNamed) {
    std::string wire = signed_wire(kSeed, {9000});
    wire[wire.find("aaaa")] = 'b';
    const Outcome outcome = decode(signed_options(9000), wire, 4096);
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, "SignatureDoesNotMatch");
    EXPECT_EQ(outcome.verified, 0u);
    EXPECT_EQ(outcome.error->details[0].second, "AKIAIOSFODNN7EXAMPLE");
    EXPECT_EQ(outcome.error->details[1].second.substr(0, 24), "AWS4-HMAC-SHA256-PAYLOAD");
}

TEST(AwsChunkedTest, ChunksOfAnotherRequestAreRefused) {
    const Outcome outcome = decode(signed_options(9000), signed_wire(kTrailerSeed, {9000}), 4096);
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, "SignatureDoesNotMatch");
}

TEST(AwsChunkedTest, SwappedChunksAreRefused) {
    ChunkSigning state = signing(kSeed);
    const std::string first = encode_signed_chunk(state, std::string(8192, 'a'));
    const std::string second = encode_signed_chunk(state, std::string(8192, 'b'));
    const std::string last = encode_signed_chunk(state, "");
    EXPECT_TRUE(decode(signed_options(16384), first + second + last + "\r\n", 4096).done);
    EXPECT_TRUE(decode(signed_options(16384), second + first + last + "\r\n", 4096).error);
    EXPECT_TRUE(decode(signed_options(8192), first + last + "\r\n", 4096).error);
}

TEST(AwsChunkedTest, DecodesTrailersSignedAndUnsigned) {
    for (const std::size_t piece : kPieces) {
        const Outcome is_signed =
            decode(trailer_options(66560), signed_wire(kTrailerSeed, {65536, 1024}, &kCrc), piece);
        ASSERT_TRUE(is_signed.done);
        EXPECT_THAT(is_signed.trailers, ElementsAre(Pair("x-amz-checksum-crc32c", "sOO8/Q==")));

        const Outcome is_unsigned =
            decode(unsigned_options(5, {"x-amz-checksum-crc32"}),
                   "5\r\nhello\r\n0\r\nX-Amz-Checksum-CRC32: NhCmhg== \r\n\r\n", piece);
        ASSERT_TRUE(is_unsigned.done);
        EXPECT_EQ(is_unsigned.body, "hello");
        EXPECT_THAT(is_unsigned.trailers, ElementsAre(Pair("x-amz-checksum-crc32", "NhCmhg==")));
    }
}

TEST(AwsChunkedTest, AcceptsTheTrailerAsAwsDocumentationPrintsIt) {
    std::string wire = signed_wire(kTrailerSeed, {10}, &kCrc);
    wire.replace(wire.find("==\r\n"), 4, "==\n\r\n");
    EXPECT_TRUE(decode(trailer_options(10), wire, 1).done);
}

struct FaultCase {
    const char* name;
    AwsChunkedOptions options;
    std::string wire;
    AuthFault fault;
};
class AwsChunkedFaultTest : public testing::TestWithParam<FaultCase> {};
TEST_P(AwsChunkedFaultTest, IsRefusedInPiecesOfAnySize) {
    for (const std::size_t piece : kPieces) {
        const Outcome outcome = decode(GetParam().options, GetParam().wire, piece);
        ASSERT_TRUE(outcome.error) << piece;
        EXPECT_EQ(outcome.error->fault, GetParam().fault) << piece;
    }
}

const FaultCase kFaults[] = {
    {"NoSize", unsigned_options(1), "\r\n", AuthFault::BodyUnparsable},
    {"NotHex", unsigned_options(1), "g\r\n", AuthFault::BodyUnparsable},
    {"Negative", unsigned_options(1), "-1\r\n", AuthFault::BodyUnparsable},
    {"HexPrefix", unsigned_options(1), "0x1\r\na\r\n", AuthFault::BodyUnparsable},
    {"SpaceBeforeSize", unsigned_options(1), " 1\r\na\r\n", AuthFault::BodyUnparsable},
    {"SizeOf17Digits", unsigned_options(1), "00000000000000001\r\na\r\n",
     AuthFault::BodyUnparsable},
    {"BareLf", unsigned_options(1), "1\na\r\n", AuthFault::BodyUnparsable},
    {"CrInLine", unsigned_options(1), "1\r\r\na", AuthFault::BodyUnparsable},
    {"ExtensionUnsigned", unsigned_options(1), "1;a=b\r\na\r\n", AuthFault::BodyUnparsable},
    {"NoSignature", signed_options(1), "1\r\na\r\n", AuthFault::BodyUnparsable},
    {"OtherExtension", signed_options(1), "1;signature=00\r\na\r\n", AuthFault::BodyUnparsable},
    {"ShortSignature", signed_options(1), "1;chunk-signature=00\r\n", AuthFault::BodyUnparsable},
    {"LongLine", unsigned_options(1), std::string(5000, '0'), AuthFault::BodyUnparsable},
    {"NoCrAfterData", unsigned_options(1), "1\r\nab", AuthFault::BodyUnparsable},
    {"NoLfAfterData", unsigned_options(1), "1\r\na\rb", AuthFault::BodyUnparsable},
    {"BytesAfterTheEnd", unsigned_options(0), "0\r\n\r\nx", AuthFault::BodyUnparsable},
    {"TooMuch", unsigned_options(4), "5\r\nhello\r\n", AuthFault::BodyLengthDiffers},
    {"Overflow", unsigned_options(4), "ffffffffffffffff\r\n", AuthFault::BodyLengthDiffers},
    {"TooLittle", unsigned_options(6), "5\r\nhello\r\n0\r\n", AuthFault::BodyLengthDiffers},
    {"SmallChunkFirst", unsigned_options(8193), chunk(8191) + chunk(2),
     AuthFault::ChunkSizeTooSmall},
    {"TrailerNotAnnounced", unsigned_options(0), "0\r\nx-amz-checksum-crc32:a\r\n",
     AuthFault::TrailerMalformed},
    {"TrailerMissing", unsigned_options(0, {"x-amz-checksum-crc32"}), "0\r\n\r\n",
     AuthFault::TrailerMalformed},
    {"OtherTrailer", unsigned_options(0, {"x-amz-checksum-crc32"}),
     "0\r\nx-amz-checksum-crc32c:a\r\n", AuthFault::TrailerMalformed},
    {"TrailerTwice", unsigned_options(0, {"x-amz-checksum-crc32"}),
     "0\r\nx-amz-checksum-crc32:a\r\nx-amz-checksum-crc32:a\r\n", AuthFault::TrailerMalformed},
    {"TrailerWithoutColon", unsigned_options(0, {"a"}), "0\r\na\r\n", AuthFault::TrailerMalformed},
    {"SignatureOfUnsignedTrailer", unsigned_options(0),
     "0\r\nx-amz-trailer-signature:" + std::string(64, '0') + "\r\n", AuthFault::TrailerMalformed},
};
INSTANTIATE_TEST_SUITE_P(All, AwsChunkedFaultTest, testing::ValuesIn(kFaults),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(AwsChunkedTest, OnlyTheLastChunkMayBeSmall) {
    EXPECT_TRUE(decode(unsigned_options(8192 + 1), chunk(8192) + chunk(1) + "0\r\n\r\n", 999).done);
    const Outcome outcome =
        decode(unsigned_options(20000), chunk(8192) + chunk(8191) + chunk(3617) + "0\r\n\r\n", 999);
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, "InvalidChunkSizeError");
    EXPECT_THAT(outcome.error->details,
                ElementsAre(Pair("Chunk", "2"), Pair("BadChunkSize", "8191")));
}

TEST(AwsChunkedTest, ASignedTrailerNeedsItsSignature) {
    std::string wire = signed_wire(kTrailerSeed, {10}, &kCrc);
    const std::size_t at = wire.find("x-amz-trailer-signature");
    wire.replace(at, wire.size() - at, "\r\n\r\n");
    const Outcome outcome = decode(trailer_options(10), wire, 4096);
    ASSERT_TRUE(outcome.error);
    EXPECT_FALSE(outcome.done);
}

TEST(AwsChunkedOptionsTest, ReadsTheHead) {
    http::Fields fields;
    fields.add("X-Amz-Decoded-Content-Length", "66560");
    fields.add("X-Amz-Trailer", "X-Amz-Checksum-Crc32c");
    const auto options = aws_chunked_options(fields, PayloadMode::StreamingTrailer);
    ASSERT_TRUE(options);
    EXPECT_EQ(options->decoded_length, 66560u);
    EXPECT_THAT(options->announced_trailers, ElementsAre("x-amz-checksum-crc32c"));
    EXPECT_TRUE(aws_chunked_options(fields, PayloadMode::Streaming)->announced_trailers.empty());
}

TEST(AwsChunkedOptionsTest, NeedsADecodedLength) {
    for (const std::string_view value : {"", "-1", "1x", "99999999999999999999", " "}) {
        http::Fields fields;
        fields.add("x-amz-decoded-content-length", value);
        const auto options = aws_chunked_options(fields, PayloadMode::Streaming);
        ASSERT_FALSE(options) << value;
        EXPECT_EQ(options.error().code, "MissingContentLength");
        EXPECT_EQ(options.error().status, 411);
    }
    EXPECT_FALSE(aws_chunked_options({}, PayloadMode::Streaming));
}

}  // namespace
}  // namespace tarn::aws
