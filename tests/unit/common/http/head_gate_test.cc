// The gate's own rules on raw bytes.  Beast refuses some of these, too; the gate must not rely on
// it.

#include "common/http/head_gate.h"

#include <string>

#include <gtest/gtest.h>

namespace tarn::http {
namespace {

TEST(StrictLinesTest, AcceptsLinesThatEndInCrlf) {
    EXPECT_TRUE(has_strict_lines("a\r\n\r\n"));
    EXPECT_TRUE(has_strict_lines("a b\tc\r\nd: \xff\xc3\xa9~!\r\n\r\n"));
    EXPECT_TRUE(has_strict_lines("\r\n"));
    EXPECT_TRUE(has_strict_lines("a"));
}

TEST(StrictLinesTest, RefusesHalfLineEndsAndFolds) {
    for (const std::string_view bytes : {"", "a\nb", "a\rb", "\na", "a\r", "a\r\r\n", "a\n\r\n",
                                         "a\r\n\n", "a\r\n b", "a\r\n\tb", "\r", "\n"}) {
        EXPECT_FALSE(has_strict_lines(bytes)) << bytes;
    }
}

// At every position, since the compiler treats the bytes in groups.
TEST(StrictLinesTest, RefusesEveryControlByteAtEveryPosition) {
    for (int byte = 0; byte < 0x80; ++byte) {
        if (byte == '\t' || (byte >= 0x20 && byte != 0x7f)) continue;
        for (std::size_t size = 1; size <= 70; ++size) {
            // In front of all bytes, in the middle, at the end.
            for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) {
                std::string bytes(size, 'a');
                bytes[at] = static_cast<char>(byte);
                EXPECT_FALSE(has_strict_lines(bytes)) << byte << " at " << at << " of " << size;
            }
        }
    }
}

TEST(StrictLinesTest, RefusesFramingNamesBehindHighBytes) {
    EXPECT_FALSE(has_strict_lines("X: a\x8aTransfer-Encoding: chunked\r\n"));
    EXPECT_FALSE(
        has_strict_lines("X: a\x85\xa0"
                         "content_length: 5\r\n"));
    EXPECT_FALSE(
        has_strict_lines("X: \xff\xff"
                         "CONTENT-LENGTH"));
    EXPECT_TRUE(
        has_strict_lines("X: \xff"
                         "CONTENT-LENGT"));
    EXPECT_TRUE(has_strict_lines("X: \xff content-length: 5\r\n"));
    EXPECT_TRUE(has_strict_lines("X: content-length \xff"));
}

TEST(RefusalTest, IsClassifiedByTheRequestLine) {
    EXPECT_EQ(classify_bad_request_line("GET / HTTP/3.0\r\n"), HeadError::UnsupportedVersion);
    EXPECT_EQ(classify_bad_request_line("GET / HTTP/1.1\r\n"), HeadError::Malformed);
    EXPECT_EQ(classify_bad_request_line("HTTP/3.0"), HeadError::Malformed);
    EXPECT_EQ(classify_bad_request_line(""), HeadError::Malformed);
    const HeadLimits limits{.target_bytes = 3};
    EXPECT_EQ(classify_oversized_request("GET /abc HTTP/1.1\r\n", limits),
              HeadError::TargetTooLong);
    EXPECT_EQ(classify_oversized_request("GET /ab HTTP/1.1\r\n", limits), HeadError::HeadTooLarge);
    EXPECT_EQ(classify_oversized_request("", limits), HeadError::HeadTooLarge);
}

}  // namespace
}  // namespace tarn::http
