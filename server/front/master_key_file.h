// The file of SSE-S3's master keys, held against what the metadata remembers of them: a server that
// cannot open its objects does not start, and never makes up for a lost key with a new one.

#pragma once

#include "common/base/random.h"
#include "server/s3/master_keys.h"
#include "server/storage/metadata_store.h"

#include <filesystem>

namespace tarn::front {

// Makes the file where there is none and the metadata knows of no key.  Throws std::runtime_error
// where the file cannot be read or written, holds no keys, or lacks one that objects may be sealed
// under (start-up only).
s3::MasterKeys load_master_keys(const std::filesystem::path& file, storage::MetadataStore& store,
                                Random& random);

}  // namespace tarn::front
