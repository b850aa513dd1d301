// How much of a RocksDB log file (write-ahead log or manifest) is whole.
//
// RocksDB takes a log that ends inside a record as a log whose last write was cut by a crash, and
// drops the rest in silence.  One flipped bit in a record's length looks the same.  Only the commit
// witness can tell the two apart, so Tarn measures the log itself before RocksDB may touch it.
// Format: https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format

#pragma once

#include <cstdint>
#include <string_view>

namespace tarn::storage {

// Length of the longest prefix that consists of whole, checksummed records.
std::uint64_t whole_log_prefix(std::string_view log);

}  // namespace tarn::storage
