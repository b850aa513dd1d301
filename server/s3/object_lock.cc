#include "server/s3/object_lock.h"

#include "common/base/text.h"
#include "common/base/time_text.h"
#include "common/xml/writer.h"
#include "server/s3/access.h"
#include "server/s3/document_schema.h"
#include "server/s3/owner_xml.h"
#include "server/s3/payload.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace tarn::s3 {
namespace {

constexpr std::string_view kModeHeader = "x-amz-object-lock-mode";
constexpr std::string_view kUntilHeader = "x-amz-object-lock-retain-until-date";
constexpr std::string_view kHoldHeader = "x-amz-object-lock-legal-hold";

constexpr std::int64_t kMaxDays = 36'500;
constexpr std::int64_t kMaxYears = 100;
constexpr std::chrono::days kYear{365};  // as S3 counts

constexpr std::array<std::string_view, 2> kModes = {"GOVERNANCE", "COMPLIANCE"};

bool is_active(const std::optional<Retention>& retention, WallTime now) {
    return retention && retention->until > now;
}

Error malformed() {
    return s3_error(ErrorCode::MalformedXML);
}

constexpr ElementRow kDefaultRetentionRows[] = {
    {.name = "Mode", .count = Count::One, .choices = "GOVERNANCE|COMPLIANCE"},
    {.name = "Days"},
    {.name = "Years"},
};
constexpr Shape kDefaultRetention{kDefaultRetentionRows};
constexpr ElementRow kRuleRows[] = {{.name = "DefaultRetention",
                                     .count = Count::One,
                                     .kind = ElementKind::Group,
                                     .shape = &kDefaultRetention}};
constexpr Shape kRule{kRuleRows};
constexpr ElementRow kConfigurationRows[] = {
    {.name = "ObjectLockEnabled", .count = Count::One, .choices = "Enabled"},
    {.name = "Rule", .kind = ElementKind::Group, .shape = &kRule},
};
constexpr Shape kConfiguration{kConfigurationRows};

Result<std::uint32_t, Error> read_period(const xml::Node& period, std::int64_t max) {
    const auto number = parse_int(trim(period.text));
    if (!number) return fail(malformed());
    if (*number <= 0) {
        return fail(invalid_argument("Default retention period must be a positive integer value.",
                                     period.name, period.text));
    }
    if (*number > max) {
        return fail(
            invalid_argument("Default retention period too large.", period.name, period.text));
    }
    return static_cast<std::uint32_t>(*number);
}

Result<ObjectLockRules::DefaultRetention, Error> read_default(const xml::Node& retention) {
    const xml::Node* const days = retention.find("Days");
    const xml::Node* const years = retention.find("Years");
    const auto mode = parse_lock_mode(retention.text_of("Mode"));
    if (!mode || !days == !years) return fail(malformed());
    ObjectLockRules::DefaultRetention read{.mode = *mode, .in_years = years != nullptr};
    TARN_TRY(read.period, years ? read_period(*years, kMaxYears) : read_period(*days, kMaxDays));
    return read;
}

Result<std::optional<Retention>, Error> read_retention(const Request& request, WallTime now) {
    const auto mode = request.header_or_parameter(kModeHeader);
    const auto until = request.header_or_parameter(kUntilHeader);
    if (!mode && !until) return std::nullopt;
    if (!mode || !until) {
        return fail(
            invalid_argument("x-amz-object-lock-retain-until-date and "
                             "x-amz-object-lock-mode must both be supplied",
                             mode ? kUntilHeader : kModeHeader, ""));
    }
    const auto parsed_mode = parse_lock_mode(*mode);
    if (!parsed_mode) {
        return fail(invalid_argument("Unknown wormMode directive.", kModeHeader, *mode));
    }
    const auto time = parse_iso8601(*until);
    if (!time) {
        return fail(invalid_argument("The retain until date must be provided in ISO 8601 format",
                                     kUntilHeader, *until));
    }
    if (*time <= now) {
        return fail(
            invalid_argument("The retain until date must be in the future!", kUntilHeader, *until));
    }
    return Retention{.mode = *parsed_mode, .until = *time};
}

Result<std::optional<bool>, Error> read_hold(const Request& request) {
    const auto hold = request.header_or_parameter(kHoldHeader);
    if (!hold) return std::nullopt;
    if (*hold == "ON") return true;
    if (*hold == "OFF") return false;
    return fail(invalid_argument("Legal Hold must be either of 'ON' or 'OFF'", kHoldHeader, *hold));
}

}  // namespace

std::string_view to_text(LockMode mode) {
    return kModes[static_cast<std::size_t>(mode)];
}

std::optional<LockMode> parse_lock_mode(std::string_view text) {
    const auto found = std::ranges::find(kModes, text);
    if (found == kModes.end()) return std::nullopt;
    return static_cast<LockMode>(found - kModes.begin());
}

