// ListMultipartUploads and ListParts.

#include "common/base/text.h"
#include "common/base/time_text.h"
#include "server/s3/attributes.h"
#include "server/s3/encryption.h"
#include "server/s3/get_object.h"
#include "server/s3/listing.h"
#include "server/s3/listing_request.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"
#include "server/s3/uploads.h"

namespace tarn::s3 {
namespace {

struct UploadsQuery {
    ListingParameters parameters;
    std::string key_marker;
    std::string upload_id_marker;
};

struct UploadsPage {
    std::string uploads;
    std::string prefixes;
    std::string next_key;
    std::string next_id;
    bool truncated = false;
};

// Where the scan begins: the key marker alone means behind all uploads of that key, with an upload
// id behind that upload.
std::string start_of(const UploadsQuery& query) {
    if (query.key_marker.empty()) return upload_key_from(query.parameters.prefix);
    if (query.upload_id_marker.empty()) return upload_key(query.key_marker, "\xff");
    return upload_key(query.key_marker, query.upload_id_marker) + '\0';
}

void write_upload(xml::Writer& writer, const Services& services, const UploadsQuery& query,
                  const UploadName& name, const UploadRecord& record) {
    writer.open("Upload").element("Key", query.parameters.encode(name.object_key));
    writer.element("UploadId", name.upload_id);
    write_owner(writer, services, "Initiator", record.initiator_account_id);
    write_owner(writer, services, "Owner", record.owner_account_id);
    writer.element("StorageClass", shown_storage_class(record.attributes));
    writer.element("Initiated", format_iso8601_ms(record.initiated));
    if (record.algorithm) {
        writer.element("ChecksumAlgorithm", crypto::checksum_name(*record.algorithm));
        writer.element("ChecksumType", to_text(record.type));
    }
    writer.close();
}

Result<UploadsPage, storage::StoreError> read_uploads(const Services& services,
                                                      storage::Partition partition,
                                                      const UploadsQuery& query) {
    UploadsPage page;
    xml::Writer uploads(page.uploads);
    xml::Writer prefixes(page.prefixes);
    const std::string& prefix = query.parameters.prefix;
    const std::string& delimiter = query.parameters.delimiter;
    const auto cursor = services.metadata.scan(storage::Table::Uploads, partition,
                                               std::max(start_of(query), upload_key_from(prefix)));
    std::size_t count = 0;
    while (cursor->valid()) {
        const auto name = parse_upload_key(cursor->key());
        if (!name || !name->object_key.starts_with(prefix)) break;
        const std::size_t at =
            delimiter.empty() ? std::string::npos : name->object_key.find(delimiter, prefix.size());
        const std::string rolled =
            at == std::string::npos ? "" : name->object_key.substr(0, at + delimiter.size());
        if (!rolled.empty() && query.key_marker.starts_with(rolled)) {
            cursor->seek(upload_key_from(after_prefix(rolled)));
            continue;
        }
        if (count++ == query.parameters.max_keys) {
            page.truncated = query.parameters.max_keys > 0;
            break;
        }
        if (!rolled.empty()) {
            prefixes.open("CommonPrefixes")
                .element("Prefix", query.parameters.encode(rolled))
                .close();
            page.next_key = rolled;
            page.next_id.clear();
            cursor->seek(upload_key_from(after_prefix(rolled)));
            continue;
        }
        const auto record = decode_upload(cursor->value());
        if (!record) return fail(storage::StoreError::Corrupt);
        write_upload(uploads, services, query, *name, *record);
        page.next_key = name->object_key;
        page.next_id = name->upload_id;
        cursor->next();
    }
    if (const auto error = cursor->error()) return fail(*error);
    return page;
}

void write_part_element(xml::Writer& writer, const StoredPart& part, bool shows_checksum) {
    writer.open("Part").element("PartNumber", part.number);
    writer.element("LastModified", format_iso8601_ms(part.record.last_modified));
    writer.element("ETag", '"' + part.record.etag + '"');
    writer.element("Size", part.record.body.size);
    if (shows_checksum && part.record.checksum) {
        writer.element(crypto::checksum_xml_element(part.record.checksum->algorithm),
                       part.record.checksum->value);
    }
    writer.close();
}

}  // namespace

net::Task<Outcome> list_multipart_uploads(Services& services, Request& request) {
    UploadsQuery query;
    TARN_CO_TRY(query.parameters, read_listing_parameters(request, "max-uploads"));
    query.key_marker = request.parameter("key-marker").value_or("");
    query.upload_id_marker = request.parameter("upload-id-marker").value_or("");
    // An upload id marker means something only together with its key.
    if (query.key_marker.empty()) query.upload_id_marker.clear();
    // The upload may have ended since; its id tells the place all the same.
    if (!query.upload_id_marker.empty() && !is_upload_id(query.upload_id_marker)) {
        co_return fail(invalid_argument("Invalid uploadId marker", "upload-id-marker",
                                        query.upload_id_marker));
    }

    const auto page = co_await services.pool.run(
        [&] { return read_uploads(services, request.bucket->partition(), query); });
    if (!page) co_return fail(store_failure(page.error(), "listing uploads"));
    const ListingParameters& parameters = query.parameters;
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("ListMultipartUploadsResult", {{"xmlns", kS3Xmlns}});
    writer.element("Bucket", request.bucket->name);
    writer.element("KeyMarker", parameters.encode(query.key_marker));
    writer.element("UploadIdMarker", query.upload_id_marker);
    writer.element("NextKeyMarker", parameters.encode(page->next_key));
    writer.element("NextUploadIdMarker", page->next_id);
    if (!parameters.delimiter.empty()) {
        writer.element("Delimiter", parameters.encode(parameters.delimiter));
    }
    writer.element("Prefix", parameters.encode(parameters.prefix));
    if (parameters.url_encoding) writer.element("EncodingType", "url");
    writer.element("MaxUploads", parameters.max_keys);
    writer.element("IsTruncated", page->truncated);
    writer.raw(page->uploads).raw(page->prefixes).close();
    co_return respond_xml(request, std::move(out));
}

net::Task<Outcome> list_parts(Services& services, Request& request) {
    TARN_CO_TRY(const ListingParameters parameters, read_listing_parameters(request, "max-parts"));
    const std::string_view marker_text = request.parameter("part-number-marker").value_or("0");
    const auto marker = parse_uint(marker_text);
    if (!marker || *marker > INT32_MAX) {
        co_return fail(invalid_argument(
            "Argument part-number-marker must be an integer between 0 and 2147483647",
            "part-number-marker", marker_text));
    }
    TARN_CO_TRY(const Upload upload, co_await find_upload(services, request));
    if (auto ok = check_upload_key(services, request, upload.record); !ok) co_return ok;
    const bool shows_checksums =
        !sealed_by_customer(upload.record.attributes.encryption) || chooses_encryption(request);
    const std::size_t max = parameters.max_keys;
    auto parts = co_await services.pool.run([&] {
        return read_parts(services.metadata, request.bucket->partition(), upload.id,
                          static_cast<std::uint32_t>(*marker), max + 1);
    });
    if (!parts) co_return fail(store_failure(parts.error(), "listing parts"));
    const bool more = parts->size() > max;
    if (more) parts->resize(max);
    const bool truncated = more && max > 0;  // a page of nothing leads nowhere

    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("ListPartsResult", {{"xmlns", kS3Xmlns}});
    writer.element("Bucket", request.bucket->name).element("Key", request.key());
    writer.element("UploadId", upload.id);
    write_owner(writer, services, "Initiator", upload.record.initiator_account_id);
    write_owner(writer, services, "Owner", upload.record.owner_account_id);
    writer.element("StorageClass", shown_storage_class(upload.record.attributes));
    writer.element("PartNumberMarker", *marker);
    writer.element("NextPartNumberMarker", parts->empty() ? 0 : parts->back().number);
    writer.element("MaxParts", max).element("IsTruncated", truncated);
    if (upload.record.algorithm) {
        writer.element("ChecksumAlgorithm", crypto::checksum_name(*upload.record.algorithm));
        writer.element("ChecksumType", to_text(upload.record.type));
    }
    for (const StoredPart& part : *parts)
        write_part_element(writer, part, shows_checksums);
    writer.close();
    co_return respond_xml(request, std::move(out));
}

}  // namespace tarn::s3
