// Which blobs the S3 rows refer to: for the collector of orphans, the scrub and the reset.

#pragma once

#include "server/storage/blob_references.h"
#include "server/storage/metadata_store.h"

#include <functional>

namespace tarn::s3 {

// Visits parts of uploads first, then manifests and objects: completing an upload moves references
// from the former to the latter.  The store must outlive the visitor.
storage::ReferenceVisitor blob_reference_visitor(storage::MetadataStore& store);
// The same of one bucket's partition.  Blocks.
Result<void, storage::StoreError> visit_blob_references(
    storage::MetadataStore& store, storage::Partition partition,
    const std::function<void(const storage::BlobId&)>& visit);

}  // namespace tarn::s3
