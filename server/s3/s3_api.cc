#include "server/s3/s3_api.h"

#include "common/aws/sigv2.h"
#include "common/base/encoding.h"
#include "server/s3/access.h"
#include "server/s3/access_log_operation.h"
#include "server/s3/access_log_request.h"
#include "server/s3/address.h"
#include "server/s3/get_object.h"
#include "server/s3/operations.h"
#include "server/s3/payload.h"
#include "server/s3/preflight.h"
#include "server/s3/radosgw_errors.h"
#include "server/s3/requested_tags.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace tarn::s3 {
namespace {

constexpr std::size_t kRequestIdLength = 16;
constexpr std::size_t kHostIdBytes = 42;
constexpr std::array<std::string_view, 1> kServices = {"s3"};

aws::SignedRequest signed_request_of(const Request& request) {
    return {.head = request.head, .path = request.target.path, .query = request.query};
}

// A URL signed with SigV2 goes from hand to hand, and nobody signed that it asks for one of the
// subresources that are younger than SigV2.  What says how to list lets nobody do more.
bool is_stretched(const Request& request) {
    if (request.auth.carrier != aws::CredentialCarrier::QueryV2) return false;
    return std::ranges::any_of(request.operation->selectors, [](const Selector& selector) {
        return selector.kind == Selector::Kind::Query && selector.name != "list-type" &&
               selector.name != "id" && !aws::is_signed_by_sigv2(selector.name);
    });
}

bool needs_bucket(const OperationRow& row) {
    return row.resource != Resource::Service && row.name != "CreateBucket";
}

Error refused_head(http::HeadError error) {
    switch (error) {
        case http::HeadError::HeadTooLarge:
        case http::HeadError::TooManyFields:
            return Error{
                .code = ErrorCode::Other,
                .message = "Your request header section exceeds the maximum allowed size.",
                // Unlike S3, which takes 8 KiB.
                .details = {{"MaxSizeAllowed", std::to_string(http::HeadLimits{}.head_bytes)}},
                .other_code = "RequestHeaderSectionTooLarge",
                .other_status = 400};
        case http::HeadError::TargetTooLong:
            return Error{.code = ErrorCode::Other,
                         .message = "The request URI is too long.",
                         .other_code = "URITooLong",
                         .other_status = 414};
        default:
            return Error{.code = ErrorCode::Other,
                         .message = "An error occurred when parsing the HTTP request.",
                         .other_code = "BadRequest",
                         .other_status = http::status_of(error)};
    }
}

// Unlike S3, which names a subresource where one is asked for: its words are not recorded.
Error method_not_allowed(const Request& request) {
    const Resource resource = request.address.resource;
    Error error = s3_error(ErrorCode::MethodNotAllowed, {},
                           {{"Method", std::string(request.head.method_text)},
                            {"ResourceType", std::string(to_text(resource))}});
    std::string allowed = allowed_methods(resource, request.query, request.head.fields);
    if (!allowed.empty()) error.headers.emplace_back("Allow", std::move(allowed));
    return error;
}

}  // namespace

S3Api::S3Api(Services& services, const auth::CredentialStore& credentials, const Clock& clock,
             S3Options options, std::size_t loop_count)
    : services_(services), credentials_(credentials), options_(std::move(options)) {
    std::array<std::uint8_t, kHostIdBytes> id{};
    services.random.fill(id);
    host_id_ = to_base64(id);
    for (std::size_t i = 0; i < loop_count; ++i)
        authenticators_.push_back(std::make_unique<auth::Authenticator>(credentials, clock));
}

Request S3Api::new_request(net::Exchange& exchange) {
    return Request{.exchange = exchange,
                   .head = exchange.request(),
                   .request_id = random_upper_alnum(services_.random, kRequestIdLength),
                   .host_id = host_id_,
                   .received = services_.clock.now(),
                   .reset_count = services_.buckets.reset_count(),
                   .form_authenticator = this,
                   .compat = services_.compat};
}

auth::AuthenticationRules S3Api::authentication_rules(const Request& request) const {
    return {.services = kServices,
            .strict_region = options_.strict_region,
            .host_bucket =
                request.host_bucket ? std::string_view(*request.host_bucket) : std::string_view{}};
}

Error S3Api::refused(const Request& request, aws::AuthError error, KeepRefusals keep) {
    if (keep == KeepRefusals::Yes) {
        refusals_.add(
            explain_refusal(signed_request_of(request), error, credentials_, request.request_id));
    }
    return from_auth_error(std::move(error));
}

Result<void, Error> S3Api::authenticate(Request& request, KeepRefusals keep) {
    auto& authenticator = *authenticators_[request.exchange.loop_index()];
    auto authenticated =
        authenticator.authenticate(signed_request_of(request), authentication_rules(request));
    if (!authenticated) return fail(refused(request, std::move(authenticated).error(), keep));
    request.auth = *std::move(authenticated);
    if (aws::is_ecdsa(request.auth.payload_mode)) {
        Error error = s3_error(ErrorCode::NotImplemented);
        error.details = {{"Header", "x-amz-content-sha256"}};
        return fail(std::move(error));
    }
    return {};
}

