#include "edge/cache/compression.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/http/media.h"

#include <algorithm>
#include <array>

#include <brotli/encode.h>
#include <zlib.h>

namespace tarn::edge {
namespace {

constexpr std::uint64_t kMinBytes = 1'000;
constexpr std::uint64_t kMaxBytes = 10'000'000;
constexpr int kGzipLevel = 6;
constexpr int kGzipWindowBits = 15 + 16;  // with a gzip header
constexpr int kBrotliQuality = 5;         // about gzip's speed, and smaller
constexpr std::size_t kPieceBytes = 16 * 1024;

// Developer Guide, "File types that CloudFront compresses".
constexpr std::array<std::string_view, 45> kTypes = {
    "application/dash+xml",
    "application/eot",
    "application/font",
    "application/font-sfnt",
    "application/javascript",
    "application/json",
    "application/opentype",
    "application/otf",
    "application/pkcs7-mime",
    "application/protobuf",
    "application/rss+xml",
    "application/truetype",
    "application/ttf",
    "application/vnd.apple.mpegurl",
    "application/vnd.mapbox-vector-tile",
    "application/vnd.ms-fontobject",
    "application/xhtml+xml",
    "application/xml",
    "application/x-font-opentype",
    "application/x-font-truetype",
    "application/x-font-ttf",
    "application/x-httpd-cgi",
    "application/x-javascript",
    "application/x-mpegurl",
    "application/x-opentype",
    "application/x-otf",
    "application/x-perl",
    "application/x-ttf",
    "font/eot",
    "font/opentype",
    "font/otf",
    "font/ttf",
    "image/svg+xml",
    "text/css",
    "text/csv",
    "text/html",
    "text/javascript",
    "text/js",
    "text/plain",
    "text/richtext",
    "text/tab-separated-values",
    "text/xml",
    "text/x-component",
    "text/x-java-source",
    "text/x-script",
};

bool is_compressed_status(int status) {
    return status == 200 || status == 403 || status == 404;
}

}  // namespace

std::string_view to_text(Coding coding) {
    switch (coding) {
        case Coding::Identity:
            return "";
        case Coding::Gzip:
            return "gzip";
        case Coding::Brotli:
            return "br";
    }
    return "";
}

bool is_compressible_type(std::string_view content_type) {
    const std::string essence = http::media_essence(content_type);
    return std::find(kTypes.begin(), kTypes.end(), essence) != kTypes.end();
}

Coding choose_coding(const cdn::CacheBehavior& behavior, const AcceptEncoding& accepted,
                     const http::ResponseHead& head) {
    if (!behavior.compress || (!accepted.gzip && !accepted.brotli)) return Coding::Identity;
    if (behavior.cache.max_ttl == std::chrono::seconds(0)) return Coding::Identity;
    if (!is_compressed_status(head.status) || head.fields.has("Content-Encoding")) {
        return Coding::Identity;
    }
    const bool sized = head.framing.kind == http::BodyFraming::Kind::Length &&
                       head.framing.length >= kMinBytes && head.framing.length <= kMaxBytes;
    if (!sized || !is_compressible_type(head.fields.get("Content-Type"))) return Coding::Identity;
    return accepted.brotli ? Coding::Brotli : Coding::Gzip;
}

struct Compressor::State {
    Coding coding;
    z_stream gzip{};
    BrotliEncoderState* brotli = nullptr;
};

Compressor::Compressor(Coding coding) : state_(std::make_unique<State>(State{.coding = coding})) {
    CHECK(coding != Coding::Identity);
    if (coding == Coding::Gzip) {
        CHECK(deflateInit2(&state_->gzip, kGzipLevel, Z_DEFLATED, kGzipWindowBits, MAX_MEM_LEVEL,
                           Z_DEFAULT_STRATEGY) == Z_OK);
        return;
    }
    state_->brotli = BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
    CHECK(state_->brotli != nullptr);
    BrotliEncoderSetParameter(state_->brotli, BROTLI_PARAM_QUALITY, kBrotliQuality);
}

Compressor::~Compressor() {
    if (state_->coding == Coding::Gzip) deflateEnd(&state_->gzip);
    if (state_->brotli != nullptr) BrotliEncoderDestroyInstance(state_->brotli);
}

namespace {

void run_gzip(z_stream& stream, std::string_view bytes, int flush, std::string& out) {
    std::array<unsigned char, kPieceBytes> piece;
    // zlib does not write to its input, whatever its signature says.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    do {
        stream.next_out = piece.data();
        stream.avail_out = static_cast<uInt>(piece.size());
        CHECK(deflate(&stream, flush) != Z_STREAM_ERROR);
        out.append(reinterpret_cast<const char*>(piece.data()), piece.size() - stream.avail_out);
    } while (stream.avail_out == 0);
}

void run_brotli(BrotliEncoderState* state, std::string_view bytes, BrotliEncoderOperation operation,
                std::string& out) {
    std::array<std::uint8_t, kPieceBytes> piece;
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t left = bytes.size();
    do {
        std::uint8_t* next_out = piece.data();
        std::size_t room = piece.size();
        CHECK(BrotliEncoderCompressStream(state, operation, &left, &next_in, &room, &next_out,
                                          nullptr) == BROTLI_TRUE);
        out.append(reinterpret_cast<const char*>(piece.data()), piece.size() - room);
    } while (left > 0 || BrotliEncoderHasMoreOutput(state) == BROTLI_TRUE);
}

}  // namespace

void Compressor::update(std::string_view bytes, std::string& out) {
    if (state_->coding == Coding::Gzip) {
        run_gzip(state_->gzip, bytes, Z_NO_FLUSH, out);
    } else {
        run_brotli(state_->brotli, bytes, BROTLI_OPERATION_PROCESS, out);
    }
}

void Compressor::finish(std::string& out) {
    if (state_->coding == Coding::Gzip) {
        run_gzip(state_->gzip, {}, Z_FINISH, out);
    } else {
        run_brotli(state_->brotli, {}, BROTLI_OPERATION_FINISH, out);
    }
}

}  // namespace tarn::edge
