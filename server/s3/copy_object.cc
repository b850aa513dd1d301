// CopyObject and UploadPartCopy.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/base/time_text.h"
#include "server/s3/access.h"
#include "server/s3/acl_request.h"
#include "server/s3/attributes.h"
#include "server/s3/copy_source.h"
#include "server/s3/encryption.h"
#include "server/s3/get_object.h"
#include "server/s3/object_lock.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"
#include "server/s3/payload.h"
#include "server/s3/requested_tags.h"
#include "server/s3/slow_answer.h"
#include "server/s3/uploads.h"

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

using crypto::ChecksumAlgorithm;

constexpr std::string_view kSelfCopy =
    "This copy request is illegal because it is trying to copy an object to itself without "
    "changing the object's metadata, storage class, website redirect location or encryption "
    "attributes.";

// Whether x-amz-metadata-directive or x-amz-tagging-directive says REPLACE.
Result<bool, Error> replaces(const Request& request, std::string_view what) {
    const std::string header = fmt::format("x-amz-{}-directive", what);
    const std::string_view directive = request.header(header);
    if (directive.empty() || directive == "COPY") return false;
    if (directive == "REPLACE") return true;
    return fail(invalid_argument(fmt::format("Unknown {} directive.", what), header, directive));
}

// The source's tags go along only with a caller who may read them.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
Result<void, Error> check_reads_tags(const Request& request, const CopySource& source) {
    const std::string_view action =
        source.version_id ? "s3:GetObjectVersionTagging" : "s3:GetObjectTagging";
    return check_object_access(request, *source.bucket, action, source.key, &source.object.record,
                               source.version_id);
}

Result<TagSet, Error> tags_of_copy(Request& request, const CopySource& source) {
    TARN_TRY(const bool replace, replaces(request, "tagging"));
    if (replace) {
        TARN_TRY(TagSet tags, read_requested_tags(request));
        if (auto ok = check_tagging_access(request, tags); !ok) return fail(std::move(ok).error());
        return tags;
    }
    const TagSet& tags = source.object.record.attributes.tags;
    if (tags.empty()) return tags;
    if (auto ok = check_reads_tags(request, source); !ok) return fail(std::move(ok).error());
    if (auto ok = check_copied_tags(request, tags); !ok) return fail(std::move(ok).error());
    return tags;
}

Result<ObjectAttributes, Error> attributes_of_copy(Request& request, const CopySource& source) {
    TARN_TRY(const bool replace, replaces(request, "metadata"));
    const bool to_itself = source.bucket->name == request.bucket->name &&
                           source.key == request.key() && source.object.is_latest;
    TARN_TRY(ObjectAttributes attributes, read_attributes(request));
    const bool changes = replace || request.head.fields.has("x-amz-storage-class") ||
                         !attributes.website_redirect.empty() || chooses_encryption(request);
    if (to_itself && !changes) {
        return fail(s3_error(ErrorCode::InvalidRequest, std::string(kSelfCopy)));
    }
    TARN_TRY(attributes.tags, tags_of_copy(request, source));
    if (replace) return attributes;
    ObjectAttributes kept = source.object.record.attributes;
    // These are the request's, never the source's.
    kept.storage_class = attributes.storage_class;
    kept.website_redirect = std::move(attributes.website_redirect);
    kept.tags = std::move(attributes.tags);
    return kept;
}

// The algorithm asked for, else the source's.
Result<ChecksumAlgorithm, Error> checksum_of_copy(const Request& request,
                                                  const ObjectRecord& source) {
    TARN_TRY(const auto asked, read_checksum_algorithm(request));
    if (asked) return *asked;
    return source.checksum ? source.checksum->algorithm : ChecksumAlgorithm::CRC64NVME;
}

std::string result_xml(std::string_view element, const std::string& etag, WallTime last_modified,
                       const std::optional<StoredChecksum>& checksum) {
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open(element, {{"xmlns", kS3Xmlns}});
    writer.element("ETag", '"' + etag + '"');
    writer.element("LastModified", format_iso8601_ms(last_modified));
    if (checksum) {
        writer.element(crypto::checksum_xml_element(checksum->algorithm), checksum->value);
        if (element == "CopyObjectResult") {
            writer.element("ChecksumType", to_text(checksum->type));
        }
    }
    writer.close();
    return out;
}

// x-amz-copy-source-range is stricter than Range: exactly bytes=first-last inside the source
// (recorded, s3.md 3.6).
Result<http::ByteRange, Error> copy_range(const Request& request, std::uint64_t source_size) {
    const auto header = request.head.fields.find("x-amz-copy-source-range");
    if (!header) return http::ByteRange{.offset = 0, .length = source_size};
    const auto spec = http::parse_range_header(*header);
    const auto* range = spec ? std::get_if<http::OffsetRange>(&*spec) : nullptr;
    if (!range || range->last == http::OffsetRange::kToTheEnd || !header->starts_with("bytes=")) {
        return fail(invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first "
            "and last are the zero-based offsets of the first and last bytes to copy",
            "x-amz-copy-source-range", *header));
    }
    if (range->first >= source_size) {
        return fail(s3_error(ErrorCode::InvalidRequest,
                             "The specified copy range is invalid for the source object size"));
    }
    if (range->last >= source_size) {
        return fail(invalid_argument(
            fmt::format("Range specified is not valid for source object of size: {}", source_size),
            "x-amz-copy-source-range", *header));
    }
    return http::ByteRange{.offset = range->first, .length = range->last - range->first + 1};
}

