#include "common/base/encoding.h"
#include "server/s3/acl_request.h"
#include "server/s3/attributes.h"
#include "server/s3/ingest.h"
#include "server/s3/object_lock.h"
#include "server/s3/object_store.h"
#include "server/s3/operations.h"

namespace tarn::s3 {

net::Task<Outcome> put_object(Services& services, Request& request) {
    if (auto supported = refuse_unsupported_write_headers(request); !supported) {
        co_return supported;
    }
    ObjectWrite write{.key = request.key()};
    TARN_CO_TRY(write.record.attributes, read_attributes(request));
    TARN_CO_TRY(write.record.attributes.lock, read_lock_headers(request, services.clock.now()));
    TARN_CO_TRY(NewObjectAccess access, read_new_object_access(services, request));
    write.record.attributes.acl = std::move(access.acl);
    write.record.owner_account_id = std::move(access.owner_account_id);
    TARN_CO_TRY(write.condition, read_write_condition(request));
    if (write.condition) {
        // Judged before the body is read, so that a client that waits for 100 Continue need not
        // send it; the commit judges again.
        TARN_CO_TRY(const auto current, co_await find_object(services, *request.bucket, write.key));
        auto holds = write.condition(current ? &current->record : nullptr);
        if (!holds) co_return holds;
    }

    auto body = co_await ingest_body(services, request);
    if (!body) co_return fail(std::move(body).error());
    Ingested ingested = *std::move(body);
    write.record.body = ingested.body.ref;
    write.record.etag = to_hex(ingested.md5);
    write.record.checksum = ingested.checksum;
    write.record.last_modified = services.clock.now();
    append_body_rows(write.mutations, ingested.body);

    auto written = co_await write_object(services, request.bucket, std::move(write));
    if (!written) co_return fail(std::move(written).error());
    ingested.body.pending.release();

    http::HeadBuilder& head = begin_response(request, 200);
    head.add("ETag", '"' + to_hex(ingested.md5) + '"');
    head.add(crypto::checksum_header(ingested.checksum.algorithm), ingested.checksum.value);
    head.add("x-amz-checksum-type", to_text(ingested.checksum.type));
    add_version_field(head, written->version_id);
    request.exchange.respond({});
    co_return Outcome{};
}

}  // namespace tarn::s3
