// The rules of the strict gate (reliability.md 3.1).  Internal to common/http: use head.h.
//
// Whoever reads a message must find the same end of it as everybody before and behind him, else the
// rest of one client's message is read as the next client's request ("request smuggling").  So the
// gate does not repair: what two implementations might read differently is refused.  The rules look
// at the raw bytes and at the parsed fields; they rely on no check of the parser between them.

#pragma once

#include "common/http/head.h"

#include <cstdint>
#include <string_view>

namespace tarn::http {

// Whether every line ends in CRLF, none is folded, no byte is a control character other than TAB
// (RFC 9112, sections 2.2 and 5.2), and no byte above 0x7f stands before the name of a framing
// field.
bool has_strict_lines(std::string_view head);

// uri-host [ ":" port ], without the characters of reg-name that no host name uses (a comma, say,
// would join two hosts).  An empty host is invalid.
bool is_valid_host(std::string_view host);

// Gathers the fields that decide where a message ends, as they arrive.
class FramingFields {
  public:
    void observe(std::string_view name, std::string_view value);

    // Whether a field was seen that some reader takes for one of ours: Content_Length, say.
    bool has_look_alike() const { return look_alike_; }
    std::uint32_t host_count() const { return host_count_; }
    std::string_view host() const { return host_; }
    bool keep_alive(int minor_version) const;
    bool expects_continue() const { return expects_continue_; }
    // None where neither Content-Length nor Transfer-Encoding is there.
    Result<BodyFraming, HeadError> framing(int minor_version) const;

  private:
    void observe_connection(std::string_view value);

    std::string_view host_;
    std::string_view content_length_;
    std::string_view transfer_encoding_;
    std::uint32_t host_count_ = 0;
    std::uint32_t content_length_count_ = 0;
    std::uint32_t transfer_encoding_count_ = 0;
    bool connection_close_ = false;
    bool connection_keep_alive_ = false;
    bool expects_continue_ = false;
    bool look_alike_ = false;
};

// Reads the lines after the start line of a head that has_strict_lines(), up to the blank one,
// which must be the last.
Result<void, HeadError> read_fields(std::string_view lines, std::size_t max_fields, Fields& fields,
                                    FramingFields& framing);

// The decisions on a whole head whose start line and fields the parser has filled in.
Result<void, HeadError> admit_request(const FramingFields& framing, RequestHead& head);
Result<void, HeadError> admit_response(const FramingFields& framing, Method request_method,
                                       ResponseHead& head);

// Why a start line or a size was refused, for the status code of the answer.
HeadError classify_bad_request_line(std::string_view head);
HeadError classify_oversized_request(std::string_view head, const HeadLimits& limits);

}  // namespace tarn::http