Result<void, Error> check_copy_size(std::uint64_t size) {
    if (size <= kMaxPutBytes) return {};
    return fail(s3_error(ErrorCode::InvalidRequest,
                         "The specified copy source is larger than the maximum allowable size for "
                         "a copy source: 5368709120"));
}

// Copies; gives back the answer's document.
net::Task<Result<std::string, Error>> copy(Services& services, Request& request,
                                           SlowAnswer& answer) {
    ObjectWrite write{.key = request.key()};
    TARN_CO_TRY(write.condition, read_write_condition(request));
    TARN_CO_TRY(CopySource source, co_await find_copy_source(services, request));
    const ObjectRecord& from = source.object.record;
    TARN_CO_TRY(write.record.attributes, attributes_of_copy(request, source));
    // A copy is locked and encrypted by what its request says, never by its source.
    TARN_CO_TRY(const Sealing sealing, begin_sealing(services, request));
    write.record.attributes.encryption = sealing.stored;
    answer.set_encryption(sealing.stored);
    TARN_CO_TRY(write.record.attributes.lock, read_lock_headers(request, services.clock.now()));
    TARN_CO_TRY(NewObjectAccess access, read_new_object_access(services, request));
    write.record.attributes.acl = std::move(access.acl);  // never the source's
    write.record.owner_account_id = std::move(access.owner_account_id);
    TARN_CO_TRY(const ChecksumAlgorithm algorithm, checksum_of_copy(request, from));
    if (auto ok = check_copy_size(from.body.size); !ok) co_return fail(std::move(ok).error());
    if (write.condition) {
        // Judged before the body is copied; the commit judges again.
        TARN_CO_TRY(const auto current, co_await find_object(services, *request.bucket, write.key));
        auto holds = write.condition(current ? &current->record : nullptr);
        if (!holds) co_return fail(std::move(holds).error());
    }

    auto copied =
        co_await copy_body(services, request, source, {.offset = 0, .length = from.body.size},
                           sealing.key(), algorithm, answer);
    if (!copied) co_return fail(std::move(copied).error());
    write.record.body = copied->body.ref;
    write.record.etag = to_hex(etag_of(sealing.stored, sealing.key(), copied->md5));
    write.record.checksum = copied->checksum;
    write.record.last_modified = services.clock.now();
    append_body_rows(write.mutations, copied->body);
    const ObjectRecord record = write.record;
    const std::string source_version_id =
        shown_version_id(*source.bucket, source.key, source.object);

    auto written = co_await write_object(services, request.bucket, std::move(write));
    if (!written) co_return fail(std::move(written).error());
    copied->body.pending.release();
    if (request.log_notes) request.log_notes->object_size = record.body.size;
    answer.set_versions(source_version_id, written->version_id);
    co_return result_xml("CopyObjectResult", record.etag, record.last_modified, record.checksum);
}

net::Task<Result<std::string, Error>> copy_part(Services& services, Request& request,
                                                SlowAnswer& answer) {
    TARN_CO_TRY(const auto number, read_part_number(request));
    TARN_CO_TRY(const Upload upload, co_await find_upload(services, request));
    TARN_CO_TRY(const auto data_key,
                open_upload(services, request, upload.record.attributes.encryption));
    const crypto::SecretKey* const key = data_key ? &*data_key : nullptr;
    answer.set_encryption(upload.record.attributes.encryption);
    TARN_CO_TRY(CopySource source, co_await find_copy_source(services, request));
    TARN_CO_TRY(const http::ByteRange range, copy_range(request, source.object.record.body.size));
    if (auto ok = check_copy_size(range.length); !ok) co_return fail(std::move(ok).error());

    const ChecksumAlgorithm algorithm =
        upload.record.algorithm.value_or(ChecksumAlgorithm::CRC64NVME);
    auto copied = co_await copy_body(services, request, source, range, key, algorithm, answer);
    if (!copied) co_return fail(std::move(copied).error());
    const PartRecord record{
        .body = copied->body.ref,
        .last_modified = services.clock.now(),
        .etag = to_hex(etag_of(upload.record.attributes.encryption, key, copied->md5)),
        .checksum = copied->checksum};
    auto written =
        co_await write_part(services, request, upload, number.value_or(0), record, copied->body);
    if (!written) co_return fail(std::move(written).error());
    if (request.log_notes) request.log_notes->object_size = record.body.size;
    answer.set_versions(shown_version_id(*source.bucket, source.key, source.object), {});
    co_return result_xml("CopyPartResult", record.etag, record.last_modified,
                         upload.record.algorithm ? record.checksum : std::nullopt);
}

}  // namespace

net::Task<Outcome> copy_object(Services& services, Request& request) {
    if (auto ok = refuse_unsupported_write_headers(request); !ok) co_return ok;
    SlowAnswer answer(services, request);
    co_return co_await answer.finish(co_await copy(services, request, answer));
}

net::Task<Outcome> upload_part_copy(Services& services, Request& request) {
    if (auto ok = refuse_unsupported_write_headers(request); !ok) co_return ok;
    if (auto ok = refuse_encryption_choice(request); !ok) co_return ok;
    SlowAnswer answer(services, request);
    co_return co_await answer.finish(co_await copy_part(services, request, answer));
}

}  // namespace tarn::s3
