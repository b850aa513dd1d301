#include "server/front/api_front.h"

#include "common/base/text.h"
#include "common/crypto/digest.h"
#include "common/xml/writer.h"

#include <algorithm>
#include <array>
#include <span>

namespace tarn::front {
namespace {

enum class Destination : std::uint8_t { S3, Control, Unsupported, Health };

constexpr std::size_t kMaxControlBodyBytes = 1u << 20;
constexpr std::array<std::string_view, 1> kControlServices = {"cloudfront"};
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

struct ControlBody {
    std::string text;
    bool ok = true;
};

net::Task<ControlBody> read_control_body(net::Exchange& exchange) {
    ControlBody body;
    std::array<char, 16 * 1024> buffer;
    for (;;) {
        const auto got = co_await exchange.read_body(buffer);
        if (!got || body.text.size() + *got > kMaxControlBodyBytes) {
            body.ok = false;
            co_return body;
        }
        if (*got == 0) co_return body;
        body.text.append(buffer.data(), *got);
    }
}

constexpr int kHealthy = 200;
constexpr int kUnavailable = 503;
constexpr std::string_view kRunning =
    R"({"services":{"s3":"running","cloudfront":"running"},"edition":"tarn","version":")" TARN_VERSION
    R"("})";

}  // namespace

ApiFront::ApiFront(s3::S3Api& s3, cloudfront::ControlApi& cloudfront,
                   const auth::CredentialStore& credentials, const Clock& clock,
                   storage::MetadataStore& metadata, Random& random, std::size_t loop_count)
    : s3_(s3), cloudfront_(cloudfront), metadata_(metadata), random_(random) {
    for (std::size_t i = 0; i < loop_count; ++i)
        authenticators_.push_back(std::make_unique<auth::Authenticator>(credentials, clock));
}

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
            refuse_control(exchange, {.code = "NotImplemented",
                                      .status = 501,
                                      .message = "Tarn does not implement this service yet."});
            co_return;
        case Destination::S3:
            break;
    }
    co_await s3_.handle(exchange);
}

net::Task<> ApiFront::handle_control(net::Exchange& exchange) {
    // These services sign the body itself, so it is read before the signature can be judged.
    const ControlBody body = co_await read_control_body(exchange);
    if (!body.ok) {
        refuse_control(exchange, {.code = "RequestEntityTooLarge",
                                  .status = 413,
                                  .message = "The request body could not be read, or is larger "
                                             "than 1 MiB."});
        exchange.close();
        co_return;
    }
    const http::RequestHead& head = exchange.request();
    const http::Target target = http::split_target(head.target);
    const auto query = http::parse_query(target.query);
    const std::string hash = crypto::sha256_hex(body.text);
    const auto authenticated = authenticators_[exchange.loop_index()]->authenticate(
        {.head = head, .path = target.path, .query = *query},
        {.services = kControlServices, .body_sha256 = hash});
    if (!authenticated) {
        refuse_control(exchange, aws::as_standard_error(authenticated.error()));
        co_return;
    }
    const bool signs_other_body = authenticated->payload_mode == aws::PayloadMode::Literal &&
                                  !iequals(authenticated->payload_sha256, hash);
    if (signs_other_body || authenticated->identity.kind != auth::PrincipalKind::Account) {
        refuse_control(exchange, {.code = "AccessDenied",
                                  .status = 403,
                                  .message = "The body is not the one that was signed, or the "
                                             "caller is not an account."});
        co_return;
    }
    co_await cloudfront_.handle(exchange, authenticated->identity, body.text);
}

void ApiFront::refuse_control(net::Exchange& exchange, const aws::AuthError& error) {
    const std::string id = random_hex(random_, 16);
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("ErrorResponse",
                              {{"xmlns", "http://cloudfront.amazonaws.com/doc/2020-05-31/"}});
    writer.open("Error").element("Type", "Sender").element("Code", error.code);
    writer.element("Message", error.message).close();
    writer.element("RequestId", id).close();
    http::HeadBuilder& head = exchange.head();
    head.begin_response(error.status);
    head.add("x-amzn-RequestId", id);
    head.add("Content-Type", "text/xml");
    const auto body = std::make_shared<const std::string>(std::move(out));
    exchange.respond(*body, body);
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
    s3_.handle_refused(exchange, error);
}

}  // namespace tarn::front
