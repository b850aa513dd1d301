#include "server/s3/blob_references.h"

#include "server/s3/records.h"

#include <set>

namespace tarn::s3 {
namespace {

using storage::StoreError;
using storage::Table;
using Visit = std::function<void(const storage::BlobId&)>;
using VisitRow = std::function<bool(std::string_view value)>;  // false: not a record of ours

// Every row of the table whose key starts with prefix.
Result<void, StoreError> for_each_row(storage::MetadataStore& store, storage::Partition partition,
                                      Table table, std::string_view prefix,
                                      const VisitRow& visit_row) {
    auto cursor = store.scan(table, partition, prefix);
    for (; cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
        if (!visit_row(cursor->value())) return fail(StoreError::Corrupt);
    }
    if (const auto error = cursor->error()) return fail(*error);
    return {};
}

void visit_body(const BodyRef& body, const Visit& visit) {
    if (body.kind == BodyRef::Kind::Blob) visit(body.id);
}

// References move within a partition only.
Result<void, StoreError> visit_all(storage::MetadataStore& store, const Visit& visit) {
    std::set<storage::Partition> all;
    for (const Table table : {Table::Uploads, Table::Bodies, Table::Objects, Table::Versions}) {
        TARN_TRY(const auto partitions, store.partitions(table));
        all.insert(partitions.begin(), partitions.end());
    }
    all.erase(storage::kSystemPartition);
    for (const storage::Partition partition : all) {
        if (auto done = visit_blob_references(store, partition, visit); !done) return done;
    }
    return {};
}

}  // namespace

Result<void, StoreError> visit_blob_references(storage::MetadataStore& store,
                                               storage::Partition partition, const Visit& visit) {
    auto done = for_each_row(store, partition, Table::Uploads, "p", [&](std::string_view value) {
        const auto part = decode_part(value);
        if (part) visit_body(part->body, visit);
        return part.has_value();
    });
    if (!done) return done;
    done = for_each_row(store, partition, Table::Bodies, "m", [&](std::string_view value) {
        const auto manifest = decode_manifest(value);
        if (!manifest) return false;
        for (const ManifestPart& part : manifest->parts)
            visit_body(part.body, visit);
        return true;
    });
    if (!done) return done;
    const auto visit_object = [&](std::string_view value) {
        const auto object = decode_object(value);
        if (object) visit_body(object->body, visit);
        return object.has_value();
    };
    done = for_each_row(store, partition, Table::Objects, "", visit_object);
    if (!done) return done;
    return for_each_row(store, partition, Table::Versions, "", visit_object);
}

storage::ReferenceVisitor blob_reference_visitor(storage::MetadataStore& store) {
    return [&store](const Visit& visit) { return visit_all(store, visit); };
}

}  // namespace tarn::s3
