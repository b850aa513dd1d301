#include "common/aws/sigv2.h"

#include "common/aws/auth_details.h"
#include "common/aws/header_name.h"
#include "common/aws/request_date.h"
#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/base/time_text.h"
#include "common/crypto/digest.h"

#include <algorithm>
#include <map>

namespace tarn::aws {
namespace {

constexpr std::string_view kScheme = "AWS";
// Stands in for the secret of an unknown access key id.
constexpr std::string_view kNoSecret = "tarn: no such access key";

// The parameters that are part of the signed resource: AWS's list, and those that botocore signs.
constexpr std::string_view kSubResources[] = {
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "defaultObjectAcl",
    "delete",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "select",
    "select-type",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
};
static_assert(std::is_sorted(std::begin(kSubResources), std::end(kSubResources)));

bool is_sub_resource(std::string_view name) {
    return std::binary_search(std::begin(kSubResources), std::end(kSubResources), name);
}

// "name:value\n" of every x-amz-* header, by name; of a presigned URL also those in its query.
void append_amz_headers(std::string& out, const SignedRequest& request, bool is_query) {
    std::map<std::string, std::string> values;
    const auto add = [&values](std::string_view name, std::string_view value) {
        if (!is_amz_name(name)) return;
        const auto [entry, is_first] = values.try_emplace(to_lower(name));
        if (!is_first) entry->second.push_back(',');
        entry->second.append(trim(value));
    };
    for (const http::Field& field : request.head.fields)
        add(field.name, field.value);
    if (is_query) {
        for (const http::QueryParameter& parameter : request.query)
            add(parameter.name, parameter.value);
    }
    for (const auto& [name, value] : values)
        out.append(name).append(":").append(value).append("\n");
}

// The path as it arrived, and the sub-resources with their values decoded.
void append_resource(std::string& out, const SignedRequest& request, std::string_view host_bucket) {
    if (!host_bucket.empty()) out.append("/").append(host_bucket);
    out.append(request.path);
    std::vector<const http::QueryParameter*> parameters;
    for (const http::QueryParameter& parameter : request.query) {
        if (is_sub_resource(parameter.name)) parameters.push_back(&parameter);
    }
    // Equal names stay in the order in which they arrived.
    std::sort(parameters.begin(), parameters.end(), [](const auto* a, const auto* b) {
        return a->name != b->name ? a->name < b->name : a < b;
    });
    char separator = '?';
    for (const http::QueryParameter* parameter : parameters) {
        out.push_back(separator);
        out.append(parameter->name);
        if (parameter->has_value) out.append("=").append(parameter->value);
        separator = '&';
    }
}

// "/bucket", which botocore sends in path style but signs as "/bucket/", the resource that
// virtual-hosted style has (botocore/auth.py, HmacV1Auth, and utils.py, fix_s3_host: auth_path).
bool names_only_a_bucket(std::string_view path) {
    return path.size() > 1 && path.find('/', 1) == std::string_view::npos;
}

Result<SigV2Credentials, AuthError> parse_header(const http::Fields& fields) {
    const std::string_view authorization = fields.get("authorization");
    const std::string_view pair =
        authorization.starts_with(kScheme) ? trim(authorization.substr(kScheme.size())) : "";
    const std::size_t colon = pair.rfind(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == pair.size()) {
        return fail(auth_error(AuthFault::V2HeaderMalformed, {{"ArgumentName", "Authorization"},
                                                              {"ArgumentValue", authorization}}));
    }
    TARN_TRY(const RequestDate date, read_request_date(fields));
    return SigV2Credentials{.access_key_id = pair.substr(0, colon),
                            .signature = pair.substr(colon + 1),
                            .date = date.text,
                            .signed_at = date.time,
                            .security_token = fields.get("x-amz-security-token")};
}

Result<SigV2Credentials, AuthError> parse_presigned(const http::Fields& fields,
                                                    QueryParameters query) {
    const auto* access_key_id = find_parameter(query, "AWSAccessKeyId");
    const auto* signature = find_parameter(query, "Signature");
    const auto* expires = find_parameter(query, "Expires");
    if (!access_key_id || !signature || !expires) {
        return fail(auth_error(AuthFault::V2QueryIncomplete));
    }
    const auto seconds = parse_uint(expires->value);
    // The largest time that fits in milliseconds is 292 million years away.
    constexpr std::uint64_t kMaxSeconds = INT64_MAX / 1000;
    if (!seconds || *seconds > kMaxSeconds) {
        return fail(auth_error(AuthFault::V2ExpiresMalformed, {}, expires->value));
    }
    const auto* token = find_parameter(query, "x-amz-security-token");
    return SigV2Credentials{
        .access_key_id = access_key_id->value,
        .signature = signature->value,
        .date = expires->value,
        .expires_at = WallTime(std::chrono::seconds(static_cast<std::int64_t>(*seconds))),
        .security_token =
            token ? std::string_view(token->value) : fields.get("x-amz-security-token"),
        .is_query = true};
}

}  // namespace

Result<SigV2Credentials, AuthError> parse_sigv2(const SignedRequest& request,
                                                CredentialCarrier carrier) {
    return carrier == CredentialCarrier::QueryV2
               ? parse_presigned(request.head.fields, request.query)
               : parse_header(request.head.fields);
}

Result<void, AuthError> check_sigv2(const SigV2Credentials& credentials, const SigV2Rules& rules) {
    if (!credentials.is_query) {
        return check_skew(credentials.signed_at, credentials.date, rules.real_now);
    }
    if (rules.now <= credentials.expires_at) return {};
    return fail(auth_error(AuthFault::Expired, {{"Expires", format_iso8601(credentials.expires_at)},
                                                {"ServerTime", format_iso8601(rules.now)}}));
}

std::string sigv2_string_to_sign(const SignedRequest& request, const SigV2Credentials& credentials,
                                 std::string_view host_bucket) {
    const http::Fields& fields = request.head.fields;
    std::string text(request.head.method_text);
    text.append("\n").append(fields.get("content-md5"));
    text.append("\n").append(fields.get("content-type"));
    text.append("\n");
    // x-amz-date stands among the x-amz-* headers, and Date's line is then empty.
    if (credentials.is_query || !fields.has("x-amz-date")) text.append(credentials.date);
    text.append("\n");
    append_amz_headers(text, request, credentials.is_query);
    append_resource(text, request, host_bucket);
    return text;
}

Result<void, AuthError> verify_sigv2(const SignedRequest& request,
                                     const SigV2Credentials& credentials,
                                     std::optional<std::string_view> secret,
                                     std::string_view host_bucket) {
    const std::string text = sigv2_string_to_sign(request, credentials, host_bucket);
    const auto is_signature_of = [&](const std::string& signed_text) {
        return equal_constant_time(sigv2_signature(secret.value_or(kNoSecret), signed_text),
                                   credentials.signature);
    };
    bool matches = is_signature_of(text);
    if (!matches && host_bucket.empty() && names_only_a_bucket(request.path)) {
        const std::string path = std::string(request.path) + "/";
        SignedRequest with_slash = request;
        with_slash.path = path;
        matches = is_signature_of(sigv2_string_to_sign(with_slash, credentials, host_bucket));
    }
    if (!secret) return fail(unknown_key_error(credentials.access_key_id));
    if (!matches) {
        return fail(mismatch_error(credentials.access_key_id, text, credentials.signature));
    }
    return {};
}

Result<void, AuthError> verify_sigv2_form(std::string_view access_key_id,
                                          std::string_view policy_base64,
                                          std::string_view signature,
                                          std::optional<std::string_view> secret) {
    const bool matches =
        equal_constant_time(sigv2_signature(secret.value_or(kNoSecret), policy_base64), signature);
    if (!secret) return fail(unknown_key_error(access_key_id));
    if (!matches) return fail(mismatch_error(access_key_id, policy_base64, signature));
    return {};
}

std::string sigv2_signature(std::string_view secret, std::string_view text) {
    return to_base64(crypto::hmac_sha1(secret, text));
}

bool is_signed_by_sigv2(std::string_view parameter) {
    return is_sub_resource(parameter);
}

}  // namespace tarn::aws
