// What the origin sees.
//
// What reaches the origin but is not in the cache key can make one viewer's answer everyone's.  So
// the default is to forward next to nothing, and three sources add to it (Developer Guide, "Control
// origin requests with a policy"):
//
//   the cache policy            what is in the key must reach the origin, or the key splits the
//   cache
//                               for nothing
//   the origin request policy   what the origin wants to know although the answer does not depend
//   on it always                      Host (the origin's own name, for S3 without exception),
//   User-Agent
//                               "Amazon CloudFront", Via, X-Amz-Cf-Id, X-Forwarded-For with the
//                               viewer appended, Accept-Encoding as normalised for the key
//
// Some fields no policy lets through: those of the connection, those that would let a viewer pose
// as the edge (CloudFront-*, X-Edge-*, Proxy-*), and those that other proxies add
// (X-Forwarded-Proto, X-Real-IP).  Authorization is removed from GET and HEAD unless the cache
// policy names it (then it is in the key) or the origin request policy sends all viewer headers.
//
// Distributions with the older ForwardedValues settings forward unknown headers too; kLegacyRemoved
// lists what they take away ("HTTP request headers and CloudFront behavior").
//
// Unlike CloudFront, whose documents exempt no header of S3, such a distribution does not forward a
// viewer's X-Amz-* to a bucket.  They are S3's instructions, and the edge would sign them: one
// viewer's X-Amz-Server-Side-Encryption-Customer-Algorithm would get an error that is then stored
// for all, and X-Amz-Copy-Source would read what only the edge may read.

#include "edge/origin/origin_request.h"

#include "common/base/text.h"
#include "common/http/hop_by_hop.h"
#include "common/http/name_set.h"

#include <algorithm>

