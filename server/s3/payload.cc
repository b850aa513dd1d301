#include "server/s3/payload.h"

#include "common/base/check.h"
#include "common/base/encoding.h"
#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

namespace tarn::s3 {
namespace {

using crypto::ChecksumAlgorithm;

constexpr std::string_view kChecksumPrefix = "x-amz-checksum-";
// Headers with that prefix that are not a value.
constexpr std::array<std::string_view, 3> kNotValues = {
    "x-amz-checksum-mode", "x-amz-checksum-type", "x-amz-checksum-algorithm"};

constexpr std::string_view kSeveralChecksums =
    "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.";

Error invalid_checksum_value(std::string_view header) {
    return s3_error(ErrorCode::InvalidRequest,
                    "Value for " + std::string(header) + " header is invalid.");
}

// "[CRC32, CRC32C, …]", in the order of their names, as AWS lists them.
std::string algorithm_list() {
    std::vector<std::string_view> names;
    for (const ChecksumAlgorithm algorithm : crypto::kChecksumAlgorithms)
        names.push_back(crypto::checksum_name(algorithm));
    std::ranges::sort(names);
    std::string list;
    for (const std::string_view name : names)
        list.append(list.empty() ? "[" : ", ").append(name);
    return list + "]";
}

Error body_failure(net::BodyError error) {
    switch (error) {
        case net::BodyError::TimedOut:
            return s3_error(ErrorCode::RequestTimeout);
        case net::BodyError::Malformed:
            return s3_error(ErrorCode::IncompleteBody, "The request body terminated unexpectedly");
        case net::BodyError::Truncated:
            break;
    }
    return s3_error(ErrorCode::IncompleteBody);
}

Result<void, Error> read_content_md5(const Request& request, DigestClaims& claims) {
    const auto text = request.head.fields.find("content-md5");
    if (!text) return {};
    auto raw = from_base64(*text);
    if (!raw || raw->size() != 16) {
        return fail(s3_error(ErrorCode::InvalidDigest, {}, {{"Content-MD5", std::string(*text)}}));
    }
    claims.content_md5 = *std::move(raw);
    claims.content_md5_text = *text;
    return {};
}

// The x-amz-checksum-* header, if there is one.
Result<void, Error> read_checksum_header(const Request& request, DigestClaims& claims) {
    for (const http::Field& field : request.head.fields) {
        if (!istarts_with(field.name, kChecksumPrefix)) continue;
        const auto is_this = [&](std::string_view name) { return iequals(name, field.name); };
        if (std::ranges::any_of(kNotValues, is_this)) continue;
        const auto algorithm = crypto::checksum_of_header(field.name);
        if (!algorithm) {
            return fail(
                s3_error(ErrorCode::InvalidRequest,
                         "The algorithm type you specified in x-amz-checksum- header is invalid."));
        }
        if (claims.announced) {
            return fail(s3_error(ErrorCode::InvalidRequest, std::string(kSeveralChecksums)));
        }
        const auto raw = from_base64(field.value);
        if (!raw || raw->size() != crypto::checksum_bytes(*algorithm)) {
            return fail(invalid_checksum_value(crypto::checksum_header(*algorithm)));
        }
        claims.algorithm = *algorithm;
        claims.checksum = std::string(field.value);
        claims.announced = true;
    }
    return {};
}

// x-amz-trailer, which can only announce a checksum.
Result<void, Error> read_checksum_trailer(const Request& request, DigestClaims& claims) {
    if (!aws::has_trailer(request.auth.payload_mode)) return {};
    for (const std::string_view name : split_list(request.header("x-amz-trailer"))) {
        const auto algorithm = crypto::checksum_of_header(name);
        if (!algorithm) {
            return fail(
                s3_error(ErrorCode::InvalidRequest,
                         "The value specified in the x-amz-trailer header is not supported"));
        }
        if (claims.announced) {
            return fail(s3_error(ErrorCode::InvalidRequest, std::string(kSeveralChecksums)));
        }
        claims.algorithm = *algorithm;
        claims.in_trailer = true;
        claims.announced = true;
    }
    return {};
}

// x-amz-sdk-checksum-algorithm: a value of some algorithm must come with it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html: which one does not matter.
Result<void, Error> check_sdk_algorithm(const Request& request, const DigestClaims& claims) {
    const auto name = request.head.fields.find("x-amz-sdk-checksum-algorithm");
    if (!name) return {};
    if (!crypto::parse_checksum_name(*name)) {
        return fail(invalid_checksum_value("x-amz-sdk-checksum-algorithm"));
    }
    if (claims.announced || request.auth.presigned()) return {};
    return fail(s3_error(ErrorCode::InvalidRequest,
                         "x-amz-sdk-checksum-algorithm specified, but no corresponding "
                         "x-amz-checksum-* or x-amz-trailer headers were found."));
}

}  // namespace

Error from_auth_error(aws::AuthError error) {
    return Error{.code = ErrorCode::Other,
                 .message = std::move(error.message),
                 .details = std::move(error.details),
                 .other_code = std::string(error.code),
                 .other_status = error.status};
}

Result<PayloadReader, Error> PayloadReader::open(Request& request, std::uint64_t max_bytes) {
    const http::BodyFraming& framing = request.head.framing;
    std::uint64_t length = framing.kind == http::BodyFraming::Kind::Length ? framing.length : 0;
    std::optional<aws::AwsChunkedOptions> options;
    if (aws::is_aws_chunked(request.auth.payload_mode)) {
        auto read = aws::aws_chunked_options(request.head.fields, request.auth.payload_mode);
        if (!read) return fail(from_auth_error(std::move(read).error()));
        options = *std::move(read);
        options->signing = request.auth.chunk_signing;
        length = options->decoded_length;
    } else if (framing.kind == http::BodyFraming::Kind::Chunked) {
        // S3 takes a chunked body only together with x-amz-decoded-content-length.
        return fail(s3_error(ErrorCode::MissingContentLength));
    }
    if (length > max_bytes) {
        return fail(s3_error(ErrorCode::EntityTooLarge, {},
                             {{"ProposedSize", std::to_string(length)},
                              {"MaxSizeAllowed", std::to_string(max_bytes)}}));
    }
    PayloadReader reader(request, length);
    if (options) reader.chunks_.emplace(*std::move(options));
    return reader;
}

net::Task<Result<std::size_t, Error>> PayloadReader::read(std::span<char> buffer) {
    std::size_t filled = 0;
    while (filled < buffer.size() && !at_end_) {
        auto got = co_await read_some(buffer.subspan(filled));
        if (!got) co_return fail(std::move(got).error());
        filled += *got;
    }
    co_return filled;
}

net::Task<Result<std::size_t, Error>> PayloadReader::read_available(std::span<char> buffer) {
    while (!at_end_) {
        auto got = co_await read_some(buffer);
        if (!got || *got > 0) co_return got;
    }
    co_return 0;
}

net::Task<Result<std::size_t, Error>> PayloadReader::read_some(std::span<char> buffer) {
    const auto got = co_await request_->exchange.read_body(buffer);
    if (!got) co_return fail(body_failure(got.error()));
    if (*got == 0) {
        at_end_ = true;
        if (request_->log_notes) request_->log_notes->end_request();
        if (chunks_ && !chunks_->done()) co_return fail(from_auth_error(chunks_->unexpected_end()));
        co_return 0;
    }
    if (!chunks_) {
        received_ += *got;
        co_return *got;
    }
    co_return decode_in_place(buffer, *got);
}

// Moves the body bytes among the received ones to the front of buffer.
Result<std::size_t, Error> PayloadReader::decode_in_place(std::span<char> buffer,
                                                          std::size_t filled) {
    CHECK(chunks_.has_value());
    std::string_view input(buffer.data(), filled);
    std::size_t kept = 0;
    while (!input.empty()) {
        auto step = chunks_->next(input);
        if (!step) return fail(from_auth_error(std::move(step).error()));
        if (step->consumed == 0) break;
        if (!step->body.empty()) {
            std::memmove(buffer.data() + kept, step->body.data(), step->body.size());
            kept += step->body.size();
        }
        input.remove_prefix(step->consumed);
    }
    received_ += kept;
    return kept;
}

std::optional<std::string> PayloadReader::trailer(std::string_view name) const {
    if (!chunks_) return std::nullopt;
    for (const auto& [trailer_name, value] : chunks_->trailers()) {
        if (trailer_name == name) return value;
    }
    return std::nullopt;
}

Result<DigestClaims, Error> read_digest_claims(const Request& request, ChecksumSubject subject) {
    DigestClaims claims;
    if (request.auth.payload_mode == aws::PayloadMode::Literal) {
        claims.sha256_hex = request.auth.payload_sha256;
    }
    if (auto read = read_content_md5(request, claims); !read) return fail(std::move(read).error());
    if (subject == ChecksumSubject::Object) return claims;
    if (auto read = read_checksum_header(request, claims); !read) {
        return fail(std::move(read).error());
    }
    if (auto read = read_checksum_trailer(request, claims); !read) {
        return fail(std::move(read).error());
    }
    if (auto ok = check_sdk_algorithm(request, claims); !ok) return fail(std::move(ok).error());
    return claims;
}

Result<std::optional<ChecksumAlgorithm>, Error> read_checksum_algorithm(const Request& request) {
    const auto name = request.head.fields.find("x-amz-checksum-algorithm");
    if (!name) return std::nullopt;
    const auto algorithm = crypto::parse_checksum_name(*name);
    if (algorithm) return algorithm;
    return fail(s3_error(ErrorCode::InvalidRequest,
                         "Checksum algorithm provided is unsupported. Please try again with any "
                         "of the valid types: " +
                             algorithm_list()));
}

Result<std::optional<ChecksumType>, Error> read_checksum_type(const Request& request) {
    const auto text = request.head.fields.find("x-amz-checksum-type");
    if (!text) return std::nullopt;
    for (const ChecksumType type : {ChecksumType::FullObject, ChecksumType::Composite}) {
        if (iequals(*text, to_text(type))) return type;
    }
    return fail(invalid_checksum_value("x-amz-checksum-type"));
}

PayloadDigests::PayloadDigests(DigestClaims claims, std::optional<crypto::ChecksumAlgorithm> kept)
    : claims_(std::move(claims)), checksum_digest_(claims_.algorithm) {
    if (kept && *kept != claims_.algorithm) kept_digest_.emplace(*kept);
    if (claims_.sha256_hex) sha256_digest_.emplace(crypto::DigestKind::Sha256);
}

void PayloadDigests::update(std::string_view bytes) {
    md5_digest_.update(bytes);
    if (sha256_digest_) sha256_digest_->update(bytes);
    checksum_digest_.update(bytes);
    if (kept_digest_) kept_digest_->update(bytes);
}

Result<void, Error> PayloadDigests::finish(const PayloadSource& payload) {
    md5_ = md5_digest_.finish();
    if (claims_.content_md5 && *claims_.content_md5 != md5_) {
        return fail(s3_error(
            ErrorCode::BadDigest, {},
            {{"ExpectedDigest", claims_.content_md5_text}, {"CalculatedDigest", to_base64(md5_)}}));
    }
    if (sha256_digest_ && claims_.sha256_hex) {
        const std::string computed = to_hex(sha256_digest_->finish());
        if (!iequals(computed, *claims_.sha256_hex)) {
            return fail(Error{
                .code = ErrorCode::Other,
                .message =
                    "The provided 'x-amz-content-sha256' header does not match what was computed.",
                .details = {{"ClientComputedContentSHA256", *claims_.sha256_hex},
                            {"S3ComputedContentSHA256", computed}},
                .other_code = "XAmzContentSHA256Mismatch",
                .other_status = 400});
        }
    }
    checksum_ = {.algorithm = claims_.algorithm, .value = to_base64(checksum_digest_.finish())};
    if (claims_.in_trailer) {
        const std::string_view header = crypto::checksum_header(claims_.algorithm);
        claims_.checksum = payload.trailer(header);
        const auto raw = from_base64(claims_.checksum.value_or(""));
        if (!raw || raw->size() != crypto::checksum_bytes(claims_.algorithm)) {
            return fail(s3_error(ErrorCode::InvalidRequest, "Value for " + std::string(header) +
                                                                " trailing header is invalid."));
        }
    }
    if (claims_.checksum && *claims_.checksum != checksum_.value) {
        return fail(s3_error(ErrorCode::BadDigest,
                             "The " + std::string(crypto::checksum_name(claims_.algorithm)) +
                                 " you specified did not match the calculated checksum."));
    }
    if (kept_digest_) {
        if (claims_.announced) other_checksum_ = std::move(checksum_);
        checksum_ = {.algorithm = kept_digest_->algorithm(),
                     .value = to_base64(kept_digest_->finish())};
    }
    return {};
}

net::Task<Result<std::string, Error>> read_document(Request& request, std::size_t max_bytes,
                                                    ChecksumSubject subject) {
    TARN_CO_TRY(DigestClaims claims, read_digest_claims(request, subject));
    auto opened = PayloadReader::open(request, kMaxPutBytes);
    if (!opened) co_return fail(std::move(opened).error());
    PayloadReader payload = *std::move(opened);
    if (payload.length() > max_bytes) {
        co_return fail(s3_error(ErrorCode::MaxMessageLengthExceeded, {},
                                {{"MaxMessageLengthBytes", std::to_string(max_bytes)}}));
    }
    std::string document(payload.length() + 1, '\0');
    auto got = co_await payload.read(document);
    if (!got) co_return fail(std::move(got).error());
    document.resize(*got);
    PayloadDigests digests(std::move(claims));
    digests.update(document);
    if (auto checked = digests.finish(payload); !checked) {
        co_return fail(std::move(checked).error());
    }
    co_return document;
}

}  // namespace tarn::s3
