// Opens the data directory and what lives in it.
//
//   LOCK VERSION WITNESS meta/ blobs/ tmp/ quarantine/ edges/<pop>/ tls/ keys/ log/    (mode 0700)

#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "server/storage/blob_store.h"
#include "server/storage/metadata_store.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tarn::storage {

enum class Durability : std::uint8_t { Strict, Relaxed };  // Relaxed: no fsync, said loudly

struct EngineOptions {
    std::filesystem::path directory;  // empty: in memory (--ephemeral)
    Durability durability = Durability::Strict;
    bool accept_loss = false;  // open although the witness says that commits are missing
    std::size_t block_cache_bytes = 32u << 20;
};

struct EngineError {
    enum class Kind : std::uint8_t { Locked, NewerFormat, LostCommits, Corrupt, Io };
    Kind kind = Kind::Io;
    std::string message;  // tells what is wrong and what to do
};

class Engine {
  public:
    virtual ~Engine() = default;
    virtual MetadataStore& metadata() = 0;
    virtual BlobStore& blobs() = 0;
    virtual const std::filesystem::path& directory() const = 0;  // empty in memory
    // The metadata's sequence number when the engine was opened; 0 in memory.  A blob of an earlier
    // run whose header knows of a later one proves that commits were lost.
    virtual std::uint64_t recovered_sequence() const = 0;
    // Reads everything below metadata() against its checksums, and says what is damaged, one line
    // each.  Blocks long.
    virtual std::vector<std::string> verify_metadata() = 0;
};

// Locks the directory, checks its format and witness, recovers.  Blocks.
Result<std::unique_ptr<Engine>, EngineError> open_engine(const EngineOptions& options, Clock& clock,
                                                         Random& random);

}  // namespace tarn::storage