namespace tarn::edge {
namespace {

// Made anew by the edge, or never forwarded.
constexpr http::NameSet kRegenerated("host", "via", "x-forwarded-for", "x-amz-cf-id",
                                     "accept-encoding", "cookie", "user-agent", "authorization",
                                     "x-forwarded-proto", "x-real-ip");
constexpr http::NameSet kLegacyRemoved("accept", "accept-charset", "accept-language", "referer",
                                       "x-http-method-override", "expect");
// With kConditional and what is for the next hop only: what an origin's custom headers never set
// (Developer Guide, "Custom headers that CloudFront can't add to origin requests"; the rest of that
// list breaks nothing here).  The API refuses such names; a configuration that came another way
// must neither frame the request anew nor hide it from the loop check.
constexpr http::NameSet kNeverCustom("host", "via", "x-amz-cf-id");
constexpr http::NameSet kConditional("if-match", "if-none-match", "if-modified-since",
                                     "if-unmodified-since", "if-range", "range");

bool is_legacy(const cdn::CachePolicy& policy) {
    return policy.id.empty();
}

// Whether a policy names the header.
bool is_named(const cdn::CacheBehavior& behavior, std::string_view name) {
    if (selects_header(behavior.cache.headers, name)) return true;
    return behavior.origin_request && selects_header(behavior.origin_request->headers, name);
}

bool authorization_forwarded(const cdn::CacheBehavior& behavior, http::Method method) {
    if (method != http::Method::Get && method != http::Method::Head) return true;
    if (selects_header(behavior.cache.headers, "authorization")) return true;
    using Kind = cdn::NameSelection::Kind;
    const auto& policy = behavior.origin_request;
    return policy &&
           (policy->headers.kind == Kind::All || policy->headers.kind == Kind::AllExcept) &&
           selects_header(policy->headers, "authorization");
}

// Whether a field of the viewer that is not hop-by-hop is copied as it is.
bool is_copied(const OriginRequestInputs& inputs, std::string_view name) {
    if (kRegenerated.contains(name)) return false;
    if (is_edge_header(name) || istarts_with(name, "x-edge-") || istarts_with(name, "proxy-")) {
        return false;
    }
    if (kConditional.contains(name)) return !inputs.cacheable;
    if (is_named(inputs.behavior, name)) return true;
    // The representation that a body carries is described by these; without them it is just bytes.
    const bool has_body_method = inputs.method != http::Method::Get &&
                                 inputs.method != http::Method::Head &&
                                 inputs.method != http::Method::Options;
    if (has_body_method && istarts_with(name, "content-")) return true;
    return is_legacy(inputs.behavior.cache) && !kLegacyRemoved.contains(name);
}

bool may_be_custom(std::string_view name) {
    const http::Fields no_fields;
    return !kNeverCustom.contains(name) && !kConditional.contains(name) &&
           !http::HopByHop(no_fields).covers(name);
}

std::string selected_query(const cdn::CacheBehavior& behavior, std::string_view query) {
    std::string selected;
    for_each_parameter(query, [&](std::string_view name, std::string_view whole) {
        const bool wanted =
            selects_parameter(behavior.cache.query, name) ||
            (behavior.origin_request && selects_parameter(behavior.origin_request->query, name));
        if (!wanted) return;
        if (!selected.empty()) selected += '&';
        selected += whole;
    });
    return selected;
}

std::string selected_cookie_line(const cdn::CacheBehavior& behavior, const http::Fields& fields) {
    const cdn::NameSelection all{.kind = cdn::NameSelection::Kind::All};
    std::string line;
    for (const CookiePair& cookie : selected_cookies(fields, all)) {
        const bool wanted = selects_cookie(behavior.cache.cookies, cookie.name) ||
                            (behavior.origin_request &&
                             selects_cookie(behavior.origin_request->cookies, cookie.name));
        if (!wanted) continue;
        if (!line.empty()) line += "; ";
        line += cookie.whole;
    }
    return line;
}

std::string joined(const http::Fields& fields, std::string_view name) {
    std::string line;
    for (const http::Field& field : fields) {
        if (!iequals(field.name, name)) continue;
        if (!line.empty()) line += ", ";
        line += field.value;
    }
    return line;
}

std::string appended(std::string line, std::string_view member) {
    if (!line.empty()) line += ", ";
    return line.append(member);
}

void add_accept_encoding(const OriginRequestInputs& inputs, FieldList& fields) {
    const cdn::CachePolicy& policy = inputs.behavior.cache;
    if (!policy.gzip && !policy.brotli) {
        const auto value = inputs.fields.find("accept-encoding");
        const bool forwarded = is_legacy(policy) || is_named(inputs.behavior, "accept-encoding");
        if (value && forwarded) fields.emplace_back("Accept-Encoding", *value);
        return;
    }
    if (!inputs.accept_encoding.sent) return;
    const std::string_view text = inputs.accept_encoding.text();
    fields.emplace_back("Accept-Encoding", text.empty() ? "identity" : text);
}

// CloudFront-* headers that a policy names.
void add_edge_headers(const OriginRequestInputs& inputs, FieldList& fields) {
    const auto add = [&](const std::string& name) {
        if (!is_edge_header(name)) return;
        const std::string value = edge_header_value(to_lower(name), inputs.facts);
        if (!value.empty()) fields.emplace_back(name, value);
    };
    using Kind = cdn::NameSelection::Kind;
    if (inputs.behavior.cache.headers.kind == Kind::Whitelist) {
        for (const std::string& name : inputs.behavior.cache.headers.names)
            add(name);
    }
    if (!inputs.behavior.origin_request) return;
    const cdn::OriginRequestPolicy& policy = *inputs.behavior.origin_request;
    if (policy.headers.kind == Kind::Whitelist) {
        for (const std::string& name : policy.headers.names)
            add(name);
    }
    for (const std::string& name : policy.cloudfront_headers)
        add(name);
}

void add_regenerated(const OriginRequestInputs& inputs, OriginRequest& request) {
    const auto& behavior = inputs.behavior;
    const auto user_agent = inputs.fields.find("user-agent");
    if (!is_named(behavior, "user-agent")) {
        request.fields.emplace_back("User-Agent", "Amazon CloudFront");
    } else if (user_agent) {
        request.fields.emplace_back("User-Agent", *user_agent);
    }
    const auto authorization = inputs.fields.find("authorization");
    if (authorization && authorization_forwarded(behavior, inputs.method)) {
        request.fields.emplace_back("Authorization", *authorization);
        request.viewer_authorization = true;
    }
    const std::string cookies = selected_cookie_line(behavior, inputs.fields);
    if (!cookies.empty()) request.fields.emplace_back("Cookie", cookies);
    add_accept_encoding(inputs, request.fields);
    request.fields.emplace_back(
        "X-Forwarded-For",
        appended(joined(inputs.fields, "x-forwarded-for"), inputs.facts.address));
    request.fields.emplace_back("Via", appended(joined(inputs.fields, "via"), inputs.via));
    request.fields.emplace_back("X-Amz-Cf-Id", inputs.request_id);
    add_edge_headers(inputs, request.fields);
}

}  // namespace

OriginRequest make_origin_request(const OriginRequestInputs& inputs) {
    OriginRequest request{.method = inputs.method,
                          .method_text = std::string(inputs.method_text),
                          .path = std::string(inputs.path),
                          .query = selected_query(inputs.behavior, inputs.query)};
    request.fields.reserve(inputs.fields.size() + 8);
    const http::HopByHop hop_by_hop(inputs.fields);
    for (const http::Field& field : inputs.fields) {
        if (hop_by_hop.covers(field.name) || !is_copied(inputs, field.name)) continue;
        const bool is_unnamed_aws =
            istarts_with(field.name, "x-amz-") && !is_named(inputs.behavior, field.name);
        FieldList& list = is_unnamed_aws ? request.unnamed_aws_fields : request.fields;
        list.emplace_back(field.name, field.value);
    }
    if (is_named(inputs.behavior, "host")) request.viewer_host = std::string(inputs.viewer_host);
    add_regenerated(inputs, request);
    return request;
}

std::vector<http::Field> fields_for_origin(const OriginRequest& request,
                                           const cdn::Origin& origin) {
    std::vector<http::Field> fields;
    fields.reserve(request.fields.size() + request.unnamed_aws_fields.size() +
                   origin.custom_headers.size());
    const auto add_viewers = [&](const FieldList& list) {
        for (const auto& [name, value] : list) {
            const bool replaced = std::ranges::any_of(origin.custom_headers, [&](const auto& own) {
                return iequals(own.first, name) && may_be_custom(own.first);
            });
            if (!replaced) fields.push_back({name, value});
        }
    };
    add_viewers(request.fields);
    if (!request.unnamed_aws_fields.empty() && !is_bucket(origin)) {
        add_viewers(request.unnamed_aws_fields);
    }
    for (const auto& [name, value] : origin.custom_headers) {
        if (may_be_custom(name)) fields.push_back({name, value});
    }
    return fields;
}

std::string target_for_origin(const OriginRequest& request, const cdn::Origin& origin) {
    std::string target = origin.origin_path;
    if (!target.empty() && target.front() != '/') target.insert(0, 1, '/');
    while (!target.empty() && target.back() == '/')
        target.pop_back();
    target += request.path;
    if (!request.query.empty()) target.append("?").append(request.query);
    return target;
}

bool forwards_unkeyed_authorization(const cdn::CacheBehavior& behavior,
                                    const http::Fields& fields) {
    return fields.has("authorization") && authorization_forwarded(behavior, http::Method::Get) &&
           !selects_header(behavior.cache.headers, "authorization");
}

int distributions_passed(const http::Fields& fields) {
    int passed = 0;
    for (const http::Field& field : fields) {
        if (!iequals(field.name, "via")) continue;
        for (const std::string_view hop : split_list(field.value)) {
            if (hop.find(".cloudfront.net") != std::string_view::npos) ++passed;
        }
    }
    return passed;
}

}  // namespace tarn::edge
