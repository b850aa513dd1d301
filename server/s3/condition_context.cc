#include "server/s3/condition_context.h"

#include "common/aws/arn.h"
#include "common/aws/sigv4.h"
#include "common/base/text.h"
#include "common/base/time_text.h"
#include "server/s3/copy_source.h"
#include "server/s3/requested_tags.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

namespace tarn::s3 {
namespace {

constexpr std::string_view kTrue = "true";
constexpr std::string_view kFalse = "false";

std::string_view to_text(bool flag) {
    return flag ? kTrue : kFalse;
}

// Keys whose value is a header, most of that name.
struct HeaderKey {
    std::string_view header;
    // Whether the operations read the parameter of that name as well, for presigned URLs: what the
    // policy sees must be what they do.
    bool or_parameter = false;
    std::string_view key = header;  // behind "s3:"
};
constexpr HeaderKey kAclKeys[] = {
    {"x-amz-acl", true},         {"x-amz-grant-full-control", true},
    {"x-amz-grant-read", true},  {"x-amz-grant-read-acp", true},
    {"x-amz-grant-write", true}, {"x-amz-grant-write-acp", true},
};
// Actions besides s3:PutObject that set an ACL.
constexpr std::array<std::string_view, 4> kAclActions = {
    "s3:CreateBucket", "s3:PutBucketAcl", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"};
constexpr HeaderKey kWriteKeys[] = {
    {"x-amz-metadata-directive"},
    {"x-amz-object-lock-mode", true, "object-lock-mode"},
    {"x-amz-object-lock-retain-until-date", true, "object-lock-retain-until-date"},
    {"x-amz-object-lock-legal-hold", true, "object-lock-legal-hold"},
    {"x-amz-server-side-encryption"},
    {"x-amz-server-side-encryption-aws-kms-key-id"},
    {"x-amz-server-side-encryption-customer-algorithm"},
    {"x-amz-storage-class", true},
    {"x-amz-website-redirect-location", true},
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    {"if-match"},
    {"if-none-match"},
};

// Operations with the action s3:PutObject that make no object yet.
constexpr std::array<std::string_view, 3> kNotCreating = {"CreateMultipartUpload", "UploadPart",
                                                          "UploadPartCopy"};

void add_header_keys(aws::ConditionContext& context, const Request& request,
                     std::span<const HeaderKey> rows) {
    for (const HeaderKey& row : rows) {
        const auto value = row.or_parameter ? request.header_or_parameter(row.header)
                                            : request.head.fields.find(row.header);
        if (value) context.set(std::string("s3:").append(row.key), *value);
    }
}

void add_write_keys(aws::ConditionContext& context, const Request& request) {
    add_header_keys(context, request, kAclKeys);
    add_header_keys(context, request, kWriteKeys);
    // "bucket/key", whichever way it was written: "bucket/public/*" in AWS's example.
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    if (const auto source = request.head.fields.find("x-amz-copy-source")) {
        if (const auto name = parse_copy_source(*source)) {
            context.set("s3:x-amz-copy-source", name->bucket + "/" + name->key);
        }
    }
    const bool creates =
        request.operation &&
        std::ranges::find(kNotCreating, request.operation->name) == kNotCreating.end();
    context.set("s3:ObjectCreationOperation", to_text(creates));
}

// Of the listings themselves only: elsewhere a parameter of that name means nothing, and whoever
// asks for s3:ListBucket by the way (hide_missing_key) must not choose its own prefix.
void add_listing_keys(aws::ConditionContext& context, const Request& request) {
    const OperationRow* const operation = request.operation;
    if (request.compat.radosgw_prefix && operation && operation->resource == Resource::Object) {
        context.set("s3:prefix", request.key());
    }
    if (!operation || operation->resource != Resource::Bucket ||
        operation->method != http::Method::Get) {
        return;
    }
    for (const std::string_view name : {"prefix", "delimiter", "max-keys"}) {
        if (const auto value = request.parameter(name)) {
            context.set(std::string("s3:").append(name), *value);
        }
    }
}

void add_connection_keys(aws::ConditionContext& context, const Request& request) {
    const net::Peer& peer = request.exchange.peer();
    context.set("aws:SourceIp", peer.address);
    context.set("aws:SecureTransport", to_text(peer.tls));
    constexpr std::string_view kTlsPrefix = "TLSv";
    if (peer.tls_protocol.starts_with(kTlsPrefix)) {
        context.set("s3:TlsVersion", peer.tls_protocol.substr(kTlsPrefix.size()));
    }
    if (const std::string_view agent = request.header("user-agent"); !agent.empty()) {
        context.set("aws:UserAgent", agent);
    }
    if (const std::string_view referer = request.header("referer"); !referer.empty()) {
        context.set("aws:Referer", referer);
    }
}

void add_time_keys(aws::ConditionContext& context, const Request& request) {
    context.set("aws:CurrentTime", format_iso8601(request.received));
    const auto since_1970 = request.received.time_since_epoch();
    context.set("aws:EpochTime",
                std::to_string(std::chrono::floor<std::chrono::seconds>(since_1970).count()));
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
void add_principal_keys(aws::ConditionContext& context, const auth::Identity& identity) {
    context.set("aws:PrincipalIsAWSService",
                to_text(identity.kind == auth::PrincipalKind::Service));
    context.set("aws:ViaAWSService", kFalse);
    switch (identity.kind) {
        case auth::PrincipalKind::Anonymous:
            context.set("aws:PrincipalType", "Anonymous");
            context.set("aws:userid", "anonymous");
            break;
        case auth::PrincipalKind::Account:
            context.set("aws:PrincipalType", "Account");
            context.set("aws:userid", identity.account->id);
            context.set("aws:PrincipalAccount", identity.account->id);
            context.set("aws:PrincipalArn", aws::account_root_arn(identity.account->id));
            break;
        case auth::PrincipalKind::Service:
            context.set("aws:PrincipalServiceName", identity.service);
            break;
    }
    if (identity.source_arn.empty()) return;
    context.set("aws:SourceArn", identity.source_arn);
    const auto arn = aws::parse_arn(identity.source_arn);
    if (arn) context.set("aws:SourceAccount", arn->account);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
void add_signature_keys(aws::ConditionContext& context, const Request& request) {
    using aws::CredentialCarrier;
    constexpr std::string_view kSha256Key = "s3:x-amz-content-sha256";
    const CredentialCarrier carrier = request.auth.carrier;
    const auto sha256 = request.header_or_parameter("x-amz-content-sha256");
    if (sha256) {
        context.set(kSha256Key, *sha256);
    } else if (carrier == CredentialCarrier::QueryV4) {
        context.set(kSha256Key, "UNSIGNED-PAYLOAD");
    }
    if (carrier == CredentialCarrier::None) return;
    const bool is_v4 = carrier == CredentialCarrier::HeaderV4 ||
                       carrier == CredentialCarrier::QueryV4 ||
                       carrier == CredentialCarrier::FormV4;
    context.set("s3:signatureversion", is_v4 ? aws::kSigV4Algorithm : "AWS");
    context.set("s3:authType", request.auth.presigned() ? "REST-QUERY-STRING"
                               : request.auth.by_form() ? "POST"
                                                        : "REST-HEADER");
    // Works for presigned URLs and forms only, and is always 0 in SigV2.
    if (!request.auth.presigned() && !request.auth.by_form()) return;
    const auto age = is_v4 ? request.received - request.auth.signed_at : WallTime::duration{};
    context.set("s3:signatureAge", std::to_string(std::max(age, WallTime::duration{}).count()));
}

void add_resource_keys(aws::ConditionContext& context, const Bucket& bucket) {
    context.set("aws:ResourceAccount", bucket.record.owner_account_id);
    context.set("s3:ResourceAccount", bucket.record.owner_account_id);
    // The old name that a LocationConstraint may have.
    const std::string_view region = bucket.record.region;
    context.set("aws:RequestedRegion", region == "EU" ? "eu-west-1" : region);
}

// The actions that set tags.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
constexpr std::array<std::string_view, 3> kSettingTags = {"s3:PutObject", "s3:PutObjectTagging",
                                                          "s3:PutObjectVersionTagging"};

void add_tag_keys(aws::ConditionContext& context, const Request& request, std::string_view action,
                  const ObjectRecord* object) {
    if (object) {
        for (const auto& [key, value] : object->attributes.tags)
            context.set("s3:ExistingObjectTag/" + key, value);
    }
    if (std::ranges::find(kSettingTags, action) == kSettingTags.end()) return;
    for (const auto& [key, value] : tags_for_conditions(request)) {
        context.set("s3:RequestObjectTag/" + key, value);
        context.add("s3:RequestObjectTagKeys", key);
    }
}

}  // namespace

aws::ConditionContext condition_context(const Request& request, const Bucket& bucket,
                                        std::string_view action, const ObjectRecord* object,
                                        std::optional<std::string_view> version_id) {
    aws::ConditionContext context;
    add_connection_keys(context, request);
    add_time_keys(context, request);
    add_principal_keys(context, request.auth.identity);
    add_signature_keys(context, request);
    add_resource_keys(context, bucket);
    if (version_id) context.set("s3:VersionId", *version_id);
    if (action == "s3:PutObject") add_write_keys(context, request);
    if (std::ranges::find(kAclActions, action) != kAclActions.end()) {
        add_header_keys(context, request, kAclKeys);
    }
    add_tag_keys(context, request, action, object);
    if (action == "s3:ListBucket" || action == "s3:ListBucketVersions") {
        add_listing_keys(context, request);
    }
    return context;
}

}  // namespace tarn::s3
