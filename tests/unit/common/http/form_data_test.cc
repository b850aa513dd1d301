#include "common/http/form_data.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::http {
namespace {

using testing::ElementsAre;

struct Part {
    std::string name;
    std::optional<std::string> filename;
    std::string body;

    friend bool operator==(const Part&, const Part&) = default;
};

// The parts, and in the end "done", "cut" or the error, of a form whose boundary is "b".
struct Form {
    std::vector<Part> parts;
    std::string end;

    friend bool operator==(const Form&, const Form&) = default;
};

Form parse(std::string_view wire, std::size_t piece) {
    FormDataParser parser("b");
    Form form;
    while (!wire.empty()) {
        const auto step = parser.next(wire.substr(0, piece));
        if (!step) {
            form.end =
                step.error() == FormDataParser::Error::Malformed ? "malformed" : "head too long";
            return form;
        }
        if (step->event == FormDataParser::Event::PartBegins) {
            form.parts.push_back({parser.part().name, parser.part().filename, ""});
        }
        if (!form.parts.empty()) form.parts.back().body.append(step->body);
        wire.remove_prefix(step->consumed);
    }
    form.end = parser.done() ? "done" : "cut";
    return form;
}

Form parse(std::string_view wire) {
    const Form whole = parse(wire, wire.size());
    for (std::size_t piece = 1; piece <= 5; ++piece)
        EXPECT_EQ(parse(wire, piece), whole) << wire << " in pieces of " << piece;
    return whole;
}

std::string field(std::string_view name, std::string_view body) {
    return "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
           std::string(body) + "\r\n";
}

TEST(FormDataTest, AFormOfABrowser) {
    const Form form =
        parse(field("key", "a/${filename}") +
              "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\n"
              "Content-Type: text/plain\r\n\r\nline\r\nline\r\n\r\n--b--\r\n");
    EXPECT_EQ(form.end, "done");
    EXPECT_THAT(form.parts, ElementsAre(Part{"key", std::nullopt, "a/${filename}"},
                                        Part{"file", "f.txt", "line\r\nline\r\n"}));
}

// RFC 2046, section 5.1.1: preamble and epilogue are ignored, blanks behind a delimiter as well.
TEST(FormDataTest, WhatSurroundsThePartsIsIgnored) {
    const Form form = parse("to be ignored\r\n--\r\n" + ("--b \t\r\n" + field("k", "v").substr(5)) +
                            "--b-- \r\nepilogue\r\n--b\r\n");
    EXPECT_EQ(form.end, "done");
    EXPECT_THAT(form.parts, ElementsAre(Part{"k", std::nullopt, "v"}));
}

TEST(FormDataTest, AFormWithoutPartsHasNone) {
    EXPECT_EQ(parse("--b--"), (Form{{}, "done"}));
    EXPECT_EQ(parse("\r\n--b--\r\n"), (Form{{}, "done"}));
}

TEST(FormDataTest, AnEmptyBodyNeedsNoLineEndOfItsOwn) {
    const std::string head = "--b\r\nContent-Disposition: form-data; name=k\r\n\r\n";
    for (const std::string_view end : {"--b--", "\r\n--b--"}) {
        EXPECT_EQ(parse(head + std::string(end)), (Form{{{"k", std::nullopt, ""}}, "done"}));
    }
}

TEST(FormDataTest, BytesThatBeginLikeADelimiterAreBody) {
    for (const std::string_view body :
         {"\r", "\n", "\r\r\n", "\r\n", "\r\n-", "\r\n--", "\r\n--\r\n--", "--b", "-", "-\r\n--B",
          "\r\n\r\n", "\r--b\r", "\n--b\n", "\r\n-b\r\n--\n"}) {
        // "--b" at a body's very start is a delimiter.
        const std::string shifted = "x" + std::string(body);
        EXPECT_EQ(parse(field("f", shifted) + "--b--"),
                  (Form{{{"f", std::nullopt, shifted}}, "done"}));
        if (body.starts_with("--b")) continue;
        EXPECT_EQ(parse(field("f", body) + "--b--"),
                  (Form{{{"f", std::nullopt, std::string(body)}}, "done"}));
    }
}

struct Refused {
    std::string_view what;
    std::string_view wire;
};
constexpr Refused kRefused[] = {
    {"a longer delimiter", "--bx\r\n"},
    {"one dash behind the delimiter", "--b-\r\n"},
    {"a line feed behind the delimiter", "--b\n"},
    {"a carriage return without its line feed", "--b\rx"},
    {"no Content-Disposition", "--b\r\nContent-Type: text/plain\r\n\r\n"},
    {"no head at all", "--b\r\n\r\nbody"},
    {"two of them",
     "--b\r\nContent-Disposition: form-data; name=a\r\n"
     "Content-Disposition: form-data; name=b\r\n\r\n"},
    {"lines that end in a line feed", "--b\r\nContent-Disposition: form-data; name=a\n\n"},
    {"a line without a colon", "--b\r\nContent-Disposition\r\n\r\n"},
    {"a blank before the colon", "--b\r\nContent-Disposition : form-data; name=a\r\n\r\n"},
    {"a folded line", "--b\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\n"},
    {"a control character", "--b\r\nContent-Disposition: form-data; name=\"a\rb\"\r\n\r\n"},
};

TEST(FormDataTest, WhatIsNotWellFormedIsRefused) {
    for (const Refused& row : kRefused)
        EXPECT_EQ(parse(row.wire).end, "malformed") << row.what;
}

TEST(FormDataTest, AHeadHasALimit) {
    const auto form_with_head_of = [](std::size_t bytes) {
        const std::string begin = "Content-Disposition: form-data; name=\"";
        const std::string end = "\"\r\n\r\n";
        return "--b\r\n" + begin + std::string(bytes - begin.size() - end.size(), 'n') + end;
    };
    const std::string longest = form_with_head_of(kMaxPartHeadBytes);
    EXPECT_EQ(parse(longest, longest.size()).parts.size(), 1u);
    const std::string longer = form_with_head_of(kMaxPartHeadBytes + 1);
    EXPECT_EQ(parse(longer, longer.size()).end, "head too long");
}

TEST(FormDataTest, ABodyThatEndsTooEarlyIsNotDone) {
    const std::string wire = field("f", "body") + "--b--";
    for (std::size_t length = 0; length < wire.size(); ++length)
        EXPECT_EQ(parse(wire.substr(0, length)).end, "cut") << length;
}

struct Disposition {
    std::string_view value;
    std::optional<FormPart> part;
};

std::string shown(const std::optional<FormPart>& part) {
    if (!part) return "refused";
    return part->name + "|" + part->filename.value_or("(none)");
}

TEST(FormDataTest, TheNamesOfADisposition) {
    const Disposition cases[] = {
        {"form-data; name=\"a\"", FormPart{"a", {}}},
        {"Form-Data;NAME=a;FileName=b", FormPart{"a", "b"}},
        {"form-data; name=\"\"; filename=\"\"", FormPart{"", ""}},
        {"form-data; filename=\"x;y=z\" ; name=\"a b\" ;", FormPart{"a b", "x;y=z"}},
        {R"(form-data; name="a \"q\" \\ b")", FormPart{"a \"q\" \\ b", {}}},
        {R"(form-data; name="f"; filename="C:\Program Files\new.txt")",
         FormPart{"f", "C:\\Program Files\\new.txt"}},
        {"form-data; name=\"f\"; filename=\"a%22b\"", FormPart{"f", "a%22b"}},
        {"form-data; name=\"f\"; filename*=UTF-8''%e2%82%ac.txt", FormPart{"f", {}}},
        {"form-data; name=\"日本\"; filename=\"é.txt\"", FormPart{"日本", "é.txt"}},
        {"form-data; name=f; other=\"x\"", FormPart{"f", {}}},
        {"form-data", {}},
        {"form-data; filename=a", {}},
        {"attachment; name=a", {}},
        {"form-data; name=\"a", {}},
        {"form-data; name=\"a\\\"", {}},
        {"form-data; name=\"a\"b", {}},
        {"form-data; name=a b", {}},
        {"form-data; name=", {}},
        {"form-data; name=a; name=b", {}},
        {"form-data; name=a; filename=b; filename=c", {}},
        {"form-data; ; name=a", {}},
        {"form-data; =a; name=b", {}},
    };
    for (const Disposition& row : cases)
        EXPECT_EQ(shown(parse_form_disposition(row.value)), shown(row.part)) << row.value;
}

TEST(FormDataTest, TheBoundaryOfAContentType) {
    const std::string longest(kMaxBoundaryBytes, '-');
    EXPECT_EQ(form_boundary("multipart/form-data; boundary=abc"), "abc");
    EXPECT_EQ(form_boundary("multipart/form-data; charset=x; Boundary=\"a b:c\""), "a b:c");
    EXPECT_EQ(form_boundary("multipart/form-data; boundary=" + longest), longest);
    for (const std::string& none :
         {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
          std::string("multipart/form-data; boundary=\"a \""), "m/f; boundary=" + longest + "-",
          std::string("m/f; boundary=a*b"), std::string("m/f; boundary=\"a\tb\"")}) {
        EXPECT_EQ(form_boundary(none), std::nullopt) << none;
    }
}

}  // namespace
}  // namespace tarn::http
