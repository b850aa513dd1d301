#include "server/s3/stored_configurations.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/xml/document.h"
#include "server/s3/bucket_update.h"
#include "server/s3/configuration_shapes.h"
#include "server/s3/operations.h"
#include "server/s3/owner_xml.h"
#include "server/s3/payload.h"

#include <algorithm>

namespace tarn::s3 {
namespace {

constexpr std::string_view kAes256Rule =
    "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
    "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>";

// clang-format off
constexpr ConfigurationRow kRows[] = {
    {.subresource = "abac", .root = "AbacStatus", .shape = &kAbacShape, .default_content = "<Status>Disabled</Status>"},
    {.subresource = "accelerate", .root = "AccelerateConfiguration", .shape = &kAccelerateShape, .rule = check_accelerate},
    {.subresource = "analytics", .root = "AnalyticsConfiguration", .shape = &kAnalyticsShape, .absent = ErrorCode::NoSuchConfiguration, .list_root = "ListBucketAnalyticsConfigurationResult"},
    {.subresource = "cors", .root = "CORSConfiguration", .shape = &kCorsShape, .rule = check_cors, .absent = ErrorCode::NoSuchCORSConfiguration},
    {.subresource = "encryption", .root = "ServerSideEncryptionConfiguration", .shape = &kEncryptionShape, .rule = check_encryption, .default_content = kAes256Rule},
    {.subresource = "intelligent-tiering", .root = "IntelligentTieringConfiguration", .shape = &kIntelligentTieringShape, .absent = ErrorCode::NoSuchConfiguration, .list_root = "ListBucketIntelligentTieringConfigurationsOutput"},
    {.subresource = "inventory", .root = "InventoryConfiguration", .shape = &kInventoryShape, .absent = ErrorCode::NoSuchConfiguration, .list_root = "ListInventoryConfigurationsResult"},
    {.subresource = "lifecycle", .root = "LifecycleConfiguration", .shape = &kLifecycleShape, .rule = check_lifecycle, .absent = ErrorCode::NoSuchLifecycleConfiguration,
     .kept_header = "x-amz-transition-default-minimum-object-size", .kept_header_choices = "all_storage_classes_128K|varies_by_storage_class"},
    {.subresource = "logging", .root = "BucketLoggingStatus", .shape = &kLoggingShape, .rule = check_logging},
    {.subresource = "metrics", .root = "MetricsConfiguration", .shape = &kMetricsShape, .absent = ErrorCode::NoSuchConfiguration, .list_root = "ListMetricsConfigurationsResult"},
    {.subresource = "notification", .root = "NotificationConfiguration", .shape = &kNotificationShape, .rule = check_notification},
    {.subresource = "replication", .root = "ReplicationConfiguration", .shape = &kReplicationShape, .rule = check_replication, .absent = ErrorCode::ReplicationConfigurationNotFoundError},
    {.subresource = "requestPayment", .root = "RequestPaymentConfiguration", .shape = &kRequestPaymentShape, .default_content = "<Payer>BucketOwner</Payer>"},
    {.subresource = "tagging", .root = "Tagging", .shape = &kTaggingShape, .rule = check_bucket_tags, .absent = ErrorCode::NoSuchTagSet, .put_status = 204},
    {.subresource = "website", .root = "WebsiteConfiguration", .shape = &kWebsiteShape, .rule = check_website, .absent = ErrorCode::NoSuchWebsiteConfiguration},
};
// clang-format on

// The row of the request's operation, which is told apart by it.
const ConfigurationRow& row_of(const Request& request) {
    const std::string_view name = request.operation->selectors.front().name;
    const auto found = std::ranges::find(kRows, name, &ConfigurationRow::subresource);
    CHECK(found != std::end(kRows));
    return *found;
}

bool is_id_character(char c) {
    const char lower = to_lower(c);
    return (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.';
}

// The name under which the record stores the request's configuration: "inventory/id" where it has
// an id, else the subresource.
Result<std::string, Error> stored_name(const Request& request, const ConfigurationRow& row) {
    if (row.list_root.empty()) return std::string(row.subresource);
    const std::string_view id = request.parameter("id").value_or("");
    if (id.empty() || id.size() > kMaxConfigurationIdBytes ||
        !std::ranges::all_of(id, is_id_character)) {
        return fail(s3_error(ErrorCode::InvalidConfigurationId));
    }
    return std::string(row.subresource) + "/" + std::string(id);
}

std::string kept_header_name(const ConfigurationRow& row) {
    return std::string(row.subresource) + "#" + std::string(row.kept_header);
}

// The type of a Grantee is an attribute and follows from which of its children there is.
void write_grantee_type(xml::Writer& writer, const xml::Node& grantee) {
    writer.attribute("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
    writer.attribute("xsi:type", grantee.find("URI")            ? "Group"
                                 : grantee.find("EmailAddress") ? "AmazonCustomerByEmail"
                                                                : "CanonicalUser");
}

void write_content(xml::Writer& writer, const xml::Node& node) {
    writer.text(node.text);
    for (const xml::Node& child : node.children) {
        writer.open(child.name);
        if (child.name == "Grantee") write_grantee_type(writer, child);
        write_content(writer, child);
        writer.close();
    }
}

std::string document_head(const ConfigurationRow& row) {
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open(row.root, {{"xmlns", kS3Xmlns}});
    return out;
}

std::string write_document(const ConfigurationRow& row, const xml::Node& document) {
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open(row.root, {{"xmlns", kS3Xmlns}});
    write_content(writer, document);
    writer.close();
    return out;
}

std::string default_document(const ConfigurationRow& row) {
    std::string out = document_head(row);
    out.append(row.default_content).append("</").append(row.root).append(">");
    return out;
}

Result<xml::Node, Error> read_configuration(const ConfigurationRow& row, std::string_view text) {
    if (text.empty()) return fail(s3_error(ErrorCode::MissingRequestBodyError));
    return parse_shaped(text, row.root, *row.shape, {.max_bytes = kMaxXmlBodyBytes});
}

// The value of the header that the row keeps; empty where it keeps none.
Result<std::string_view, Error> read_kept_header(const Request& request,
                                                 const ConfigurationRow& row) {
    if (row.kept_header.empty()) return std::string_view{};
    const auto choices = split(row.kept_header_choices, '|');
    const auto value = request.head.fields.find(row.kept_header);
    if (!value) return choices.front();
    if (std::ranges::find(choices, *value) == choices.end()) {
        return fail(
            s3_error(ErrorCode::InvalidRequest,
                     "Invalid TransitionDefaultMinimumObjectSize found: " + std::string(*value)));
    }
    return *value;
}

std::string_view shown_kept_header(const BucketRecord& record, const ConfigurationRow& row) {
    if (row.kept_header.empty()) return {};
    const std::string_view kept = stored_document(record, kept_header_name(row));
    return kept.empty() ? split(row.kept_header_choices, '|').front() : kept;
}

Result<void, Error> check_room(const BucketConfigurations& configurations,
                               const ConfigurationRow& row, const std::string& name) {
    if (row.list_root.empty() || configurations.contains(name)) return {};
    const std::string prefix = std::string(row.subresource) + "/";
    const auto count = std::ranges::count_if(
        configurations, [&](const auto& entry) { return entry.first.starts_with(prefix); });
    if (static_cast<std::size_t>(count) < kMaxConfigurationCount) return {};
    return fail(s3_error(ErrorCode::TooManyConfigurations));
}

std::optional<ErrorCode> absent_code(const Services& services, const ConfigurationRow& row) {
    if (services.compat.bucket_encryption_unset && row.shape == &kEncryptionShape) {
        return ErrorCode::ServerSideEncryptionConfigurationNotFoundError;
    }
    return row.absent;
}

Error absent_error(const ConfigurationRow& row, ErrorCode code, const Bucket& bucket) {
    Error error = s3_error(code);
    if (row.list_root.empty()) error.details.emplace_back("BucketName", bucket.name);
    return error;
}

}  // namespace

net::Task<Outcome> put_configuration(Services& services, Request& request) {
    const ConfigurationRow& row = row_of(request);
    TARN_CO_TRY(const std::string name, stored_name(request, row));
    TARN_CO_TRY(const std::string text, co_await read_document(request, kMaxXmlBodyBytes));
    TARN_CO_TRY(xml::Node document, read_configuration(row, text));
    if (!row.list_root.empty() && document.text_of("Id") != request.parameter("id")) {
        co_return fail(s3_error(ErrorCode::IdMismatch));
    }
    TARN_CO_TRY(const std::string_view kept, read_kept_header(request, row));
    if (row.rule) {
        auto valid = row.rule({services, *request.bucket}, document);
        if (!valid) co_return valid;
    }
    // A document that says nothing is as good as none.
    const std::string stored = document.children.empty() ? "" : write_document(row, document);
    auto updated = co_await update_bucket(
        services, *request.bucket, [&](Bucket& bucket) -> Result<void, Error> {
            BucketConfigurations& configurations = bucket.record.configurations;
            if (auto ok = check_room(configurations, row, name); !ok) return ok;
            configurations.erase(name);
            if (!stored.empty()) configurations.emplace(name, stored);
            if (!kept.empty()) configurations.insert_or_assign(kept_header_name(row), kept);
            return {};
        });
    if (!updated) co_return updated;
    co_return respond_empty(request, row.put_status, {{row.kept_header, kept}});
}

net::Task<Outcome> get_configuration(Services& services, Request& request) {
    const ConfigurationRow& row = row_of(request);
    TARN_CO_TRY(const std::string name, stored_name(request, row));
    const BucketRecord& record = request.bucket->record;
    const std::string_view stored = stored_document(record, name);
    const std::optional<ErrorCode> absent = absent_code(services, row);
    if (stored.empty() && absent) co_return fail(absent_error(row, *absent, *request.bucket));
    co_return respond_xml(request, stored.empty() ? default_document(row) : std::string(stored),
                          {{row.kept_header, shown_kept_header(record, row)}});
}

net::Task<Outcome> delete_configuration(Services& services, Request& request) {
    const ConfigurationRow& row = row_of(request);
    TARN_CO_TRY(const std::string name, stored_name(request, row));
    const bool is_there = !stored_document(request.bucket->record, name).empty();
    if (!is_there && !row.list_root.empty()) {
        co_return fail(s3_error(ErrorCode::NoSuchConfiguration));
    }
    if (is_there) {
        auto updated = co_await update_bucket(
            services, *request.bucket, [&](Bucket& bucket) -> Result<void, Error> {
                bucket.record.configurations.erase(name);
                if (!row.kept_header.empty()) {
                    bucket.record.configurations.erase(kept_header_name(row));
                }
                return {};
            });
        if (!updated) co_return updated;
    }
    co_return respond_empty(request, 204);
}

net::Task<Outcome> list_configurations(Services&, Request& request) {
    const ConfigurationRow& row = row_of(request);
    const std::string prefix = std::string(row.subresource) + "/";
    const std::string_view token = request.parameter("continuation-token").value_or("");
    const auto after = from_base64(token);
    if (!after) {
        co_return fail(invalid_argument("The continuation token provided is incorrect",
                                        "continuation-token", token));
    }
    const std::size_t head_size = document_head(row).size();
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open(row.list_root, {{"xmlns", kS3Xmlns}});
    std::size_t count = 0;
    std::string_view last;
    bool truncated = false;
    for (const auto& [name, document] : request.bucket->record.configurations) {
        if (!name.starts_with(prefix)) continue;
        const std::string_view id = std::string_view(name).substr(prefix.size());
        if (id <= *after) continue;
        truncated = count == kConfigurationPageSize;
        if (truncated) break;
        ++count;
        last = id;
        // Without its declaration and its namespace, which is the list's.
        writer.raw("<").raw(row.root).raw(">");
        writer.raw(std::string_view(document).substr(head_size));
    }
    writer.element("IsTruncated", truncated);
    if (!token.empty()) writer.element("ContinuationToken", token);
    if (truncated) writer.element("NextContinuationToken", to_base64(last));
    writer.close();
    co_return respond_xml(request, std::move(out));
}

}  // namespace tarn::s3
