// x-amz-checksum-*: each algorithm in a header and in a trailer, and what is wrong with them.

#include "tests/unit/server/s3/uploads_under_test.h"

namespace tarn::s3 {
namespace {

using crypto::ChecksumAlgorithm;

std::string header_of(ChecksumAlgorithm algorithm) {
    return std::string(crypto::checksum_header(algorithm));
}

class ChecksumsTest : public S3Test {
  protected:
    Answer put_with_trailer(const std::string& announced, const std::string& trailers) {
        return send({.method = "PUT",
                     .target = "/b/k",
                     .headers = {{"content-encoding", "aws-chunked"},
                                 {"x-amz-decoded-content-length", "4"},
                                 {"x-amz-trailer", announced}},
                     .body = "4\r\nbody\r\n0\r\n" + trailers + "\r\n",
                     .payload_hash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"});
    }
    Answer head() {
        return send(
            {.method = "HEAD", .target = "/b/k", .headers = {{"x-amz-checksum-mode", "ENABLED"}}});
    }
    void expect_invalid(const Answer& answer, std::string_view message) {
        EXPECT_EQ(answer.status, 400);
        EXPECT_EQ(answer.code(), "InvalidRequest");
        EXPECT_EQ(answer.element("Message"), message);
        EXPECT_FALSE(exists("k"));
    }
};

TEST_F(ChecksumsTest, EveryAlgorithmIsCheckedStoredAndShownFromAHeader) {
    for (const ChecksumAlgorithm algorithm : crypto::kChecksumAlgorithms) {
        const std::string header = header_of(algorithm);
        const std::string value = base64_of(algorithm, "body");
        const Answer stored = put("k", "body", {{header, value}});
        EXPECT_EQ(stored.status, 200) << stored.body;
        EXPECT_EQ(stored.field(header), value);
        EXPECT_EQ(stored.field("x-amz-checksum-type"), "FULL_OBJECT");
        EXPECT_EQ(head().field(header), value);

        const Answer refused = put("k", "other", {{header, value}});
        EXPECT_EQ(refused.status, 400);
        EXPECT_EQ(refused.code(), "BadDigest");
        EXPECT_EQ(refused.element("Message"),
                  fmt::format("The {} you specified did not match the calculated checksum.",
                              crypto::checksum_name(algorithm)));
        EXPECT_EQ(send({.target = "/b/k"}).body, "body");
    }
}

TEST_F(ChecksumsTest, EveryAlgorithmIsCheckedStoredAndShownFromATrailer) {
    for (const ChecksumAlgorithm algorithm : crypto::kChecksumAlgorithms) {
        const std::string header = header_of(algorithm);
        const std::string value = base64_of(algorithm, "body");
        const Answer stored = put_with_trailer(header, header + ":" + value + "\r\n");
        EXPECT_EQ(stored.status, 200) << stored.body;
        EXPECT_EQ(head().field(header), value);
        const Answer refused =
            put_with_trailer(header, header + ":" + base64_of(algorithm, "other") + "\r\n");
        EXPECT_EQ(refused.code(), "BadDigest") << header;
    }
}

TEST_F(ChecksumsTest, WithoutOneTheServerComputesCrc64Nvme) {
    const std::string value = base64_of(ChecksumAlgorithm::CRC64NVME, "body");
    EXPECT_EQ(put("k", "body").field("x-amz-checksum-crc64nvme"), value);
    EXPECT_EQ(head().field("x-amz-checksum-crc64nvme"), value);
}

TEST_F(ChecksumsTest, AValueMustHaveTheLengthOfItsAlgorithm) {
    for (const ChecksumAlgorithm algorithm : crypto::kChecksumAlgorithms) {
        const std::string header = header_of(algorithm);
        for (const std::string value : {"", "AAAA", "not base64!", "AAAAAAAAAAAAAAAA"}) {
            expect_invalid(put("k", "body", {{header, value}}),
                           "Value for " + header + " header is invalid.");
        }
        expect_invalid(put_with_trailer(header, header + ":AAAA\r\n"),
                       "Value for " + header + " trailing header is invalid.");
    }
}

TEST_F(ChecksumsTest, OnlyOneMayBeSent) {
    constexpr std::string_view kSeveral =
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.";
    const std::string crc32 = base64_of(ChecksumAlgorithm::CRC32, "body");
    const std::string md5 = base64_of(ChecksumAlgorithm::MD5, "body");
    expect_invalid(put("k", "body", {{"x-amz-checksum-crc32", crc32}, {"x-amz-checksum-md5", md5}}),
                   kSeveral);
    expect_invalid(put_with_trailer("x-amz-checksum-crc32,x-amz-checksum-md5", ""), kSeveral);
}

TEST_F(ChecksumsTest, UnknownAlgorithmsAreRefused) {
    expect_invalid(put("k", "body", {{"x-amz-checksum-crc16", "AAA="}}),
                   "The algorithm type you specified in x-amz-checksum- header is invalid.");
    for (const std::string trailer : {"x-amz-checksum-crc16", "x-amz-meta-a", "expires"}) {
        expect_invalid(put_with_trailer(trailer, ""),
                       "The value specified in the x-amz-trailer header is not supported");
    }
    expect_invalid(put("k", "body", {{"x-amz-sdk-checksum-algorithm", "CRC16"}}),
                   "Value for x-amz-sdk-checksum-algorithm header is invalid.");
    expect_invalid(put("k", "body", {{"x-amz-sdk-checksum-algorithm", "CRC32"}}),
                   "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* "
                   "or x-amz-trailer headers were found.");
}

TEST_F(ChecksumsTest, AskingForAnUnknownAlgorithmNamesThoseThereAre) {
    ASSERT_EQ(put("source", "body").status, 200);
    const Headers asked = {{"x-amz-checksum-algorithm", "CRC16"}};
    const Headers copy = {{"x-amz-checksum-algorithm", "CRC16"}, {"x-amz-copy-source", "b/source"}};
    for (const Answer& answer :
         {send({.method = "POST", .target = "/b/k?uploads", .headers = asked}),
          send({.method = "PUT", .target = "/b/k", .headers = copy})}) {
        expect_invalid(answer,
                       "Checksum algorithm provided is unsupported. Please try again with any of "
                       "the valid types: [CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, "
                       "XXHASH128, XXHASH3, XXHASH64]");
    }
}

TEST_F(ChecksumsTest, ACopyHasTheAlgorithmAskedForElseThatOfItsSource) {
    ASSERT_EQ(put("source", "body",
                  {{"x-amz-checksum-xxhash3", base64_of(ChecksumAlgorithm::XXHASH3, "body")}})
                  .status,
              200);
    const Answer same =
        send({.method = "PUT", .target = "/b/k", .headers = {{"x-amz-copy-source", "b/source"}}});
    EXPECT_EQ(same.element("ChecksumXXHASH3"), base64_of(ChecksumAlgorithm::XXHASH3, "body"));
    const Answer other = send(
        {.method = "PUT",
         .target = "/b/k",
         .headers = {{"x-amz-copy-source", "b/source"}, {"x-amz-checksum-algorithm", "SHA512"}}});
    EXPECT_EQ(other.element("ChecksumSHA512"), base64_of(ChecksumAlgorithm::SHA512, "body"));
    EXPECT_EQ(other.element("ChecksumType"), "FULL_OBJECT");
}

}  // namespace
}  // namespace tarn::s3
