// CompleteMultipartUpload: a commit of metadata only.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
//
// Unlike S3, which sends 200 and blanks while it assembles, this never takes seconds, so that every
// error has its own status; answers that do take long are slow_answer.h's.

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "server/s3/attributes.h"
#include "server/s3/encryption.h"
#include "server/s3/get_object.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"
#include "server/s3/part_list.h"
#include "server/s3/payload.h"
#include "server/s3/uploads.h"

#include <algorithm>

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

using crypto::ChecksumAlgorithm;

Error invalid_part(const Upload& upload, const NamedPart& part) {
    return s3_error(ErrorCode::InvalidPart, {},
                    {{"UploadId", upload.id},
                     {"PartNumber", std::to_string(part.number)},
                     {"ETag", part.etag}});
}

// Whether numbers rise; those of an upload with checksums of its parts must be 1, 2, 3, …
// (API_CompletedPart).
bool is_in_order(const Upload& upload, const std::vector<NamedPart>& named) {
    const auto not_rising = [](const NamedPart& a, const NamedPart& b) {
        return a.number >= b.number;
    };
    if (std::ranges::adjacent_find(named, not_rising) != named.end()) return false;
    const bool consecutive =
        upload.record.algorithm && upload.record.type == ChecksumType::Composite;
    return !consecutive || named.back().number == named.size();
}

// Of a part that is named several times in a row, the last counts.
void keep_last_of_each(std::vector<NamedPart>& named) {
    std::ranges::reverse(named);
    const auto repeated = std::ranges::unique(named, {}, &NamedPart::number);
    named.erase(repeated.begin(), repeated.end());
    std::ranges::reverse(named);
}

// The stored parts that the request names, in its order.
Result<std::vector<StoredPart>, Error> select_parts(const Upload& upload,
                                                    const std::vector<NamedPart>& named,
                                                    const std::vector<StoredPart>& stored) {
    if (!is_in_order(upload, named)) {
        return fail(s3_error(ErrorCode::InvalidPartOrder, {}, {{"UploadId", upload.id}}));
    }
    std::vector<StoredPart> selected;
    for (const NamedPart& part : named) {
        const auto found = std::ranges::lower_bound(stored, part.number, {}, &StoredPart::number);
        if (found == stored.end() || found->number != part.number ||
            !iequals(found->record.etag, part.etag)) {
            return fail(invalid_part(upload, part));
        }
        selected.push_back(*found);
    }
    for (std::size_t i = 0; i + 1 < selected.size(); ++i) {
        if (selected[i].record.body.size >= kMinPartBytes) continue;
        return fail(s3_error(ErrorCode::EntityTooSmall, {},
                             {{"ProposedSize", std::to_string(selected[i].record.body.size)},
                              {"MinSizeAllowed", std::to_string(kMinPartBytes)},
                              {"PartNumber", std::to_string(selected[i].number)},
                              {"ETag", selected[i].record.etag}}));
    }
    return selected;
}

// What is known of a part in an algorithm.
const StoredChecksum* checksum_of(const PartRecord& record, ChecksumAlgorithm algorithm) {
    for (const auto* checksum : {&record.checksum, &record.other_checksum}) {
        if (*checksum && (*checksum)->algorithm == algorithm) return &**checksum;
    }
    return nullptr;
}

Result<void, Error> check_part_checksums(const Upload& upload, const NamedPart& named,
                                         const PartRecord& record, const CompatSwitches& compat) {
    for (const auto& [algorithm, value] : named.checksums) {
        const StoredChecksum* known = checksum_of(record, algorithm);
        if (known == nullptr) return fail(invalid_part(upload, named));
        if (known->value == value) continue;
        return fail(
            s3_error(ErrorCode::BadDigest,
                     fmt::format("The {} you specified for part {} did not match what we received.",
                                 to_lower(crypto::checksum_name(algorithm)), named.number)));
    }
    if (compat.radosgw_lenient) return {};
    if (upload.record.algorithm && upload.record.type == ChecksumType::Composite &&
        !named.checksums.contains(*upload.record.algorithm)) {
        return fail(s3_error(
            ErrorCode::InvalidRequest,
            fmt::format("The upload was created using a {} checksum. The complete request must "
                        "include the checksum for each part. It was missing for part {} in the "
                        "request.",
                        to_lower(crypto::checksum_name(*upload.record.algorithm)), named.number)));
    }
    return {};
}

std::optional<StoredChecksum> combine_checksums(const Upload& upload,
                                                const std::vector<StoredPart>& parts) {
    const ChecksumAlgorithm algorithm =
        upload.record.algorithm.value_or(ChecksumAlgorithm::CRC64NVME);
    std::vector<crypto::PartChecksum> values;
    for (const StoredPart& part : parts) {
        if (!part.record.checksum || part.record.checksum->algorithm != algorithm) {
            return std::nullopt;
        }
        values.push_back({.value = from_base64(part.record.checksum->value).value_or(""),
                          .size = part.record.body.size});
    }
    StoredChecksum checksum{.algorithm = algorithm, .type = upload.record.type};
    if (upload.record.type == ChecksumType::FullObject) {
        checksum.value = to_base64(crypto::combine_full_object(algorithm, values));
    } else {
        checksum.value = to_base64(crypto::combine_composite(algorithm, values)) + "-" +
                         std::to_string(parts.size());
    }
    return checksum;
}

