// DeleteObject and DeleteObjects.

#include "common/xml/writer.h"
#include "server/auth/authorize.h"
#include "server/s3/access.h"
#include "server/s3/access_log_operation.h"
#include "server/s3/address.h"
#include "server/s3/attributes.h"
#include "server/s3/document_schema.h"
#include "server/s3/object_lock.h"
#include "server/s3/object_store.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"
#include "server/s3/payload.h"

#include <algorithm>
#include <array>

namespace tarn::s3 {
namespace {

constexpr std::size_t kMaxKeys = 1000;

struct DeleteEntry {
    std::string key;
    std::optional<std::string> version_id;
    // Of the entry's conditions, the first that is there; empty: none.
    std::string_view condition;
};
struct DeleteDocument {
    std::vector<DeleteEntry> entries;
    bool quiet = false;
};

constexpr ElementRow kObjectRows[] = {
    {.name = "Key", .count = Count::One}, {.name = "VersionId"}, {.name = "ETag"},
    {.name = "LastModifiedTime"},         {.name = "Size"},
};
constexpr Shape kObject{kObjectRows};
constexpr ElementRow kDeleteRows[] = {
    {.name = "Object", .count = Count::Some, .kind = ElementKind::Group, .shape = &kObject},
    {.name = "Quiet", .kind = ElementKind::Boolean},
};
constexpr Shape kDelete{kDeleteRows};

// What an entry can be made to depend on; in an entry, any of them is refused.
constexpr std::array<std::string_view, 3> kConditions = {"ETag", "LastModifiedTime", "Size"};

std::string_view condition_of(const xml::Node& entry) {
    const auto found = std::ranges::find_if(
        kConditions, [&](std::string_view name) { return entry.find(name) != nullptr; });
    return found == kConditions.end() ? std::string_view{} : *found;
}

// Keys have characters that XML has not; a listing writes them as references, which are taken back
// here.  S3 does not document that, and its parser was once reported to refuse them.
constexpr xml::DocumentRules kDeleteRules{.max_bytes = kMaxXmlBodyBytes,
                                          .references = xml::References::AnyCharacter};

Result<DeleteDocument, Error> read_delete_document(const std::string& text) {
    TARN_TRY(const xml::Node parsed, parse_shaped(text, "Delete", kDelete, kDeleteRules));
    DeleteDocument document{.quiet = parsed.text_of("Quiet") == "true"};
    for (const xml::Node& object : parsed.children) {
        if (object.name != "Object") continue;
        DeleteEntry entry{.key = std::string(object.text_of("Key")),
                          .condition = condition_of(object)};
        if (entry.key.empty()) return fail(s3_error(ErrorCode::MalformedXML));
        // An empty element names no version.
        const std::string_view version_id = object.text_of("VersionId");
        if (!version_id.empty()) entry.version_id = version_id;
        document.entries.push_back(std::move(entry));
    }
    if (document.entries.size() > kMaxKeys) return fail(s3_error(ErrorCode::MalformedXML));
    return document;
}

// S3 wants the document's integrity stated, by either kind of digest.
Result<void, Error> require_digest(const Request& request) {
    TARN_TRY(const DigestClaims claims, read_digest_claims(request));
    if (claims.content_md5 || claims.announced) return {};
    return fail(
        s3_error(ErrorCode::InvalidRequest,
                 "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"));
}

void write_failure(xml::Writer& writer, const DeleteEntry& entry, const Error& error) {
    writer.open("Error").element("Key", entry.key);
    if (entry.version_id) writer.element("VersionId", *entry.version_id);
    writer.element("Code", code_of(error)).element("Message", message_of(error)).close();
}

void write_success(xml::Writer& writer, const DeleteEntry& entry, const VersionEffect& effect) {
    writer.open("Deleted").element("Key", entry.key);
    if (entry.version_id) writer.element("VersionId", *entry.version_id);
    if (effect.is_delete_marker) {
        writer.element("DeleteMarker", true);
        writer.element("DeleteMarkerVersionId", effect.version_id);
    }
    writer.close();
}

// Why an entry is refused before anything is touched; nothing if it may go on.
std::optional<Error> refuse_entry(const Request& request, const DeleteEntry& entry) {
    const std::string_view action = entry.version_id ? "s3:DeleteObjectVersion" : "s3:DeleteObject";
    if (entry.key.size() > kMaxKeyBytes) return key_too_long(entry.key);
    if (auto allowed = check_object_access(request, action, entry.key, entry.version_id);
        !allowed) {
        return std::move(allowed).error();
    }
    if (entry.version_id && !parse_version_id(*request.bucket, entry.key, *entry.version_id)) {
        return s3_error(ErrorCode::NoSuchVersion);
    }
    if (!entry.condition.empty()) return header_not_implemented(entry.condition);
    return std::nullopt;
}

// For the server access log, in which each key of DeleteObjects has a record of its own.
void note_deletion(const Request& request, const DeleteEntry& entry,
                   const Result<VersionEffect, Error>& outcome) {
    if (!request.log_notes) return;
    constexpr int kDeleted = 204;
    ImpliedAccess access{.bucket = request.bucket,
                         .operation = kBatchDeleteOperation,
                         .key = entry.key,
                         .version_id = entry.version_id.value_or(""),
                         .status = kDeleted,
                         .key_encoding = KeyEncoding::Once};
    if (outcome) {
        access.object_size = outcome->removed_bytes;
    } else {
        access.status = status_of(outcome.error());
        access.error_code = code_of(outcome.error());
    }
    request.log_notes->implied.push_back(std::move(access));
}

}  // namespace

net::Task<Outcome> delete_object(Services& services, Request& request) {
    if (auto ok = refuse_unsupported_conditions(request); !ok) co_return ok;
    ObjectRemoval removal{.key = request.key()};
    TARN_CO_TRY(removal.bypass_governance,
                read_bypass(services, request, request.key(), request.parameter("versionId")));
    if (const auto id = request.parameter("versionId")) removal.version_id = std::string(*id);
    TARN_CO_TRY(removal.condition, read_write_condition(request));
    std::vector<ObjectRemoval> removals;
    removals.push_back(std::move(removal));
    auto removed = co_await remove_objects(services, request.bucket, std::move(removals));
    if (!removed) co_return fail(std::move(removed).error());
    if (!removed->front()) co_return fail(std::move(removed->front()).error());
    const VersionEffect& effect = *removed->front();
    if (request.log_notes) request.log_notes->object_size = effect.removed_bytes;
    co_return respond_empty(request, 204,
                            {{"x-amz-delete-marker", effect.is_delete_marker ? "true" : ""},
                             {"x-amz-version-id", effect.version_id}});
}

net::Task<Outcome> delete_objects(Services& services, Request& request) {
    if (auto stated = require_digest(request); !stated) co_return stated;
    TARN_CO_TRY(const std::string text, co_await read_document(request, kMaxXmlBodyBytes));
    TARN_CO_TRY(const DeleteDocument document, read_delete_document(text));

    // What is refused is not among the removals.
    std::vector<std::optional<Error>> refusals;
    std::vector<ObjectRemoval> removals;
    for (const DeleteEntry& entry : document.entries) {
        refusals.push_back(refuse_entry(request, entry));
        if (refusals.back()) continue;
        const auto bypass = read_bypass(services, request, entry.key, entry.version_id);
        if (!bypass && bypass.error().code != ErrorCode::AccessDenied)
            co_return fail(bypass.error());
        removals.push_back({.key = entry.key,
                            .version_id = entry.version_id,
                            .bypass_governance = bypass.value_or(false)});
    }
    std::vector<Result<VersionEffect, Error>> effects;
    if (!removals.empty()) {
        auto removed = co_await remove_objects(services, request.bucket, std::move(removals));
        if (!removed) co_return fail(std::move(removed).error());
        effects = *std::move(removed);
    }

    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("DeleteResult", {{"xmlns", kS3Xmlns}});
    auto effect = effects.begin();
    for (std::size_t i = 0; i < document.entries.size(); ++i) {
        const DeleteEntry& entry = document.entries[i];
        if (const auto& refusal = refusals[i]) {
            note_deletion(request, entry, fail(*refusal));
            write_failure(writer, entry, *refusal);
            continue;
        }
        const auto& outcome = *effect++;
        note_deletion(request, entry, outcome);
        if (!outcome) {
            write_failure(writer, entry, outcome.error());
        } else if (!document.quiet) {
            write_success(writer, entry, *outcome);
        }
    }
    writer.close();
    co_return respond_xml(request, std::move(out));
}

}  // namespace tarn::s3
