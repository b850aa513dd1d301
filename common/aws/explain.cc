#include "common/aws/explain.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/base/time_text.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tarn::aws {
namespace {

// A canonical request taken apart, so that one part can be exchanged.
struct Parts {
    std::string method;
    std::string path;
    std::string query;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string payload_hash;

    std::string text() const {
        std::string text = method + "\n" + path + "\n" + query + "\n";
        std::string names;
        for (const auto& [name, value] : headers) {
            text.append(name).append(":").append(value).append("\n");
            names.append(names.empty() ? "" : ";").append(name);
        }
        return text.append("\n").append(names).append("\n").append(payload_hash);
    }
    std::string* header(std::string_view name) {
        for (auto& [header_name, value] : headers) {
            if (header_name == name) return &value;
        }
        return nullptr;
    }
};

// What the canonical request is signed with.
struct Signing {
    std::string secret;
    std::string amz_date;
    std::string day;
    std::string region;
    std::string service;
};

using Cause = std::optional<SignatureCause>;

std::string quoted(std::string_view text) {
    return "'" + std::string(text) + "'";
}

class Prober {
  public:
    explicit Prober(const ExplainInput& input) : input_(input), given_(taken_apart()) {
        const CredentialScope& scope = input.credentials.scope;
        signing_ = {.secret = std::string(input.secret),
                    .amz_date = std::string(input.credentials.amz_date_view()),
                    .day = std::string(scope.day),
                    .region = std::string(scope.region),
                    .service = std::string(scope.service)};
    }

    Cause find() const {
        for (const auto probe : {&Prober::probe_secret, &Prober::probe_host, &Prober::probe_method,
                                 &Prober::probe_path, &Prober::probe_query, &Prober::probe_payload,
                                 &Prober::probe_headers, &Prober::probe_header_order,
                                 &Prober::probe_scope, &Prober::probe_date}) {
            if (Cause cause = (this->*probe)()) return cause;
        }
        return std::nullopt;
    }

  private:
    Parts taken_apart() const;
    bool matches(const Parts& parts, const Signing& signing) const;
    bool matches(const Parts& parts) const { return matches(parts, signing_); }

    Cause probe_secret() const;
    Cause probe_host() const;
    Cause probe_method() const;
    Cause probe_path() const;
    Cause probe_query() const;
    Cause probe_payload() const;
    Cause probe_headers() const;
    Cause probe_header_order() const;
    Cause probe_scope() const;
    Cause probe_date() const;

