// However a form is cut, it parses to the same; no part's body holds the delimiter.
//
// The boundary is always "b".

#include "common/http/form_data.h"

#include <cstdlib>
#include <vector>

namespace {

using namespace tarn::http;

void require(bool condition) {
    if (!condition) std::abort();
}

struct Part {
    std::string name;
    std::optional<std::string> filename;
    std::string body;
    bool ended = false;

    friend bool operator==(const Part&, const Part&) = default;
};

struct Outcome {
    std::vector<Part> parts;
    bool done = false;
    int error = -1;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

void take(Outcome& outcome, const FormDataParser& parser, const FormDataParser::Step& step) {
    switch (step.event) {
        case FormDataParser::Event::PartBegins:
            outcome.parts.push_back(
                {.name = parser.part().name, .filename = parser.part().filename});
            break;
        case FormDataParser::Event::Body:
            require(!step.body.empty() && !outcome.parts.empty() && !outcome.parts.back().ended);
            outcome.parts.back().body.append(step.body);
            break;
        case FormDataParser::Event::PartEnds:
            require(!outcome.parts.empty() && !outcome.parts.back().ended);
            outcome.parts.back().ended = true;
            break;
        case FormDataParser::Event::End:
        case FormDataParser::Event::None:
            break;
    }
}

Outcome parse(std::string_view wire, std::size_t piece) {
    FormDataParser parser("b");
    Outcome outcome;
    while (!wire.empty()) {
        const std::string_view input = wire.substr(0, piece);
        const auto step = parser.next(input);
        if (!step) {
            outcome.error = static_cast<int>(step.error());
            break;
        }
        require(step->consumed <= input.size());
        require(step->consumed > 0 || step->event == FormDataParser::Event::Body);
        take(outcome, parser, *step);
        wire.remove_prefix(step->consumed);
    }
    outcome.done = parser.done();
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Outcome whole = parse(text, size);
    require(whole == parse(text, 1));
    require(whole == parse(text, 5));
    for (const Part& part : whole.parts)
        require(("\r\n" + part.body).find("\r\n--b") == std::string::npos);
    (void)parse_form_disposition(text);
    if (const auto boundary = form_boundary(text)) {
        require(!boundary->empty() && boundary->size() <= kMaxBoundaryBytes);
    }
    return 0;
}
