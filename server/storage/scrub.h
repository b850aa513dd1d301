// Reads everything that is stored and reports what is damaged: `tarn scrub`.

#pragma once

#include "common/base/clock.h"
#include "server/storage/blob_references.h"
#include "server/storage/engine.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tarn::storage {

struct ScrubOptions {
    std::uint64_t bytes_per_second = 0;  // 0: as fast as it goes
    // Finds blobs that rows refer to and that are not there; may be empty.
    ReferenceVisitor visit_references;
    // Asked now and then; true ends the scrub early.
    std::function<bool()> stop;
};

struct DamagedBlob {
    BlobId id;
    StoreError error = StoreError::Corrupt;  // NotFound: a row refers to it, and it is gone
    BlobOrigin origin;                       // empty where the header cannot be read
};

struct ScrubReport {
    std::uint64_t blobs = 0;
    std::uint64_t bytes = 0;
    std::vector<DamagedBlob> damaged_blobs;
    std::vector<std::string> damaged_metadata;  // one line each
    // Blobs of earlier runs that knew of later commits than the metadata had at start: commits were
    // lost.
    std::vector<DamagedBlob> beyond_metadata;
    bool complete = false;  // false: it was stopped, or the blobs could not be listed

    bool clean() const {
        return complete && damaged_blobs.empty() && damaged_metadata.empty() &&
               beyond_metadata.empty();
    }
};

// Blocks, perhaps for hours.  Reads only, so it may run beside everything else.
ScrubReport scrub(Engine& engine, Clock& clock, const ScrubOptions& options);

// For people: one line for each damaged item, and a summary line.
std::string to_text(const ScrubReport& report);

}  // namespace tarn::storage
