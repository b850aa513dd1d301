// Text of a request -> SigV4Credentials.

#include "common/aws/auth_details.h"
#include "common/aws/request_date.h"
#include "common/aws/sigv4.h"
#include "common/base/text.h"
#include "common/base/time_text.h"

#include <algorithm>

namespace tarn::aws {
namespace {

// The scope becomes a line of the string to sign and part of the key cache's entry name.
bool is_graphic(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// "YYYYMMDD".  Whether the month has that day shows when it is compared with the request's date.
bool is_day(std::string_view text) {
    if (text.size() != 8 || !std::all_of(text.begin(), text.end(), is_digit)) return false;
    const std::string_view month = text.substr(4, 2);
    const std::string_view day = text.substr(6, 2);
    return month >= "01" && month <= "12" && day >= "01" && day <= "31";
}

void set_amz_date(SigV4Credentials& credentials, std::string_view text) {
    std::copy_n(text.begin(), credentials.amz_date.size(), credentials.amz_date.begin());
}

// The parts of "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...".
struct HeaderParts {
    std::optional<std::string_view> credential;
    std::optional<std::string_view> signed_headers;
    std::optional<std::string_view> signature;
};

Result<HeaderParts, AuthError> split_header(std::string_view authorization) {
    HeaderParts parts;
    std::size_t count = 0;
    if (!authorization.starts_with(kSigV4Algorithm)) {
        return fail(auth_error(AuthFault::HeaderComponentCount));
    }
    std::string_view rest = trim(authorization.substr(kSigV4Algorithm.size()));
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        const std::string_view component = trim(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        ++count;

        const std::size_t equals = component.find('=');
        const std::string_view name = component.substr(0, equals);
        auto* part = name == "Credential"      ? &parts.credential
                     : name == "SignedHeaders" ? &parts.signed_headers
                     : name == "Signature"     ? &parts.signature
                                               : nullptr;
        if (equals == std::string_view::npos || !part || *part) {
            return fail(auth_error(AuthFault::HeaderComponentMalformed, {}, component));
        }
        *part = component.substr(equals + 1);
    }
    if (count == 0) return fail(auth_error(AuthFault::HeaderComponentCount));
    return parts;
}

Result<void, AuthError> read_header_date(const http::Fields& fields,
                                         SigV4Credentials& credentials) {
    TARN_TRY(const RequestDate date, read_request_date(fields));
    credentials.signed_at = date.time;
    if (date.is_amz_form) {
        set_amz_date(credentials, date.text);
    } else {
        set_amz_date(credentials, format_amz_date(date.time));
    }
    return {};
}

Result<SigV4Credentials, AuthError> parse_header(const http::RequestHead& head) {
    TARN_TRY(const HeaderParts parts, split_header(head.fields.get("authorization")));
    if (!parts.credential) return fail(auth_error(AuthFault::HeaderMissingCredential));
    if (!parts.signed_headers) return fail(auth_error(AuthFault::HeaderMissingSignedHeaders));
    if (!parts.signature) return fail(auth_error(AuthFault::HeaderMissingSignature));

    SigV4Credentials credentials;
    TARN_TRY(credentials.scope, parse_credential(*parts.credential, CredentialCarrier::HeaderV4));
    credentials.signed_headers = *parts.signed_headers;
    credentials.signature = *parts.signature;
    credentials.security_token = head.fields.get("x-amz-security-token");
    if (auto read = read_header_date(head.fields, credentials); !read) {
        return fail(std::move(read).error());
    }
    return credentials;
}

Result<std::chrono::seconds, AuthError> parse_expires(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    const std::string_view digits = text.substr(is_negative ? 1 : 0);
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) {
        return fail(auth_error(AuthFault::QueryExpiresNotANumber));
    }
    if (is_negative) return fail(auth_error(AuthFault::QueryExpiresNegative));
    // A number too large for 64 bits is too large all the more.
    const auto seconds = parse_uint(digits);
    if (!seconds || *seconds > static_cast<std::uint64_t>(kMaxPresignExpires.count())) {
        return fail(auth_error(AuthFault::QueryExpiresTooLarge));
    }
    return std::chrono::seconds(*seconds);
}

Result<SigV4Credentials, AuthError> parse_presigned(const http::Fields& fields,
                                                    QueryParameters query) {
    const auto* algorithm = find_parameter(query, "X-Amz-Algorithm");
    const auto* credential = find_parameter(query, "X-Amz-Credential");
    const auto* signature = find_parameter(query, "X-Amz-Signature");
    const auto* date = find_parameter(query, "X-Amz-Date");
    const auto* signed_headers = find_parameter(query, "X-Amz-SignedHeaders");
    const auto* expires = find_parameter(query, "X-Amz-Expires");
    for (const auto* parameter : {algorithm, credential, signature, date, signed_headers}) {
        if (!parameter || parameter->value.empty()) {
            return fail(auth_error(AuthFault::QueryMissingParameter));
        }
    }
    if (!expires) return fail(auth_error(AuthFault::QueryMissingParameter));
    if (algorithm->value != kSigV4Algorithm) {
        return fail(auth_error(AuthFault::QueryUnsupportedAlgorithm));
    }

    SigV4Credentials credentials{.is_query = true};
    TARN_TRY(credentials.scope, parse_credential(credential->value, CredentialCarrier::QueryV4));
    const auto signed_at = parse_amz_date(date->value);
    if (!signed_at || date->value.size() != credentials.amz_date.size()) {
        return fail(auth_error(AuthFault::QueryDateMalformed));
    }
    credentials.signed_at = *signed_at;
    set_amz_date(credentials, date->value);
    TARN_TRY(credentials.expires, parse_expires(expires->value));
    credentials.signed_headers = signed_headers->value;
    credentials.signature = signature->value;
    const auto* token = find_parameter(query, "X-Amz-Security-Token");
    credentials.security_token =
        token ? std::string_view(token->value) : fields.get("x-amz-security-token");
    return credentials;
}

}  // namespace

Result<CredentialScope, AuthError> parse_credential(std::string_view credential,
                                                    CredentialCarrier carrier) {
    const ScopeFaults& faults = scope_faults(carrier);
    // From the right: an access key id may hold slashes.
    std::array<std::string_view, 5> parts;
    std::string_view rest = credential;
    for (std::size_t i = parts.size() - 1; i > 0; --i) {
        const std::size_t slash = rest.rfind('/');
        if (slash == std::string_view::npos) return fail(auth_error(faults.malformed));
        parts[i] = rest.substr(slash + 1);
        rest = rest.substr(0, slash);
    }
    parts[0] = rest;
    if (carrier == CredentialCarrier::FormV4 && parts[0].empty()) {
        return fail(auth_error(AuthFault::FormMissingAccessKey));
    }
    if (!std::all_of(parts.begin(), parts.end(), is_graphic)) {
        return fail(auth_error(faults.malformed));
    }
    if (parts[4] != kSigV4Terminal) {
        return fail(auth_error(faults.wrong_terminal, {}, parts[4]));
    }
    if (!is_day(parts[1])) return fail(auth_error(faults.date_malformed, {}, parts[1]));
    return CredentialScope{.access_key_id = parts[0],
                           .day = parts[1],
                           .region = parts[2],
                           .service = parts[3],
                           .text = credential.substr(parts[0].size() + 1)};
}

Result<SigV4Credentials, AuthError> parse_sigv4(const SignedRequest& request,
                                                CredentialCarrier carrier) {
    return carrier == CredentialCarrier::QueryV4
               ? parse_presigned(request.head.fields, request.query)
               : parse_header(request.head);
}

}  // namespace tarn::aws
