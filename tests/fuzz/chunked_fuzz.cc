// A chunked body is the same however its bytes arrive, and what we encode decodes to itself.

#include "common/http/chunked.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace {

using namespace tarn::http;

struct Decoded {
    std::string body;
    std::size_t consumed = 0;
    bool done = false;
    std::optional<ChunkedDecoder::Error> error;

    bool operator==(const Decoded&) const = default;
};

// Shows the decoder at most piece_size bytes at a time.
Decoded decode(std::string_view input, std::size_t piece_size) {
    Decoded decoded;
    ChunkedDecoder decoder;
    while (!input.empty() && !decoder.done()) {
        const std::string_view piece = input.substr(0, piece_size);
        const auto step = decoder.next(piece);
        if (!step) {
            decoded.error = step.error();
            decoded.consumed = 0;  // how far a refused piece was read is not told
            return decoded;
        }
        if (step->consumed == 0 || step->consumed > piece.size()) std::abort();
        if (step->body.size() > step->consumed) std::abort();
        decoded.body += step->body;
        decoded.consumed += step->consumed;
        input.remove_prefix(step->consumed);
    }
    decoded.done = decoder.done();
    return decoded;
}

std::string encode(std::string_view body, std::size_t chunk_size) {
    std::string encoded;
    while (!body.empty()) {
        const std::size_t size = std::min(body.size(), chunk_size);
        encoded += chunk_prefix(size);
        encoded += body.substr(0, size);
        encoded += kChunkEnd;
        body.remove_prefix(size);
    }
    encoded += kLastChunk;
    return encoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const Decoded at_once = decode(input, SIZE_MAX);
    if (at_once != decode(input, 1)) std::abort();
    if (at_once != decode(input, 2 + size % 13)) std::abort();
    if (at_once.body.size() > size) std::abort();

    const std::string encoded = encode(input, 1 + size % 29);
    const Decoded decoded = decode(encoded, SIZE_MAX);
    if (!decoded.done || decoded.consumed != encoded.size() || decoded.body != input) std::abort();
    return 0;
}
