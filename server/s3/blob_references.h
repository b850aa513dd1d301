// Which blobs the S3 rows refer to: for the collector of orphans and for the scrub.

#pragma once

#include "server/storage/blob_references.h"
#include "server/storage/metadata_store.h"

namespace tarn::s3 {

// Visits parts of uploads first, then manifests and objects: completing an upload moves references
// from the former to the latter.  The store must outlive the visitor.
storage::ReferenceVisitor blob_reference_visitor(storage::MetadataStore& store);

}  // namespace tarn::s3