Result<void, Error> S3Api::authenticate_form(Request& request, aws::FormFields fields) {
    auto& authenticator = *authenticators_[request.exchange.loop_index()];
    auto authenticated = authenticator.authenticate_form(fields, authentication_rules(request));
    if (!authenticated) {
        return fail(refused(request, std::move(authenticated).error(), KeepRefusals::Yes));
    }
    if (!authenticated->by_form()) return {};
    if (request.auth.carrier != aws::CredentialCarrier::None) {
        return fail(
            refused(request, aws::auth_error(aws::AuthFault::TwoMechanisms), KeepRefusals::Yes));
    }
    request.auth = *std::move(authenticated);
    return {};
}

Result<void, Error> S3Api::locate(Request& request) const {
    request.target = http::split_target(request.head.target);
    auto query = http::parse_query(request.target.query);
    if (!query) {
        return fail(
            s3_error(ErrorCode::InvalidURI, {}, {{"URI", std::string(request.head.target)}}));
    }
    request.query = *std::move(query);
    request.host_bucket = bucket_of_host(request.head.host, options_.host_suffixes);
    TARN_TRY(request.address, parse_address(request.target.path, request.host_bucket));
    request.operation = find_operation(request.head.method, request.address.resource, request.query,
                                       request.head.fields);
    // Known before the caller is, because refusals carry the bucket's CORS fields, too.
    if (!request.operation || needs_bucket(*request.operation)) {
        request.bucket = services_.buckets.find(request.address.bucket);
    }
    return {};
}

Result<void, Error> S3Api::identify(Request& request, KeepRefusals keep) {
    if (auto ok = authenticate(request, keep); !ok) return ok;
    if (!request.operation) return fail(method_not_allowed(request));
    if (is_stretched(request)) return fail(s3_error(ErrorCode::AccessDenied));
    if (needs_bucket(*request.operation)) {
        if (!request.bucket) {
            if (is_valid_bucket_name(request.address.bucket)) {
                return fail(no_such_bucket(request.address.bucket));
            }
            return fail(s3_error(ErrorCode::InvalidBucketName, {},
                                 {{"BucketName", request.address.bucket}}));
        }
        // That something is missing here is no secret, and AccessDenied would send the reader to
        // look for a fault in a policy.
        if (!handler_of(*request.operation)) return fail(s3_error(ErrorCode::NotImplemented));
    }
    return {};
}

bool S3Api::handle_now(net::Exchange& exchange) {
    const http::Method method = exchange.request().method;
    if (method != http::Method::Get && method != http::Method::Head) return false;
    if (exchange.request().framing.kind != http::BodyFraming::Kind::None) return false;
    const auto began = std::chrono::steady_clock::now();
    Request request = new_request(exchange);
    // What cannot be answered here is declined before its signature is checked, or that would be
    // done twice.
    if (!locate(request) || !request.operation) return false;
    const OperationHandler handler = handler_of(*request.operation);
    if (handler != get_object && handler != head_object) return false;
    if (!request.bucket) return false;
    begin_log_notes(request);
    auto object = ready_object(services_, request);
    if (!object || !identify(request, KeepRefusals::No)) return false;
    if (!check_access(request, &object->record)) return false;
    if (!get_object_now(services_, request, *std::move(object))) return false;
    note_answer(request, began);
    return true;
}

// A copy's source may be in another bucket, which logs it.
void S3Api::begin_log_notes(Request& request) const {
    if (!request.bucket || !options_.access_log) return;
    if (!request.bucket->logging && !(request.operation && is_copy(*request.operation))) return;
    request.log_notes = std::make_shared<AccessLogNotes>(services_.clock);
}

void S3Api::note_answer(const Request& request, std::chrono::steady_clock::time_point began) const {
    if (request.log_notes) log_request(*options_.access_log, request);
    if (!options_.on_answer) return;
    options_.on_answer(request.operation, request.exchange,
                       std::chrono::steady_clock::now() - began);
}

net::Task<Outcome> S3Api::run(Request& request) {
    if (auto found = locate(request); !found) co_return found;
    begin_log_notes(request);
    if (request.head.method == http::Method::Options) co_return answer_preflight(request);
    if (auto known = identify(request, KeepRefusals::Yes); !known) co_return known;
    co_await read_tags_for_policy(request);
    if (object_has_a_say(request)) {
        if (auto ok = co_await check_access_by_object(services_, request); !ok) co_return ok;
    } else if (auto ok = check_access(request); !ok) {
        co_return ok;
    }
    const OperationHandler handler = handler_of(*request.operation);
    if (!handler) co_return fail(s3_error(ErrorCode::NotImplemented));
    co_return co_await handler(services_, request);
}

net::Task<> S3Api::handle(net::Exchange& exchange) {
    const auto began = std::chrono::steady_clock::now();
    Request request = new_request(exchange);
    auto outcome = co_await run(request);
    if (!outcome) {
        // An answer that has begun can only be cut off.
        if (exchange.response_started()) {
            exchange.close();
        } else {
            Error error = hide_missing_key(request, std::move(outcome).error());
            if (services_.compat.radosgw_errors) {
                error = as_radosgw(std::move(error), request.operation);
            }
            respond_error(request, error);
        }
    }
    note_answer(request, began);
}

void S3Api::handle_refused(net::Exchange& exchange, http::HeadError error) {
    Request request = new_request(exchange);
    respond_error(request, refused_head(error));
}

}  // namespace tarn::s3
