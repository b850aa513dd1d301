// Every request that two readers might frame differently, or that is none.

#include "common/http/head.h"

#include <string>

#include <gtest/gtest.h>

namespace tarn::http {
namespace {

using std::string_literals::operator""s;

// A request with more lines than the necessary ones, each with its own line end.
std::string get_with(std::string_view lines) {
    return "GET / HTTP/1.1\r\nHost: h\r\n" + std::string(lines) + "\r\n";
}
std::string put_with(std::string_view lines) {
    return "PUT /k HTTP/1.1\r\nHost: h\r\n" + std::string(lines) + "\r\n";
}

Result<void, HeadError> parse(std::string_view bytes) {
    RequestHead head;
    return parse_request_head(bytes, {}, head);
}

struct RefusedCase {
    const char* name;
    std::string bytes;
    HeadError error = HeadError::Malformed;
};
class RefusedRequestTest : public testing::TestWithParam<RefusedCase> {};
TEST_P(RefusedRequestTest, IsRefused) {
    const auto result = parse(GetParam().bytes);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), GetParam().error);
}
std::string refused_name(const testing::TestParamInfo<RefusedCase>& info) {
    return info.param.name;
}

constexpr auto kUnsupported = HeadError::UnsupportedTransferCoding;
const RefusedCase kTransferEncodings[] = {
    {"Identity", put_with("Transfer-Encoding: identity\r\n"), kUnsupported},
    {"XChunked", put_with("Transfer-Encoding: xchunked\r\n"), kUnsupported},
    {"ChunkedX", put_with("Transfer-Encoding: chunkedx\r\n"), kUnsupported},
    {"Gzip", put_with("Transfer-Encoding: gzip\r\n"), kUnsupported},
    {"GzipChunked", put_with("Transfer-Encoding: gzip, chunked\r\n"), kUnsupported},
    {"ChunkedGzip", put_with("Transfer-Encoding: chunked, gzip\r\n"), kUnsupported},
    {"ChunkedTwice", put_with("Transfer-Encoding: chunked, chunked\r\n"), kUnsupported},
    {"ChunkedWithParameter", put_with("Transfer-Encoding: chunked;a=b\r\n"), kUnsupported},
    {"ChunkedAndComma", put_with("Transfer-Encoding: chunked,\r\n"), kUnsupported},
    {"CommaAndChunked", put_with("Transfer-Encoding: ,chunked\r\n"), kUnsupported},
    {"Empty", put_with("Transfer-Encoding:\r\n"), kUnsupported},
    {"Quoted", put_with("Transfer-Encoding: \"chunked\"\r\n")},
    {"InSingleQuotes", put_with("Transfer-Encoding: 'chunked'\r\n"), kUnsupported},
    {"TwoWords", put_with("Transfer-Encoding: x chunked\r\n")},
    {"HighByteBefore", put_with("Transfer-Encoding: \xa0"
                                "chunked\r\n")},
    {"HighByteAfter", put_with("Transfer-Encoding: chunked\xff\r\n")},
    {"VerticalTab", put_with("Transfer-Encoding:\x0b"
                             "chunked\r\n")},
    {"FormFeed", put_with("Transfer-Encoding: chunked\x0c\r\n")},
    {"TwoLines", put_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
    {"TwoLinesLastChunked", put_with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n")},
    {"TwoLinesFirstChunked",
     put_with("Transfer-Encoding: chunked\r\nTransfer-encoding: identity\r\n")},
    {"WithLength", put_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")},
    {"WithLengthBefore", put_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")},
    {"WithLengthZero", put_with("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n")},
    {"GzipWithLength", put_with("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n")},
    {"InHttp10", "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"GzipInHttp10", "PUT / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\n"},
};
INSTANTIATE_TEST_SUITE_P(TransferEncoding, RefusedRequestTest,
                         testing::ValuesIn(kTransferEncodings), refused_name);

const RefusedCase kContentLengths[] = {
    {"List", put_with("Content-Length: 5, 5\r\n")},
    {"ListWithoutBlank", put_with("Content-Length: 5,5\r\n")},
    {"TrailingComma", put_with("Content-Length: 5,\r\n")},
    {"LeadingComma", put_with("Content-Length: ,5\r\n")},
    {"TwoEqual", put_with("Content-Length: 5\r\nContent-Length: 5\r\n")},
    {"TwoDifferent", put_with("Content-Length: 5\r\nContent-Length: 6\r\n")},
    {"TwoInDifferentCase", put_with("Content-Length: 5\r\nCONTENT-LENGTH: 5\r\n")},
    {"Plus", put_with("Content-Length: +5\r\n")},
    {"Minus", put_with("Content-Length: -5\r\n")},
    {"MinusZero", put_with("Content-Length: -0\r\n")},
    {"InnerBlank", put_with("Content-Length: 1 0\r\n")},
    {"Hexadecimal", put_with("Content-Length: 0x5\r\n")},
    {"HexadecimalDigits", put_with("Content-Length: a\r\n")},
    {"Fraction", put_with("Content-Length: 5.0\r\n")},
    {"Exponent", put_with("Content-Length: 1e2\r\n")},
    {"Empty", put_with("Content-Length:\r\n")},
    {"BlanksOnly", put_with("Content-Length:  \r\n")},
    {"Overflow", put_with("Content-Length: 18446744073709551616\r\n")},
    {"Quoted", put_with("Content-Length: \"5\"\r\n")},
    {"Semicolon", put_with("Content-Length: 5;\r\n")},
    {"HighByte", put_with("Content-Length: \xa0"
                          "5\r\n")},
    {"VerticalTab", put_with("Content-Length: \x0b"
                             "5\r\n")},
};
INSTANTIATE_TEST_SUITE_P(ContentLength, RefusedRequestTest, testing::ValuesIn(kContentLengths),
                         refused_name);

const RefusedCase kHosts[] = {
    {"Missing", "GET / HTTP/1.1\r\n\r\n"},
    {"Two", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
    {"TwoEqual", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"},
    {"TwoInHttp10", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"},
    {"Empty", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {"EmptyInHttp10", "GET / HTTP/1.0\r\nHost:\r\n\r\n"},
    {"Userinfo", "GET / HTTP/1.1\r\nHost: user@h\r\n\r\n"},
    {"UserinfoWithPassword", "GET / HTTP/1.1\r\nHost: u:p@h\r\n\r\n"},
    {"List", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
    {"ListWithoutBlank", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n"},
    {"Blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {"Path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {"Query", "GET / HTTP/1.1\r\nHost: a?b\r\n\r\n"},
    {"Fragment", "GET / HTTP/1.1\r\nHost: a#b\r\n\r\n"},
    {"Backslash", "GET / HTTP/1.1\r\nHost: a\\b\r\n\r\n"},
    {"Scheme", "GET / HTTP/1.1\r\nHost: http://a\r\n\r\n"},
    {"HighByte", "GET / HTTP/1.1\r\nHost: \xe9.test\r\n\r\n"},
    {"PortOnly", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n"},
    {"PortEmpty", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n"},
    {"PortNoNumber", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"},
    {"PortSigned", "GET / HTTP/1.1\r\nHost: a:+80\r\n\r\n"},
    {"PortTooLarge", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"},
    {"PortTooLong", "GET / HTTP/1.1\r\nHost: a:000080\r\n\r\n"},
    {"TwoPorts", "GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n"},
    {"OpenBracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
    {"EmptyBrackets", "GET / HTTP/1.1\r\nHost: []\r\n\r\n"},
    {"NameInBrackets", "GET / HTTP/1.1\r\nHost: [h]\r\n\r\n"},
    {"TextBehindBrackets", "GET / HTTP/1.1\r\nHost: [::1]80\r\n\r\n"},
};
INSTANTIATE_TEST_SUITE_P(Host, RefusedRequestTest, testing::ValuesIn(kHosts), refused_name);

const RefusedCase kTargets[] = {
    {"Fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"HighByte", "GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"HighByteAlone", "GET /\x80 HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"Delete", "GET /\x7f HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"Control", "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"Nul", "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"s},
    {"Tab", "GET /a\tb HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"Blank", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"TwoBlanksBefore", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"TwoBlanksBehind", "GET /  HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"CarriageReturn", "GET /\r HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"Empty", "GET  HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"NoSlash", "GET a HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"QueryOnly", "GET ?a HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"Exclamation", "GET ! HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"StarForGet", "GET * HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"StarAndMore", "OPTIONS *a HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"ConnectAuthority", "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n"},
    {"ConnectPath", "CONNECT / HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"AuthorityForGet", "GET h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n"},
    {"AbsoluteOtherHost", "GET http://evil/ HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"AbsoluteOtherPort", "GET http://h:81/ HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"AbsoluteUserinfo", "GET http://h@evil/ HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"AbsoluteUserinfoInBoth", "GET http://u@h/ HTTP/1.1\r\nHost: u@h\r\n\r\n"},
    {"AbsoluteUserinfoInHttp10", "GET http://u@h/ HTTP/1.0\r\n\r\n"},
    {"AbsoluteWithoutHost", "GET http://h/ HTTP/1.1\r\n\r\n"},
    {"AbsoluteEmptyAuthority", "GET http:///k HTTP/1.0\r\n\r\n"},
    {"AbsoluteNothing", "GET http:// HTTP/1.0\r\n\r\n"},
    {"AbsoluteQueryOnly", "GET http://h?a HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"AbsoluteOtherScheme", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"AbsoluteOneSlash", "GET http:/h/ HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"AbsoluteBackslash", "GET http://h\\evil/ HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"SchemeRelative", "GET h/ HTTP/1.1\r\nHost: h\r\n\r\n"},
};
INSTANTIATE_TEST_SUITE_P(Target, RefusedRequestTest, testing::ValuesIn(kTargets), refused_name);

const RefusedCase kLines[] = {
    {"FoldedValue", get_with("X: a\r\n b\r\n")},
    {"FoldedByTab", get_with("X: a\r\n\tb\r\n")},
    {"FoldedTransferEncoding", put_with("Transfer-Encoding:\r\n chunked\r\n")},
    {"FoldedFirstField", "GET / HTTP/1.1\r\n Host: h\r\n\r\n"},
    {"FoldedEmptyLine", get_with("X: a\r\n \r\n")},
    {"BareCr", get_with("X: a\rb\r\n")},
    {"BareCrAtTheEnd", get_with("X: a\r\r\n")},
    {"BareCrBeforeName", get_with("\rX: a\r\n")},
    {"BareCrHidesField", get_with("X: a\rTransfer-Encoding: chunked\r\n")},
    {"BareLf", get_with("X: a\nY: b\r\n")},
    {"BareLfInRequestLine", "GET / HTTP/1.1\nHost: h\r\n\r\n"},
    {"BareLfAtTheEnd", "GET / HTTP/1.1\r\nHost: h\r\n\n"},
    {"BareLfEverywhere", "GET / HTTP/1.1\nHost: h\n\n"},
    {"Nul", get_with("X: a\0b\r\n"s)},
    {"NulInName", get_with("X\0: a\r\n"s)},
    {"Control", get_with("X: a\x08"
                         "b\r\n")},
    {"Delete", get_with("X: a\x7f"
                        "b\r\n")},
    {"BlankBeforeColon", get_with("X : a\r\n")},
    {"TabBeforeColon", get_with("X\t: a\r\n")},
    {"BlankBeforeColonOfTransferEncoding", put_with("Transfer-Encoding : chunked\r\n")},
    {"BlankBeforeColonOfLength", put_with("Content-Length : 5\r\n")},
    {"HighByteBeforeColon", put_with("Content-Length\xa0: 5\r\n")},
    {"BlankInName", put_with("Transfer Encoding: chunked\r\n")},
    {"EmptyName", get_with(": a\r\n")},
    {"NoColon", get_with("X\r\n")},
    {"HighByteInName", get_with("\xc3\xa9: a\r\n")},
    {"SeparatorInName", get_with("X(a): a\r\n")},
    {"LookAlikeTransferEncoding", put_with("Transfer_Encoding: chunked\r\n")},
    {"LookAlikeInAnyCase", put_with("TRANSFER_encoding: chunked\r\n")},
    {"LookAlikeByDot", put_with("transfer.encoding: chunked\r\n")},
    {"LookAlikeContentLength", put_with("Content_Length: 5\r\n")},
    {"LookAlikeBesideTheReal", put_with("Content-Length: 5\r\nContent_Length: 6\r\n")},
    {"LeadingEmptyLine", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"TextBehindTheHead", "GET / HTTP/1.1\r\nHost: h\r\n\r\nx"},
    {"Incomplete", "GET / HTTP/1.1\r\nHost: h\r\n"},
    {"IncompleteLine", "GET / HTTP/1.1\r\nHost: h"},
    {"Nothing", ""},
    {"EmptyLineOnly", "\r\n"},
};
INSTANTIATE_TEST_SUITE_P(Line, RefusedRequestTest, testing::ValuesIn(kLines), refused_name);

constexpr auto kBadVersion = HeadError::UnsupportedVersion;
const RefusedCase kStartLines[] = {
    {"Http2Preface", "PRI * HTTP/2.0\r\n\r\n", kBadVersion},
    {"Http20", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", kBadVersion},
    {"Http12", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", kBadVersion},
    {"Http09", "GET / HTTP/0.9\r\n\r\n", kBadVersion},
    {"NoVersion", "GET /\r\n\r\n"},
    {"NoVersionButBlank", "GET / \r\n\r\n"},
    {"LowerCaseVersion", "GET / http/1.1\r\nHost: h\r\n\r\n"},
    {"LongVersion", "GET / HTTP/1.10\r\nHost: h\r\n\r\n"},
    {"ShortVersion", "GET / HTTP/1\r\nHost: h\r\n\r\n"},
    {"BlankBehindVersion", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"},
    {"TwoVersions", "GET / HTTP/1.1 HTTP/2.0\r\nHost: h\r\n\r\n"},
    {"OtherProtocol", "GET / ICY/1.1\r\nHost: h\r\n\r\n"},
    {"NoMethod", " / HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"MethodNoToken", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"MethodHighByte", "G\xc9T / HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"MethodTab", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"ResponseLine", "HTTP/1.1 200 OK\r\nHost: h\r\n\r\n"},
    {"TlsHello", "\x16\x03\x01\x02\r\n\r\n"},
};
INSTANTIATE_TEST_SUITE_P(StartLine, RefusedRequestTest, testing::ValuesIn(kStartLines),
                         refused_name);

// Every byte that no line may contain, at every place where it could stand.
TEST(RefusedRequestTest, NoControlByteAnywhere) {
    const std::string good = "GET /k HTTP/1.1\r\nHost: h\r\nX-Abcdefgh: abcdefghijklmnop\r\n\r\n";
    for (int byte = 0; byte < 0x80; ++byte) {
        const bool control = byte < 0x20 || byte == 0x7f;
        if (!control) continue;
        for (std::size_t at = 0; at < good.size(); ++at) {
            std::string bad = good;
            bad[at] = static_cast<char>(byte);
            if (bad == good) continue;
            // TAB is white space inside a value and around it.
            const bool in_value = at >= good.find("abcdefghi") - 1 && at < good.size() - 4;
            const bool around_host = good[at - (at > 0)] == ':';
            if (byte == '\t' && (in_value || around_host)) continue;
            EXPECT_FALSE(parse(bad)) << "byte " << byte << " at " << at;
        }
    }
}

}  // namespace
}  // namespace tarn::http
