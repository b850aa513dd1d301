// How a row is stored: its name is the partition, 8 bytes big-endian so that rows sort by partition
// and then by key, followed by the key.  Its contents are the revision, 8 bytes big-endian,
// followed by the value.

#pragma once

#include "common/base/big_endian.h"
#include "server/storage/metadata_store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::storage {

inline constexpr std::size_t kNumberBytes = sizeof(std::uint64_t);

// bytes has at least kNumberBytes.
inline std::uint64_t decode_number(std::string_view bytes) {
    return read_big_endian<std::uint64_t>(bytes);
}

inline void encode_row_name(std::string& out, Partition partition, std::string_view key) {
    out.resize(kNumberBytes);
    write_big_endian(out.data(), partition);
    out.append(key);
}

inline std::string row_name(Partition partition, std::string_view key) {
    std::string name;
    name.reserve(kNumberBytes + key.size());
    encode_row_name(name, partition, key);
    return name;
}

// The first name that sorts after every name that starts with prefix; nothing if there is none.
inline std::optional<std::string> end_of_prefix(std::string_view prefix) {
    std::string end(prefix);
    while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff)
        end.pop_back();
    if (end.empty()) return std::nullopt;
    end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return end;
}

}  // namespace tarn::storage