Result<void, Error> check_size(const Request& request, std::uint64_t size) {
    const auto text = request.head.fields.find("x-amz-mp-object-size");
    if (!text) return {};
    const auto number = parse_int(*text);
    if (!number) {
        return fail(
            s3_error(ErrorCode::InvalidRequest,
                     fmt::format("Value for x-amz-mp-object-size header is invalid: '{}'", *text)));
    }
    if (*number < 0) {
        return fail(s3_error(
            ErrorCode::InvalidRequest,
            fmt::format("Value for x-amz-mp-object-size header is less than zero: '{}'", *text)));
    }
    if (static_cast<std::uint64_t>(*number) == size) return {};
    return fail(s3_error(ErrorCode::InvalidRequest,
                         fmt::format("The provided 'x-amz-mp-object-size' header value {} does not "
                                     "match what was computed: {}",
                                     *text, size)));
}

// What the client says about the whole object.
Result<void, Error> check_whole(const Request& request, const Upload& upload,
                                const ObjectRecord& record) {
    TARN_TRY(const auto type, read_checksum_type(request));
    if (type && *type != upload.record.type) {
        return fail(s3_error(ErrorCode::InvalidRequest,
                             fmt::format("The upload was created using the {} checksum mode. The "
                                         "complete request must use the same checksum mode.",
                                         to_text(upload.record.type))));
    }
    if (auto ok = check_size(request, record.body.size); !ok) return ok;
    for (const ChecksumAlgorithm algorithm : crypto::kChecksumAlgorithms) {
        const auto claimed = request.head.fields.find(crypto::checksum_header(algorithm));
        if (!claimed) continue;
        if (record.checksum && record.checksum->algorithm == algorithm) {
            // A composite value may be sent without its "-N".
            const std::string& value = record.checksum->value;
            if (*claimed == value || value.starts_with(std::string(*claimed) + "-")) continue;
        }
        return fail(
            s3_error(ErrorCode::BadDigest,
                     fmt::format("The {} you specified did not match the calculated checksum.",
                                 to_lower(crypto::checksum_name(algorithm)))));
    }
    return {};
}

// The object that the parts make, and the manifest that says so.
struct Assembled {
    ObjectRecord record;
    Manifest manifest;
};
Assembled assemble(Services& services, const Upload& upload, const std::vector<StoredPart>& parts) {
    Assembled whole;
    std::string digests;
    for (const StoredPart& part : parts) {
        digests += from_hex(part.record.etag).value_or("");
        whole.record.body.size += part.record.body.size;
        whole.manifest.parts.push_back(
            {.number = part.number,
             .body = part.record.body,
             .checksum = part.record.checksum ? part.record.checksum->value : std::string{}});
    }
    ObjectRecord& record = whole.record;
    record.body.kind = BodyRef::Kind::Manifest;
    record.body.id = new_body_id(services.random);
    record.last_modified = services.clock.now();
    record.etag = to_hex(crypto::md5(digests)) + "-" + std::to_string(parts.size());
    record.checksum = combine_checksums(upload, parts);
    record.part_count = static_cast<std::uint32_t>(parts.size());
    record.upload_id = upload.id;
    record.attributes = upload.record.attributes;
    record.owner_account_id = upload.record.owner_account_id;
    return whole;
}

Outcome respond_completed(Request& request, const ObjectRecord& record,
                          std::string_view version_id) {
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("CompleteMultipartUploadResult", {{"xmlns", kS3Xmlns}});
    writer.element("Location",
                   fmt::format("{}://{}{}", request.exchange.peer().tls ? "https" : "http",
                               request.head.host, request.target.path));
    writer.element("Bucket", request.bucket->name).element("Key", request.key());
    writer.element("ETag", '"' + record.etag + '"');
    if (record.checksum) {
        writer.element(crypto::checksum_xml_element(record.checksum->algorithm),
                       record.checksum->value);
        writer.element("ChecksumType", to_text(record.checksum->type));
    }
    writer.close();
    http::HeadBuilder& head = begin_response(request, 200);
    head.add("Content-Type", "application/xml");
    add_encryption_fields(head, request, record.attributes.encryption);
    add_version_field(head, version_id);
    const auto body = std::make_shared<const std::string>(std::move(out));
    request.exchange.respond(*body, body);
    return {};
}

// Completing an upload again answers as the first time, as long as its object is the current one.
net::Task<Outcome> replay(Services& services, Request& request, Error error) {
    if (error.code != ErrorCode::NoSuchUpload) co_return fail(std::move(error));
    TARN_CO_TRY(const auto current, co_await find_object(services, *request.bucket, request.key()));
    const auto id = request.parameter("uploadId");
    if (!current || current->record.upload_id.empty() || current->record.upload_id != id) {
        co_return fail(std::move(error));
    }
    ObjectRecord record = current->record;
    if (chooses_encryption(request)) {
        const auto key = open_upload(services, request, record.attributes.encryption);
        if (!key) co_return fail(key.error());
    } else if (sealed_by_customer(record.attributes.encryption)) {
        record.checksum.reset();
    }
    co_return respond_completed(request, record,
                                shown_version_id(*request.bucket, request.key(), *current));
}

