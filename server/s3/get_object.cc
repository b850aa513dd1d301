// GetObject and HeadObject.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html

#include "server/s3/get_object.h"

#include "common/base/text.h"
#include "common/base/time_text.h"
#include "common/observe/log.h"
#include "server/s3/access.h"
#include "server/s3/body_stream.h"
#include "server/s3/object_lock.h"
#include "server/s3/operations.h"

#include <algorithm>
#include <array>
#include <optional>

namespace tarn::s3 {
namespace {

constexpr std::size_t kReadBytes = 512 * 1024;

struct ResponseOverride {
    std::string_view parameter;
    std::string_view field;
};
constexpr std::array<ResponseOverride, 6> kOverrides = {{
    {"response-content-type", "Content-Type"},
    {"response-content-language", "Content-Language"},
    {"response-expires", "Expires"},
    {"response-cache-control", "Cache-Control"},
    {"response-content-disposition", "Content-Disposition"},
    {"response-content-encoding", "Content-Encoding"},
}};

// Whether the UTF-8 text has only characters up to U+00FF.
bool fits_iso_8859_1(std::string_view text) {
    constexpr unsigned char kLeadOfLast = 0xc3;
    return std::ranges::all_of(text,
                               [](char c) { return static_cast<unsigned char>(c) <= kLeadOfLast; });
}

// Applies response-* parameters to the stored attributes.
Result<void, Error> apply_overrides(const Request& request, ObjectAttributes& attributes) {
    for (const ResponseOverride& row : kOverrides) {
        const auto value = request.parameter(row.parameter);
        if (!value) continue;
        if (request.auth.identity.anonymous()) {
            return fail(s3_error(ErrorCode::InvalidRequest,
                                 "Request specific response headers cannot be used for anonymous "
                                 "GET requests."));
        }
        if (!fits_iso_8859_1(*value)) {
            return fail(invalid_argument("Header value cannot be represented using ISO-8859-1.",
                                         row.parameter, *value));
        }
        if (row.field == "Content-Type") {
            attributes.content_type = *value;
            continue;
        }
        std::erase_if(attributes.system_headers,
                      [&](const auto& header) { return header.first == row.field; });
        attributes.system_headers.emplace_back(row.field, *value);
    }
    return {};
}

Error not_satisfiable(const Request& request, std::uint64_t size) {
    Error error = s3_error(ErrorCode::InvalidRange, {},
                           {{"RangeRequested", std::string(request.header("range"))},
                            {"ActualObjectSize", std::to_string(size)}});
    error.headers.emplace_back("Content-Range", http::format_unsatisfied_content_range(size));
    return error;
}

Result<void, Error> select_range(const Request& request, GetPlan& plan) {
    const auto header = request.head.fields.find("range");
    if (!header) return {};
    const auto spec = http::parse_range_header(*header);
    if (!spec) return {};  // ignored: the whole object (s3.md 3.6)
    const auto range = http::resolve_range(*spec, plan.record.body.size);
    if (!range) return fail(not_satisfiable(request, plan.record.body.size));
    plan.range = *range;
    plan.partial = true;
    return {};
}

Error no_such_part(std::uint64_t number, std::uint64_t count) {
    return s3_error(ErrorCode::InvalidPartNumber, {},
                    {{"PartNumberRequested", std::to_string(number)},
                     {"ActualPartCount", std::to_string(count)}});
}

// Whoever may not read an object's tags does not learn that there are some.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (x-amz-tagging-count)
bool may_read_tags(const Request& request, const ObjectRecord& object) {
    const std::string_view action =
        request.parameter("versionId") ? "s3:GetObjectVersionTagging" : "s3:GetObjectTagging";
    return check_object_access(request, *request.bucket, action, request.key(), &object,
                               request.parameter("versionId"))
        .has_value();
}

}  // namespace

Result<std::optional<std::uint32_t>, Error> read_part_number(const Request& request) {
    const auto text = request.parameter("partNumber");
    if (!text) return std::nullopt;
    const auto number = parse_uint(*text);
    if (!number || *number < 1 || *number > kMaxPartNumber) {
        return fail(invalid_argument(
            "Part number must be an integer between 1 and 10000, inclusive", "partNumber", *text));
    }
    return static_cast<std::uint32_t>(*number);
}

Result<GetPlan, Error> plan_get(const Request& request, ObjectVersion object, WallTime now) {
    GetPlan plan{.version_id = shown_version_id(*request.bucket, request.key(), object)};
    plan.record = std::move(object.record);
    const http::Fields& fields = request.head.fields;
    const http::Conditions conditions{.if_match = fields.find("if-match"),
                                      .if_none_match = fields.find("if-none-match"),
                                      .if_modified_since = fields.find("if-modified-since"),
                                      .if_unmodified_since = fields.find("if-unmodified-since")};
    const http::ConditionOutcome outcome = http::evaluate_read(
        conditions, {.etag = plan.record.etag, .last_modified = plan.record.last_modified}, now);
    if (outcome.result == http::ConditionResult::PreconditionFailed) {
        return fail(s3_error(ErrorCode::PreconditionFailed, {},
                             {{"Condition", std::string(outcome.failed)}}));
    }
    plan.not_modified = outcome.result == http::ConditionResult::NotModified;
    plan.range = {.offset = 0, .length = plan.record.body.size};
    TARN_TRY(plan.part_number, read_part_number(request));
    if (plan.part_number && fields.has("range")) {
        return fail(s3_error(ErrorCode::InvalidRequest,
                             "Cannot specify both Range header and partNumber query parameter"));
    }
    if (auto done = apply_overrides(request, plan.record.attributes); !done) {
        return fail(std::move(done).error());
    }
    if (plan.not_modified) return plan;
    if (plan.part_number && plan.record.part_count == 0) {
        // A plain object is its own only part.
        if (*plan.part_number != 1) return fail(no_such_part(*plan.part_number, 1));
        plan.partial = plan.record.body.size > 0;
    }
    if (auto done = select_range(request, plan); !done) return fail(std::move(done).error());
    return plan;
}

void write_get_head(Request& request, const GetPlan& plan) {
    const ObjectRecord& record = plan.record;
    if (request.log_notes) request.log_notes->object_size = record.body.size;
    const int status = plan.not_modified ? 304 : plan.partial ? 206 : 200;
    http::HeadBuilder& head = begin_response(request, status);
    head.add("Last-Modified", format_http_date(record.last_modified));
    std::array<char, 64> quoted;
    if (record.etag.size() + 2 <= quoted.size()) {
        quoted[0] = '"';
        std::ranges::copy(record.etag, quoted.begin() + 1);
        quoted[record.etag.size() + 1] = '"';
        head.add("ETag", std::string_view(quoted.data(), record.etag.size() + 2));
    }
    add_version_field(head, plan.version_id);
    if (!plan.not_modified) head.add("Content-Type", record.attributes.content_type);
    add_attribute_fields(head, record.attributes);
    add_lock_fields(head, request, record.attributes.lock);
    add_encryption_fields(head, request, record.attributes.encryption);
    if (plan.not_modified) return;
    if (const auto& tags = record.attributes.tags;
        !tags.empty() && may_read_tags(request, record)) {
        head.add("x-amz-tagging-count", tags.size());
    }
    head.add_raw("Accept-Ranges: bytes\r\n");
    if (plan.partial) {
        head.add("Content-Range", http::format_content_range(plan.range, record.body.size));
    }
    if (plan.part_number && record.part_count > 0) {
        head.add("x-amz-mp-parts-count", record.part_count);
    }
    // Of a range nothing is known.
    const bool whole = !plan.part_number && plan.range.length == record.body.size;
    const bool only_part = plan.part_number && record.part_count == 0;
    const auto& checksum = whole || only_part ? record.checksum : plan.part_checksum;
    if (checksum && iequals(request.header("x-amz-checksum-mode"), "ENABLED")) {
        head.add(crypto::checksum_header(checksum->algorithm), checksum->value);
        head.add("x-amz-checksum-type", to_text(checksum->type));
    }
}

net::Task<Result<std::optional<Manifest>, Error>> load_manifest(Services& services,
                                                                const Bucket& bucket,
                                                                const BodyRef& body) {
    const auto row = co_await load_row(services, storage::Table::Bodies, bucket.partition(),
                                       manifest_key(body.id));
    if (!row && row.error() == storage::StoreError::NotFound) co_return std::nullopt;
    if (!row) co_return fail(store_failure(row.error(), "reading a manifest"));
    auto manifest = decode_manifest(row->value);
    if (!manifest) co_return fail(store_failure(storage::StoreError::Corrupt, "a manifest"));
    co_return manifest;
}

namespace {

// Makes the plan read one part of a multipart object.
Result<void, Error> select_part(GetPlan& plan, const Manifest& manifest) {
    const std::uint32_t number = plan.part_number.value_or(0);
    std::uint64_t offset = 0;
    for (const ManifestPart& part : manifest.parts) {
        if (part.number != number) {
            offset += part.body.size;
            continue;
        }
        plan.range = {.offset = offset, .length = part.body.size};
        plan.partial = part.body.size > 0;  // no Content-Range names nothing
        if (plan.record.checksum && !part.checksum.empty()) {
            plan.part_checksum = plan.record.checksum;
            plan.part_checksum->value = part.checksum;
        }
        return {};
    }
    return fail(no_such_part(number, manifest.parts.size()));
}

net::Task<Result<GetPlan, Error>> make_plan(Services& services, Request& request) {
    if (auto ok = refuse_encryption_choice(request); !ok) {
        co_return fail(std::move(ok).error());
    }
    TARN_CO_TRY(const auto customer, read_customer_key(services, request, kCustomerKeyPrefix));
    for (int attempt = 0; attempt < kMaxReopens; ++attempt) {
        TARN_CO_TRY(ObjectVersion object, co_await load_requested_object(services, request));
        // It may be another object than the one that the caller was admitted to.
        if (object_has_a_say(request)) {
            if (auto ok = check_access(request, &object.record); !ok) {
                co_return fail(std::move(ok).error());
            }
        }
        TARN_CO_TRY(auto data_key,
                    open_data_key(services, {request.bucket->partition(), request.key()},
                                  object.record.attributes.encryption, customer));
        TARN_CO_TRY(GetPlan plan, plan_get(request, std::move(object), services.clock.now()));
        plan.data_key = std::move(data_key);
        if (!plan.part_number || plan.record.part_count == 0 || plan.not_modified) co_return plan;
        TARN_CO_TRY(const auto manifest,
                    co_await load_manifest(services, *request.bucket, plan.record.body));
        if (!manifest) continue;
        auto selected = select_part(plan, *manifest);
        if (!selected) co_return fail(std::move(selected).error());
        co_return plan;
    }
    co_return fail(
        store_failure(storage::StoreError::NotFound, "a manifest that its record names"));
}

// Streams the run of bytes; a block that fails its checksum cuts the connection, so that the client
// sees an error and never a wrong byte.
net::Task<> stream_body(Request& request, BodyStream& body, std::uint64_t length) {
    net::Exchange& exchange = request.exchange;
    if (!co_await exchange.start(length)) co_return;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(length, kReadBytes));
    const auto buffer = std::make_unique_for_overwrite<char[]>(size);
    for (;;) {
        const auto got = co_await body.read({buffer.get(), size});
        if (!got) {
            log_error("{}/{}: {} while sending the body", request.address.bucket, request.key(),
                      storage::to_text(got.error()));
            exchange.close();
            co_return;
        }
        if (*got == 0) break;
        if (!co_await exchange.write({buffer.get(), *got})) co_return;
    }
    co_await exchange.finish();
}

}  // namespace

