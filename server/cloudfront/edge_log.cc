#include "server/cloudfront/edge_log.h"

#include "common/base/text.h"
#include "common/http/target.h"
#include "server/cloudfront/answers.h"
#include "server/cloudfront/edge_documents.h"
#include "server/cloudfront/propagation.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>

namespace tarn::cloudfront {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMaxLinesBytes = 1 << 20;
constexpr std::size_t kMaxBodyBytes = 64 * 1024;

void respond(net::Exchange& exchange, int status, std::string_view content_type,
             std::string_view body) {
    exchange.head().begin_response(status);
    if (!content_type.empty()) exchange.head().add("Content-Type", content_type);
    exchange.head().add("Cache-Control", "no-store");
    exchange.respond(body);
}

void respond_text(net::Exchange& exchange, int status, std::string_view text) {
    respond(exchange, status, "text/plain", text);
}

void respond_failed(net::Exchange& exchange, const Error& fault) {
    respond_text(exchange, row_of(fault.code).status, fault.message);
}

net::Task<std::optional<std::string>> read_body(net::Exchange& exchange) {
    std::string body;
    char buffer[4096];
    for (;;) {
        const auto count = co_await exchange.read_body(buffer);
        if (!count) co_return std::nullopt;
        if (*count == 0) co_return body;
        if (body.size() + *count > kMaxBodyBytes) co_return std::nullopt;
        body.append(buffer, *count);
    }
}

std::string heartbeat(std::uint64_t newest) {
    return cdn::write_log_record({.type = cdn::LogRecord::Type::Heartbeat, .sequence = newest});
}

}  // namespace

bool EdgeLog::has_token(const net::Exchange& exchange) const {
    constexpr std::string_view kScheme = "Bearer ";
    const std::string_view value = exchange.request().fields.get("Authorization");
    const std::string& token = context_.options.edge_token;
    return !token.empty() && istarts_with(value, kScheme) &&
           equal_constant_time(trim(value.substr(kScheme.size())), token);
}

net::Task<> EdgeLog::handle(net::Exchange& exchange) {
    if (!has_token(exchange)) {
        respond_text(exchange, 401, "The edge token is missing or wrong.\n");
        co_return;
    }
    const http::Target target = http::split_target(exchange.request().target);
    const std::string_view method = exchange.request().method_text;
    const std::string_view path = target.path.substr(kControlPrefix.size());
    constexpr std::string_view kEdges = "edges/";
    constexpr std::string_view kInvalidations = "invalidations/";
    constexpr std::string_view kProof = "/proof";
    if (method == "GET" && path == "log") {
        co_await follow(exchange, target.query);
    } else if (method == "POST" && path == "ack") {
        co_await take_acknowledgement(exchange);
    } else if (method == "POST" && path == "goodbye") {
        co_await take_goodbye(exchange);
    } else if (method == "GET" && path == "edges") {
        co_await list_edges(exchange);
    } else if (method == "DELETE" && path.starts_with(kEdges)) {
        co_await remove_edge(exchange, path.substr(kEdges.size()));
    } else if (method == "GET" && path.starts_with(kInvalidations) && path.ends_with(kProof) &&
               path.size() > kInvalidations.size() + kProof.size()) {
        const std::string_view id = path.substr(kInvalidations.size());
        co_await answer_proof(exchange, id.substr(0, id.size() - kProof.size()));
    } else {
        respond_text(exchange, 404, "There is nothing of this method and path.\n");
    }
}

void EdgeLog::stop() {
    stopping_ = true;
    bell_.ring();
}

// ---- the stream ----

