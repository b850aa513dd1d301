#include "server/s3/object_lookup.h"

#include "common/base/time_text.h"
#include "server/s3/object_store.h"

#include <utility>

namespace tarn::s3 {
namespace {

using storage::StoreError;
using storage::Table;
using Found = Result<std::optional<ObjectVersion>, Error>;

Found to_found(Result<storage::Row, StoreError> row, bool is_latest) {
    if (!row) {
        if (row.error() == StoreError::NotFound) return std::nullopt;
        return fail(store_failure(row.error(), "reading an object's row"));
    }
    auto version = to_version(*std::move(row), is_latest);
    if (!version) return fail(store_failure(version.error(), "an object's row"));
    return *std::move(version);
}

net::Task<Found> find_older(Services& services, const Bucket& bucket, const std::string& key,
                            storage::Revision sequence) {
    co_return to_found(co_await load_row(services, Table::Versions, bucket.partition(),
                                         version_key(key, sequence)),
                       false);
}

// Of a key whose current version is not the one that is looked for.
net::Task<Found> find_older_version(Services& services, const Bucket& bucket,
                                    const std::string& key, const VersionSelector& which,
                                    const ObjectVersion& current) {
    const storage::Revision sequence =
        which.is_null ? current.record.null_sequence : which.sequence;
    if (sequence == 0) co_return std::nullopt;
    TARN_CO_TRY(auto found, co_await find_older(services, bucket, key, sequence));
    // The number of the null version is no id.
    if (found && !which.is_null && !found->record.has_version_id) co_return std::nullopt;
    co_return found;
}

net::Task<Found> find_version(Services& services, const Bucket& bucket, const std::string& key,
                              const VersionSelector& which) {
    storage::Revision seen = 0;
    for (int attempt = 0; attempt < kMaxWriteAttempts; ++attempt) {
        TARN_CO_TRY(auto current, co_await find_current(services, bucket, key));
        if (!current) co_return std::nullopt;
        const bool is_it =
            which.is_null ? !current->record.has_version_id
                          : current->record.has_version_id && which.sequence == current->sequence();
        if (is_it) co_return current;
        // What is in neither place may have been on its way from one to the other, which changes
        // the current row.
        if (current->revision == seen) co_return std::nullopt;
        seen = current->revision;
        TARN_CO_TRY(auto found,
                    co_await find_older_version(services, bucket, key, which, *current));
        if (found) co_return found;
    }
    co_return fail(s3_error(ErrorCode::SlowDown));
}

Error deleted(const Bucket& bucket, const std::string& key, const ObjectVersion& marker) {
    Error error = no_such_key(key);
    error.headers = {{"x-amz-delete-marker", "true"},
                     {"x-amz-version-id", shown_version_id(bucket, key, marker)}};
    return error;
}

// What names a delete marker can only be deleted (recorded, s3.md 3.10).
Error is_a_marker(const Bucket& bucket, const std::string& key, const ObjectVersion& marker) {
    Error error = s3_error(ErrorCode::MethodNotAllowed, {}, {{"ResourceType", "DeleteMarker"}});
    error.headers = {{"Allow", "DELETE"},
                     {"x-amz-delete-marker", "true"},
                     {"x-amz-version-id", shown_version_id(bucket, key, marker)},
                     {"Last-Modified", format_http_date(marker.record.last_modified)}};
    return error;
}

}  // namespace

Result<BucketPtr, Error> recheck_bucket(Services& services, const BucketPtr& bucket) {
    BucketPtr now = services.buckets.find(bucket->name);
    if (!now || now->record.id != bucket->record.id) return fail(no_such_bucket(bucket->name));
    return now;
}

Result<VersionSelector, Error> parse_version_id(const Bucket& bucket, std::string_view key,
                                                std::string_view text) {
    const auto selector = read_version_id(bucket.partition(), key, text);
    const bool has_versions = bucket.record.versioning != Versioning::Unset;
    if (selector && (selector->is_null || has_versions)) return *selector;
    return fail(invalid_argument(
        text.empty() ? "Version id cannot be the empty string" : "Invalid version id specified",
        "versionId", text));
}

net::Task<Found> find_current(Services& services, const Bucket& bucket, const std::string& key) {
    co_return to_found(co_await load_row(services, Table::Objects, bucket.partition(), key), true);
}

net::Task<Found> find_object(Services& services, const Bucket& bucket, const std::string& key) {
    TARN_CO_TRY(auto current, co_await find_current(services, bucket, key));
    if (current && current->record.is_delete_marker()) co_return std::nullopt;
    co_return current;
}

net::Task<Result<ObjectVersion, Error>> load_version(Services& services, const Bucket& bucket,
                                                     const std::string& key,
                                                     std::optional<std::string_view> version_id) {
    if (!version_id) {
        TARN_CO_TRY(auto current, co_await find_current(services, bucket, key));
        if (!current) co_return fail(no_such_key(key));
        if (current->record.is_delete_marker()) co_return fail(deleted(bucket, key, *current));
        co_return *std::move(current);
    }
    TARN_CO_TRY(const VersionSelector which, parse_version_id(bucket, key, *version_id));
    TARN_CO_TRY(auto found, co_await find_version(services, bucket, key, which));
    if (!found) {
        co_return fail(s3_error(ErrorCode::NoSuchVersion, {},
                                {{"Key", key}, {"VersionId", std::string(*version_id)}}));
    }
    if (found->record.is_delete_marker()) co_return fail(is_a_marker(bucket, key, *found));
    co_return *std::move(found);
}

net::Task<Result<ObjectVersion, Error>> load_requested_object(Services& services,
                                                              const Request& request) {
    auto loaded = co_await load_version(services, *request.bucket, request.key(),
                                        request.parameter("versionId"));
    if (!loaded && loaded.error().code == ErrorCode::MethodNotAllowed) {
        auto& details = loaded.error().details;
        details.insert(details.begin(), {"Method", std::string(request.head.method_text)});
    }
    co_return loaded;
}

std::string shown_version_id(const Bucket& bucket, std::string_view key,
                             const ObjectVersion& version) {
    if (version.record.has_version_id) {
        return make_version_id(bucket.partition(), key, version.sequence());
    }
    if (bucket.record.versioning == Versioning::Unset) return {};
    return std::string(kNullVersionId);
}

void add_version_field(http::HeadBuilder& head, std::string_view version_id) {
    if (!version_id.empty()) head.add("x-amz-version-id", version_id);
}

net::Task<Result<ObjectVersion, Error>> update_object(Services& services, const Request& request,
                                                      ObjectChange change) {
    BucketPtr bucket = request.bucket;
    const std::string& key = request.key();
    for (int attempt = 0; attempt < kMaxWriteAttempts; ++attempt) {
        TARN_CO_TRY(ObjectVersion object, co_await load_requested_object(services, request));
        auto changed = change(object.record);
        if (!changed) co_return fail(std::move(changed).error());
        object.record.sequence = object.sequence();  // it keeps its place
        const Table table = object.is_latest ? Table::Objects : Table::Versions;
        const std::string row_key = object.is_latest ? key : version_key(key, object.sequence());
        const auto committed = co_await commit(
            services,
            {.partition = bucket->partition(),
             .guards = {bucket->state_guard(), {table, row_key, object.revision}},
             .mutations = {{.table = table, .key = row_key, .value = encode(object.record)}}});
        if (committed) {
            object.revision = *committed;
            co_return object;
        }
        if (committed.error() != StoreError::Conflict) {
            co_return fail(store_failure(committed.error(), "changing an object"));
        }
        TARN_CO_TRY(bucket, recheck_bucket(services, bucket));
    }
    co_return fail(s3_error(ErrorCode::SlowDown));
}

}  // namespace tarn::s3
