#include "edge/viewer/admin_handler.h"

#include "common/http/target.h"
#include "edge/cache/suspend.h"

#include <array>
#include <optional>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace tarn::edge {
namespace {

constexpr std::string_view kTracePath = "/_edge/trace/";

void respond(net::Exchange& exchange, int status, std::string_view type, std::string_view body) {
    http::HeadBuilder& head = exchange.head();
    head.begin_response(status);
    head.add("Content-Type", type);
    head.add("Cache-Control", "no-store");
    exchange.respond(body);
}

void append_gauge(std::string& text, std::string_view name, std::string_view help,
                  std::uint64_t value) {
    fmt::format_to(std::back_inserter(text), "# HELP {0} {1}\n# TYPE {0} gauge\n{0} {2}\n", name,
                   help, value);
}

void append_counter(std::string& text, std::string_view name, std::string_view help,
                    std::uint64_t value) {
    fmt::format_to(std::back_inserter(text), "# HELP {0} {1}\n# TYPE {0} counter\n{0} {2}\n", name,
                   help, value);
}

}  // namespace

net::Task<> AdminHandler::handle(net::Exchange& exchange) {
    const std::string_view path = http::split_target(exchange.request().target).path;
    if (exchange.request().method != http::Method::Get) {
        respond(exchange, 405, "text/plain", "only GET\n");
    } else if (path == "/metrics") {
        respond(exchange, 200, "text/plain; version=0.0.4", metrics_text());
    } else if (path == "/_edge/status") {
        respond(exchange, 200, "application/json", status_json(exchange.loop_index()));
    } else if (path == "/health") {
        const bool ready = viewers_.state().is_ready();
        respond(exchange, ready ? 200 : 503, "text/plain", ready ? "ok\n" : "not ready\n");
    } else if (path.starts_with(kTracePath)) {
        co_await answer_trace(exchange, path.substr(kTracePath.size()));
    } else {
        respond(exchange, 404, "text/plain",
                "try /metrics, /health, /_edge/status or /_edge/trace/<X-Amz-Cf-Id>\n");
    }
}

void AdminHandler::handle_refused(net::Exchange& exchange, http::HeadError error) {
    exchange.close();
    respond(exchange, http::status_of(error), "text/plain", "bad request\n");
}

net::Task<> AdminHandler::answer_trace(net::Exchange& exchange, std::string_view id) {
    const auto place = place_of(id, viewers_.id_mask());
    std::optional<std::string> trace;
    if (place && place->loop < viewers_.loop_count()) {
        // The ring belongs to its loop: look into it there.
        co_await suspend_until([&](auto wake) {
            boost::asio::post(loops_.loop(place->loop), [&, wake = std::move(wake)]() mutable {
                const TraceRecord* record =
                    viewers_.loop(place->loop).traces.find(place->number, id);
                if (record) {
                    trace = trace_json(*record, viewers_.options().pop, viewers_.options().edge_id,
                                       *viewers_.state().snapshot(place->loop));
                }
                wake();
            });
        });
    }
    if (trace) {
        respond(exchange, 200, "application/json", *trace);
    } else {
        respond(exchange, 404, "application/json",
                "{\"error\":\"no trace of this id: it is another edge's, or too old\"}");
    }
}

std::string AdminHandler::metrics_text() const {
    std::array<std::uint64_t, kReasonCount> requests{};
    std::uint64_t body_bytes = 0;
    std::uint64_t origin_requests = 0;
    for (std::size_t i = 0; i < viewers_.loop_count(); ++i) {
        const LoopMetrics& metrics = viewers_.loop(i).metrics;
        for (std::size_t r = 0; r < kReasonCount; ++r)
            requests[r] += metrics.requests[r].get();
        body_bytes += metrics.body_bytes.get();
        origin_requests += metrics.origin_requests.get();
    }
    std::string text =
        "# HELP tarn_edge_requests_total Requests answered, by the reason of the answer.\n"
        "# TYPE tarn_edge_requests_total counter\n";
    for (std::size_t r = 0; r < kReasonCount; ++r) {
        fmt::format_to(std::back_inserter(text), "tarn_edge_requests_total{{reason=\"{}\"}} {}\n",
                       reason_row(static_cast<Reason>(r)).code, requests[r]);
    }
    append_counter(text, "tarn_edge_body_bytes_total", "Body bytes sent to viewers.", body_bytes);
    append_counter(text, "tarn_edge_origin_requests_total", "Requests sent to origins.",
                   origin_requests);
    const MemoryCache::Stats stats = viewers_.engine().cache().stats();
    append_gauge(text, "tarn_edge_cache_entries", "Entries in memory.", stats.entry_count);
    append_gauge(text, "tarn_edge_cache_bytes", "Memory that the entries take.", stats.used_bytes);
    append_counter(text, "tarn_edge_cache_evictions_total", "Entries evicted to make room.",
                   stats.evicted_count);
    append_gauge(text, "tarn_edge_flights", "Requests to origins under way.",
                 viewers_.engine().flights().size());
    append_gauge(text, "tarn_edge_waiting_viewers", "Viewers that share those requests.",
                 viewers_.engine().flights().reader_count());
    append_gauge(text, "tarn_edge_applied_sequence", "The log sequence that is applied.",
                 viewers_.engine().applied_sequence());
    return text;
}

std::string AdminHandler::status_json(std::size_t loop) const {
    const MemoryCache::Stats stats = viewers_.engine().cache().stats();
    boost::json::array distributions;
    for (const ActiveDistribution& active : viewers_.state().snapshot(loop)->distributions()) {
        boost::json::array aliases;
        for (const std::string& alias : active.config->aliases)
            aliases.emplace_back(alias);
        distributions.push_back({{"id", active.config->id},
                                 {"domain_name", active.config->domain_name},
                                 {"aliases", std::move(aliases)},
                                 {"enabled", active.config->enabled},
                                 {"invalidation_rules", active.invalidations->rule_count()}});
    }
    return boost::json::serialize(
        boost::json::object{{"pop", viewers_.options().pop},
                            {"edge", viewers_.options().edge_id},
                            {"ready", viewers_.state().is_ready()},
                            {"fenced", viewers_.state().is_fenced()},
                            {"applied_sequence", viewers_.engine().applied_sequence()},
                            {"entries", stats.entry_count},
                            {"bytes", stats.used_bytes},
                            {"distributions", std::move(distributions)}});
}

}  // namespace tarn::edge
