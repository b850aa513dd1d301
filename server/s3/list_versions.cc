// ListObjectVersions.

#include "common/base/time_text.h"
#include "server/s3/access.h"
#include "server/s3/attributes.h"
#include "server/s3/listing_request.h"
#include "server/s3/object_lookup.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"
#include "server/s3/version_listing.h"

namespace tarn::s3 {
namespace {

// Version and DeleteMarker elements stand in one order, that of the listing; common prefixes come
// after them.
class VersionXml final : public VersionSink {
  public:
    VersionXml(const Services& services, const Bucket& bucket, const ListingParameters& parameters)
        : services_(services), bucket_(bucket), parameters_(parameters) {}

    // Unlike elsewhere, also a bucket that never had versioning shows ids: "null".
    std::string id_of(std::string_view key, const ObjectVersion& version) const {
        std::string id = shown_version_id(bucket_, key, version);
        return id.empty() ? std::string(kNullVersionId) : id;
    }

    void version(std::string_view key, const ObjectVersion& version) override {
        const ObjectRecord& record = version.record;
        const bool is_marker = record.is_delete_marker();
        versions_.open(is_marker ? "DeleteMarker" : "Version");
        versions_.element("Key", parameters_.encode(key));
        versions_.element("VersionId", id_of(key, version));
        versions_.element("IsLatest", version.is_latest);
        versions_.element("LastModified", format_iso8601_ms(record.last_modified));
        if (!is_marker) {
            versions_.element("ETag", '"' + record.etag + '"');
            if (record.checksum) {
                versions_.element("ChecksumAlgorithm",
                                  crypto::checksum_name(record.checksum->algorithm));
                versions_.element("ChecksumType", to_text(record.checksum->type));
            }
            versions_.element("Size", record.body.size);
            versions_.element("StorageClass", shown_storage_class(record.attributes));
        }
        write_owner(versions_, services_, "Owner", owner_of(bucket_, record));
        versions_.close();
    }

    void common_prefix(std::string_view prefix) override {
        prefixes_.open("CommonPrefixes").element("Prefix", parameters_.encode(prefix)).close();
    }

    const std::string& versions() const { return versions_text_; }
    const std::string& prefixes() const { return prefixes_text_; }

  private:
    const Services& services_;
    const Bucket& bucket_;
    const ListingParameters& parameters_;
    std::string versions_text_;
    std::string prefixes_text_;
    xml::Writer versions_{versions_text_};
    xml::Writer prefixes_{prefixes_text_};
};

Result<VersionListingQuery, Error> read_query(const Request& request,
                                              const ListingParameters& parameters) {
    VersionListingQuery query{
        .keys = {.prefix = parameters.prefix,
                 .delimiter = parameters.delimiter,
                 .after = std::string(request.parameter("key-marker").value_or("")),
                 .max = parameters.max_keys}};
    const auto id = request.parameter("version-id-marker");
    if (!id) return query;
    if (query.keys.after.empty()) {
        return fail(
            invalid_argument("A version-id marker cannot be specified without a key marker.",
                             "version-id-marker", *id));
    }
    if (id->empty()) {
        return fail(
            invalid_argument("A version-id marker cannot be empty.", "version-id-marker", *id));
    }
    const auto which = read_version_id(request.bucket->partition(), query.keys.after, *id);
    if (!which) {
        return fail(invalid_argument("Invalid version id specified", "version-id-marker", *id));
    }
    query.after_version = *which;
    return query;
}

}  // namespace

net::Task<Outcome> list_object_versions(Services& services, Request& request) {
    TARN_CO_TRY(const ListingParameters parameters, read_listing_parameters(request));
    TARN_CO_TRY(const VersionListingQuery query, read_query(request, parameters));
    VersionXml sink(services, *request.bucket, parameters);
    const auto end = co_await services.pool.run(
        [&] { return list_versions(services.metadata, request.bucket->partition(), query, sink); });
    if (!end) co_return fail(store_failure(end.error(), "listing versions"));

    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("ListVersionsResult", {{"xmlns", kS3Xmlns}});
    writer.element("Name", request.bucket->name);
    writer.element("Prefix", parameters.encode(parameters.prefix));
    writer.element("KeyMarker", parameters.encode(query.keys.after));
    writer.element("VersionIdMarker", request.parameter("version-id-marker").value_or(""));
    if (end->truncated) {
        writer.element("NextKeyMarker", parameters.encode(end->last_key));
        if (end->last_version) {
            writer.element("NextVersionIdMarker", sink.id_of(end->last_key, *end->last_version));
        }
    }
    writer.element("MaxKeys", parameters.max_keys);
    if (!parameters.delimiter.empty()) {
        writer.element("Delimiter", parameters.encode(parameters.delimiter));
    }
    if (parameters.url_encoding) writer.element("EncodingType", "url");
    writer.element("IsTruncated", end->truncated);
    writer.raw(sink.versions()).raw(sink.prefixes()).close();
    co_return respond_xml(request, std::move(out));
}

}  // namespace tarn::s3
