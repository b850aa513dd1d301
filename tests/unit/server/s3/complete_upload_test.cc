// CompleteMultipartUpload: what it checks, in which order, and what it answers.

#include "common/base/text.h"
#include "server/s3/get_object.h"
#include "tests/unit/server/s3/uploads_under_test.h"

namespace tarn::s3 {
namespace {

using crypto::ChecksumAlgorithm;

class CompleteUploadTest : public UploadsTest {
  protected:
    void expect_error(const Answer& answer, int status, std::string_view code,
                      std::string_view message) {
        EXPECT_EQ(answer.status, status) << answer.body;
        EXPECT_EQ(answer.code(), code);
        EXPECT_EQ(answer.element("Message"), message);
        EXPECT_FALSE(exists("k"));
    }
};

TEST_F(CompleteUploadTest, TheDocumentMustNamePartsThatCanBe) {
    const std::string id = create();
    const std::string etag = upload_part(id, 1, "body");
    constexpr std::string_view kMalformed =
        "The XML you provided was not well-formed or did not validate against our published schema";
    for (const std::string_view body : {"", "x", "<Other/>", "<CompleteMultipartUpload>"}) {
        expect_error(send({.method = "POST", .target = target(id), .body = std::string(body)}), 400,
                     "MalformedXML", kMalformed);
    }
    expect_error(complete(id, ""), 400, "InvalidRequest", "You must specify at least one part");
    expect_error(complete(id, "<Part><ETag>x</ETag></Part>"), 400, "MalformedXML", kMalformed);
    expect_error(complete(id, "<Part><PartNumber>1</PartNumber></Part>"), 400, "MalformedXML",
                 kMalformed);
    for (const std::uint32_t number : {0u, 10'001u}) {
        const Answer answer = complete(id, part_xml(number, etag));
        EXPECT_EQ(answer.code(), "InvalidArgument");
        EXPECT_EQ(answer.element("ArgumentValue"), std::to_string(number));
    }
    std::string many;
    for (std::uint32_t number = 1; number <= kMaxPartNumber; ++number)
        many += part_xml(number, etag);
    expect_error(complete(id, many + part_xml(1, etag)), 400, "MalformedXML", kMalformed);
    EXPECT_EQ(complete(id, part_xml(1, etag)).status, 200);
}

TEST_F(CompleteUploadTest, TheOrderOfThePartsIsJudgedBeforeTheParts) {
    const std::string id = create();
    const std::string etag = upload_part(id, 2, "body");
    constexpr std::string_view kOrder =
        "The list of parts was not in ascending order. Parts must be ordered by part number.";
    for (const auto& [first, second] : {std::pair{2u, 1u}, {2u, 2u}, {9u, 2u}}) {
        const Answer answer = complete(id, part_xml(first, etag) + part_xml(second, etag));
        expect_error(answer, 400, "InvalidPartOrder", kOrder);
        EXPECT_EQ(answer.element("UploadId"), id);
    }
}

TEST_F(CompleteUploadTest, APartMustBeThereAndBeTheOneThatIsNamed) {
    const std::string id = create();
    const std::string etag = upload_part(id, 2, "body");
    for (const auto& [number, tag] : {std::pair{1u, etag}, {2u, std::string("0123")}}) {
        const Answer answer = complete(id, part_xml(number, tag));
        expect_error(answer, 400, "InvalidPart",
                     "One or more of the specified parts could not be found.  The part may not "
                     "have been uploaded, or the specified entity tag may not match the part's "
                     "entity tag.");
        EXPECT_EQ(answer.element("UploadId"), id);
        EXPECT_EQ(answer.element("PartNumber"), std::to_string(number));
        EXPECT_EQ(answer.element("ETag"), tag);
    }
    EXPECT_EQ(complete(id, part_xml(2, "&quot;" + etag + "&quot;")).status, 200);
}

TEST_F(CompleteUploadTest, AllPartsButTheLastMustBeLargeEnough) {
    const std::string id = create();
    const std::string small = commit_large_part(id, 1, kMinPartBytes - 1);
    const std::string last = commit_large_part(id, 7, 1);
    const Answer answer = complete(id, part_xml(1, small) + part_xml(7, last));
    expect_error(answer, 400, "EntityTooSmall",
                 "Your proposed upload is smaller than the minimum allowed size");
    EXPECT_EQ(answer.element("ProposedSize"), "5242879");
    EXPECT_EQ(answer.element("MinSizeAllowed"), "5242880");
    EXPECT_EQ(answer.element("PartNumber"), "1");
    EXPECT_EQ(answer.element("ETag"), small);
    const std::string enough = commit_large_part(id, 1);
    EXPECT_EQ(complete(id, part_xml(1, enough) + part_xml(7, last)).status, 200);
}

TEST_F(CompleteUploadTest, TheAnswerTellsWhatTheObjectIs) {
    const std::string id = create();
    const Answer answer = complete(id, part_xml(1, upload_part(id, 1, "body")));
    EXPECT_EQ(answer.element("Location"), "http://127.0.0.1:9000/b/k");
    EXPECT_EQ(answer.element("Bucket"), "b");
    EXPECT_EQ(answer.element("Key"), "k");
    EXPECT_TRUE(answer.element("ETag").ends_with("-1&quot;"));
    EXPECT_EQ(answer.element("ChecksumCRC64NVME"), base64_of(ChecksumAlgorithm::CRC64NVME, "body"));
    EXPECT_EQ(answer.element("ChecksumType"), "FULL_OBJECT");
}

TEST_F(CompleteUploadTest, TheLocationHasTheSchemeOfTheRequest) {
    peer_.tls = true;
    const std::string id = create();
    EXPECT_EQ(complete(id, part_xml(1, upload_part(id, 1, "body"))).element("Location"),
              "https://127.0.0.1:9000/b/k");
}

TEST_F(CompleteUploadTest, CompletingAgainAnswersTheSameUntilTheObjectIsAnotherOne) {
    const std::string id = create();
    const std::string parts = part_xml(1, upload_part(id, 1, "body"));
    const Answer first = complete(id, parts, {{"if-none-match", "*"}});
    ASSERT_EQ(first.status, 200);
    const Answer second = complete(id, parts, {{"if-none-match", "*"}});
    EXPECT_EQ(second.status, 200);
    EXPECT_EQ(second.body, first.body);
    ASSERT_EQ(put("k", "other").status, 200);
    EXPECT_EQ(complete(id, parts).code(), "NoSuchUpload");
}

TEST_F(CompleteUploadTest, TheSizeThatTheClientExpectsMustBeTheObjects) {
    const std::string id = create();
    const std::string parts = part_xml(1, upload_part(id, 1, "body"));
    const auto refusal = [&](std::string size) {
        return complete(id, parts, {{"x-amz-mp-object-size", std::move(size)}});
    };
    expect_error(refusal("5"), 400, "InvalidRequest",
                 "The provided 'x-amz-mp-object-size' header value 5 does not match what was "
                 "computed: 4");
    expect_error(refusal("-4"), 400, "InvalidRequest",
                 "Value for x-amz-mp-object-size header is less than zero: '-4'");
    expect_error(refusal("four"), 400, "InvalidRequest",
                 "Value for x-amz-mp-object-size header is invalid: 'four'");
    EXPECT_EQ(refusal("4").status, 200);
}

TEST_F(CompleteUploadTest, EveryAlgorithmMakesTheChecksumOfTheWholeFromThoseOfTheParts) {
    const std::string large(kMinPartBytes, 'a');
    for (const ChecksumAlgorithm algorithm : crypto::kChecksumAlgorithms) {
        const std::string_view name = crypto::checksum_name(algorithm);
        const std::string header(crypto::checksum_header(algorithm));
        const std::string element(crypto::checksum_xml_element(algorithm));
        const std::string id = create({{"x-amz-checksum-algorithm", std::string(name)}});
        std::string parts;
        std::string joined;
        for (const auto& [number, body] : {std::pair{1u, large}, {2u, std::string("end")}}) {
            const std::string value = base64_of(algorithm, body);
            const std::string etag =
                upload_part(id, static_cast<int>(number), body, {{header, value}});
            parts += part_xml(number, etag, fmt::format("<{0}>{1}</{0}>", element, value));
            joined += from_base64(value).value_or("");
        }
        const bool full = algorithm == ChecksumAlgorithm::CRC64NVME;
        const std::string expected =
            full ? base64_of(algorithm, large + "end") : base64_of(algorithm, joined) + "-2";
        const Answer answer = complete(id, parts, {{header, expected}});
        ASSERT_EQ(answer.status, 200) << name << answer.body;
        EXPECT_EQ(answer.element(element), expected);
        EXPECT_EQ(answer.element("ChecksumType"), full ? "FULL_OBJECT" : "COMPOSITE");
    }
}

TEST_F(CompleteUploadTest, OnlyTheCrcsCanBeOfTheFullObject) {
    const auto create_with = [&](std::string algorithm, std::string type) {
        return send({.method = "POST",
                     .target = "/b/k?uploads",
                     .headers = {{"x-amz-checksum-algorithm", std::move(algorithm)},
                                 {"x-amz-checksum-type", std::move(type)}}});
    };
    for (const std::string name : {"CRC32", "CRC32C", "CRC64NVME"}) {
        const Answer answer = create_with(name, "FULL_OBJECT");
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.field("x-amz-checksum-type"), "FULL_OBJECT");
        EXPECT_EQ(answer.field("x-amz-checksum-algorithm"), name);
    }
    for (const std::string name :
         {"SHA1", "SHA256", "SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"}) {
        EXPECT_EQ(create_with(name, "COMPOSITE").status, 200);
        expect_error(create_with(name, "FULL_OBJECT"), 400, "InvalidRequest",
                     "The FULL_OBJECT checksum type cannot be used with the " + to_lower(name) +
                         " checksum algorithm.");
    }
    expect_error(create_with("crc64nvme", "COMPOSITE"), 400, "InvalidRequest",
                 "The COMPOSITE checksum type cannot be used with the crc64nvme checksum "
                 "algorithm.");
    expect_error(create_with("CRC32", "PARTIAL"), 400, "InvalidRequest",
                 "Value for x-amz-checksum-type header is invalid.");
    expect_error(send({.method = "POST",
                       .target = "/b/k?uploads",
                       .headers = {{"x-amz-checksum-type", "COMPOSITE"}}}),
                 400, "InvalidRequest",
                 "The x-amz-checksum-type header can only be used with the "
                 "x-amz-checksum-algorithm header.");
}

TEST_F(CompleteUploadTest, APartMustComeWithTheAlgorithmOfItsUpload) {
    const std::string id = create({{"x-amz-checksum-algorithm", "SHA256"}});
    const auto refusal_of = [&](Headers headers) {
        const Answer answer = send_part(id, 1, "body", std::move(headers));
        EXPECT_EQ(answer.code(), "InvalidRequest");
        return answer.element("Message");
    };
    EXPECT_EQ(refusal_of({}),
              "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum "
              "Type: null");
    EXPECT_EQ(
        refusal_of({{"x-amz-checksum-crc32", base64_of(ChecksumAlgorithm::CRC32, "body")}}),
        "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: "
        "crc32");
}

TEST_F(CompleteUploadTest, TheChecksumsInTheDocumentMustBeThoseOfTheParts) {
    const std::string value = base64_of(ChecksumAlgorithm::SHA256, "body");
    const std::string id = create({{"x-amz-checksum-algorithm", "SHA256"}});
    const std::string etag = upload_part(id, 1, "body", {{"x-amz-checksum-sha256", value}});
    expect_error(complete(id, part_xml(1, etag)), 400, "InvalidRequest",
                 "The upload was created using a sha256 checksum. The complete request must "
                 "include the checksum for each part. It was missing for part 1 in the request.");
    expect_error(complete(id, part_xml(1, etag, "<ChecksumSHA256>AAAA</ChecksumSHA256>")), 400,
                 "BadDigest",
                 "The sha256 you specified for part 1 did not match what we received.");
    EXPECT_EQ(complete(id, part_xml(1, etag, "<ChecksumCRC32>AAAA</ChecksumCRC32>")).code(),
              "InvalidPart");
    const std::string right = part_xml(1, etag, "<ChecksumSHA256>" + value + "</ChecksumSHA256>");
    expect_error(complete(id, right, {{"x-amz-checksum-type", "FULL_OBJECT"}}), 400,
                 "InvalidRequest",
                 "The upload was created using the COMPOSITE checksum mode. The complete request "
                 "must use the same checksum mode.");
    expect_error(complete(id, right, {{"x-amz-checksum-sha256", value}}), 400, "BadDigest",
                 "The sha256 you specified did not match the calculated checksum.");
    expect_error(complete(id, right, {{"x-amz-checksum-crc32", "AAAAAA=="}}), 400, "BadDigest",
                 "The crc32 you specified did not match the calculated checksum.");
    EXPECT_EQ(complete(id, right, {{"x-amz-checksum-type", "COMPOSITE"}}).status, 200);
}

TEST_F(CompleteUploadTest, PartsWithChecksumsOfTheirOwnMustBeConsecutive) {
    const std::string value = base64_of(ChecksumAlgorithm::SHA1, "body");
    const std::string id = create({{"x-amz-checksum-algorithm", "SHA1"}});
    const std::string etag = upload_part(id, 2, "body", {{"x-amz-checksum-sha1", value}});
    EXPECT_EQ(complete(id, part_xml(2, etag, "<ChecksumSHA1>" + value + "</ChecksumSHA1>")).code(),
              "InvalidPartOrder");
}

// boto3 sends a CRC32 with every part, also of an upload that chose no algorithm, and callers put
// what the answer holds into the list of parts.
TEST_F(CompleteUploadTest, APartOfAnUploadWithoutAChoiceMayHaveAChecksumOfAnyKind) {
    const std::string value = base64_of(ChecksumAlgorithm::CRC32, "body");
    const std::string id = create();
    const Answer part = send_part(id, 1, "body", {{"x-amz-checksum-crc32", value}});
    EXPECT_EQ(part.field("x-amz-checksum-crc32"), value);
    EXPECT_EQ(part.field("x-amz-checksum-crc64nvme"), "");
    const std::string etag = part.field("ETag").substr(1, 32);
    EXPECT_EQ(complete(id, part_xml(1, etag, "<ChecksumCRC32>AAAAAA==</ChecksumCRC32>")).code(),
              "BadDigest");
    const Answer done =
        complete(id, part_xml(1, etag, "<ChecksumCRC32>" + value + "</ChecksumCRC32>"));
    EXPECT_EQ(done.status, 200);
    EXPECT_EQ(done.element("ChecksumCRC64NVME"), base64_of(ChecksumAlgorithm::CRC64NVME, "body"));
}

// Found by tests/faults/model.py: a copy of one answered 500.
TEST_F(CompleteUploadTest, AnObjectOfOneEmptyPartCanBeReadAndCopied) {
    const std::string id = create();
    ASSERT_EQ(complete(id, part_xml(1, upload_part(id, 1, ""))).status, 200);
    EXPECT_EQ(send({.target = "/b/k"}).status, 200);
    const Answer copied = put("copy", "", {{"x-amz-copy-source", "/b/k"}});
    EXPECT_EQ(copied.status, 200) << copied.body;
    EXPECT_EQ(send({.target = "/b/copy"}).body, "");
}

}  // namespace
}  // namespace tarn::s3
