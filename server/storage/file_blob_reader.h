// Reads one blob file; see file_blob_store.h.

#pragma once

#include "server/storage/blob_format.h"
#include "server/storage/file.h"

#include <memory>
#include <vector>

namespace tarn::storage {

// NotFound; Corrupt where the file is not the whole blob of that id.  Blocks.
Result<std::shared_ptr<const BlobReader>, StoreError> open_blob_file(
    const std::filesystem::path& path, const BlobId& id);
// Reads the header only.
Result<BlobHeader, StoreError> read_blob_header(const std::filesystem::path& path,
                                                const BlobId& id);

}  // namespace tarn::storage
