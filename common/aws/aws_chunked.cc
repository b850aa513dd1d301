#include "common/aws/aws_chunked.h"

#include "common/aws/auth_details.h"
#include "common/base/text.h"

#include <algorithm>
#include <charconv>

namespace tarn::aws {
namespace {

constexpr std::string_view kChunkAlgorithm = "AWS4-HMAC-SHA256-PAYLOAD";
constexpr std::string_view kTrailerAlgorithm = "AWS4-HMAC-SHA256-TRAILER";
constexpr std::string_view kSignatureExtension = "chunk-signature=";
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";
constexpr std::size_t kSignatureChars = 64;

std::string hex_of(const std::string& digest) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * digest.size());
    for (const char c : digest) {
        const auto byte = static_cast<unsigned char>(c);
        hex.push_back(kDigits[byte >> 4]);
        hex.push_back(kDigits[byte & 15]);
    }
    return hex;
}

// The first lines of both strings to sign: algorithm, date, scope, previous signature.
std::string signing_prefix(std::string_view algorithm, const ChunkSigning& signing,
                           std::string_view previous_signature) {
    std::string text;
    for (const std::string_view line : {algorithm, std::string_view(signing.amz_date),
                                        std::string_view(signing.scope), previous_signature}) {
        text.append(line).append("\n");
    }
    return text;
}

std::string chunk_string_to_sign(const ChunkSigning& signing, std::string_view previous_signature,
                                 std::string_view chunk_sha256_hex) {
    return signing_prefix(kChunkAlgorithm, signing, previous_signature)
        .append(kEmptySha256)
        .append("\n")
        .append(chunk_sha256_hex);
}

std::string trailer_string_to_sign(const ChunkSigning& signing, std::string_view previous_signature,
                                   std::string_view signed_trailer) {
    return signing_prefix(kTrailerAlgorithm, signing, previous_signature)
        .append(crypto::sha256_hex(signed_trailer));
}

AuthError unparsable() {
    return auth_error(AuthFault::BodyUnparsable);
}

// 1*16HEXDIG
std::optional<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size, 16);
    if (text.empty() || text.size() > 16 || text.front() == '-') return std::nullopt;
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return size;
}

bool is_trailer_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
    });
}

}  // namespace

Result<AwsChunkedOptions, AuthError> aws_chunked_options(const http::Fields& fields,
                                                         PayloadMode mode) {
    AwsChunkedOptions options{.mode = mode};
    const auto length = parse_uint(fields.get("x-amz-decoded-content-length"));
    if (!length || fields.count("x-amz-decoded-content-length") != 1) {
        return fail(auth_error(AuthFault::MissingDecodedLength));
    }
    options.decoded_length = *length;
    if (!has_trailer(mode)) return options;
    for (const http::Field& field : fields) {
        if (!iequals(field.name, "x-amz-trailer")) continue;
        for (const std::string_view name : split_list(field.value)) {
            options.announced_trailers.push_back(to_lower(name));
            if (!is_trailer_name(options.announced_trailers.back()) ||
                options.announced_trailers.size() > kMaxTrailerCount) {
                return fail(auth_error(AuthFault::TrailerMalformed));
            }
        }
    }
    return options;
}

AwsChunkedDecoder::AwsChunkedDecoder(AwsChunkedOptions options)
    : options_(std::move(options)),
      digest_(crypto::DigestKind::Sha256),
      previous_signature_(options_.signing.seed_signature) {}

AuthError AwsChunkedDecoder::unexpected_end() const {
    return unparsable();
}

