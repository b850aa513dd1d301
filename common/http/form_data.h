// multipart/form-data as it comes (RFC 7578; RFC 2046, section 5.1).
//
//   [preamble CRLF] "--" boundary CRLF
//   Content-Disposition: form-data; name="key" CRLF  (other fields) CRLF  CRLF
//   body CRLF "--" boundary CRLF                     any number of parts
//   body CRLF "--" boundary "--" [epilogue]
//
// Strict: lines end in CRLF, behind a delimiter stand blanks at most, and every part says its name.
// Bodies are handed out as they arrive, so a part may be larger than memory.

#pragma once

#include "common/base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::http {

inline constexpr std::size_t kMaxBoundaryBytes = 70;
inline constexpr std::size_t kMaxPartHeadBytes = 20 * 1024;

// The boundary that a Content-Type names; nothing where there is none that RFC 2046 allows.
std::optional<std::string> form_boundary(std::string_view content_type);

// What the head of a part says.
struct FormPart {
    std::string name;
    std::optional<std::string> filename;  // "" is what a browser sends where no file was chosen
};

// The value of a part's Content-Disposition; nothing where it is not form-data with a name.  In
// quoted strings \" and \\ are escapes, other backslashes are not: browsers send file names with
// their backslashes as they are (https://html.spec.whatwg.org/#multipart-form-data).
std::optional<FormPart> parse_form_disposition(std::string_view value);

// Not thread-safe.  Memory: the head of one part.
class FormDataParser {
  public:
    enum class Event : std::uint8_t {
        None,        // all input is used up
        PartBegins,  // part() is the new one
        Body,        // of that part
        PartEnds,
        End,  // the closing delimiter; what follows is ignored
    };
    struct Step {
        std::size_t consumed = 0;  // bytes of input that are used up; may be 0 for Body
        Event event = Event::None;
        std::string_view body;  // of Body: points into input or into the parser; never empty
    };
    enum class Error : std::uint8_t { Malformed, HeadTooLong };

    // boundary: of form_boundary().
    explicit FormDataParser(std::string_view boundary);

    // Returns at the first event.  After an error the parser must not be used.
    Result<Step, Error> next(std::string_view input);
    const FormPart& part() const { return part_; }
    // The closing delimiter was read.
    bool done() const { return state_ == State::Epilogue; }

  private:
    enum class State : std::uint8_t {
        Preamble,
        AfterDelimiter,
        Padding,
        DelimiterLf,
        CloseDash,
        Head,
        Body,
        Epilogue
    };

    Step scan(std::string_view input);
    Result<Event, Error> advance(char c);
    Result<Event, Error> advance_in_head(char c);
    Result<void, Error> take_head_line();
    void begin_scan(State state);

    std::string delimiter_;  // CRLF "--" boundary
    State state_ = State::Preamble;
    std::size_t matched_ = 0;  // bytes of the delimiter that the input may have begun
    std::size_t implied_ = 0;  // how many of those came before the bytes that are scanned
    std::string line_;         // of the part's head
    std::size_t head_bytes_ = 0;
    bool has_disposition_ = false;
    FormPart part_;
};

}  // namespace tarn::http
