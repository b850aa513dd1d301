// GetObjectAttributes.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html

#include "common/base/text.h"
#include "common/base/time_text.h"
#include "server/s3/access.h"
#include "server/s3/attributes.h"
#include "server/s3/encryption.h"
#include "server/s3/get_object.h"
#include "server/s3/listing_request.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"

#include <algorithm>
#include <array>

namespace tarn::s3 {
namespace {

enum class Attribute : std::uint8_t { ETag, Checksum, ObjectParts, StorageClass, ObjectSize };
// In the order of the enumerators.
constexpr std::array<std::string_view, 5> kAttributes = {"ETag", "Checksum", "ObjectParts",
                                                         "StorageClass", "ObjectSize"};

constexpr std::string_view kAttributesHeader = "x-amz-object-attributes";

struct AttributesQuery {
    std::array<bool, kAttributes.size()> wanted{};
    std::size_t max_parts = kMaxListedKeys;
    std::uint32_t part_number_marker = 0;

    bool wants(Attribute attribute) const { return wanted[static_cast<std::size_t>(attribute)]; }
};

// x-amz-object-attributes may come in several fields, each a list.
Result<void, Error> read_wanted(const Request& request, AttributesQuery& query) {
    for (const http::Field& field : request.head.fields) {
        if (!iequals(field.name, kAttributesHeader)) continue;
        for (const std::string_view name : split_list(field.value)) {
            const auto found = std::ranges::find(kAttributes, name);
            if (found == kAttributes.end()) {
                return fail(
                    invalid_argument("Invalid attribute name specified.", kAttributesHeader, name));
            }
            query.wanted[static_cast<std::size_t>(found - kAttributes.begin())] = true;
        }
    }
    if (std::ranges::find(query.wanted, true) != query.wanted.end()) return {};
    return fail(s3_error(ErrorCode::InvalidRequest,
                         "The x-amz-object-attributes header specifying the attributes to be "
                         "retrieved is either missing or empty"));
}

// A number from 0 to 2^31 - 1; otherwise if absent.
Result<std::uint32_t, Error> read_number(const Request& request, std::string_view header,
                                         std::uint32_t otherwise) {
    const auto text = request.head.fields.find(header);
    if (!text) return otherwise;
    const auto number = parse_uint(*text);
    if (number && *number <= INT32_MAX) return static_cast<std::uint32_t>(*number);
    return fail(invalid_argument(
        "Argument " + std::string(header) + " must be an integer between 0 and 2147483647", header,
        *text));
}

Result<AttributesQuery, Error> read_query(const Request& request) {
    AttributesQuery query;
    if (auto ok = read_wanted(request, query); !ok) return fail(std::move(ok).error());
    TARN_TRY(const std::uint32_t max, read_number(request, "x-amz-max-parts", kMaxListedKeys));
    query.max_parts = std::min<std::size_t>(max, kMaxListedKeys);
    TARN_TRY(query.part_number_marker, read_number(request, "x-amz-part-number-marker", 0));
    return query;
}

void write_checksum(xml::Writer& writer, const StoredChecksum& checksum) {
    writer.open("Checksum");
    writer.element(crypto::checksum_xml_element(checksum.algorithm), checksum.value);
    writer.element("ChecksumType", to_text(checksum.type)).close();
}

// Of an object without checksums S3 tells only how many parts there are.
void write_parts(xml::Writer& writer, const AttributesQuery& query, const ObjectRecord& record,
                 const Manifest& manifest) {
    writer.open("ObjectParts").element("PartsCount", manifest.parts.size());
    if (record.checksum) {
        const auto first = std::ranges::upper_bound(manifest.parts, query.part_number_marker, {},
                                                    &ManifestPart::number);
        const auto rest = static_cast<std::size_t>(manifest.parts.end() - first);
        const std::span shown(first, std::min(rest, query.max_parts));
        writer.element("PartNumberMarker", query.part_number_marker);
        // Also where nothing follows, as ListParts does.
        writer.element("NextPartNumberMarker", shown.empty() ? 0 : shown.back().number);
        writer.element("MaxParts", query.max_parts);
        writer.element("IsTruncated", shown.size() < rest);
        for (const ManifestPart& part : shown) {
            writer.open("Part").element("PartNumber", part.number);
            writer.element("Size", part.body.size);
            writer.element(crypto::checksum_xml_element(record.checksum->algorithm), part.checksum);
            writer.close();
        }
    }
    writer.close();
}

Outcome respond(Request& request, const AttributesQuery& query, const ObjectVersion& object,
                const std::optional<Manifest>& manifest) {
    const ObjectRecord& record = object.record;
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("GetObjectAttributesResponse", {{"xmlns", kS3Xmlns}});
    // Without quotes, unlike everywhere else.
    if (query.wants(Attribute::ETag)) writer.element("ETag", record.etag);
    if (query.wants(Attribute::Checksum) && record.checksum) {
        write_checksum(writer, *record.checksum);
    }
    if (manifest) write_parts(writer, query, record, *manifest);
    if (query.wants(Attribute::StorageClass)) {
        writer.element("StorageClass", shown_storage_class(record.attributes));
    }
    if (query.wants(Attribute::ObjectSize)) writer.element("ObjectSize", record.body.size);
    writer.close();

    http::HeadBuilder& head = begin_response(request, 200);
    head.add("Last-Modified", format_http_date(record.last_modified));
    add_version_field(head, shown_version_id(*request.bucket, request.key(), object));
    head.add("Content-Type", "application/xml");
    const auto body = std::make_shared<const std::string>(std::move(out));
    request.exchange.respond(*body, body);
    return {};
}

// Besides the operation's own action S3 asks for that of reading the object.
Result<void, Error> check_read_access(const Request& request, const ObjectRecord& record) {
    const bool by_version = request.parameter("versionId").has_value();
    return check_object_access(request, *request.bucket,
                               by_version ? "s3:GetObjectVersion" : "s3:GetObject", request.key(),
                               &record, request.parameter("versionId"));
}

}  // namespace

net::Task<Outcome> get_object_attributes(Services& services, Request& request) {
    if (auto ok = refuse_encryption_choice(request); !ok) co_return ok;
    TARN_CO_TRY(const AttributesQuery query, read_query(request));
    for (int attempt = 0; attempt < kMaxReopens; ++attempt) {
        TARN_CO_TRY(const ObjectVersion object, co_await load_requested_object(services, request));
        const ObjectRecord& record = object.record;
        if (auto ok = check_read_access(request, record); !ok) co_return ok;
        const auto opened = open_requested_object(services, request, record.attributes.encryption);
        if (!opened) co_return fail(opened.error());
        if (!query.wants(Attribute::ObjectParts) || record.part_count == 0) {
            co_return respond(request, query, object, std::nullopt);
        }
        TARN_CO_TRY(const auto manifest,
                    co_await load_manifest(services, *request.bucket, record.body));
        if (manifest) co_return respond(request, query, object, manifest);
    }
    co_return fail(
        store_failure(storage::StoreError::NotFound, "a manifest that its record names"));
}

}  // namespace tarn::s3