net::Task<Outcome> get_object(Services& services, Request& request) {
    for (int attempt = 0; attempt < kMaxReopens; ++attempt) {
        auto pin = services.pins.pin();
        TARN_CO_TRY(GetPlan plan, co_await make_plan(services, request));
        if (plan.not_modified || plan.range.length == 0) {
            write_get_head(request, plan);
            request.exchange.respond({});
            co_return Outcome{};
        }
        auto body = co_await BodyStream::open(services, std::move(pin), request.bucket->partition(),
                                              plan.record.body, plan.range,
                                              plan.data_key ? &*plan.data_key : nullptr);
        if (!body && body.error() == storage::StoreError::NotFound) continue;
        if (!body) co_return fail(store_failure(body.error(), "opening a body"));
        write_get_head(request, plan);
        if (const auto whole = body->whole()) {
            request.exchange.respond(
                std::string_view(*whole).substr(plan.range.offset, plan.range.length), whole);
        } else {
            co_await stream_body(request, *body, plan.range.length);
        }
        co_return Outcome{};
    }
    co_return fail(store_failure(storage::StoreError::NotFound, "a body that its record names"));
}

net::Task<Outcome> head_object(Services& services, Request& request) {
    TARN_CO_TRY(const GetPlan plan, co_await make_plan(services, request));
    write_get_head(request, plan);
    if (plan.not_modified) {
        request.exchange.respond_without_body(std::nullopt);
    } else {
        request.exchange.respond_without_body(plan.range.length);
    }
    co_return Outcome{};
}

