// GetObjectAttributes, and reads of single parts with their checksums.

#include "server/s3/get_object.h"
#include "tests/unit/server/s3/uploads_under_test.h"

namespace tarn::s3 {
namespace {

using crypto::ChecksumAlgorithm;

class ObjectAttributesTest : public UploadsTest {
  protected:
    Answer attributes(Headers headers, std::string_view account = kOwner) {
        return send(
            {.target = "/b/k?attributes", .headers = std::move(headers), .account = account});
    }
    // Three parts, the second of them numbered 5; its checksums are the CRC64NVME that the server
    // computes.
    void put_three_parts() {
        const std::string id = create();
        const std::string parts = part_xml(1, upload_part(id, 1, first_)) +
                                  part_xml(5, upload_part(id, 5, second_)) +
                                  part_xml(6, upload_part(id, 6, "end"));
        ASSERT_EQ(complete(id, parts).status, 200);
    }
    Answer get_part(int number, std::string_view method = "GET") {
        return send({.method = method,
                     .target = fmt::format("/b/k?partNumber={}", number),
                     .headers = {{"x-amz-checksum-mode", "enabled"}}});
    }
    static std::string crc(std::string_view bytes) {
        return base64_of(ChecksumAlgorithm::CRC64NVME, bytes);
    }

    const std::string first_ = std::string(kMinPartBytes, 'a');
    const std::string second_ = std::string(kMinPartBytes + 1, 'b');
};

TEST_F(ObjectAttributesTest, TellsWhatIsAskedForOfAPlainObject) {
    ASSERT_EQ(put("k", "body").status, 200);
    const Answer all =
        attributes({{"x-amz-object-attributes", "ETag,Checksum,ObjectParts, StorageClass"},
                    {"x-amz-object-attributes", "ObjectSize"}});
    EXPECT_EQ(all.status, 200);
    EXPECT_EQ(all.field("Last-Modified"), "Tue, 14 Nov 2023 22:13:20 GMT");
    EXPECT_EQ(all.body,
              R"(<?xml version="1.0" encoding="UTF-8"?>)"
              "\n"
              R"(<GetObjectAttributesResponse xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)"
              "<ETag>841a2d689ad86bd1611447453c22c6fc</ETag>"
              "<Checksum><ChecksumCRC64NVME>" +
                  crc("body") +
                  "</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType></Checksum>"
                  "<StorageClass>STANDARD</StorageClass><ObjectSize>4</ObjectSize>"
                  "</GetObjectAttributesResponse>");
    const Answer one = attributes({{"x-amz-object-attributes", "ObjectSize"}});
    EXPECT_EQ(one.element("ObjectSize"), "4");
    EXPECT_EQ(one.element("ETag"), "");
}

TEST_F(ObjectAttributesTest, ListsThePartsOfAMultipartObject) {
    put_three_parts();
    const Answer all = attributes({{"x-amz-object-attributes", "ObjectParts"}});
    EXPECT_NE(all.body.find("<ObjectParts><PartsCount>3</PartsCount>"
                            "<PartNumberMarker>0</PartNumberMarker>"
                            "<NextPartNumberMarker>6</NextPartNumberMarker>"
                            "<MaxParts>1000</MaxParts><IsTruncated>false</IsTruncated>"
                            "<Part><PartNumber>1</PartNumber><Size>5242880</Size>"
                            "<ChecksumCRC64NVME>" +
                            crc(first_) + "</ChecksumCRC64NVME></Part>"),
              std::string::npos)
        << all.body;
    const Answer page = attributes({{"x-amz-object-attributes", "ObjectParts"},
                                    {"x-amz-max-parts", "1"},
                                    {"x-amz-part-number-marker", "1"}});
    EXPECT_EQ(page.element("PartNumberMarker"), "1");
    EXPECT_EQ(page.element("NextPartNumberMarker"), "5");
    EXPECT_EQ(page.element("MaxParts"), "1");
    EXPECT_EQ(page.element("IsTruncated"), "true");
    EXPECT_EQ(page.element("PartNumber"), "5");
    EXPECT_EQ(page.element("Size"), "5242881");
    const Answer behind =
        attributes({{"x-amz-object-attributes", "ObjectParts"}, {"x-amz-part-number-marker", "6"}});
    EXPECT_EQ(behind.element("NextPartNumberMarker"), "0");
    EXPECT_EQ(behind.element("IsTruncated"), "false");
    EXPECT_EQ(behind.element("PartNumber"), "");
}

TEST_F(ObjectAttributesTest, TheHeaderMustNameAttributesThatThereAre) {
    ASSERT_EQ(put("k", "body").status, 200);
    for (const Headers& headers : {Headers{}, Headers{{"x-amz-object-attributes", ""}}}) {
        const Answer answer = attributes(headers);
        EXPECT_EQ(answer.status, 400);
        EXPECT_EQ(answer.code(), "InvalidRequest");
        EXPECT_EQ(answer.element("Message"),
                  "The x-amz-object-attributes header specifying the attributes to be retrieved "
                  "is either missing or empty");
    }
    const Answer unknown = attributes({{"x-amz-object-attributes", "ETag,Colour"}});
    EXPECT_EQ(unknown.status, 400);
    EXPECT_EQ(unknown.code(), "InvalidArgument");
    EXPECT_EQ(unknown.element("Message"), "Invalid attribute name specified.");
    EXPECT_EQ(unknown.element("ArgumentName"), "x-amz-object-attributes");
    EXPECT_EQ(unknown.element("ArgumentValue"), "Colour");
    for (const std::string header : {"x-amz-max-parts", "x-amz-part-number-marker"}) {
        for (const std::string value : {"-1", "x", "2147483648"}) {
            const Answer answer =
                attributes({{"x-amz-object-attributes", "ETag"}, {header, value}});
            EXPECT_EQ(answer.code(), "InvalidArgument");
            EXPECT_EQ(answer.element("ArgumentName"), header);
            EXPECT_EQ(answer.element("ArgumentValue"), value);
        }
    }
}

TEST_F(ObjectAttributesTest, TellsOfTheVersionThatIsNamed) {
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/b?versioning",
                    .body = "<VersioningConfiguration><Status>Enabled</Status>"
                            "</VersioningConfiguration>"})
                  .status,
              200);
    const std::string older = put("k", "older").field("x-amz-version-id");
    const std::string newer = put("k", "new").field("x-amz-version-id");
    const Headers size = {{"x-amz-object-attributes", "ObjectSize"}};
    const Answer current = attributes(size);
    EXPECT_EQ(current.element("ObjectSize"), "3");
    EXPECT_EQ(current.field("x-amz-version-id"), newer);
    const Answer named = send({.target = "/b/k?attributes&versionId=" + older, .headers = size});
    EXPECT_EQ(named.element("ObjectSize"), "5");
    EXPECT_EQ(named.field("x-amz-version-id"), older);
}

