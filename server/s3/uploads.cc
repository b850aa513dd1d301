#include "server/s3/uploads.h"

#include "common/base/encoding.h"
#include "common/observe/log.h"
#include "server/s3/get_object.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace tarn::s3 {

using storage::Table;

namespace {

constexpr std::size_t kTimeDigits = 12;  // milliseconds, for the next 8900 years
constexpr std::size_t kRandomBytes = 20;

}  // namespace

std::string new_upload_id(Services& services) {
    return fmt::format("{:0{}x}", services.clock.now().time_since_epoch().count(), kTimeDigits) +
           random_hex(services.random, kRandomBytes);
}

bool is_upload_id(std::string_view text) {
    return text.size() == kTimeDigits + 2 * kRandomBytes && from_hex(text).has_value();
}

Error no_such_upload(std::string_view upload_id) {
    return s3_error(ErrorCode::NoSuchUpload, {}, {{"UploadId", std::string(upload_id)}});
}

net::Task<Result<Upload, Error>> find_upload(Services& services, const Request& request) {
    Upload upload;
    upload.id = request.parameter("uploadId").value_or("");
    upload.key = request.key();
    upload.row_key = upload_key(upload.key, upload.id);
    const auto row =
        co_await load_row(services, Table::Uploads, request.bucket->partition(), upload.row_key);
    if (!row && row.error() == storage::StoreError::NotFound) {
        co_return fail(no_such_upload(upload.id));
    }
    if (!row) co_return fail(store_failure(row.error(), "reading an upload"));
    auto record = decode_upload(row->value);
    if (!record) co_return fail(store_failure(storage::StoreError::Corrupt, "an upload's row"));
    upload.record = *std::move(record);
    upload.revision = row->revision;
    co_return upload;
}

Result<std::vector<StoredPart>, storage::StoreError> read_parts(storage::MetadataStore& store,
                                                                storage::Partition partition,
                                                                const std::string& upload_id,
                                                                std::uint32_t after,
                                                                std::size_t max) {
    std::vector<StoredPart> parts;
    const std::string prefix = part_prefix(upload_id);
    auto cursor = store.scan(Table::Uploads, partition, part_key(upload_id, after + 1));
    for (; cursor->valid() && cursor->key().starts_with(prefix) && parts.size() < max;
         cursor->next()) {
        auto record = decode_part(cursor->value());
        if (!record) return fail(storage::StoreError::Corrupt);
        parts.push_back({.number = part_number_of(cursor->key()),
                         .record = *std::move(record),
                         .revision = cursor->revision()});
    }
    if (const auto error = cursor->error()) return fail(*error);
    return parts;
}

Result<UploadState, storage::StoreError> read_upload_state(storage::MetadataStore& store,
                                                           storage::Partition partition,
                                                           const Upload& upload) {
    UploadState state;
    TARN_TRY(state.parts, read_parts(store, partition, upload.id, 0, kMaxPartNumber));
    const auto deletion = store.get(Table::Uploads, partition, deletion_key(upload.key));
    if (!deletion && deletion.error() == storage::StoreError::NotFound) return state;
    if (!deletion) return fail(deletion.error());
    state.deletion = deletion->revision;

    const std::string first = upload_key(upload.key, "");
    const auto cursor = store.scan(Table::Uploads, partition, first);
    if (cursor->valid() && cursor->key() == upload.row_key) cursor->next();
    state.is_last = !cursor->valid() || !cursor->key().starts_with(first);
    if (const auto error = cursor->error()) return fail(*error);
    return state;
}

void append_upload_removal(std::vector<storage::Guard>& guards,
                           std::vector<storage::Mutation>& mutations, const Upload& upload,
                           const UploadState& state) {
    const auto remove = [&](std::string key) {
        mutations.push_back({.kind = storage::Mutation::Kind::Delete,
                             .table = Table::Uploads,
                             .key = std::move(key)});
    };
    guards.push_back(upload.guard());
    remove(upload.row_key);
    if (state.is_last) remove(deletion_key(upload.key));
    for (const StoredPart& part : state.parts) {
        const std::string key = part_key(upload.id, part.number);
        guards.push_back({Table::Uploads, key, part.revision});
        remove(key);
    }
}

