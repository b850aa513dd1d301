#include "server/s3/version_id.h"

#include "common/base/big_endian.h"
#include "common/base/encoding.h"
#include "common/crypto/digest.h"

#include <algorithm>
#include <cstdint>

namespace tarn::s3 {
namespace {

constexpr std::size_t kIdLength = 32;
constexpr std::size_t kTagBytes = 16;

// Binds the number to the key, so that the id of one version is not that of another key's.
std::string tag_of(storage::Partition partition, std::string_view key, storage::Revision sequence) {
    std::string bytes = big_endian(partition) + big_endian(sequence);
    bytes.append(key);
    return crypto::sha256(bytes).substr(0, kTagBytes);
}

// The number, hidden under the tag: ids of neighbours do not look alike.
std::string mask(std::string number, std::string_view tag) {
    for (std::size_t i = 0; i < number.size(); ++i)
        number[i] = static_cast<char>(number[i] ^ tag[i]);
    return number;
}

}  // namespace

std::string make_version_id(storage::Partition partition, std::string_view key,
                            storage::Revision sequence) {
    const std::string tag = tag_of(partition, key, sequence);
    std::string id = to_base64(mask(big_endian(sequence), tag) + tag);
    std::ranges::replace(id, '+', '.');
    std::ranges::replace(id, '/', '_');
    return id;
}

std::optional<VersionSelector> read_version_id(storage::Partition partition, std::string_view key,
                                               std::string_view text) {
    if (text == kNullVersionId) return VersionSelector{.is_null = true};
    if (text.size() != kIdLength) return std::nullopt;
    if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
    std::string base64(text);
    std::ranges::replace(base64, '.', '+');
    std::ranges::replace(base64, '_', '/');
    const auto bytes = from_base64(base64);
    if (!bytes) return std::nullopt;
    const std::string_view tag = std::string_view(*bytes).substr(sizeof(storage::Revision));
    const auto sequence =
        read_big_endian<storage::Revision>(mask(bytes->substr(0, sizeof(storage::Revision)), tag));
    if (tag_of(partition, key, sequence) != tag) return VersionSelector{};
    return VersionSelector{.sequence = sequence};
}

}  // namespace tarn::s3
