#include "common/crypto/xxhash.h"

#include "common/base/check.h"

#include <xxhash.h>

namespace tarn::crypto {
namespace {

struct Free {
    void operator()(XXH64_state_t* state) const { XXH64_freeState(state); }
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

template <class Canonical>
std::string to_string(const Canonical& canonical) {
    return {reinterpret_cast<const char*>(canonical.digest), sizeof canonical.digest};
}

std::string canonical(XXH64_hash_t hash) {
    XXH64_canonical_t bytes;
    XXH64_canonicalFromHash(&bytes, hash);
    return to_string(bytes);
}

std::string canonical(XXH128_hash_t hash) {
    XXH128_canonical_t bytes;
    XXH128_canonicalFromHash(&bytes, hash);
    return to_string(bytes);
}

}  // namespace

// One of the two states, according to the kind.
struct XxHash::State {
    explicit State(XxHashKind wanted) : kind(wanted) {
        if (kind == XxHashKind::XxHash64) {
            xxh64.reset(XXH64_createState());
        } else {
            xxh3.reset(XXH3_createState());
        }
        CHECK(xxh64 || xxh3);
        start();
    }
    // NOLINTNEXTLINE(readability-make-member-function-const): it changes what it owns
    void start() {
        switch (kind) {
            case XxHashKind::XxHash64:
                XXH64_reset(xxh64.get(), 0);
                break;
            case XxHashKind::XxHash3:
                XXH3_64bits_reset(xxh3.get());
                break;
            case XxHashKind::XxHash128:
                XXH3_128bits_reset(xxh3.get());
                break;
        }
    }
    // NOLINTNEXTLINE(readability-make-member-function-const): it changes what it owns
    void update(std::string_view bytes) {
        switch (kind) {
            case XxHashKind::XxHash64:
                XXH64_update(xxh64.get(), bytes.data(), bytes.size());
                break;
            case XxHashKind::XxHash3:
                XXH3_64bits_update(xxh3.get(), bytes.data(), bytes.size());
                break;
            case XxHashKind::XxHash128:
                XXH3_128bits_update(xxh3.get(), bytes.data(), bytes.size());
                break;
        }
    }
    std::string digest() const {
        if (kind == XxHashKind::XxHash64) return canonical(XXH64_digest(xxh64.get()));
        if (kind == XxHashKind::XxHash3) return canonical(XXH3_64bits_digest(xxh3.get()));
        return canonical(XXH3_128bits_digest(xxh3.get()));
    }

    XxHashKind kind;
    std::unique_ptr<XXH64_state_t, Free> xxh64;
    std::unique_ptr<XXH3_state_t, Free> xxh3;
};

XxHash::XxHash(XxHashKind kind) : state_(std::make_unique<State>(kind)) {}
XxHash::~XxHash() = default;
XxHash::XxHash(XxHash&&) noexcept = default;
XxHash& XxHash::operator=(XxHash&&) noexcept = default;

void XxHash::update(std::string_view bytes) {
    state_->update(bytes);
}

std::string XxHash::finish() {
    std::string digest = state_->digest();
    state_->start();
    return digest;
}

}  // namespace tarn::crypto
