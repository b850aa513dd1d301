// Takes the framing off a message body, as the bytes come (RFC 9112, section 6).  No I/O.

#pragma once

#include "common/base/result.h"
#include "common/http/chunked.h"
#include "common/http/head.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tarn::net {

class BodyReader {
  public:
    struct Malformed {};

    void start(const http::BodyFraming& framing);
    bool done() const;
    // What Content-Length leaves to be read; 0 for the other framings.
    std::uint64_t remaining() const { return remaining_; }

    // Moves body bytes from the front of buffered to out and drops what was used.  Returns how many
    // bytes of out were filled; 0 means that the body is done, or that more input is needed.
    Result<std::size_t, Malformed> take(std::string_view& buffered, std::span<char> out);

    // The rest of the body, if buffered begins with all of it and it has no framing to remove; it
    // counts as read, and is dropped from buffered.
    std::optional<std::string_view> take_whole(std::string_view& buffered);

    // How many bytes may be received straight into a buffer of size bytes.
    std::size_t receivable(std::size_t size) const;
    // received was received straight into the caller's buffer: moves the body bytes to its front
    // and returns how many they are.  after: what followed the end of the body.
    Result<std::size_t, Malformed> unframe(std::span<char> received, std::string_view& after);
    // Whether the end of the stream is the end of the body; it counts as done from then on.
    bool end_of_stream();

  private:
    http::BodyFraming::Kind kind_ = http::BodyFraming::Kind::None;
    std::uint64_t remaining_ = 0;
    bool ended_ = false;
    http::ChunkedDecoder chunks_;
};

}  // namespace tarn::net
