// What answers repeat of a request: never bytes that keep a reader from reading the answer.

#include "common/base/text.h"
#include "tests/unit/server/s3/s3_under_test.h"

namespace tarn::s3 {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

bool has_no_forbidden_bytes(std::string_view text) {
    return is_utf8(text) && std::ranges::none_of(text, [](char c) {
               return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r';
           });
}

// Raw bytes of a parameter came back raw.
TEST_F(S3Test, AnswersAreUtf8WhateverTheRequestHolds) {
    for (const std::string_view bytes : {"%FF", "%C3%28", "%ED%A0%80", "%01", "%00", "%EF%BF%BE"}) {
        for (const std::string_view before : {"/b?prefix=",
                                              "/b?delimiter=",
                                              "/b?marker=",
                                              "/b?list-type=2&start-after=",
                                              "/b?list-type=2&continuation-token=",
                                              "/b?encoding-type=",
                                              "/b?max-keys=",
                                              "/b?versions&key-marker=",
                                              "/b?versions&version-id-marker=",
                                              "/b?versions&key-marker=k&version-id-marker=",
                                              "/b?uploads&key-marker=",
                                              "/b?uploads&prefix=",
                                              "/b?inventory&id=",
                                              "/",
                                              "/b/",
                                              "/b/k?versionId=",
                                              "/b/k?uploadId=",
                                              "/b/k?partNumber=",
                                              "/?prefix=",
                                              "/?max-buckets="}) {
            const Answer answer = send({.target = std::string(before).append(bytes)});
            EXPECT_TRUE(has_no_forbidden_bytes(answer.body)) << before << bytes << answer.body;
        }
    }
}

TEST_F(S3Test, AListingRepeatsItsParametersAsFarAsTheyAreUtf8) {
    const Answer answer = send({.target = "/b?prefix=%C3%BC%FF%01&marker=%FE"});
    ASSERT_EQ(answer.status, 200);
    EXPECT_EQ(answer.element("Prefix"), "\xc3\xbc" + std::string(kReplacement) + "&#x1;");
    EXPECT_EQ(answer.element("Marker"), kReplacement);
    const Answer encoded = send({.target = "/b?prefix=%C3%BC%FF%01&encoding-type=url"});
    EXPECT_EQ(encoded.element("Prefix"), "%C3%BC%FF%01");
}

// Also where it is no well-formed XML, what is wrong can be read.
TEST_F(S3Test, AnErrorIsWellFormedWhateverItRepeats) {
    const Answer answer = send({.target = "/b/a%01%EF%BF%BF?versionId=null"});
    EXPECT_EQ(answer.code(), "NoSuchVersion");
    EXPECT_EQ(answer.element("Key"), "a" + std::string(kReplacement) + std::string(kReplacement));
    const Answer refused = send({.target = "/b?encoding-type=%FF%02"});
    EXPECT_EQ(refused.code(), "InvalidArgument");
    EXPECT_EQ(refused.element("ArgumentValue"),
              std::string(kReplacement) + std::string(kReplacement));
}

}  // namespace
}  // namespace tarn::s3