Result<AwsChunkedDecoder::Step, AuthError> AwsChunkedDecoder::next(std::string_view input) {
    const std::size_t size_before = input.size();
    while (!input.empty()) {
        switch (state_) {
            case State::Data: {
                const auto size = static_cast<std::size_t>(
                    std::min<std::uint64_t>(chunk_remaining_, input.size()));
                const std::string_view body = input.substr(0, size);
                if (has_chunk_signatures(options_.mode)) digest_.update(body);
                decoded_ += size;
                chunk_remaining_ -= size;
                if (chunk_remaining_ == 0) state_ = State::DataCr;
                return Step{.consumed = size_before - input.size() + size, .body = body};
            }
            case State::DataCr:
            case State::DataLf: {
                const char expected = state_ == State::DataCr ? '\r' : '\n';
                if (input.front() != expected) return fail(unparsable());
                input.remove_prefix(1);
                if (state_ == State::DataCr) {
                    state_ = State::DataLf;
                } else if (auto finished = finish_chunk(); !finished) {
                    return fail(std::move(finished).error());
                }
                break;
            }
            case State::ChunkHeader:
            case State::Trailer: {
                TARN_TRY(const bool is_complete, take_line(input));
                if (!is_complete) break;
                auto handled = state_ == State::ChunkHeader ? on_chunk_header() : on_trailer_line();
                if (!handled) return fail(std::move(handled).error());
                line_.clear();
                break;
            }
            case State::Done:
                return fail(unparsable());  // bytes after the end
        }
    }
    return Step{.consumed = size_before};
}

// Moves input up to the end of the line into line_.  True once the line is complete.
Result<bool, AuthError> AwsChunkedDecoder::take_line(std::string_view& input) {
    const std::size_t line_feed = input.find('\n');
    const bool is_complete = line_feed != std::string_view::npos;
    const std::size_t size = is_complete ? line_feed : input.size();
    if (line_.size() + size > kMaxChunkLineBytes) return fail(unparsable());
    line_.append(input.substr(0, size));
    input.remove_prefix(is_complete ? size + 1 : size);
    if (!is_complete) return false;
    line_had_cr_ = line_.ends_with('\r');
    if (line_had_cr_) line_.pop_back();
    if (line_.find('\r') != std::string::npos) return fail(unparsable());
    return true;
}

Result<void, AuthError> AwsChunkedDecoder::on_chunk_header() {
    if (!line_had_cr_) return fail(unparsable());
    const std::string_view line = line_;
    const std::size_t semicolon = line.find(';');
    const auto size = parse_size(line.substr(0, semicolon));
    if (!size) return fail(unparsable());

    std::string_view signature;
    if (has_chunk_signatures(options_.mode)) {
        if (semicolon == std::string_view::npos) return fail(unparsable());
        signature = line.substr(semicolon + 1);
        if (!signature.starts_with(kSignatureExtension)) return fail(unparsable());
        signature.remove_prefix(kSignatureExtension.size());
        if (signature.size() != kSignatureChars) return fail(unparsable());
    } else if (semicolon != std::string_view::npos) {
        return fail(unparsable());
    }
    return start_chunk(*size, signature);
}

Result<void, AuthError> AwsChunkedDecoder::start_chunk(std::uint64_t size,
                                                       std::string_view signature) {
    const bool is_last = size == 0;
    if (!is_last && chunk_count_ > 0 && chunk_size_ < kMinChunkBytes) {
        return fail(auth_error(AuthFault::ChunkSizeTooSmall,
                               {{"Chunk", std::to_string(chunk_count_)},
                                {"BadChunkSize", std::to_string(chunk_size_)}}));
    }
    if (size > options_.decoded_length - decoded_ ||
        (is_last && decoded_ < options_.decoded_length)) {
        return fail(auth_error(AuthFault::BodyLengthDiffers));
    }
    chunk_signature_ = signature;
    chunk_size_ = size;
    chunk_remaining_ = size;
    ++chunk_count_;
    if (!is_last) {
        state_ = State::Data;
        return {};
    }
    if (auto finished = finish_chunk(); !finished) return finished;
    state_ = State::Trailer;
    return {};
}

// The chunk's bytes are complete: its signature must be right before it counts.
Result<void, AuthError> AwsChunkedDecoder::finish_chunk() {
    if (has_chunk_signatures(options_.mode)) {
        const std::string text =
            chunk_string_to_sign(options_.signing, previous_signature_, hex_of(digest_.finish()));
        if (auto checked = check_signature(text, chunk_signature_); !checked) return checked;
        previous_signature_ = chunk_signature_;
    }
    verified_ = decoded_;
    state_ = State::ChunkHeader;
    return {};
}

