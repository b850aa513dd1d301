// Finding multipart uploads and reading what their requests have in common.
//
// A conditional completion fails when its key was put or deleted after the upload began, even if
// the object looks the same again (s3.md 3.6).  The revision of the upload's row is when it began.
// Of a later put the current object's sequence number tells; of a later delete, which may leave no
// row of the key behind, the revision of the key's deletion row.  That row is written by whoever
// deletes an object while its key has uploads, and goes with the last of them.

#pragma once

#include "server/s3/object_store.h"
#include "server/s3/records.h"
#include "server/s3/request.h"

#include <string>
#include <vector>

namespace tarn::s3 {

inline constexpr std::uint64_t kMinPartBytes = 5ull << 20;  // but for the last part

// Completing or aborting gives way with 503 when parts are replaced this often meanwhile.
inline constexpr int kMaxEndAttempts = 100;

struct Upload {
    std::string id;
    std::string key;
    std::string row_key;
    UploadRecord record;
    storage::Revision revision = 0;

    storage::Guard guard() const { return {storage::Table::Uploads, row_key, revision}; }
};

// Sorts by time of creation within a key, as ListMultipartUploads wants it.
std::string new_upload_id(Services& services);
// Whether text looks like one.
bool is_upload_id(std::string_view text);

Error no_such_upload(std::string_view upload_id);

// The upload that the parameter uploadId names, which is bound to the request's key.
net::Task<Result<Upload, Error>> find_upload(Services& services, const Request& request);

struct StoredPart {
    std::uint32_t number = 0;
    PartRecord record;
    storage::Revision revision = 0;
};
// Up to max parts with a number > after, in order.  Blocks.
Result<std::vector<StoredPart>, storage::StoreError> read_parts(storage::MetadataStore& store,
                                                                storage::Partition partition,
                                                                const std::string& upload_id,
                                                                std::uint32_t after,
                                                                std::size_t max);

// Commits a part that was ingested or copied; replaces an earlier part of that number.
net::Task<Result<void, Error>> write_part(Services& services, const Request& request,
                                          const Upload& upload, std::uint32_t number,
                                          PartRecord record, NewBody& body);

// What must be known to end an upload.
struct UploadState {
    std::vector<StoredPart> parts;   // all of them
    storage::Revision deletion = 0;  // of the key's deletion row; 0: there is none
    bool is_last = false;            // of its key; known where there is a deletion row
};
// Blocks.
Result<UploadState, storage::StoreError> read_upload_state(storage::MetadataStore& store,
                                                           storage::Partition partition,
                                                           const Upload& upload);

// Adds what removes an upload's row and the rows of its parts (not their bodies), as long as all of
// them still are what they were.  Where two uploads of a key end at once, its deletion row may stay
// until the next one ends.
void append_upload_removal(std::vector<storage::Guard>& guards,
                           std::vector<storage::Mutation>& mutations, const Upload& upload,
                           const UploadState& state);

// To be called by whoever makes batch remove the rows of these keys' current objects: adds what
// conditional completions must learn of it, for those keys that have uploads.  An upload that
// begins between this and the commit counts as begun after the removal.
net::Task<Result<void, Error>> append_deletions(Services& services,
                                                const std::vector<std::string>& keys,
                                                storage::Batch& batch);

// A part can be committed after its upload's parts were read and before the commit that removes the
// upload.  Once the upload's row is gone no more can come, so whoever removed it then removes the
// late ones with their bodies.  A failure is logged: what is left goes with the bucket.
net::Task<> remove_late_parts(Services& services, const Request& request, const Upload& upload);

}  // namespace tarn::s3