std::optional<ObjectVersion> ready_object(Services& services, const Request& request) {
    if (request.parameter("versionId") || request.parameter("partNumber")) return std::nullopt;
    auto row = services.metadata.get_cached(storage::Table::Objects, request.bucket->partition(),
                                            request.key());
    if (!row || !*row) return std::nullopt;
    auto object = to_version(**std::move(row), true);
    if (!object || object->record.is_delete_marker()) return std::nullopt;
    if (request.head.method == http::Method::Head) return *std::move(object);
    const BodyRef::Kind kind = object->record.body.kind;
    if (kind != BodyRef::Kind::Empty && kind != BodyRef::Kind::Inline) return std::nullopt;
    return *std::move(object);
}

bool get_object_now(Services& services, Request& request, ObjectVersion object) {
    // Those who bring keys wait: the others need not look for them.
    if (chooses_encryption(request)) return false;
    const storage::Partition partition = request.bucket->partition();
    auto plan = plan_get(request, std::move(object), services.clock.now());
    if (!plan) return false;
    const auto& encryption = plan->record.attributes.encryption;
    if (sealed_by_customer(encryption)) return false;
    std::shared_ptr<const std::string> body;
    if (!plan->not_modified && request.head.method == http::Method::Get &&
        plan->record.body.kind != BodyRef::Kind::Empty) {
        auto bytes = services.metadata.get_cached(storage::Table::Bodies, partition,
                                                  inline_body_key(plan->record.body.id));
        if (!bytes || !*bytes) return false;
        const auto data_key =
            open_data_key(services, {partition, request.key()}, encryption, std::nullopt);
        if (!data_key) return false;
        auto plain = open_inline(*data_key ? &**data_key : nullptr, plan->record.body,
                                 std::move((*bytes)->value));
        if (!plain) return false;  // which reads it again, and says what is wrong
        body = std::make_shared<const std::string>(*std::move(plain));
    }
    write_get_head(request, *plan);
    if (request.head.method == http::Method::Head) {
        request.exchange.respond_without_body(
            plan->not_modified ? std::nullopt : std::optional(plan->range.length));
    } else if (body) {
        request.exchange.respond(
            std::string_view(*body).substr(plan->range.offset, plan->range.length), body);
    } else {
        request.exchange.respond({});
    }
    return true;
}

}  // namespace tarn::s3