TEST_F(ObjectAttributesTest, AMissingKeyIsNoSuchKey) {
    const Answer answer = attributes({{"x-amz-object-attributes", "ETag"}});
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.code(), "NoSuchKey");
}

TEST_F(ObjectAttributesTest, NeedsTheRightToReadTheObjectAsWell) {
    ASSERT_EQ(put("k", "body").status, 200);
    const Headers headers = {{"x-amz-object-attributes", "ETag"}};
    const auto allow = [&](std::string_view actions) {
        set_policy(fmt::format(R"({{"Effect":"Allow","Principal":"*","Action":[{}],)"
                               R"("Resource":"arn:aws:s3:::b/*"}})",
                               actions));
        return attributes(headers, kOther).status;
    };
    EXPECT_EQ(allow(R"("s3:GetObjectAttributes")"), 403);
    EXPECT_EQ(allow(R"("s3:GetObject")"), 403);
    EXPECT_EQ(allow(R"("s3:GetObject","s3:GetObjectAttributes")"), 200);
}

TEST_F(ObjectAttributesTest, APartIsReadWithItsOwnChecksum) {
    put_three_parts();
    const Answer second = get_part(5);
    EXPECT_EQ(second.status, 206);
    EXPECT_EQ(second.body, second_);
    EXPECT_EQ(second.field("Content-Range"), "bytes 5242880-10485760/10485764");
    EXPECT_EQ(second.field("x-amz-mp-parts-count"), "3");
    EXPECT_EQ(second.field("x-amz-checksum-crc64nvme"), crc(second_));
    EXPECT_EQ(second.field("x-amz-checksum-type"), "FULL_OBJECT");
    const Answer head = get_part(6, "HEAD");
    EXPECT_EQ(head.status, 206);
    EXPECT_EQ(head.field("x-amz-checksum-crc64nvme"), crc("end"));
    EXPECT_EQ(head.field("x-amz-mp-parts-count"), "3");
    const Answer none = get_part(2);
    EXPECT_EQ(none.status, 416);
    EXPECT_EQ(none.code(), "InvalidPartNumber");
    EXPECT_EQ(none.element("ActualPartCount"), "3");
    EXPECT_EQ(get_part(2, "HEAD").status, 416);
}

TEST_F(ObjectAttributesTest, TheOnlyPartIsShownWithItsOwnChecksumAndNotThatOfTheWhole) {
    const std::string value = base64_of(ChecksumAlgorithm::SHA256, "body");
    const std::string id = create({{"x-amz-checksum-algorithm", "SHA256"}});
    const std::string etag = upload_part(id, 1, "body", {{"x-amz-checksum-sha256", value}});
    ASSERT_EQ(
        complete(id, part_xml(1, etag, "<ChecksumSHA256>" + value + "</ChecksumSHA256>")).status,
        200);
    const Answer part = get_part(1);
    EXPECT_EQ(part.field("x-amz-checksum-sha256"), value);
    EXPECT_EQ(part.field("x-amz-checksum-type"), "COMPOSITE");
    EXPECT_TRUE(send({.target = "/b/k", .headers = {{"x-amz-checksum-mode", "ENABLED"}}})
                    .field("x-amz-checksum-sha256")
                    .ends_with("=-1"));
}

TEST_F(ObjectAttributesTest, AnEmptyPartIsReadWithoutARange) {
    const std::string id = create();
    ASSERT_EQ(complete(id, part_xml(1, upload_part(id, 1, ""))).status, 200);
    const Answer part = get_part(1);
    EXPECT_EQ(part.status, 200);
    EXPECT_EQ(part.field("Content-Range"), "");
    EXPECT_EQ(part.field("x-amz-mp-parts-count"), "1");
}

// It was a 500 for whoever read a part while the object was overwritten.
TEST_F(ObjectAttributesTest, AManifestThatIsGoneIsNoError) {
    const auto manifest =
        run(load_manifest(*services_, *buckets_.find("b"), {.kind = BodyRef::Kind::Manifest}));
    ASSERT_TRUE(manifest.has_value());
    EXPECT_FALSE(manifest->has_value());
}

TEST_F(ObjectAttributesTest, APlainObjectIsItsOnlyPart) {
    ASSERT_EQ(put("k", "body").status, 200);
    const Answer part = get_part(1);
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.field("x-amz-checksum-crc64nvme"), crc("body"));
    EXPECT_EQ(part.field("x-amz-mp-parts-count"), "");
    EXPECT_EQ(get_part(2).code(), "InvalidPartNumber");
}

}  // namespace
}  // namespace tarn::s3
