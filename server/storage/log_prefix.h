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

// Whether what follows the whole prefix is a write that a power cut tore: one record of which some
// sector still reads as zeros, since the file system made the file longer before all of the data
// was on the disk (ext4 does), and no later record.  RocksDB refuses such a log ("checksum
// mismatch").  A damaged record that had been written whole is not torn.
bool has_torn_tail(std::string_view log, std::uint64_t whole);

}  // namespace tarn::storage
