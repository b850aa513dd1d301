// Finding multipart uploads and reading what their requests have in common.

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
    std::string row_key;
    UploadRecord record;
    storage::Revision revision = 0;

    storage::Guard guard() const { return {storage::Table::Uploads, row_key, revision}; }
};

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

// Makes batch remove an upload's row and the rows of the parts that were read (not their bodies),
// as long as all of them still are what they were.  Batch: anything with guards and mutations.
template <class Batch>
void append_upload_removal(Batch& batch, const Upload& upload,
                           const std::vector<StoredPart>& parts) {
    using storage::Mutation;
    constexpr auto kTable = storage::Table::Uploads;
    batch.guards.push_back(upload.guard());
    batch.mutations.push_back(
        {.kind = Mutation::Kind::Delete, .table = kTable, .key = upload.row_key});
    for (const StoredPart& part : parts) {
        const std::string key = part_key(upload.id, part.number);
        batch.guards.push_back({kTable, key, part.revision});
        batch.mutations.push_back({.kind = Mutation::Kind::Delete, .table = kTable, .key = key});
    }
}

// A part can be committed after its upload's parts were read and before the commit that removes the
// upload.  Once the upload's row is gone no more can come, so whoever removed it then removes the
// late ones with their bodies.  A failure is logged: what is left goes with the bucket.
net::Task<> remove_late_parts(Services& services, const Request& request, const Upload& upload);

}  // namespace tarn::s3
