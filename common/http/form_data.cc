#include "common/http/form_data.h"

#include "common/base/text.h"
#include "common/http/media.h"
#include "common/http/token.h"

#include <algorithm>
#include <utility>

namespace tarn::http {
namespace {

constexpr std::string_view kCrLf = "\r\n";

// bcharsnospace of RFC 2046, section 5.1.1, and the blank.
bool is_boundary_char(char c) {
    constexpr std::string_view kMarks = "'()+_,-./:=? ";
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
}

// Takes a quoted string, whose first quote is the first character of rest.
std::optional<std::string> take_quoted(std::string_view& rest) {
    std::string value;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return value;
        }
        const bool escapes =
            rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\');
        if (escapes) ++i;
        value.push_back(rest[i]);
    }
    return std::nullopt;
}

std::optional<std::string> take_token(std::string_view& rest) {
    const std::string_view token = trim(rest.substr(0, rest.find(';')));
    if (!is_token(token)) return std::nullopt;
    rest.remove_prefix(std::min(rest.find(';'), rest.size()));
    return std::string(token);
}

void skip_blanks(std::string_view& text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
}

struct Parameter {
    std::string_view name;
    std::string value;
};

// Takes one parameter and the semicolon behind it.
std::optional<Parameter> take_parameter(std::string_view& rest) {
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = trim(rest.substr(0, equals));
    if (!is_token(name)) return std::nullopt;
    rest.remove_prefix(equals + 1);
    skip_blanks(rest);
    auto value = rest.starts_with('"') ? take_quoted(rest) : take_token(rest);
    if (!value) return std::nullopt;
    skip_blanks(rest);
    if (!rest.empty() && rest.front() != ';') return std::nullopt;
    rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
    return Parameter{.name = name, .value = *std::move(value)};
}

}  // namespace

std::optional<std::string> form_boundary(std::string_view content_type) {
    auto boundary = media_parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > kMaxBoundaryBytes ||
        boundary->ends_with(' ') || !std::ranges::all_of(*boundary, is_boundary_char)) {
        return std::nullopt;
    }
    return boundary;
}

std::optional<FormPart> parse_form_disposition(std::string_view value) {
    const std::size_t type_end = std::min(value.find(';'), value.size());
    if (!iequals(trim(value.substr(0, type_end)), "form-data")) return std::nullopt;
    std::string_view rest = value.substr(std::min(type_end + 1, value.size()));
    std::optional<std::string> name;
    std::optional<std::string> filename;
    for (skip_blanks(rest); !rest.empty(); skip_blanks(rest)) {
        auto parameter = take_parameter(rest);
        if (!parameter) return std::nullopt;
        auto* known = iequals(parameter->name, "name")       ? &name
                      : iequals(parameter->name, "filename") ? &filename
                                                             : nullptr;
        if (!known) continue;
        if (*known) return std::nullopt;  // given twice: which one is meant?
        *known = std::move(parameter->value);
    }
    if (!name) return std::nullopt;
    return FormPart{.name = *std::move(name), .filename = std::move(filename)};
}

FormDataParser::FormDataParser(std::string_view boundary) : delimiter_("\r\n--") {
    delimiter_.append(boundary);
    begin_scan(State::Preamble);
}

// The first delimiter may stand at the very start, and a body may be empty without a line end of
// its own: the line end before it counts as the delimiter's.
void FormDataParser::begin_scan(State state) {
    state_ = state;
    implied_ = kCrLf.size();
    matched_ = implied_;
}

Result<FormDataParser::Step, FormDataParser::Error> FormDataParser::next(std::string_view input) {
    std::size_t consumed = 0;
    while (consumed < input.size()) {
        if (state_ == State::Epilogue) return Step{.consumed = input.size()};
        if (state_ == State::Preamble || state_ == State::Body) {
            const bool is_preamble = state_ == State::Preamble;
            Step step = scan(input.substr(consumed));
            consumed += step.consumed;
            if (is_preamble || step.event == Event::None) continue;
            step.consumed = consumed;
            return step;
        }
        TARN_TRY(const Event event, advance(input[consumed++]));
        if (event != Event::None) return Step{.consumed = consumed, .event = event};
    }
    return Step{.consumed = consumed};
}