// A trailer line ends with CRLF in the SDKs.  Some clients follow AWS's page to the letter, which
// shows "name:value LF CRLF x-amz-trailer-signature:... CRLF": so a bare LF ends a line as well,
// and one empty line may stand before the signature.
Result<void, AuthError> AwsChunkedDecoder::on_trailer_line() {
    if (line_.empty()) {
        const bool awaits_signature = options_.mode == PayloadMode::StreamingTrailer &&
                                      !trailers_.empty() && trailer_signature_.empty();
        if (!awaits_signature) return finish_trailers();
        if (blank_before_signature_) return fail(auth_error(AuthFault::TrailerMalformed));
        blank_before_signature_ = true;
        return {};
    }
    if (!has_trailer(options_.mode)) return fail(unparsable());
    const std::string_view line = line_;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return fail(auth_error(AuthFault::TrailerMalformed));
    return on_trailer_field(to_lower(line.substr(0, colon)), trim(line.substr(colon + 1)));
}

Result<void, AuthError> AwsChunkedDecoder::on_trailer_field(std::string_view name,
                                                            std::string_view value) {
    // The signature is the last line, and only signed trailers have one.
    if (!trailer_signature_.empty()) return fail(auth_error(AuthFault::TrailerMalformed));
    if (name == kTrailerSignature) {
        if (options_.mode != PayloadMode::StreamingTrailer || value.size() != kSignatureChars) {
            return fail(auth_error(AuthFault::TrailerMalformed));
        }
        trailer_signature_ = value;
        return {};
    }
    const auto& announced = options_.announced_trailers;
    const bool is_announced =
        std::find(announced.begin(), announced.end(), name) != announced.end();
    const bool is_repeated = std::any_of(trailers_.begin(), trailers_.end(),
                                         [name](const auto& seen) { return seen.first == name; });
    if (!is_announced || is_repeated || blank_before_signature_) {
        return fail(auth_error(AuthFault::TrailerMalformed));
    }
    trailers_.emplace_back(name, value);
    signed_trailer_.append(name).append(":").append(value).append("\n");
    return {};
}

Result<void, AuthError> AwsChunkedDecoder::finish_trailers() {
    if (trailers_.size() != options_.announced_trailers.size()) {
        return fail(auth_error(AuthFault::TrailerMalformed));
    }
    // Without a trailer there is nothing that a signature could cover.
    const bool is_signed = options_.mode == PayloadMode::StreamingTrailer &&
                           (!trailers_.empty() || !trailer_signature_.empty());
    if (is_signed) {
        const std::string text =
            trailer_string_to_sign(options_.signing, previous_signature_, signed_trailer_);
        if (auto checked = check_signature(text, trailer_signature_); !checked) return checked;
    }
    state_ = State::Done;
    return {};
}

Result<void, AuthError> AwsChunkedDecoder::check_signature(std::string_view string_to_sign,
                                                           std::string_view signature) const {
    const SignatureHex expected = sign_hex(*options_.signing.key, string_to_sign);
    if (equal_constant_time(view(expected), signature)) return {};
    return fail(mismatch_error(options_.signing.access_key_id, string_to_sign, signature));
}

std::string encode_signed_chunk(ChunkSigning& signing, std::string_view body) {
    const std::string text =
        chunk_string_to_sign(signing, signing.seed_signature, crypto::sha256_hex(body));
    signing.seed_signature = view(sign_hex(*signing.key, text));

    std::array<char, 16> size{};
    const auto end = std::to_chars(size.data(), size.data() + size.size(), body.size(), 16).ptr;
    std::string chunk(size.data(), end);
    chunk.append(";").append(kSignatureExtension).append(signing.seed_signature).append("\r\n");
    if (!body.empty()) chunk.append(body).append("\r\n");
    return chunk;
}

std::string encode_signed_trailer(
    ChunkSigning& signing, const std::vector<std::pair<std::string, std::string>>& trailers) {
    std::string wire;
    std::string signed_trailer;
    for (const auto& [name, value] : trailers) {
        wire.append(name).append(":").append(value).append("\r\n");
        signed_trailer.append(name).append(":").append(value).append("\n");
    }
    const std::string text =
        trailer_string_to_sign(signing, signing.seed_signature, signed_trailer);
    signing.seed_signature = view(sign_hex(*signing.key, text));
    wire.append(kTrailerSignature).append(":").append(signing.seed_signature).append("\r\n\r\n");
    return wire;
}

}  // namespace tarn::aws
