// Chunked transfer coding (RFC 9112, section 7.1), strict: chunk extensions are skipped up to a
// limit, trailers are discarded and never become fields.

#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::http {

// Takes bytes as they come and says which of them are body.  Usage:
//   while (!decoder.done()) { step = decoder.next(input); use step.body; drop step.consumed; }
class ChunkedDecoder {
  public:
    struct Step {
        std::size_t consumed = 0;  // bytes of input that are used up (the body bytes among them)
        std::string_view body;     // points into input; may be empty
    };
    enum class Error : std::uint8_t { Malformed, TooLong };

    // Consumes as much as it can; returns at the first run of body bytes.  consumed == 0 with
    // input left means that it needs more than it was given.
    Result<Step, Error> next(std::string_view input);
    bool done() const { return state_ == State::Done; }
    void reset() { *this = ChunkedDecoder{}; }

  private:
    enum class State : std::uint8_t {
        Size,
        SizeSpace,
        SizeExtension,
        SizeLf,
        Data,
        DataCr,
        DataLf,
        TrailerStart,
        Trailer,
        TrailerLf,
        EndLf,
        Done
    };

    // Takes one byte that is not body.
    std::optional<Error> advance(char c);
    std::optional<Error> advance_in_size_line(char c);
    std::optional<Error> advance_in_trailers(char c);
    std::optional<Error> expect(char c, char expected, State next);

    State state_ = State::Size;
    std::uint64_t remaining_ = 0;   // of the chunk's data
    std::uint32_t line_bytes_ = 0;  // of the current line, capped
    std::uint8_t size_digits_ = 0;
};

inline constexpr std::uint32_t kMaxChunkLineBytes = 8 * 1024;

// "1a\r\n": what precedes a chunk of size bytes.
std::string chunk_prefix(std::size_t size);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace tarn::http
