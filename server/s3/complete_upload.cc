// CompleteMultipartUpload: a commit of metadata only.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/http/precondition.h"
#include "common/xml/document.h"
#include "server/s3/attributes.h"
#include "server/s3/get_object.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"
#include "server/s3/payload.h"
#include "server/s3/uploads.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

using crypto::ChecksumAlgorithm;

struct NamedPart {
    std::uint32_t number = 0;
    std::string etag;  // without quotes
    std::map<ChecksumAlgorithm, std::string> checksums;
};

std::string_view unquote(std::string_view etag) {
    if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
        return etag.substr(1, etag.size() - 2);
    }
    return etag;
}

Result<NamedPart, Error> read_part(xml::ElementView element) {
    const auto number = element.find_child("PartNumber");
    const auto etag = element.find_child("ETag");
    if (!number || !etag) return fail(s3_error(ErrorCode::MalformedXML));
    const auto value = parse_uint(trim(number.text()));
    if (!value) return fail(s3_error(ErrorCode::MalformedXML));
    if (*value < 1 || *value > kMaxPartNumber) {
        return fail(
            invalid_argument("PartNumber must be >= 1 and <= 10000", "PartNumber", number.text()));
    }
    NamedPart part{.number = static_cast<std::uint32_t>(*value),
                   .etag = std::string(unquote(etag.text()))};
    for (const ChecksumAlgorithm algorithm : crypto::kChecksumAlgorithms) {
        const auto checksum = element.find_child(crypto::checksum_xml_element(algorithm));
        if (checksum) part.checksums[algorithm] = checksum.text();
    }
    return part;
}

Result<std::vector<NamedPart>, Error> read_part_list(const std::string& text) {
    const auto parsed = xml::Document::parse(text, kMaxXmlBodyBytes);
    if (!parsed || parsed->root().name() != "CompleteMultipartUpload") {
        return fail(s3_error(ErrorCode::MalformedXML));
    }
    std::vector<NamedPart> parts;
    for (auto element = parsed->root().find_child("Part"); element;
         element = element.find_next("Part")) {
        TARN_TRY(NamedPart part, read_part(element));
        parts.push_back(std::move(part));
    }
    if (parts.empty()) return fail(s3_error(ErrorCode::MalformedXML));
    if (parts.size() > kMaxPartNumber) return fail(s3_error(ErrorCode::MalformedXML));
    return parts;
}

Error invalid_part(const Upload& upload, const NamedPart& part) {
    return s3_error(ErrorCode::InvalidPart, {},
                    {{"UploadId", upload.id},
                     {"PartNumber", std::to_string(part.number)},
                     {"ETag", part.etag}});
}

