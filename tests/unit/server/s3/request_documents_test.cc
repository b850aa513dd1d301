// What all documents of requests have in common: S3's namespace, and elements that may be there
// once.

#include "common/crypto/digest.h"
#include "tests/unit/server/s3/uploads_under_test.h"

namespace tarn::s3 {
namespace {

constexpr std::string_view kNamespace = R"( xmlns="http://s3.amazonaws.com/doc/2006-03-01/")";

class RequestDocumentsTest : public UploadsTest {
  protected:
    RequestDocumentsTest() {
        const Answer made = send({.method = "PUT",
                                  .target = "/locked",
                                  .headers = {{"x-amz-bucket-object-lock-enabled", "true"}}});
        EXPECT_EQ(made.status, 200) << made.body;
        const Answer owned = send_document("PUT", "/b?ownershipControls",
                                           "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter"
                                           "</ObjectOwnership></Rule></OwnershipControls>");
        EXPECT_EQ(owned.status, 200) << owned.body;  // so that ACLs can be sent
        EXPECT_EQ(put("k", "body").status, 200);
        EXPECT_EQ(send({.method = "PUT", .target = "/locked/k", .body = "body"}).status, 200);
    }
    Answer send_document(std::string_view method, const std::string& target, std::string document) {
        const std::string digest = to_base64(crypto::md5(document));
        return send({.method = method,
                     .target = target,
                     .headers = {{"content-md5", digest}},
                     .body = std::move(document)});
    }
    Answer delete_objects(const std::string& content, std::string_view attributes = kNamespace) {
        return send_document("POST", "/b?delete",
                             fmt::format("<Delete{}>{}</Delete>", attributes, content));
    }
};

struct DocumentCase {
    std::string_view method;
    std::string target;
    std::string_view root;
    std::string_view content;
    std::string_view code = "MalformedXML";  // of a document that is none of S3's
};

const DocumentCase kDocuments[] = {
    {"POST", "/b?delete", "Delete", "<Object><Key>none</Key></Object>"},
    {"POST", "/b/k?uploadId=", "CompleteMultipartUpload",
     "<Part><PartNumber>1</PartNumber><ETag>e</ETag></Part>"},
    {"PUT", "/new", "CreateBucketConfiguration",
     "<LocationConstraint>eu-west-1</LocationConstraint>"},
    {"PUT", "/b?versioning", "VersioningConfiguration", "<Status>Enabled</Status>"},
    {"PUT", "/b?tagging", "Tagging", "<TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet>"},
    {"PUT", "/b/k?tagging", "Tagging", "<TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet>"},
    {"PUT", "/b?ownershipControls", "OwnershipControls",
     "<Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"},
    {"PUT", "/b?publicAccessBlock", "PublicAccessBlockConfiguration",
     "<BlockPublicAcls>true</BlockPublicAcls>"},
    {"PUT", "/locked?object-lock", "ObjectLockConfiguration",
     "<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>"
     "<Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule>"},
    {"PUT", "/locked/k?retention", "Retention",
     "<Mode>GOVERNANCE</Mode><RetainUntilDate>2999-01-01T00:00:00Z</RetainUntilDate>"},
    {"PUT", "/locked/k?legal-hold", "LegalHold", "<Status>OFF</Status>"},
    {"PUT", "/b?requestPayment", "RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>"},
    {"PUT", "/b?acl", "AccessControlPolicy",
     "<Owner><ID>x</ID></Owner><AccessControlList></AccessControlList>", "MalformedACLError"},
};

std::string document_in(const DocumentCase& c, std::string_view attributes) {
    return fmt::format("<{0}{1}>{2}</{0}>", c.root, attributes, c.content);
}

TEST_F(RequestDocumentsTest, AForeignNamespaceIsMalformed) {
    for (const DocumentCase& c : kDocuments) {
        const std::string id = c.target.ends_with("uploadId=") ? create() : "";
        for (const std::string_view attributes :
             {R"( xmlns="http://example.com/")", R"( xmlns="http://s3.amazonaws.com/doc/")",
              R"( xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/")"}) {
            const Answer answer =
                send_document(c.method, c.target + id, document_in(c, attributes));
            EXPECT_EQ(answer.status, 400) << c.target << attributes;
            EXPECT_EQ(answer.code(), c.code) << c.target << attributes << answer.body;
        }
        for (const std::string_view attributes :
             {std::string_view(), kNamespace, std::string_view(R"( xmlns="")"),
              std::string_view(R"( xmlns="http://doc.s3.amazonaws.com/2006-03-01")")}) {
            const Answer answer =
                send_document(c.method, c.target + id, document_in(c, attributes));
            EXPECT_NE(answer.code(), c.code) << c.target << attributes << answer.body;
        }
    }
}

TEST_F(RequestDocumentsTest, EveryElementIsInTheNamespace) {
    EXPECT_EQ(delete_objects(R"(<Object xmlns="http://x/"><Key>none</Key></Object>)").code(),
              "MalformedXML");
    EXPECT_EQ(delete_objects(R"(<Object><x:Key xmlns:x="http://x/">none</x:Key></Object>)").code(),
              "MalformedXML");
    EXPECT_EQ(delete_objects("<Object><x:Key>none</x:Key></Object>").code(), "MalformedXML");
    EXPECT_EQ(send_document("POST", "/b?delete",
                            "<s:Delete xmlns:s=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                            "<s:Object><s:Key>none</s:Key></s:Object></s:Delete>")
                  .status,
              200);
}

TEST_F(RequestDocumentsTest, WhatMayBeThereOnceIsNotThereTwice) {
    const std::string id = create();
    const struct {
        std::string_view method;
        std::string target;
        std::string document;
        std::string_view code = "MalformedXML";
    } kCases[] = {
        {"POST", "/b?delete", "<Delete><Object><Key>k</Key><Key>none</Key></Object></Delete>"},
        {"POST", "/b?delete",
         "<Delete><Quiet>true</Quiet><Object><Key>k</Key></Object><Quiet>true</Quiet></Delete>"},
        {"POST", "/b?delete",
         "<Delete><Object><Key>k</Key><VersionId>null</VersionId><VersionId>x</VersionId>"
         "</Object></Delete>"},
        {"POST", "/b/k?uploadId=" + id,
         "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><PartNumber>2</PartNumber>"
         "<ETag>e</ETag></Part></CompleteMultipartUpload>"},
        {"PUT", "/new",
         "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint>"
         "<LocationConstraint>eu-west-2</LocationConstraint></CreateBucketConfiguration>"},
        {"PUT", "/b?versioning",
         "<VersioningConfiguration><Status>Enabled</Status><Status>Suspended</Status>"
         "</VersioningConfiguration>"},
        {"PUT", "/b?ownershipControls",
         "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership>"
         "<ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>"},
        {"PUT", "/b?publicAccessBlock",
         "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>"
         "<BlockPublicAcls>false</BlockPublicAcls></PublicAccessBlockConfiguration>"},
        {"PUT", "/locked?object-lock",
         "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
         "<ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"},
        {"PUT", "/locked/k?retention",
         "<Retention><Mode>GOVERNANCE</Mode><Mode>COMPLIANCE</Mode>"
         "<RetainUntilDate>2999-01-01T00:00:00Z</RetainUntilDate></Retention>"},
        {"PUT", "/locked/k?legal-hold",
         "<LegalHold><Status>ON</Status><Status>OFF</Status></LegalHold>"},
        {"PUT", "/b?acl",
         "<AccessControlPolicy><Owner><ID>x</ID></Owner><AccessControlList></AccessControlList>"
         "<AccessControlList></AccessControlList></AccessControlPolicy>",
         "MalformedACLError"},
    };
    for (const auto& c : kCases) {
        const Answer answer = send_document(c.method, c.target, c.document);
        EXPECT_EQ(answer.code(), c.code) << c.document << answer.body;
    }
    EXPECT_TRUE(exists("k"));
}

TEST_F(RequestDocumentsTest, QuietIsABoolean) {
    const std::string object = "<Object><Key>none</Key></Object>";
    for (const std::string_view wrong : {"maybe", "", "TRUE", "yes"}) {
        EXPECT_EQ(delete_objects(fmt::format("<Quiet>{}</Quiet>{}", wrong, object)).code(),
                  "MalformedXML")
            << wrong;
    }
    EXPECT_NE(delete_objects("<Quiet>false</Quiet>" + object).body.find("<Deleted>"),
              std::string::npos);
    EXPECT_EQ(delete_objects("<Quiet>true</Quiet>" + object).body.find("<Deleted>"),
              std::string::npos);
}

TEST_F(RequestDocumentsTest, ElementsThatS3DoesNotKnowAreMalformed) {
    EXPECT_EQ(delete_objects("<Object><Key>k</Key><Kee>x</Kee></Object>").code(), "MalformedXML");
    EXPECT_EQ(delete_objects("<Object><Key>k<b/></Key></Object>").code(), "MalformedXML");
    EXPECT_EQ(delete_objects("").code(), "MalformedXML");
    EXPECT_TRUE(exists("k"));
}

// The listing wrote "&#x1;", and a whole request that gave it back was refused.
TEST_F(RequestDocumentsTest, KeysThatXmlCannotWriteAreDeletedByReference) {
    for (const std::string_view key : {"a%01b", "%1F", "%EF%BF%BE", "c%0Dd"})
        ASSERT_EQ(put(key, "body").status, 200) << key;
    const Answer listing = send({.target = "/b"});
    for (const std::string_view shown : {"a&#x1;b", "&#x1f;", "&#xfffe;", "c&#13;d"})
        EXPECT_TRUE(listing.body.contains("<Key>" + std::string(shown) + "</Key>")) << shown;
    const Answer answer = delete_objects(
        "<Object><Key>a&#x1;b</Key></Object><Object><Key>&#31;</Key></Object>"
        "<Object><Key>&#xFFFE;</Key></Object><Object><Key>c&#13;d</Key></Object>");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(answer.body.contains("<Deleted><Key>a&#x1;b</Key></Deleted>")) << answer.body;
    for (const std::string_view key : {"a%01b", "%1F", "%EF%BF%BE", "c%0Dd"})
        EXPECT_FALSE(exists(key)) << key;
    // These name no character at all.
    for (const std::string_view none : {"&#0;", "&#xD800;", "&#x110000;", "\x01"}) {
        EXPECT_EQ(delete_objects("<Object><Key>" + std::string(none) + "</Key></Object>").code(),
                  "MalformedXML");
    }
}

}  // namespace
}  // namespace tarn::s3