Result<ObjectLockRules, Error> parse_lock_rules(const std::string& document) {
    TARN_TRY(const xml::Node parsed,
             parse_shaped(document, "ObjectLockConfiguration", kConfiguration));
    ObjectLockRules rules;
    if (const xml::Node* const rule = parsed.find("Rule")) {
        TARN_TRY(rules.default_retention, read_default(rule->children.front()));
    }
    return rules;
}

std::string lock_rules_xml(const ObjectLockRules& rules) {
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("ObjectLockConfiguration", {{"xmlns", kS3Xmlns}});
    writer.element("ObjectLockEnabled", "Enabled");
    if (const auto& retention = rules.default_retention) {
        writer.open("Rule").open("DefaultRetention");
        writer.element("Mode", to_text(retention->mode));
        writer.element(retention->in_years ? "Years" : "Days", retention->period);
        writer.close().close();
    }
    writer.close();
    return out;
}

bool is_protected(const ObjectLock& lock, WallTime now, bool bypass) {
    if (lock.legal_hold.value_or(false)) return true;
    if (!is_active(lock.retention, now)) return false;
    return lock.retention->mode == LockMode::Compliance || !bypass;
}

Error locked_error() {
    return s3_error(ErrorCode::AccessDenied,
                    "Access Denied because object protected by object lock.");
}

Result<void, Error> check_retention_change(const std::optional<Retention>& old,
                                           const std::optional<Retention>& wanted, WallTime now,
                                           bool bypass) {
    if (!is_active(old, now)) return {};
    const bool extends = wanted && wanted->mode == old->mode && wanted->until >= old->until;
    if (extends) return {};
    if (old->mode == LockMode::Governance && bypass) return {};
    return fail(locked_error());
}

std::optional<Retention> default_retention(const Bucket& bucket, WallTime now) {
    if (!bucket.object_lock || !bucket.object_lock->default_retention) return std::nullopt;
    const auto& rule = *bucket.object_lock->default_retention;
    const auto unit = rule.in_years ? kYear : std::chrono::days(1);
    return Retention{.mode = rule.mode, .until = now + rule.period * unit};
}

Result<ObjectLock, Error> read_lock_headers(const Request& request, WallTime now) {
    ObjectLock lock;
    TARN_TRY(lock.retention, read_retention(request, now));
    TARN_TRY(lock.legal_hold, read_hold(request));
    const bool asked = lock != ObjectLock{};
    if (asked && request.auth.identity.anonymous()) {
        return fail(invalid_argument(
            "Put Object requests with Object Lock parameters require AWS Signature Version 4",
            "Authorization", ""));
    }
    if (asked && !request.bucket->object_lock) {
        return fail(
            s3_error(ErrorCode::InvalidRequest, "Bucket is missing Object Lock Configuration"));
    }
    if (lock.retention) {
        auto ok = check_object_access(request, "s3:PutObjectRetention", request.key());
        if (!ok) return fail(std::move(ok).error());
    }
    if (lock.legal_hold) {
        auto ok = check_object_access(request, "s3:PutObjectLegalHold", request.key());
        if (!ok) return fail(std::move(ok).error());
    }
    const bool locks = asked || default_retention(*request.bucket, now);
    if (!locks || request.operation->name != "PutObject") return lock;
    TARN_TRY(const DigestClaims claims, read_digest_claims(request));
    if (claims.content_md5 || claims.announced) return lock;
    return fail(s3_error(ErrorCode::InvalidRequest,
                         "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object "
                         "requests with Object Lock parameters"));
}

Result<bool, Error> read_bypass(const Services& services, const Request& request,
                                std::string_view key, std::optional<std::string_view> version_id) {
    const auto value = request.head.fields.find(kBypassHeader);
    if (!value) return false;
    if (!request.bucket->object_lock) {
        if (services.compat.bypass_without_lock) return false;
        return fail(
            invalid_argument("x-amz-bypass-governance-retention is only applicable to "
                             "Object Lock enabled buckets.",
                             kBypassHeader, *value));
    }
    if (!iequals(*value, "true")) return false;
    auto allowed = check_object_access(request, "s3:BypassGovernanceRetention", key, version_id);
    if (!allowed) return fail(std::move(allowed).error());
    return true;
}

void add_lock_fields(http::HeadBuilder& head, const Request& request, const ObjectLock& lock) {
    const auto version_id = request.parameter("versionId");
    if (lock.retention &&
        check_object_access(request, "s3:GetObjectRetention", request.key(), version_id)) {
        head.add(kModeHeader, to_text(lock.retention->mode));
        head.add(kUntilHeader, format_iso8601_ms(lock.retention->until));
    }
    if (lock.legal_hold &&
        check_object_access(request, "s3:GetObjectLegalHold", request.key(), version_id)) {
        head.add(kHoldHeader, *lock.legal_hold ? "ON" : "OFF");
    }
}

}  // namespace tarn::s3