// A carriage return stands only at the delimiter's start, so bytes that began like the delimiter
// and went on differently hold no other beginning: they are body, and equal to the delimiter's.
FormDataParser::Step FormDataParser::scan(std::string_view input) {
    if (matched_ > 0) {
        std::size_t used = 0;
        while (used < input.size() && matched_ < delimiter_.size() &&
               input[used] == delimiter_[matched_]) {
            ++used;
            ++matched_;
        }
        if (matched_ == delimiter_.size()) {
            state_ = State::AfterDelimiter;
            return {.consumed = used, .event = Event::PartEnds};
        }
        if (used == input.size()) return {.consumed = used};
        const std::string_view body =
            std::string_view(delimiter_).substr(implied_, matched_ - implied_);
        matched_ = 0;
        implied_ = 0;
        if (!body.empty()) return {.consumed = used, .event = Event::Body, .body = body};
        // Nothing was used: only what came before these bytes had matched.
    }
    std::size_t end = std::min(input.find('\r'), input.size());
    while (end + 1 < input.size() && input[end + 1] != '\n')
        end = std::min(input.find('\r', end + 1), input.size());
    if (end == 0) {
        matched_ = 1;
        return {.consumed = 1};
    }
    return {.consumed = end, .event = Event::Body, .body = input.substr(0, end)};
}

Result<FormDataParser::Event, FormDataParser::Error> FormDataParser::advance(char c) {
    switch (state_) {
        case State::AfterDelimiter:
            if (c == '-') {
                state_ = State::CloseDash;
                return Event::None;
            }
            [[fallthrough]];
        case State::Padding:
            if (c != '\r' && !is_blank(c)) return fail(Error::Malformed);
            state_ = c == '\r' ? State::DelimiterLf : State::Padding;
            return Event::None;
        case State::DelimiterLf:
            if (c != '\n') return fail(Error::Malformed);
            state_ = State::Head;
            head_bytes_ = 0;
            has_disposition_ = false;
            return Event::None;
        case State::CloseDash:
            if (c != '-') return fail(Error::Malformed);
            state_ = State::Epilogue;
            return Event::End;
        default:
            return advance_in_head(c);
    }
}

Result<FormDataParser::Event, FormDataParser::Error> FormDataParser::advance_in_head(char c) {
    if (++head_bytes_ > kMaxPartHeadBytes) return fail(Error::HeadTooLong);
    line_.push_back(c);
    if (c != '\n') return Event::None;
    if (!line_.ends_with(kCrLf)) return fail(Error::Malformed);
    line_.resize(line_.size() - kCrLf.size());
    if (!line_.empty()) {
        if (auto taken = take_head_line(); !taken) return fail(taken.error());
        line_.clear();
        return Event::None;
    }
    if (!has_disposition_) return fail(Error::Malformed);
    begin_scan(State::Body);
    return Event::PartBegins;
}

// Content-Disposition is read; the others mean nothing here (RFC 7578, section 4.8).
Result<void, FormDataParser::Error> FormDataParser::take_head_line() {
    const std::size_t colon = line_.find(':');
    const bool has_control = std::ranges::any_of(
        line_, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; });
    if (colon == std::string::npos || has_control ||
        !is_token(std::string_view(line_).substr(0, colon))) {
        return fail(Error::Malformed);
    }
    const std::string_view line = line_;
    if (!iequals(line.substr(0, colon), "content-disposition")) return {};
    auto part = parse_form_disposition(trim(line.substr(colon + 1)));
    if (!part || has_disposition_) return fail(Error::Malformed);
    part_ = *std::move(part);
    has_disposition_ = true;
    return {};
}

}  // namespace tarn::http
