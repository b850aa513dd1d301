#include "server/s3/post_form.h"

#include "common/base/text.h"
#include "common/http/media.h"
#include "server/s3/post_fields.h"

#include <algorithm>
#include <cstring>

namespace tarn::s3 {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
// The largest file, and what may surround it.
constexpr std::uint64_t kMaxFormBodyBytes = kMaxPutBytes + (1u << 20);
constexpr std::string_view kFileField = "file";

Error malformed() {
    return s3_error(ErrorCode::MalformedPOSTRequest);
}

Error fields_too_large() {
    return s3_error(ErrorCode::MaxPostPreDataLengthExceeded, {},
                    {{"MaxPostPreDataLengthBytes", std::to_string(kMaxFormBytes)}});
}

Error wrong_file_count(std::string_view count) {
    return invalid_argument("POST requires exactly one file upload per request.", kFileField,
                            count);
}

Error to_error(http::FormDataParser::Error error) {
    return error == http::FormDataParser::Error::HeadTooLong ? fields_too_large() : malformed();
}

}  // namespace

FormReader::FormReader(PayloadReader payload, std::string_view boundary)
    : payload_(std::move(payload)),
      parser_(boundary),
      buffer_(std::make_unique_for_overwrite<char[]>(kBufferBytes)) {}

Result<FormReader, Error> FormReader::open(Request& request) {
    const std::string_view type = request.header("content-type");
    if (http::media_essence(type) != "multipart/form-data") {
        return fail(s3_error(
            ErrorCode::PreconditionFailed, {},
            {{"Condition", "Bucket POST must be of the enclosure-type multipart/form-data"}}));
    }
    const auto boundary = http::form_boundary(type);
    if (!boundary) return fail(malformed());
    TARN_TRY(DigestClaims claims, read_digest_claims(request));
    TARN_TRY(PayloadReader payload, PayloadReader::open(request, kMaxFormBodyBytes));
    FormReader form(std::move(payload), *boundary);
    if (claims.content_md5 || claims.sha256_hex || claims.announced) {
        form.digests_.emplace(std::move(claims));
    }
    return form;
}

// False at the end of the body.
net::Task<Result<bool, Error>> FormReader::refill() {
    const auto got = co_await payload_.read_available({buffer_.get(), kBufferBytes});
    if (!got) co_return fail(got.error());
    input_ = {buffer_.get(), *got};
    if (digests_) digests_->update(input_);
    co_return !input_.empty();
}

Result<FormReader::Step, Error> FormReader::parse() {
    const auto step = parser_.next(input_);
    if (!step) return fail(to_error(step.error()));
    input_.remove_prefix(step->consumed);
    parsed_ += step->consumed;
    return *step;
}

// The next event; None at the end of the body.
net::Task<Result<FormReader::Step, Error>> FormReader::next() {
    for (;;) {
        if (input_.empty()) {
            const auto more = co_await refill();
            if (!more) co_return fail(more.error());
            if (!*more) co_return Step{};
        }
        auto step = parse();
        if (!step || step->event != Event::None) co_return step;
    }
}

// Whether step was of a field.
bool FormReader::take_field(const Step& step) {
    switch (step.event) {
        case Event::PartBegins:
            if (iequals(parser_.part().name, kFileField)) return false;
            fields_.push_back({.name = parser_.part().name});
            return true;
        case Event::Body:
            fields_.back().value.append(step.body);
            return true;
        case Event::PartEnds:
            join_repeated_field(fields_);
            return true;
        case Event::End:
        case Event::None:
            break;
    }
    return false;
}

net::Task<Result<void, Error>> FormReader::read_fields() {
    for (;;) {
        const auto step = co_await next();
        if (!step) co_return fail(step.error());
        if (parsed_ > kMaxFormBytes) co_return fail(fields_too_large());
        if (take_field(*step)) continue;
        if (step->event == Event::None) co_return fail(malformed());
        if (step->event == Event::End) co_return fail(wrong_file_count("0"));
        break;
    }
    // Without a file name the variable stays (recorded); S3's page says that it becomes empty.
    const auto& filename = parser_.part().filename;
    if (!filename) co_return Result<void, Error>{};
    co_return replace_filename(fields_, *filename);
}

void FormReader::limit(aws::LengthRange range) {
    range_ = {.min = range.min, .max = std::min(range.max, kMaxPutBytes)};
}

net::Task<Result<std::size_t, Error>> FormReader::read(std::span<char> buffer) {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
        if (!pending_.empty()) {
            const std::size_t count = std::min(pending_.size(), buffer.size() - filled);
            std::memcpy(buffer.data() + filled, pending_.data(), count);
            pending_.remove_prefix(count);
            filled += count;
            continue;
        }
        if (file_ended_) break;
        if (input_.empty()) {
            const auto more = co_await refill();
            if (!more) co_return fail(more.error());
            if (!*more) co_return fail(malformed());
        }
        const auto step = parse();
        if (!step) co_return fail(step.error());
        // What is too much is counted, for the error, and goes nowhere.
        file_size_ += step->body.size();
        if (file_size_ <= range_.max) pending_ = step->body;
        if (step->event != Event::PartEnds) continue;
        file_ended_ = true;
        if (auto rest = co_await read_rest(); !rest) co_return fail(std::move(rest).error());
    }
    co_return filled;
}

net::Task<Result<void, Error>> FormReader::read_rest() {
    while (!parser_.done()) {
        const auto step = co_await next();
        if (!step) co_return fail(step.error());
        if (step->event == Event::None) co_return fail(malformed());
        if (step->event == Event::PartBegins && iequals(parser_.part().name, kFileField)) {
            co_return fail(wrong_file_count("2"));
        }
    }
    if (auto size = check_size(); !size) co_return size;
    for (;;) {
        const auto more = co_await refill();
        if (!more) co_return fail(more.error());
        if (!*more) break;
    }
    if (!digests_) co_return Result<void, Error>{};
    co_return digests_->finish(payload_);
}

Result<void, Error> FormReader::check_size() const {
    if (file_size_ > range_.max) {
        return fail(s3_error(ErrorCode::EntityTooLarge, {},
                             {{"ProposedSize", std::to_string(file_size_)},
                              {"MaxSizeAllowed", std::to_string(range_.max)}}));
    }
    if (file_size_ < range_.min) {
        return fail(s3_error(ErrorCode::EntityTooSmall, {},
                             {{"ProposedSize", std::to_string(file_size_)},
                              {"MinSizeAllowed", std::to_string(range_.min)}}));
    }
    return {};
}

}  // namespace tarn::s3
