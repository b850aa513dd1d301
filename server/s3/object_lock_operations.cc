// The object lock of a bucket, and retention and legal hold of object versions.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html

#include "common/base/time_text.h"
#include "common/xml/writer.h"
#include "server/s3/bucket_update.h"
#include "server/s3/document_schema.h"
#include "server/s3/object_lock.h"
#include "server/s3/object_lookup.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"
#include "server/s3/payload.h"

namespace tarn::s3 {
namespace {

Error no_object_lock() {
    return s3_error(ErrorCode::InvalidRequest, "Bucket is missing Object Lock Configuration");
}

constexpr ElementRow kRetentionRows[] = {{.name = "Mode", .choices = "GOVERNANCE|COMPLIANCE"},
                                         {.name = "RetainUntilDate"}};
constexpr Shape kRetention{kRetentionRows};
constexpr ElementRow kHoldRows[] = {{.name = "Status", .count = Count::One, .choices = "ON|OFF"}};
constexpr Shape kHold{kHoldRows};

// Nothing: an empty element, which takes the retention away.
Result<std::optional<Retention>, Error> parse_retention(const std::string& text, WallTime now) {
    TARN_TRY(const xml::Node document, parse_shaped(text, "Retention", kRetention));
    const xml::Node* const mode = document.find("Mode");
    const xml::Node* const until = document.find("RetainUntilDate");
    if (!mode && !until) return std::nullopt;
    if (!mode || !until) return fail(s3_error(ErrorCode::MalformedXML));
    const auto parsed_mode = parse_lock_mode(mode->text);
    const auto time = parse_iso8601(until->text);
    if (!parsed_mode || !time) return fail(s3_error(ErrorCode::MalformedXML));
    if (*time <= now) {
        return fail(invalid_argument("The retain until date must be in the future!",
                                     "RetainUntilDate", until->text));
    }
    return Retention{.mode = *parsed_mode, .until = *time};
}

Result<bool, Error> parse_hold(const std::string& text) {
    TARN_TRY(const xml::Node document, parse_shaped(text, "LegalHold", kHold));
    return document.text_of("Status") == "ON";
}

// The body of a request that changes a lock.
net::Task<Result<std::string, Error>> read_lock_document(Request& request) {
    TARN_CO_TRY(std::string text, co_await read_document(request, kMaxXmlBodyBytes));
    if (text.empty()) co_return fail(s3_error(ErrorCode::MalformedXML));
    if (!request.bucket->object_lock) co_return fail(no_object_lock());
    co_return text;
}

net::Task<Result<ObjectLock, Error>> load_lock(Services& services, const Request& request) {
    if (!request.bucket->object_lock) co_return fail(no_object_lock());
    TARN_CO_TRY(const ObjectVersion object, co_await load_requested_object(services, request));
    co_return object.record.attributes.lock;
}

}  // namespace

net::Task<Outcome> put_object_lock_configuration(Services& services, Request& request) {
    TARN_CO_TRY(const std::string text, co_await read_document(request, kMaxXmlBodyBytes));
    if (text.empty()) co_return fail(s3_error(ErrorCode::MalformedXML));
    TARN_CO_TRY(const ObjectLockRules rules, parse_lock_rules(text));
    auto updated = co_await update_bucket(
        services, *request.bucket, [&rules](Bucket& bucket) -> Result<void, Error> {
            BucketRecord& record = bucket.record;
            if (record.versioning != Versioning::Enabled) {
                return fail(s3_error(ErrorCode::InvalidBucketState,
                                     "Versioning must be 'Enabled' on the bucket to apply a "
                                     "Object Lock configuration"));
            }
            record.configurations.insert_or_assign(std::string(kObjectLockConfiguration),
                                                   lock_rules_xml(rules));
            return {};
        });
    if (!updated) co_return updated;
    co_return respond_empty(request, 200);
}

net::Task<Outcome> get_object_lock_configuration(Services&, Request& request) {
    if (!request.bucket->object_lock) {
        co_return fail(s3_error(ErrorCode::ObjectLockConfigurationNotFoundError, {},
                                {{"BucketName", request.bucket->name}}));
    }
    co_return respond_xml(request, lock_rules_xml(*request.bucket->object_lock));
}

net::Task<Outcome> put_object_retention(Services& services, Request& request) {
    const WallTime now = services.clock.now();
    TARN_CO_TRY(const std::string text, co_await read_lock_document(request));
    TARN_CO_TRY(const auto wanted, parse_retention(text, now));
    TARN_CO_TRY(const bool bypass,
                read_bypass(services, request, request.key(), request.parameter("versionId")));
    auto updated =
        co_await update_object(services, request, [&](ObjectRecord& record) -> Result<void, Error> {
            auto& retention = record.attributes.lock.retention;
            if (auto ok = check_retention_change(retention, wanted, now, bypass); !ok) return ok;
            retention = wanted;
            return {};
        });
    if (!updated) co_return fail(std::move(updated).error());
    co_return respond_empty(request, 200);
}

net::Task<Outcome> get_object_retention(Services& services, Request& request) {
    TARN_CO_TRY(const ObjectLock lock, co_await load_lock(services, request));
    if (!lock.retention) co_return fail(s3_error(ErrorCode::NoSuchObjectLockConfiguration));
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("Retention", {{"xmlns", kS3Xmlns}});
    writer.element("Mode", to_text(lock.retention->mode));
    writer.element("RetainUntilDate", format_iso8601_ms(lock.retention->until));
    writer.close();
    co_return respond_xml(request, std::move(out));
}

net::Task<Outcome> put_object_legal_hold(Services& services, Request& request) {
    TARN_CO_TRY(const std::string text, co_await read_lock_document(request));
    TARN_CO_TRY(const bool hold, parse_hold(text));
    auto updated = co_await update_object(services, request,
                                          [hold](ObjectRecord& record) -> Result<void, Error> {
                                              record.attributes.lock.legal_hold = hold;
                                              return {};
                                          });
    if (!updated) co_return fail(std::move(updated).error());
    co_return respond_empty(request, 200);
}

net::Task<Outcome> get_object_legal_hold(Services& services, Request& request) {
    TARN_CO_TRY(const ObjectLock lock, co_await load_lock(services, request));
    if (!lock.legal_hold) co_return fail(s3_error(ErrorCode::NoSuchObjectLockConfiguration));
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("LegalHold", {{"xmlns", kS3Xmlns}});
    writer.element("Status", *lock.legal_hold ? "ON" : "OFF").close();
    co_return respond_xml(request, std::move(out));
}

}  // namespace tarn::s3
