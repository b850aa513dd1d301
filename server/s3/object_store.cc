#include "server/s3/object_store.h"

#include "common/http/precondition.h"
#include "server/s3/object_lock.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

using storage::StoreError;
using storage::Table;

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

net::Task<Result<std::optional<storage::Revision>, Error>> commit_with_bodies(
    Services& services, storage::Batch batch, const std::vector<BodyRef>& given_up) {
    DroppedBody dropped;
    auto read = co_await drop_bodies(services, batch.partition, given_up, dropped);
    if (!read) co_return fail(std::move(read).error());
    std::ranges::move(dropped.mutations, std::back_inserter(batch.mutations));
    const auto committed = co_await commit(services, std::move(batch));
    if (!committed) {
        if (committed.error() == StoreError::Conflict) co_return std::nullopt;
        co_return fail(store_failure(committed.error(), "committing objects"));
    }
    if (dropped.has_blobs) services.announce_trash();
    co_return *committed;
}

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

net::Task<Result<VersionEffect, Error>> write_object(Services& services, BucketPtr bucket,
                                                     ObjectWrite write) {
    const std::optional<Retention> asked = write.record.attributes.lock.retention;
    for (int attempt = 0; attempt < kMaxWriteAttempts; ++attempt) {
        TARN_CO_TRY(auto current, co_await find_current(services, *bucket, write.key));
        if (write.condition) {
            const bool is_there = current && !current->record.is_delete_marker();
            auto holds = write.condition(is_there ? &current->record : nullptr);
            if (!holds) co_return fail(std::move(holds).error());
        }
        write.record.has_version_id = bucket->record.versioning == Versioning::Enabled;
        write.record.attributes.lock.retention =
            asked ? asked : default_retention(*bucket, write.record.last_modified);
        KeyVersions versions(services.metadata, bucket->partition(), write.key, std::move(current));
        const auto push = [&] { return versions.push(write.record); };
        const auto pushed =
            versions.push_blocks(write.record) ? co_await services.pool.run(push) : push();
        if (!pushed) co_return fail(store_failure(pushed.error(), "reading an older version"));

        storage::Batch batch{
            .partition = bucket->partition(), .guards = write.guards, .mutations = write.mutations};
        batch.guards.push_back(bucket->state_guard());
        versions.append_to(batch);
        std::vector<BodyRef> given_up = write.discarded;
        std::ranges::copy(versions.given_up(), std::back_inserter(given_up));
        const auto committed = co_await commit_with_bodies(services, std::move(batch), given_up);
        if (!committed) co_return fail(committed.error());
        if (*committed) {
            VersionEffect effect;
            if (write.record.has_version_id) {
                effect.version_id = make_version_id(bucket->partition(), write.key, **committed);
            }
            co_return effect;
        }
        TARN_CO_TRY(bucket, recheck_bucket(services, bucket));
        if (!co_await guards_still_hold(services, bucket->partition(), write.guards)) {
            co_return fail(write.guard_failure);
        }
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
    // S3 has If-None-Match for "nothing is there" and If-Match for "this is there", and no more.
    const std::string_view header = if_match ? "If-Match" : "If-None-Match";
    const std::string_view wanted = if_match ? *if_match : *if_none_match;
    const bool names_any = wanted == "*";
    if (names_any == if_match.has_value() && !request.compat.radosgw_conditions) {
        return refuse(header, fmt::format("We don't accept the provided value of {} header for "
                                          "this API",
                                          header));
    }
    return [header, wanted = std::string(wanted), must_match = if_match.has_value(),
            key = request.key()](const ObjectRecord* current) -> Result<void, Error> {
        if (!current && must_match) return fail(no_such_key(key));
        const bool matches = current && http::etag_list_contains(wanted, current->etag);
        if (matches == must_match) return {};
        return fail(
            s3_error(ErrorCode::PreconditionFailed, {}, {{"Condition", std::string(header)}}));
    };
}

}  // namespace tarn::s3
