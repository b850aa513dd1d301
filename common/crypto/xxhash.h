// xxHash, computed by libxxhash: fast checksums, no protection against forgery.
// https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tarn::crypto {

// With seed 0, as S3 uses them.
enum class XxHashKind : std::uint8_t { XxHash64, XxHash3, XxHash128 };

// A running hash.  Reusable: finish() returns the raw bytes and starts anew.  Not thread-safe.
class XxHash {
  public:
    explicit XxHash(XxHashKind kind);
    ~XxHash();
    XxHash(XxHash&&) noexcept;
    XxHash& operator=(XxHash&&) noexcept;
    void update(std::string_view bytes);
    std::string finish();  // 8 or 16 raw bytes, big-endian (the canonical form)

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tarn::crypto
