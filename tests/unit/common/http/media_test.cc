#include "common/http/media.h"

#include <gtest/gtest.h>

namespace tarn::http {
namespace {

TEST(MediaTest, EssenceIsTheLowerCaseTypeAlone) {
    EXPECT_EQ(media_essence("text/html"), "text/html");
    EXPECT_EQ(media_essence(" Text/HTML ; charset=utf-8"), "text/html");
    EXPECT_EQ(media_essence(";a=b"), "");
    EXPECT_EQ(media_essence(""), "");
}

TEST(MediaTest, ReadsParameters) {
    struct Case {
        std::string_view value, name;
        std::optional<std::string> expected;
    };
    const Case cases[] = {
        {"multipart/form-data; boundary=abc", "boundary", "abc"},
        {"multipart/form-data;boundary=\"a;b c\"", "boundary", "a;b c"},
        {"multipart/form-data; BOUNDARY=AbC ; x=y", "boundary", "AbC"},
        {"form-data; name=\"key\"; filename=\"a\\\"b\\\\c.txt\"", "filename", "a\"b\\c.txt"},
        {"form-data; name=\"key\"; filename=\"\"", "filename", ""},
        {"form-data; filename=\"x; name=evil\"; name=key", "name", "key"},
        {"a/b; x=1; x=2", "x", "1"},
        {"a/b; flag; x=1", "x", "1"},
        {"a/b; flag; x=1", "flag", std::nullopt},
        {"a/b; x= \"1\" junk; y=2", "y", "2"},
        {"a/b; x=\"open", "x", "open"},
        {"a/b; x=\"open\\", "x", "open\\"},
        {"a/b", "x", std::nullopt},
        {"x=1", "x", std::nullopt},
        {"a/b; xx=1", "x", std::nullopt},
        {"", "x", std::nullopt},
    };
    for (const Case& test : cases)
        EXPECT_EQ(media_parameter(test.value, test.name), test.expected) << test.value;
}

TEST(MediaTest, ReadsAcceptEncoding) {
    struct Case {
        std::string_view value;
        bool gzip;
    };
    const Case cases[] = {
        {"gzip", true},
        {"GZIP", true},
        {"br, gzip", true},
        {"gzip;q=0.5", true},
        {"gzip; q=0.001", true},
        {"gzip;q=1", true},
        {"*", true},
        {"br, *;q=0.1", true},
        {"gzip;q=", true},
        {"gzip;q=0", false},
        {"gzip; Q=0.000", false},
        {"gzip;q=0, *", false},
        {"*, gzip;q=0", false},
        {"*;q=0", false},
        {"br", false},
        {"x-gzip", false},
        {"gzipped", false},
        {"identity", false},
        {"", false},
    };
    for (const Case& test : cases)
        EXPECT_EQ(accepts_coding(test.value, "gzip"), test.gzip) << test.value;
}

}  // namespace
}  // namespace tarn::http
