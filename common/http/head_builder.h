// Writes a message head into one reused string.

#pragma once

#include "common/http/head.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::http {

std::string_view reason_phrase(int status);

// begin_*() starts anew.  The empty line at the end is added by whoever sends the head, after the
// framing fields.  CR, LF and NUL in a value become spaces, and a line whose name is no token is
// left out, so neither can start another field.
class HeadBuilder {
  public:
    void begin_response(int status);
    void begin_request(std::string_view method, std::string_view target);
    void add(std::string_view name, std::string_view value);
    void add(std::string_view name, std::uint64_t value);
    // Appends complete "Name: value\r\n" lines that were built before.
    void add_raw(std::string_view lines) { text_.append(lines); }

    int status() const { return status_; }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
    int status_ = 0;
};

}  // namespace tarn::http
