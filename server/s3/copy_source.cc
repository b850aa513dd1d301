#include "server/s3/copy_source.h"

#include "common/base/encoding.h"
#include "common/http/precondition.h"
#include "server/s3/access.h"
#include "server/s3/access_log_operation.h"
#include "server/s3/encryption.h"

namespace tarn::s3 {
namespace {

constexpr std::size_t kCopyBytes = 1024 * 1024;

// Always 412, never 304 (s3.md 3.6).
Result<void, Error> check_conditions(const Request& request, const ObjectRecord& record,
                                     WallTime now) {
    const http::Fields& fields = request.head.fields;
    const http::Conditions conditions{
        .if_match = fields.find("x-amz-copy-source-if-match"),
        .if_none_match = fields.find("x-amz-copy-source-if-none-match"),
        .if_modified_since = fields.find("x-amz-copy-source-if-modified-since"),
        .if_unmodified_since = fields.find("x-amz-copy-source-if-unmodified-since")};
    const http::ConditionOutcome outcome = http::evaluate_read(
        conditions, {.etag = record.etag, .last_modified = record.last_modified}, now);
    if (outcome.result == http::ConditionResult::Proceed) return {};
    return fail(
        s3_error(ErrorCode::PreconditionFailed, {},
                 {{"Condition", std::string("x-amz-copy-source-").append(outcome.failed)}}));
}

}  // namespace

Result<CopySourceName, Error> parse_copy_source(std::string_view header) {
    const Error malformed =
        invalid_argument("Invalid copy source object key", "x-amz-copy-source", header);
    CopySourceName name;
    constexpr std::string_view kVersion = "?versionId=";
    if (const std::size_t at = header.rfind(kVersion); at != std::string_view::npos) {
        name.version_id = std::string(header.substr(at + kVersion.size()));
        header = header.substr(0, at);
    }
    const auto decoded = percent_decode(header);
    if (!decoded) return fail(malformed);
    std::string_view path = *decoded;
    if (path.starts_with('/')) path.remove_prefix(1);
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == path.size()) {
        return fail(malformed);
    }
    name.bucket = path.substr(0, slash);
    name.key = path.substr(slash + 1);
    return name;
}

namespace {

net::Task<Result<CopySource, Error>> find_source(Services& services, const Request& request) {
    TARN_CO_TRY(CopySourceName name, parse_copy_source(request.header("x-amz-copy-source")));
    if (request.auth.identity.anonymous()) {
        co_return fail(s3_error(ErrorCode::AccessDenied,
                                "Anonymous users cannot copy objects. Please authenticate."));
    }
    CopySource source{.bucket = services.buckets.find(name.bucket),
                      .key = std::move(name.key),
                      .version_id = std::move(name.version_id),
                      .pin = services.pins.pin()};
    if (!source.bucket) co_return fail(no_such_bucket(name.bucket));
    if (auto pays = check_request_payer(request, *source.bucket); !pays) {
        co_return fail(std::move(pays).error());
    }
    auto expected =
        check_expected_owner(request, "x-amz-source-expected-bucket-owner", *source.bucket);
    if (!expected) co_return fail(std::move(expected).error());
    auto object = co_await load_version(services, *source.bucket, source.key, source.version_id);
    const std::string_view action = source.version_id ? "s3:GetObjectVersion" : "s3:GetObject";
    auto allowed = check_object_access(request, *source.bucket, action, source.key,
                                       object ? &object->record : nullptr, source.version_id);
    if (!allowed) co_return fail(std::move(allowed).error());
    if (!object && object.error().code == ErrorCode::MethodNotAllowed) {
        co_return fail(s3_error(ErrorCode::InvalidRequest,
                                "The source of a copy request may not specifically refer to a "
                                "delete marker by version id."));
    }
    if (!object) co_return fail(std::move(object).error());
    source.object = *std::move(object);
    TARN_CO_TRY(const auto customer,
                read_customer_key(services, request, kSourceCustomerKeyPrefix));
    TARN_CO_TRY(source.data_key,
                open_data_key(services, {source.bucket->partition(), source.key},
                              source.object.record.attributes.encryption, customer));
    auto holds = check_conditions(request, source.object.record, services.clock.now());
    if (!holds) co_return fail(std::move(holds).error());
    co_return source;
}

// For the server access log of the source's bucket.
void note_read(const Services& services, const Request& request,
               const Result<CopySource, Error>& outcome) {
    const auto name = parse_copy_source(request.header("x-amz-copy-source"));
    if (!name) return;
    const BucketPtr bucket = services.buckets.find(name->bucket);
    if (!bucket || !bucket->logging) return;
    constexpr int kRead = 200;
    const bool is_part = request.parameter("uploadId").has_value();
    ImpliedAccess access{.bucket = bucket,
                         .operation = is_part ? kCopyPartGetOperation : kCopyObjectGetOperation,
                         .key = name->key,
                         .version_id = name->version_id.value_or(""),
                         .status = kRead};
    if (outcome) {
        access.object_size = outcome->object.record.body.size;
    } else {
        access.status = status_of(outcome.error());
        access.error_code = code_of(outcome.error());
    }
    request.log_notes->implied.push_back(std::move(access));
}

}  // namespace

net::Task<Result<CopySource, Error>> find_copy_source(Services& services, const Request& request) {
    auto outcome = co_await find_source(services, request);
    if (request.log_notes) note_read(services, request, outcome);
    co_return outcome;
}

net::Task<Result<CopiedBody, Error>> copy_body(Services& services, const Request& request,
                                               CopySource& source, http::ByteRange range,
                                               const crypto::SecretKey* data_key,
                                               crypto::ChecksumAlgorithm algorithm,
                                               SlowAnswer& answer) {
    auto opened = co_await BodyStream::open(services, std::move(source.pin),
                                            source.bucket->partition(), source.object.record.body,
                                            range, source.data_key ? &*source.data_key : nullptr);
    if (!opened && opened.error() == storage::StoreError::NotFound) {
        co_return fail(no_such_key(source.key));  // removed since its record was read
    }
    if (!opened) co_return fail(store_failure(opened.error(), "opening a copy's source"));
    BodyStream stream = *std::move(opened);
    BodyCollector collector(services, {request.bucket->record.id, request.key()}, data_key);
    crypto::Digest md5(crypto::DigestKind::Md5);
    crypto::Checksum checksum(algorithm);
    const auto buffer = std::make_unique_for_overwrite<char[]>(kCopyBytes);
    std::uint64_t copied = 0;
    while (copied < range.length) {
        const auto got = co_await stream.read({buffer.get(), kCopyBytes});
        if (!got) co_return fail(store_failure(got.error(), "reading a copy's source"));
        if (*got == 0) co_return fail(store_failure(storage::StoreError::Corrupt, "a body's size"));
        const std::string_view bytes(buffer.get(), *got);
        const auto stored = co_await services.pool.run([&] {
            md5.update(bytes);
            checksum.update(bytes);
            return collector.append(bytes);
        });
        if (!stored) co_return fail(store_failure(stored.error(), "writing a copy"));
        copied += bytes.size();
        // What nobody waits for any more is not committed.
        if (!co_await answer.keep_alive()) co_return fail(s3_error(ErrorCode::RequestTimeout));
    }
    auto finished = co_await services.pool.run([&] { return collector.finish(); });
    if (!finished) co_return fail(store_failure(finished.error(), "finishing a copy"));
    co_return CopiedBody{
        .body = *std::move(finished),
        .md5 = md5.finish(),
        .checksum = {.algorithm = algorithm, .value = to_base64(checksum.finish())}};
}

}  // namespace tarn::s3
