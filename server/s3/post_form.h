// The body of a browser upload: fields, then the file, which may be larger than memory.

#pragma once

#include "common/aws/form_field.h"
#include "common/aws/post_policy.h"
#include "common/http/form_data.h"
#include "server/s3/payload.h"
#include "server/s3/request.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::s3 {

// As a PayloadSource it is the file.  Not thread-safe; lives in the request's coroutine and must
// not be moved once something was read.
class FormReader final : public PayloadSource {
  public:
    // Errors: PreconditionFailed where the request is no form, MalformedPOSTRequest where its
    // boundary is missing, and those of PayloadReader::open().
    static Result<FormReader, Error> open(Request& request);

    // Reads up to the file.  Errors: MalformedPOSTRequest, MaxPostPreDataLengthExceeded,
    // InvalidArgument where no file comes.
    net::Task<Result<void, Error>> read_fields();
    // Each name once, variables replaced.
    aws::FormFields fields() const { return fields_; }

    // Which sizes the file may have; 5 GiB at most where nothing is said.
    void limit(aws::LengthRange range);
    // The file; at its end the rest of the form, whose fields are ignored, has been read as well.
    // Errors: MalformedPOSTRequest, EntityTooLarge, EntityTooSmall, InvalidArgument for a second
    // file, and a digest of the whole body that differs from what the request's head says.
    net::Task<Result<std::size_t, Error>> read(std::span<char> buffer) override;
    std::optional<std::string> trailer(std::string_view) const override { return std::nullopt; }

  private:
    using Event = http::FormDataParser::Event;
    using Step = http::FormDataParser::Step;

    FormReader(PayloadReader payload, std::string_view boundary);
    net::Task<Result<bool, Error>> refill();
    net::Task<Result<Step, Error>> next();
    Result<Step, Error> parse();
    bool take_field(const Step& step);
    net::Task<Result<void, Error>> read_rest();
    Result<void, Error> check_size() const;

    PayloadReader payload_;
    std::optional<PayloadDigests> digests_;  // where the head says something about the whole body
    http::FormDataParser parser_;
    std::unique_ptr<char[]> buffer_;
    std::string_view input_;    // of buffer_: not parsed yet
    std::string_view pending_;  // of the file: parsed, but not handed out yet
    std::uint64_t parsed_ = 0;
    std::vector<aws::FormField> fields_;
    aws::LengthRange range_{.max = kMaxPutBytes};
    std::uint64_t file_size_ = 0;
    bool file_ended_ = false;
};

}  // namespace tarn::s3
