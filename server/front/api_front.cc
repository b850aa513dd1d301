#include "server/front/api_front.h"

#include "server/auth/authenticate.h"
#include "server/cloudfront/operation_table.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace tarn::front {
namespace {

enum class Destination : std::uint8_t { S3, Control, Unsupported, Health };

constexpr std::array<std::string_view, 4> kHealthPaths = {
    "/minio/health/live", "/minio/health/ready", "/minio/health/cluster", "/_localstack/health"};

bool is_health_path(std::string_view target) {
    const std::string_view path = target.substr(0, target.find('?'));
    return std::ranges::find(kHealthPaths, path) != kHealthPaths.end();
}

Destination destination_of(const http::RequestHead& head) {
    if (is_health_path(head.target)) return Destination::Health;
    const http::Target target = http::split_target(head.target);
    const auto query = http::parse_query(target.query);
    if (!query) return Destination::S3;  // which refuses it
    const std::string_view service =
        auth::claimed_service({.head = head, .path = target.path, .query = *query});
    if (service == "cloudfront") return Destination::Control;
    if (service.empty() || service.starts_with("s3")) return Destination::S3;
    return Destination::Unsupported;
}

// The quick path must not parse the credential a second time only to learn that it is for S3.
bool may_be_small_read(const http::RequestHead& head) {
    return (head.method == http::Method::Get || head.method == http::Method::Head) &&
           !head.target.starts_with("/2020-05-31/") && !is_health_path(head.target);
}

constexpr int kHealthy = 200;
constexpr int kUnavailable = 503;
constexpr std::string_view kRunning =
    R"({"services":{"s3":"running","cloudfront":"running"},"edition":"tarn","version":")" TARN_VERSION
    R"("})";

std::vector<std::string_view> control_operations() {
    std::vector<std::string_view> names;
    for (const cloudfront::OperationRow& row : cloudfront::operations())
        names.push_back(row.name);
    return names;
}

std::size_t control_operation_of(const http::RequestHead& head) {
    const http::Target target = http::split_target(head.target);
    const auto match = cloudfront::find_operation(head.method_text, target.path, target.query);
    if (!match) return ApiMetrics::kNoOperation;
    return static_cast<std::size_t>(match->row - cloudfront::operations().data());
}

}  // namespace

ApiFront::ApiFront(s3::S3Api& s3, ControlFront& control, storage::MetadataStore& metadata,
                   ApiMetrics& s3_metrics)
    : s3_(s3),
      control_(control),
      metadata_(metadata),
      s3_metrics_(s3_metrics),
      control_metrics_("cloudfront", control_operations()) {}

bool ApiFront::handle_now(net::Exchange& exchange) {
    return may_be_small_read(exchange.request()) && s3_.handle_now(exchange);
}

net::Task<> ApiFront::handle(net::Exchange& exchange) {
    switch (destination_of(exchange.request())) {
        case Destination::Health:
            answer_health(exchange);
            co_return;
        case Destination::Control:
            co_await handle_control(exchange);
            co_return;
        case Destination::Unsupported:
            control_.refuse(exchange, {.code = "NotImplemented",
                                       .status = 501,
                                       .message = "Tarn does not implement this service yet."});
            co_return;
        case Destination::S3:
            break;
    }
    co_await s3_.handle(exchange);
}

net::Task<> ApiFront::handle_control(net::Exchange& exchange) {
    const auto began = std::chrono::steady_clock::now();
    co_await control_.handle(exchange);
    control_metrics_.count(control_operation_of(exchange.request()), exchange,
                           std::chrono::steady_clock::now() - began);
}

void ApiFront::answer_health(net::Exchange& exchange) {
    const bool healthy = metadata_.healthy();
    exchange.head().begin_response(healthy ? kHealthy : kUnavailable);
    if (!exchange.request().target.starts_with("/_localstack")) {
        exchange.respond({});
        return;
    }
    exchange.head().add("Content-Type", "application/json");
    exchange.respond(kRunning);
}

void ApiFront::handle_refused(net::Exchange& exchange, http::HeadError error) {
    s3_metrics_.count_malformed();
    s3_.handle_refused(exchange, error);
}

}  // namespace tarn::front
