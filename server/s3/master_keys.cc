#include "server/s3/master_keys.h"

#include "common/base/encoding.h"
#include "common/base/text.h"

#include <algorithm>

namespace tarn::s3 {
namespace {

constexpr std::size_t kIdBytes = 6;

}  // namespace

std::optional<MasterKeys> MasterKeys::parse(std::string_view text) {
    MasterKeys keys;
    for (const std::string_view line : split(text, '\n')) {
        if (trim(line).empty()) continue;
        const auto parts = split(trim(line), ' ');
        if (parts.size() != 2 || keys.find(parts[0])) return std::nullopt;
        const auto bytes = from_hex(parts[1]);
        const auto key = bytes ? crypto::SecretKey::of(*bytes) : std::nullopt;
        if (!key) return std::nullopt;
        keys.keys_.push_back({std::string(parts[0]), *key});
    }
    if (keys.keys_.empty()) return std::nullopt;
    return keys;
}

std::string MasterKeys::new_line(Random& random) {
    std::string line = random_hex(random, kIdBytes);
    return line + " " + random_hex(random, crypto::kAesKeyBytes) + "\n";
}

const crypto::SecretKey* MasterKeys::find(std::string_view id) const {
    const auto found = std::ranges::find(keys_, id, &Key::id);
    return found == keys_.end() ? nullptr : &found->key;
}

}  // namespace tarn::s3
