#include "edge/origin/fetch.h"

#include "common/aws/sigv4_sign.h"
#include "common/base/text.h"
#include "common/http/name_set.h"

#include <algorithm>
#include <utility>

namespace tarn::edge {
namespace {

using net::ClientError;

bool is_safe(http::Method method) {
    return method == http::Method::Get || method == http::Method::Head ||
           method == http::Method::Options;
}

std::chrono::microseconds since(SteadyTime start, const Clock& clock) {
    return std::chrono::duration_cast<std::chrono::microseconds>(clock.steady_now() - start);
}

// Whether origin access control signs this request.
bool is_signed(const cdn::Distribution& distribution, const cdn::Origin& origin,
               const OriginRequest& request) {
    if (!origin.access_control || distribution.signing_key_id.empty()) return false;
    switch (*origin.access_control) {
        case cdn::OriginSigning::Never:
            return false;
        case cdn::OriginSigning::Always:
            return true;
        case cdn::OriginSigning::NoOverride:
            return !request.viewer_authorization;
    }
    return false;
}

// Takes the viewer's signature out of the fields; the edge's own is returned.
FieldList sign(std::vector<http::Field>& fields, const cdn::Distribution& distribution,
               const OriginAddress& address, const OriginRequest& request,
               const std::string& target, bool has_body, WallTime now) {
    constexpr http::NameSet kOfSignature("authorization", "x-amz-date", "x-amz-content-sha256",
                                         "x-amz-security-token");
    std::erase_if(fields,
                  [&](const http::Field& field) { return kOfSignature.contains(field.name); });
    aws::RequestToSign to_sign{
        .method = request.method_text, .target = target, .host = address.host_field};
    for (const http::Field& field : fields) {
        if (istarts_with(field.name, "x-amz-"))
            to_sign.headers.emplace_back(field.name, field.value);
    }
    if (has_body) to_sign.payload_hash = "UNSIGNED-PAYLOAD";
    const aws::SigningCredentials credentials{.access_key_id = distribution.signing_key_id,
                                              .secret = distribution.signing_secret,
                                              .region = address.region};
    return aws::sign_request(to_sign, credentials, now);
}

void add_all(http::HeadBuilder& head, const FieldList& fields) {
    for (const auto& [name, value] : fields)
        head.add(name, value);
}

net::ClientTimeouts timeouts_of(const cdn::Origin& origin) {
    return {.connect = origin.connection_timeout, .read = origin.read_timeout};
}

net::Task<Result<OriginAnswer, OriginFailure>> no_such_origin(std::string_view id) {
    co_return fail(OriginFailure{.error = ClientError::Dns,
                                 .note = {.origin_id = id, .error = "no such origin"}});
}

}  // namespace

OriginClient::Targets OriginClient::targets_of(const cdn::Distribution& distribution,
                                               std::string_view id) {
    Targets targets;
    targets.group = cdn::find_origin_group(distribution, id);
    if (targets.group == nullptr) {
        targets.primary = cdn::find_origin(distribution, id);
    } else {
        targets.primary = cdn::find_origin(distribution, targets.group->primary_origin_id);
        targets.secondary = cdn::find_origin(distribution, targets.group->secondary_origin_id);
    }
    return targets;
}

OriginClient::OriginClient(boost::asio::io_context& loop, net::TlsClient* tls, const S3Endpoint& s3,
                           const Clock& clock)
    : client_(loop, tls), s3_(s3), clock_(clock) {}

// No coroutine: it sends what it has written.
net::Task<Result<std::unique_ptr<net::ClientExchange>, ClientError>> OriginClient::send(
    const cdn::Distribution& distribution, const cdn::Origin& origin, const OriginRequest& request,
    const FieldList& extra, const net::RequestBody& body, bool viewer_tls, UpstreamNote& note) {
    OriginAddress address = address_of(origin, s3_, viewer_tls, request.viewer_host);
    const std::string target = target_for_origin(request, origin);
    std::vector<http::Field> fields = fields_for_origin(request, origin);
    note.signed_request = address.is_s3 && is_signed(distribution, origin, request);
    FieldList signature;
    if (note.signed_request) {
        signature = sign(fields, distribution, address, request, target,
                         body.kind != net::RequestBody::Kind::None, clock_.real_now());
    }
    http::HeadBuilder head;
    head.begin_request(request.method_text, target);
    head.add("Host", address.host_field);
    for (const http::Field& field : fields)
        head.add(field.name, field.value);
    add_all(head, extra);
    add_all(head, signature);
    return client_.send(std::move(address.endpoint), head, request.method, body,
                        timeouts_of(origin));
}

net::Task<Result<OriginAnswer, OriginFailure>> OriginClient::fetch_from(
    const cdn::Distribution& distribution, const cdn::Origin& origin, const OriginRequest& request,
    const FieldList& extra, bool viewer_tls) {
    UpstreamNote note{.origin_id = origin.id};
    ClientError error = ClientError::Connect;
    const net::RequestBody no_body;
    const int attempts = std::max(1, origin.connection_attempts);
    while (note.attempt_count < attempts) {
        ++note.attempt_count;
        const SteadyTime start = clock_.steady_now();
        auto exchange =
            co_await send(distribution, origin, request, extra, no_body, viewer_tls, note);
        if (!exchange) {
            error = exchange.error();
            continue;
        }
        const auto head = co_await (*exchange)->read_head();
        if (head) {
            note.status = (*head)->status;
            note.connect_time = (*exchange)->connect_time();
            note.reused_connection = (*exchange)->reused();
            note.first_byte_time = since(start, clock_);
            co_return OriginAnswer{
                .exchange = std::move(*exchange), .head = *head, .origin = &origin, .note = note};
        }
        error = head.error();
        // An answer that is no HTTP will not be better the next time.
        if (!is_safe(request.method) || error == ClientError::Malformed) break;
    }
    note.error = net::to_text(error);
    co_return fail(OriginFailure{.error = error, .note = note});
}

// No coroutine: nearly every request asks one origin, and the answer is that one's.
net::Task<Result<OriginAnswer, OriginFailure>> OriginClient::fetch(
    const cdn::Distribution& distribution, std::string_view target_origin_id,
    const OriginRequest& request, const FieldList& extra, bool viewer_tls) {
    const Targets targets = targets_of(distribution, target_origin_id);
    if (targets.primary == nullptr) return no_such_origin(target_origin_id);
    if (targets.secondary == nullptr) {
        return fetch_from(distribution, *targets.primary, request, extra, viewer_tls);
    }
    return fetch_with_failover(distribution, targets, request, extra, viewer_tls);
}

net::Task<Result<OriginAnswer, OriginFailure>> OriginClient::fetch_with_failover(
    const cdn::Distribution& distribution, Targets targets, const OriginRequest& request,
    const FieldList& extra, bool viewer_tls) {
    auto answer = co_await fetch_from(distribution, *targets.primary, request, extra, viewer_tls);
    const bool failed = answer ? fails_over(*targets.group, request.method, answer->head->status)
                               : is_safe(request.method);
    if (!failed) co_return answer;
    auto second = co_await fetch_from(distribution, *targets.secondary, request, extra, viewer_tls);
    (second ? second->note : second.error().note).failed_over = true;
    co_return second;
}

net::Task<Result<OriginAnswer, OriginFailure>> OriginClient::open(
    const cdn::Distribution& distribution, std::string_view target_origin_id,
    const OriginRequest& request, const net::RequestBody& body, bool viewer_tls) {
    const Targets targets = targets_of(distribution, target_origin_id);
    if (targets.primary == nullptr) co_return co_await no_such_origin(target_origin_id);
    const cdn::Origin& origin = *targets.primary;
    UpstreamNote note{.origin_id = origin.id};
    ClientError error = ClientError::Connect;
    const int attempts = std::max(1, origin.connection_attempts);
    while (note.attempt_count < attempts) {
        ++note.attempt_count;
        auto exchange = co_await send(distribution, origin, request, {}, body, viewer_tls, note);
        if (exchange) {
            note.connect_time = (*exchange)->connect_time();
            note.reused_connection = (*exchange)->reused();
            co_return OriginAnswer{
                .exchange = std::move(*exchange), .origin = &origin, .note = note};
        }
        error = exchange.error();
    }
    note.error = net::to_text(error);
    co_return fail(OriginFailure{.error = error, .note = note});
}

}  // namespace tarn::edge
