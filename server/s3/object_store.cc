#include "server/s3/object_store.h"

#include "common/http/precondition.h"
#include "server/s3/attributes.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tarn::s3 {
namespace {

using storage::Table;

// A writer that loses this often against others gives way with 503, which SDKs retry.
constexpr int kMaxAttempts = 1000;

// Whether the bucket is still the one the request began with.
Result<BucketPtr, Error> recheck_bucket(Services& services, const BucketPtr& bucket) {
    BucketPtr now = services.buckets.find(bucket->name);
    if (!now || now->record.id != bucket->record.id) return fail(no_such_bucket(bucket->name));
    return now;
}

Result<std::optional<CurrentObject>, Error> to_current(
    Result<storage::Row, storage::StoreError> row) {
    if (!row) {
        if (row.error() == storage::StoreError::NotFound) return std::nullopt;
        return fail(store_failure(row.error(), "reading an object's row"));
    }
    auto record = decode_object(row->value);
    if (!record) return fail(store_failure(storage::StoreError::Corrupt, "an object's row"));
    return CurrentObject{.record = *std::move(record), .revision = row->revision};
}

bool needs_manifest(const BodyRef& body) {
    return body.kind == BodyRef::Kind::Manifest;
}

// Reading a manifest may block; everything else is in memory.
net::Task<Result<void, Error>> drop_bodies(Services& services, storage::Partition partition,
                                           const std::vector<BodyRef>& bodies,
                                           DroppedBody& dropped) {
    const auto drop_all = [&]() -> Result<void, storage::StoreError> {
        for (const BodyRef& body : bodies) {
            if (auto done = drop_body(services.metadata, partition, body, dropped); !done) {
                return done;
            }
        }
        return {};
    };
    const bool blocks = std::ranges::any_of(bodies, needs_manifest);
    const auto done = blocks ? co_await services.pool.run(drop_all) : drop_all();
    if (!done) co_return fail(store_failure(done.error(), "reading a manifest"));
    co_return Result<void, Error>{};
}

storage::Batch write_batch(const Bucket& bucket, const ObjectWrite& write,
                           storage::Revision replaced, DroppedBody& dropped) {
    storage::Batch batch{.partition = bucket.partition()};
    batch.guards = write.guards;
    batch.guards.push_back(bucket.state_guard());
    batch.guards.push_back({Table::Objects, write.key, replaced});
    batch.mutations = write.mutations;
    batch.mutations.push_back(
        {.table = Table::Objects, .key = write.key, .value = encode(write.record)});
    std::ranges::move(dropped.mutations, std::back_inserter(batch.mutations));
    return batch;
}

// After a conflict: whether one of the write's own guards is what failed.
net::Task<bool> guards_still_hold(Services& services, storage::Partition partition,
                                  const std::vector<storage::Guard>& guards) {
    for (const storage::Guard& guard : guards) {
        const auto row = co_await load_row(services, guard.table, partition, guard.key);
        const storage::Revision revision = row ? row->revision : 0;
        if (revision != guard.revision) co_return false;
    }
    co_return true;
}

}  // namespace

Result<void, storage::StoreError> drop_body(storage::MetadataStore& store,
                                            storage::Partition partition, const BodyRef& body,
                                            DroppedBody& dropped) {
    const auto remove = [&](Table table, std::string key) {
        dropped.mutations.push_back(
            {.kind = storage::Mutation::Kind::Delete, .table = table, .key = std::move(key)});
    };
    switch (body.kind) {
        case BodyRef::Kind::Empty:
        case BodyRef::Kind::DeleteMarker:
            return {};
        case BodyRef::Kind::Inline:
            remove(Table::Bodies, inline_body_key(body.id));
            return {};
        case BodyRef::Kind::Blob:
            dropped.mutations.push_back({.table = Table::BlobTrash, .key = trash_key(body.id)});
            dropped.has_blobs = true;
            return {};
        case BodyRef::Kind::Manifest:
            break;
    }
    TARN_TRY(const storage::Row row, store.get(Table::Bodies, partition, manifest_key(body.id)));
    const auto manifest = decode_manifest(row.value);
    if (!manifest) return fail(storage::StoreError::Corrupt);
    remove(Table::Bodies, manifest_key(body.id));
    for (const ManifestPart& part : manifest->parts) {
        if (auto done = drop_body(store, partition, part.body, dropped); !done) return done;
    }
    return {};
}

net::Task<Result<std::optional<CurrentObject>, Error>> find_object(Services& services,
                                                                   const Bucket& bucket,
                                                                   const std::string& key) {
    co_return to_current(co_await load_row(services, Table::Objects, bucket.partition(), key));
}

net::Task<Result<CurrentObject, Error>> get_object_record(Services& services, const Bucket& bucket,
                                                          const std::string& key) {
    TARN_CO_TRY(auto found, co_await find_object(services, bucket, key));
    if (!found) co_return fail(no_such_key(key));
    co_return *std::move(found);
}

net::Task<Result<CurrentObject, Error>> load_requested_object(Services& services,
                                                              const Request& request) {
    if (auto ok = check_version_id(request.parameter("versionId")); !ok) {
        co_return fail(std::move(ok).error());
    }
    co_return co_await get_object_record(services, *request.bucket, request.key());
}

