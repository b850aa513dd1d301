#include "edge/viewer/viewer_response.h"

#include "common/base/text.h"
#include "common/base/time_text.h"
#include "common/http/hop_by_hop.h"
#include "common/http/precondition.h"
#include "edge/cache/stored_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

namespace tarn::edge {
namespace {

// A line under construction on the stack; what does not fit is cut off, which no caller reaches.
class LineBuffer {
  public:
    void add(std::string_view text) {
        const std::size_t count = std::min(text.size(), buffer_.size() - length_);
        std::memcpy(buffer_.data() + length_, text.data(), count);
        length_ += count;
    }
    void add(std::int64_t number) {
        char* const begin = buffer_.data() + length_;
        const auto end = std::to_chars(begin, buffer_.data() + buffer_.size(), number).ptr;
        length_ += static_cast<std::size_t>(end - begin);
    }
    std::string_view view() const { return {buffer_.data(), length_}; }

  private:
    std::array<char, 512> buffer_;
    std::size_t length_ = 0;
};

// RFC 9211, section 2.2: why the request went forward.
std::string_view forward_word(Reason reason) {
    switch (reason) {
        case Reason::PassMethod:
            return "method";
        case Reason::PassPolicy:
        case Reason::PassUncacheableMark:
        case Reason::PassAuthorization:
        case Reason::PassLeaseLost:
            return "bypass";
        case Reason::Refresh304:
        case Reason::Refresh200:
        case Reason::MissExpired:
        case Reason::MissInvalidatedPath:
        case Reason::MissInvalidatedPrefix:
        case Reason::MissInvalidatedAll:
        case Reason::MissInvalidatedTag:
            return "stale";
        case Reason::MissRangePart:
            return "partial";
        default:
            return "uri-miss";
    }
}

bool is_answered_from_cache(Reason reason) {
    switch (reason) {
        case Reason::HitFresh:
        case Reason::HitStaleRevalidate:
        case Reason::HitStaleError:
        case Reason::HitNegative:
            return true;
        default:
            return false;
    }
}

bool is_refusal(Reason reason) {
    return reason >= Reason::Redirected && reason <= Reason::NotReady;
}

void add_cache_status(LineBuffer& line, const EdgeIdentity& identity, const AnswerNotes& notes) {
    line.add(identity.pop);
    if (is_answered_from_cache(notes.reason)) {
        line.add("; hit");
    } else if (!is_refusal(notes.reason)) {
        line.add("; fwd=");
        line.add(forward_word(notes.reason));
        if (notes.forward_status != 0) {
            line.add("; fwd-status=");
            line.add(notes.forward_status);
        }
        if (notes.stored) line.add("; stored");
        if (notes.collapsed) line.add("; collapsed");
    }
    if (notes.ttl_left) {
        line.add("; ttl=");
        line.add(notes.ttl_left->count());
    }
    line.add("; detail=");
    line.add(reason_row(notes.reason).code);
}

// ---- the response headers policy ----

bool names(const std::vector<std::string>& list, std::string_view name) {
    return std::any_of(list.begin(), list.end(),
                       [&](const std::string& known) { return iequals(known, name); });
}

// Whether a header of the policy goes with this answer at all.
bool applies(const cdn::ResponseHeader& header, const PolicyContext& context) {
    if (!header.cors) return true;
    if (!context.has_origin) return false;
    if (header.preflight_only && !context.is_preflight) return false;
    return cdn::cors_admits(*context.policy, context.origin);
}

bool is_overridden(std::string_view name, const PolicyContext& context) {
    const auto& headers = context.policy->headers;
    return std::any_of(headers.begin(), headers.end(), [&](const cdn::ResponseHeader& header) {
        return header.override_origin && iequals(header.name, name) && applies(header, context);
    });
}

}  // namespace

EdgeIdentity make_identity(std::string pop, std::string_view host_hex) {
    EdgeIdentity identity{.pop = std::move(pop)};
    identity.via = fmt::format("1.1 {}.cloudfront.net (CloudFront)", host_hex);
    identity.fixed_lines =
        fmt::format("Via: {}\r\nX-Amz-Cf-Pop: {}\r\n", identity.via, identity.pop);
    return identity;
}

std::string_view x_cache_word(CacheResult result) {
    switch (result) {
        case CacheResult::Hit:
            return "Hit from cloudfront";
        case CacheResult::Miss:
            return "Miss from cloudfront";
        case CacheResult::RefreshHit:
            return "RefreshHit from cloudfront";
        case CacheResult::Error:
            return "Error from cloudfront";
        case CacheResult::Redirect:
            return "Redirect from cloudfront";
    }
    return "Error from cloudfront";
}

void append_edge_lines(http::HeadBuilder& head, const EdgeIdentity& identity, const RequestId& id,
                       const AnswerNotes& notes) {
    LineBuffer lines;
    lines.add("X-Cache: ");
    lines.add(x_cache_word(notes.result));
    lines.add("\r\nX-Amz-Cf-Id: ");
    lines.add(id.view());
    if (notes.age) {
        lines.add("\r\nAge: ");
        lines.add(notes.age->count());
    }
    lines.add("\r\nCache-Status: ");
    add_cache_status(lines, identity, notes);
    lines.add("\r\n");
    head.add_raw(identity.fixed_lines);
    head.add_raw(lines.view());
}

std::string cache_status(const EdgeIdentity& identity, const AnswerNotes& notes) {
    LineBuffer line;
    add_cache_status(line, identity, notes);
    return std::string(line.view());
}

std::string server_timing(const EdgeIdentity& identity, const RequestId& id,
                          const AnswerNotes& notes) {
    const std::string_view metric = notes.result == CacheResult::RefreshHit ? "cdn-cache-refresh"
                                    : notes.result == CacheResult::Hit      ? "cdn-cache-hit"
                                                                            : "cdn-cache-miss";
    std::string value = fmt::format("{}, cdn-pop;desc=\"{}\", cdn-rid;desc=\"{}\"", metric,
                                    identity.pop, id.view());
    if (notes.result == CacheResult::Hit) value += ", cdn-hit-layer;desc=\"EDGE\"";
    return value;
}

PolicyContext policy_context(const cdn::CacheBehavior& behavior, const http::RequestHead& request,
                             const HeaderScan& scan) {
    if (!behavior.response_headers) return {};
    PolicyContext context{.policy = &*behavior.response_headers,
                          .origin = scan.origin,
                          .has_origin = scan.has_origin};
    context.is_preflight = request.method == http::Method::Options &&
                           request.fields.has("Access-Control-Request-Method");
    return context;
}

void append_with_policy(http::HeadBuilder& head, std::string_view lines,
                        const PolicyContext& context) {
    if (context.policy == nullptr) {
        head.add_raw(lines);
        return;
    }
    std::vector<std::string_view> present;
    for_each_line(lines, [&](std::string_view name, std::string_view, std::string_view line) {
        if (names(context.policy->remove, name) || is_overridden(name, context)) return;
        present.push_back(name);
        head.add_raw(line);
    });
    // What frames the answer is not for a policy to say.  The API refuses such names.
    const http::Fields no_fields;
    const http::HopByHop framing(no_fields);
    for (const cdn::ResponseHeader& header : context.policy->headers) {
        if (framing.covers(header.name) || !applies(header, context)) continue;
        const bool has = std::any_of(present.begin(), present.end(), [&](std::string_view name) {
            return iequals(name, header.name);
        });
        if (has) continue;
        const bool echoes_origin = header.cors && header.value.empty();
        head.add(header.name, echoes_origin ? context.origin : std::string_view(header.value));
        if (echoes_origin) head.add("Vary", "Origin");
    }
}

Selection select_answer(const Entry& entry, const http::RequestHead& request,
                        const HeaderScan& scan, WallTime now) {
    Selection selection{.status = entry.status()};
    if (entry.status() != 200) return selection;
    const EntityTag etag = entry.etag();
    const auto modified = entry.last_modified();
    if (scan.has_conditions) {
        http::Conditions conditions;
        if (!etag.value.empty()) {
            conditions.if_match = request.fields.find("If-Match");
            conditions.if_none_match = request.fields.find("If-None-Match");
        }
        if (modified) {
            conditions.if_modified_since = request.fields.find("If-Modified-Since");
            conditions.if_unmodified_since = request.fields.find("If-Unmodified-Since");
        }
        const auto outcome = http::evaluate_read(
            conditions, {.etag = etag.value, .last_modified = modified.value_or(WallTime{})}, now);
        if (outcome.result == http::ConditionResult::NotModified) return {.status = 304};
        if (outcome.result == http::ConditionResult::PreconditionFailed) return {.status = 412};
    }
    const auto size = entry.body_size();
    if (!scan.has_range || !size || request.method != http::Method::Get) return selection;
    if (!scan.if_range.empty()) {
        // A strong comparison, or the exact date (RFC 9110, section 13.1.5).
        const EntityTag wanted = parse_etag(scan.if_range);
        const bool same = wanted.value.empty()
                              ? modified && parse_http_date(scan.if_range) == modified
                              : !wanted.weak && !etag.weak && wanted.value == etag.value;
        if (!same) return selection;
    }
    const auto spec = http::parse_range_header(scan.range);
    if (!spec) return selection;
    const auto part = http::resolve_range(*spec, *size);
    if (!part) return {.status = 416};
    return {.status = 206, .part = *part};
}

std::string lines_of_not_modified(std::string_view lines) {
    std::string kept;
    for_each_line(lines, [&](std::string_view name, std::string_view, std::string_view line) {
        const bool of_body = istarts_with(name, "content-") && !iequals(name, "content-location");
        if (!of_body) kept += line;
    });
    return kept;
}

}  // namespace tarn::edge
