#include "edge/viewer/admission.h"

#include "common/base/text.h"
#include "common/http/target.h"
#include "edge/origin/origin_request.h"

#include <algorithm>
#include <array>

namespace tarn::edge {
namespace {

using cdn::MethodSet;
using http::Method;

struct MethodRow {
    Method method;
    MethodSet::Bit bit;
};
constexpr MethodRow kMethodRows[] = {
    {Method::Get, MethodSet::Get},         {Method::Head, MethodSet::Head},
    {Method::Options, MethodSet::Options}, {Method::Put, MethodSet::Put},
    {Method::Post, MethodSet::Post},       {Method::Patch, MethodSet::Patch},
    {Method::Delete, MethodSet::Delete},
};

bool contains(const MethodSet& set, Method method) {
    for (const MethodRow& row : kMethodRows) {
        if (row.method == method) return set.has(row.bit);
    }
    return false;
}

// A Host in lower case without its port, in storage of its own.  Empty if it is longer than any
// name.
class HostName {
  public:
    explicit HostName(std::string_view host) {
        const std::size_t end = host.starts_with('[') ? host.find(']') : host.find(':');
        host = host.substr(0, end);
        if (host.size() > text_.size()) return;
        std::ranges::transform(host, text_.begin(), [](char c) { return to_lower(c); });
        length_ = host.size();
        if (length_ > 0 && text_[length_ - 1] == '.') --length_;
    }
    std::string_view view() const { return {text_.data(), length_}; }

  private:
    std::array<char, 255> text_;
    std::size_t length_ = 0;
};

constexpr std::string_view kPathForm = "/_edge/d/";

// "/_edge/d/<ID>/path": the distribution, and the path that it sees.
const ActiveDistribution* find_by_path(const Snapshot& snapshot, std::string_view& path) {
    if (!path.starts_with(kPathForm)) return nullptr;
    const std::string_view rest = path.substr(kPathForm.size());
    const std::size_t slash = rest.find('/');
    const ActiveDistribution* active = snapshot.find_id(rest.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view("/") : rest.substr(slash);
    return active;
}

bool has_body(const http::RequestHead& request) {
    return request.framing.kind == http::BodyFraming::Kind::Chunked || request.framing.length > 0;
}

}  // namespace

HeaderScan scan_headers(const http::Fields& fields) {
    HeaderScan scan;
    for (const http::Field& field : fields) {
        const std::string_view name = field.name;
        switch (name.size()) {
            case 3:
                scan.has_via |= iequals(name, "via");
                break;
            case 5:
                if (iequals(name, "range")) {
                    scan.has_range = true;
                    scan.range = field.value;
                }
                break;
            case 6:
                if (iequals(name, "origin")) {
                    scan.has_origin = true;
                    scan.origin = field.value;
                } else {
                    scan.has_cookie |= iequals(name, "cookie");
                }
                break;
            case 8:
                if (iequals(name, "if-range")) scan.if_range = field.value;
                scan.has_conditions |= iequals(name, "if-match");
                break;
            case 10:
                if (iequals(name, "user-agent")) scan.user_agent = field.value;
                break;
            case 13:
                scan.has_conditions |= iequals(name, "if-none-match");
                scan.has_authorization |= iequals(name, "authorization");
                break;
            case 15:
                if (iequals(name, "accept-encoding")) {
                    scan.has_accept_encoding = true;
                    scan.accept_encoding = field.value;
                }
                break;
            case 17:
                scan.has_conditions |= iequals(name, "if-modified-since");
                break;
            case 19:
                scan.has_conditions |= iequals(name, "if-unmodified-since");
                break;
            default:
                break;
        }
    }
    return scan;
}

std::optional<Route> find_route(const Snapshot& snapshot, const http::RequestHead& request) {
    const http::Target target = http::split_target(request.target);
    Route route{.path = target.path, .query = target.query};
    route.active = snapshot.find_host(HostName(request.host).view());
    if (route.active == nullptr) route.active = find_by_path(snapshot, route.path);
    if (route.active == nullptr) return std::nullopt;
    // Before the behavior is chosen, so that "*.html" applies to "/" as well.
    if (route.path == "/" && !route.active->root_path.empty()) route.path = route.active->root_path;
    route.behavior = &cdn::match_behavior(route.config(), route.path, &route.behavior_index);
    return route;
}

std::optional<Refusal> refuse(const Route& route, const http::RequestHead& request,
                              const HeaderScan& scan, bool tls) {
    const cdn::CacheBehavior& behavior = *route.behavior;
    if (!route.config().enabled) {
        return Refusal{.reason = Reason::RefusedDisabled,
                       .explanation = "The distribution is disabled."};
    }
    if (scan.has_via && distributions_passed(request.fields) > kMaxDistributionsPassed) {
        return Refusal{.reason = Reason::RefusedLoop,
                       .explanation = "The request has passed too many distributions."};
    }
    if (!tls && behavior.viewer_protocol == cdn::ViewerProtocol::HttpsOnly) {
        return Refusal{
            .reason = Reason::RefusedProtocol,
            .explanation = "This distribution is not configured to allow HTTP requests."};
    }
    if (!tls && behavior.viewer_protocol == cdn::ViewerProtocol::RedirectToHttps) {
        const bool safe = request.method == Method::Get || request.method == Method::Head;
        if (!safe && request.minor_version < 1) return Refusal{.reason = Reason::RefusedProtocol};
        return Refusal{.status = safe ? 301 : 307, .reason = Reason::Redirected};
    }
    if (!contains(behavior.allowed_methods, request.method)) {
        return Refusal{.reason = Reason::RefusedMethod,
                       .explanation =
                           "This distribution is not configured to allow the HTTP request "
                           "method that was used for this request."};
    }
    const bool without_body = request.method == Method::Get || request.method == Method::Head;
    if (without_body && has_body(request)) {
        return Refusal{.reason = Reason::RefusedBody,
                       .explanation = "A GET or HEAD request must not have a body."};
    }
    return std::nullopt;
}

std::optional<Reason> reason_to_pass(const Route& route, const http::RequestHead& request,
                                     const HeaderScan& scan) {
    const cdn::CacheBehavior& behavior = *route.behavior;
    const bool is_get = request.method == Method::Get || request.method == Method::Head;
    const bool is_cached_options = request.method == Method::Options && !has_body(request) &&
                                   behavior.cached_methods.has(MethodSet::Options);
    if (!is_get && !is_cached_options) return Reason::PassMethod;
    if (behavior.cache.caching_disabled) return Reason::PassPolicy;
    if (scan.has_authorization && forwards_unkeyed_authorization(behavior, request.fields)) {
        return Reason::PassAuthorization;
    }
    return std::nullopt;
}

KeyMethod key_method(Method method) {
    return method == Method::Options ? KeyMethod::Options : KeyMethod::Get;
}

std::string https_location(const http::RequestHead& request, std::uint16_t tls_port) {
    const std::size_t from = request.host.starts_with('[') ? request.host.find(']') : 0;
    const std::size_t port = request.host.find(':', from);
    std::string location = "https://";
    location.append(request.host.substr(0, port));
    if (port != std::string_view::npos && tls_port != 443) {
        location.append(":").append(std::to_string(tls_port));
    }
    return location.append(request.target);
}

}  // namespace tarn::edge