    const ExplainInput& input_;
    Parts given_;
    Signing signing_;
};

Parts Prober::taken_apart() const {
    CanonicalRequestBuilder builder;
    const SignedRequest& request = input_.request;
    const SigV4Credentials& credentials = input_.credentials;
    const std::string_view payload_hash =
        signed_payload_hash(request, credentials, input_.body_sha256_hex);
    const std::string canonical(
        builder.build({.method = request.head.method_text,
                       .path = request.path,
                       .query = request.query,
                       .is_query = credentials.is_query,
                       .fields = request.head.fields,
                       .host = request.head.host,
                       .signed_headers = credentials.signed_headers,
                       .payload_hash = payload_hash,
                       .path_rule = path_rule_of(credentials.scope.service)}));
    const auto lines = split(canonical, '\n');
    Parts parts{.method = std::string(lines[0]),
                .path = std::string(lines[1]),
                .query = std::string(lines[2]),
                .payload_hash = std::string(payload_hash)};
    for (std::size_t i = 3; i < lines.size() && !lines[i].empty(); ++i) {
        const std::size_t colon = lines[i].find(':');
        parts.headers.emplace_back(lines[i].substr(0, colon), lines[i].substr(colon + 1));
    }
    return parts;
}

bool Prober::matches(const Parts& parts, const Signing& signing) const {
    const std::string scope =
        signing.day + "/" + signing.region + "/" + signing.service + "/aws4_request";
    std::string to_sign;
    string_to_sign_to(to_sign, kSigV4Algorithm, signing.amz_date, scope,
                      crypto::sha256_hex(parts.text()));
    const SigningKey key = derive_signing_key(
        signing.secret, {.day = signing.day, .region = signing.region, .service = signing.service});
    return equal_constant_time(view(sign_hex(*key, to_sign)), input_.credentials.signature);
}

Cause Prober::probe_secret() const {
    struct Change {
        std::string_view before, after, what;
    };
    constexpr Change kChanges[] = {{"", "\n", "followed by a line feed"},
                                   {"", "\r\n", "followed by a carriage return and a line feed"},
                                   {"", "\r", "followed by a carriage return"},
                                   {"", " ", "followed by a space"},
                                   {" ", "", "after a space"},
                                   {"\"", "\"", "in double quotes"},
                                   {"'", "'", "in single quotes"}};
    Signing signing = signing_;
    for (const Change& change : kChanges) {
        signing.secret.assign(change.before).append(input_.secret).append(change.after);
        if (!matches(given_, signing)) continue;
        return SignatureCause{CauseKind::SecretHasWhiteSpace,
                              "The client signed with its secret key " + std::string(change.what) +
                                  ": look at how it reads the key (environment, file)."};
    }
    signing.secret.clear();
    if (!matches(given_, signing)) return std::nullopt;
    return SignatureCause{CauseKind::SecretEmpty,
                          "The client signed with an empty secret key: it found none."};
}

Cause Prober::probe_host() const {
    const std::string_view arrived = input_.request.head.host;
    std::vector<std::string> hosts;
    const http::HostPort parts = http::split_host(arrived);
    hosts.push_back(parts.host);
    hosts.push_back(to_lower(arrived));
    for (const std::string_view port : {":80", ":443", ":9000"})
        hosts.push_back(parts.host + std::string(port));
    for (const std::string_view name : {"x-forwarded-host", "x-original-host"})
        hosts.emplace_back(input_.request.head.fields.get(name));
    hosts.insert(hosts.end(), input_.hosts.begin(), input_.hosts.end());

    Parts changed = given_;
    std::string* host = changed.header("host");
    if (!host) return std::nullopt;
    for (const std::string& candidate : hosts) {
        *host = candidate;
        if (!matches(changed)) continue;
        return SignatureCause{CauseKind::HostDiffers,
                              "The client signed Host " + quoted(candidate) +
                                  ", but the request arrived with " + quoted(arrived) +
                                  ": something on the way rewrites Host."};
    }
    return std::nullopt;
}

Cause Prober::probe_method() const {
    Parts changed = given_;
    for (const std::string_view method :
         {"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"}) {
        changed.method = method;
        if (!matches(changed)) continue;
        return SignatureCause{CauseKind::MethodDiffers, "The client signed a " +
                                                            std::string(method) + ", but a " +
                                                            given_.method + " arrived."};
    }
    return std::nullopt;
}

std::string with_plus_for_space(std::string path) {
    for (std::size_t at; (at = path.find("%20")) != std::string::npos;)
        path.replace(at, 3, "+");
    return path;
}

Cause Prober::probe_path() const {
    const std::string& path = given_.path;
    const std::string raw(input_.request.path);
    const std::size_t second_slash = path.find('/', 1);
    const bool has_bucket = second_slash != std::string::npos;
    const std::pair<std::string, std::string_view> candidates[] = {
        {raw, "the path as it was sent, where S3 decodes it and encodes it again"},
        {percent_encode(raw, KeepSlash::Yes), "the path encoded twice, which S3 does not do"},
        {percent_decode(raw).value_or(raw), "the decoded path, which must be percent-encoded"},
        {normalized_path(path),
         "the path without its dot segments and double slashes, which S3 keeps"},
        {path + "/", "the path with a slash at its end"},
        {path.substr(0, path.size() - path.ends_with('/')),
         "the path without the slash at its end"},
        {to_lower(path), "the path in lower case"},
        {with_plus_for_space(path), "the path with '+' for a space, which must be %20"},
        {has_bucket ? path.substr(second_slash) : "/",
         "the path without its first segment (a virtual-hosted address that arrived path-style)"},
        {"/" + std::string(split(input_.request.head.host, '.').front()) + path,
         "the path with the bucket before it (a path-style address that arrived virtual-hosted)"},
        {"/", "the path '/'"},
    };
    Parts changed = given_;
    for (const auto& [candidate, what] : candidates) {
        changed.path = candidate;
        if (!matches(changed)) continue;
        return SignatureCause{CauseKind::PathDiffers, "The client signed " + std::string(what) +
                                                          ": it signed " + quoted(candidate) +
                                                          ", and the request is for " +
                                                          quoted(path) + "."};
    }
    return std::nullopt;
}

// The canonical query of the parameters but one (index), or of all.
std::string query_without(const std::vector<std::string_view>& members, std::size_t index) {
    std::string query;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (i == index) continue;
        if (!query.empty()) query.push_back('&');
        query.append(members[i]);
    }
    return query;
}

