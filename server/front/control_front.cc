#include "server/front/control_front.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/crypto/digest.h"
#include "common/xml/writer.h"

#include <array>
#include <utility>

namespace tarn::front {
namespace {

constexpr std::array<std::string_view, 1> kControlServices = {"cloudfront"};
constexpr std::string_view kNamespace = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

aws::AuthError to_error(ControlBodyError error) {
    switch (error) {
        case ControlBodyError::Busy:
            // SDKs try again, later each time.
            return {.code = "Throttling",
                    .status = 503,
                    .message = "Rate exceeded: too many request bodies are being read."};
        case ControlBodyError::TooLarge:
            return {.code = "RequestEntityTooLarge",
                    .status = 413,
                    .message = "The request body is larger than 1 MiB."};
        case ControlBodyError::Unreadable:
            break;
    }
    return {.code = "MalformedInput", .status = 400, .message = "The request body is malformed."};
}

bool announces_too_much(const http::RequestHead& head) {
    return head.framing.kind == http::BodyFraming::Kind::Length &&
           head.framing.length > kMaxControlBodyBytes;
}

// UNSIGNED-PAYLOAD and the STREAMING words are for S3 alone: here they would let the body be
// changed.
bool signs_some_body(const auth::Authentication& authentication) {
    return authentication.payload_mode == aws::PayloadMode::Literal;
}
bool signs_body(const auth::Authentication& authentication, std::string_view hash) {
    return signs_some_body(authentication) && iequals(authentication.payload_sha256, hash);
}
const aws::AuthError kBodyNotSigned{
    .code = "AccessDenied",
    .status = 403,
    .message = "The signature must cover the SHA-256 of the body that was sent."};

}  // namespace

ControlFront::ControlFront(cloudfront::ControlApi& cloudfront,
                           const auth::CredentialStore& credentials, const Clock& clock,
                           Random& random, std::size_t loop_count, std::size_t max_body_bytes)
    : cloudfront_(cloudfront),
      credentials_(credentials),
      clock_(clock),
      random_(random),
      budget_(max_body_bytes) {
    for (std::size_t i = 0; i < loop_count; ++i)
        authenticators_.push_back(std::make_unique<auth::Authenticator>(credentials, clock));
}

ControlFront::Authenticated ControlFront::authenticate(net::Exchange& exchange,
                                                       const aws::SignedRequest& request,
                                                       std::string_view body_sha256) {
    return authenticators_[exchange.loop_index()]->authenticate(
        request, {.services = kControlServices, .body_sha256 = body_sha256});
}

Result<std::optional<auth::Authentication>, aws::AuthError> ControlFront::judge_head(
    net::Exchange& exchange, const aws::SignedRequest& request) {
    TARN_TRY(const aws::CredentialCarrier carrier,
             aws::find_credential_carrier(request.head, request.query));
    TARN_TRY(const aws::SigV4Credentials claimed, aws::parse_sigv4(request, carrier));
    const aws::SigV4Rules rules{.services = kControlServices,
                                .region = {},
                                .real_now = clock_.real_now(),
                                .now = clock_.now()};
    if (auto checked = aws::check_sigv4(request, claimed, rules); !checked) {
        return fail(std::move(checked).error());
    }
    const bool names_hash = !aws::signed_payload_hash(request, claimed, {}).empty();
    if (!names_hash && credentials_.find(claimed.access_key_id())) {
        return std::optional<auth::Authentication>{};
    }
    // An unknown key is refused here like a wrong signature.
    TARN_TRY(auth::Authentication authenticated,
             authenticate(exchange, request, aws::kEmptySha256));
    return std::optional(std::move(authenticated));
}

net::Task<> ControlFront::handle(net::Exchange& exchange) {
    const std::uint64_t reset_count = cloudfront_.reset_count();
    const http::RequestHead& head = exchange.request();
    const http::Target target = http::split_target(head.target);
    const auto query = http::parse_query(target.query);
    CHECK(query.has_value());  // without one the request names no service
    const aws::SignedRequest request{.head = head, .path = target.path, .query = *query};

    auto early = judge_head(exchange, request);
    if (!early) {
        refuse(exchange, aws::as_standard_error(early.error()));
        co_return;
    }
    std::optional<auth::Authentication> known = *std::move(early);
    if (known && !signs_some_body(*known)) {
        refuse(exchange, kBodyNotSigned);
        co_return;
    }
    ControlBody body(budget_);
    Result<void, ControlBodyError> read = fail(ControlBodyError::TooLarge);
    if (!announces_too_much(head)) read = co_await body.read(exchange);
    if (!read) {
        refuse(exchange, to_error(read.error()));
        exchange.close();
        co_return;
    }
    const std::string hash = crypto::sha256_hex(body.text());
    const Authenticated authenticated =
        known ? Authenticated(*std::move(known)) : authenticate(exchange, request, hash);
    if (!authenticated) {
        refuse(exchange, aws::as_standard_error(authenticated.error()));
    } else if (!signs_body(*authenticated, hash)) {
        refuse(exchange, kBodyNotSigned);
    } else if (authenticated->identity.kind != auth::PrincipalKind::Account) {
        refuse(exchange,
               {.code = "AccessDenied", .status = 403, .message = "The caller is not an account."});
    } else {
        co_await cloudfront_.handle(exchange, authenticated->identity, body.text(), reset_count);
    }
}

void ControlFront::refuse(net::Exchange& exchange, const aws::AuthError& error) {
    const std::string id = random_hex(random_, 16);
    std::string out;
    xml::Writer writer(out);
    writer.declaration().open("ErrorResponse", {{"xmlns", kNamespace}});
    writer.open("Error")
        .element("Type", error.status >= 500 ? "Receiver" : "Sender")
        .element("Code", error.code);
    writer.element("Message", xml::only_characters(error.message)).close();
    writer.element("RequestId", id).close();
    http::HeadBuilder& head = exchange.head();
    head.begin_response(error.status);
    head.add("x-amzn-RequestId", id);
    head.add("Content-Type", "text/xml");
    const auto body = std::make_shared<const std::string>(std::move(out));
    exchange.respond(*body, body);
}

}  // namespace tarn::front