net::Task<Result<void, Error>> append_deletions(Services& services,
                                                const std::vector<std::string>& keys,
                                                storage::Batch& batch) {
    if (keys.empty()) co_return Result<void, Error>{};
    const auto read = co_await services.pool.run([&]() -> Result<void, storage::StoreError> {
        const auto cursor =
            services.metadata.scan(Table::Uploads, batch.partition, upload_key_from(""));
        const bool bucket_has_uploads = cursor->valid();
        for (std::size_t i = 0; bucket_has_uploads && i < keys.size(); ++i) {
            const std::string first = upload_key(keys[i], "");
            cursor->seek(first);
            if (cursor->valid() && cursor->key().starts_with(first)) {
                batch.mutations.push_back({.table = Table::Uploads, .key = deletion_key(keys[i])});
            }
        }
        if (const auto error = cursor->error()) return fail(*error);
        return {};
    });
    if (!read) co_return fail(store_failure(read.error(), "looking for uploads"));
    co_return Result<void, Error>{};
}

net::Task<Result<void, Error>> write_part(Services& services, const Request& request,
                                          const Upload& upload, std::uint32_t number,
                                          PartRecord record, NewBody& body) {
    const storage::Partition partition = request.bucket->partition();
    const std::string key = part_key(upload.id, number);
    for (;;) {
        DroppedBody dropped;
        storage::Revision replaced = 0;
        const auto old = co_await load_row(services, Table::Uploads, partition, key);
        if (old) {
            const auto old_record = decode_part(old->value);
            if (!old_record) co_return fail(store_failure(storage::StoreError::Corrupt, "a part"));
            replaced = old->revision;
            // A part has no manifest, so this reads nothing.
            if (auto done = drop_body(services.metadata, partition, old_record->body, dropped);
                !done) {
                co_return fail(store_failure(done.error(), "dropping a part"));
            }
        } else if (old.error() != storage::StoreError::NotFound) {
            co_return fail(store_failure(old.error(), "reading a part"));
        }
        storage::Batch batch{.partition = partition,
                             .guards = {upload.guard(), {Table::Uploads, key, replaced}},
                             .mutations = std::move(dropped.mutations)};
        batch.mutations.push_back({.table = Table::Uploads, .key = key, .value = encode(record)});
        append_body_rows(batch.mutations, body);
        const auto committed = co_await commit(services, std::move(batch));
        if (committed) {
            body.pending.release();
            if (dropped.has_blobs) services.announce_trash();
            co_return Result<void, Error>{};
        }
        if (committed.error() != storage::StoreError::Conflict) {
            co_return fail(store_failure(committed.error(), "committing a part"));
        }
        // Either the upload ended meanwhile, or the same part was sent twice at once.
        auto found = co_await find_upload(services, request);
        if (!found) co_return fail(std::move(found).error());
    }
}

net::Task<> remove_late_parts(Services& services, const Request& request, const Upload& upload) {
    const storage::Partition partition = request.bucket->partition();
    storage::Batch batch{.partition = partition};
    DroppedBody dropped;
    const auto read = co_await services.pool.run([&]() -> Result<void, storage::StoreError> {
        TARN_TRY(const auto parts,
                 read_parts(services.metadata, partition, upload.id, 0, kMaxPartNumber));
        for (const StoredPart& part : parts) {
            batch.mutations.push_back({.kind = storage::Mutation::Kind::Delete,
                                       .table = Table::Uploads,
                                       .key = part_key(upload.id, part.number)});
            if (auto ok = drop_body(services.metadata, partition, part.record.body, dropped); !ok) {
                return ok;
            }
        }
        return {};
    });
    if (!read) {
        log_error("late parts of upload {}: {}", upload.id, storage::to_text(read.error()));
        co_return;
    }
    if (batch.mutations.empty()) co_return;
    std::ranges::move(dropped.mutations, std::back_inserter(batch.mutations));
    const auto committed = co_await commit(services, std::move(batch));
    if (!committed) {
        log_error("late parts of upload {}: {}", upload.id, storage::to_text(committed.error()));
    } else if (dropped.has_blobs) {
        services.announce_trash();
    }
}

}  // namespace tarn::s3
