// Compression at the edge (cloudfront.md 2.9).
//
// CloudFront compresses an answer on its way into the cache, not for each viewer: the copy is
// stored in the coding that the cache key names (Accept-Encoding is normalised into it), so
// compressing costs once per copy.  It does so only where all of this holds: the behavior says
// Compress, the policy has the coding enabled and a TTL above 0, the viewer accepts it, the type is
// one of a fixed list, the origin stated a Content-Length between 1,000 and 10,000,000 bytes and
// did not compress itself.

#pragma once

#include "common/cdn/distribution.h"
#include "common/http/head.h"
#include "edge/origin/selection.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::edge {

enum class Coding : std::uint8_t { Identity, Gzip, Brotli };
std::string_view to_text(Coding coding);  // "", "gzip", "br"

// The coding to store an answer in.  Brotli before gzip.  Pure.
Coding choose_coding(const cdn::CacheBehavior& behavior, const AcceptEncoding& accepted,
                     const http::ResponseHead& head);
bool is_compressible_type(std::string_view content_type);

// A running compression.  Not thread-safe.
class Compressor {
  public:
    explicit Compressor(Coding coding);  // not Identity
    ~Compressor();
    // Appends the compressed form of bytes, as far as it is out, to the result.
    void update(std::string_view bytes, std::string& out);
    void finish(std::string& out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tarn::edge
