// Tags: reading them, keeping them, and what policies make of them.

#include "server/s3/tags.h"
#include "tests/unit/server/s3/s3_under_test.h"

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

std::string tagging(const TagSet& tags) {
    std::string xml = "<Tagging><TagSet>";
    for (const auto& [key, value] : tags)
        xml += fmt::format("<Tag><Key>{}</Key><Value>{}</Value></Tag>", key, value);
    return xml + "</TagSet></Tagging>";
}

TagSet numbered_tags(int count) {
    TagSet tags;
    for (int i = 0; i < count; ++i)
        tags.emplace_back(fmt::format("key{:02}", i), "v");
    return tags;
}

TEST(TaggingHeader, IsAUrlEncodedQuery) {
    const std::pair<std::string_view, TagSet> cases[] = {
        {"", {}},
        {"a=1&b=2", {{"a", "1"}, {"b", "2"}}},
        {"foo=bar&bar", {{"bar", ""}, {"foo", "bar"}}},
        {"a%20b=c+d%2Be", {{"a b", "c d+e"}}},
        {"%C3%BC=%E6%97%A5&", {{"ü", "日"}}},
        {"k=a=b", {{"k", "a=b"}}},
    };
    for (const auto& [header, expected] : cases) {
        const auto tags = parse_tagging_header(header);
        ASSERT_TRUE(tags.has_value()) << header;
        EXPECT_EQ(*tags, expected) << header;
        EXPECT_EQ(parse_tagging_header(tagging_header(*tags)), expected) << header;
    }
}

TEST(TaggingHeader, OthersAreRefused) {
    constexpr std::string_view kEncoding =
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
        "without tag name duplicates.";
    const std::string long_key = std::string(129, 'k') + "=v";
    const std::string long_value = "k=" + std::string(257, 'v');
    const std::tuple<std::string_view, ErrorCode, std::string_view> cases[] = {
        {"a=1&a=2", ErrorCode::InvalidArgument, kEncoding},
        {"a=%zz", ErrorCode::InvalidArgument, kEncoding},
        {"=v", ErrorCode::InvalidArgument, kEncoding},
        {"a=%ff", ErrorCode::InvalidArgument, kEncoding},
        {"a!=1", ErrorCode::InvalidArgument, kEncoding},
        {"a=%0A", ErrorCode::InvalidArgument, kEncoding},
        {"aws:a=1", ErrorCode::InvalidTag, "Your TagKey cannot be prefixed with aws:"},
        {long_key, ErrorCode::InvalidTag, "The TagKey you have provided is invalid"},
        {long_value, ErrorCode::InvalidTag, "The TagValue you have provided is invalid"},
        {"a&b&c&d&e&f&g&h&i&j&k", ErrorCode::BadRequest, "Object tags cannot be greater than 10"},
    };
    for (const auto& [header, code, message] : cases) {
        const auto tags = parse_tagging_header(header);
        ASSERT_FALSE(tags.has_value()) << header;
        EXPECT_EQ(tags.error().code, code) << header;
        EXPECT_EQ(message_of(tags.error()), message) << header;
    }
}

TEST(TaggingDocument, CountsCharactersAndNotBytes) {
    std::string key;
    for (int i = 0; i < 128; ++i)
        key += "ü";
    EXPECT_TRUE(read_tagging_document(tagging({{key, "v"}}), TagOwner::Object).has_value());
    EXPECT_FALSE(read_tagging_document(tagging({{key + "ü", "v"}}), TagOwner::Object).has_value());
}

TEST(TaggingDocument, WhatIsNoneIsMalformed) {
    const std::string_view cases[] = {
        "",
        "<Tagging/>",
        "<Tags><TagSet/></Tags>",
        "<Tagging><TagSet/><TagSet/></Tagging>",
        "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
        "<Tagging><TagSet><Tag><Value>a</Value></Tag></TagSet></Tagging>",
        "<Tagging><TagSet><Tag><Key>a</Key><Key>b</Key><Value>a</Value></Tag></TagSet></Tagging>",
        "<Tagging><TagSet><Other/></TagSet></Tagging>",
    };
    for (const std::string_view text : cases) {
        const auto tags = read_tagging_document(text, TagOwner::Object);
        ASSERT_FALSE(tags.has_value()) << text;
        EXPECT_EQ(tags.error().code, ErrorCode::MalformedXML) << text;
    }
    EXPECT_EQ(read_tagging_document("<Tagging><TagSet/></Tagging>", TagOwner::Object), TagSet{});
}

