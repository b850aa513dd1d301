// The switches of --compat that answer as Ceph's radosgw does: each beside what S3 answers.

#include "server/s3/payload.h"
#include "tests/unit/server/s3/uploads_under_test.h"

namespace tarn::s3 {
namespace {

using crypto::ChecksumAlgorithm;

struct ErrorForms {
    int status;
    std::string_view code;
    int radosgw_status;
    std::string_view radosgw_code;
};

class RadosgwTest : public UploadsTest {
  protected:
    // The switch changes code and status, and not the text.
    void expect_forms(const Sent& sent, const ErrorForms& forms) {
        SCOPED_TRACE(sent.target);
        services_->compat = {};
        const Answer s3 = send(sent);
        EXPECT_EQ(s3.status, forms.status) << s3.body;
        EXPECT_EQ(s3.code(), forms.code);
        services_->compat.radosgw_errors = true;
        const Answer radosgw = send(sent);
        EXPECT_EQ(radosgw.status, forms.radosgw_status) << radosgw.body;
        EXPECT_EQ(radosgw.code(), forms.radosgw_code);
        EXPECT_EQ(radosgw.element("Message"), s3.element("Message"));
    }
    // Without a length.
    Answer send_chunked(Sent sent) {
        const std::string body = std::exchange(sent.body, {});
        std::string head = head_of(sent);
        constexpr std::string_view kLength = "Content-Length: 0";
        head.replace(head.find(kLength), kLength.size(), "Transfer-Encoding: chunked");
        test::FakeExchange exchange(head, body, peer_);
        run(api_->handle(exchange));
        return {.status = exchange.status(), .body = exchange.written};
    }
    // Reads a body of 8 bytes whose length is unknown.
    net::Task<Result<std::size_t, Error>> read_at_most(std::uint64_t max_bytes) {
        test::FakeExchange exchange(
            "PUT /b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "12345678");
        Request request{
            .exchange = exchange, .head = exchange.request(), .compat = {.radosgw_lenient = true}};
        TARN_CO_TRY(PayloadReader payload, PayloadReader::open(request, max_bytes));
        EXPECT_FALSE(payload.length());
        std::string bytes(64, '\0');
        co_return co_await payload.read(bytes);
    }
};

std::string tagging(int count) {
    std::string tags;
    for (int i = 0; i < count; ++i)
        tags += fmt::format("<Tag><Key>{}</Key><Value/></Tag>", i);
    return "<Tagging><TagSet>" + tags + "</TagSet></Tagging>";
}

TEST_F(RadosgwTest, APartOrARangeThatIsNotThere) {
    ASSERT_EQ(put("k", "body").status, 200);
    expect_forms({.target = "/b/k?partNumber=2"}, {416, "InvalidPartNumber", 400, "InvalidPart"});
    const auto copy = [target = "/b/k?partNumber=1&uploadId=" + create()](std::string range) {
        return Sent{.method = "PUT",
                    .target = target,
                    .headers = {{"x-amz-copy-source", "/b/k"},
                                {"x-amz-copy-source-range", std::move(range)}}};
    };
    expect_forms(copy("bytes=0-21"), {400, "InvalidArgument", 416, "InvalidRange"});
    expect_forms(copy("bytes=9-21"), {400, "InvalidRequest", 416, "InvalidRange"});
    expect_forms(copy("bytes=0"), {400, "InvalidArgument", 400, "InvalidArgument"});
}

TEST_F(RadosgwTest, AMalformedChecksum) {
    for (const ChecksumAlgorithm algorithm : crypto::kChecksumAlgorithms) {
        const std::string header(crypto::checksum_header(algorithm));
        SCOPED_TRACE(header);
        expect_forms({.method = "PUT", .target = "/b/k", .headers = {{header, "bad"}}},
                     {400, "InvalidRequest", 400, "BadDigest"});
    }
    expect_forms(
        {.method = "POST", .target = "/b/k?uploads", .headers = {{"x-amz-checksum-type", "bad"}}},
        {400, "InvalidRequest", 400, "InvalidRequest"});
}

TEST_F(RadosgwTest, ARetentionPeriodThatCannotBe) {
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/locked",
                    .headers = {{"x-amz-bucket-object-lock-enabled", "true"}}})
                  .status,
              200);
    for (const std::string_view period : {"<Days>0</Days>", "<Years>-1</Years>"}) {
        expect_forms({.method = "PUT",
                      .target = "/locked?object-lock",
                      .body = fmt::format("<ObjectLockConfiguration><ObjectLockEnabled>Enabled"
                                          "</ObjectLockEnabled><Rule><DefaultRetention><Mode>"
                                          "GOVERNANCE</Mode>{}</DefaultRetention></Rule>"
                                          "</ObjectLockConfiguration>",
                                          period)},
                     {400, "InvalidArgument", 400, "InvalidRetentionPeriod"});
    }
}