// An edge's stream, as the registry counts it.
class EdgeLog::Connection {
  public:
    Connection(EdgeRegistry& registry, const Follower& follower)
        : registry_(registry), follower_(follower) {}
    ~Connection() { registry_.disconnect(follower_.edge_id, follower_.boot_id); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

  private:
    EdgeRegistry& registry_;
    const Follower& follower_;
};

Result<bool, Error> EdgeLog::can_follow(const Follower& follower) {
    ControlStore& store = context_.store;
    if (!follower.log_name.empty() && follower.log_name != store.log_name()) return false;
    if (follower.from > store.newest_sequence()) return false;
    if (follower.from == 0) return true;
    TARN_TRY(const std::uint64_t truncated, store.truncated_up_to());
    return follower.from >= truncated;
}

Result<void, Error> EdgeLog::remember(const Follower& follower) {
    return context_.store.transact([&](Transaction& transaction) -> Result<void, Error> {
        transaction.put(edge_key(follower.edge_id),
                        write_row(EdgeRow{follower.edge_id, follower.boot_id, follower.pop}));
        return {};
    });
}

net::Task<> EdgeLog::follow(net::Exchange& exchange, std::string_view query) {
    const auto from = parse_uint(query_value(query, "from").value_or(""));
    const Follower follower{.edge_id = query_value(query, "edge").value_or(""),
                            .boot_id = query_value(query, "boot").value_or(""),
                            .pop = query_value(query, "pop").value_or(""),
                            .log_name = query_value(query, "log").value_or(""),
                            .from = from.value_or(0)};
    if (!from || follower.edge_id.empty() || follower.boot_id.empty()) {
        co_return respond_text(exchange, 400, "from, edge and boot are needed.\n");
    }
    const auto allowed = co_await pool_.run([&] { return can_follow(follower); });
    if (!allowed) co_return respond_failed(exchange, allowed.error());
    if (!*allowed) {
        co_return respond_text(exchange, 410,
                               "The log does not reach back to this sequence. Drop the cache and "
                               "ask from 0.\n");
    }
    // Registered before the edge gets its first record: from now on changes wait for it, and from
    // the row's commit on also across a restart of the server.
    const bool is_new =
        context_.edges.connect(follower.edge_id, follower.boot_id, follower.pop, follower.from);
    const Connection connection(context_.edges, follower);
    if (is_new) {
        const auto stored = co_await pool_.run([&] { return remember(follower); });
        if (!stored) co_return respond_failed(exchange, stored.error());
    }
    exchange.head().begin_response(200);
    exchange.head().add("Content-Type", "application/x-ndjson");
    exchange.head().add("Cache-Control", "no-store");
    exchange.head().add("X-Tarn-Log", context_.store.log_name());
    if (!co_await exchange.start(std::nullopt)) co_return;

    std::uint64_t sent = follower.from;
    if (sent == 0 && !co_await send_snapshot(exchange, sent)) co_return;
    while (!stopping_) {
        if (!co_await send_news(exchange, follower, sent)) co_return;
    }
    co_await exchange.finish();
}

net::Task<bool> EdgeLog::send_snapshot(net::Exchange& exchange, std::uint64_t& sent) {
    const auto snapshot = co_await pool_.run([&] { return context_.store.snapshot(); });
    if (!snapshot) {
        exchange.close();
        co_return false;
    }
    sent = snapshot->last;
    co_return co_await exchange.write(snapshot->text + heartbeat(sent));
}

// Sends what is new, waits for more where nothing is, and ends with a heartbeat.
net::Task<bool> EdgeLog::send_news(net::Exchange& exchange, const Follower& follower,
                                   std::uint64_t& sent) {
    const std::uint64_t seen = bell_.rings();
    std::string text;
    if (context_.store.newest_sequence() > sent) {
        const auto lines =
            co_await pool_.run([&] { return context_.store.log_lines(sent, kMaxLinesBytes); });
        if (!lines) {
            exchange.close();
            co_return false;
        }
        text = lines->text;
        sent = lines->last;
    } else if (!stopping_) {
        const auto deadline = steady_clock::now() + context_.options.heartbeat_interval;
        co_await bell_.wait(seen, deadline);
        // Rung for new records, or for something else: then there is no news yet.
        if (steady_clock::now() < deadline) co_return true;
    }
    text += heartbeat(context_.store.newest_sequence());
    if (!co_await exchange.write(text)) co_return false;
    if (context_.edges.heard(follower.edge_id, follower.boot_id)) co_return true;
    exchange.close();  // removed meanwhile: it has to register again
    co_return false;
}

// ---- acknowledgements ----

net::Task<> EdgeLog::take_acknowledgement(net::Exchange& exchange) {
    const auto body = co_await read_body(exchange);
    const auto message = body ? read_edge_message(*body) : std::nullopt;
    if (!message) co_return respond_text(exchange, 400, "The message is malformed.\n");
    // An edge cannot have applied what was not written.
    const std::uint64_t applied = std::min(message->applied, context_.store.newest_sequence());
    if (!context_.edges.acknowledge(message->edge_id, message->boot_id, applied,
                                    message->dropped)) {
        co_return respond_text(exchange, 410, "This edge is not registered.\n");
    }
    respond(exchange, 204, {}, {});
}

Result<void, Error> EdgeLog::forget(std::string_view edge_id) {
    return context_.store.transact([&](Transaction& transaction) -> Result<void, Error> {
        transaction.erase(edge_key(edge_id));
        return {};
    });
}

net::Task<> EdgeLog::take_goodbye(net::Exchange& exchange) {
    const auto body = co_await read_body(exchange);
    const auto message = body ? read_edge_message(*body) : std::nullopt;
    if (!message) co_return respond_text(exchange, 400, "The message is malformed.\n");
    if (context_.edges.remove(message->edge_id, message->boot_id)) {
        const auto stored = co_await pool_.run([&] { return forget(message->edge_id); });
        if (!stored) co_return respond_failed(exchange, stored.error());
    }
    respond(exchange, 204, {}, {});
}

// ---- for operators ----

net::Task<> EdgeLog::list_edges(net::Exchange& exchange) const {
    respond(exchange, 200, "application/json",
            edges_document(context_.edges.edges(), context_.store.newest_sequence(),
                           context_.clock.steady_now()));
    co_return;
}

net::Task<> EdgeLog::remove_edge(net::Exchange& exchange, std::string_view id) {
    if (!context_.edges.remove(id, {})) {
        co_return respond_text(exchange, 404, "There is no such edge.\n");
    }
    const auto stored = co_await pool_.run([&] { return forget(id); });
    if (!stored) co_return respond_failed(exchange, stored.error());
    respond(exchange, 204, {}, {});
}

net::Task<> EdgeLog::answer_proof(net::Exchange& exchange, std::string_view invalidation_id) {
    const auto document = co_await pool_.run([&] { return proof(invalidation_id); });
    if (!document) co_return respond_failed(exchange, document.error());
    const std::optional<std::string>& text = *document;
    if (!text) co_return respond_text(exchange, 404, "There is no such invalidation.\n");
    respond(exchange, 200, "application/json", *text);
}

Result<std::optional<std::string>, Error> EdgeLog::proof(std::string_view invalidation_id) {
    TARN_TRY(const auto distributions, context_.store.rows<DistributionRow>(kDistributionPrefix));
    for (const DistributionRow& distribution : distributions) {
        TARN_TRY(auto row, context_.store.get_row<InvalidationRow>(
                               invalidation_key(distribution.id, invalidation_id)));
        if (!row) continue;
        if (auto completed = is_completed(context_, *row); !completed) {
            return fail(std::move(completed).error());
        }
        return std::optional(proof_document(*row, context_.edges.edges()));
    }
    return std::optional<std::string>{};
}

}  // namespace tarn::cloudfront