TEST(TaggingDocument, TheTextsDependOnWhoseTagsTheyAre) {
    const std::string reserved = tagging({{"aws:a", "1"}});
    const auto of_object = read_tagging_document(reserved, TagOwner::Object);
    ASSERT_FALSE(of_object.has_value());
    EXPECT_EQ(of_object.error().message, "Your TagKey cannot be prefixed with aws:");
    const auto of_bucket = read_tagging_document(reserved, TagOwner::Bucket);
    ASSERT_FALSE(of_bucket.has_value());
    EXPECT_EQ(of_bucket.error().message, "System tags cannot be added/updated by requester");
    const auto of_new = read_tagging_document(reserved, TagOwner::NewBucket);
    ASSERT_FALSE(of_new.has_value());
    EXPECT_TRUE(of_new.error().details.empty());

    const std::string fifty = tagging(numbered_tags(50));
    EXPECT_TRUE(read_tagging_document(fifty, TagOwner::Bucket).has_value());
    EXPECT_FALSE(read_tagging_document(fifty, TagOwner::Object).has_value());
    const auto too_many = read_tagging_document(tagging(numbered_tags(51)), TagOwner::Bucket);
    ASSERT_FALSE(too_many.has_value());
    EXPECT_EQ(too_many.error().message, "Bucket tag count cannot be greater than 50");
}

class TaggingTest : public S3Test {
  protected:
    Answer put_tags(std::string_view target, const TagSet& tags,
                    std::string_view account = kOwner) {
        return send({.method = "PUT",
                     .target = std::string(target) + "?tagging",
                     .body = tagging(tags),
                     .account = account});
    }
    std::string tags_of(std::string_view target, std::string_view account = kOwner) {
        const Answer answer =
            send({.target = std::string(target) + "?tagging", .account = account});
        if (answer.status != 200) return answer.code();
        const std::size_t begin = answer.body.find("<TagSet>") + 8;
        return answer.body.substr(begin, answer.body.find("</TagSet>") - begin);
    }
    static bool has_field(const Answer& answer, std::string_view line) {
        return answer.head.find(std::string(line) + "\r\n") != std::string::npos;
    }
};

TEST_F(TaggingTest, TagsArePutReplacedAndDeleted) {
    ASSERT_EQ(put("k", "body").status, 200);
    EXPECT_EQ(tags_of("/b/k"), "");
    EXPECT_EQ(put_tags("/b/k", {{"b", "2"}, {"a", "1 & 1"}}).code(), "MalformedXML");
    EXPECT_EQ(put_tags("/b/k", {{"b", "2"}, {"a", "1"}}).status, 200);
    EXPECT_EQ(tags_of("/b/k"),
              "<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value>2</Value></Tag>");
    EXPECT_EQ(put_tags("/b/k", {{"c", "3"}}).status, 200);
    EXPECT_EQ(tags_of("/b/k"), "<Tag><Key>c</Key><Value>3</Value></Tag>");
    EXPECT_EQ(send({.method = "DELETE", .target = "/b/k?tagging"}).status, 204);
    EXPECT_EQ(tags_of("/b/k"), "");
    EXPECT_EQ(send({.target = "/b/k"}).body, "body");
}

TEST_F(TaggingTest, WrongTagsChangeNothing) {
    ASSERT_EQ(put("k", "body", {{"x-amz-tagging", "a=1"}}).status, 200);
    const Answer twice = put_tags("/b/k", {{"x", "1"}, {"x", "2"}});
    EXPECT_EQ(twice.status, 400);
    EXPECT_EQ(twice.code(), "InvalidTag");
    EXPECT_EQ(twice.element("Message"), "Cannot provide multiple Tags with the same key");
    EXPECT_EQ(twice.element("TagKey"), "x");
    const Answer value = put_tags("/b/k", {{"x", "a,b"}});
    EXPECT_EQ(value.element("TagValue"), "a,b");
    EXPECT_EQ(put_tags("/b/k", numbered_tags(11)).code(), "BadRequest");
    EXPECT_EQ(put("k", "other", {{"x-amz-tagging", "a=1&a=2"}}).code(), "InvalidArgument");
    EXPECT_EQ(tags_of("/b/k"), "<Tag><Key>a</Key><Value>1</Value></Tag>");
    EXPECT_EQ(send({.target = "/b/k"}).body, "body");
    EXPECT_EQ(put_tags("/b/none", {{"a", "1"}}).code(), "NoSuchKey");
    EXPECT_EQ(tags_of("/b/none"), "NoSuchKey");
    EXPECT_EQ(send({.target = "/b/none?tagging"}).element("Key"), "b/none");
    EXPECT_EQ(send({.method = "DELETE", .target = "/b/none?tagging"}).code(), "NoSuchKey");
}