net::Task<Result<CurrentObject, Error>> update_object(Services& services, const Request& request,
                                                      ObjectChange change) {
    BucketPtr bucket = request.bucket;
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        TARN_CO_TRY(CurrentObject object, co_await load_requested_object(services, request));
        auto changed = change(object.record);
        if (!changed) co_return fail(std::move(changed).error());
        const auto committed = co_await commit(
            services,
            {.partition = bucket->partition(),
             .guards = {bucket->state_guard(), {Table::Objects, request.key(), object.revision}},
             .mutations = {
                 {.table = Table::Objects, .key = request.key(), .value = encode(object.record)}}});
        if (committed) {
            object.revision = *committed;
            co_return object;
        }
        if (committed.error() != storage::StoreError::Conflict) {
            co_return fail(store_failure(committed.error(), "changing an object"));
        }
        TARN_CO_TRY(bucket, recheck_bucket(services, bucket));
    }
    co_return fail(s3_error(ErrorCode::SlowDown));
}

net::Task<Result<storage::Revision, Error>> write_object(Services& services, BucketPtr bucket,
                                                         ObjectWrite write) {
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        TARN_CO_TRY(auto current, co_await find_object(services, *bucket, write.key));
        if (write.condition) {
            auto holds = write.condition(current ? &current->record : nullptr);
            if (!holds) co_return fail(std::move(holds).error());
        }
        DroppedBody dropped;
        std::vector<BodyRef> given_up = write.discarded;
        if (current) given_up.push_back(current->record.body);
        auto read = co_await drop_bodies(services, bucket->partition(), given_up, dropped);
        if (!read) co_return fail(std::move(read).error());

        const auto committed = co_await commit(
            services, write_batch(*bucket, write, current ? current->revision : 0, dropped));
        if (committed) {
            if (dropped.has_blobs) services.announce_trash();
            co_return *committed;
        }
        if (committed.error() != storage::StoreError::Conflict) {
            co_return fail(store_failure(committed.error(), "committing an object"));
        }
        TARN_CO_TRY(bucket, recheck_bucket(services, bucket));
        if (!co_await guards_still_hold(services, bucket->partition(), write.guards)) {
            co_return fail(write.guard_failure);
        }
    }
    co_return fail(s3_error(ErrorCode::SlowDown));
}

net::Task<Result<std::vector<Result<bool, Error>>, Error>> remove_objects(
    Services& services, BucketPtr bucket, std::vector<ObjectRemoval> removals) {
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        std::vector<Result<bool, Error>> results;
        storage::Batch batch{.partition = bucket->partition()};
        batch.guards.push_back(bucket->state_guard());
        std::vector<BodyRef> given_up;
        for (const ObjectRemoval& removal : removals) {
            TARN_CO_TRY(auto current, co_await find_object(services, *bucket, removal.key));
            if (removal.condition) {
                auto holds = removal.condition(current ? &current->record : nullptr);
                if (!holds) {
                    results.push_back(fail(std::move(holds).error()));
                    continue;
                }
            }
            results.push_back(current.has_value());
            if (!current) continue;
            batch.guards.push_back({Table::Objects, removal.key, current->revision});
            batch.mutations.push_back({.kind = storage::Mutation::Kind::Delete,
                                       .table = Table::Objects,
                                       .key = removal.key});
            given_up.push_back(current->record.body);
        }
        if (batch.mutations.empty()) co_return results;

        DroppedBody dropped;
        auto read = co_await drop_bodies(services, bucket->partition(), given_up, dropped);
        if (!read) co_return fail(std::move(read).error());
        std::ranges::move(dropped.mutations, std::back_inserter(batch.mutations));
        const auto committed = co_await commit(services, std::move(batch));
        if (committed) {
            if (dropped.has_blobs) services.announce_trash();
            co_return results;
        }
        if (committed.error() != storage::StoreError::Conflict) {
            co_return fail(store_failure(committed.error(), "removing objects"));
        }
        TARN_CO_TRY(bucket, recheck_bucket(services, bucket));
    }
    co_return fail(s3_error(ErrorCode::SlowDown));
}

Result<WriteCondition, Error> read_write_condition(const Request& request) {
    const auto if_match = request.head.fields.find("if-match");
    const auto if_none_match = request.head.fields.find("if-none-match");
    if (!if_match && !if_none_match) return WriteCondition{};
    const auto refuse = [](std::string_view header, std::string_view why) {
        Error error = header_not_implemented(header);
        error.details.emplace_back("additionalMessage", why);
        return fail(std::move(error));
    };
    if (if_match && if_none_match) {
        return refuse("If-Match,If-None-Match",
                      "Multiple conditional request headers present in the request");
    }
    if (if_none_match) {
        if (*if_none_match != "*") {
            return refuse(
                "If-None-Match",
                "We don't accept the provided value of If-None-Match header for this API");
        }
        return [](const ObjectRecord* current) -> Result<void, Error> {
            if (!current) return {};
            return fail(
                s3_error(ErrorCode::PreconditionFailed, {}, {{"Condition", "If-None-Match"}}));
        };
    }
    if (*if_match == "*") {
        return refuse("If-Match",
                      "We don't accept the provided value of If-Match header for this API");
    }
    return [wanted = std::string(*if_match),
            key = request.key()](const ObjectRecord* current) -> Result<void, Error> {
        if (!current) return fail(no_such_key(key));
        if (http::etag_list_contains(wanted, current->etag)) return {};
        return fail(s3_error(ErrorCode::PreconditionFailed, {}, {{"Condition", "If-Match"}}));
    };
}

}  // namespace tarn::s3
