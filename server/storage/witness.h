// The commit witness: a note beside the database of how far it had got, so that lost metadata is
// never silent.
//
// RocksDB opens without complaint after its live write-ahead log was deleted or cut short: what was
// committed since the last flush is gone and nobody hears of it (reliability.md 0.3).  So after
// every commit group the committer writes here what the database on disk must at least contain, and
// the next start refuses to open one that has less.
//
// What is detected: a note is written, but not synced, with every group (measured: 1.5 us against
// 60-150 us for the sync of the log), and synced when the store was quiet for 100 ms, at the latest
// a second after it was written, and at shutdown.  So
//   - after a kill, a crash of the process or an orderly stop the note is exact, and any loss of a
//     commit - log deleted, cut, flipped, rolled back - is detected;
//   - after a power loss or a crash of the kernel the note may be up to a second old.  Losing
//   commits
//     of that second takes a second fault as well, for instance a disk that lies about flushes. The
//     headers of the blobs written in that second carry the sequence too: scrub reports it.
// A note never claims more than was synced before it was written, so power loss alone never makes a
// start refuse.

#pragma once

#include "common/base/result.h"
#include "server/storage/file.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace tarn::storage {

struct Witness {
    std::string database_id;
    std::uint64_t sequence = 0;  // the database's last sequence number
    // Its live log and manifest, and how many bytes of them are known to be on the disk.
    std::uint64_t log_number = 0;
    std::uint64_t log_bytes = 0;
    std::uint64_t manifest_number = 0;
    std::uint64_t manifest_bytes = 0;
    std::uint64_t epoch = 0;  // how often the data directory was opened for writing
    bool relaxed = false;     // written without syncs: after a power loss it may claim too much
    friend bool operator==(const Witness&, const Witness&) = default;
};

// The file: two slots written in turn, so that a torn write leaves the note before it.
// Not thread-safe.
class WitnessFile {
  public:
    // Reads the file, or makes an empty one where there is none.  Io, NoSpace.
    static Result<WitnessFile, StoreError> open(const std::filesystem::path& path);

    // The newest valid note at open; nothing where there was none.
    const std::optional<Witness>& found() const { return found_; }
    Result<void, StoreError> write(const Witness& witness);
    Result<void, StoreError> sync();

  private:
    explicit WitnessFile(FileDescriptor file) : file_(std::move(file)) {}

    FileDescriptor file_;
    std::uint64_t serial_ = 0;  // of the newest note; the slot is its parity
    std::optional<Witness> found_;
};

}  // namespace tarn::storage