Cause Prober::probe_query() const {
    Parts changed = given_;
    const auto cause = [](const std::string& what) {
        return SignatureCause{CauseKind::QueryDiffers, what};
    };
    const auto members = split(given_.query, '&');
    for (std::size_t i = 0; i < members.size() && !given_.query.empty(); ++i) {
        changed.query = query_without(members, i);
        if (!matches(changed)) continue;
        return cause("The parameter " + quoted(members[i]) +
                     " was added after the request had been signed.");
    }
    changed.query.clear();
    if (matches(changed)) return cause("The client signed the request without its query.");

    std::string raw(http::split_target(input_.request.head.target).query);
    if (const std::size_t at = raw.find("X-Amz-Signature="); at != std::string::npos) {
        const std::size_t end = std::min(raw.find('&', at), raw.size());
        raw.erase(at, end - at);
        if (raw.ends_with('&')) raw.pop_back();
    }
    changed.query = raw;
    if (matches(changed)) {
        return cause(
            "The client signed the query as it was sent; its parameters must be sorted and "
            "encoded, and a name without a value ends with '='.");
    }
    changed.query = given_.query;
    for (std::size_t at; (at = changed.query.find("%2B")) != std::string::npos;)
        changed.query.replace(at, 3, "%20");
    if (matches(changed)) {
        return cause(
            "The client sent '+' for a space in the query; in a signed request it stands "
            "for itself, and a space is %20.");
    }
    return std::nullopt;
}

Cause Prober::probe_payload() const {
    Parts changed = given_;
    const std::pair<std::string_view, std::string_view> candidates[] = {
        {kUnsignedPayload, "UNSIGNED-PAYLOAD"},
        {kEmptySha256, "the hash of an empty body"},
        {input_.body_sha256_hex, "the hash of the body that arrived"},
        {"", "an empty text"},
    };
    for (const auto& [candidate, what] : candidates) {
        changed.payload_hash = candidate;
        if (!matches(changed)) continue;
        return SignatureCause{CauseKind::PayloadHashDiffers,
                              "The client signed " + std::string(what) +
                                  " as the payload hash, but x-amz-content-sha256 says " +
                                  quoted(given_.payload_hash) + "."};
    }
    return std::nullopt;
}

// Headers that proxies and HTTP libraries change, with the values that clients send.
struct HeaderCandidate {
    std::string_view name;
    std::string_view value;
};
constexpr HeaderCandidate kHeaderCandidates[] = {
    {"accept-encoding", "identity"},
    {"accept-encoding", "gzip"},
    {"accept-encoding", "gzip, deflate"},
    {"accept-encoding", "gzip, deflate, br"},
    {"accept-encoding", "gzip,deflate"},
    {"accept", "*/*"},
    {"connection", "keep-alive"},
    {"connection", "Keep-Alive"},
    {"connection", "close"},
    {"content-length", "0"},
    {"content-type", "application/octet-stream"},
    {"content-type", "binary/octet-stream"},
    {"content-type", "application/x-www-form-urlencoded"},
    {"content-type", "application/xml"},
    {"content-type", "application/json"},
    {"content-type", "text/plain"},
    {"expect", "100-continue"},
    {"te", "trailers"},
    {"transfer-encoding", "chunked"},
};

