#include "common/http/chunked.h"

#include "common/base/encoding.h"
#include "common/base/text.h"

#include <algorithm>
#include <charconv>

namespace tarn::http {
namespace {

constexpr std::uint8_t kMaxSizeDigits = 16;  // so that no size overflows 64 bits

// What may stand in an extension or a trailer line.
constexpr bool is_text(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

}  // namespace

// Every byte between the runs of body bytes moves the state machine by one step.
Result<ChunkedDecoder::Step, ChunkedDecoder::Error> ChunkedDecoder::next(std::string_view input) {
    std::size_t position = 0;
    while (position < input.size() && state_ != State::Done) {
        if (state_ == State::Data) {
            const std::size_t size = static_cast<std::size_t>(
                std::min<std::uint64_t>(remaining_, input.size() - position));
            remaining_ -= size;
            if (remaining_ == 0) state_ = State::DataCr;
            return Step{.consumed = position + size, .body = input.substr(position, size)};
        }
        if (const auto error = advance(input[position])) return fail(*error);
        ++position;
    }
    return Step{.consumed = position, .body = {}};
}

std::optional<ChunkedDecoder::Error> ChunkedDecoder::advance(char c) {
    switch (state_) {
        case State::Size:
        case State::SizeSpace:
        case State::SizeExtension:
        case State::SizeLf:
            return advance_in_size_line(c);
        case State::DataCr:
            return expect(c, '\r', State::DataLf);
        case State::DataLf:
            return expect(c, '\n', State::Size);
        case State::TrailerStart:
        case State::Trailer:
        case State::TrailerLf:
        case State::EndLf:
            return advance_in_trailers(c);
        case State::Data:
        case State::Done:
            break;
    }
    return Error::Malformed;
}

// chunk-size [ chunk-ext ] CRLF.  White space after the size is "bad white space" that recipients
// must accept (RFC 9112, section 7.1.1), and with which some old servers fill the line up.
std::optional<ChunkedDecoder::Error> ChunkedDecoder::advance_in_size_line(char c) {
    if (state_ == State::SizeLf) {
        if (c != '\n') return Error::Malformed;
        line_bytes_ = 0;
        size_digits_ = 0;
        state_ = remaining_ == 0 ? State::TrailerStart : State::Data;
        return std::nullopt;
    }
    if (++line_bytes_ > kMaxChunkLineBytes) return Error::TooLong;
    if (state_ == State::Size) {
        if (const int digit = hex_value(c); digit >= 0) {
            if (++size_digits_ > kMaxSizeDigits) return Error::Malformed;
            remaining_ = remaining_ << 4 | static_cast<std::uint64_t>(digit);
            return std::nullopt;
        }
        if (size_digits_ == 0) return Error::Malformed;
    }
    if (c == '\r') {
        state_ = State::SizeLf;
    } else if (state_ == State::SizeExtension) {
        if (!is_text(c)) return Error::Malformed;
    } else if (c == ';') {
        state_ = State::SizeExtension;
    } else if (is_blank(c)) {
        state_ = State::SizeSpace;
    } else {
        return Error::Malformed;  // "5 6": which of them is the size?
    }
    return std::nullopt;
}

// *( field-line CRLF ) CRLF.  line_bytes_ counts all lines together.
std::optional<ChunkedDecoder::Error> ChunkedDecoder::advance_in_trailers(char c) {
    if (state_ == State::EndLf) return expect(c, '\n', State::Done);
    if (state_ == State::TrailerLf) return expect(c, '\n', State::TrailerStart);
    if (state_ == State::TrailerStart && c == '\r') {
        state_ = State::EndLf;
        return std::nullopt;
    }
    if (++line_bytes_ > kMaxChunkLineBytes) return Error::TooLong;
    if (c == '\r') {
        state_ = State::TrailerLf;
        return std::nullopt;
    }
    const bool folded = state_ == State::TrailerStart && is_blank(c);
    if (folded || !is_text(c)) return Error::Malformed;
    state_ = State::Trailer;
    return std::nullopt;
}

std::optional<ChunkedDecoder::Error> ChunkedDecoder::expect(char c, char expected, State next) {
    if (c != expected) return Error::Malformed;
    state_ = next;
    return std::nullopt;
}

std::string chunk_prefix(std::size_t size) {
    char digits[16];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, size, 16);
    std::string prefix(digits, end);
    prefix.append("\r\n");
    return prefix;
}

}  // namespace tarn::http
