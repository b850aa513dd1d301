#include "server/s3/access_log_request.h"

#include "common/base/text.h"
#include "server/auth/credential_store.h"
#include "server/s3/access_log_operation.h"

#include <algorithm>

#include <fmt/format.h>

namespace tarn::s3 {
namespace {

using aws::CredentialCarrier;
using std::chrono::floor;
using std::chrono::milliseconds;

std::string requester_of(const auth::Identity& identity) {
    switch (identity.kind) {
        case auth::PrincipalKind::Anonymous:
            return {};
        case auth::PrincipalKind::Account:
            return identity.account->canonical_id;
        case auth::PrincipalKind::Service:
            break;
    }
    return "svc:" + identity.service;
}

std::string_view signature_version(CredentialCarrier carrier) {
    switch (carrier) {
        case CredentialCarrier::None:
            return {};
        case CredentialCarrier::HeaderV2:
        case CredentialCarrier::QueryV2:
        case CredentialCarrier::FormV2:
            return "SigV2";
        case CredentialCarrier::HeaderV4:
        case CredentialCarrier::QueryV4:
        case CredentialCarrier::FormV4:
            break;
    }
    return "SigV4";
}

// S3 names these two; what signs a form is neither.
std::string_view authentication_type(const auth::Authentication& authentication) {
    if (authentication.carrier == CredentialCarrier::None || authentication.by_form()) return {};
    return authentication.presigned() ? "QueryString" : "AuthHeader";
}

// What all records of a request have in common; the views look into the request and requester.
AccessLogRecord common_record(const Request& request, std::string_view requester) {
    const net::Peer& peer = request.exchange.peer();
    return {.time = request.received,
            .remote_ip = peer.address,
            .requester = requester,
            .request_id = request.request_id,
            .host_id = request.host_id,
            .signature_version = signature_version(request.auth.carrier),
            .cipher_suite = peer.tls_cipher,
            .authentication_type = authentication_type(request.auth),
            .host_header = request.head.host,
            .tls_version = peer.tls_protocol};
}

void push(AccessLogQueue& queue, const Request& request, BucketPtr source, AccessLogRecord record) {
    const std::string owner = auth::canonical_id_of(source->record.owner_account_id);
    record.bucket_owner = owner;
    record.bucket = source->name;
    std::string line = format_access_log_line(record);
    queue.push(request.exchange.loop_index(),
               {.source = std::move(source), .time = request.received, .line = std::move(line)});
}

// A URL that SigV2 presigned carries all headers, a customer's key among them.
std::string without_customer_keys(std::string_view target) {
    constexpr std::string_view kKey = "server-side-encryption-customer-key=";
    std::string kept;
    for (std::size_t at = 0; at < target.size();) {
        const std::size_t end = std::min(target.find('&', at), target.size() - 1) + 1;
        const std::string_view parameter = target.substr(at, end - at);
        const std::size_t key = to_lower(parameter).find(kKey);
        kept.append(parameter.substr(0, key == std::string::npos ? key : key + kKey.size()));
        if (key != std::string::npos && parameter.ends_with('&')) kept.push_back('&');
        at = end;
    }
    return kept;
}

void push_own(AccessLogQueue& queue, const Request& request, AccessLogRecord record) {
    const AccessLogNotes& notes = *request.log_notes;
    const http::RequestHead& head = request.head;
    const std::string operation =
        access_log_operation(request.operation, head.method_text, request.address.resource);
    const std::string line = fmt::format("{} {} HTTP/1.{}", head.method_text,
                                         without_customer_keys(head.target), head.minor_version);
    const SteadyTime now = notes.clock.steady_now();
    record.operation = operation;
    record.key = notes.key.empty() ? request.key() : notes.key;
    record.request_line = line;
    record.referer = request.header("referer");
    record.user_agent = request.header("user-agent");
    record.status = request.exchange.head().status();
    record.error_code = notes.error_code;
    record.bytes_sent = request.exchange.bytes_sent();
    record.object_size = notes.object_size;
    record.total_time = floor<milliseconds>(now - notes.began);
    record.turn_around_time =
        floor<milliseconds>(notes.answer_began.value_or(now) - notes.received_all);
    record.version_id = request.parameter("versionId").value_or("");
    record.acl_required = notes.acl_required;
    push(queue, request, request.bucket, record);
}

void push_implied(AccessLogQueue& queue, const Request& request, const ImpliedAccess& access,
                  AccessLogRecord record) {
    record.operation = access.operation;
    record.key = access.key;
    record.key_encoding = access.key_encoding;
    record.status = access.status;
    record.error_code = access.error_code;
    record.object_size = access.object_size;
    record.version_id = access.version_id;
    push(queue, request, access.bucket, record);
}

}  // namespace

void log_request(AccessLogQueue& queue, const Request& request) {
    const std::string requester = requester_of(request.auth.identity);
    const AccessLogRecord record = common_record(request, requester);
    if (request.bucket->logging) push_own(queue, request, record);
    for (const ImpliedAccess& access : request.log_notes->implied)
        push_implied(queue, request, access, record);
}

}  // namespace tarn::s3
