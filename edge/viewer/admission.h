// The first steps of a request, before the cache: which distribution and behavior, and whether they
// admit it (cloudfront.md 6.1, steps 1 to 7).  Pure.

#pragma once

#include "common/http/head.h"
#include "edge/cache/cache_key.h"
#include "edge/cache/reason.h"
#include "edge/control/snapshot.h"
#include "edge/origin/selection.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::edge {

// Which headers a request carries that matter to the edge, found in one pass over its fields.
struct HeaderScan {
    std::string_view accept_encoding;
    std::string_view range;
    std::string_view if_range;
    std::string_view user_agent;
    std::string_view origin;
    bool has_accept_encoding = false;
    bool has_range = false;
    bool has_conditions = false;  // If-Match, If-None-Match, If-(Un)Modified-Since
    bool has_via = false;
    bool has_cookie = false;
    bool has_authorization = false;
    bool has_origin = false;
};
HeaderScan scan_headers(const http::Fields& fields);

// A request that found its distribution.
struct Route {
    const ActiveDistribution* active = nullptr;
    std::string_view path;   // raw, the default root object put in
    std::string_view query;  // raw
    const cdn::CacheBehavior* behavior = nullptr;
    std::size_t behavior_index = 0;

    const cdn::Distribution& config() const { return *active->config; }
};
// Nothing where no distribution has the host.  "/_edge/d/<ID>/path" names one by its id, on hosts
// that are no distribution's: for browsers on machines that cannot resolve made-up names.
std::optional<Route> find_route(const Snapshot& snapshot, const http::RequestHead& request);

struct Refusal {
    int status = 403;
    Reason reason = Reason::RefusedHost;
    std::string_view explanation;
};
// Why the request is not admitted; nothing if it is.  A redirect to https has the status 301 or
// 307.
std::optional<Refusal> refuse(const Route& route, const http::RequestHead& request,
                              const HeaderScan& scan, bool tls);

// Whether the answer may be kept, or why the request goes straight through.
std::optional<Reason> reason_to_pass(const Route& route, const http::RequestHead& request,
                                     const HeaderScan& scan);
KeyMethod key_method(http::Method method);

// "https://host/path?query" of a redirect.  Unlike CloudFront, whose ports are 80 and 443, a
// request that named a port is sent to ours.
std::string https_location(const http::RequestHead& request, std::uint16_t tls_port);

}  // namespace tarn::edge
