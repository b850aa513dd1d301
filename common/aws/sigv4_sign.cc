#include "common/aws/sigv4_sign.h"

#include "common/aws/sigv4.h"
#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/base/time_text.h"
#include "common/http/target.h"

#include <algorithm>

namespace tarn::aws {
namespace {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

std::string scope_text(const SigningCredentials& credentials, std::string_view amz_date) {
    std::string text(amz_date.substr(0, 8));
    for (const std::string_view part : {credentials.region, credentials.service, kSigV4Terminal}) {
        text.append("/").append(part);
    }
    return text;
}

// "host;x-amz-date;...": in lower case, sorted.
std::string signed_header_names(const HeaderList& headers) {
    std::vector<std::string> names{"host"};
    for (const auto& [name, value] : headers)
        names.push_back(to_lower(name));
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::string text;
    for (const std::string& name : names) {
        if (!text.empty()) text.push_back(';');
        text += name;
    }
    return text;
}

struct Signing {
    std::string_view target;
    std::string_view amz_date;
    std::string_view scope;
    std::string_view signed_headers;
    std::string_view payload_hash;
    bool is_query = false;
};

// The signature in hex of the request with exactly these headers.
std::string signature_of(const RequestToSign& request, const HeaderList& headers,
                         const SigningCredentials& credentials, const Signing& signing) {
    const http::Target target = http::split_target(signing.target);
    // A query that does not parse cannot be signed as a client would mean it; sign it as none.
    const auto query = http::parse_query(target.query);
    http::Fields fields;
    for (const auto& [name, value] : headers)
        fields.add(name, value);
    CanonicalRequestBuilder builder;
    const std::string_view canonical =
        builder.build({.method = request.method,
                       .path = target.path,
                       .query = query ? QueryParameters(*query) : QueryParameters(),
                       .is_query = signing.is_query,
                       .fields = fields,
                       .host = request.host,
                       .signed_headers = signing.signed_headers,
                       .payload_hash = signing.payload_hash,
                       .path_rule = path_rule_of(credentials.service)});
    std::string string_to_sign;
    string_to_sign_to(string_to_sign, kSigV4Algorithm, signing.amz_date, signing.scope,
                      crypto::sha256_hex(canonical));
    const SigningKey key =
        derive_signing_key(credentials.secret, {.day = signing.amz_date.substr(0, 8),
                                                .region = credentials.region,
                                                .service = credentials.service});
    return std::string(view(sign_hex(*key, string_to_sign)));
}

void append_parameter(std::string& target, std::string_view name, std::string_view value) {
    target.push_back(target.find('?') == std::string::npos ? '?' : '&');
    target.append(name).append("=");
    percent_encode_to(target, value, KeepSlash::No);
}

}  // namespace

HeaderList sign_request(const RequestToSign& request, const SigningCredentials& credentials,
                        WallTime now) {
    const std::string amz_date = format_amz_date(now);
    const std::string scope = scope_text(credentials, amz_date);
    HeaderList added{{"x-amz-date", amz_date},
                     {"x-amz-content-sha256", std::string(request.payload_hash)}};
    if (!credentials.security_token.empty()) {
        added.emplace_back("x-amz-security-token", credentials.security_token);
    }
    HeaderList headers = request.headers;
    headers.insert(headers.end(), added.begin(), added.end());
    const std::string signed_headers = signed_header_names(headers);
    const std::string signature = signature_of(request, headers, credentials,
                                               {.target = request.target,
                                                .amz_date = amz_date,
                                                .scope = scope,
                                                .signed_headers = signed_headers,
                                                .payload_hash = request.payload_hash});

    std::string authorization(kSigV4Algorithm);
    authorization.append(" Credential=").append(credentials.access_key_id);
    authorization.append("/").append(scope);
    authorization.append(", SignedHeaders=").append(signed_headers);
    authorization.append(", Signature=").append(signature);
    added.emplace_back("Authorization", std::move(authorization));
    return added;
}

std::string presign_target(const RequestToSign& request, const SigningCredentials& credentials,
                           WallTime now, std::chrono::seconds expires) {
    const std::string amz_date = format_amz_date(now);
    const std::string scope = scope_text(credentials, amz_date);
    const std::string signed_headers = signed_header_names(request.headers);
    const bool is_s3 = path_rule_of(credentials.service) == PathRule::S3;

    std::string target(request.target);
    append_parameter(target, "X-Amz-Algorithm", kSigV4Algorithm);
    append_parameter(target, "X-Amz-Credential",
                     std::string(credentials.access_key_id) + "/" + scope);
    append_parameter(target, "X-Amz-Date", amz_date);
    append_parameter(target, "X-Amz-Expires", std::to_string(expires.count()));
    append_parameter(target, "X-Amz-SignedHeaders", signed_headers);
    if (!credentials.security_token.empty()) {
        append_parameter(target, "X-Amz-Security-Token", credentials.security_token);
    }
    const std::string signature =
        signature_of(request, request.headers, credentials,
                     {.target = target,
                      .amz_date = amz_date,
                      .scope = scope,
                      .signed_headers = signed_headers,
                      .payload_hash = is_s3 ? kUnsignedPayload : request.payload_hash,
                      .is_query = true});
    append_parameter(target, "X-Amz-Signature", signature);
    return target;
}

}  // namespace tarn::aws
