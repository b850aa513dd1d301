// Known ways to hide a framing field from one reader and show it to the next: the gadgets of the
// "smuggler" tool and of PortSwigger's list, each with every separator byte.

#include "common/http/head.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::http {
namespace {

struct Gadget {
    const char* name;
    const char* lines;  // N is the field's name, V its value, ? the separator under test
};
constexpr Gadget kGadgets[] = {
    {"midspace", "N:?V\r\n"},          {"postspace", "N?: V\r\n"},
    {"prespace", "?N: V\r\n"},         {"endspace", "N: V?\r\n"},
    {"xprespace", "X: X?N: V\r\n"},    {"endspacex", "N: V?X: X\r\n"},
    {"rxprespace", "X: X\r?N: V\r\n"}, {"xnprespace", "X: X?\nN: V\r\n"},
    {"endspacerx", "N: V\r?X: X\r\n"}, {"endspacexn", "N: V?\nX: X\r\n"},
    {"innerspace", "N?X: V\r\n"},
};

// The separators of smuggler's exhaustive mode: all but printable ASCII.
std::vector<char> separators() {
    std::vector<char> bytes;
    for (int byte = 0; byte <= 0xff; ++byte) {
        if (byte <= 0x20 || byte >= 0x7f) bytes.push_back(static_cast<char>(byte));
    }
    return bytes;
}

std::string fill(std::string_view pattern, std::string_view name, std::string_view value,
                 char separator) {
    std::string filled;
    for (const char c : pattern) {
        if (c == 'N') {
            filled += name;
        } else if (c == 'V') {
            filled += value;
        } else {
            filled += c == '?' ? separator : c;
        }
    }
    return filled;
}

std::string kind_name(BodyFraming::Kind kind) {
    constexpr const char* kNames[] = {"none", "length", "chunked", "until close"};
    return kNames[static_cast<std::size_t>(kind)];
}

// The gadgets that pass between the other lines, as "name separator: framing".
std::vector<std::string> accepted(std::string_view name, std::string_view value,
                                  const std::string& before, const std::string& after) {
    std::vector<std::string> passed;
    for (const Gadget& gadget : kGadgets) {
        for (const char separator : separators()) {
            std::string bytes = "POST / HTTP/1.1\r\nHost: h\r\n";
            bytes.append(before).append(fill(gadget.lines, name, value, separator));
            bytes.append(after).append("\r\n");
            RequestHead head;
            if (!parse_request_head(bytes, {}, head)) continue;
            passed.push_back(std::string(gadget.name) + " " +
                             std::to_string(static_cast<unsigned char>(separator)) + ": " +
                             kind_name(head.framing.kind));
        }
    }
    return passed;
}

using testing::UnorderedElementsAre;

// "X: X Transfer-Encoding: chunked" is one field to every reader; nothing else may pass.
TEST(SmugglingTest, NoHiddenTransferEncodingBesideContentLength) {
    const auto only_one_field = UnorderedElementsAre("xprespace 9: length", "xprespace 32: length");
    const std::string length = "Content-Length: 5\r\n";
    EXPECT_THAT(accepted("Transfer-Encoding", "chunked", length, ""), only_one_field);
    EXPECT_THAT(accepted("Transfer-Encoding", "chunked", "", length), only_one_field);
    EXPECT_THAT(accepted("Content-Length", "6", length, ""), only_one_field);
}

TEST(SmugglingTest, NoHiddenContentLengthBesideTransferEncoding) {
    const auto only_one_field =
        UnorderedElementsAre("xprespace 9: chunked", "xprespace 32: chunked");
    const std::string chunked = "Transfer-Encoding: chunked\r\n";
    EXPECT_THAT(accepted("Content-Length", "5", chunked, ""), only_one_field);
    EXPECT_THAT(accepted("Content-Length", "5", "", chunked), only_one_field);
}

// Alone, a field is seen by all readers or the message is refused.  Blanks around a value hide
// nothing, and four separators complete a line end.
TEST(SmugglingTest, NoHalfHiddenTransferEncoding) {
    EXPECT_THAT(
        accepted("Transfer-Encoding", "chunked", "A: 1\r\n", "B: 2\r\n"),
        UnorderedElementsAre("midspace 9: chunked", "midspace 32: chunked", "endspace 9: chunked",
                             "endspace 32: chunked", "xprespace 9: none", "xprespace 32: none",
                             "rxprespace 10: chunked", "xnprespace 13: chunked",
                             "endspacerx 10: chunked", "endspacexn 13: chunked"));
}

// One line each, beside a Content-Length.
TEST(SmugglingTest, NoneOfTheNamedTricksPasses) {
    const std::string_view tricks[] = {
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked-false",
        "Transfer-Encoding: cow",
        "Transfer-Encoding: chunk",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: 'chunked'",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\n: x",
        "Transfer-Encoding: cow\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-encoding: cow",
        "TRANSFER-ENCODING: CHUNKED",
        "tRANSFER-ENCODING: chunked",
        "Transfer_Encoding: chunked",
        "Transfer Encoding: chunked",
        "Transfer-Encoding\r\n : chunked",
        "Transfer-Encoding\n: chunked",
        "Transfer\r-Encoding: chunked",
        "Foo: bar\r\n\rTransfer-Encoding: chunked",
        "Foo: bar\nTransfer-Encoding: chunked",
        "Foo: bar\r\n\tTransfer-Encoding: chunked",
        "Foo: bar\r\n Transfer-Encoding: chunked",
        "Transfer-Encoding: ,chunked",
        "Transfer-Encoding: chunked;",
        "Transfer-Encoding:",
        "Content-Encoding: x\r\nTransfer-Encoding: chunked",
        "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked",
        "X:X\rTransfer-Encoding: chunked",
        ": Transfer-Encoding: chunked",
        "Content-Length: 6",
        "content-length: 5",
        "Content-Length: 5, 6",
        "Content-Length: +6",
        "Content-Length: 0x6",
        "Content_Length: 6",
        "Content-Length : 6",
        "Content Length: 6",
    };
    for (const std::string_view trick : tricks) {
        RequestHead head;
        EXPECT_FALSE(parse_request_head(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n" + std::string(trick) + "\r\n\r\n",
            {}, head))
            << trick;
    }
}

TEST(SmugglingTest, TheNamesOfFramingFieldsMayStandInValues) {
    RequestHead head;
    EXPECT_TRUE(parse_request_head(
        "GET / HTTP/1.1\r\nHost: h\r\nx-amz-meta-name: caf\xc3\xa9 content-length: 5\r\n"
        "Authorization: SignedHeaders=content-length;host\r\nVary: transfer-encoding\r\n\r\n",
        {}, head));
}

}  // namespace
}  // namespace tarn::http
