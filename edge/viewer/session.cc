#include "edge/viewer/session.h"

#include "common/http/target.h"
#include "edge/viewer/error_page.h"

#include <utility>

namespace tarn::edge {
namespace {

constexpr std::size_t kPipeBytes = 64 * 1024;

bool has_body(const http::RequestHead& request) {
    return request.framing.kind == http::BodyFraming::Kind::Chunked || request.framing.length > 0;
}

net::RequestBody framing_of(const http::RequestHead& request) {
    if (request.framing.kind == http::BodyFraming::Kind::Chunked) {
        return {.kind = net::RequestBody::Kind::Chunked};
    }
    return {.kind = net::RequestBody::Kind::Length, .length = request.framing.length};
}

}  // namespace

Session::Session(ViewerHandler& handler, net::Exchange& exchange)
    : handler_(handler),
      exchange_(exchange),
      loop_(exchange.loop_index()),
      id_(handler.loop(loop_).ids.next()),
      number_(handler.loop(loop_).ids.last_number()),
      start_(handler.engine().clock().steady_now()),
      scan_(scan_headers(exchange.request().fields)),
      snapshot_(handler.state().snapshot(loop_)),
      now_(handler.engine().clock().now()) {}

const Route* Session::admit() {
    if (!handler_.state().is_ready()) {
        send_refusal({.status = 503, .reason = Reason::NotReady});
        return nullptr;
    }
    route_ = find_route(*snapshot_, request());
    if (!route_) {
        send_refusal({.reason = Reason::RefusedHost,
                      .explanation = "No distribution has this host name.  Use an alias or "
                                     "&lt;id&gt;.cloudfront.net as Host, or the path "
                                     "/_edge/d/&lt;ID&gt;/."});
        return nullptr;
    }
    Route& route = *route_;
    if (const auto refusal = refuse(route, request(), scan_, exchange_.peer().tls)) {
        send_refusal(*refusal);
        return nullptr;
    }
    if (const auto error = check_private(route)) {
        send_permission_error(*error);
        return nullptr;
    }
    return &route;
}

std::optional<PermissionError> Session::check_private(Route& route) {
    const auto& groups = route.behavior->trusted_key_group_ids;
    if (groups.empty()) return std::nullopt;
    const Permission permission = read_permission(route.query, request().fields);
    query_ = strip_permission(route.query);
    route.query = query_;
    const auto check = [&](std::string_view path) {
        return check_permission(
            permission,
            {.keys = *route.active->keys,
             .key_group_ids = groups,
             .urls = urls_of_request(request().host, route.config().domain_name, path, query_),
             .viewer_address = exchange_.peer().address,
             .now = now_});
    };
    // The signer named the object as the viewer did, not as the default root object.
    const bool is_root = http::split_target(request().target).path == "/";
    const std::string_view path = is_root ? "/" : route.path;
    const auto error = check(path);
    // CloudFront does not document which path a Resource is compared with.  The origin may read
    // "/mine/../yours" as "/yours", so "/mine/*" must cover both ways to read it.
    if (error || !cdn::has_dot_segment(path)) return error;
    return check(cdn::normalize_path(path));
}

net::Task<> Session::serve(const Route& route) {
    auto pass_reason = reason_to_pass(route, request(), scan_);
    if (!pass_reason && handler_.state().is_fenced()) pass_reason = Reason::PassLeaseLost;
    if (!pass_reason) {
        Obtained obtained = co_await obtain(route);
        co_await deliver(route, obtained, {});
        co_return;
    }
    if (has_body(request())) {
        co_await pass_with_body(route, *pass_reason);
        co_return;
    }
    demand_ = make_demand(route, request().method, key_method(request().method), false);
    Obtained obtained = co_await handler_.engine().pass(demand_, *pass_reason, loop_);
    co_await deliver(route, obtained, {});
}

DemandPtr Session::make_demand(const Route& route, http::Method method, KeyMethod key_method,
                               bool cacheable) const {
    const http::RequestHead& head = request();
    const ViewerFacts facts = facts_of(exchange_, scan_);
    const cdn::CachePolicy& policy = route.behavior->cache;
    auto demand = std::make_shared<Demand>();
    demand->distribution = route.active->config;
    demand->behavior = route.behavior;
    demand->invalidations = route.active->invalidations;
    demand->viewer_tls = exchange_.peer().tls;
    demand->accept_encoding = normalize_accept_encoding(
        policy, scan_.accept_encoding, scan_.has_accept_encoding, head.minor_version);
    demand->request = make_origin_request(
        {.behavior = *route.behavior,
         .fields = head.fields,
         .method = method,
         .method_text = method == head.method ? head.method_text : http::method_name(method),
         .path = route.path,
         .query = route.query,
         .viewer_host = head.host,
         .accept_encoding = demand->accept_encoding,
         .facts = facts,
         .request_id = id_.view(),
         .via = handler_.identity().via,
         .cacheable = cacheable});
    if (!cacheable) return demand;
    demand->invalidation_part = write_cache_key({.distribution_id = route.config().id,
                                                 .config_epoch = route.config().config_epoch,
                                                 .policy = policy,
                                                 .fields = head.fields,
                                                 .path = route.path,
                                                 .query = route.query,
                                                 .method = key_method,
                                                 .accept_encoding = demand->accept_encoding,
                                                 .facts = facts},
                                                demand->key);
    if (method == http::Method::Get && scan_.has_range) {
        demand->range = http::parse_range_header(scan_.range);
        if (scan_.if_range.empty()) demand->pass_range = scan_.range;
    }
    return demand;
}

// An answer to HEAD comes from the stored answer to GET where there is one; else it is asked for,
// and stored, by itself.
net::Task<Obtained> Session::obtain(const Route& route) {
    Engine& engine = handler_.engine();
    if (request().method == http::Method::Head) {
        demand_ = make_demand(route, http::Method::Get, KeyMethod::Get, true);
        const EntryPtr stored =
            engine.find_fresh(hash_key(demand_->key), demand_->key, *demand_->invalidations, now_);
        if (!stored) {
            demand_ = make_demand(route, http::Method::Head, KeyMethod::HeadOnly, true);
        }
    } else {
        demand_ = make_demand(route, request().method, key_method(request().method), true);
    }
    co_return co_await engine.obtain(demand_, loop_);
}

net::Task<std::optional<net::BodyError>> Session::pipe_request_body(net::ClientExchange& to) {
    std::string buffer(kPipeBytes, '\0');
    while (true) {
        const auto count = co_await exchange_.read_body(buffer);
        if (!count) co_return count.error();
        if (*count == 0) break;
        const auto written = co_await to.write_body(std::string_view(buffer).substr(0, *count));
        // The origin may have answered already, and closed: its answer counts.
        if (!written) co_return std::nullopt;
    }
    co_await to.end_body();
    co_return std::nullopt;
}

net::Task<> Session::pass_with_body(const Route& route, Reason reason) {
    Engine& engine = handler_.engine();
    demand_ = make_demand(route, request().method, KeyMethod::Get, false);
    const net::RequestBody body = framing_of(request());
    auto answer =
        co_await engine.origin(loop_).open(route.config(), route.behavior->target_origin_id,
                                           demand_->request, body, demand_->viewer_tls);
    Obtained obtained{.reason = reason, .result = CacheResult::Miss};
    if (answer) {
        if (const auto unread = co_await pipe_request_body(*answer->exchange)) {
            upstream_ = answer->note;
            const int status = *unread == net::BodyError::TimedOut ? 408 : 400;
            send_error(status, default_explanation(status),
                       {.reason = Reason::RefusedUpload, .result = CacheResult::Error});
            co_return;
        }
    }
    std::optional<net::ClientError> error;
    if (answer) {
        const auto head = co_await answer->exchange->read_head();
        if (head) {
            answer->head = *head;
            answer->note.status = (*head)->status;
            obtained.upstream = answer->note;
            obtained.pass = std::move(*answer);
        } else {
            error = head.error();
            obtained.upstream = answer->note;
            obtained.upstream.error = net::to_text(*error);
        }
    } else {
        error = answer.error().error;
        obtained.upstream = answer.error().note;
    }
    if (error) {
        obtained.reason = Reason::OriginFailed;
        obtained.failure_status = OriginFailure{.error = *error}.status();
    }
    if (error || obtained.pass.head->status >= 400) obtained.result = CacheResult::Error;
    co_await deliver(route, obtained, {});
}

// No coroutine: it only decides which one answers.
net::Task<> Session::deliver(const Route& route, Obtained& obtained, Presentation presentation) {
    if (obtained.upstream.attempt_count > 0) upstream_ = obtained.upstream;
    if (!presentation.is_error_page && !presentation.is_second_try) found_ = obtained.found;
    const int status = obtained.entry           ? obtained.entry->status()
                       : obtained.pass.exchange ? obtained.pass.head->status
                                                : obtained.failure_status;
    if (status >= 400 && !presentation.is_error_page) {
        const auto* custom = cdn::find_custom_error(route.config(), status);
        if (custom != nullptr && !custom->page_path.empty()) {
            obtained.pass = {};  // its connection is not held meanwhile
            return deliver_error_page(route, *custom, status, std::move(obtained.reader));
        }
    }
    if (obtained.entry) return send_entry(route, obtained, presentation);
    if (obtained.pass.exchange) return send_pass(route, obtained, presentation);
    return send_failure(obtained.reason, status);
}

// The page that the distribution has for a status, fetched like any other object.  Where fetching
// it fails, the viewer sees that failure's status (cloudfront.md 2.7).
net::Task<> Session::deliver_error_page(const Route& route, const cdn::CustomErrorResponse& custom,
                                        int status, FlightReader /*fill*/) {
    Route page{.active = route.active, .path = custom.page_path};
    page.behavior = &cdn::match_behavior(page.config(), page.path, &page.behavior_index);
    Engine& engine = handler_.engine();
    const bool passes = page.behavior->cache.caching_disabled;
    demand_ = make_demand(page, http::Method::Get, KeyMethod::Get, !passes);
    Obtained obtained = passes ? co_await engine.pass(demand_, Reason::PassPolicy, loop_)
                               : co_await engine.obtain(demand_, loop_);
    const int page_status = obtained.entry           ? obtained.entry->status()
                            : obtained.pass.exchange ? obtained.pass.head->status
                                                     : obtained.failure_status;
    const int shown = custom.response_code != 0 ? custom.response_code : status;
    obtained.result = CacheResult::Error;
    co_await deliver(page, obtained,
                     {.status = page_status >= 400 ? page_status : shown, .is_error_page = true});
}

}  // namespace tarn::edge
