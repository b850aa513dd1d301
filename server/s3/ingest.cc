#include "server/s3/ingest.h"

#include <tuple>
#include <utility>

namespace tarn::s3 {
namespace {

// Room to read the end of an aws-chunked body in one go.
constexpr std::size_t kFramingSlack = 512;
// Large enough that a trip to the pool is small change, small enough that uploads stay cheap.
constexpr std::size_t kTransferBytes = 512 * 1024;

// What is stored of bytes under that id.
std::string stored_form(const crypto::SecretKey* data_key, const BodyId& id, std::string bytes) {
    return data_key ? seal_body(*data_key, id, bytes) : std::move(bytes);
}

net::Task<Result<Ingested, Error>> ingest_small(Services& services,
                                                const crypto::SecretKey* data_key,
                                                PayloadReader& payload, std::uint64_t length,
                                                PayloadDigests& digests) {
    std::string bytes(length + kFramingSlack, '\0');
    auto got = co_await payload.read(bytes);
    if (!got) co_return fail(std::move(got).error());
    bytes.resize(*got);
    digests.update(bytes);
    if (auto checked = digests.finish(payload); !checked) {
        co_return fail(std::move(checked).error());
    }
    Ingested ingested{.md5 = digests.md5(),
                      .checksum = digests.checksum(),
                      .other_checksum = digests.other_checksum()};
    if (!bytes.empty()) {
        ingested.body.ref = {.kind = BodyRef::Kind::Inline,
                             .id = new_body_id(services.random),
                             .size = bytes.size()};
        ingested.body.inline_bytes = stored_form(data_key, ingested.body.ref.id, std::move(bytes));
    }
    co_return ingested;
}

net::Task<Result<Ingested, Error>> ingest_large(Request& request, Services& services,
                                                const crypto::SecretKey* data_key,
                                                PayloadSource& payload, PayloadDigests& digests) {
    BodyCollector collector(services, {request.bucket->record.id, request.key()}, data_key);
    const auto buffer = std::make_unique_for_overwrite<char[]>(kTransferBytes);
    for (;;) {
        auto got = co_await payload.read({buffer.get(), kTransferBytes});
        if (!got) co_return fail(std::move(got).error());
        const std::string_view bytes(buffer.get(), *got);
        const auto stored = co_await services.pool.run([&] {
            digests.update(bytes);
            return collector.append(bytes);
        });
        if (!stored) co_return fail(store_failure(stored.error(), "writing a blob"));
        if (bytes.size() < kTransferBytes) break;
    }
    if (auto checked = digests.finish(payload); !checked) {
        co_return fail(std::move(checked).error());
    }
    auto finished = co_await services.pool.run([&] { return collector.finish(); });
    if (!finished) co_return fail(store_failure(finished.error(), "finishing a blob"));
    co_return Ingested{.body = *std::move(finished),
                       .md5 = digests.md5(),
                       .checksum = digests.checksum(),
                       .other_checksum = digests.other_checksum()};
}

}  // namespace

void PendingBlob::discard() {
    if (!services_) return;
    services_->pool.post([&blobs = services_->blobs, id = id_] {
        // What cannot be removed now is an orphan, which the collector finds.
        std::ignore = blobs.remove(id);
    });
    services_ = nullptr;
}

BodyCollector::~BodyCollector() {
    if (!writer_) return;
    // Removing a half-written file blocks.
    services_.pool.post([writer = std::shared_ptr<storage::BlobWriter>(
                             std::move(writer_))]() mutable { writer.reset(); });
}

Result<void, storage::StoreError> BodyCollector::append(std::string_view bytes) {
    size_ += bytes.size();
    if (!writer_) {
        small_.append(bytes);
        if (small_.size() <= storage::kInlineBytes) return {};
        TARN_TRY(writer_, services_.blobs.create(origin_));
        if (data_key_) sealer_.emplace(*data_key_, writer_->id());
        const std::string held = std::exchange(small_, {});
        return write(held);
    }
    return write(bytes);
}

Result<void, storage::StoreError> BodyCollector::write(std::string_view bytes) {
    if (!sealer_) return writer_->append(bytes);
    sealed_.clear();
    sealer_->append(bytes, sealed_);
    return writer_->append(sealed_);
}

Result<void, storage::StoreError> BodyCollector::finish_blob() {
    if (sealer_) {
        sealed_.clear();
        sealer_->finish(sealed_);
        if (auto written = writer_->append(sealed_); !written) return written;
    }
    return writer_->finish();
}

Result<NewBody, storage::StoreError> BodyCollector::finish() {
    NewBody body;
    if (writer_) {
        if (auto finished = finish_blob(); !finished) return fail(finished.error());
        body.ref = {.kind = BodyRef::Kind::Blob, .id = writer_->id(), .size = size_};
        body.pending = PendingBlob(services_, writer_->id());
        writer_.reset();
    } else if (!small_.empty()) {
        body.ref = {
            .kind = BodyRef::Kind::Inline, .id = new_body_id(services_.random), .size = size_};
        body.inline_bytes = stored_form(data_key_, body.ref.id, std::move(small_));
    }
    return body;
}

net::Task<Result<Ingested, Error>> ingest_body(Services& services, Request& request,
                                               const crypto::SecretKey* data_key,
                                               std::optional<crypto::ChecksumAlgorithm> kept) {
    TARN_CO_TRY(DigestClaims claims, read_digest_claims(request));
    auto opened = PayloadReader::open(request, kMaxPutBytes);
    if (!opened) co_return fail(std::move(opened).error());
    PayloadReader payload = *std::move(opened);
    PayloadDigests digests(std::move(claims), kept);
    const std::optional<std::uint64_t> length = payload.length();
    if (length && *length <= storage::kInlineBytes) {
        co_return co_await ingest_small(services, data_key, payload, *length, digests);
    }
    co_return co_await ingest_large(request, services, data_key, payload, digests);
}

net::Task<Result<Ingested, Error>> ingest_source(Services& services, Request& request,
                                                 const crypto::SecretKey* data_key,
                                                 PayloadSource& source) {
    TARN_CO_TRY(DigestClaims claims, read_digest_claims(request));
    PayloadDigests digests(std::move(claims));
    co_return co_await ingest_large(request, services, data_key, source, digests);
}

void append_body_rows(std::vector<storage::Mutation>& mutations, const NewBody& body) {
    if (body.ref.kind != BodyRef::Kind::Inline) return;
    mutations.push_back({.table = storage::Table::Bodies,
                         .key = inline_body_key(body.ref.id),
                         .value = body.inline_bytes});
}

}  // namespace tarn::s3
