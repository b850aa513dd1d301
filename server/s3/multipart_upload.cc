// CreateMultipartUpload, UploadPart, AbortMultipartUpload.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "server/s3/acl_request.h"
#include "server/s3/attributes.h"
#include "server/s3/encryption.h"
#include "server/s3/get_object.h"
#include "server/s3/ingest.h"
#include "server/s3/object_lock.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"
#include "server/s3/requested_tags.h"
#include "server/s3/uploads.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

using crypto::ChecksumAlgorithm;

Error type_not_possible(std::string_view type, ChecksumAlgorithm algorithm) {
    return s3_error(ErrorCode::InvalidRequest,
                    fmt::format("The {} checksum type cannot be used with the {} checksum "
                                "algorithm.",
                                type, to_lower(crypto::checksum_name(algorithm))));
}

// Only CRCs of parts combine to the CRC of the object, and of a CRC64NVME nothing else is made.
ChecksumType default_type(ChecksumAlgorithm algorithm) {
    return algorithm == ChecksumAlgorithm::CRC64NVME ? ChecksumType::FullObject
                                                     : ChecksumType::Composite;
}
bool is_possible(ChecksumType type, ChecksumAlgorithm algorithm) {
    return type == default_type(algorithm) ||
           (type == ChecksumType::FullObject && crypto::is_crc(algorithm));
}

// x-amz-checksum-algorithm and -type: fixed here for all parts (s3.md 3.8).
Result<void, Error> read_checksum_choice(const Request& request, UploadRecord& record) {
    TARN_TRY(record.algorithm, read_checksum_algorithm(request));
    TARN_TRY(const auto type, read_checksum_type(request));
    if (type && !record.algorithm) {
        return fail(s3_error(ErrorCode::InvalidRequest,
                             "The x-amz-checksum-type header can only be used with the "
                             "x-amz-checksum-algorithm header."));
    }
    // Without a choice the server computes CRC64NVME.
    const ChecksumAlgorithm algorithm = record.algorithm.value_or(ChecksumAlgorithm::CRC64NVME);
    record.type = type.value_or(default_type(algorithm));
    if (is_possible(record.type, algorithm)) return {};
    return fail(type_not_possible(to_text(record.type), algorithm));
}

// A part of an upload with a chosen algorithm must come with a value of that algorithm.
Result<void, Error> check_part_checksum(const Request& request, const Upload& upload) {
    if (!upload.record.algorithm) return {};
    TARN_TRY(const DigestClaims claims, read_digest_claims(request));
    if (claims.announced && claims.algorithm == *upload.record.algorithm) return {};
    // A full-object CRC can be computed here for parts that come without one.
    if (!claims.announced && upload.record.type == ChecksumType::FullObject) return {};
    const std::string actual =
        claims.announced ? to_lower(crypto::checksum_name(claims.algorithm)) : "null";
    return fail(s3_error(
        ErrorCode::InvalidRequest,
        fmt::format("Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum "
                    "Type: {}",
                    to_lower(crypto::checksum_name(*upload.record.algorithm)), actual)));
}

Result<std::uint32_t, Error> require_part_number(const Request& request) {
    TARN_TRY(const auto number, read_part_number(request));
    return number.value_or(0);
}

}  // namespace

net::Task<Outcome> create_multipart_upload(Services& services, Request& request) {
    if (auto ok = refuse_unsupported_write_headers(request); !ok) co_return ok;
    if (request.auth.identity.anonymous()) {
        co_return fail(
            s3_error(ErrorCode::AccessDenied,
                     "Anonymous users cannot initiate multipart uploads. Please authenticate."));
    }
    const std::string& owner = request.bucket->record.owner_account_id;
    // An edge that signs for its distribution has no account of its own.
    const auto& account = request.auth.identity.account;
    UploadRecord record{.initiated = services.clock.now(),
                        .initiator_account_id = account ? account->id : owner};
    TARN_CO_TRY(record.attributes, read_attributes(request));
    auto may_tag = check_tagging_access(request, record.attributes.tags);
    if (!may_tag) co_return may_tag;
    TARN_CO_TRY(record.attributes.lock, read_lock_headers(request, record.initiated));
    TARN_CO_TRY(const Sealing sealing, begin_sealing(services, request));
    record.attributes.encryption = sealing.stored;
    TARN_CO_TRY(NewObjectAccess access, read_new_object_access(services, request));
    record.attributes.acl = std::move(access.acl);
    record.owner_account_id = std::move(access.owner_account_id);
    if (auto ok = read_checksum_choice(request, record); !ok) co_return ok;

    const std::string id = new_upload_id(services);
    storage::Batch batch{.partition = request.bucket->partition(),
                         .guards = {request.bucket->state_guard()}};
    batch.mutations.push_back({.table = storage::Table::Uploads,
                               .key = upload_key(request.key(), id),
                               .value = encode(record)});
    const auto committed = co_await commit(services, std::move(batch));
    if (!committed && committed.error() == storage::StoreError::Conflict) {
        co_return fail(no_such_bucket(request.bucket->name));
    }
    if (!committed) co_return fail(store_failure(committed.error(), "creating an upload"));

    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("InitiateMultipartUploadResult", {{"xmlns", kS3Xmlns}});
    writer.element("Bucket", request.bucket->name).element("Key", request.key());
    writer.element("UploadId", id).close();
    http::HeadBuilder& head = begin_response(request, 200);
    head.add("Content-Type", "application/xml");
    add_encryption_fields(head, request, record.attributes.encryption);
    if (record.algorithm) {
        head.add("x-amz-checksum-algorithm", crypto::checksum_name(*record.algorithm));
        head.add("x-amz-checksum-type", to_text(record.type));
    }
    const auto body = std::make_shared<const std::string>(std::move(out));
    request.exchange.respond(*body, body);
    co_return Outcome{};
}

