#include "edge/viewer/viewer_handler.h"

#include "common/base/encoding.h"
#include "common/base/time_text.h"
#include "edge/viewer/error_page.h"
#include "edge/viewer/session.h"

#include <cstring>

namespace tarn::edge {
namespace {

std::uint64_t random_mask(Random& random) {
    std::array<std::uint8_t, 8> bytes{};
    random.fill(bytes);
    std::uint64_t mask = 0;
    std::memcpy(&mask, bytes.data(), bytes.size());
    return mask;
}

// The bytes of an entry, or a part of it, where they lie in one piece.
std::optional<std::string_view> body_in_memory(const Entry& entry,
                                               const std::optional<http::ByteRange>& part) {
    if (entry.has_inline_body()) {
        const std::string_view body = entry.inline_body();
        return part ? body.substr(part->offset, part->length) : body;
    }
    const auto size = entry.body_size();
    if (!size) return std::nullopt;
    const http::ByteRange whole{.offset = 0, .length = *size};
    const http::ByteRange& wanted = part ? *part : whole;
    const std::string_view bytes = entry.chunks()->read(wanted.offset).bytes;
    if (bytes.size() < wanted.length) return std::nullopt;
    return bytes.substr(0, wanted.length);
}

}  // namespace

ViewerFacts facts_of(const net::Exchange& exchange, const HeaderScan& scan) {
    const net::Peer& peer = exchange.peer();
    return {.address = peer.address,
            .port = peer.port,
            .tls = peer.tls,
            .tls_protocol = peer.tls_protocol,
            .tls_cipher = peer.tls_cipher,
            .minor_version = exchange.request().minor_version,
            .user_agent = scan.user_agent};
}

AnswerNotes notes_of(const Entry& entry, Reason reason, CacheResult result, WallTime now) {
    AnswerNotes notes{.reason = reason, .result = result, .stored = true};
    using std::chrono::seconds;
    notes.ttl_left = std::chrono::floor<seconds>(entry.lifetime().fresh_until - now);
    const bool from_cache = result == CacheResult::Hit || reason == Reason::HitNegative;
    if (from_cache) notes.age = age_at(entry.lifetime(), now);
    return notes;
}

ViewerHandler::ViewerHandler(const ViewerOptions& options, net::Loops& loops, EdgeState& state,
                             Engine& engine, Random& random)
    : options_(options),
      identity_(make_identity(options.pop, random_hex(random, 16))),
      state_(state),
      engine_(engine),
      mask_(random_mask(random)) {
    const std::size_t trace_count = kTraceCount / loops.size();
    for (std::size_t i = 0; i < loops.size(); ++i) {
        loops_.push_back(std::make_unique<ViewerLoop>(mask_, static_cast<std::uint16_t>(i),
                                                      trace_count, random));
    }
}

bool ViewerHandler::handle_now(net::Exchange& exchange) {
    const std::size_t loop_index = exchange.loop_index();
    if (!state_.is_ready() || state_.is_fenced()) return false;
    const http::RequestHead& request = exchange.request();
    if (request.method != http::Method::Get && request.method != http::Method::Head) return false;
    const Snapshot& snapshot = *state_.snapshot(loop_index);
    const auto route = find_route(snapshot, request);
    // A permission is checked before the lookup, and takes a while.
    if (!route || !route->behavior->trusted_key_group_ids.empty()) return false;
    const HeaderScan scan = scan_headers(request.fields);
    if (refuse(*route, request, scan, exchange.peer().tls)) return false;
    if (reason_to_pass(*route, request, scan)) return false;

    ViewerLoop& loop = *loops_[loop_index];
    const cdn::CachePolicy& policy = route->behavior->cache;
    const ViewerFacts facts = facts_of(exchange, scan);
    write_cache_key(
        {.distribution_id = route->config().id,
         .config_epoch = route->config().config_epoch,
         .policy = policy,
         .fields = request.fields,
         .path = route->path,
         .query = route->query,
         .accept_encoding = normalize_accept_encoding(
             policy, scan.accept_encoding, scan.has_accept_encoding, request.minor_version),
         .facts = facts},
        loop.key);
    const WallTime now = engine_.clock().now();
    const EntryPtr entry =
        engine_.find_fresh(hash_key(loop.key), loop.key, *route->active->invalidations, now);
    if (!entry) return false;
    return answer_from_memory(exchange, *route, scan, entry, now);
}

bool ViewerHandler::answer_from_memory(net::Exchange& exchange, const Route& route,
                                       const HeaderScan& scan, const EntryPtr& entry,
                                       WallTime now) {
    const bool has_error_page = entry->is_error() && !route.config().custom_errors.empty();
    if (entry->is_edge_made() || has_error_page) return false;
    const http::RequestHead& request = exchange.request();
    Selection selection{.status = entry->status()};
    if (scan.has_conditions || scan.has_range) {
        selection = select_answer(*entry, request, scan, now);
        if (selection.status >= 400 && !entry->is_error()) return false;
    }
    const auto body = body_in_memory(*entry, selection.part);
    if (!body) return false;

    ViewerLoop& loop = *loops_[exchange.loop_index()];
    const RequestId id = loop.ids.next();
    AnswerNotes notes = notes_of(*entry, Reason::HitFresh, CacheResult::Hit, now);
    if (entry->is_error()) {
        notes.reason = Reason::HitNegative;
        notes.result = CacheResult::Error;
    }
    http::HeadBuilder& head = exchange.head();
    head.begin_response(selection.status);
    const PolicyContext context = policy_context(*route.behavior, request, scan);
    if (selection.status == 304) {
        append_with_policy(head, lines_of_not_modified(entry->head_lines()), context);
    } else {
        append_with_policy(head, entry->head_lines(), context);
    }
    if (selection.part) {
        if (const auto size = entry->body_size()) {
            head.add("Content-Range", http::format_content_range(*selection.part, *size));
        }
    }
    append_edge_lines(head, identity_, id, notes);
    if (context.policy != nullptr && context.policy->server_timing) {
        head.add("Server-Timing", server_timing(identity_, id, notes));
    }

    TraceRecord& record = begin_trace(exchange, id, loop.ids.last_number(), now, &route, &scan);
    record.found = note_of(*entry, now);
    const bool sends_body = request.method != http::Method::Head && selection.status != 304;
    end_trace(record, exchange.loop_index(), notes, selection.status,
              sends_body ? body->size() : 0);
    exchange.respond(*body, entry);
    return true;
}

net::Task<> ViewerHandler::handle(net::Exchange& exchange) {
    Session session(*this, exchange);
    if (const Route* route = session.admit()) co_await session.serve(*route);
}

void ViewerHandler::handle_refused(net::Exchange& exchange, http::HeadError error) {
    // CloudFront answers 413 to a URL or a head above its limits.
    const bool too_large = error == http::HeadError::TargetTooLong ||
                           error == http::HeadError::HeadTooLarge ||
                           error == http::HeadError::TooManyFields;
    const int status = too_large ? 413 : http::status_of(error);
    ViewerLoop& loop = *loops_[exchange.loop_index()];
    const WallTime now = engine_.clock().now();
    const RequestId id = loop.ids.next();
    const AnswerNotes notes{.reason = Reason::RefusedHead, .result = CacheResult::Error};
    http::HeadBuilder& head = exchange.head();
    head.begin_response(status);
    head.add("Server", "CloudFront");
    head.add("Date", format_http_date(now));
    head.add("Content-Type", "text/html");
    append_edge_lines(head, identity_, id, notes);
    const std::string page = error_page(status, default_explanation(status), id.view());
    TraceRecord& record = begin_trace(exchange, id, loop.ids.last_number(), now, nullptr, nullptr);
    end_trace(record, exchange.loop_index(), notes, status, page.size());
    exchange.close();
    exchange.respond(page);
}

TraceRecord& ViewerHandler::begin_trace(net::Exchange& exchange, const RequestId& id,
                                        std::uint64_t number, WallTime now, const Route* route,
                                        const HeaderScan* scan) {
    TraceRecord& record = loops_[exchange.loop_index()]->traces.begin(number);
    record.id = id;
    record.time = now;
    record.duration_us = 0;
    record.viewer.assign(exchange.peer().address);
    record.tls = exchange.peer().tls;
    record.applied_sequence = engine_.applied_sequence();
    record.distribution.assign(route ? std::string_view(route->config().id) : std::string_view());
    record.behavior_index = static_cast<std::uint16_t>(route ? route->behavior_index : 0);
    record.header_names.assign({});
    record.cookies.assign({});
    if (scan == nullptr) {  // the head could not be read
        record.method.assign({});
        record.host.assign({});
        record.target.assign({});
        record.accept_encoding.assign({});
        return record;
    }
    const http::RequestHead& request = exchange.request();
    record.method.assign(request.method_text);
    record.host.assign(request.host);
    record.target.assign(request.target);
    record.accept_encoding.assign(scan->accept_encoding);
    for (const http::Field& field : request.fields) {
        record.header_names.append(field.name);
        record.header_names.append(",");
    }
    if (scan->has_cookie) record.cookies.assign(request.fields.get("cookie"));
    return record;
}

void ViewerHandler::end_trace(TraceRecord& record, std::size_t loop, const AnswerNotes& notes,
                              int status, std::uint64_t body_bytes) {
    record.reason = notes.reason;
    record.result = notes.result;
    record.status = static_cast<std::uint16_t>(status);
    record.body_bytes = body_bytes;
    LoopMetrics& metrics = loops_[loop]->metrics;
    metrics.requests[static_cast<std::size_t>(notes.reason)].add(1);
    metrics.body_bytes.add(body_bytes);
    if (record.origin_attempts > 0) metrics.origin_requests.add(record.origin_attempts);
}

}  // namespace tarn::edge
