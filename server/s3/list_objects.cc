// ListObjects (version 1) and ListObjectsV2.

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/base/time_text.h"
#include "server/s3/access.h"
#include "server/s3/attributes.h"
#include "server/s3/listing.h"
#include "server/s3/listing_request.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"

namespace tarn::s3 {
namespace {

// Writes the listing's elements straight into the answer: common prefixes are kept aside, since
// they come after the contents.
class XmlSink final : public ListingSink {
  public:
    XmlSink(const Services& services, const Bucket& bucket, const ListingParameters& parameters,
            bool with_owner)
        : services_(services), bucket_(bucket), parameters_(parameters), with_owner_(with_owner) {}

    Result<void, storage::StoreError> object(std::string_view key,
                                             std::string_view bytes) override {
        const auto record = decode_object(bytes);
        if (!record) return fail(storage::StoreError::Corrupt);
        contents_.open("Contents").element("Key", parameters_.encode(key));
        contents_.element("LastModified", format_iso8601_ms(record->last_modified));
        etag_.assign(1, '"').append(record->etag).push_back('"');
        contents_.element("ETag", etag_);
        if (record->checksum) {
            contents_.element("ChecksumAlgorithm",
                              crypto::checksum_name(record->checksum->algorithm));
            contents_.element("ChecksumType", to_text(record->checksum->type));
        }
        contents_.element("Size", record->body.size);
        if (with_owner_) write_owner(contents_, services_, "Owner", owner_of(bucket_, *record));
        contents_.element("StorageClass", shown_storage_class(record->attributes));
        contents_.close();
        return {};
    }

    void common_prefix(std::string_view prefix) override {
        prefixes_.open("CommonPrefixes").element("Prefix", parameters_.encode(prefix)).close();
    }

    const std::string& contents() const { return contents_text_; }
    const std::string& prefixes() const { return prefixes_text_; }

  private:
    const Services& services_;
    const Bucket& bucket_;
    const ListingParameters& parameters_;
    bool with_owner_;
    std::string contents_text_;
    std::string prefixes_text_;
    xml::Writer contents_{contents_text_};
    xml::Writer prefixes_{prefixes_text_};
    std::string etag_;
};

// Runs the listing on the pool; a page costs up to a millisecond.
net::Task<Result<ListingEnd, Error>> run_listing(Services& services, const Request& request,
                                                 const ListingQuery& query, XmlSink& sink) {
    auto end = co_await services.pool.run(
        [&] { return list_keys(services.metadata, request.bucket->partition(), query, sink); });
    if (!end) co_return fail(store_failure(end.error(), "listing a bucket"));
    co_return *std::move(end);
}

// Opaque to clients: base64 of the key to go on after, marked so that others are refused.
constexpr std::string_view kTokenMark = "1";
std::string make_token(std::string_view last) {
    return to_base64(std::string(kTokenMark).append(last));
}

Result<std::string, Error> read_token(std::string_view token) {
    const auto text = from_base64(token);
    if (!text || !text->starts_with(kTokenMark)) {
        return fail(invalid_argument("The continuation token provided is incorrect",
                                     "continuation-token", token));
    }
    return text->substr(kTokenMark.size());
}

}  // namespace

net::Task<Outcome> list_objects(Services& services, Request& request) {
    TARN_CO_TRY(const ListingParameters parameters, read_listing_parameters(request));
    const std::string marker(request.parameter("marker").value_or(""));
    const std::string shown_prefix =
        parameters.radosgw ? parameters.prefix : parameters.encode(parameters.prefix);
    XmlSink sink(services, *request.bucket, parameters, true);
    TARN_CO_TRY(const ListingEnd end, co_await run_listing(services, request,
                                                           {.prefix = parameters.prefix,
                                                            .delimiter = parameters.delimiter,
                                                            .after = marker,
                                                            .max = parameters.max_keys},
                                                           sink));
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("ListBucketResult", {{"xmlns", kS3Xmlns}});
    writer.element("Name", request.bucket->name);
    writer.element("Prefix", shown_prefix);
    writer.element("Marker", parameters.encode(marker));
    // Only with a delimiter; without one clients go on from the last key (recorded).
    if (end.truncated && !parameters.delimiter.empty()) {
        writer.element("NextMarker", parameters.encode(end.last));
    }
    writer.element("MaxKeys", parameters.max_keys);
    if (!parameters.delimiter.empty()) {
        writer.element("Delimiter", parameters.encode(parameters.delimiter));
    }
    if (parameters.url_encoding) writer.element("EncodingType", "url");
    writer.element("IsTruncated", end.truncated);
    writer.raw(sink.contents()).raw(sink.prefixes()).close();
    co_return respond_xml(request, std::move(out));
}

net::Task<Outcome> list_objects_v2(Services& services, Request& request) {
    TARN_CO_TRY(const ListingParameters parameters, read_listing_parameters(request));
    const auto token = request.parameter("continuation-token");
    const std::string start_after(request.parameter("start-after").value_or(""));
    std::string after = start_after;
    if (token && !(token->empty() && parameters.radosgw)) {
        TARN_CO_TRY(after, read_token(*token));
    }
    XmlSink sink(services, *request.bucket, parameters, request.parameter("fetch-owner") == "true");
    TARN_CO_TRY(const ListingEnd end, co_await run_listing(services, request,
                                                           {.prefix = parameters.prefix,
                                                            .delimiter = parameters.delimiter,
                                                            .after = after,
                                                            .max = parameters.max_keys},
                                                           sink));
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("ListBucketResult", {{"xmlns", kS3Xmlns}});
    writer.element("Name", request.bucket->name);
    writer.element("Prefix", parameters.encode(parameters.prefix));
    if (token) writer.element("ContinuationToken", *token);
    if (!start_after.empty()) writer.element("StartAfter", parameters.encode(start_after));
    if (end.truncated) writer.element("NextContinuationToken", make_token(end.last));
    writer.element("KeyCount", end.count);
    writer.element("MaxKeys", parameters.max_keys);
    if (!parameters.delimiter.empty()) {
        writer.element("Delimiter", parameters.encode(parameters.delimiter));
    }
    if (parameters.url_encoding) writer.element("EncodingType", "url");
    writer.element("IsTruncated", end.truncated);
    writer.raw(sink.contents()).raw(sink.prefixes()).close();
    co_return respond_xml(request, std::move(out));
}

}  // namespace tarn::s3
