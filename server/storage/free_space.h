// Keeps a reserve of free space on the data directory's file system, so that a full disk is met by
// refusing uploads and never by a failed write to the log.  Deletes are let through into the
// reserve, and so is what a start after a crash has to write: the log's rows, into tables.

#pragma once

#include "server/storage/metadata_store.h"

#include <cstdint>
#include <filesystem>

namespace tarn::storage {

inline constexpr std::uint64_t kReserveBytes = 128u << 20;  // or an eighth of a smaller disk

std::uint64_t reserve_of(const std::filesystem::path& directory);
// Bytes that may be written to the directory's file system before the reserve is touched.
std::uint64_t room_above_reserve(const std::filesystem::path& directory);

// Whether a batch may be committed with that much room: one that fits, or a small one that deletes.
// What it uses is taken off room.
bool admit_batch(const Batch& batch, std::uint64_t& room);

}  // namespace tarn::storage
