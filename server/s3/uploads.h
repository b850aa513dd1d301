// Finding multipart uploads and reading what their requests have in common.

#pragma once

#include "server/s3/object_store.h"
#include "server/s3/records.h"
#include "server/s3/request.h"

#include <string>
#include <vector>

namespace tarn::s3 {

inline constexpr std::uint64_t kMinPartBytes = 5ull << 20;  // but for the last part

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

// The mutations that remove an upload's own rows (not its parts' bodies).
void append_upload_removal(std::vector<storage::Mutation>& mutations, const Upload& upload);

}  // namespace tarn::s3