Result<void, Error> check_part_checksums(const Upload& upload, const NamedPart& named,
                                         const StoredPart& stored) {
    for (const auto& [algorithm, value] : named.checksums) {
        if (stored.record.checksum && stored.record.checksum->algorithm == algorithm &&
            stored.record.checksum->value == value) {
            continue;
        }
        return fail(
            s3_error(ErrorCode::BadDigest,
                     fmt::format("The {} you specified for part {} did not match what we received.",
                                 to_lower(crypto::checksum_name(algorithm)), named.number)));
    }
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

// The stored parts that the request names, in its order.
Result<std::vector<StoredPart>, Error> select_parts(const Upload& upload,
                                                    const std::vector<NamedPart>& named,
                                                    const std::vector<StoredPart>& stored) {
    std::vector<StoredPart> selected;
    for (std::size_t i = 0; i < named.size(); ++i) {
        if (i > 0 && named[i].number <= named[i - 1].number) {
            return fail(s3_error(ErrorCode::InvalidPartOrder, {}, {{"UploadId", upload.id}}));
        }
        const auto found =
            std::ranges::lower_bound(stored, named[i].number, {}, &StoredPart::number);
        if (found == stored.end() || found->number != named[i].number ||
            !iequals(found->record.etag, named[i].etag)) {
            return fail(invalid_part(upload, named[i]));
        }
        if (auto ok = check_part_checksums(upload, named[i], *found); !ok) {
            return fail(std::move(ok).error());
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

// What the client says about the whole object.
Result<void, Error> check_whole(const Request& request, const Upload& upload,
                                const ObjectRecord& record) {
    if (const auto type = request.head.fields.find("x-amz-checksum-type");
        type && !iequals(*type, to_text(upload.record.type))) {
        return fail(s3_error(ErrorCode::InvalidRequest,
                             fmt::format("The upload was created using the {} checksum mode. The "
                                         "complete request must use the same checksum mode.",
                                         to_text(upload.record.type))));
    }
    if (const auto size = request.head.fields.find("x-amz-mp-object-size")) {
        const auto number = parse_uint(*size);
        if (!number || *number != record.body.size) {
            return fail(s3_error(ErrorCode::InvalidRequest,
                                 fmt::format("The provided 'x-amz-mp-object-size' header value {} "
                                             "does not match what was computed: {}",
                                             *size, record.body.size)));
        }
    }
    if (!record.checksum) return {};
    const ChecksumAlgorithm algorithm = record.checksum->algorithm;
    const auto claimed = request.head.fields.find(crypto::checksum_header(algorithm));
    if (!claimed || *claimed == record.checksum->value) return {};
    // A composite value may be sent without its "-N".
    if (record.checksum->value.starts_with(std::string(*claimed) + "-")) return {};
    return fail(s3_error(ErrorCode::BadDigest,
                         fmt::format("The {} you specified did not match the calculated checksum.",
                                     to_lower(crypto::checksum_name(algorithm)))));
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
    writer.element("Location", fmt::format("http://{}{}", request.head.host, request.target.path));
    writer.element("Bucket", request.bucket->name).element("Key", request.key());
    writer.element("ETag", '"' + record.etag + '"');
    if (record.checksum) {
        writer.element(crypto::checksum_xml_element(record.checksum->algorithm),
                       record.checksum->value);
        writer.element("ChecksumType", to_text(record.checksum->type));
    }
    writer.close();
    return respond_xml(request, std::move(out), {{"x-amz-version-id", version_id}});
}

// Completing an upload again answers as the first time, as long as its object is the current one.
net::Task<Outcome> replay(Services& services, Request& request, Error error) {
    if (error.code != ErrorCode::NoSuchUpload) co_return fail(std::move(error));
    TARN_CO_TRY(const auto current, co_await find_object(services, *request.bucket, request.key()));
    const auto id = request.parameter("uploadId");
    if (!current || current->record.upload_id.empty() || current->record.upload_id != id) {
        co_return fail(std::move(error));
    }
    co_return respond_completed(request, current->record,
                                shown_version_id(*request.bucket, request.key(), *current));
}

// One attempt.  OperationAborted: the upload or one of its parts changed meanwhile.
net::Task<Outcome> try_to_complete(Services& services, Request& request,
                                   const std::vector<NamedPart>& named) {
    auto found = co_await find_upload(services, request);
    if (!found) co_return co_await replay(services, request, std::move(found).error());
    const Upload upload = *std::move(found);

    const storage::Partition partition = request.bucket->partition();
    const auto stored = co_await services.pool.run(
        [&] { return read_parts(services.metadata, partition, upload.id, 0, kMaxPartNumber); });
    if (!stored) co_return fail(store_failure(stored.error(), "reading parts"));
    TARN_CO_TRY(const std::vector<StoredPart> parts, select_parts(upload, named, *stored));

    Assembled whole = assemble(services, upload, parts);
    if (auto ok = check_whole(request, upload, whole.record); !ok) co_return ok;
    ObjectWrite write{.key = request.key(),
                      .record = whole.record,
                      .guard_failure = s3_error(ErrorCode::OperationAborted)};
    TARN_CO_TRY(write.condition, read_write_condition(request));
    write.mutations.push_back({.table = storage::Table::Bodies,
                               .key = manifest_key(whole.record.body.id),
                               .value = encode(whole.manifest)});
    // The parts must still be those that the manifest names, or whose bodies are given up.
    append_upload_removal(write, upload, *stored);
    for (const StoredPart& part : *stored) {
        const bool used = std::ranges::binary_search(parts, part.number, {}, &StoredPart::number);
        if (!used) write.discarded.push_back(part.record.body);
    }
    auto written = co_await write_object(services, request.bucket, std::move(write));
    if (!written) co_return fail(std::move(written).error());
    co_await remove_late_parts(services, request, upload);
    co_return respond_completed(request, whole.record, written->version_id);
}

}  // namespace

net::Task<Outcome> complete_multipart_upload(Services& services, Request& request) {
    if (auto ok = refuse_encryption_headers(request); !ok) co_return ok;
    if (auto ok = refuse_unsupported_conditions(request); !ok) co_return ok;
    TARN_CO_TRY(const std::string text,
                co_await read_document(request, kMaxXmlBodyBytes, ChecksumSubject::Object));
    TARN_CO_TRY(const std::vector<NamedPart> named, read_part_list(text));
    for (int attempt = 0; attempt < kMaxEndAttempts; ++attempt) {
        auto outcome = co_await try_to_complete(services, request, named);
        if (outcome || outcome.error().code != ErrorCode::OperationAborted) co_return outcome;
    }
    co_return fail(s3_error(ErrorCode::SlowDown));
}

}  // namespace tarn::s3
