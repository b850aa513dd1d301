// Browser uploads.

#include "common/aws/sigv2.h"
#include "common/base/encoding.h"
#include "common/base/time_text.h"
#include "common/crypto/digest.h"
#include "tests/unit/server/s3/s3_under_test.h"

namespace tarn::s3 {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Upload {
    Fields fields;
    std::string file = "body";
    std::string filename = "photo.jpg";
    std::string after;  // further parts
    std::string target = "/b";
};

class PostObjectTest : public S3Test {
  protected:
    static std::string part(std::string_view name, std::string_view value) {
        return "--x\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
               std::string(value) + "\r\n";
    }
    static std::string file_part(std::string_view filename, std::string_view bytes) {
        return "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" +
               std::string(filename) + "\"\r\nContent-Type: image/png\r\n\r\n" +
               std::string(bytes) + "\r\n";
    }
    static std::string body_of(const Upload& upload) {
        std::string body;
        for (const auto& [name, value] : upload.fields)
            body += part(name, value);
        return body + file_part(upload.filename, upload.file) + upload.after + "--x--\r\n";
    }

    Answer send_form(std::string body, std::string target = "/b", Headers more = {}) {
        Headers headers = {{"Content-Type", "multipart/form-data; boundary=x"}};
        std::ranges::move(more, std::back_inserter(headers));
        return send({.method = "POST",
                     .target = std::move(target),
                     .headers = std::move(headers),
                     .body = std::move(body),
                     .account = ""});
    }
    Answer post(const Upload& upload) { return send_form(body_of(upload), upload.target); }

