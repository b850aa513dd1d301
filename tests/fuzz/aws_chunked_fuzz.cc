// However an aws-chunked body is cut, it decodes to the same; a finished one has its length.
//
// The first byte of the input chooses the mode (u, t, s), the second, a digit, the decoded length
// as that many times 1000; the rest is the body.

#include "common/aws/aws_chunked.h"

#include <cstdlib>

namespace {

using namespace tarn::aws;

void require(bool condition) {
    if (!condition) std::abort();
}

AwsChunkedOptions options_for(char mode, char length) {
    static const SigningKey key =
        derive_signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                           {.day = "20130524", .region = "us-east-1", .service = "s3"});
    AwsChunkedOptions options;
    options.mode = mode == 'u'   ? PayloadMode::StreamingUnsignedTrailer
                   : mode == 't' ? PayloadMode::StreamingTrailer
                                 : PayloadMode::Streaming;
    options.decoded_length =
        length >= '0' && length <= '9' ? static_cast<std::uint64_t>(length - '0') * 1000 : 5;
    if (has_trailer(options.mode)) options.announced_trailers = {"x-amz-checksum-crc32c"};
    options.signing = {.key = key,
                       .amz_date = "20130524T000000Z",
                       .scope = "20130524/us-east-1/s3/aws4_request",
                       .seed_signature = std::string(64, '0'),
                       .access_key_id = "AKIAIOSFODNN7EXAMPLE"};
    return options;
}

struct Outcome {
    std::string body;
    bool done = false;
    int fault = -1;
    std::vector<std::pair<std::string, std::string>> trailers;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome decode(const AwsChunkedOptions& options, std::string_view wire, std::size_t piece) {
    AwsChunkedDecoder decoder(options);
    Outcome outcome;
    while (!wire.empty() && outcome.fault < 0) {
        const std::string_view input = wire.substr(0, piece);
        const auto step = decoder.next(input);
        if (!step) {
            outcome.fault = static_cast<int>(step.error().fault);
            break;
        }
        require(step->consumed > 0 && step->consumed <= input.size());
        require(decoder.verified() <= decoder.decoded());
        outcome.body.append(step->body);
        wire.remove_prefix(step->consumed);
    }
    require(outcome.body.size() == decoder.decoded());
    require(decoder.decoded() <= options.decoded_length);
    outcome.done = decoder.done();
    if (outcome.done) require(decoder.verified() == options.decoded_length);
    outcome.trailers = decoder.trailers();
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const AwsChunkedOptions options = options_for(text[0], text[1]);
    const Outcome whole = decode(options, text.substr(2), size);
    require(whole == decode(options, text.substr(2), 1));
    require(whole == decode(options, text.substr(2), 7));
    return 0;
}
