// Compares what is on the disk with what the commit witness says must be there.

#pragma once

#include "server/storage/engine.h"
#include "server/storage/witness.h"

#include <filesystem>
#include <optional>

namespace tarn::storage {

// Reads the log files of the database in directory, before RocksDB opens and perhaps changes them.
// Returns what is missing.  Blocks.
std::optional<EngineError> check_logs(const std::filesystem::path& directory,
                                      const Witness& witness);

// Cuts off what a power cut left of the last write to the newest write-ahead log and to the
// manifest, which RocksDB would refuse to open.  To be called after check_logs(): what is cut off
// had not been acknowledged.  Blocks.
Result<void, StoreError> cut_torn_tails(const std::filesystem::path& directory);

// Compares what the database recovered to.  witness is nothing where there is no valid note.
std::optional<EngineError> check_recovered(const std::optional<Witness>& witness,
                                           const std::string& database_id, std::uint64_t sequence);

}  // namespace tarn::storage