// Judges the write's condition, also against what happened to the key since the upload began, and
// makes the commit depend on what was seen.
net::Task<Result<void, Error>> judge_condition(Services& services, const Request& request,
                                               const Upload& upload, storage::Revision deletion,
                                               ObjectWrite& write) {
    if (!write.condition) co_return Result<void, Error>{};
    TARN_CO_TRY(const auto current, co_await find_current(services, *request.bucket, write.key));
    const bool is_there = current && !current->record.is_delete_marker();
    auto holds = write.condition(is_there ? &current->record : nullptr);
    if (!holds) co_return holds;
    const storage::Revision revision = current ? current->revision : 0;
    const storage::Revision put = current ? current->sequence() : 0;
    if (std::max(put, deletion) > upload.revision) {
        const bool if_match = request.head.fields.has("if-match");
        co_return fail(
            s3_error(ErrorCode::ConditionalRequestConflict, {},
                     {{"Condition", if_match ? "If-Match" : "If-None-Match"}, {"Key", write.key}}));
    }
    write.guards.push_back({storage::Table::Objects, write.key, revision});
    write.guards.push_back({storage::Table::Uploads, deletion_key(write.key), deletion});
    co_return Result<void, Error>{};
}

// One attempt.  OperationAborted: the upload, one of its parts or, where there is a condition, the
// object changed meanwhile.
net::Task<Outcome> try_to_complete(Services& services, Request& request,
                                   const std::vector<NamedPart>& named,
                                   const WriteCondition& condition) {
    auto found = co_await find_upload(services, request);
    if (!found) co_return co_await replay(services, request, std::move(found).error());
    const Upload upload = *std::move(found);
    if (auto ok = check_upload_key(services, request, upload.record); !ok) co_return ok;

    const auto state = co_await services.pool.run(
        [&] { return read_upload_state(services.metadata, request.bucket->partition(), upload); });
    if (!state) co_return fail(store_failure(state.error(), "reading parts"));
    auto selected = select_parts(upload, named, state->parts);
    if (!selected) {
        // Unless the parts are gone because the upload was completed after it was found.
        auto again = co_await find_upload(services, request);
        if (!again) co_return co_await replay(services, request, std::move(again).error());
        co_return fail(std::move(selected).error());
    }
    const std::vector<StoredPart> parts = *std::move(selected);
    Assembled whole = assemble(services, upload, parts);
    if (auto ok = check_whole(request, upload, whole.record); !ok) co_return ok;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (auto ok = check_part_checksums(upload, named[i], parts[i].record, services.compat);
            !ok) {
            co_return ok;
        }
    }

    ObjectWrite write{.key = request.key(),
                      .record = whole.record,
                      .condition = condition,
                      .guard_failure = s3_error(ErrorCode::OperationAborted)};
    auto judged = co_await judge_condition(services, request, upload, state->deletion, write);
    if (!judged) co_return judged;
    write.mutations.push_back({.table = storage::Table::Bodies,
                               .key = manifest_key(whole.record.body.id),
                               .value = encode(whole.manifest)});
    // The parts must still be those that the manifest names, or whose bodies are given up.
    append_upload_removal(write.guards, write.mutations, upload, *state);
    for (const StoredPart& part : state->parts) {
        const bool used = std::ranges::binary_search(parts, part.number, {}, &StoredPart::number);
        if (!used) write.discarded.push_back(part.record.body);
    }
    auto written = co_await write_object(services, request.bucket, std::move(write));
    if (!written) co_return fail(std::move(written).error());
    if (request.log_notes) request.log_notes->object_size = whole.record.body.size;
    co_await remove_late_parts(services, request, upload);
    co_return respond_completed(request, whole.record, written->version_id);
}

}  // namespace

net::Task<Outcome> complete_multipart_upload(Services& services, Request& request) {
    if (auto ok = refuse_encryption_choice(request); !ok) co_return ok;
    if (auto ok = refuse_unsupported_conditions(request); !ok) co_return ok;
    TARN_CO_TRY(const WriteCondition condition, read_write_condition(request));
    TARN_CO_TRY(const std::string text,
                co_await read_document(request, kMaxPartListBytes, ChecksumSubject::Object));
    TARN_CO_TRY(std::vector<NamedPart> named, read_part_list(text));
    if (services.compat.radosgw_lenient) keep_last_of_each(named);
    for (int attempt = 0; attempt < kMaxEndAttempts; ++attempt) {
        auto outcome = co_await try_to_complete(services, request, named, condition);
        if (outcome || outcome.error().code != ErrorCode::OperationAborted) co_return outcome;
    }
    co_return fail(s3_error(ErrorCode::SlowDown));
}

}  // namespace tarn::s3
