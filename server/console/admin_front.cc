#include "server/console/admin_front.h"

#include "common/base/text.h"
#include "common/observe/metrics.h"
#include "server/s3/blob_references.h"
#include "server/storage/scrub.h"

#include <memory>

#include <boost/json.hpp>

namespace tarn::console {
namespace {

namespace json = boost::json;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kExplainPath = "/api/v1/explain/";

void answer(net::Exchange& exchange, int status, std::string_view type, std::string text) {
    exchange.head().begin_response(status);
    exchange.head().add("Content-Type", type);
    const auto body = std::make_shared<const std::string>(std::move(text));
    exchange.respond(*body, body);
}

void answer_problem(net::Exchange& exchange, int status, std::string_view message) {
    answer(exchange, status, kJson, json::serialize(json::object{{"error", message}}) + "\n");
}

}  // namespace

net::Task<> AdminFront::handle(net::Exchange& exchange) {
    const std::string_view target = exchange.request().target;
    const std::string_view path = target.substr(0, target.find('?'));
    if (path.starts_with("/_ctl/")) {
        co_await control_.edge_log().handle(exchange);
        co_return;
    }
    if (path == "/healthz" || path == "/livez") {
        answer(exchange, 200, "text/plain", "ok\n");
    } else if (path == "/readyz") {
        const bool ready = ready_ && engine_.metadata().healthy();
        answer(exchange, ready ? 200 : 503, kJson,
               ready ? "{\"ready\":true}\n"
                     : "{\"ready\":false,\"reason\":\"starting, or the store is read-only\"}\n");
    } else if (path == "/metrics") {
        answer(exchange, 200, kMetricsContentType, write_metrics());
    } else if (path.starts_with("/api/v1/")) {
        co_await answer_api(exchange, path);
    } else {
        answer_problem(exchange, 404, "there is nothing here");
    }
}

bool AdminFront::authorized(const net::Exchange& exchange) const {
    constexpr std::string_view kScheme = "Bearer ";
    const std::string_view value = exchange.request().fields.get("authorization");
    return !options_.token.empty() && istarts_with(value, kScheme) &&
           equal_constant_time(value.substr(kScheme.size()), options_.token);
}

net::Task<> AdminFront::answer_api(net::Exchange& exchange, std::string_view path) {
    if (!authorized(exchange)) {
        answer_problem(exchange, 401, "this needs the token in keys/admin-token");
    } else if (path.starts_with(kExplainPath)) {
        answer_explain(exchange, path.substr(kExplainPath.size()));
    } else if (path == "/api/v1/distributions") {
        co_await answer_distributions(exchange);
    } else if (path == "/api/v1/scrub" && exchange.request().method == http::Method::Post) {
        co_await answer_scrub(exchange);
    } else if (path == "/api/v1/reset" && options_.reset &&
               exchange.request().method == http::Method::Post) {
        co_await answer_reset(exchange);
    } else {
        answer_problem(exchange, 404, "there is nothing here");
    }
}

net::Task<> AdminFront::answer_distributions(net::Exchange& exchange) {
    const auto overview = co_await pool_.run([&] { return control_.overview(); });
    if (!overview) {
        answer_problem(exchange, 500, overview.error().message);
        co_return;
    }
    json::array distributions;
    for (const cloudfront::DistributionRow& row : overview->distributions) {
        distributions.push_back(json::object{
            {"id", row.id},
            {"domain_name", to_lower(row.id) + ".cloudfront.net"},
            {"status", row.deployed_sequence >= row.sequence ? "Deployed" : "InProgress"}});
    }
    answer(exchange, 200, kJson,
           json::serialize(json::object{{"distributions", std::move(distributions)}}) + "\n");
}

net::Task<> AdminFront::answer_scrub(net::Exchange& exchange) {
    const storage::ScrubReport report = co_await pool_.run([&] {
        return storage::scrub(engine_, clock_,
                              {.visit_references = s3::blob_reference_visitor(engine_.metadata())});
    });
    answer(
        exchange, 200, kJson,
        json::serialize(json::object{{"clean", report.clean()}, {"text", to_text(report)}}) + "\n");
}

net::Task<> AdminFront::answer_reset(net::Exchange& exchange) {
    const auto fault = co_await pool_.run(options_.reset);
    if (fault) {
        answer_problem(exchange, 500, *fault);
    } else {
        answer(exchange, 200, kJson, "{\"reset\":true}\n");
    }
}

void AdminFront::answer_explain(net::Exchange& exchange, std::string_view request_id) {
    const auto refusal = refusals_.find(request_id);
    if (!refusal) {
        answer_problem(exchange, 404, "no refused request of that id is remembered");
        return;
    }
    json::object details;
    for (const auto& [name, value] : refusal->details)
        details[name] = value;
    answer(exchange, 200, kJson,
           json::serialize(json::object{{"request_id", refusal->request_id},
                                        {"method", refusal->method},
                                        {"target", refusal->target},
                                        {"code", refusal->code},
                                        {"message", refusal->message},
                                        {"cause", refusal->cause},
                                        {"details", std::move(details)}}) +
               "\n");
}

void AdminFront::handle_refused(net::Exchange& exchange, http::HeadError error) {
    answer_problem(exchange, http::status_of(error), "the request was malformed");
}

}  // namespace tarn::console
