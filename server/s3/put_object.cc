#include "server/s3/put_object.h"

#include "common/base/encoding.h"
#include "server/s3/acl_request.h"
#include "server/s3/attributes.h"
#include "server/s3/encryption.h"
#include "server/s3/ingest.h"
#include "server/s3/object_lock.h"
#include "server/s3/object_store.h"
#include "server/s3/operations.h"
#include "server/s3/requested_tags.h"

namespace tarn::s3 {

net::Task<Result<StoredObject, Error>> store_object(Services& services, Request& request,
                                                    PayloadSource* file) {
    if (auto supported = refuse_unsupported_write_headers(request); !supported) {
        co_return fail(std::move(supported).error());
    }
    ObjectWrite write{.key = request.key()};
    TARN_CO_TRY(write.record.attributes, read_attributes(request));
    auto may_tag = check_tagging_access(request, write.record.attributes.tags);
    if (!may_tag) co_return fail(std::move(may_tag).error());
    TARN_CO_TRY(write.record.attributes.lock, read_lock_headers(request, services.clock.now()));
    TARN_CO_TRY(Sealing sealing, begin_sealing(services, request));
    write.record.attributes.encryption = sealing.stored;
    TARN_CO_TRY(NewObjectAccess access, read_new_object_access(services, request));
    write.record.attributes.acl = std::move(access.acl);
    write.record.owner_account_id = std::move(access.owner_account_id);
    TARN_CO_TRY(write.condition, read_write_condition(request));
    if (write.condition) {
        // Judged before the body is read, so that a client that waits for 100 Continue need not
        // send it; the commit judges again.
        TARN_CO_TRY(const auto current, co_await find_object(services, *request.bucket, write.key));
        auto holds = write.condition(current ? &current->record : nullptr);
        if (!holds) co_return fail(std::move(holds).error());
    }

    auto body = file ? co_await ingest_source(services, request, sealing.key(), *file)
                     : co_await ingest_body(services, request, sealing.key());
    if (!body) co_return fail(std::move(body).error());
    Ingested ingested = *std::move(body);
    write.record.body = ingested.body.ref;
    const std::string etag = to_hex(etag_of(sealing.stored, sealing.key(), ingested.md5));
    write.record.etag = etag;
    write.record.checksum = ingested.checksum;
    write.record.last_modified = services.clock.now();
    append_body_rows(write.mutations, ingested.body);

    auto written = co_await write_object(services, request.bucket, std::move(write));
    if (!written) co_return fail(std::move(written).error());
    ingested.body.pending.release();
    if (request.log_notes) request.log_notes->object_size = ingested.body.ref.size;

    co_return StoredObject{.etag = etag,
                           .checksum = ingested.checksum,
                           .encryption = std::move(sealing.stored),
                           .version_id = std::move(written)->version_id};
}

void add_stored_fields(http::HeadBuilder& head, const Request& put, const StoredObject& object) {
    add_encryption_fields(head, put, object.encryption);
    head.add("ETag", '"' + object.etag + '"');
    head.add(crypto::checksum_header(object.checksum.algorithm), object.checksum.value);
    head.add("x-amz-checksum-type", to_text(object.checksum.type));
    add_version_field(head, object.version_id);
}

net::Task<Outcome> put_object(Services& services, Request& request) {
    auto stored = co_await store_object(services, request);
    if (!stored) co_return fail(std::move(stored).error());
    add_stored_fields(begin_response(request, 200), request, *stored);
    request.exchange.respond({});
    co_return Outcome{};
}

}  // namespace tarn::s3