net::Task<Outcome> upload_part(Services& services, Request& request) {
    if (auto ok = refuse_unsupported_write_headers(request); !ok) co_return ok;
    if (auto ok = refuse_encryption_choice(request); !ok) co_return ok;
    TARN_CO_TRY(const std::uint32_t number, require_part_number(request));
    TARN_CO_TRY(const Upload upload, co_await find_upload(services, request));
    const auto& encryption = upload.record.attributes.encryption;
    TARN_CO_TRY(const auto data_key, open_upload(services, request, encryption));
    const crypto::SecretKey* const key = data_key ? &*data_key : nullptr;
    if (auto ok = check_part_checksum(request, upload); !ok) co_return ok;

    const ChecksumAlgorithm kept = upload.record.algorithm.value_or(ChecksumAlgorithm::CRC64NVME);
    auto taken = co_await ingest_body(services, request, key, kept);
    if (!taken) co_return fail(std::move(taken).error());
    Ingested ingested = *std::move(taken);
    PartRecord record{.body = ingested.body.ref,
                      .last_modified = services.clock.now(),
                      .etag = to_hex(etag_of(encryption, key, ingested.md5)),
                      .checksum = ingested.checksum,
                      .other_checksum = ingested.other_checksum};
    if (request.log_notes) request.log_notes->object_size = record.body.size;
    const std::string etag = record.etag;
    const StoredChecksum shown = ingested.other_checksum.value_or(ingested.checksum);
    auto written =
        co_await write_part(services, request, upload, number, std::move(record), ingested.body);
    if (!written) co_return written;

    http::HeadBuilder& head = begin_response(request, 200);
    head.add("ETag", '"' + etag + '"');
    add_encryption_fields(head, request, encryption);
    head.add(crypto::checksum_header(shown.algorithm), shown.value);
    request.exchange.respond({});
    co_return Outcome{};
}

net::Task<Outcome> abort_multipart_upload(Services& services, Request& request) {
    if (auto ok = refuse_unsupported_conditions(request); !ok) co_return ok;
    const storage::Partition partition = request.bucket->partition();
    for (int attempt = 0; attempt < kMaxEndAttempts; ++attempt) {
        TARN_CO_TRY(const Upload upload, co_await find_upload(services, request));
        storage::Batch batch{.partition = partition};
        DroppedBody dropped;
        const auto read = co_await services.pool.run([&]() -> Result<void, storage::StoreError> {
            TARN_TRY(const UploadState state,
                     read_upload_state(services.metadata, partition, upload));
            append_upload_removal(batch.guards, batch.mutations, upload, state);
            for (const StoredPart& part : state.parts) {
                auto ok = drop_body(services.metadata, partition, part.record.body, dropped);
                if (!ok) return ok;
            }
            return {};
        });
        if (!read) co_return fail(store_failure(read.error(), "reading parts"));
        std::ranges::move(dropped.mutations, std::back_inserter(batch.mutations));
        const auto committed = co_await commit(services, std::move(batch));
        if (committed) {
            if (dropped.has_blobs) services.announce_trash();
            co_await remove_late_parts(services, request, upload);
            co_return respond_empty(request, 204);
        }
        if (committed.error() != storage::StoreError::Conflict) {
            co_return fail(store_failure(committed.error(), "aborting an upload"));
        }
        // Either the upload ended meanwhile, or a part was replaced.
    }
    co_return fail(s3_error(ErrorCode::SlowDown));
}

}  // namespace tarn::s3
