#include "server/storage/blob_store.h"

#include "common/base/encoding.h"

#include <algorithm>
#include <cstring>

namespace tarn::storage {

std::string to_text(const BlobId& id) {
    return to_hex(id.bytes);
}

std::optional<BlobId> parse_blob_id(std::string_view text) {
    // Lower case only: a name has one form.
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (text.find_first_not_of(kDigits) != std::string_view::npos) return std::nullopt;
    const auto raw = from_hex(text);
    if (!raw) return std::nullopt;
    return blob_id_of_raw(*raw);
}

std::string_view raw_bytes(const BlobId& id) {
    return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

std::optional<BlobId> blob_id_of_raw(std::string_view bytes) {
    BlobId id;
    if (bytes.size() != id.bytes.size()) return std::nullopt;
    std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
    return id;
}

}  // namespace tarn::storage
