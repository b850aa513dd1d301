#include "common/cdn/config_epoch.h"

#include "common/base/big_endian.h"
#include "common/crypto/digest.h"

#include <algorithm>

#include <fmt/format.h>

namespace tarn::cdn {
namespace {

// Lengths before texts, so that no two selections read alike.
void append(std::string& out, const NameSelection& selection) {
    auto names = selection.names;
    std::ranges::sort(names);
    out += fmt::format("{}:{};", static_cast<int>(selection.kind), names.size());
    for (const std::string& name : names)
        out += fmt::format("{}:{}", name.size(), name);
}

}  // namespace

std::uint64_t config_epoch_of(const Distribution& distribution) {
    std::string definition = distribution.rfc9111_mode ? "rfc9111;" : "cloudfront;";
    for (const CacheBehavior& behavior : distribution.behaviors) {
        definition +=
            fmt::format("{}:{}{}{}", behavior.path_pattern.size(), behavior.path_pattern,
                        behavior.cache.gzip ? 'g' : '-', behavior.cache.brotli ? 'b' : '-');
        append(definition, behavior.cache.headers);
        append(definition, behavior.cache.cookies);
        append(definition, behavior.cache.query);
    }
    return read_big_endian<std::uint64_t>(crypto::sha256(definition));
}

}  // namespace tarn::cdn