    std::string policy(std::string_view conditions,
                       std::chrono::seconds lifetime = std::chrono::seconds(60)) {
        return to_base64("{\"expiration\": \"" + format_iso8601(clock_.now() + lifetime) +
                         "\", \"conditions\": [" + std::string(conditions) + "]}");
    }
    // The fields with which the account signs.
    static Fields signed_v2(const std::string& policy, std::string_view account = kOwner) {
        return {{"AWSAccessKeyId", access_key(account)},
                {"policy", policy},
                {"signature", aws::sigv2_signature("secret", policy)}};
    }
    Fields signed_v4(std::string_view conditions) {
        const std::string date = format_amz_date(clock_.now());
        const std::string day = date.substr(0, 8);
        const std::string credential =
            access_key(kOwner) + "/" + day + "/eu-central-1/s3/aws4_request";
        const std::string text = policy(std::string(conditions) + ", {\"x-amz-date\": \"" + date +
                                        "\"}, {\"x-amz-credential\": \"" + credential +
                                        "\"}, {\"x-amz-algorithm\": \"AWS4-HMAC-SHA256\"}");
        const auto key = aws::derive_signing_key(
            "secret", {.day = day, .region = "eu-central-1", .service = "s3"});
        return {{"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
                {"X-Amz-Credential", credential},
                {"X-Amz-Date", date},
                {"Policy", text},
                {"X-Amz-Signature", std::string(aws::view(aws::sign_hex(*key, text)))}};
    }
    // A form that is good for any field that the test may add.
    Upload upload(Fields fields) {
        std::string conditions = R"({"bucket": "b"})";
        for (const auto& [name, value] : fields)
            conditions += ", [\"starts-with\", \"$" + name + "\", \"\"]";
        Upload result{.fields = signed_v2(policy(conditions))};
        std::ranges::move(fields, std::back_inserter(result.fields));
        return result;
    }
    Answer get(std::string_view key) { return send({.target = "/b/" + std::string(key)}); }
    void allow_everybody_to_put() {
        set_policy(R"({"Effect":"Allow","Principal":"*","Action":"s3:PutObject",)"
                   R"("Resource":"arn:aws:s3:::b/open/*"})");
    }
};

bool has_line(const Answer& answer, std::string_view line) {
    return answer.head.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
}

TEST_F(PostObjectTest, ASignedFormStoresItsFile) {
    const std::string conditions =
        R"({"bucket": "b"}, ["starts-with", "$key", "user/"], ["content-length-range", 0, 99])";
    const std::string file = "line\r\n--y not\r\n";
    Fields v4 = signed_v4(conditions);
    Fields v2 = signed_v2(policy(conditions));
    for (Fields& fields : std::array{v4, v2}) {
        fields.emplace_back("Key", "user/" + std::to_string(fields.size()));
        const Answer answer = post({.fields = fields, .file = file});
        EXPECT_EQ(answer.status, 204) << answer.body;
        EXPECT_EQ(answer.body, "");
        EXPECT_TRUE(has_line(answer, "ETag: \"" + to_hex(crypto::md5(file)) + "\""));
        EXPECT_NE(answer.head.find("x-amz-checksum-crc64nvme: "), std::string::npos);
        EXPECT_TRUE(has_line(answer, "x-amz-checksum-type: FULL_OBJECT"));
        EXPECT_TRUE(has_line(answer, "Location: http://127.0.0.1:9000/b/user%2F" +
                                         std::to_string(fields.size() - 1)));
        EXPECT_EQ(get(fields.back().second).body, file);
    }
}

TEST_F(PostObjectTest, AFormThatIsNoneIsRefusedWith412) {
    for (const std::string_view type : {"text/html", "", "application/x-www-form-urlencoded"}) {
        const Answer answer = send({.method = "POST",
                                    .target = "/b",
                                    .headers = {{"Content-Type", std::string(type)}},
                                    .body = "a=b",
                                    .account = ""});
        EXPECT_EQ(answer.status, 412);
        EXPECT_EQ(answer.code(), "PreconditionFailed");
        EXPECT_EQ(answer.element("Message"),
                  "At least one of the pre-conditions you specified did not hold");
        EXPECT_EQ(answer.element("Condition"),
                  "Bucket POST must be of the enclosure-type multipart/form-data");
    }
}

TEST_F(PostObjectTest, AMissingBucketIsTold) {
    EXPECT_EQ(send_form("--x--", "/nobody").code(), "NoSuchBucket");
}

TEST_F(PostObjectTest, AMalformedFormIsRefused) {
    Upload good = upload({{"key", "k"}});
    const std::string body = body_of(good);
    const std::string cut = body.substr(0, body.size() - 4);
    for (const std::string& bad :
         {std::string("no form"), cut, body.substr(0, body.size() / 2),
          part("key", "k") + "--x\r\nContent-Type: text/plain\r\n\r\nx\r\n--x--",
          body_of(upload({{"key", "\xff"}})),
          body_of(upload({{"key", "k"}, {"x-amz-meta-a b", ""}}))}) {
        const Answer answer = send_form(bad);
        EXPECT_EQ(answer.status, 400) << bad;
        EXPECT_EQ(answer.code(), "MalformedPOSTRequest") << bad;
        EXPECT_EQ(answer.element("Message"),
                  "The body of your POST request is not well-formed multipart/form-data.");
    }
    const Answer no_boundary = send({.method = "POST",
                                     .target = "/b",
                                     .headers = {{"Content-Type", "multipart/form-data"}},
                                     .body = body,
                                     .account = ""});
    EXPECT_EQ(no_boundary.code(), "MalformedPOSTRequest");
    EXPECT_FALSE(exists("k"));
}

TEST_F(PostObjectTest, TheFieldsBeforeTheFileHaveALimit) {
    const auto form_of = [&](std::size_t bytes) {
        Upload form = upload({{"key", "k"}, {"x-ignore-me", ""}});
        const std::string body = body_of(form);
        const std::size_t before = body.find("\r\n\r\nbody") + 4;
        form.fields.back().second.assign(bytes - before, 'p');
        return form;
    };
    EXPECT_EQ(post(form_of(20'480)).status, 204);
    const Answer answer = post(form_of(20'481));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.code(), "MaxPostPreDataLengthExceeded");
    EXPECT_EQ(answer.element("MaxPostPreDataLengthBytes"), "20480");
    Upload many = upload({{"key", "k"}});
    many.fields.insert(many.fields.end(), 2'000, {"a", "b"});
    EXPECT_EQ(post(many).code(), "MaxPostPreDataLengthExceeded");
}

TEST_F(PostObjectTest, VariablesCannotMakeAFormLarger) {
    Upload form = upload({{"key", "k"}, {"x-ignore-me", ""}});
    for (int i = 0; i < 500; ++i)
        form.fields.back().second += "${filename}";
    form.filename.assign(100, 'n');
    EXPECT_EQ(post(form).code(), "MaxPostPreDataLengthExceeded");
}

TEST_F(PostObjectTest, ExactlyOneFileIsTaken) {
    const std::string_view message = "POST requires exactly one file upload per request.";
    const Answer none = send_form(part("key", "k") + "--x--");
    EXPECT_EQ(none.code(), "InvalidArgument");
    EXPECT_EQ(none.element("Message"), message);
    EXPECT_EQ(none.element("ArgumentName"), "file");
    EXPECT_EQ(none.element("ArgumentValue"), "0");
    Upload two = upload({{"key", "k"}});
    two.after = file_part("second", "more");
    const Answer answer = post(two);
    EXPECT_EQ(answer.code(), "InvalidArgument");
    EXPECT_EQ(answer.element("Message"), message);
    EXPECT_FALSE(exists("k"));
}

TEST_F(PostObjectTest, FieldsAfterTheFileAreIgnored) {
    Upload form = upload({{"key", "k"}});
    form.after = part("key", "other") + part("submit", "Upload") + part("acl", "nonsense");
    EXPECT_EQ(post(form).status, 204);
    EXPECT_EQ(get("k").body, "body");
    Upload late = upload({});
    late.after = part("key", "k2");
    const Answer answer = post(late);
    EXPECT_EQ(answer.code(), "InvalidArgument");
    EXPECT_EQ(answer.element("Message"),
              "Bucket POST must contain a field named 'key'.  If it is specified, please check the "
              "order of the fields.");
    EXPECT_EQ(answer.element("ArgumentName"), "key");
}

TEST_F(PostObjectTest, TheKeyTakesTheFileName) {
    struct Row {
        std::string filename;
        std::string key;
    };
    for (const Row& row : {Row{"a.txt", "in/a.txt"}, Row{"C:\\dir\\b.txt", "in/b.txt"},
                           Row{"/home/c.txt", "in/c.txt"}, Row{"", "in/"}}) {
        Upload form = upload({{"key", "in/${filename}"}, {"x-amz-meta-name", "<${filename}>"}});
        form.filename = row.filename;
        EXPECT_EQ(post(form).status, 204) << row.filename;
        const Answer stored = get(row.key);
        EXPECT_EQ(stored.status, 200) << row.key;
        EXPECT_TRUE(has_line(stored, "x-amz-meta-name: <" + row.key.substr(3) + ">"));
    }
    // Recorded: a file without a name leaves the variable as it is.
    const Upload form = upload({{"key", "raw-${filename}"}});
    std::string body = body_of(form);
    const std::string name = "; filename=\"photo.jpg\"";
    body.erase(body.find(name), name.size());
    EXPECT_EQ(send_form(body).status, 204);
    EXPECT_EQ(get("raw-$%7Bfilename%7D").status, 200);
}

TEST_F(PostObjectTest, TagsComeAsADocument) {
    const std::string tags =
        "<Tagging><TagSet><Tag><Key>a b</Key><Value>1+2=3</Value></Tag></TagSet></Tagging>";
    const Answer made = post(upload({{"key", "k"}, {"tagging", tags}}));
    ASSERT_EQ(made.status, 204) << made.body;
    const Answer stored = send({.target = "/b/k?tagging"});
    EXPECT_EQ(stored.element("Key"), "a b");
    EXPECT_EQ(stored.element("Value"), "1+2=3");
}

TEST_F(PostObjectTest, ALongKeyIsRefused) {
    const Answer answer = post(upload({{"key", std::string(1025, 'k')}}));
    EXPECT_EQ(answer.code(), "KeyTooLongError");
    EXPECT_EQ(answer.element("Size"), "1025");
}

TEST_F(PostObjectTest, WhatTheFormSaysIsStored) {
    ASSERT_EQ(post(upload({{"key", "k"},
                           {"content-type", "image/webp"},
                           {"Cache-Control", "max-age=5"},
                           {"Content-Disposition", "inline"},
                           {"Expires", "tomorrow"},
                           {"X-Amz-Meta-Tag", "Ninja"},
                           {"x-amz-meta-tag", "Stallman"},
                           {"x-amz-meta-word", "\xc3\xa9"},
                           {"x-amz-meta-control", std::string("\0\1", 2)},
                           {"x-amz-storage-class", "STANDARD_IA"},
                           {"acl", "bucket-owner-full-control"},
                           {"x-ignore-me", "please"}}))
                  .status,
              204);
    const Answer stored = get("k");
    for (const std::string_view line :
         {"Content-Type: image/webp", "Cache-Control: max-age=5", "Content-Disposition: inline",
          "Expires: tomorrow", "x-amz-meta-tag: Ninja,Stallman",
          "x-amz-meta-word: =?UTF-8?B?w6k=?=", "x-amz-meta-control: =?UTF-8?B?AAE=?=",
          "x-amz-storage-class: STANDARD_IA"}) {
        EXPECT_TRUE(has_line(stored, line)) << line << "\n" << stored.head;
    }
    // The file's own Content-Type is not the object's.
    ASSERT_EQ(post(upload({{"key", "plain"}})).status, 204);
    EXPECT_TRUE(has_line(get("plain"), "Content-Type: binary/octet-stream"));
}

TEST_F(PostObjectTest, WhatIsNotDoneIsRefusedAsForPutObject) {
    struct Row {
        std::string name;
        std::string value;
        std::string_view code;
    };
    for (const Row& row : {Row{"x-amz-storage-class", "FakeClass", "InvalidStorageClass"},
                           Row{"tagging", "<Tagging/>", "MalformedXML"},
                           Row{"x-amz-server-side-encryption", "aws:kms", "NotImplemented"},
                           Row{"x-amz-checksum-sha256", "sailorjerry", "InvalidRequest"},
                           Row{"x-amz-checksum-algorithm", "SHA256", "InvalidRequest"},
                           Row{"x-amz-checksum-crc32", "AAAAAA==", "BadDigest"},
                           Row{"Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==", "BadDigest"},
                           Row{"Content-MD5", "garbage", "InvalidDigest"}}) {
        EXPECT_EQ(post(upload({{"key", "k"}, {row.name, row.value}})).code(), row.code) << row.name;
        EXPECT_FALSE(exists("k"));
    }
}

TEST_F(PostObjectTest, AChecksumOfTheFileIsVerifiedAndKept) {
    const std::string sha256 = to_base64(crypto::sha256("body"));
    const Answer answer = post(upload({{"key", "k"}, {"x-amz-checksum-sha256", sha256}}));
    EXPECT_EQ(answer.status, 204);
    EXPECT_TRUE(has_line(answer, "x-amz-checksum-sha256: " + sha256));
}

TEST_F(PostObjectTest, TheAnswerIsAsTheFormWishes) {
    const auto answer_to = [&](Fields fields) {
        fields.emplace_back("key", "dir/a b\xc3\xa9");
        return post(upload(std::move(fields)));
    };
    const std::string location = "http://127.0.0.1:9000/b/dir%2Fa%20b%C3%A9";
    for (const auto& [wish, status] :
         {std::pair<std::string, int>{"200", 200}, {"204", 204}, {"404", 204}, {"", 204}}) {
        const Answer answer = answer_to({{"success_action_status", wish}});
        EXPECT_EQ(answer.status, status) << wish;
        EXPECT_EQ(answer.body, "");
        EXPECT_TRUE(has_line(answer, "Location: " + location));
    }
    const Answer created = answer_to({{"success_action_status", "201"}});
    EXPECT_EQ(created.status, 201);
    EXPECT_TRUE(has_line(created, "Content-Type: application/xml"));
    EXPECT_TRUE(has_line(created, "Location: " + location));
    EXPECT_NE(created.body.find("<PostResponse><Location>" + location +
                                "</Location><Bucket>b</Bucket><Key>dir/a b\xc3\xa9</Key><ETag>"),
              std::string::npos)
        << created.body;
}

TEST_F(PostObjectTest, TheAnswerNamesTheSchemeOfItsConnection) {
    peer_.tls = true;
    EXPECT_TRUE(has_line(post(upload({{"key", "k"}})), "Location: https://127.0.0.1:9000/b/k"));
}

TEST_F(PostObjectTest, ARedirectCarriesBucketKeyAndETag) {
    const std::string etag = to_hex(crypto::md5("body"));
    struct Row {
        std::string field;
        std::string url;
        std::string location;
    };
    const std::string query = "bucket=b&key=dir%2Fa+b&etag=%22" + etag + "%22";
    for (const Row& row :
         {Row{"success_action_redirect", "http://h/p", "http://h/p?" + query},
          Row{"redirect", "https://h", "https://h?" + query},
          Row{"success_action_redirect", "HTTP://h/p?a=b c", "HTTP://h/p?a=b c&" + query},
          Row{"success_action_redirect", "http://h/p#top", "http://h/p?" + query + "#top"}}) {
        const Answer answer = post(
            upload({{"key", "dir/a b"}, {row.field, row.url}, {"success_action_status", "201"}}));
        EXPECT_EQ(answer.status, 303);
        EXPECT_EQ(answer.body, "");
        EXPECT_TRUE(has_line(answer, "Location: " + row.location)) << answer.head;
    }
    // What S3 cannot interpret counts as absent.
    for (const std::string_view url :
         {"/relative", "javascript:alert(1)", "http://", "https:///x", "http://h/\r\nX-Evil: 1"}) {
        const Answer answer =
            post(upload({{"key", "k"}, {"success_action_redirect", std::string(url)}}));
        EXPECT_EQ(answer.status, 204) << url;
        EXPECT_TRUE(has_line(answer, "Location: http://127.0.0.1:9000/b/k")) << url;
    }
}

TEST_F(PostObjectTest, TheFileKeepsToItsRangeOrNothingIsStored) {
    const auto post_bytes = [&](std::size_t size) {
        Upload form{.fields = signed_v2(policy(
                        R"({"bucket": "b"}, {"key": "k"}, ["content-length-range", 5, 100000])")),
                    .file = std::string(size, 'f')};
        form.fields.emplace_back("key", "k");
        return post(form);
    };
    for (const std::size_t size : {100'001u, 300'000u}) {
        const Answer large = post_bytes(size);
        EXPECT_EQ(large.status, 400);
        EXPECT_EQ(large.code(), "EntityTooLarge");
        EXPECT_EQ(large.element("Message"),
                  "Your proposed upload exceeds the maximum allowed size");
        EXPECT_EQ(large.element("ProposedSize"), std::to_string(size));
        EXPECT_EQ(large.element("MaxSizeAllowed"), "100000");
    }
    const Answer small = post_bytes(4);
    EXPECT_EQ(small.status, 400);
    EXPECT_EQ(small.code(), "EntityTooSmall");
    EXPECT_EQ(small.element("Message"),
              "Your proposed upload is smaller than the minimum allowed size");
    EXPECT_EQ(small.element("ProposedSize"), "4");
    EXPECT_EQ(small.element("MinSizeAllowed"), "5");
    EXPECT_FALSE(exists("k"));
    EXPECT_EQ(row_count(storage::Table::Bodies), 0u);
    EXPECT_EQ(post_bytes(5).status, 204);
    EXPECT_EQ(post_bytes(100'000).status, 204);
    EXPECT_EQ(get("k").body, std::string(100'000, 'f'));
}

TEST_F(PostObjectTest, AFileOfAnySizeArrivesAsItWasSent) {
    std::string bytes;
    for (std::size_t i = 0; i < (3u << 20); ++i)
        bytes.push_back("\r\n--xy\0z"[i * 7919 % 8]);
    Upload form = upload({{"key", "k"}});
    form.file = bytes;
    // The delimiter itself cannot be in a file.
    ASSERT_EQ(bytes.find("\r\n--x"), std::string::npos);
    ASSERT_EQ(post(form).status, 204);
    EXPECT_EQ(get("k").body, bytes);
}

TEST_F(PostObjectTest, AFormThatBreaksItsPolicyIsRefused) {
    const auto answer_to = [&](std::string_view conditions, Fields fields,
                               std::chrono::seconds lifetime = std::chrono::seconds(60)) {
        Upload form{.fields = signed_v2(policy(conditions, lifetime))};
        std::ranges::move(fields, std::back_inserter(form.fields));
        return post(form);
    };
    const Answer failed = answer_to(R"({"bucket": "b"}, {"key": "a"})", {{"key", "k"}});
    EXPECT_EQ(failed.status, 403);
    EXPECT_EQ(failed.code(), "AccessDenied");
    EXPECT_EQ(failed.element("Message"),
              "Invalid according to Policy: Policy Condition failed: "
              "[&quot;eq&quot;, &quot;$key&quot;, &quot;a&quot;]");
    const Answer elsewhere = answer_to(R"({"bucket": "c"}, {"key": "k"})", {{"key", "k"}});
    EXPECT_EQ(elsewhere.status, 403);
    const Answer extra =
        answer_to(R"({"bucket": "b"}, {"key": "k"})", {{"key", "k"}, {"x-amz-meta-a", "b"}});
    EXPECT_EQ(extra.status, 403);
    EXPECT_EQ(extra.element("Message"),
              "Invalid according to Policy: Extra input fields: x-amz-meta-a");
    const Answer expired =
        answer_to(R"({"bucket": "b"}, {"key": "k"})", {{"key", "k"}}, std::chrono::seconds(-1));
    EXPECT_EQ(expired.status, 403);
    EXPECT_EQ(expired.element("Message"), "Invalid according to Policy: Policy expired.");
    const Answer invalid = answer_to("{}", {{"key", "k"}});
    EXPECT_EQ(invalid.status, 400);
    EXPECT_EQ(invalid.code(), "InvalidPolicyDocument");
    EXPECT_FALSE(exists("k"));
}

TEST_F(PostObjectTest, ATamperedPolicyIsASignatureThatDoesNotMatch) {
    Upload form = upload({{"key", "k"}});
    const std::string other =
        policy(R"({"bucket": "b"}, ["starts-with", "$key", ""])", std::chrono::seconds(600));
    form.fields[1].second = other;
    const Answer answer = post(form);
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.code(), "SignatureDoesNotMatch");
    EXPECT_EQ(answer.element("AWSAccessKeyId"), access_key(kOwner));
    EXPECT_EQ(answer.element("StringToSign"), other);
    EXPECT_EQ(answer.element("SignatureProvided"), form.fields[2].second);
    EXPECT_EQ(answer.element("StringToSignBytes").substr(0, 5), "65 79");
    // `tarn explain` finds it.
    EXPECT_TRUE(api_->refusals().find(answer.element("RequestId")));
    EXPECT_FALSE(exists("k"));
}

TEST_F(PostObjectTest, CredentialsMustBeWholeAndKnown) {
    Upload unknown = upload({{"key", "k"}});
    unknown.fields[0].second = "nobody";
    EXPECT_EQ(post(unknown).code(), "InvalidAccessKeyId");
    Upload incomplete = upload({{"key", "k"}});
    incomplete.fields.erase(incomplete.fields.begin() + 2);
    const Answer answer = post(incomplete);
    EXPECT_EQ(answer.code(), "InvalidArgument");
    EXPECT_EQ(answer.element("ArgumentName"), "Signature");
    EXPECT_FALSE(exists("k"));
}

TEST_F(PostObjectTest, AnAnonymousFormNeedsAPolicyOfTheBucket) {
    const Upload form{.fields = {{"key", "open/k"}}};
    EXPECT_EQ(post(form).code(), "AccessDenied");
    allow_everybody_to_put();
    EXPECT_EQ(post(form).status, 204);
    EXPECT_EQ(post({.fields = {{"key", "shut/k"}}}).code(), "AccessDenied");
    EXPECT_FALSE(exists("shut/k"));
}

TEST_F(PostObjectTest, TheSignersRightsAreAsked) {
    Upload form{.fields = signed_v2(policy(R"({"bucket": "b"}, {"key": "k"})"), kOther)};
    form.fields.emplace_back("key", "k");
    EXPECT_EQ(post(form).code(), "AccessDenied");
    set_policy(
        R"({"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:PutObject",)"
        R"("Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":)"
        R"({"s3:authType":"POST","s3:signatureversion":"AWS","s3:x-amz-acl":"bucket-owner-full-control"}}})");
    EXPECT_EQ(post(form).code(), "AccessDenied");
    form.fields = signed_v2(
        policy(R"({"bucket": "b"}, {"key": "k"}, {"acl": "bucket-owner-full-control"})"), kOther);
    form.fields.emplace_back("key", "k");
    form.fields.emplace_back("acl", "bucket-owner-full-control");
    EXPECT_EQ(post(form).status, 204);
}

TEST_F(PostObjectTest, AFormMakesAVersion) {
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/b?versioning",
                    .body = "<VersioningConfiguration><Status>Enabled</Status>"
                            "</VersioningConfiguration>"})
                  .status,
              200);
    const Upload form = upload({{"key", "k"}});
    std::vector<std::string> ids;
    for (int i = 0; i < 2; ++i) {
        const Answer answer = post(form);
        ASSERT_EQ(answer.status, 204);
        constexpr std::string_view kName = "x-amz-version-id: ";
        const std::size_t at = answer.head.find(kName);
        ASSERT_NE(at, std::string::npos);
        const std::size_t start = at + kName.size();
        ids.push_back(answer.head.substr(start, answer.head.find('\r', start) - start));
        EXPECT_EQ(get("k?versionId=" + ids.back()).body, "body");
    }
    EXPECT_NE(ids[0], ids[1]);
}

TEST_F(PostObjectTest, AnAclOfTheFormIsTheObjects) {
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/b?ownershipControls",
                    .body = "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter"
                            "</ObjectOwnership></Rule></OwnershipControls>"})
                  .status,
              200);
    for (const auto& [acl, status] :
         {std::pair<std::string, int>{"private", 403}, {"public-read", 200}}) {
        ASSERT_EQ(post(upload({{"key", acl}, {"acl", acl}})).status, 204);
        EXPECT_EQ(send({.target = "/b/" + acl, .account = ""}).status, status) << acl;
    }
    EXPECT_EQ(post(upload({{"key", "k"}, {"acl", "public-ready"}})).code(), "InvalidArgument");
}

// A field could else stand for a header that says where a request comes from.
TEST_F(PostObjectTest, AFieldIsNotTheRequestsReferer) {
    set_policy(R"({"Effect":"Allow","Principal":"*","Action":"s3:PutObject",)"
               R"("Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":)"
               R"({"aws:Referer":"https://mine"}}})");
    const Upload form{.fields = {{"key", "k"}, {"referer", "https://mine"}}};
    EXPECT_EQ(post(form).code(), "AccessDenied");
    EXPECT_EQ(send_form(body_of(form), "/b", {{"Referer", "https://mine"}}).status, 204);
}

TEST_F(PostObjectTest, ARequestIsSignedOnce) {
    const Upload form = upload({{"key", "k"}});
    const Answer twice = send({.method = "POST",
                               .target = "/b",
                               .headers = {{"Content-Type", "multipart/form-data; boundary=x"}},
                               .body = body_of(form)});
    EXPECT_EQ(twice.code(), "InvalidArgument");
    EXPECT_FALSE(exists("k"));
    // A signed head alone will do.
    const Answer by_head = send({.method = "POST",
                                 .target = "/b",
                                 .headers = {{"Content-Type", "multipart/form-data; boundary=x"}},
                                 .body = body_of({.fields = {{"key", "k"}}})});
    EXPECT_EQ(by_head.status, 204) << by_head.body;
}

TEST_F(PostObjectTest, AHeadThatSpeaksOfTheBodySpeaksOfTheForm) {
    const std::string body = body_of(upload({{"key", "k"}}));
    EXPECT_EQ(send_form(body, "/b", {{"Content-MD5", to_base64(crypto::md5("body"))}}).code(),
              "BadDigest");
    EXPECT_FALSE(exists("k"));
    EXPECT_EQ(send_form(body, "/b", {{"x-amz-content-sha256", crypto::sha256_hex("body")}}).code(),
              "XAmzContentSHA256Mismatch");
    EXPECT_FALSE(exists("k"));
    EXPECT_EQ(send_form(body, "/b",
                        {{"Content-MD5", to_base64(crypto::md5(body))},
                         {"x-amz-content-sha256", crypto::sha256_hex(body)}})
                  .status,
              204);
}

TEST_F(PostObjectTest, AQueryCannotSignAForm) {
    const std::string key = access_key(kOwner);
    const std::string target =
        aws::presign_target({.method = "POST", .target = "/b", .host = kHost},
                            {.access_key_id = key, .secret = "secret", .region = "us-east-1"},
                            clock_.now(), std::chrono::seconds(60));
    EXPECT_EQ(send_form(body_of({.fields = {{"key", "k"}}}), target).code(), "AccessDenied");
}

TEST_F(PostObjectTest, ABodyThatCannotFitIsRefusedUnread) {
    test::FakeExchange exchange("POST /b HTTP/1.1\r\nHost: " + std::string(kHost) +
                                    "\r\nContent-Type: multipart/form-data; boundary=x\r\n"
                                    "Content-Length: 5369757697\r\n\r\n",
                                "", peer_);
    run(api_->handle(exchange));
    EXPECT_EQ(exchange.head().status(), 400);
    EXPECT_NE(exchange.written.find("<Code>EntityTooLarge</Code>"), std::string::npos);
}

TEST_F(PostObjectTest, AChecksumNeedsAConditionButForTheSwitch) {
    const auto post_with = [this](std::string_view bytes) {
        Upload form{.fields = signed_v2(policy(R"({"bucket": "b"}, {"key": "k"})"))};
        form.fields.emplace_back("key", "k");
        form.fields.emplace_back("x-amz-checksum-sha256", to_base64(crypto::sha256(bytes)));
        return post(form);
    };
    EXPECT_EQ(post_with("body").element("Message"),
              "Invalid according to Policy: Extra input fields: x-amz-checksum-sha256");
    services_->compat.radosgw_lenient = true;
    EXPECT_EQ(post_with("other").code(), "BadDigest");
    EXPECT_EQ(post_with("body").status, 204);
}

}  // namespace
}  // namespace tarn::s3