TEST_F(RadosgwTest, APresignedLifetimeThatCannotBe) {
    const std::string key = access_key(kOwner);
    for (const int seconds : {700'000, -7}) {
        const std::string target =
            aws::presign_target({.method = "GET", .target = "/b/k", .host = kHost},
                                {.access_key_id = key, .secret = "secret", .region = "us-east-1"},
                                clock_.now(), std::chrono::seconds(seconds));
        expect_forms({.target = target, .account = ""},
                     {400, "AuthorizationQueryParametersError", 403, "AccessDenied"});
    }
}

TEST_F(RadosgwTest, TooManyTagsAndATorrent) {
    ASSERT_EQ(put("k", "body").status, 200);
    expect_forms({.method = "PUT", .target = "/b/k?tagging", .body = tagging(11)},
                 {400, "BadRequest", 400, "InvalidTag"});
    expect_forms({.method = "PUT", .target = "/b?tagging", .body = tagging(51)},
                 {400, "BadRequest", 400, "InvalidTag"});
    expect_forms({.target = "/b/k?torrent"}, {501, "NotImplemented", 404, "NoSuchKey"});
    expect_forms({.method = "PUT", .target = "/b/k", .headers = {{"if-match", "*"}}},
                 {501, "NotImplemented", 501, "NotImplemented"});
}

TEST_F(RadosgwTest, AMissingKeySaysThatNoDeleteMarkerHidesIt) {
    constexpr std::string_view kField = "x-amz-delete-marker";
    for (const std::string_view method : {"GET", "HEAD"}) {
        const Sent missing{.method = method, .target = "/b/missing"};
        services_->compat.radosgw_errors = false;
        EXPECT_EQ(send(missing).field(kField), "");
        services_->compat.radosgw_errors = true;
        EXPECT_EQ(send(missing).field(kField), "false");
    }
    EXPECT_EQ(send({.target = "/b/missing?tagging"}).field(kField), "");
    Sent secret{.target = "/b/missing", .account = kOther};
    set_policy(R"({"Effect":"Allow","Principal":"*","Action":"s3:GetObject",)"
               R"("Resource":"arn:aws:s3:::b/*"})");
    EXPECT_EQ(send(secret).code(), "AccessDenied");
    EXPECT_EQ(send(secret).field(kField), "") << "nothing about a key that is none of theirs";
}

TEST_F(RadosgwTest, WritesTakeAnyConditionOnAnETag) {
    const auto put_if = [this](std::string header, std::string value) {
        return put("k", "body", {{std::move(header), std::move(value)}});
    };
    const std::string etag = '"' + to_hex(crypto::md5("body")) + '"';
    for (const auto& [header, value] : {std::pair{"if-match", "*"}, {"if-none-match", "\"e\""}}) {
        const Answer refused = put_if(header, value);
        EXPECT_EQ(refused.status, 501) << header;
        EXPECT_EQ(refused.code(), "NotImplemented");
    }
    services_->compat.radosgw_conditions = true;
    EXPECT_EQ(put_if("if-match", "*").code(), "NoSuchKey");
    EXPECT_EQ(put_if("if-none-match", etag).status, 200);
    EXPECT_EQ(put_if("if-match", "*").status, 200);
    const Answer same = put_if("if-none-match", etag);
    EXPECT_EQ(same.status, 412);
    EXPECT_EQ(same.element("Condition"), "If-None-Match");
    EXPECT_EQ(put_if("if-none-match", "\"other\"").status, 200);
    // What S3 has stays.
    EXPECT_EQ(put_if("if-match", etag).status, 200);
    EXPECT_EQ(put_if("if-match", "\"other\"").element("Condition"), "If-Match");
    EXPECT_EQ(put_if("if-none-match", "*").status, 412);
    EXPECT_EQ(put("k", "body", {{"if-match", etag}, {"if-none-match", "*"}}).status, 501);
}

TEST_F(RadosgwTest, ACompletionTakesAnyConditionOnAnETag) {
    const auto complete_if = [this](std::string header, std::string value) {
        const std::string id = create();
        const std::string parts = part_xml(1, upload_part(id, 1, "body"));
        return complete(id, parts, {{std::move(header), std::move(value)}}).status;
    };
    EXPECT_EQ(complete_if("if-match", "*"), 501);
    services_->compat.radosgw_conditions = true;
    EXPECT_EQ(complete_if("if-match", "*"), 404);
    EXPECT_EQ(complete_if("if-none-match", "\"e\""), 200);
    EXPECT_EQ(complete_if("if-match", "*"), 200);
    const std::string etag = send({.method = "HEAD", .target = "/b/k"}).field("ETag");
    EXPECT_EQ(complete_if("if-none-match", etag), 412);
}

TEST_F(RadosgwTest, AListingEncodesBlanksAndLeavesThePrefixAlone) {
    ASSERT_EQ(put("a%20%2Bb", "body").status, 200);
    constexpr std::string_view kQuery = "encoding-type=url&prefix=a%20";
    const auto list = [&](std::string_view more) {
        return send({.target = fmt::format("/b?{}{}", kQuery, more)});
    };
    EXPECT_EQ(list("").element("Key"), "a+%2Bb");
    EXPECT_EQ(list("").element("Prefix"), "a+");
    EXPECT_EQ(list("&list-type=2&continuation-token=").code(), "InvalidArgument");
    services_->compat.radosgw_listing = true;
    EXPECT_EQ(list("").element("Key"), "a%20%2Bb");
    EXPECT_EQ(list("").element("Prefix"), "a ");
    EXPECT_EQ(list("&list-type=2").element("Prefix"), "a%20");
    const Answer from_the_start = list("&list-type=2&continuation-token=");
    EXPECT_EQ(from_the_start.element("Key"), "a%20%2Bb");
    EXPECT_NE(from_the_start.body.find("<ContinuationToken>"), std::string::npos);
    EXPECT_EQ(list("&list-type=2&continuation-token=x").code(), "InvalidArgument");
}

TEST_F(RadosgwTest, ABodyOfUnknownLengthIsTaken) {
    const std::string large(storage::kInlineBytes + 1, 'x');
    for (const std::string& body : {std::string(), std::string("body"), large}) {
        const Sent sent{.method = "PUT", .target = "/b/k", .body = body};
        services_->compat.radosgw_lenient = false;
        EXPECT_EQ(send_chunked(sent).status, 411);
        services_->compat.radosgw_lenient = true;
        EXPECT_EQ(send_chunked(sent).status, 200);
        EXPECT_EQ(send({.target = "/b/k"}).body, body);
    }
    EXPECT_EQ(send_chunked({.method = "PUT", .target = "/b?tagging", .body = tagging(1)}).code(),
              "MissingContentLength")
        << "documents are read as a whole";
}

TEST_F(RadosgwTest, ABodyOfUnknownLengthIsCutOffAtTheLimit) {
    EXPECT_EQ(run(read_at_most(8)).value(), 8u);
    const auto refused = run(read_at_most(7));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::EntityTooLarge);
}

TEST_F(RadosgwTest, ACompositeCompletionNeedNotNameTheChecksums) {
    const std::string id = create({{"x-amz-checksum-algorithm", "SHA256"}});
    const std::string checksum = base64_of(ChecksumAlgorithm::SHA256, "body");
    const std::string etag = upload_part(id, 1, "body", {{"x-amz-checksum-sha256", checksum}});
    EXPECT_EQ(complete(id, part_xml(1, etag)).code(), "InvalidRequest");
    services_->compat.radosgw_lenient = true;
    const std::string wrong = base64_of(ChecksumAlgorithm::SHA256, "other");
    EXPECT_EQ(
        complete(id, part_xml(1, etag, "<ChecksumSHA256>" + wrong + "</ChecksumSHA256>")).code(),
        "BadDigest")
        << "what is named must be right";
    EXPECT_EQ(complete(id, part_xml(1, etag)).status, 200);
}

TEST_F(RadosgwTest, OfAPartNamedTwiceTheLastCounts) {
    const std::string id = create();
    const std::string first = upload_part(id, 1, "first");
    const std::string last = upload_part(id, 1, "last");
    const std::string parts = part_xml(1, first) + part_xml(1, last);
    EXPECT_EQ(complete(id, parts).code(), "InvalidPartOrder");
    services_->compat.radosgw_lenient = true;
    EXPECT_EQ(complete(id, part_xml(2, last) + part_xml(1, last)).code(), "InvalidPartOrder");
    EXPECT_EQ(complete(id, part_xml(1, last) + part_xml(1, first)).code(), "InvalidPart");
    EXPECT_EQ(complete(id, parts).status, 200);
    EXPECT_EQ(send({.target = "/b/k"}).body, "last");
}

TEST_F(RadosgwTest, TheExpectedOwnerCanBeACanonicalId) {
    const auto list = [this](std::string owner) {
        return send({.headers = {{"x-amz-expected-bucket-owner", std::move(owner)}}}).status;
    };
    const std::string own = auth::canonical_id_of(kOwner);
    EXPECT_EQ(list(own), 400);
    services_->compat.radosgw_lenient = true;
    EXPECT_EQ(list(own), 200);
    EXPECT_EQ(list(std::string(kOwner)), 200);
    for (const std::string& other : {auth::canonical_id_of(kOther), std::string(kOther), own + "0"})
        EXPECT_EQ(list(other), 403) << other;
}

TEST_F(RadosgwTest, APolicySeesAMissingKeyAsPrefix) {
    set_policy(R"({"Effect":"Allow","Principal":"*","Action":"s3:GetObject",)"
               R"("Resource":"arn:aws:s3:::b/*"},)"
               R"({"Effect":"Allow","Principal":"*","Action":"s3:ListBucket",)"
               R"("Resource":"arn:aws:s3:::b",)"
               R"("Condition":{"StringLike":{"s3:prefix":"public/*"}}})");
    const auto head = [this](std::string target) {
        return send({.method = "HEAD", .target = std::move(target), .account = kOther}).status;
    };
    EXPECT_EQ(head("/b/public/k"), 403);
    services_->compat.radosgw_prefix = true;
    EXPECT_EQ(head("/b/public/k"), 404);
    EXPECT_EQ(head("/b/private/k"), 403);
    EXPECT_EQ(head("/b/private/k?prefix=public/"), 403) << "nobody chooses their prefix";
}

TEST_F(RadosgwTest, ABucketIsNotCreatedAgainWithAnotherAcl) {
    const auto make = [this](std::string acl) {
        return send({.method = "PUT",
                     .target = "/again",
                     .headers = {{"x-amz-object-ownership", "ObjectWriter"},
                                 {"x-amz-acl", std::move(acl)}}});
    };
    const auto is_public = [this] {
        return send({.target = "/again", .account = ""}).status == 200;
    };
    ASSERT_EQ(make("private").status, 200);
    EXPECT_EQ(make("public-read").status, 200);
    EXPECT_TRUE(is_public());
    services_->compat.radosgw_recreate = true;
    const Answer refused = make("private");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.code(), "BucketAlreadyExists");
    EXPECT_TRUE(is_public()) << "nothing changed";
    EXPECT_EQ(make("public-read").status, 200);
}

}  // namespace
}  // namespace tarn::s3