TEST_F(TaggingTest, TheHeaderTagsAndReadsCountTheTags) {
    ASSERT_EQ(put("k", "body", {{"x-amz-tagging", "a=1&b=2"}}).status, 200);
    EXPECT_TRUE(has_field(send({.target = "/b/k"}), "x-amz-tagging-count: 2"));
    EXPECT_TRUE(has_field(send({.method = "HEAD", .target = "/b/k"}), "x-amz-tagging-count: 2"));
    ASSERT_EQ(put("k", "body").status, 200);
    EXPECT_EQ(send({.target = "/b/k"}).head.find("x-amz-tagging-count"), std::string::npos);
}

TEST_F(TaggingTest, WhoMayNotReadTagsDoesNotLearnTheirNumber) {
    ASSERT_EQ(put("k", "body", {{"x-amz-tagging", "a=1"}}).status, 200);
    const std::string allow = R"({"Effect":"Allow","Principal":"*","Resource":"arn:aws:s3:::b/*",)";
    set_policy(allow + R"("Action":"s3:GetObject"})");
    EXPECT_EQ(send({.target = "/b/k", .account = kOther}).head.find("x-amz-tagging-count"),
              std::string::npos);
    set_policy(allow + R"("Action":["s3:GetObject","s3:GetObjectTagging"]})");
    EXPECT_TRUE(has_field(send({.target = "/b/k", .account = kOther}), "x-amz-tagging-count: 1"));
}

TEST_F(TaggingTest, ACopyKeepsTheTagsOrReplacesThem) {
    ASSERT_EQ(put("k", "body", {{"x-amz-tagging", "a=1"}}).status, 200);
    const auto copy = [&](Headers headers) {
        headers.emplace_back("x-amz-copy-source", "b/k");
        return put("copy", "", std::move(headers));
    };
    EXPECT_EQ(copy({}).status, 200);
    EXPECT_EQ(tags_of("/b/copy"), "<Tag><Key>a</Key><Value>1</Value></Tag>");
    // Another metadata is no other tags.
    EXPECT_EQ(copy({{"x-amz-metadata-directive", "REPLACE"}}).status, 200);
    EXPECT_EQ(tags_of("/b/copy"), "<Tag><Key>a</Key><Value>1</Value></Tag>");
    EXPECT_EQ(copy({{"x-amz-tagging-directive", "REPLACE"}, {"x-amz-tagging", "c=3"}}).status, 200);
    EXPECT_EQ(tags_of("/b/copy"), "<Tag><Key>c</Key><Value>3</Value></Tag>");
    EXPECT_EQ(copy({{"x-amz-tagging-directive", "REPLACE"}}).status, 200);
    EXPECT_EQ(tags_of("/b/copy"), "");
    const Answer unknown = copy({{"x-amz-tagging-directive", "replace"}});
    EXPECT_EQ(unknown.code(), "InvalidArgument");
    EXPECT_EQ(unknown.element("ArgumentName"), "x-amz-tagging-directive");
}

TEST_F(TaggingTest, AnUploadIsTaggedWhenItIsCreatedAndNotByItsParts) {
    const Answer created =
        send({.method = "POST", .target = "/b/k?uploads", .headers = {{"x-amz-tagging", "a=1"}}});
    const std::string id = created.element("UploadId");
    const std::string part = "/b/k?partNumber=1&uploadId=" + id;
    const Answer refused = send(
        {.method = "PUT", .target = part, .headers = {{"x-amz-tagging", "b=2"}}, .body = "part"});
    EXPECT_EQ(refused.code(), "NotImplemented");
    const Answer uploaded = send({.method = "PUT", .target = part, .body = "part"});
    ASSERT_EQ(uploaded.status, 200);
    const std::size_t at = uploaded.head.find("ETag: ") + 6;
    const std::string etag = uploaded.head.substr(at, uploaded.head.find("\r\n", at) - at);
    ASSERT_EQ(send({.method = "POST",
                    .target = "/b/k?uploadId=" + id,
                    .body = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" +
                            etag + "</ETag></Part></CompleteMultipartUpload>"})
                  .status,
              200);
    EXPECT_EQ(tags_of("/b/k"), "<Tag><Key>a</Key><Value>1</Value></Tag>");
}

TEST_F(TaggingTest, WritingTagsNeedsTheRightToTag) {
    const std::string allow = R"({"Effect":"Allow","Principal":"*","Resource":"arn:aws:s3:::b/*",)";
    const auto put_as_other = [&] {
        return send({.method = "PUT",
                     .target = "/b/k",
                     .headers = {{"x-amz-tagging", "a=1"}},
                     .body = "body",
                     .account = kOther})
            .status;
    };
    set_policy(allow + R"("Action":"s3:PutObject"})");
    EXPECT_EQ(put_as_other(), 403);
    EXPECT_FALSE(exists("k"));
    set_policy(allow + R"("Action":["s3:PutObject","s3:PutObjectTagging"]})");
    EXPECT_EQ(put_as_other(), 200);
}

std::string allow_if(std::string_view action, std::string_view condition) {
    return fmt::format(R"({{"Effect":"Allow","Principal":"*","Action":{},)"
                       R"("Resource":"arn:aws:s3:::b/*","Condition":{}}})",
                       action, condition);
}

TEST_F(TaggingTest, APolicySeesTheTagsThatTheObjectHas) {
    ASSERT_EQ(put("public", "body", {{"x-amz-tagging", "security=public"}}).status, 200);
    ASSERT_EQ(put("private", "body", {{"x-amz-tagging", "security=private"}}).status, 200);
    ASSERT_EQ(put("plain", "body").status, 200);
    set_policy(allow_if(R"(["s3:GetObject","s3:PutObjectTagging","s3:GetObjectTagging"])",
                        R"({"StringEquals":{"s3:existingobjecttag/security":"public"}})"));
    const auto read = [&](std::string_view key) {
        return send({.target = "/b/" + std::string(key), .account = kOther}).status;
    };
    EXPECT_EQ(read("public"), 200);
    EXPECT_EQ(read("private"), 403);
    EXPECT_EQ(read("plain"), 403);
    EXPECT_EQ(read("none"), 403);
    EXPECT_EQ(put_tags("/b/private", {{"security", "public"}}, kOther).status, 403);
    EXPECT_EQ(tags_of("/b/private", kOther), "AccessDenied");
    // The tags before count, so that the second change is refused.
    EXPECT_EQ(put_tags("/b/public", {{"security", "private"}}, kOther).status, 200);
    EXPECT_EQ(put_tags("/b/public", {{"security", "public"}}, kOther).status, 403);
}

TEST_F(TaggingTest, APolicySeesTheTagsOfACopysSource) {
    ASSERT_EQ(put("public", "body", {{"x-amz-tagging", "security=public"}}).status, 200);
    ASSERT_EQ(put("private", "body", {{"x-amz-tagging", "security=private"}}).status, 200);
    set_policy(allow_if(R"(["s3:GetObject","s3:GetObjectTagging"])",
                        R"({"StringEquals":{"s3:ExistingObjectTag/security":"public"}})") +
               "," + allow_if(R"(["s3:PutObject","s3:PutObjectTagging"])", "{}"));
    const auto copy = [&](const std::string& source) {
        return send({.method = "PUT",
                     .target = "/b/copy",
                     .headers = {{"x-amz-copy-source", "b/" + source}},
                     .account = kOther})
            .status;
    };
    EXPECT_EQ(copy("private"), 403);
    EXPECT_EQ(copy("public"), 200);
}

TEST_F(TaggingTest, TagsThatACopyDoesNotTakeSatisfyNoCondition) {
    ASSERT_EQ(put("k", "body").status, 200);
    set_policy(allow_if(R"("s3:GetObject")", "{}") + "," +
               allow_if(R"(["s3:PutObject","s3:PutObjectTagging"])",
                        R"({"StringEquals":{"s3:RequestObjectTag/class":"open"}})"));
    Sent copy{.method = "PUT",
              .target = "/b/copy",
              .headers = {{"x-amz-copy-source", "b/k"}, {"x-amz-tagging", "class=open"}},
              .account = kOther};
    EXPECT_EQ(send(copy).status, 403);
    copy.headers.emplace_back("x-amz-tagging-directive", "REPLACE");
    EXPECT_EQ(send(copy).status, 200);
    EXPECT_EQ(tags_of("/b/copy"), "<Tag><Key>class</Key><Value>open</Value></Tag>");
}

// A copy brought in tags that no request may set.
TEST_F(TaggingTest, APolicySeesTheTagsThatACopyTakesAlong) {
    ASSERT_EQ(put("secret", "body", {{"x-amz-tagging", "class=secret"}}).status, 200);
    ASSERT_EQ(put("open", "body", {{"x-amz-tagging", "class=open"}}).status, 200);
    const auto copy = [&](const std::string& source, Headers headers = {}) {
        headers.emplace_back("x-amz-copy-source", "b/" + source);
        return send({.method = "PUT",
                     .target = "/b/copy",
                     .headers = std::move(headers),
                     .account = kOther})
            .status;
    };
    const std::string reads = allow_if(R"(["s3:GetObject","s3:GetObjectTagging"])", "{}");
    const std::string puts = allow_if(R"(["s3:PutObject","s3:PutObjectTagging"])", "{}");
    for (const std::string action : {"s3:PutObject", "s3:PutObjectTagging"}) {
        for (const std::string condition :
             {R"({"StringEquals":{"s3:RequestObjectTag/class":"secret"}})",
              R"({"ForAnyValue:StringEquals":{"s3:RequestObjectTagKeys":"class"}})"}) {
            const bool by_value = condition.contains("secret");
            set_policy(reads + "," + puts + R"(,{"Effect":"Deny","Principal":"*","Action":")" +
                       action + R"(","Resource":"arn:aws:s3:::b/*","Condition":)" + condition +
                       "}");
            EXPECT_EQ(copy("secret"), 403) << action << condition;
            EXPECT_FALSE(exists("copy"));
            EXPECT_EQ(copy("open"), by_value ? 200 : 403) << action << condition;
            send({.method = "DELETE", .target = "/b/copy"});
            // Tags that stay behind are not looked at.
            EXPECT_EQ(copy("secret", {{"x-amz-tagging-directive", "REPLACE"}}), 200);
            send({.method = "DELETE", .target = "/b/copy"});
        }
    }
}

TEST_F(TaggingTest, TagsBelongToAVersion) {
    ASSERT_EQ(send({.method = "PUT",
                    .target = "/b?versioning",
                    .body = "<VersioningConfiguration><Status>Enabled</Status>"
                            "</VersioningConfiguration>"})
                  .status,
              200);
    const auto version_of = [](const Answer& answer) {
        const std::size_t at = answer.head.find("x-amz-version-id: ") + 18;
        return answer.head.substr(at, answer.head.find("\r\n", at) - at);
    };
    const std::string first = version_of(put("k", "1", {{"x-amz-tagging", "n=1"}}));
    const Answer second = put("k", "2", {{"x-amz-tagging", "n=2"}});
    const Answer changed = send({.method = "PUT",
                                 .target = "/b/k?tagging&versionId=" + first,
                                 .body = tagging({{"n", "3"}})});
    EXPECT_EQ(changed.status, 200);
    EXPECT_EQ(version_of(changed), first);
    EXPECT_EQ(tags_of("/b/k"), "<Tag><Key>n</Key><Value>2</Value></Tag>");
    const Answer old = send({.target = "/b/k?tagging&versionId=" + first});
    EXPECT_EQ(old.element("Value"), "3");
    EXPECT_EQ(version_of(old), first);
    EXPECT_EQ(version_of(send({.method = "DELETE", .target = "/b/k?tagging"})), version_of(second));
    EXPECT_EQ(tags_of("/b/k"), "");
}

TEST_F(TaggingTest, APolicySeesTheTagsThatTheRequestBrings) {
    ASSERT_EQ(put("k", "body").status, 200);
    set_policy(
        allow_if(R"(["s3:PutObject","s3:PutObjectTagging"])",
                 R"({"StringEquals":{"s3:RequestObjectTag/class":"open"},)"
                 R"("ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["class","n"]}})"));
    const auto put_with = [&](std::string_view header) {
        Sent sent{.method = "PUT", .target = "/b/k", .body = "body", .account = kOther};
        if (!header.empty()) sent.headers = {{"x-amz-tagging", std::string(header)}};
        return send(sent).status;
    };
    EXPECT_EQ(put_with(""), 403);
    EXPECT_EQ(put_with("class=closed"), 403);
    EXPECT_EQ(put_with("class=open&x=1"), 403);
    EXPECT_EQ(put_with("class=open&n=1"), 200);
    EXPECT_EQ(put_tags("/b/k", {{"class", "closed"}}, kOther).status, 403);
    EXPECT_EQ(put_tags("/b/k", {{"class", "open"}, {"x", "1"}}, kOther).status, 403);
    EXPECT_EQ(put_tags("/b/k", {{"class", "open"}}, kOther).status, 200);
    EXPECT_EQ(tags_of("/b/k"), "<Tag><Key>class</Key><Value>open</Value></Tag>");
    // A body that is no tag set is refused as such by who may tag, read only once.
    EXPECT_EQ(send({.method = "PUT", .target = "/b/k?tagging", .body = "<x/>"}).code(),
              "MalformedXML");
}

}  // namespace
}  // namespace tarn::s3