Cause Prober::probe_headers() const {
    for (const auto& [name, value] : given_.headers) {
        std::vector<std::string> values{"",
                                        to_lower(value),
                                        value.substr(0, value.find(';')),
                                        value + "; charset=utf-8",
                                        value + ";charset=UTF-8",
                                        value.substr(0, value.find(','))};
        for (const HeaderCandidate& candidate : kHeaderCandidates) {
            if (candidate.name == name) values.emplace_back(candidate.value);
        }
        Parts changed = given_;
        for (const std::string& candidate : values) {
            *changed.header(name) = candidate;
            if (!matches(changed)) continue;
            return SignatureCause{CauseKind::HeaderChanged,
                                  "The client signed " + name + " " + quoted(candidate) +
                                      ", but it arrived as " + quoted(value) +
                                      ": the HTTP library or a proxy changed it."};
        }
        std::erase_if(changed.headers, [&](const auto& header) { return header.first == name; });
        if (matches(changed)) {
            return SignatureCause{CauseKind::HeaderChanged,
                                  "The client names " + quoted(name) +
                                      " in SignedHeaders, but signed the request without it."};
        }
    }
    return std::nullopt;
}

Cause Prober::probe_header_order() const {
    Parts changed = given_;
    changed.headers.clear();
    for (const std::string_view name : split(input_.credentials.signed_headers, ';')) {
        const std::string lower = to_lower(name);
        for (const auto& header : given_.headers) {
            if (header.first == lower) changed.headers.push_back(header);
        }
    }
    if (!matches(changed)) return std::nullopt;
    return SignatureCause{CauseKind::HeaderChanged, "The client signed its headers in the order " +
                                                        quoted(input_.credentials.signed_headers) +
                                                        "; they must be sorted by name."};
}

Cause Prober::probe_scope() const {
    constexpr std::string_view kRegions[] = {
        "us-east-1",      "us-east-2",      "us-west-1",  "us-west-2",    "eu-west-1",
        "eu-west-2",      "eu-central-1",   "eu-north-1", "ap-south-1",   "ap-southeast-1",
        "ap-southeast-2", "ap-northeast-1", "sa-east-1",  "ca-central-1", "local"};
    constexpr std::string_view kServices[] = {"s3", "sts", "iam", "cloudfront", "execute-api"};
    std::vector<std::string_view> regions(std::begin(kRegions), std::end(kRegions));
    regions.insert(regions.end(), input_.regions.begin(), input_.regions.end());
    Signing signing = signing_;
    for (const std::string_view region : regions) {
        signing.region = region;
        if (!matches(given_, signing)) continue;
        return SignatureCause{CauseKind::RegionDiffers, "The client signed for the region " +
                                                            quoted(region) + ", but names " +
                                                            quoted(signing_.region) +
                                                            " in its credential scope."};
    }
    signing = signing_;
    for (const std::string_view service : kServices) {
        signing.service = service;
        if (!matches(given_, signing)) continue;
        return SignatureCause{CauseKind::ServiceDiffers, "The client signed for the service " +
                                                             quoted(service) + ", but names " +
                                                             quoted(signing_.service) +
                                                             " in its credential scope."};
    }
    return std::nullopt;
}

Cause Prober::probe_date() const {
    std::vector<std::string> dates;
    if (const auto date = parse_http_date(input_.request.head.fields.get("date"))) {
        dates.push_back(format_amz_date(*date));
    }
    // A local time written as if it were UTC: whole and half hours either way.
    constexpr int kHalfHours = 28;
    for (int half_hours = -kHalfHours; half_hours <= kHalfHours; ++half_hours) {
        const auto offset = std::chrono::minutes(30 * half_hours);
        dates.push_back(format_amz_date(input_.credentials.signed_at + offset));
    }
    Signing signing = signing_;
    Parts changed = given_;
    std::string* header = changed.header("x-amz-date");
    for (const std::string& date : dates) {
        for (const bool also_header : {false, true}) {
            signing.amz_date = date;
            signing.day = date.substr(0, 8);
            if (header) *header = also_header ? date : signing_.amz_date;
            if (!matches(changed, signing)) continue;
            return SignatureCause{CauseKind::DateDiffers,
                                  "The client signed the date " + quoted(date) +
                                      ", but sent the date " + quoted(signing_.amz_date) + "."};
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<SignatureCause> explain_signature(const ExplainInput& input) {
    return Prober(input).find();
}

}  // namespace tarn::aws
