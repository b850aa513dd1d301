#include "common/http/cookie.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::http {
namespace {

// "name|value|pair" of each cookie.
std::vector<std::string> split(std::string_view value) {
    std::vector<std::string> texts;
    for (const Cookie& cookie : split_cookies(value)) {
        texts.push_back(std::string(cookie.name) + "|" + std::string(cookie.value) + "|" +
                        std::string(cookie.pair));
    }
    return texts;
}

TEST(CookieTest, SplitsPairs) {
    using testing::ElementsAre;
    EXPECT_THAT(split("a=1; b=2"), ElementsAre("a|1|a=1", "b|2|b=2"));
    EXPECT_THAT(split("a=1;b=2;"), ElementsAre("a|1|a=1", "b|2|b=2"));
    EXPECT_THAT(split("a=1;; ;\tb=2 "), ElementsAre("a|1|a=1", "b|2|b=2"));
    EXPECT_THAT(split("a=1; a=2; A=3"), ElementsAre("a|1|a=1", "a|2|a=2", "A|3|A=3"));
    EXPECT_THAT(split("a=b=c=="), ElementsAre("a|b=c==|a=b=c=="));
    EXPECT_THAT(split("a=\"q\""), ElementsAre("a|\"q\"|a=\"q\""));
    EXPECT_THAT(split("a = 1"), ElementsAre("a|1|a = 1"));
    EXPECT_THAT(split("flag; a="), ElementsAre("flag||flag", "a||a="));
    EXPECT_THAT(split("=x"), ElementsAre("|x|=x"));
    EXPECT_THAT(split(""), ElementsAre());
    EXPECT_THAT(split(" ; "), ElementsAre());
}

}  // namespace
}  // namespace tarn::http
